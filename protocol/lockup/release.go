package lockup

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// releaseGas is enough for one release with a million locks, in gas.
const releaseGas = 1_000_000

// release sends the coins of a lock that has ended to their owner.
func (l *Lockup) release(ctx *contract.Context, id uint64) error {
	r := l.store.Locks.Get(ctx, id)
	if r.Account == (common.Address{}) {
		return l.fail.UnknownLock(id)
	}
	if r.Until > ctx.Time() {
		return l.fail.StillLocked(id, r.Until)
	}
	l.remove(ctx, id, r)
	before := l.store.Purses.Get(ctx, r.Account)
	after := before
	paidWei, stakedWei, lostWei := after.end(&r.AmountWei)
	l.save(ctx, r.Account, before, after)
	if !paidWei.IsZero() {
		if err := ctx.Transfer(r.Account, &paidWei); err != nil {
			return err
		}
	}
	l.emit.Released(ctx, id, r.Account, &paidWei, &stakedWei, &lostWei)
	return nil
}

// releaseNext releases the lock that ended first.
func (l *Lockup) releaseNext(ctx *contract.Context) error {
	first, ok := l.store.ByEnd.First(ctx, common.Hash{})
	if !ok {
		return l.fail.UnknownLock(0)
	}
	_, id := contract.SplitKey(first)
	return l.release(ctx, id)
}

// Due asks for a lock that has ended to be released.
func (l *Lockup) Due(ctx *contract.Context) (data []byte, gas uint64, ok bool) {
	h := l.store.Head.Get(ctx.At(l.Address()))
	if h.FirstEnd == 0 || h.FirstEnd > ctx.Time() {
		return nil, 0, false
	}
	data, err := contract.Pack(l, "releaseNext")
	return data, releaseGas, err == nil
}
