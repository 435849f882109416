// Package gas keeps the floor under the gas price and lets contracts pay their
// callers' gas. It sponsors only what a contract has asked for, within its
// limits and its deposit, and never the creation of a contract.
package gas

import (
	_ "embed"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IGas.json
var file []byte

// Gas is the contract.
type Gas struct {
	*contract.Base
	governance common.Address
	collector  common.Address
	store      storage
	emit       struct {
		Deposited func(ctx *contract.Context, target, from common.Address, amountWei *uint256.Int)
		Withdrawn func(ctx *contract.Context, target, to common.Address, amountWei *uint256.Int)
		PolicySet func(ctx *contract.Context, target common.Address, selector Selector, policy Policy)
		Sponsored func(ctx *contract.Context, target, caller common.Address, selector Selector, feeWei *uint256.Int)
		FloorSet  func(ctx *contract.Context, floorWei *uint256.Int)
	}
	fail struct {
		NotManager          func(target, caller common.Address) error
		InsufficientDeposit func(haveWei, needWei *uint256.Int) error
		NotGovernance       func(caller common.Address) error
		FloorTooHigh        func(floorWei, maxWei *uint256.Int) error
	}
}

// New makes the contract. governance moves the floor; collector is the account
// that fees go to.
func New(address, governance, collector common.Address) *Gas {
	g := &Gas{governance: governance, collector: collector}
	g.Base = contract.Must(contract.Spec{
		Name: "gas", Address: address, Interface: file,
		Storage: &g.store, Events: &g.emit, Errors: &g.fail,
		Methods: contract.Methods{
			"deposit":   g.deposit,
			"withdraw":  g.withdraw,
			"setPolicy": g.setPolicy,
			"policyOf":  g.policyOf,
			"depositOf": g.depositOf,
			"usageOf":   g.usageOf,
			"setFloor":  g.setFloor,
			"floor":     g.floor,
		},
	})
	return g
}
