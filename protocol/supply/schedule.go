package supply

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// mostYears is the longest schedule.
const mostYears = 100

// yearGas is the price of projecting one year, in gas.
const yearGas = 100

// yearOf has the fields of ISupply.Year.
type yearOf struct {
	Year      uint64
	Begins    uint64
	RateBps   uint16
	SupplyWei uint256.Int
	MinedWei  uint256.Int
	EndWei    uint256.Int
}

// schedule projects mining from the current year on.
func (s *Supply) schedule(ctx *contract.Context, years uint64) []yearOf {
	years = min(years, mostYears)
	ctx.Charge(years * yearGas)
	return s.load(ctx).project(years)
}

// project goes on year by year as if every moment counted. It leaves e in the
// year after the last.
func (e *emission) project(years uint64) []yearOf {
	list := make([]yearOf, 0, years)
	at := e.clock.LastNanos - e.limits.GenesisNanos
	for range years {
		end := e.clock.Year * nanosPerYear
		e.accrue(end - at)
		year := yearOf{
			Year: e.clock.Year, Begins: (e.limits.GenesisNanos + end - nanosPerYear) / 1_000_000_000,
			RateBps: e.clock.RateBps, SupplyWei: e.plan.SupplyWei, EndWei: e.total(),
		}
		year.MinedWei.Sub(&e.tally.MinedWei, &e.plan.MinedWei)
		list = append(list, year)
		at = end
		e.begin(e.clock.Year + 1)
	}
	return list
}
