package upgrade

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

const (
	maxName = 64    // bytes
	maxInfo = 1_024 // bytes
	maxPage = 100   // upgrades that one call lists

	// applyGas suffices for applyPlan with the longest name.
	applyGas = 800_000
)

var _ contract.Worker = (*Upgrade)(nil)

// validName reports whether programs can be asked for an upgrade by this name.
func validName(name string) bool {
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= maxName
}

// plan plans an upgrade.
func (u *Upgrade) plan(ctx *contract.Context, name string, height uint64, info string) error {
	if err := u.onlyGovernance(ctx); err != nil {
		return err
	}
	next := u.store.Plan.Get(ctx)
	switch {
	case !validName(name):
		return u.fail.WrongName(name)
	case u.store.Heights.Get(ctx, name) != 0:
		return u.fail.AlreadyApplied(name, u.store.Heights.Get(ctx, name))
	case next.Height != 0:
		return u.fail.AlreadyPlanned(next.Name, next.Height)
	case height <= ctx.BlockNumber():
		return u.fail.HeightPassed(height, ctx.BlockNumber())
	case len(info) > maxInfo:
		return u.fail.InfoTooLong(uint256.NewInt(uint64(len(info))), uint256.NewInt(maxInfo))
	}
	u.set(ctx, Plan{name, height, info})
	u.emit.Planned(ctx, name, height, info)
	return nil
}

// cancel calls the plan off. In the block of its height it is too late: the
// program that executes it is the new version.
func (u *Upgrade) cancel(ctx *contract.Context) error {
	if err := u.onlyGovernance(ctx); err != nil {
		return err
	}
	next := u.store.Plan.Get(ctx)
	if next.Height <= ctx.BlockNumber() {
		return u.fail.NothingPlanned()
	}
	u.set(ctx, Plan{})
	u.emit.Canceled(ctx, next.Name, next.Height)
	return nil
}

// applyPlan records the plan as applied, in the block of its height.
func (u *Upgrade) applyPlan(ctx *contract.Context) error {
	next := u.store.Plan.Get(ctx)
	if next.Height == 0 || next.Height > ctx.BlockNumber() {
		return u.fail.NothingPlanned()
	}
	u.set(ctx, Plan{})
	u.record(ctx, Applied{next.Name, next.Height, ctx.Time()})
	u.emit.UpgradeApplied(ctx, next.Name, next.Height)
	return nil
}

// Due asks for applyPlan at the end of the block of the plan's height.
func (u *Upgrade) Due(ctx *contract.Context) (data []byte, gas uint64, ok bool) {
	ctx = ctx.At(u.Address())
	if height := u.store.Height.Get(ctx); height == 0 || height > ctx.BlockNumber() {
		return nil, 0, false
	}
	data, err := contract.Pack(u, "applyPlan")
	return data, applyGas, err == nil
}

// Planned is the upgrade that is planned. A program that does not know the name
// must not execute the height.
func (u *Upgrade) Planned(ctx *contract.Context) (name string, height uint64, ok bool) {
	ctx = ctx.At(u.Address())
	if u.store.Height.Get(ctx) == 0 {
		return "", 0, false
	}
	p := u.store.Plan.Get(ctx)
	return p.Name, p.Height, true
}

// Holds reports whether a block is executed under an upgrade's rules: the upgrade
// has happened, or happens with this block.
func (u *Upgrade) Holds(ctx *contract.Context, name string) bool {
	if next, height, ok := u.Planned(ctx); ok && next == name && height <= ctx.BlockNumber() {
		return true
	}
	return u.appliedAt(ctx.At(u.Address()), name) != 0
}

func (u *Upgrade) appliedAt(ctx *contract.Context, name string) uint64 {
	return u.store.Heights.Get(ctx, name)
}

func (u *Upgrade) applied(ctx *contract.Context, cursor, limit *uint256.Int) []Applied {
	if !cursor.IsUint64() {
		return nil
	}
	most := uint64(maxPage)
	if limit.LtUint64(most) {
		most = limit.Uint64()
	}
	return u.store.Applied.Slice(ctx, cursor.Uint64(), most)
}
