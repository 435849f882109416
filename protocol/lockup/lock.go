package lockup

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// longest is how far away a lock's end can be, in seconds: 100 years. It
// catches times given in milliseconds.
const longest = 100 * 365 * 86_400

// lock locks the coins that came with the call.
func (l *Lockup) lock(ctx *contract.Context, account common.Address, until uint64) (uint64, error) {
	h, amountWei := l.store.Head.Get(ctx), ctx.Value()
	switch {
	case account == (common.Address{}) || account == l.Address():
		return 0, l.fail.NotAnAccount(account)
	case until <= ctx.Time() || until > ctx.Time()+longest:
		return 0, l.fail.NotAnEnd(until, ctx.Time()+longest)
	case amountWei.IsZero() || amountWei.Lt(&h.LeastWei):
		return 0, l.fail.TooLittle(amountWei, &h.LeastWei)
	}
	id := h.LastID + 1
	l.add(ctx, id, record{Account: account, Until: until, AmountWei: *amountWei})
	before := l.store.Purses.Get(ctx, account)
	after := before
	after.HeldWei.Add(&after.HeldWei, amountWei)
	l.save(ctx, account, before, after)
	l.emit.Locked(ctx, id, account, ctx.Caller(), amountWei, until)
	return id, nil
}

// rules are the network's.
func (l *Lockup) rules(ctx *contract.Context) (leastWei uint256.Int, mayStake bool) {
	h := l.store.Head.Get(ctx)
	return h.LeastWei, !h.StakingOff
}
