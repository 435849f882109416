package supply

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

const (
	second      uint64 = 1_000_000_000
	genesisTime        = 1_800_000_000 * second
)

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}

// mainnet is the main network's genesis.
func mainnet() Genesis {
	return Genesis{
		CeilingWei: cmt(10_000_000_000), InitialWei: cmt(1_000_000_000), RateBps: 800, MaxRateBps: 800,
		GenesisTimeNanos: genesisTime, MaxBlockNanos: 60 * second,
	}
}

func start(t testing.TB, g Genesis) *emission {
	e, err := g.emission()
	require.NoError(t, err)
	return e
}

// expected is what has been mined after a time without a halt, by big integers
// and without remainders: whole years' provisions and floor(provision · time /
// year) of the current one.
func expected(g Genesis, elapsed uint64) *big.Int {
	initial, ceiling := g.InitialWei.ToBig(), g.CeilingWei.ToBig()
	mined, year := new(big.Int), new(big.Int).SetUint64(nanosPerYear)
	for {
		provision := new(big.Int).Add(initial, mined)
		provision.Mul(provision, big.NewInt(int64(g.RateBps))).Div(provision, big.NewInt(10_000))
		if elapsed < nanosPerYear {
			provision.Mul(provision, new(big.Int).SetUint64(elapsed)).Div(provision, year)
		}
		mined.Add(mined, provision)
		if room := new(big.Int).Sub(ceiling, initial); mined.Cmp(room) > 0 {
			return room
		}
		if elapsed < nanosPerYear {
			return mined
		}
		elapsed -= nanosPerYear
	}
}

// A year's blocks mint the year's provision to the wei, whatever the interval.
func TestAYearMintsItsProvision(t *testing.T) {
	provision := cmt(80_000_000)
	intervals := map[string]func(*rand.Rand) uint64{
		"1 s":       func(*rand.Rand) uint64 { return second },
		"7 s":       func(*rand.Rand) uint64 { return 7 * second },
		"0.5 s":     func(*rand.Rand) uint64 { return second / 2 },
		"60 s":      func(*rand.Rand) uint64 { return 60 * second },
		"irregular": func(random *rand.Rand) uint64 { return 1 + uint64(random.Int63n(int64(20*second))) },
	}
	for name, interval := range intervals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && name == "0.5 s" {
				t.Skip("63 million blocks")
			}
			var (
				random = rand.New(rand.NewSource(1))
				g      = mainnet()
				e      = start(t, g)
				sum    uint256.Int
				at     uint64
				blocks int
			)
			for at < nanosPerYear {
				at += interval(random)
				minted := e.advance(genesisTime+min(at, nanosPerYear), func() {})
				sum.Add(&sum, &minted)
				if blocks++; blocks%100_003 == 0 {
					require.Equal(t, expected(g, at).String(), sum.Dec(), "after %d blocks", blocks)
				}
			}
			require.Equal(t, provision.Dec(), sum.Dec())
			require.EqualValues(t, 2, e.clock.Year)
			require.Zero(t, e.clock.Remainder)
			require.Equal(t, cmt(86_400_000).Dec(), e.plan.ProvisionWei.Dec(), "compounded")
		})
	}
}

// A block that crosses the boundary mints for each of its parts at its year's
// provision.
func TestABlockIsSplitAtTheYearsEnd(t *testing.T) {
	g := mainnet()
	for _, before := range []uint64{1, second / 3, 7 * second, 59 * second} {
		e := start(t, g)
		g := g
		e.limits.MaxBlockNanos = nanosPerYear // to get to the boundary in one step
		e.advance(genesisTime+nanosPerYear-before, func() {})
		years := 0
		e.advance(genesisTime+nanosPerYear+before, func() { years++ })
		require.Equal(t, 1, years)
		require.Equal(t, expected(g, nanosPerYear+before).String(), e.tally.MinedWei.Dec())
	}
}

func TestThirtyYearsEndAtTheCeiling(t *testing.T) {
	for name, interval := range map[string]func(*rand.Rand) uint64{
		"a minute":        func(*rand.Rand) uint64 { return 60 * second },
		"a day":           func(*rand.Rand) uint64 { return 86_400 * second },
		"up to two hours": func(random *rand.Rand) uint64 { return 1 + uint64(random.Int63n(int64(7200*second))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var (
				random = rand.New(rand.NewSource(2))
				g      = mainnet()
				sum    uint256.Int
				years  = 1
				at     uint64
			)
			if name != "a minute" {
				g.MaxBlockNanos = 86_400 * second
			}
			e := start(t, g)
			for at < 30*nanosPerYear {
				at = min(at+interval(random), 30*nanosPerYear)
				minted := e.advance(genesisTime+at, func() {
					if total := e.total(); years < 29 {
						require.True(t, total.Lt(g.CeilingWei), "year %d", years)
					}
					years++
					require.Equal(t, expected(g, uint64(years-1)*nanosPerYear).String(), e.tally.MinedWei.Dec(), "begin of year %d", years)
				})
				sum.Add(&sum, &minted)
			}
			require.Equal(t, 31, years)
			total := e.total()
			require.Equal(t, "10000000000000000000000000000", total.Dec())
			require.Equal(t, cmt(9_000_000_000).Dec(), sum.Dec())
			minted := e.advance(genesisTime+at+second, func() {})
			require.True(t, minted.IsZero(), "above the ceiling")
		})
	}
}

// Time that the chain stood still mints nothing, and the year ends all the same.
func TestAHaltMintsAMinute(t *testing.T) {
	minute := func(provisionWei *uint256.Int) *big.Int {
		wei := new(big.Int).Mul(provisionWei.ToBig(), new(big.Int).SetUint64(60*second))
		return wei.Div(wei, new(big.Int).SetUint64(nanosPerYear))
	}
	t.Run("within a year", func(t *testing.T) {
		e := start(t, mainnet())
		minted := e.advance(genesisTime+3*86_400*second, func() {})
		require.Equal(t, minute(cmt(80_000_000)).String(), minted.Dec())
		require.EqualValues(t, 1, e.clock.Year)
	})
	t.Run("over years", func(t *testing.T) {
		e, years := start(t, mainnet()), 0
		minted := e.advance(genesisTime+7*nanosPerYear/2, func() { years++ })
		require.Equal(t, minute(cmt(80_000_000)).String(), minted.Dec(), "the counted minute is that after the last block")
		require.EqualValues(t, 4, e.clock.Year)
		require.Equal(t, 1, years)
		require.Equal(t, e.total(), e.plan.SupplyWei)
	})
	t.Run("from a year's last half minute", func(t *testing.T) {
		g := mainnet()
		e := start(t, g)
		e.limits.MaxBlockNanos = nanosPerYear
		e.advance(genesisTime+nanosPerYear-30*second, func() {})
		e.limits.MaxBlockNanos = g.MaxBlockNanos
		years := 0
		e.advance(genesisTime+5*nanosPerYear, func() { years++ })
		require.Equal(t, 2, years, "the second, in which half a minute counts, and the sixth")
		require.EqualValues(t, 6, e.clock.Year)
		require.Equal(t, expected(g, nanosPerYear+30*second).String(), e.tally.MinedWei.Dec())
	})
	t.Run("the remainder is not lost", func(t *testing.T) {
		e := start(t, mainnet())
		e.advance(genesisTime+nanosPerYear, func() {}) // one minute counts
		carried := e.clock.Remainder
		require.NotZero(t, carried)
		provision := e.plan.ProvisionWei
		for at := nanosPerYear; at < 2*nanosPerYear; at += 60 * second {
			e.advance(genesisTime+at+60*second, func() {})
		}
		mined := new(uint256.Int).Sub(&e.plan.MinedWei, uint256.MustFromBig(minute(cmt(80_000_000))))
		require.Equal(t, provision.Dec(), mined.Dec(), "a whole year mints its provision with any remainder")
		require.Equal(t, carried, e.clock.Remainder)
	})
}

func TestTimeDoesNotGoBack(t *testing.T) {
	e := start(t, mainnet())
	e.advance(genesisTime+10*second, func() {})
	for _, at := range []uint64{0, 1, genesisTime, genesisTime + 10*second} {
		before := *e
		minted := e.advance(at, func() {})
		require.True(t, minted.IsZero())
		require.Equal(t, before, *e)
	}
}

// What is burned makes no room under the ceiling.
func TestBurningMakesNoRoom(t *testing.T) {
	g := mainnet()
	g.InitialWei = cmt(9_999_999_999)
	e := start(t, g)
	e.tally.BurnedWei = *cmt(5_000_000_000)
	e.limits.MaxBlockNanos = nanosPerYear
	minted := e.advance(genesisTime+nanosPerYear, func() {})
	require.Equal(t, cmt(1).Dec(), minted.Dec())
	minted = e.advance(genesisTime+2*nanosPerYear, func() {})
	require.True(t, minted.IsZero())
	total := e.total()
	require.Equal(t, cmt(5_000_000_000).Dec(), total.Dec())
}

// The schedule says what mining then does.
func TestScheduleComesTrue(t *testing.T) {
	e := start(t, mainnet())
	e.clock.NextRateBps = 500
	e.advance(genesisTime+40*second, func() {})
	projected := *e
	list := projected.project(40)
	require.Len(t, list, 40)
	at := genesisTime + 40*second
	for _, year := range list {
		require.Equal(t, e.clock.Year, year.Year)
		require.Equal(t, e.clock.RateBps, year.RateBps)
		require.Equal(t, e.plan.SupplyWei, year.SupplyWei)
		require.EqualValues(t, (genesisTime+(year.Year-1)*nanosPerYear)/second, year.Begins)
		before := e.plan.MinedWei
		end := genesisTime + year.Year*nanosPerYear
		e.limits.MaxBlockNanos = nanosPerYear
		e.advance(end-1, func() {})
		e.advance(end, func() {})
		at = end
		require.Equal(t, year.MinedWei, *new(uint256.Int).Sub(&e.tally.MinedWei, &before), "year %d", year.Year)
		require.Equal(t, e.total(), year.EndWei)
	}
	require.EqualValues(t, 41, e.clock.Year)
	require.Equal(t, genesisTime+40*nanosPerYear, at)
}

// FuzzAdvance holds minting to its bounds with any genesis and any times.
func FuzzAdvance(f *testing.F) {
	f.Add(uint64(1), uint64(9), uint16(800), 60*second, second, nanosPerYear, 3*nanosPerYear)
	f.Add(uint64(1<<63), uint64(1<<62), uint16(65535), nanosPerYear, nanosPerYear-1, uint64(2), uint64(1<<62))
	f.Fuzz(func(t *testing.T, initial, room uint64, rate uint16, longest, a, b, c uint64) {
		g := mainnet()
		g.InitialWei = cmt(initial >> 16)
		g.CeilingWei = new(uint256.Int).Add(g.InitialWei, cmt(room>>16))
		g.RateBps, g.MaxRateBps, g.MaxBlockNanos = rate, rate, longest
		e, err := g.emission()
		if err != nil {
			require.True(t, longest == 0 || longest > nanosPerYear, "%v", err)
			return
		}
		for _, step := range []uint64{a, b, c} {
			last := e.clock
			before := e.tally.MinedWei
			now := last.LastNanos + step
			minted := e.advance(now, func() {})
			if now <= last.LastNanos {
				require.True(t, minted.IsZero())
				continue
			}
			require.Equal(t, now, e.clock.LastNanos)
			require.Equal(t, (now-genesisTime)/nanosPerYear+1, e.clock.Year)
			require.Less(t, e.clock.Remainder, nanosPerYear)
			require.Equal(t, e.tally.MinedWei, *new(uint256.Int).Add(&before, &minted))
			total := e.total()
			require.False(t, total.Gt(g.CeilingWei))
		}
	})
}
