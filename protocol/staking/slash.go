package staking

import (
	"github.com/holiman/uint256"
)

// signedTwice slashes and bars a validator. It reports whether the set has to be
// made anew. What was reported before, or is of nobody here, changes nothing.
func (l *ledger) signedTwice(p *Parameters, e Evidence) (left bool, err error) {
	id := l.store.ByAddress.Get(l.ctx, e.Validator)
	if id == 0 {
		return false, nil
	}
	a, err := l.account(id)
	if err != nil || a.Barred {
		return false, err
	}
	a.Barred, a.rank = true, true
	return a.Role != roleNone, l.slash(a, p.DoubleSignSlashBps, e.Time, true)
}

// slash burns a part of a candidate's stake, and of the stake that left it in
// the hour of the deed or later. Stake that was redelegated since answers for it
// when it is touched, see answer. The cost does not depend on the number of
// delegators: shares stay, they are worth less.
func (l *ledger) slash(a *account, rate uint16, infraction uint64, doubleSign bool) error {
	bonded := new(uint256.Int)
	for i := range a.Pools {
		stake := &a.Pools[i].StakeWei
		lost := part(stake, rate)
		stake.Sub(stake, lost)
		bonded.Add(bonded, lost)
	}
	l.sums.StakeWei.Sub(&l.sums.StakeWei, bonded)
	leaving := l.slashBuckets(a.id, rate, infraction)
	l.sums.UnbondingWei.Sub(&l.sums.UnbondingWei, leaving)
	a.rank = true
	slashes := l.store.Slashes.At(l.ctx, a.id)
	slashes.Push(l.ctx, slash{Infraction: infraction, Recorded: l.now, Bps: rate})
	l.emit.Slashed(l.ctx, a.id, doubleSign, infraction, bonded, leaving)
	return l.burn(new(uint256.Int).Add(bonded, leaving))
}

func (l *ledger) slashBuckets(candidate uint64, rate uint16, infraction uint64) *uint256.Int {
	total := new(uint256.Int)
	oldest := l.now - min(l.now, maxUnbonding+hour) // what left earlier has returned
	buckets := l.store.Buckets.At(l.ctx, candidate)
	for at := max(infraction, oldest) / hour; at <= l.now/hour; at++ {
		b := buckets.Get(l.ctx, at)
		if b.StakeWei.IsZero() {
			continue
		}
		lost := part(&b.StakeWei, rate)
		b.StakeWei.Sub(&b.StakeWei, lost)
		buckets.Set(l.ctx, at, b)
		total.Add(total, lost)
	}
	return total
}
