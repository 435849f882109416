package staking

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// claim pays out what the caller's delegations to one candidate have earned.
func (s *Staking) claim(ctx *contract.Context, candidate uint64) (*uint256.Int, error) {
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return nil, err
	}
	total := new(uint256.Int)
	for _, kind := range []Kind{Plain, Locked} {
		_, paidWei, err := l.holding(a, ctx.Caller(), kind)
		if err != nil {
			return nil, err
		}
		total.Add(total, paidWei)
	}
	l.close()
	return total, nil
}

// claimAll pays out what all of the caller's delegations have earned.
func (s *Staking) claimAll(ctx *contract.Context) (*uint256.Int, error) {
	l := s.open(ctx)
	list := s.store.Holdings.At(ctx, ctx.Caller())
	total := new(uint256.Int)
	for i := range list.Len(ctx) {
		key := list.Get(ctx, i)
		a, err := l.account(key.candidate())
		if err != nil {
			return nil, err
		}
		_, paidWei, err := l.holding(a, ctx.Caller(), key.kind())
		if err != nil {
			return nil, err
		}
		total.Add(total, paidWei)
	}
	l.close()
	return total, nil
}

// claimCommission pays out the commission of the caller's candidate.
func (s *Staking) claimCommission(ctx *contract.Context) (*uint256.Int, error) {
	l := s.open(ctx)
	a, err := l.owned(ctx.Caller())
	if err != nil {
		return nil, err
	}
	amountWei := a.CommissionWei.Clone()
	a.CommissionWei.Clear()
	if err := l.pay(a.Owner, amountWei); err != nil {
		return nil, err
	}
	l.emit.CommissionPaid(ctx, a.id, a.Owner, amountWei)
	l.close()
	return amountWei, nil
}

// setCompounding moves the free part of a delegation between the plain and the
// compounding pool.
func (s *Staking) setCompounding(ctx *contract.Context, candidate uint64, compounding bool) error {
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return err
	}
	from, to := Plain, Compounding
	if !compounding {
		from, to = Compounding, Plain
	}
	leaving, _, err := l.holding(a, ctx.Caller(), from)
	if err != nil {
		return err
	}
	joining, _, err := l.holding(a, ctx.Caller(), to)
	if err != nil {
		return err
	}
	out, err := l.remove(leaving, all)
	if err != nil {
		return err
	}
	if _, err := l.deposit(joining, out.amountWei); err != nil {
		return err
	}
	l.emit.CompoundingSwitched(ctx, ctx.Caller(), candidate, compounding, out.amountWei)
	l.close()
	return nil
}
