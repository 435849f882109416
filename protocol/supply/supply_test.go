package supply

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address    = common.HexToAddress("0xc001")
	governance = common.HexToAddress("0xc004")
	rewards    = common.HexToAddress("0xc003")
	alice      = common.HexToAddress("0xa11ce")
)

// fixed is a part that always answers the same.
func fixed(wei *uint256.Int) func(*contract.Context) *uint256.Int {
	return func(*contract.Context) *uint256.Int { return wei }
}

func newSupply() *Supply {
	return New(address, Needs{
		Governance: governance, Rewards: rewards,
		Locked: fixed(cmt(300_000_000)), LockedStake: fixed(cmt(100_000_000)),
		Staked: fixed(cmt(250_000_000)), Unclaimed: fixed(cmt(50_000_000)),
	})
}

func newChain(t testing.TB, s *Supply, g Genesis) *contracttest.Chain {
	c := contracttest.New(t, s)
	c.Fund(alice, g.InitialWei)
	ctx := c.Open(s)
	require.NoError(t, contract.Run(ctx, func(ctx *contract.Context) error { return s.Begin(ctx, g) }))
	c.DB.Finalise(true)
	return c
}

func TestEmitMintsToRewards(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	for block := uint64(1); block <= 50; block++ {
		before := c.DB.GetBalance(rewards).Clone()
		minted := s.Emit(c.Open(s), genesisTime+block*second)
		require.False(t, minted.IsZero())
		require.Equal(t, minted, new(uint256.Int).Sub(c.DB.GetBalance(rewards), before))
	}
	require.Equal(t, expected(mainnet(), 50*second).String(), c.DB.GetBalance(rewards).Dec())
	require.Equal(t, *c.DB.GetBalance(rewards), contracttest.View[uint256.Int](c, s, "mined"))
	require.Equal(t, new(uint256.Int).Add(cmt(1_000_000_000), c.DB.GetBalance(rewards)), contracttest.View[*uint256.Int](c, s, "total"))
}

func TestOnlyGovernanceSetsTheRateOfFollowingYears(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	c.Fails(alice, s, nil, "NotGovernance", "setRate", uint16(100))
	c.Fails(governance, s, nil, "RateTooHigh", "setRate", uint16(801))
	result := c.Try(governance, s, nil, "setRate", uint16(200))
	require.NoError(t, result.Err)
	require.Equal(t, []map[string]any{{"rateBps": uint16(200)}}, c.Events(s, result, "RateSet"))
	require.Equal(t, uint16(800), contracttest.View[uint16](c, s, "rate"))
	require.Equal(t, uint16(200), contracttest.View[uint16](c, s, "nextRate"))
	require.Equal(t, *cmt(80_000_000), contracttest.View[uint256.Int](c, s, "provision"), "this year's stays")

	s.Emit(c.Open(s), genesisTime+nanosPerYear)
	require.Equal(t, uint64(2), contracttest.View[uint64](c, s, "year"))
	require.Equal(t, uint16(200), contracttest.View[uint16](c, s, "rate"))
	total := contracttest.View[*uint256.Int](c, s, "total")
	require.Equal(t, *new(uint256.Int).Div(total, uint256.NewInt(50)), contracttest.View[uint256.Int](c, s, "provision"))
}

func TestBurn(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	result := c.Try(alice, s, cmt(7), "burn")
	require.NoError(t, result.Err)
	require.Equal(t, common.Address(alice), c.Events(s, result, "Burned")[0]["from"])
	require.True(t, c.DB.GetBalance(address).IsZero())
	c.Fails(alice, s, nil, "NothingToBurn", "burn")

	c.Fund(rewards, cmt(3))
	require.NoError(t, s.Burn(c.Open(s).At(rewards), cmt(2)))
	require.Error(t, s.Burn(c.Open(s).At(rewards), cmt(2)))
	require.Equal(t, cmt(1), c.DB.GetBalance(rewards))
	require.Equal(t, *cmt(9), contracttest.View[uint256.Int](c, s, "burned"))
	require.Equal(t, cmt(999_999_991), contracttest.View[*uint256.Int](c, s, "total"))
}

// Coins that the chain gives to the contract are burned, once.
func TestBurnRemains(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	_, _, due := s.Due(c.Open(s).View())
	require.False(t, due)
	c.Fund(address, cmt(2))
	data, gas, due := s.Due(c.Open(s).View())
	require.True(t, due)
	result := c.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: gas})
	require.NoError(t, result.Err)
	require.Less(t, result.GasUsed, uint64(remainsGas*2/3))
	require.Equal(t, address, c.Events(s, result, "Burned")[0]["from"])
	require.Equal(t, *cmt(2), contracttest.View[uint256.Int](c, s, "burned"))
	_, _, due = s.Due(c.Open(s).View())
	require.False(t, due)
	c.Fails(params.SystemAddress, s, nil, "NothingToBurn", "burnRemains")
}

func TestFigures(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	s.Emit(c.Open(s), genesisTime+60*second)
	o := contracttest.View[overview](c, s, "overview")
	mined := contracttest.View[uint256.Int](c, s, "mined")
	require.Equal(t, mined, o.YearMinedWei)
	require.Equal(t, *new(uint256.Int).Add(cmt(500_000_000), &mined), o.CirculatingWei, "1,000 - 300 - 50 - (250 - 100) million and what was mined")
	require.Equal(t, o.CirculatingWei, contracttest.View[uint256.Int](c, s, "circulating"))
	o.CirculatingWei = uint256.Int{}
	total := *new(uint256.Int).Add(cmt(1_000_000_000), &mined)
	require.Equal(t, overview{
		TotalWei: total, LockedWei: *cmt(300_000_000), UnclaimedWei: *cmt(50_000_000), StakedWei: *cmt(250_000_000),
		InitialWei: *cmt(1_000_000_000), MinedWei: mined, CeilingWei: *cmt(10_000_000_000), Year: 1,
		RateBps: 800, NextRateBps: 800, ProvisionWei: *cmt(80_000_000), YearMinedWei: mined,
	}, o)
	list := contracttest.View[[]yearOf](c, s, "schedule", uint64(1000))
	require.Len(t, list, 100)
	require.Equal(t, *cmt(10_000_000_000), list[29].EndWei)
	require.Equal(t, *cmt(80_000_000), *new(uint256.Int).Sub(&list[0].EndWei, &list[0].SupplyWei))
	clock := c.Must(alice, s, nil, "clock")
	require.Equal(t, []any{genesisTime, genesisTime + 60*second, 60 * second}, clock)

	alone := New(address, Needs{})
	require.True(t, contracttest.View[*uint256.Int](newChain(t, alone, mainnet()), alone, "locked").IsZero())
}

// blocks stands for the contract that calls Emit at each block's start; its call
// data is the block's time.
type blocks struct{ s *Supply }

func (blocks) Address() common.Address { return rewards }
func (blocks) Name() string            { return "blocks" }

func (b blocks) Run(ctx *contract.Context, input []byte) ([]byte, error) {
	b.s.Emit(ctx, binary.BigEndian.Uint64(input))
	return nil, nil
}

// Emit costs the same in every block of a year, as the README says.
func TestEmitGas(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	c.Contracts = append(c.Contracts, blocks{s})
	c.Deploy(rewards, contract.Code)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	at := func(nanos uint64) uint64 {
		result := c.Do(contracttest.Call{From: params.SystemAddress, To: rewards, Data: binary.BigEndian.AppendUint64(nil, nanos)})
		require.NoError(t, result.Err)
		return result.GasUsed
	}
	at(genesisTime + second) // the first block fills the slot of what is mined
	for block := uint64(2); block < 5; block++ {
		require.Contains(t, string(readme), fmt.Sprintf("one block %d gas", at(genesisTime+block*second)))
	}
	require.Contains(t, string(readme), fmt.Sprintf("begins a year %d", at(genesisTime+nanosPerYear)))
}

// The sum of all balances is the total after every operation.
func TestBalancesAddUpToTheTotal(t *testing.T) {
	var (
		random = rand.New(rand.NewSource(3))
		s      = newSupply()
		g      = mainnet()
	)
	g.CeilingWei = cmt(1_300_000_000)
	c := newChain(t, s, g)
	at := genesisTime
	for i := range 20_000 {
		switch random.Intn(5) {
		case 0, 1:
			at += uint64(random.Int63n(int64(90 * second)))
			s.Emit(c.Open(s), at)
		case 2:
			from := []common.Address{alice, rewards}[random.Intn(2)]
			amount := new(uint256.Int).Rsh(c.DB.GetBalance(from), uint(8+random.Intn(64)))
			require.NoError(t, s.Burn(c.Open(s).At(from), amount))
		case 3:
			if random.Intn(200) == 0 {
				at += uint64(random.Int63n(int64(2 * nanosPerYear)))
				s.Emit(c.Open(s), at)
			}
			c.Must(governance, s, nil, "setRate", uint16(random.Intn(801)))
		case 4: // what contracts took with them reaches the contract, and is burned sooner or later
			amount := uint256.NewInt(random.Uint64())
			c.DB.SubBalance(alice, amount, 0)
			c.Fund(address, amount)
			if data, gas, due := s.Due(c.Open(s).View()); due && random.Intn(2) == 0 {
				require.NoError(t, c.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: gas}).Err)
			}
		}
		sum := new(uint256.Int).Add(c.DB.GetBalance(alice), c.DB.GetBalance(rewards))
		sum.Add(sum, c.DB.GetBalance(address))
		ctx := c.Open(s)
		require.Equal(t, sum.Dec(), s.Total(ctx).Dec(), "operation %d", i)
		made := new(uint256.Int).Add(sum, &s.load(ctx).tally.BurnedWei)
		require.False(t, made.Gt(g.CeilingWei))
	}
	require.Greater(t, s.load(c.Open(s)).clock.Year, uint64(10))
}

func TestExportGoesOnWhereItStopped(t *testing.T) {
	s := newSupply()
	c := newChain(t, s, mainnet())
	s.Emit(c.Open(s), genesisTime+nanosPerYear+7*second+11)
	c.Must(alice, s, cmt(5), "burn")
	c.Must(governance, s, nil, "setRate", uint16(300))
	first, err := json.Marshal(s.Export(c.Open(s)))
	require.NoError(t, err)

	var g Genesis
	require.NoError(t, json.Unmarshal(first, &g))
	again := newChain(t, s, g)
	second, err := json.Marshal(s.Export(again.Open(s)))
	require.NoError(t, err)
	require.JSONEq(t, string(first), string(second))
	require.Equal(t, string(first), string(second))
	later := genesisTime + nanosPerYear + 17*1_000_000_000
	require.Equal(t, s.Emit(c.Open(s), later), s.Emit(again.Open(s), later))
	require.Equal(t, c.DB.GetStorageRoot(address), again.DB.GetStorageRoot(address))
}

func TestGenesisThatCannotBe(t *testing.T) {
	for want, change := range map[string]func(*Genesis){
		"must be given":        func(g *Genesis) { g.CeilingWei = nil },
		"not below 2^112":      func(g *Genesis) { g.CeilingWei = new(uint256.Int).Lsh(uint256.NewInt(1), 112) },
		"above ceilingWei":     func(g *Genesis) { g.InitialWei = new(uint256.Int).AddUint64(g.CeilingWei, 1) },
		"above maxRateBps":     func(g *Genesis) { g.RateBps = 801 },
		"no time":              func(g *Genesis) { g.GenesisTimeNanos = 0 },
		"between 1 and a year": func(g *Genesis) { g.MaxBlockNanos = 0 },
		"is missing":           func(g *Genesis) { g.Progress.MinedWei = nil },
		"together are above":   func(g *Genesis) { g.Progress.MinedWei = g.CeilingWei },
		"more is burned":       func(g *Genesis) { g.Progress.BurnedWei = g.CeilingWei },
		"is not in year":       func(g *Genesis) { g.Progress.LastNanos += nanosPerYear },
		"nextRateBps":          func(g *Genesis) { g.Progress.NextRateBps = 900 },
		"remainder":            func(g *Genesis) { g.Progress.Remainder = nanosPerYear },
	} {
		s := newSupply()
		c := newChain(t, s, mainnet())
		g := s.Export(c.Open(s))
		require.NoError(t, s.Begin(c.Open(s), g))
		change(&g)
		err := s.Begin(c.Open(s), g)
		require.ErrorIs(t, err, ErrGenesis)
		require.ErrorContains(t, err, want)
	}
}

// Every kind of call and every gas limit.
func TestGeneric(t *testing.T) {
	s := newSupply()
	start := func(t testing.TB) *contracttest.Chain { return newChain(t, s, mainnet()) }
	examples := []contracttest.Example{
		{Method: "setRate", From: governance, Inputs: []any{uint16(500)}},
		{Method: "burn", From: alice, Value: cmt(1)},
		{Method: "burnRemains", From: params.SystemAddress, Prepare: func(c *contracttest.Chain) { c.Fund(address, cmt(1)) }},
		{Method: "schedule", From: alice, Inputs: []any{uint64(30)}},
	}
	for _, view := range []string{"total", "circulating", "locked", "unclaimed", "staked", "initial", "mined", "burned", "ceiling",
		"year", "rate", "nextRate", "maxRate", "provision", "clock", "overview"} {
		examples = append(examples, contracttest.Example{Method: view, From: alice})
	}
	contracttest.Generic(t, s, start, examples)
	contracttest.ReadmeGas(t, s, start, examples)
}
