package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const initLong = `Make --home the home of a node: keys, genesis file and config.toml.

Without --genesis it becomes the only validator of a new chain. The validator's
account gets a new key, kept unencrypted in keys/operator.key, unless --operator
names an account. The chain has the contracts and rules of the main network (staking,
governance and so on) at the pace of a development chain: an epoch of 10 blocks,
unbonding in 2 minutes, a vote of 1 minute. Its validator begins with a stake of
1,000,000 CMT besides what the flags give to accounts. With --plain the chain has none
of these contracts and only the coins that the flags name. For a chain with another
pace, other parameters or several validators see "cybermiles genesis new" and
"cybermiles network create".

With --genesis it is prepared to follow that chain; say who its
peers are with --p2p.persistent-peers, or use "cybermiles join" with an invitation.

The node's settings are flags here too, and are written to config.toml. A home that
holds keys or a genesis is left as it is.`

// homeResult is the JSON of `init` and `join`.
type homeResult struct {
	Home             string `json:"home" doc:"the node's home"`
	ChainName        string `json:"chainName" doc:"name of the chain among consensus nodes"`
	ChainID          uint64 `json:"chainId" doc:"EVM chain id"`
	GenesisSHA256    string `json:"genesisSha256" doc:"SHA-256 of the genesis file, equal on every node"`
	NodeID           string `json:"nodeId" doc:"id of the node among its peers"`
	ConsensusAddress string `json:"consensusAddress" doc:"address of its validator key"`
	Operator         string `json:"operator,omitempty" doc:"account of the new chain's validator"`
	OperatorKey      string `json:"operatorKey,omitempty" doc:"file with that account's key, not encrypted"`
	Config           string `json:"config" doc:"the configuration file"`
}

func (r homeResult) print(w io.Writer) {
	properties(w, row{"home", r.Home}, row{"chain", fmt.Sprintf("%s, id %d", r.ChainName, r.ChainID)},
		row{"genesis sha256", r.GenesisSHA256}, row{"node id", r.NodeID}, row{"consensus address", r.ConsensusAddress},
		row{"operator", r.Operator}, row{"operator key", r.OperatorKey}, row{"configuration", r.Config})
	fmt.Fprintf(w, "\nRun it: cybermiles start --home %s\n", r.Home)
}

func newInitCommand() *cobra.Command {
	var chain chainFlags
	var genesis string
	var plain bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the home of a node",
		Long:  withFields(initLong, homeResult{}),
		Example: "  cybermiles init --home node --chain-id 4242 --name Shops --dev-accounts\n" +
			"  cybermiles init --home node --genesis genesis.json --p2p.persistent-peers ID@HOST:26656",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := node.InitialConfig(homeOf(cmd), cmd.Flags())
			if err != nil {
				return misusef("%v", err)
			}
			var result homeResult
			if !plain {
				chain.Economy = network.DevEconomy()
			}
			if genesis != "" {
				result, err = adopt(cmd, genesis, &config)
			} else {
				result, err = found(&chain, &config)
			}
			if err != nil {
				return err
			}
			return emit(cmd, result, result.print)
		},
	}
	f := cmd.Flags()
	f.StringVar(&genesis, "genesis", "", "`file` with the genesis of a chain that is there already")
	chain.register(f, false)
	f.BoolVar(&plain, "plain", false, "a new chain without the chain's own contracts")
	node.RegisterFlags(f)
	return cmd
}

// found makes the home of a new chain's only validator.
func found(chain *chainFlags, config *node.Config) (result homeResult, err error) {
	options := network.FoundOptions{}
	if options.Genesis, err = chain.genesis(); err != nil {
		return result, err
	}
	operators, err := chain.operatorAddresses()
	if err != nil {
		return result, err
	}
	switch len(operators) {
	case 0:
	case 1:
		options.Operator = operators[0]
	default:
		return result, misusef("--operator: the chain has one validator, %d accounts are given", len(operators))
	}
	if options.OperatorBalanceWei, err = chain.operatorBalance(); err != nil {
		return result, err
	}
	options.ChainName = chain.chainName
	home := network.Home(config.Home)
	founding, err := node.Found(config, options)
	if err != nil {
		return result, err
	}
	if result, err = newHomeResult(config, founding.Identity); err != nil {
		return result, err
	}
	result.Operator = founding.Operator.Hex()
	if _, err := os.Stat(home.OperatorKey()); err == nil {
		result.OperatorKey = home.OperatorKey()
	}
	return result, nil
}

// adopt makes the home of a node of an existing chain.
func adopt(cmd *cobra.Command, genesis string, config *node.Config) (homeResult, error) {
	for _, name := range chainFlagNames {
		if cmd.Flag(name).Changed {
			return homeResult{}, misusef("--%s belongs to a new chain; the file of --genesis says what this one is", name)
		}
	}
	identity, err := node.Adopt(config, genesis)
	if err != nil {
		return homeResult{}, err
	}
	return newHomeResult(config, identity)
}

// newHomeResult describes a home that was just made.
func newHomeResult(config *node.Config, identity network.Identity) (homeResult, error) {
	document, genesis, err := network.Load(network.Home(config.Home).Genesis())
	if err != nil {
		return homeResult{}, err
	}
	digest, err := network.Digest(document)
	if err != nil {
		return homeResult{}, err
	}
	return homeResult{
		Home: config.Home, ChainName: document.ChainID, ChainID: genesis.ChainID, GenesisSHA256: digest,
		NodeID: string(identity.NodeID), ConsensusAddress: identity.ConsensusAddress().String(),
		Config: filepath.Join(config.Home, node.ConfigFile),
	}, nil
}
