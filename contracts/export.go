package contracts

import (
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"

	"github.com/cybermiles/cybermiles/contract"
)

// SectionsAt is the contracts' state after a block, as sections of a genesis. db is
// that state.
func (c *Chain) SectionsAt(db vm.StateDB, config *params.ChainConfig, block *types.Header) (Sections, error) {
	return c.Export(db, config, contract.BlockInfo{Number: block.Number.Uint64(), Time: block.Time})
}
