package access

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// MaySend reports whether an account's transactions are accepted. The pool and
// the execution of blocks ask it.
func (a *Access) MaySend(ctx *contract.Context, account common.Address) bool {
	ctx = ctx.At(a.Address())
	return a.has(ctx, a.store.Senders.Get(ctx), Sender, account)
}

// MayDeploy reports whether the transactions that an account signs may create
// contracts, at whatever depth.
func (a *Access) MayDeploy(ctx *contract.Context, origin common.Address) bool {
	ctx = ctx.At(a.Address())
	return a.has(ctx, a.store.Deployers.Get(ctx), Deployer, origin)
}

func (a *Access) has(ctx *contract.Context, mode Mode, role Role, account common.Address) bool {
	return mode == Everyone || a.isOn(ctx, role, account) || a.isOn(ctx, Administrator, account)
}

func (a *Access) isOn(ctx *contract.Context, role Role, account common.Address) bool {
	positions := a.store.Positions.At(ctx, role)
	return positions.Get(ctx, account) != 0
}

func (a *Access) modes(ctx *contract.Context) (senders, deployers Mode) {
	return a.store.Senders.Get(ctx), a.store.Deployers.Get(ctx)
}
