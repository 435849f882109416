package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// holding is a delegation within one call.
type holding struct {
	key positionKey
	position
	a          *account
	sharesWere uint256.Int
	was        position
}

// peek reads a delegation as it is.
func (l *ledger) peek(a *account, delegator common.Address, kind Kind) *holding {
	key := keyOf(delegator, a.id, kind)
	for _, h := range l.holdings {
		if h.key == key {
			return h
		}
	}
	p := l.store.Positions.Get(l.ctx, key)
	return &holding{key: key, position: p, a: a, sharesWere: p.Shares, was: p}
}

// holding reads a delegation, slashes what it must answer for and pays out what
// it has earned.
func (l *ledger) holding(a *account, delegator common.Address, kind Kind) (h *holding, paidWei *uint256.Int, err error) {
	if kind > Locked {
		return nil, nil, l.fail.KindInvalid()
	}
	h = l.peek(a, delegator, kind)
	if len(l.holdings) == 0 || !l.has(h) {
		l.holdings = append(l.holdings, h)
	}
	paidWei, err = l.payRewards(h)
	if err != nil {
		return nil, nil, err
	}
	_, err = l.slashRedelegated(h)
	return h, paidWei, err
}

func (l *ledger) has(h *holding) bool {
	for _, known := range l.holdings {
		if known == h {
			return true
		}
	}
	return false
}

func (h *holding) poolNumber() uint8 {
	switch {
	case h.key.kind() == Compounding:
		return poolCompounding
	case h.Granted:
		return poolGranted
	}
	return poolPlain
}

func (h *holding) pool() *pool { return &h.a.Pools[h.poolNumber()] }

func (h *holding) worth() *uint256.Int { return h.pool().worth(&h.Shares) }

// rewards are what a delegation has earned, and the part of it that is
// commission: only granted delegations accrue before commission.
func (l *ledger) rewards(h *holding) (rewardsWei, commissionWei, rest *uint256.Int) {
	rewardsWei, commissionWei, rest = new(uint256.Int), new(uint256.Int), new(uint256.Int)
	if h.Shares.IsZero() || h.key.kind() == Compounding {
		return
	}
	rewardsWei.Sub(&h.pool().Acc, &h.position.Acc)
	rewardsWei.Mul(rewardsWei, &h.Shares)
	rewardsWei.DivMod(rewardsWei, poolScale, rest)
	if h.Granted && !rewardsWei.IsZero() {
		granted := l.store.Grants.Get(l.ctx, grantKeyOf(h.a.id, h.key.delegator()))
		commissionWei = part(rewardsWei, granted.CommissionBps)
		rewardsWei.Sub(rewardsWei, commissionWei)
	}
	return
}

// payRewards pays out what a delegation has earned. Fractions of a wei go back
// to the pool's carried rest.
func (l *ledger) payRewards(h *holding) (*uint256.Int, error) {
	rewardsWei, commissionWei, rest := l.rewards(h)
	a := h.a
	a.CommissionWei.Add(&a.CommissionWei, commissionWei)
	switch h.poolNumber() {
	case poolPlain:
		a.PlainRem.Add(&a.PlainRem, rest)
	case poolGranted:
		a.GrantedRem.Add(&a.GrantedRem, rest)
	}
	h.position.Acc = h.pool().Acc
	if rewardsWei.IsZero() {
		return rewardsWei, nil
	}
	l.emit.RewardsPaid(l.ctx, h.key.delegator(), a.id, rewardsWei)
	return rewardsWei, l.pay(h.key.delegator(), rewardsWei)
}

// deposit adds coins that are accounted for to a delegation.
func (l *ledger) deposit(h *holding, amountWei *uint256.Int) (shares *uint256.Int, err error) {
	shares = l.add(h, amountWei)
	// A delegation that is just large enough may lose a wei to rounding.
	if minimum := l.minimum(); shares.IsZero() || amountWei.Lt(minimum) && h.worth().Lt(minimum) {
		return nil, l.fail.AmountTooSmall(amountWei, minimum)
	}
	return shares, nil
}

// add books a deposit. An empty delegation starts in the pool where its
// delegator's commission belongs.
func (l *ledger) add(h *holding, amountWei *uint256.Int) (shares *uint256.Int) {
	if h.Shares.IsZero() && h.key.kind() != Compounding {
		h.Granted = l.store.Grants.Get(l.ctx, grantKeyOf(h.a.id, h.key.delegator())).Granted
		h.position.Acc = h.pool().Acc
	}
	p := h.pool()
	shares = amountWei.Clone()
	if !p.Shares.IsZero() {
		shares = mulDiv(amountWei, &p.Shares, &p.StakeWei)
	}
	p.StakeWei.Add(&p.StakeWei, amountWei)
	p.Shares.Add(&p.Shares, shares)
	h.Shares.Add(&h.Shares, shares)
	l.sums.StakeWei.Add(&l.sums.StakeWei, amountWei)
	h.a.rank = true
	return shares
}

func (l *ledger) minimum() *uint256.Int { return l.store.Parameters.Get(l.ctx).MinDelegationWei }

// removed is what was taken out of a delegation.
type removed struct{ amountWei, shares, principalWei *uint256.Int }

var all = new(uint256.Int).SetAllOne()

// remove takes free stake out of a delegation. The coins stay accounted for.
func (l *ledger) remove(h *holding, amountWei *uint256.Int) (r removed, err error) {
	p := h.pool()
	held := l.held(h)
	free := new(uint256.Int).Sub(&h.Shares, held)
	freeWei := p.worth(free)
	switch {
	case amountWei.IsZero():
		return r, l.fail.AmountTooSmall(amountWei, l.minimum())
	case freeWei.IsZero() || !amountWei.Eq(all) && amountWei.Gt(freeWei):
		return r, l.fail.StakeTooSmall(amountWei, freeWei)
	case amountWei.Lt(freeWei):
		r = removed{amountWei.Clone(), mulDivUp(amountWei, &p.Shares, &p.StakeWei), nil}
	default:
		r = removed{freeWei, free, nil}
	}
	l.take(h, &r)
	if left := h.worth(); held.IsZero() && !h.Shares.IsZero() && left.Lt(l.minimum()) {
		return r, l.fail.AmountTooSmall(left, l.minimum())
	}
	return r, nil
}

// take books the removal of shares.
func (l *ledger) take(h *holding, r *removed) {
	p := h.pool()
	r.principalWei = mulDiv(&h.PrincipalWei, r.shares, &h.Shares)
	h.PrincipalWei.Sub(&h.PrincipalWei, r.principalWei)
	h.Shares.Sub(&h.Shares, r.shares)
	p.Shares.Sub(&p.Shares, r.shares)
	p.StakeWei.Sub(&p.StakeWei, r.amountWei)
	l.sums.StakeWei.Sub(&l.sums.StakeWei, r.amountWei)
	h.a.rank = true
}

// save writes a delegation and keeps its place in the delegator's list.
func (l *ledger) save(h *holding) {
	if h.position == h.was {
		return
	}
	if !h.Listed && !h.Shares.IsZero() {
		h.Listed = true
		list := l.store.Holdings.At(l.ctx, h.key.delegator())
		if list.Push(l.ctx, h.key) == 0 {
			l.store.Delegators.Push(l.ctx, h.key.delegator())
		}
	}
	if !h.Shares.Eq(&h.was.Shares) || h.Granted != h.was.Granted {
		past := l.store.PositionPast.At(l.ctx, h.key)
		h.PastCount = uint32(mark(l.ctx, past, uint64(h.PastCount), &h.Shares, h.poolNumber()))
	}
	l.store.Positions.Set(l.ctx, h.key, h.position)
	h.was = h.position
}

// selfStake is what a candidate's owner has at stake with it, in wei.
func (l *ledger) selfStake(a *account) *uint256.Int {
	total := new(uint256.Int)
	for kind := Plain; kind <= Locked; kind++ {
		total.Add(total, l.peek(a, a.Owner, kind).worth())
	}
	return total
}

// neededSelfStake is what a candidate's owner must have at stake, in wei.
func (l *ledger) neededSelfStake(a *account) *uint256.Int {
	return mulDivUp(a.stake(), uint256.NewInt(uint64(l.store.Parameters.Get(l.ctx).MinSelfStakeBps)), uint256.NewInt(bps))
}

// checkSelfStake brings a candidate back that has enough self-stake again, and
// takes one out that has too little when its owner is the cause. Others may not
// cause it: their delegation is refused.
func (l *ledger) checkSelfStake(a *account, cause common.Address, adding bool) error {
	self, needed := l.selfStake(a), l.neededSelfStake(a)
	enough := !self.Lt(needed)
	switch {
	case enough:
		a.rank = a.rank || a.Short
		a.Short = false
	case cause == a.Owner:
		l.short(a)
	case adding:
		return l.fail.SelfStakeTooSmall(self, needed)
	}
	return nil
}

// short takes a candidate out for too little self-stake.
func (l *ledger) short(a *account) {
	if a.Short {
		return
	}
	a.Short, a.rank = true, true
	if a.Role != roleNone {
		l.elect()
	}
}
