// Package lockup is the contract that keeps coins locked until a time. It holds
// them in its own balance, so that no transfer, fee or contract of their owner
// can reach them, and gives them out on two ways only: to their owner after the
// lock's end, and to staking, which gives them back. It refuses to end a lock
// early for anybody, governance included.
package lockup

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed ILockup.json
var compiled []byte

// Lockup is the contract.
type Lockup struct {
	*contract.Base
	store storage
	emit  struct {
		Locked   func(ctx *contract.Context, id uint64, account, from common.Address, amountWei *uint256.Int, until uint64)
		Released func(ctx *contract.Context, id uint64, account common.Address, paidWei, stakedWei, lostWei *uint256.Int)
		Taken    func(ctx *contract.Context, account common.Address, amountWei *uint256.Int)
		Returned func(ctx *contract.Context, account common.Address, amountWei, paidWei *uint256.Int)
		Lost     func(ctx *contract.Context, account common.Address, amountWei *uint256.Int)
	}
	fail struct {
		UnknownLock  func(id uint64) error
		StillLocked  func(id, until uint64) error
		TooLittle    func(amountWei, leastWei *uint256.Int) error
		NotAnEnd     func(until, latest uint64) error
		NotAnAccount func(account common.Address) error
	}
}

// New makes the contract for its address.
func New(address common.Address) *Lockup {
	l := &Lockup{}
	l.Base = contract.Must(contract.Spec{
		Name: "lockup", Address: address, Interface: compiled,
		Storage: &l.store, Events: &l.emit, Errors: &l.fail,
		Methods: contract.Methods{
			"lock":        l.lock,
			"release":     l.release,
			"releaseNext": contract.System(l.releaseNext),
			"locked":      l.lockedOf,
			"holding":     l.holding,
			"totals":      l.totals,
			"lockOf":      l.lockOf,
			"locks":       l.locks,
			"locksOf":     l.locksOf,
			"rules":       l.rules,
		},
	})
	return l
}
