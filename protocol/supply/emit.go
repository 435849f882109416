package supply

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Emit mints what is due for the time since the last call, in nanoseconds since
// 1970, to the address of rewards. The chain calls it once at each block's
// start. It writes two slots, two more when a year begins.
func (s *Supply) Emit(ctx *contract.Context, timeNanos uint64) (mintedWei *uint256.Int) {
	ctx = ctx.At(s.Address())
	e := s.load(ctx)
	minted := e.advance(timeNanos, func() {
		s.store.Plan.Set(ctx, e.plan)
		s.emit.YearBegan(ctx, e.clock.Year, &e.plan.SupplyWei, e.clock.RateBps, &e.plan.ProvisionWei)
	})
	s.store.Clock.Set(ctx, e.clock)
	if !minted.IsZero() {
		s.store.Tally.Set(ctx, e.tally)
		ctx.Mint(s.needs.Rewards, &minted)
	}
	return &minted
}

// setRate sets the rate of the years that follow.
func (s *Supply) setRate(ctx *contract.Context, rateBps uint16) error {
	if ctx.Caller() != s.needs.Governance {
		return s.fail.NotGovernance(ctx.Caller())
	}
	if most := s.store.Limits.Get(ctx).MaxRateBps; rateBps > most {
		return s.fail.RateTooHigh(rateBps, most)
	}
	clock := s.store.Clock.Get(ctx)
	clock.NextRateBps = rateBps
	s.store.Clock.Set(ctx, clock)
	s.emit.RateSet(ctx, rateBps)
	return nil
}
