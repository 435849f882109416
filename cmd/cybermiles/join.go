package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const joinLong = `Make --home the home of a node that follows the chain of an invitation: new keys,
the chain's genesis, and config.toml with the inviting nodes as its peers. The
invitation is a file or an http or https address; "cybermiles network create" writes
one. It is not signed: trust its sender, or compare the genesis sha256 that is
printed with a source you trust (--genesis-sha256 does that).

The node's settings are flags here too, and are written to config.toml.`

func newJoinCommand() *cobra.Command {
	var start bool
	var digest string
	cmd := &cobra.Command{
		Use:   "join INVITATION",
		Short: "Make the home of a node that joins a network",
		Long:  withFields(joinLong, homeResult{}),
		Example: "  cybermiles join --home node net/invitation.json\n" +
			"  cybermiles join --home node https://shop.example/invitation.json --start",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := node.InitialConfig(homeOf(cmd), cmd.Flags())
			if err != nil {
				return misusef("%v", err)
			}
			result, err := join(cmd, args[0], digest, &config)
			if err != nil {
				return err
			}
			err = emit(cmd, result, func(w io.Writer) {
				result.print(w)
				if start {
					fmt.Fprintln(w, "Starting it; stop it with Ctrl-C.")
				}
			})
			if err != nil || !start {
				return err
			}
			return startNodeOf(cmd)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&start, "start", false, "run the node at once")
	f.StringVar(&digest, "genesis-sha256", "", "refuse an invitation to a chain whose genesis has another `digest`")
	node.RegisterFlags(f)
	return cmd
}

func join(cmd *cobra.Command, source, digest string, config *node.Config) (homeResult, error) {
	invitation, err := node.Invitation(cmd.Context(), source)
	if err != nil {
		return homeResult{}, err
	}
	if digest != "" && digest != invitation.GenesisSHA256 {
		return homeResult{}, fmt.Errorf("the invitation's genesis has the digest %s, not %s: it is for another chain", invitation.GenesisSHA256, digest)
	}
	if !cmd.Flag("consensus.block-interval").Changed {
		genesis, err := network.FromDocument(invitation.Genesis)
		if err != nil {
			return homeResult{}, err
		}
		if interval := time.Duration(genesis.BlockInterval); interval > 0 {
			config.Consensus.BlockInterval = interval
		}
	}
	identity, err := node.Join(config, invitation)
	if err != nil {
		return homeResult{}, err
	}
	return newHomeResult(config, identity)
}
