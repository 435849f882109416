package staking

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// maxGrants is how many commissions a candidate may grant.
const maxGrants = 100

const day = 86_400

// setCommission changes the commission of the caller's candidate from now on.
func (s *Staking) setCommission(ctx *contract.Context, commissionBps uint16) error {
	l := s.open(ctx)
	a, err := l.owned(ctx.Caller())
	if err != nil {
		return err
	}
	if commissionBps > a.CommissionBps {
		limit := min(a.CommissionBps+s.store.Constants.Get(ctx).CommissionRaiseBps, bps)
		if commissionBps > limit {
			return s.fail.CommissionTooHigh(commissionBps, limit)
		}
		k := s.store.Keys.Get(ctx, a.id)
		if k.RaisedAt != 0 && k.RaisedAt+day > l.now {
			return s.fail.CommissionRaisedToday(k.RaisedAt + day)
		}
		k.RaisedAt = l.now
		s.store.Keys.Set(ctx, a.id, k)
	}
	a.CommissionBps = commissionBps
	s.emit.CommissionChanged(ctx, a.id, commissionBps)
	l.close()
	return nil
}

// grantCommission lets a delegator's plain and locked delegations bear a lower
// commission. They move to the granted pool, where rewards accrue before
// commission; what is due is taken when they are touched.
func (s *Staking) grantCommission(ctx *contract.Context, delegator common.Address, commissionBps uint16) error {
	l := s.open(ctx)
	a, err := l.owned(ctx.Caller())
	if err != nil {
		return err
	}
	if commissionBps >= a.CommissionBps {
		return s.fail.CommissionTooHigh(commissionBps, max(a.CommissionBps, 1)-1)
	}
	affected, err := l.plainAndLocked(a, delegator)
	if err != nil {
		return err
	}
	key := grantKeyOf(a.id, delegator)
	g := s.store.Grants.Get(ctx, key)
	if !g.Granted {
		list := s.store.Granted.At(ctx, a.id)
		if list.Len(ctx) >= maxGrants {
			return s.fail.TooManyGrants(maxGrants)
		}
		g.At = list.Push(ctx, delegator)
	}
	s.store.Grants.Set(ctx, key, grant{Granted: true, CommissionBps: commissionBps, At: g.At})
	for _, h := range affected {
		l.changePool(h, true)
	}
	s.emit.CommissionGranted(ctx, a.id, delegator, commissionBps)
	l.close()
	return nil
}

// endGrant lets a delegator bear the general commission again.
func (s *Staking) endGrant(ctx *contract.Context, candidate uint64, delegator common.Address) error {
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return err
	}
	if ctx.Caller() != a.Owner && ctx.Caller() != delegator {
		return s.fail.NotOwner(ctx.Caller())
	}
	key := grantKeyOf(candidate, delegator)
	g := s.store.Grants.Get(ctx, key)
	if !g.Granted {
		return s.fail.GrantMissing()
	}
	affected, err := l.plainAndLocked(a, delegator)
	if err != nil {
		return err
	}
	s.store.Grants.Delete(ctx, key)
	l.unlistGrant(candidate, g.At)
	for _, h := range affected {
		l.changePool(h, false)
	}
	s.emit.GrantEnded(ctx, candidate, delegator)
	l.close()
	return nil
}

// unlistGrant takes a grant out of its candidate's list; the last one moves there.
func (l *ledger) unlistGrant(candidate, at uint64) {
	list := l.store.Granted.At(l.ctx, candidate)
	last := list.Pop(l.ctx)
	if list.Len(l.ctx) == at {
		return
	}
	list.Set(l.ctx, at, last)
	key := grantKeyOf(candidate, last)
	moved := l.store.Grants.Get(l.ctx, key)
	moved.At = at
	l.store.Grants.Set(l.ctx, key, moved)
}

// plainAndLocked are the delegations that a grant is about, with their rewards
// paid at the commission they bore so far.
func (l *ledger) plainAndLocked(a *account, delegator common.Address) (list []*holding, err error) {
	for _, kind := range []Kind{Plain, Locked} {
		h, _, err := l.holding(a, delegator, kind)
		if err != nil {
			return nil, err
		}
		if !h.Shares.IsZero() {
			list = append(list, h)
		}
	}
	return list, nil
}

// changePool moves a delegation with all its shares into or out of the granted
// pool.
func (l *ledger) changePool(h *holding, granted bool) {
	if h.Granted == granted {
		return
	}
	was, principal := h.Shares, h.PrincipalWei
	out := removed{amountWei: h.worth(), shares: was.Clone()}
	l.take(h, &out)
	shares := l.add(h, out.amountWei)
	h.PrincipalWei = principal
	list := l.store.Redelegations.At(l.ctx, h.key)
	for i := range uint64(h.Redelegations) {
		r := list.Get(l.ctx, i)
		r.Shares = *mulDiv(&r.Shares, shares, &was)
		list.Set(l.ctx, i, r)
	}
}
