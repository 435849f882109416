package supply

import (
	"errors"
	"fmt"

	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout.
type storage struct {
	Limits contract.Value[limits] // slots 0 and 1; never change
	Clock  contract.Value[clock]  // slot 2; changes with every block
	Tally  contract.Value[tally]  // slot 3; changes with every block
	Plan   contract.Value[plan]   // slots 4 and 5; change with every year
}

type limits struct {
	CeilingWei    uint256.Int `sol:"uint128"`
	InitialWei    uint256.Int `sol:"uint128"`
	GenesisNanos  uint64      // begin of year 1, since 1970
	MaxBlockNanos uint64      // the most that the time between two blocks counts
	MaxRateBps    uint16
}

type clock struct {
	LastNanos   uint64 // up to when coins were minted, since 1970
	Remainder   uint64 // minted and not yet a wei, in wei / nanosPerYear
	Year        uint64 // from 1
	RateBps     uint16
	NextRateBps uint16
}

type tally struct {
	MinedWei  uint256.Int `sol:"uint128"`
	BurnedWei uint256.Int `sol:"uint128"`
}

// plan is the current year's.
type plan struct {
	ProvisionWei uint256.Int `sol:"uint128"`
	SupplyWei    uint256.Int `sol:"uint128"` // all coins at its begin
	MinedWei     uint256.Int `sol:"uint128"` // mined before it
}

// Genesis is what a chain's supply begins with.
type Genesis struct {
	CeilingWei       *uint256.Int `json:"ceilingWei"`
	InitialWei       *uint256.Int `json:"initialWei"` // all coins of the genesis together, contracts' included
	RateBps          uint16       `json:"rateBps"`    // of the first year
	MaxRateBps       uint16       `json:"maxRateBps"` // the highest that governance can set
	GenesisTimeNanos uint64       `json:"genesisTimeNanos,string"`
	MaxBlockNanos    uint64       `json:"maxBlockNanos,string"`
	Progress         *Progress    `json:"progress,omitempty"` // of a chain that goes on from an export
}

// Progress is how far a chain has come. RateBps of its genesis is the current
// year's then.
type Progress struct {
	Year          uint64       `json:"year"` // from 1
	NextRateBps   uint16       `json:"nextRateBps"`
	LastNanos     uint64       `json:"lastNanos,string"`
	Remainder     uint64       `json:"remainder,string"`
	MinedWei      *uint256.Int `json:"minedWei"`
	BurnedWei     *uint256.Int `json:"burnedWei"`
	ProvisionWei  *uint256.Int `json:"provisionWei"`
	YearSupplyWei *uint256.Int `json:"yearSupplyWei"` // all coins at the year's begin
	YearMinedWei  *uint256.Int `json:"yearMinedWei"`  // mined before it
}

// ErrGenesis is wrapped by every error about a genesis.
var ErrGenesis = errors.New("supply: the genesis cannot be")

// Begin writes a genesis.
func (s *Supply) Begin(ctx *contract.Context, g Genesis) error {
	e, err := g.emission()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	ctx = ctx.At(s.Address())
	s.store.Limits.Set(ctx, e.limits)
	s.store.Clock.Set(ctx, e.clock)
	s.store.Tally.Set(ctx, e.tally)
	s.store.Plan.Set(ctx, e.plan)
	return nil
}

// Export is the genesis of a chain that goes on from here.
func (s *Supply) Export(ctx *contract.Context) Genesis {
	e := s.load(ctx.At(s.Address()))
	return Genesis{
		CeilingWei: &e.limits.CeilingWei, InitialWei: &e.limits.InitialWei,
		RateBps: e.clock.RateBps, MaxRateBps: e.limits.MaxRateBps,
		GenesisTimeNanos: e.limits.GenesisNanos, MaxBlockNanos: e.limits.MaxBlockNanos,
		Progress: &Progress{
			Year: e.clock.Year, NextRateBps: e.clock.NextRateBps,
			LastNanos: e.clock.LastNanos, Remainder: e.clock.Remainder,
			MinedWei: &e.tally.MinedWei, BurnedWei: &e.tally.BurnedWei,
			ProvisionWei: &e.plan.ProvisionWei, YearSupplyWei: &e.plan.SupplyWei, YearMinedWei: &e.plan.MinedWei,
		},
	}
}

func (s *Supply) load(ctx *contract.Context) *emission {
	return &emission{s.store.Limits.Get(ctx), s.store.Clock.Get(ctx), s.store.Tally.Get(ctx), s.store.Plan.Get(ctx)}
}

// emission checks a genesis and turns it into what is stored.
func (g Genesis) emission() (*emission, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	e := &emission{
		limits: limits{
			CeilingWei: *g.CeilingWei, InitialWei: *g.InitialWei,
			GenesisNanos: g.GenesisTimeNanos, MaxBlockNanos: g.MaxBlockNanos, MaxRateBps: g.MaxRateBps,
		},
		clock: clock{LastNanos: g.GenesisTimeNanos, RateBps: g.RateBps, NextRateBps: g.RateBps},
	}
	p := g.Progress
	if p == nil {
		e.begin(1)
		return e, nil
	}
	if err := p.check(g); err != nil {
		return nil, fmt.Errorf("progress: %w", err)
	}
	e.clock = clock{p.LastNanos, p.Remainder, p.Year, g.RateBps, p.NextRateBps}
	e.tally = tally{*p.MinedWei, *p.BurnedWei}
	e.plan = plan{*p.ProvisionWei, *p.YearSupplyWei, *p.YearMinedWei}
	return e, nil
}

// largest is the most coins that a chain can have, in wei: amounts are kept in
// 128 bits, and every product stays far below 256.
const largestBits = 112

func (g Genesis) check() error {
	switch {
	case g.CeilingWei == nil || g.InitialWei == nil:
		return errors.New("ceilingWei and initialWei must be given")
	case g.CeilingWei.BitLen() > largestBits:
		return fmt.Errorf("ceilingWei is not below 2^%d", largestBits)
	case g.InitialWei.Gt(g.CeilingWei):
		return fmt.Errorf("initialWei %s is above ceilingWei %s", g.InitialWei.Dec(), g.CeilingWei.Dec())
	case g.RateBps > g.MaxRateBps:
		return fmt.Errorf("rateBps %d is above maxRateBps %d", g.RateBps, g.MaxRateBps)
	case g.GenesisTimeNanos == 0 || g.GenesisTimeNanos >= 1<<63:
		return fmt.Errorf("genesisTimeNanos %d is no time in nanoseconds since 1970", g.GenesisTimeNanos)
	case g.MaxBlockNanos == 0 || g.MaxBlockNanos > nanosPerYear:
		return fmt.Errorf("maxBlockNanos %d is not between 1 and a year", g.MaxBlockNanos)
	}
	return nil
}

func (p *Progress) check(g Genesis) error {
	for _, wei := range []*uint256.Int{p.MinedWei, p.BurnedWei, p.ProvisionWei, p.YearSupplyWei, p.YearMinedWei} {
		if wei == nil || wei.BitLen() > largestBits+16 { // a rate is at most 16 bits
			return errors.New("an amount is missing or too large")
		}
	}
	made := new(uint256.Int).Add(g.InitialWei, p.MinedWei)
	elapsed := p.LastNanos - g.GenesisTimeNanos
	switch {
	case made.Gt(g.CeilingWei):
		return errors.New("initialWei and minedWei together are above ceilingWei")
	case p.BurnedWei.Gt(made) || p.YearMinedWei.Gt(p.MinedWei):
		return errors.New("more is burned than was made, or more was mined before the year than in all")
	case p.LastNanos < g.GenesisTimeNanos || elapsed/nanosPerYear+1 != p.Year:
		return fmt.Errorf("lastNanos %d is not in year %d", p.LastNanos, p.Year)
	case p.NextRateBps > g.MaxRateBps:
		return fmt.Errorf("nextRateBps %d is above maxRateBps %d", p.NextRateBps, g.MaxRateBps)
	case p.Remainder >= nanosPerYear:
		return fmt.Errorf("remainder %d is not below %d", p.Remainder, nanosPerYear)
	}
	return nil
}
