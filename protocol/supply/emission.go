package supply

import (
	"github.com/holiman/uint256"
)

// nanosPerYear is 365 days in nanoseconds, leap year or not.
const nanosPerYear uint64 = 365 * 86_400 * 1_000_000_000

// basisPoints is what a rate is a fraction of.
const basisPoints = 10_000

// emission is the arithmetic of minting on what it needs to remember: no
// storage and no coins. Times are nanoseconds since 1970.
type emission struct {
	limits limits
	clock  clock
	tally  tally
	plan   plan
}

// begin starts a year: its provision is the rate that was set for it of what
// exists now, rounded down to the wei.
func (e *emission) begin(year uint64) {
	e.clock.Year, e.clock.RateBps = year, e.clock.NextRateBps
	e.plan.SupplyWei = e.total()
	e.plan.MinedWei = e.tally.MinedWei
	e.plan.ProvisionWei.Mul(&e.plan.SupplyWei, uint256.NewInt(uint64(e.clock.RateBps)))
	e.plan.ProvisionWei.Div(&e.plan.ProvisionWei, uint256.NewInt(basisPoints))
}

// total is all coins that exist.
func (e *emission) total() (wei uint256.Int) {
	wei.Add(&e.limits.InitialWei, &e.tally.MinedWei)
	wei.Sub(&wei, &e.tally.BurnedWei)
	return wei
}

// advance goes on to a block's time and gives what is to be minted for it.
// began is called after each year's begin. A time that is not later than the
// last one mints nothing.
//
// Of the time since the last block only the first MaxBlockNanos count. Years go
// by the calendar all the same: time that does not count is lost to its year.
func (e *emission) advance(timeNanos uint64, began func()) (mintedWei uint256.Int) {
	if timeNanos <= e.clock.LastNanos {
		return mintedWei
	}
	now := timeNanos - e.limits.GenesisNanos // elapsed times from here on
	at := e.clock.LastNanos - e.limits.GenesisNanos
	counts := min(now-at, e.limits.MaxBlockNanos)
	for {
		end := e.clock.Year * nanosPerYear
		part := min(counts, end-at)
		due := e.accrue(part)
		mintedWei.Add(&mintedWei, &due)
		counts -= part
		if now < end {
			break
		}
		at = end
		next := e.clock.Year + 1
		if counts == 0 { // nothing is minted for the years in between
			next = now/nanosPerYear + 1
			at = now
		}
		e.begin(next)
		began()
	}
	e.clock.LastNanos = timeNanos
	return mintedWei
}

// accrue mints for a time within the current year: provision · time / year,
// what is left of the division being carried to the next time.
func (e *emission) accrue(nanos uint64) (wei uint256.Int) {
	var left uint256.Int
	wei.Mul(&e.plan.ProvisionWei, uint256.NewInt(nanos))
	wei.AddUint64(&wei, e.clock.Remainder)
	wei.DivMod(&wei, uint256.NewInt(nanosPerYear), &left)
	e.clock.Remainder = left.Uint64()
	return e.mint(wei)
}

// mint is the one place where coins come from. The ceiling bounds all coins
// ever made, so that burning makes no room for new ones.
func (e *emission) mint(wei uint256.Int) uint256.Int {
	var room uint256.Int
	room.Add(&e.limits.InitialWei, &e.tally.MinedWei)
	room.Sub(&e.limits.CeilingWei, &room)
	if wei.Gt(&room) {
		wei = room
	}
	e.tally.MinedWei.Add(&e.tally.MinedWei, &wei)
	return wei
}
