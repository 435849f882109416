package network

import (
	"math/big"

	"github.com/ethereum/go-ethereum/core/types"
)

// ComposeOptions say what a new chain begins with, besides the predeployed contracts.
type ComposeOptions struct {
	Name        string // of the network, for people
	Symbol      string // of the coin; empty means Symbol
	ChainID     uint64 // EVM chain id
	Alloc       string // path of a file of accounts as geth's genesis has them; empty means none
	Snapshot    string // path of a holders' list, see ReadSnapshot; empty means none
	DevAccounts bool   // fund the accounts of DevMnemonic, whose keys everybody knows

	SnapshotTotalWei *big.Int // what the list must add up to; nil accepts any sum

	BlockInterval Duration // intended time between blocks; 0 means DefaultBlockInterval
	Economy       *Economy // what the chain's contracts begin with; nil means that it has none
}

// Compose makes the genesis of a new chain. Its operators are left to the caller, who knows the validators' keys.
func Compose(opts ComposeOptions) (*Genesis, error) {
	g := New(opts.Name, opts.ChainID)
	if opts.Symbol != "" {
		g.Symbol = opts.Symbol
	}
	if opts.BlockInterval != 0 {
		g.BlockInterval = opts.BlockInterval
	}
	if g.Economy = opts.Economy; g.Economy != nil && g.Economy.Authority != nil {
		g.BaseFeeWei, g.BaseFeeFloorWei = 0, 0
	}
	var additions []types.GenesisAlloc
	if opts.DevAccounts {
		funded, err := devAlloc(DevAccountCount)
		if err != nil {
			return nil, err
		}
		additions = append(additions, funded)
	}
	if opts.Alloc != "" {
		alloc, err := ReadAlloc(opts.Alloc)
		if err != nil {
			return nil, err
		}
		additions = append(additions, alloc)
	}
	if opts.Snapshot != "" {
		holders, err := ReadSnapshot(opts.Snapshot, opts.SnapshotTotalWei)
		if err != nil {
			return nil, err
		}
		additions = append(additions, holders)
	}
	for _, alloc := range additions {
		if err := g.Add(alloc); err != nil {
			return nil, err
		}
	}
	return g, g.Validate()
}
