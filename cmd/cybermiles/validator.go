package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/network"
)

func newValidatorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validator",
		Short: "The key with which a node signs blocks",
		Long: `What somebody who runs a validator needs of the node's home. The rest is the
contract's: ` + "`cybermiles staking --help`" + `.`,
	}
	cmd.AddCommand(newValidatorKeyCommand())
	return cmd
}

// validatorKeyResult is the JSON of `validator key`.
type validatorKeyResult struct {
	ConsensusKey     string `json:"consensusKey" doc:"public key in hexadecimal, as contracts and descriptions of chains take it"`
	ConsensusAddress string `json:"consensusAddress" doc:"how blocks name it"`
}

func newValidatorKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print the public key of a node's home",
		Long: withFields(`Print the public key with which the node of --home signs blocks: what becomes a
candidate's consensus key, or stands in the description of a new chain.`, validatorKeyResult{}),
		Example: "  cybermiles validator key --home node",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			identity, err := network.Home(homeOf(cmd)).Identity()
			if err != nil {
				return err
			}
			result := validatorKeyResult{
				ConsensusKey: fmt.Sprintf("%#x", identity.ValidatorKey.Bytes()), ConsensusAddress: identity.ConsensusAddress().String(),
			}
			return emit(cmd, result, func(w io.Writer) { fmt.Fprintln(w, result.ConsensusKey) })
		},
	}
}
