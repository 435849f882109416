package upgrade

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// activate brings a contract in Go to life from the next block on.
func (u *Upgrade) activate(ctx *contract.Context, target common.Address) error {
	if err := u.turn(ctx, target, true); err != nil {
		return err
	}
	u.emit.Activated(ctx, target)
	return nil
}

// retire ends a contract in Go from the next block on.
func (u *Upgrade) retire(ctx *contract.Context, target common.Address) error {
	if err := u.turn(ctx, target, false); err != nil {
		return err
	}
	u.emit.Retired(ctx, target)
	return nil
}

func (u *Upgrade) turn(ctx *contract.Context, target common.Address, active bool) error {
	if err := u.onlyGovernance(ctx); err != nil {
		return err
	}
	if !slices.Contains(u.targets, target) {
		return u.fail.NotSwitchable(target)
	}
	if u.isActive(ctx, target) == active {
		return u.fail.NoChange(target, active)
	}
	if !ctx.SetActive(target, active) {
		return u.fail.NotSwitchable(target)
	}
	return nil
}

func (u *Upgrade) isActive(ctx *contract.Context, target common.Address) bool {
	code, _ := ctx.Code(target)
	return len(code) > 0 && slices.Contains(u.targets, target)
}
