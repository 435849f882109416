package staking

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// offerOwnership lets another account take over the caller's candidate.
func (s *Staking) offerOwnership(ctx *contract.Context, to common.Address) error {
	id := s.store.ByOwner.Get(ctx, ctx.Caller())
	if id == 0 {
		return s.fail.NotOwner(ctx.Caller())
	}
	k := s.store.Keys.Get(ctx, id)
	k.PendingOwner = to
	s.store.Keys.Set(ctx, id, k)
	s.emit.OwnershipOffered(ctx, id, to)
	return nil
}

// acceptOwnership makes the caller the owner of a candidate that was offered to
// it. The former owner gets the commission earned so far; its free plain and
// compounding stake goes along, so that the candidate keeps its self-stake and
// its place in the set.
func (s *Staking) acceptOwnership(ctx *contract.Context, candidate uint64) error {
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return err
	}
	k := s.store.Keys.Get(ctx, candidate)
	from, to := a.Owner, ctx.Caller()
	if k.PendingOwner != to {
		return s.fail.NotOffered()
	}
	if other := s.store.ByOwner.Get(ctx, to); other != 0 {
		return s.fail.OwnsCandidate(other)
	}
	commission := a.CommissionWei.Clone()
	a.CommissionWei.Clear()
	if err := l.pay(from, commission); err != nil {
		return err
	}
	for _, kind := range []Kind{Plain, Compounding} {
		if err := l.handOver(a, from, to, kind); err != nil {
			return err
		}
	}
	a.Owner = to
	if err := l.checkSelfStake(a, common.Address{}, true); err != nil {
		return err
	}
	k.PendingOwner = common.Address{}
	s.store.Keys.Set(ctx, candidate, k)
	s.store.ByOwner.Delete(ctx, from)
	s.store.ByOwner.Set(ctx, to, candidate)
	s.emit.CommissionPaid(ctx, candidate, from, commission)
	s.emit.OwnershipChanged(ctx, candidate, from, to)
	l.close()
	return nil
}

// handOver moves the free part of a delegation to another delegator.
func (l *ledger) handOver(a *account, from, to common.Address, kind Kind) error {
	leaving, _, err := l.holding(a, from, kind)
	if err != nil {
		return err
	}
	joining, _, err := l.holding(a, to, kind)
	if err != nil {
		return err
	}
	if l.held(leaving).Eq(&leaving.Shares) {
		return nil // nothing, or nothing that is free
	}
	out, err := l.remove(leaving, all)
	if err != nil {
		return err
	}
	_, err = l.deposit(joining, out.amountWei)
	return err
}
