// Package schedule is the contract that makes calls later: at a time or at a
// height, in order, each a transaction of the chain's own under the block's
// budget, paid from a deposit that its owner has left. It refuses to make a call
// that does not pay for its gas, to call with less gas than was asked for, and to
// forget a call that failed.
package schedule

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed ISchedule.json
var compiled []byte

// Schedule is the contract.
type Schedule struct {
	*contract.Base
	governance common.Address
	collector  common.Address
	store      storage
	emit       struct {
		Scheduled func(ctx *contract.Context, id uint64, owner, target common.Address, data []byte,
			valueWei, depositWei *uint256.Int, gasLimit, notBeforeTime, notBeforeHeight uint64)
		Ran               func(ctx *contract.Context, id uint64, owner common.Address, gasUsed uint64, feeWei, refundWei *uint256.Int)
		Failed            func(ctx *contract.Context, id uint64, owner common.Address, gasUsed uint64, feeWei *uint256.Int, reason []byte)
		PassedOver        func(ctx *contract.Context, id uint64, owner common.Address, attempts uint8, nextTime uint64, feeWei *uint256.Int)
		Cancelled         func(ctx *contract.Context, id uint64, owner common.Address, refundWei *uint256.Int)
		Retried           func(ctx *contract.Context, id uint64, owner common.Address, gasLimit uint64, depositWei *uint256.Int)
		ToppedUp          func(ctx *contract.Context, id uint64, from common.Address, amountWei, depositWei *uint256.Int)
		ParametersChanged func(ctx *contract.Context, values Parameters)
	}
	fail struct {
		UnknownCall      func(id uint64) error
		NotFailed        func(id uint64) error
		NotDue           func(id uint64) error
		NotOwner         func(id uint64, owner common.Address) error
		NotATarget       func(target common.Address) error
		TimeAndHeight    func(notBeforeTime, notBeforeHeight uint64) error
		GasLimitTooHigh  func(gasLimit, most uint64) error
		DataTooLong      func(bytesGiven, most uint64) error
		ValueTooSmall    func(sentWei, valueWei *uint256.Int) error
		DepositTooSmall  func(depositWei, needWei *uint256.Int) error
		OutOfGas         func(gasLimit uint64) error
		ParameterInvalid func(name string, lower, upper uint64) error
		NotGovernance    func(caller common.Address) error
	}
}

// New makes the contract for its address. governance changes its parameters;
// collector is the account that fees go to.
func New(address, governance, collector common.Address) *Schedule {
	s := &Schedule{governance: governance, collector: collector}
	s.Base = contract.Must(contract.Spec{
		Name: "schedule", Address: address, Interface: compiled,
		Storage: &s.store, Events: &s.emit, Errors: &s.fail,
		Methods: contract.Methods{
			"schedule":      contract.Reentrant(s.schedule), // a call may schedule its successor
			"cancel":        s.cancel,
			"retry":         s.retry,
			"topUp":         s.topUp,
			"run":           contract.System(s.run),
			"runningFor":    s.runningFor,
			"callOf":        s.callOf,
			"callsOf":       s.callsOf,
			"waiting":       s.waiting,
			"failed":        s.failed,
			"counts":        s.counts,
			"dueCount":      s.dueCount,
			"gasFor":        s.gasFor,
			"parameters":    s.parameters,
			"setParameters": s.setParameters,
		},
	})
	return s
}
