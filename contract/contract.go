// Package contract is how a contract is written in Go. Such a contract lives at
// a fixed address, is called like any Solidity contract, keeps its state in its
// own storage slots, pays the EVM's gas for it, emits ordinary logs and reverts
// with its caller. It refuses what Solidity's view of the world forbids: writing
// in a read-only context, touching another account's storage, running unmetered.
package contract

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// Contract is a contract written in Go. Run must be deterministic and may be
// called concurrently; all its state is behind the Context.
type Contract interface {
	Address() common.Address
	Name() string // for people and traces
	// Run executes one call. An error undoes every effect of the call: running
	// out of gas takes the call's gas, any other error gives its data and the
	// remaining gas back to the caller.
	Run(ctx *Context, input []byte) (output []byte, err error)
}

// Code is what a Go contract's account holds, so that it is not empty (an empty
// account is deleted with its storage) and Solidity's extcodesize check passes.
// 0xfe is INVALID: the code itself never runs.
var Code = []byte{0xfe}

// Set is the ordered list of a chain's Go contracts.
type Set []Contract

// Active are the contracts that a block's transactions can call: those whose
// account exists in the block's state. A contract comes to life when genesis or
// an upgrade gives its account code.
func (s Set) Active(db vm.StateDB, _ *types.Header) []vm.PrecompiledContract {
	active := make([]vm.PrecompiledContract, 0, len(s))
	for _, c := range s {
		if db.GetCodeSize(c.Address()) > 0 {
			active = append(active, precompile{c})
		}
	}
	return active
}

// precompile puts a Contract behind the EVM's interface.
type precompile struct{ Contract }

// RequiredGas is nothing: Run charges for what it does as it does it.
func (p precompile) RequiredGas([]byte) uint64 { return 0 }

func (p precompile) Run(evm *vm.EVM, frame *vm.Contract, readOnly bool) (output []byte, err error) {
	ctx := &Context{
		db: evm.StateDB, evm: evm, frame: frame, address: p.Address(), readOnly: readOnly,
		block:   BlockInfo{evm.Context.BlockNumber.Uint64(), evm.Context.Time},
		chainID: evm.ChainConfig().ChainID,
	}
	output, err = run(ctx, func() ([]byte, error) { return p.Contract.Run(ctx, frame.Input) })
	if err != nil {
		return revertData(err)
	}
	return output, nil
}

// Worker is a contract with work that the chain itself does at a block's end,
// one system transaction at a time.
type Worker interface {
	Contract
	// Due is the call data and the gas limit of the next call to the contract
	// itself, intrinsic gas not included; ok is false when nothing is due. It
	// only reads, and when nothing is due it reads a slot or two.
	Due(ctx *Context) (data []byte, gas uint64, ok bool)
}
