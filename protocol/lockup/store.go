package lockup

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout.
type storage struct {
	Head     contract.Value[head]                            // slot 0
	All      contract.Value[purse]                           // slots 1 and 2: the sums over all accounts
	Locks    contract.Map[uint64, record]                    // slot 3: by number
	Purses   contract.Map[common.Address, purse]             // slot 4: by account
	ByEnd    contract.Index                                  // slot 5: end, then number
	OfOwner  contract.Nested[common.Address, contract.Index] // slot 6: an account's, by end, then number
	Awaiting contract.Index                                  // slot 7: accounts with staked coins whose lock has ended
}

type head struct {
	LastID     uint64      // of the newest lock
	FirstEnd   uint64      // when the first lock ends, seconds since 1970; 0 when there is none
	StakingOff bool        // locked coins cannot be staked on this network
	LeastWei   uint256.Int `sol:"uint96"` // the least that lock takes
}

// record is a lock. Its account is zero when there is none.
type record struct {
	Account   common.Address
	Until     uint64      // seconds since 1970
	AmountWei uint256.Int `sol:"uint128"`
	Label     string
}

// purse is what an account, or all of them, have locked. With the sum of its
// locks' amounts it always holds
//
//	locks + ended − lost = held + staked
//
// and an account's ended and lost are never both there.
type purse struct {
	HeldWei   uint256.Int `sol:"uint128"` // in this contract's balance
	StakedWei uint256.Int `sol:"uint128"` // with staking
	EndedWei  uint256.Int `sol:"uint128"` // staked when their lock ended; go to the account when they come back
	LostWei   uint256.Int `sol:"uint128"` // slashed and not yet taken off a lock
}

// end takes a lock that has ended off the purse. What was slashed comes off the
// lock that ends first, so that a loss never frees coins of a later one.
func (p *purse) end(amountWei *uint256.Int) (paidWei, stakedWei, lostWei uint256.Int) {
	lostWei = least(amountWei, &p.LostWei)
	p.LostWei.Sub(&p.LostWei, &lostWei)
	stakedWei.Sub(amountWei, &lostWei)
	paidWei = least(&stakedWei, &p.HeldWei)
	p.HeldWei.Sub(&p.HeldWei, &paidWei)
	stakedWei.Sub(&stakedWei, &paidWei)
	p.EndedWei.Add(&p.EndedWei, &stakedWei)
	return paidWei, stakedWei, lostWei
}

func least(a, b *uint256.Int) uint256.Int {
	if a.Lt(b) {
		return *a
	}
	return *b
}

// locked is what is under a lock that has not ended, wherever it is.
func (p *purse) locked() (wei uint256.Int) {
	wei.Add(&p.HeldWei, &p.StakedWei)
	wei.Sub(&wei, &p.EndedWei)
	return wei
}

// endKey sorts locks by their end.
func endKey(until, id uint64) common.Hash {
	return contract.OrderedKey(uint256.NewInt(until), id)
}

// ownerKey is an account as a key.
func ownerKey(account common.Address) common.Hash { return common.BytesToHash(account[:]) }

// save writes an account's purse and brings the sums up to date. before is what
// was stored.
func (l *Lockup) save(ctx *contract.Context, account common.Address, before, after purse) {
	l.store.Purses.Set(ctx, account, after)
	all := l.store.All.Get(ctx)
	replace := func(sum, old, new *uint256.Int) { sum.Sub(sum.Add(sum, new), old) }
	replace(&all.HeldWei, &before.HeldWei, &after.HeldWei)
	replace(&all.StakedWei, &before.StakedWei, &after.StakedWei)
	replace(&all.EndedWei, &before.EndedWei, &after.EndedWei)
	replace(&all.LostWei, &before.LostWei, &after.LostWei)
	l.store.All.Set(ctx, all)
	switch key := ownerKey(account); {
	case before.EndedWei.IsZero() && !after.EndedWei.IsZero():
		l.store.Awaiting.Insert(ctx, key)
	case !before.EndedWei.IsZero() && after.EndedWei.IsZero():
		l.store.Awaiting.Remove(ctx, key)
	}
}

// add enters a lock whose coins are here already.
func (l *Lockup) add(ctx *contract.Context, id uint64, r record) {
	l.store.Locks.Set(ctx, id, r)
	key := endKey(r.Until, id)
	l.store.ByEnd.Insert(ctx, key)
	own := l.store.OfOwner.At(ctx, r.Account)
	own.Insert(ctx, key)
	h := l.store.Head.Get(ctx)
	if h.FirstEnd == 0 || r.Until < h.FirstEnd {
		h.FirstEnd = r.Until
	}
	h.LastID = max(h.LastID, id)
	l.store.Head.Set(ctx, h)
}

// remove takes a lock out.
func (l *Lockup) remove(ctx *contract.Context, id uint64, r record) {
	l.store.Locks.Delete(ctx, id)
	key := endKey(r.Until, id)
	l.store.ByEnd.Remove(ctx, key)
	own := l.store.OfOwner.At(ctx, r.Account)
	own.Remove(ctx, key)
	h := l.store.Head.Get(ctx)
	if r.Until > h.FirstEnd {
		return
	}
	h.FirstEnd = 0
	if first, ok := l.store.ByEnd.First(ctx, common.Hash{}); ok {
		h.FirstEnd = untilOf(first)
	}
	l.store.Head.Set(ctx, h)
}

func untilOf(key common.Hash) uint64 {
	until, _ := contract.SplitKey(key)
	return until.Uint64()
}
