package lockup

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// lockInfo has the fields of ILockup.Lock.
type lockInfo struct {
	Id        uint64
	Account   common.Address
	AmountWei uint256.Int
	Until     uint64
	Label     string
}

// holding has the fields of ILockup.Holding.
type holding struct {
	LockedWei uint256.Int
	HeldWei   uint256.Int
	StakedWei uint256.Int
	EndedWei  uint256.Int
	LostWei   uint256.Int
}

func (p purse) holding() holding {
	return holding{p.locked(), p.HeldWei, p.StakedWei, p.EndedWei, p.LostWei}
}

// Locked is what is under locks that have not ended, staked or not, in wei.
func (l *Lockup) Locked(ctx *contract.Context) *uint256.Int {
	all := l.store.All.Get(ctx.At(l.Address()))
	locked := all.locked()
	return &locked
}

// LockedStake is the staked part of Locked, in wei.
func (l *Lockup) LockedStake(ctx *contract.Context) *uint256.Int {
	all := l.store.All.Get(ctx.At(l.Address()))
	return new(uint256.Int).Sub(&all.StakedWei, &all.EndedWei)
}

func (l *Lockup) lockedOf(ctx *contract.Context, account common.Address) uint256.Int {
	p := l.store.Purses.Get(ctx, account)
	return p.locked()
}

func (l *Lockup) holding(ctx *contract.Context, account common.Address) holding {
	return l.store.Purses.Get(ctx, account).holding()
}

func (l *Lockup) totals(ctx *contract.Context) holding { return l.store.All.Get(ctx).holding() }

func (l *Lockup) lockOf(ctx *contract.Context, id uint64) (lockInfo, error) {
	info, ok := l.info(ctx, id)
	if !ok {
		return info, l.fail.UnknownLock(id)
	}
	return info, nil
}

func (l *Lockup) info(ctx *contract.Context, id uint64) (lockInfo, bool) {
	r := l.store.Locks.Get(ctx, id)
	return lockInfo{id, r.Account, r.AmountWei, r.Until, r.Label}, r.Account != common.Address{}
}

func (l *Lockup) locks(ctx *contract.Context, cursor *uint256.Int, limit uint64) ([]lockInfo, *uint256.Int) {
	return l.page(ctx, &l.store.ByEnd, cursor, limit)
}

func (l *Lockup) locksOf(ctx *contract.Context, account common.Address, cursor *uint256.Int, limit uint64) ([]lockInfo, *uint256.Int) {
	own := l.store.OfOwner.At(ctx, account)
	return l.page(ctx, &own, cursor, limit)
}

// page reads locks in the order of an index. A cursor is the key of the next
// lock, so that it stays valid whatever is locked and released in between.
func (l *Lockup) page(ctx *contract.Context, index *contract.Index, cursor *uint256.Int, limit uint64) (list []lockInfo, next *uint256.Int) {
	for key := range index.Ascend(ctx, cursor.Bytes32()) {
		if uint64(len(list)) == limit {
			return list, new(uint256.Int).SetBytes32(key[:])
		}
		_, id := contract.SplitKey(key)
		info, _ := l.info(ctx, id)
		list = append(list, info)
	}
	return list, new(uint256.Int)
}
