package supply

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// overview has the fields of ISupply.Overview.
type overview struct {
	TotalWei       uint256.Int
	CirculatingWei uint256.Int
	LockedWei      uint256.Int
	UnclaimedWei   uint256.Int
	StakedWei      uint256.Int
	InitialWei     uint256.Int
	MinedWei       uint256.Int
	BurnedWei      uint256.Int
	CeilingWei     uint256.Int
	Year           uint64
	RateBps        uint16
	NextRateBps    uint16
	ProvisionWei   uint256.Int
	YearMinedWei   uint256.Int
}

// Total is all coins that exist, in wei.
func (s *Supply) Total(ctx *contract.Context) *uint256.Int { return s.total(ctx.At(s.Address())) }

func (s *Supply) total(ctx *contract.Context) *uint256.Int {
	e := emission{limits: s.store.Limits.Get(ctx), tally: s.store.Tally.Get(ctx)}
	total := e.total()
	return &total
}

func (s *Supply) overview(ctx *contract.Context) overview {
	e := s.load(ctx)
	o := overview{
		TotalWei: e.total(), LockedWei: *ask(ctx, s.needs.Locked),
		UnclaimedWei: *ask(ctx, s.needs.Unclaimed), StakedWei: *ask(ctx, s.needs.Staked),
		InitialWei: e.limits.InitialWei, MinedWei: e.tally.MinedWei, BurnedWei: e.tally.BurnedWei,
		CeilingWei: e.limits.CeilingWei, Year: e.clock.Year, RateBps: e.clock.RateBps,
		NextRateBps: e.clock.NextRateBps, ProvisionWei: e.plan.ProvisionWei,
	}
	o.YearMinedWei.Sub(&e.tally.MinedWei, &e.plan.MinedWei)
	o.CirculatingWei = o.circulating(ask(ctx, s.needs.LockedStake))
	return o
}

// circulating is what is free to move; coins that are both locked and staked
// are subtracted once.
func (o *overview) circulating(lockedStakeWei *uint256.Int) (wei uint256.Int) {
	var kept uint256.Int
	kept.Add(&o.LockedWei, &o.UnclaimedWei)
	kept.Add(&kept, &o.StakedWei)
	kept.Sub(&kept, lockedStakeWei)
	if kept.Gt(&o.TotalWei) {
		return wei
	}
	wei.Sub(&o.TotalWei, &kept)
	return wei
}

func (s *Supply) circulating(ctx *contract.Context) uint256.Int {
	return s.overview(ctx).CirculatingWei
}

func (s *Supply) clock(ctx *contract.Context) (genesisTimeNanos, lastTimeNanos, maxBlockNanos uint64) {
	limits := s.store.Limits.Get(ctx)
	return limits.GenesisNanos, s.store.Clock.Get(ctx).LastNanos, limits.MaxBlockNanos
}
