package main

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network"
)

// chainFlags are the choices that fix a new chain.
type chainFlags struct {
	network.ComposeOptions
	chainName string
	operators []string
	balance   string
}

// chainFlagNames are the flags that belong to a new chain.
var chainFlagNames = []string{"chain-id", "name", "chain-name", "symbol", "alloc", "snapshot", "dev-accounts", "operator", "operator-balance", "plain"}

// register adds the flags; several says that there are several validators.
func (c *chainFlags) register(f *pflag.FlagSet, several bool) {
	f.Uint64Var(&c.ChainID, "chain-id", network.DevChainID, fmt.Sprintf("EVM chain `id`: %d is the public network, %d its test network", network.MainChainID, network.TestChainID))
	f.StringVar(&c.Name, "name", "CyberMiles", "`name` of the network, for people")
	f.StringVar(&c.chainName, "chain-name", "", "`name` of the chain among consensus nodes (default cybermiles-ID with the chain id)")
	f.StringVar(&c.Symbol, "symbol", network.Symbol, "`symbol` of the coin")
	f.StringVar(&c.Alloc, "alloc", "", "`file` of genesis accounts as geth has them (JSON: address → balance, nonce, code, storage)")
	f.StringVar(&c.Snapshot, "snapshot", "", "`file` of token holders (CSV: address,balance_wei) whose balances the chain begins with")
	f.BoolVar(&c.DevAccounts, "dev-accounts", false, "fund the ten development accounts, whose keys everybody knows")
	if several {
		f.StringArrayVar(&c.operators, "operator", nil, "`address` of a validator's account, once for each (default: new keys)")
	} else {
		f.StringArrayVar(&c.operators, "operator", nil, "`address` of the validator's account (default: a new key)")
	}
	f.StringVar(&c.balance, "operator-balance", "", "`amount` that each validator's account begins with (default 10000cmt, or nothing with --alloc or --snapshot)")
}

// genesis makes what the flags describe.
func (c *chainFlags) genesis() (*network.Genesis, error) {
	if c.chainName == "" {
		c.chainName = fmt.Sprintf("cybermiles-%d", c.ChainID)
	}
	if c.ChainID == 0 {
		return nil, misusef("--chain-id: 0 is no chain id")
	}
	return network.Compose(c.ComposeOptions)
}

// operatorAddresses are the accounts that --operator names.
func (c *chainFlags) operatorAddresses() ([]common.Address, error) {
	var list []common.Address
	for _, text := range c.operators {
		address, err := abitext.ParseAddress(text)
		if err != nil {
			return nil, misusef("--operator: %v", err)
		}
		list = append(list, address)
	}
	return list, nil
}

// operatorBalance is what each operator begins with, nil for nothing.
func (c *chainFlags) operatorBalance() (*big.Int, error) {
	if c.balance != "" {
		wei, err := amount.Parse(c.balance)
		if err != nil {
			return nil, misusef("--operator-balance: %v", err)
		}
		return wei, nil
	}
	if c.Alloc != "" || c.Snapshot != "" {
		return nil, nil
	}
	return network.DevBalanceWei, nil
}

// fill puts the flags' choices into a network's options.
func (c *chainFlags) fill(options *network.CreateOptions) (err error) {
	if options.Operators, err = c.operatorAddresses(); err != nil {
		return err
	}
	if options.OperatorBalanceWei, err = c.operatorBalance(); err != nil {
		return err
	}
	if options.Genesis, err = c.genesis(); err != nil {
		return err
	}
	options.ChainName = c.chainName
	return nil
}

// optionsMisuse makes misuse of what a package refuses as options.
func optionsMisuse(err error) error {
	if errors.Is(err, network.ErrOptions) {
		return misusef("%v", err)
	}
	return err
}

// requireFlag makes a command refuse to run without a flag.
func requireFlag(cmd *cobra.Command, name string) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flag(name).Changed {
			return misusef("--%s is missing\nusage: %s --%s %s", name, cmd.UseLine(), name, name)
		}
		return run(cmd, args)
	}
}
