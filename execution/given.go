package execution

import (
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// NewBlockOn begins a block with a given header and context on a given state
// and leaves out the work that precedes a chain's first transaction. It serves
// conformance suites, whose cases bring their own state and environment; the
// blocks of a chain begin with NewBlock.
func (x *Executor) NewBlockOn(statedb *state.StateDB, header *types.Header, ctx vm.BlockContext) *Builder {
	return &Builder{
		x:       x,
		header:  types.CopyHeader(header),
		statedb: statedb,
		evm:     x.NewEVM(statedb, header, &ctx, vm.Config{}),
		gas:     core.NewGasPool(x.UserGasLimit()),

		transactions: types.Transactions{},
		receipts:     types.Receipts{},
	}
}
