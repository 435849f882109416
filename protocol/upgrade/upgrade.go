// Package upgrade is the contract by which governance plans the change to a new
// version of the program at a height, and switches contracts in Go on and off. It
// runs no migration itself: a program that knows the plan's name does, and one
// that does not stops before the height.
package upgrade

import (
	_ "embed" // the compiled interface
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IUpgrade.json
var compiled []byte

// Upgrade is the contract.
type Upgrade struct {
	*contract.Base
	governance common.Address
	targets    []common.Address
	store      storage
	emit       struct {
		Planned        func(ctx *contract.Context, name string, height uint64, info string)
		Canceled       func(ctx *contract.Context, name string, height uint64)
		UpgradeApplied func(ctx *contract.Context, name string, height uint64)
		Activated      func(ctx *contract.Context, target common.Address)
		Retired        func(ctx *contract.Context, target common.Address)
	}
	fail struct {
		OnlyGovernance func(account common.Address) error
		WrongName      func(name string) error
		AlreadyApplied func(name string, height uint64) error
		AlreadyPlanned func(name string, height uint64) error
		HeightPassed   func(height, present uint64) error
		InfoTooLong    func(length, limit *uint256.Int) error
		NothingPlanned func() error
		NotSwitchable  func(target common.Address) error
		NoChange       func(target common.Address, active bool) error
	}
}

// New makes the contract for its address. switchable are the contracts in Go that
// governance may activate and retire; those that the chain cannot do without are
// not among them.
func New(address, governance common.Address, switchable []common.Address) *Upgrade {
	u := &Upgrade{governance: governance, targets: slices.Clone(switchable)}
	u.Base = contract.Must(contract.Spec{
		Name: "upgrade", Address: address, Interface: compiled,
		Storage: &u.store, Events: &u.emit, Errors: &u.fail,
		Methods: contract.Methods{
			"plan":         u.plan,
			"cancel":       u.cancel,
			"applyPlan":    contract.System(u.applyPlan),
			"activate":     u.activate,
			"retire":       u.retire,
			"planned":      func(ctx *contract.Context) Plan { return u.store.Plan.Get(ctx) },
			"appliedAt":    u.appliedAt,
			"appliedCount": func(ctx *contract.Context) *uint256.Int { return uint256.NewInt(u.store.Applied.Len(ctx)) },
			"applied":      u.applied,
			"switchable":   func(*contract.Context) []common.Address { return u.targets },
			"isActive":     u.isActive,
		},
	})
	return u
}

func (u *Upgrade) onlyGovernance(ctx *contract.Context) error {
	if ctx.Caller() != u.governance {
		return u.fail.OnlyGovernance(ctx.Caller())
	}
	return nil
}
