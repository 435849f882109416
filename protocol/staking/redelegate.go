package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// maxRedelegations is how many redelegations may be under way to one delegation.
const maxRedelegations = 8

// redelegate moves stake to another candidate. There it is held for the
// unbonding time: it can neither go on nor leave, and what its former candidate
// is found to have done before it left is taken from it.
func (s *Staking) redelegate(ctx *contract.Context, from, to uint64, kind Kind, amountWei *uint256.Int) error {
	if from == to {
		return s.fail.SameCandidate()
	}
	l := s.open(ctx)
	source, err := l.account(from)
	if err != nil {
		return err
	}
	target, err := l.account(to)
	if err != nil {
		return err
	}
	if target.Barred {
		return s.fail.CandidateBarred(to)
	}
	leaving, _, err := l.holding(source, ctx.Caller(), kind)
	if err != nil {
		return err
	}
	joining, _, err := l.holding(target, ctx.Caller(), kind)
	if err != nil {
		return err
	}
	out, err := l.remove(leaving, amountWei)
	if err != nil {
		return err
	}
	if err := l.checkSelfStake(source, ctx.Caller(), false); err != nil {
		return err
	}
	heldUntil, err := l.hold(joining, from, out)
	if err != nil {
		return err
	}
	if err := l.checkSelfStake(target, ctx.Caller(), true); err != nil {
		return err
	}
	l.emit.Redelegated(ctx, ctx.Caller(), from, to, kind, out.amountWei, heldUntil)
	l.close()
	return nil
}

// hold deposits stake that came from another candidate and notes whence.
func (l *ledger) hold(h *holding, from uint64, in removed) (until uint64, err error) {
	if h.Redelegations >= maxRedelegations {
		return 0, l.fail.TooManyRedelegations(maxRedelegations)
	}
	shares, err := l.deposit(h, in.amountWei)
	if err != nil {
		return 0, err
	}
	h.PrincipalWei.Add(&h.PrincipalWei, in.principalWei)
	slashes := l.store.Slashes.At(l.ctx, from)
	until = l.now + uint64(l.store.Parameters.Get(l.ctx).UnbondingSeconds)
	list := l.store.Redelegations.At(l.ctx, h.key)
	list.Set(l.ctx, uint64(h.Redelegations), redelegation{
		Shares: *shares, From: from, At: l.now, Matures: until, Seen: slashes.Len(l.ctx),
	})
	h.Redelegations++
	return until, nil
}

// held is how many shares of a delegation must stay.
func (l *ledger) held(h *holding) *uint256.Int {
	total := new(uint256.Int)
	list := l.store.Redelegations.At(l.ctx, h.key)
	for i := range uint64(h.Redelegations) {
		if r := list.Get(l.ctx, i); r.Matures > l.now {
			total.Add(total, &r.Shares)
		}
	}
	return total
}

// slashRedelegated applies what the former candidates of a delegation's stake
// were slashed for since it left them, and forgets redelegations that are over.
func (l *ledger) slashRedelegated(h *holding) (slashedWei *uint256.Int, err error) {
	slashedWei = new(uint256.Int)
	if h.Redelegations == 0 {
		return slashedWei, nil
	}
	list := l.store.Redelegations.At(l.ctx, h.key)
	kept := uint32(0)
	for i := range uint64(h.Redelegations) {
		r := list.Get(l.ctx, i)
		lost, err := l.answer(h, &r)
		if err != nil {
			return nil, err
		}
		slashedWei.Add(slashedWei, lost)
		if r.Matures > l.now {
			list.Set(l.ctx, uint64(kept), r)
			kept++
		}
	}
	for i := kept; i < h.Redelegations; i++ {
		list.Delete(l.ctx, uint64(i))
	}
	h.Redelegations = kept
	return slashedWei, nil
}

// answer burns the part of one redelegation that slashes of its former candidate
// cost it: those of deeds before it left, found before it was free.
func (l *ledger) answer(h *holding, r *redelegation) (lostWei *uint256.Int, err error) {
	shares := new(uint256.Int)
	slashes := l.store.Slashes.At(l.ctx, r.From)
	for n := slashes.Len(l.ctx); r.Seen < n; r.Seen++ {
		if s := slashes.Get(l.ctx, r.Seen); s.Infraction <= r.At && s.Recorded < r.Matures {
			cost := part(&r.Shares, s.Bps)
			r.Shares.Sub(&r.Shares, cost)
			shares.Add(shares, cost)
		}
	}
	if shares.IsZero() {
		return shares, nil
	}
	out := removed{amountWei: h.pool().worth(shares), shares: shares}
	principal := h.PrincipalWei
	l.take(h, &out)
	h.PrincipalWei = principal // the lockup contract learns of the loss when the stake returns
	l.emit.RedelegationSlashed(l.ctx, h.key.delegator(), r.From, h.a.id, out.amountWei)
	if h.key.delegator() == h.a.Owner && l.selfStake(h.a).Lt(l.neededSelfStake(h.a)) {
		l.short(h.a)
	}
	return out.amountWei, l.burn(out.amountWei)
}

// applySlashes brings one delegation up to date.
func (s *Staking) applySlashes(ctx *contract.Context, delegator common.Address, candidate uint64, kind Kind) (*uint256.Int, error) {
	if kind > Locked {
		return nil, s.fail.KindInvalid()
	}
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return nil, err
	}
	before := a.stake()
	if _, _, err := l.holding(a, delegator, kind); err != nil {
		return nil, err
	}
	slashedWei := before.Sub(before, a.stake())
	l.close()
	return slashedWei, nil
}
