// Package contract is how a contract is written in Go. Such a contract lives at
// a fixed address, is called like any Solidity contract, keeps its state in its
// own storage slots, pays the EVM's gas for it, emits ordinary logs and reverts
// with its caller. It refuses what Solidity's view of the world forbids: writing
// in a read-only context, touching another account's storage, running unmetered.
package contract

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// Contract is a contract written in Go. Run must be deterministic and may be
// called concurrently; all its state is behind the Context.
type Contract interface {
	Address() common.Address
	Name() string // for people and traces
	// Run executes one call. An error undoes every effect of the call: a
	// Revert gives its data and the remaining gas back to the caller, any other
	// error takes the call's gas.
	Run(ctx *Context, input []byte) (output []byte, err error)
}

// Code is what a Go contract's account holds, so that it is not empty (an empty
// account is deleted with its storage) and Solidity's extcodesize check passes.
// 0xfe is INVALID: the code itself never runs.
var Code = []byte{0xfe}

// ErrWriteProtection ends a call that writes in a read-only context: a
// STATICCALL, or a DELEGATECALL or CALLCODE, which would write to the caller.
var ErrWriteProtection = vm.ErrWriteProtection

// Revert is an error that carries return data to the caller, as Solidity's
// revert does.
type Revert struct{ Data []byte }

func (r *Revert) Error() string { return vm.ErrExecutionReverted.Error() }

// Activation is a contract and the height from which it is active.
type Activation struct {
	Contract Contract
	From     uint64 // block number
}

// Set is the ordered list of a chain's Go contracts.
type Set []Activation

// Active are the contracts that a block's transactions can call.
func (s Set) Active(header *types.Header) []vm.PrecompiledContract {
	active := make([]vm.PrecompiledContract, 0, len(s))
	for _, a := range s {
		if a.From <= header.Number.Uint64() {
			active = append(active, precompile{a.Contract})
		}
	}
	return active
}

// precompile puts a Contract behind the EVM's interface.
type precompile struct{ Contract }

// RequiredGas is nothing: Run charges for what it does as it does it.
func (p precompile) RequiredGas([]byte) uint64 { return 0 }

func (p precompile) Run(evm *vm.EVM, frame *vm.Contract, readOnly bool) ([]byte, error) {
	output, err := p.Contract.Run(&Context{evm: evm, frame: frame, readOnly: readOnly}, frame.Input)
	var revert *Revert
	if errors.As(err, &revert) {
		return revert.Data, vm.ErrExecutionReverted
	}
	return output, err
}
