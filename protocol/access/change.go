package access

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// maxPage is the most accounts that one call lists.
const maxPage = 1_000

func (a *Access) setModes(ctx *contract.Context, senders, deployers Mode) error {
	if !a.mayChange(ctx, Sender) {
		return a.fail.NotAllowed(ctx.Caller())
	}
	if highest := max(senders, deployers); highest > Listed {
		return a.fail.Unknown(uint8(highest))
	}
	a.store.Senders.Set(ctx, senders)
	a.store.Deployers.Set(ctx, deployers)
	if a.nobodyLeft(ctx) {
		return a.fail.NobodyLeft()
	}
	a.emit.ModesChanged(ctx, senders, deployers)
	return nil
}

func (a *Access) add(ctx *contract.Context, role Role, accounts []common.Address) error {
	if role > Administrator {
		return a.fail.Unknown(uint8(role))
	}
	if !a.mayChange(ctx, role) {
		return a.fail.NotAllowed(ctx.Caller())
	}
	for _, account := range accounts {
		if a.put(ctx, role, account) {
			a.emit.Added(ctx, role, account)
		}
	}
	return nil
}

func (a *Access) remove(ctx *contract.Context, role Role, accounts []common.Address) error {
	if role > Administrator {
		return a.fail.Unknown(uint8(role))
	}
	leaving := role == Administrator && len(accounts) == 1 && accounts[0] == ctx.Caller()
	if !leaving && !a.mayChange(ctx, role) {
		return a.fail.NotAllowed(ctx.Caller())
	}
	for _, account := range accounts {
		if a.drop(ctx, role, account) {
			a.emit.Removed(ctx, role, account)
		}
	}
	if a.nobodyLeft(ctx) {
		return a.fail.NobodyLeft()
	}
	return nil
}

// mayChange reports whether the caller may change a list.
func (a *Access) mayChange(ctx *contract.Context, role Role) bool {
	return ctx.Caller() == a.governance || role != Administrator && a.isOn(ctx, Administrator, ctx.Caller())
}

// put lists an account; it tells whether the account was not listed before.
func (a *Access) put(ctx *contract.Context, role Role, account common.Address) bool {
	list, positions := a.store.Lists.At(ctx, role), a.store.Positions.At(ctx, role)
	if positions.Get(ctx, account) != 0 {
		return false
	}
	positions.Set(ctx, account, uint32(list.Push(ctx, account)+1))
	return true
}

// drop takes an account off a list, its place going to the last; it tells
// whether the account was listed.
func (a *Access) drop(ctx *contract.Context, role Role, account common.Address) bool {
	list, positions := a.store.Lists.At(ctx, role), a.store.Positions.At(ctx, role)
	position := positions.Get(ctx, account)
	if position == 0 {
		return false
	}
	if last := list.Pop(ctx); last != account {
		list.Set(ctx, uint64(position-1), last)
		positions.Set(ctx, last, position)
	}
	positions.Delete(ctx, account)
	return true
}

// nobodyLeft reports whether nobody could send a transaction.
func (a *Access) nobodyLeft(ctx *contract.Context) bool {
	if a.store.Senders.Get(ctx) == Everyone {
		return false
	}
	senders, administrators := a.store.Lists.At(ctx, Sender), a.store.Lists.At(ctx, Administrator)
	return senders.Len(ctx) == 0 && administrators.Len(ctx) == 0
}

func (a *Access) isListed(ctx *contract.Context, role Role, account common.Address) bool {
	return a.isOn(ctx, role, account)
}

func (a *Access) listedCount(ctx *contract.Context, role Role) *uint256.Int {
	list := a.store.Lists.At(ctx, role)
	return uint256.NewInt(list.Len(ctx))
}

func (a *Access) listed(ctx *contract.Context, role Role, cursor, limit *uint256.Int) []common.Address {
	if !cursor.IsUint64() {
		return nil
	}
	most := uint64(maxPage)
	if limit.LtUint64(most) {
		most = limit.Uint64()
	}
	list := a.store.Lists.At(ctx, role)
	return list.Slice(ctx, cursor.Uint64(), most)
}
