package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// hour is the width of a bucket of unbonding stake, in seconds: an infraction is
// answered for by all stake that left in its hour or later.
const hour = 3600

// undelegate sends stake on its way back.
func (s *Staking) undelegate(ctx *contract.Context, candidate uint64, kind Kind, amountWei *uint256.Int) (id, maturesAt uint64, err error) {
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return 0, 0, err
	}
	h, _, err := l.holding(a, ctx.Caller(), kind)
	if err != nil {
		return 0, 0, err
	}
	out, err := l.remove(h, amountWei)
	if err != nil {
		return 0, 0, err
	}
	if err := l.checkSelfStake(a, ctx.Caller(), false); err != nil {
		return 0, 0, err
	}
	maturesAt = l.now + uint64(l.store.Parameters.Get(ctx).UnbondingSeconds)
	u := unbonding{
		Delegator: ctx.Caller(), Candidate: candidate, Kind: kind,
		Hour: l.now / hour, Matures: maturesAt, PrincipalWei: *out.principalWei,
	}
	id = l.unbond(&u, out.amountWei)
	l.emit.Undelegated(ctx, ctx.Caller(), candidate, id, kind, out.amountWei, maturesAt)
	l.close()
	return id, maturesAt, nil
}

// unbond puts an amount into its bucket and the unbonding where it is found when
// it is due and by its delegator.
func (l *ledger) unbond(u *unbonding, amountWei *uint256.Int) (id uint64) {
	buckets := l.store.Buckets.At(l.ctx, u.Candidate)
	b := buckets.Get(l.ctx, u.Hour)
	u.Shares = *amountWei
	if !b.Shares.IsZero() {
		u.Shares = *mulDiv(amountWei, &b.Shares, &b.StakeWei)
	}
	b.StakeWei.Add(&b.StakeWei, amountWei)
	b.Shares.Add(&b.Shares, &u.Shares)
	buckets.Set(l.ctx, u.Hour, b)
	l.sums.UnbondingWei.Add(&l.sums.UnbondingWei, amountWei)
	l.sums.LastUnbonding++
	id = l.sums.LastUnbonding
	l.enqueue(id, u)
	return id
}

// enqueue stores an unbonding and lists it.
func (l *ledger) enqueue(id uint64, u *unbonding) {
	list := l.store.Leaving.At(l.ctx, u.Delegator)
	u.At = list.Push(l.ctx, id)
	l.store.Unbondings.Set(l.ctx, id, *u)
	l.store.Due.Insert(l.ctx, dueKey(id, u))
	if r := l.store.Rhythm.Get(l.ctx); r.NextDue == 0 || u.Matures < r.NextDue {
		r.NextDue = u.Matures
		l.store.Rhythm.Set(l.ctx, r)
	}
}

func dueKey(id uint64, u *unbonding) common.Hash {
	return contract.OrderedKey(uint256.NewInt(u.Matures), id)
}

// withdraw returns a mature unbonding.
func (s *Staking) withdraw(ctx *contract.Context, id uint64) (*uint256.Int, error) {
	u := s.store.Unbondings.Get(ctx, id)
	if u.Delegator == (common.Address{}) {
		return nil, s.fail.UnbondingMissing(id)
	}
	if u.Matures > ctx.Time() {
		return nil, s.fail.NotMature(u.Matures)
	}
	l := s.open(ctx)
	amountWei, err := l.returnUnbonding(id, &u)
	if err != nil {
		return nil, err
	}
	l.dequeue(id, &u)
	l.close()
	return amountWei, nil
}

// dequeue takes an unbonding from the queue of those that are due.
func (l *ledger) dequeue(id uint64, u *unbonding) {
	l.store.Due.Remove(l.ctx, dueKey(id, u))
	r := l.store.Rhythm.Get(l.ctx)
	if r.NextDue != u.Matures {
		return
	}
	r.NextDue = 0
	if next, ok := l.store.Due.First(l.ctx, common.Hash{}); ok {
		time, _ := contract.SplitKey(next)
		r.NextDue = time.Uint64()
	}
	l.store.Rhythm.Set(l.ctx, r)
}

// returnUnbonding pays an unbonding out of its bucket and forgets it. An error
// leaves everything as it was.
func (l *ledger) returnUnbonding(id uint64, u *unbonding) (*uint256.Int, error) {
	buckets := l.store.Buckets.At(l.ctx, u.Candidate)
	b := buckets.Get(l.ctx, u.Hour)
	amountWei := mulDiv(&u.Shares, &b.StakeWei, &b.Shares)
	if err := l.payBack(u, amountWei); err != nil {
		return nil, err
	}
	b.StakeWei.Sub(&b.StakeWei, amountWei)
	b.Shares.Sub(&b.Shares, &u.Shares)
	buckets.Set(l.ctx, u.Hour, b)
	l.sums.UnbondingWei.Sub(&l.sums.UnbondingWei, amountWei)
	l.unlist(u)
	l.store.Unbondings.Delete(l.ctx, id)
	l.emit.Withdrawn(l.ctx, u.Delegator, id, amountWei)
	return amountWei, nil
}

// payBack sends coins to their owner, locked ones to the lockup contract, which
// learns what was lost of them.
func (l *ledger) payBack(u *unbonding, amountWei *uint256.Int) error {
	if u.Kind != Locked {
		return l.pay(u.Delegator, amountWei)
	}
	back := amountWei.Clone()
	if back.Gt(&u.PrincipalWei) { // rounding was in its favour
		back.Set(&u.PrincipalWei)
	}
	lost := new(uint256.Int).Sub(&u.PrincipalWei, back)
	if !back.IsZero() {
		if err := l.lockup.Return(l.ctx, u.Delegator, back); err != nil {
			return err
		}
		l.sums.AccountedWei.Sub(&l.sums.AccountedWei, back)
	}
	if !lost.IsZero() {
		if err := l.lockup.Lost(l.ctx, u.Delegator, lost); err != nil {
			return err
		}
	}
	return l.pay(u.Delegator, new(uint256.Int).Sub(amountWei, back))
}

// unlist takes an unbonding from its delegator's list; the last one moves there.
func (l *ledger) unlist(u *unbonding) {
	list := l.store.Leaving.At(l.ctx, u.Delegator)
	last := list.Pop(l.ctx)
	if list.Len(l.ctx) == u.At {
		return
	}
	list.Set(l.ctx, u.At, last)
	moved := l.store.Unbondings.Get(l.ctx, last)
	moved.At = u.At
	l.store.Unbondings.Set(l.ctx, last, moved)
}
