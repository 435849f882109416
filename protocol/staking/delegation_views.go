package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Delegation is a delegation, as wallets show it.
type Delegation struct {
	Candidate     uint64
	Kind          Kind
	StakeWei      *uint256.Int
	RewardsWei    *uint256.Int
	HeldWei       *uint256.Int
	CommissionBps uint16
}

// Unbonding is stake on its way back, as wallets show it.
type Unbonding struct {
	Id        uint64 //nolint:revive // as the interface names it
	Candidate uint64
	Kind      Kind
	AmountWei *uint256.Int
	MaturesAt uint64
}

func (l *ledger) describeDelegation(h *holding) Delegation {
	rewards, _, _ := l.rewards(h)
	d := Delegation{
		Candidate: h.a.id, Kind: h.key.kind(), StakeWei: h.worth(), RewardsWei: rewards,
		HeldWei: h.pool().worth(l.held(h)), CommissionBps: h.a.CommissionBps,
	}
	if h.Granted {
		d.CommissionBps = l.store.Grants.Get(l.ctx, grantKeyOf(h.a.id, h.key.delegator())).CommissionBps
	}
	return d
}

func (s *Staking) delegation(ctx *contract.Context, delegator common.Address, candidate uint64, kind Kind) (Delegation, error) {
	if kind > Locked {
		return Delegation{}, s.fail.KindInvalid()
	}
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return Delegation{}, err
	}
	return l.describeDelegation(l.peek(a, delegator, kind)), nil
}

func (s *Staking) delegations(ctx *contract.Context, delegator common.Address, cursor, limit uint64) (list []Delegation, next uint64, err error) {
	l := s.open(ctx)
	limit = min(limit, maxPage)
	keys := s.store.Holdings.At(ctx, delegator)
	n := keys.Len(ctx)
	for i := cursor; i < n; i++ {
		if uint64(len(list)) == limit {
			return list, i, nil
		}
		key := keys.Get(ctx, i)
		a, err := l.account(key.candidate())
		if err != nil {
			return nil, 0, err
		}
		if h := l.peek(a, delegator, key.kind()); !h.Shares.IsZero() {
			list = append(list, l.describeDelegation(h))
		}
	}
	return list, 0, nil
}

func (s *Staking) unbondings(ctx *contract.Context, delegator common.Address, cursor, limit uint64) (list []Unbonding, next uint64) {
	limit = min(limit, maxPage)
	ids := s.store.Leaving.At(ctx, delegator)
	for _, id := range ids.Slice(ctx, cursor, limit) {
		u := s.store.Unbondings.Get(ctx, id)
		buckets := s.store.Buckets.At(ctx, u.Candidate)
		b := buckets.Get(ctx, u.Hour)
		list = append(list, Unbonding{
			Id: id, Candidate: u.Candidate, Kind: u.Kind,
			AmountWei: mulDiv(&u.Shares, &b.StakeWei, &b.Shares), MaturesAt: u.Matures,
		})
	}
	if next = cursor + uint64(len(list)); len(list) == 0 || next >= ids.Len(ctx) {
		next = 0
	}
	return list, next
}

func (s *Staking) pendingRewards(ctx *contract.Context, delegator common.Address) (*uint256.Int, error) {
	l := s.open(ctx)
	total := new(uint256.Int)
	list := s.store.Holdings.At(ctx, delegator)
	for i := range list.Len(ctx) {
		key := list.Get(ctx, i)
		a, err := l.account(key.candidate())
		if err != nil {
			return nil, err
		}
		rewards, _, _ := l.rewards(l.peek(a, delegator, key.kind()))
		total.Add(total, rewards)
	}
	return total, nil
}

func (s *Staking) grantOf(ctx *contract.Context, candidate uint64, delegator common.Address) (granted bool, commissionBps uint16) {
	g := s.store.Grants.Get(ctx, grantKeyOf(candidate, delegator))
	return g.Granted, g.CommissionBps
}
