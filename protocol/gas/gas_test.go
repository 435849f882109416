package gas_test

import (
	"encoding/json"
	"math/rand"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/gas"
)

var (
	address    = common.HexToAddress("0xc007")
	governance = common.HexToAddress("0xc004")
	collector  = common.HexToAddress("0xc003")
	shop       = common.HexToAddress("0x5409")
	alice      = common.HexToAddress("0xa11ce")
	bob        = common.HexToAddress("0xb0b")
	buy        = gas.Selector{1, 2, 3, 4}
)

func wei(n uint64) *uint256.Int { return uint256.NewInt(n) }

func newGas(t testing.TB) (*gas.Gas, *contracttest.Chain) {
	g := gas.New(address, governance, collector)
	c := contracttest.New(t, g)
	require.NoError(t, g.Begin(c.Open(g), gas.Genesis{FloorWei: wei(2e9), MaxFloorWei: wei(1e12)}))
	for _, who := range []common.Address{shop, alice, bob, governance} {
		c.Fund(who, wei(1e18))
	}
	return g, c
}

// sponsor makes the shop pay for buy.
func sponsor(c *contracttest.Chain, g *gas.Gas, policy gas.Policy) {
	c.Must(alice, g, wei(1000), "deposit", shop)
	c.Must(shop, g, nil, "setPolicy", shop, buy, policy)
}

func TestSponsoredCallIsPaidFromTheDeposit(t *testing.T) {
	g, c := newGas(t)
	sponsor(c, g, gas.Policy{Active: true, DailyCalls: 3, DailyCallsPerCaller: 2, MaxFeeWei: wei(400)})
	ctx := c.Open(g)
	before := c.DB.GetBalance(collector).Clone()
	require.NoError(t, g.Reserve(ctx, alice, shop, buy[:], wei(400)))
	require.EqualValues(t, 600, contracttest.View[*uint256.Int](c, g, "depositOf", shop).Uint64(), "the whole gas limit is reserved")
	require.NoError(t, g.Settle(ctx, alice, shop, buy[:], wei(400), wei(150)))
	require.EqualValues(t, 850, contracttest.View[*uint256.Int](c, g, "depositOf", shop).Uint64(), "what was not used is back")
	require.EqualValues(t, 150, new(uint256.Int).Sub(c.DB.GetBalance(collector), before).Uint64())
	require.Equal(t, c.DB.GetBalance(address).Uint64(), uint64(850))

	require.ErrorIs(t, g.Reserve(ctx, alice, shop, []byte{9, 9, 9, 9}, wei(1)), gas.ErrNoPolicy)
	require.ErrorIs(t, g.Reserve(ctx, alice, bob, buy[:], wei(1)), gas.ErrNoPolicy)
	require.ErrorIs(t, g.Reserve(ctx, alice, shop, nil, wei(1)), gas.ErrNoPolicy, "a call without data is a function of its own")
	require.ErrorIs(t, g.Reserve(ctx, alice, shop, buy[:], wei(401)), gas.ErrFeeTooHigh)
	require.NoError(t, g.Reserve(ctx, alice, shop, buy[:], wei(1)))
	require.ErrorIs(t, g.Reserve(ctx, alice, shop, buy[:], wei(1)), gas.ErrDailyLimit, "two a day for one caller")
	require.NoError(t, g.Reserve(ctx, bob, shop, buy[:], wei(1)))
	require.ErrorIs(t, g.Reserve(ctx, bob, shop, buy[:], wei(1)), gas.ErrDailyLimit, "three a day for all")
	c.Advance(1, 86_400)
	ctx = c.Open(g)
	require.NoError(t, g.Reserve(ctx, alice, shop, buy[:], wei(400)), "a new day")
	require.NoError(t, g.Reserve(ctx, bob, shop, buy[:], wei(400)))
	require.ErrorIs(t, g.Reserve(ctx, bob, shop, buy[:], wei(400)), gas.ErrNoDeposit)
}

func TestOnlyTheContractOrItsOwnerManagesItsDeposit(t *testing.T) {
	g, c := newGas(t)
	sponsor(c, g, gas.Policy{Active: true, MaxFeeWei: wei(1)})
	c.Fails(alice, g, nil, "NotManager", "withdraw", shop, alice, wei(1))
	c.Fails(alice, g, nil, "NotManager", "setPolicy", shop, buy, gas.Policy{MaxFeeWei: wei(1)})
	c.Fails(shop, g, nil, "InsufficientDeposit", "withdraw", shop, alice, wei(1001))
	c.Must(shop, g, nil, "withdraw", shop, bob, wei(1000))

	// A contract whose owner() answers bob: PUSH20 bob, PUSH0 MSTORE, 32 PUSH0 RETURN.
	owned := common.HexToAddress("0x0147ed")
	c.Deploy(owned, append(append([]byte{0x73}, bob[:]...), 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3))
	c.Must(alice, g, wei(5), "deposit", owned)
	c.Fails(alice, g, nil, "NotManager", "withdraw", owned, alice, wei(1))
	c.Must(bob, g, nil, "withdraw", owned, bob, wei(5))
}

func TestGovernanceMovesTheFloor(t *testing.T) {
	g, c := newGas(t)
	c.Fails(alice, g, nil, "NotGovernance", "setFloor", wei(1))
	c.Fails(governance, g, nil, "FloorTooHigh", "setFloor", wei(1e12+1))
	c.Must(governance, g, nil, "setFloor", wei(7))
	require.EqualValues(t, 7, g.Floor(c.Open(g)).Uint64())
}

// TestBalanceIsTheSumOfDeposits does random operations and compares after each.
func TestBalanceIsTheSumOfDeposits(t *testing.T) {
	g, c := newGas(t)
	random := rand.New(rand.NewSource(3))
	targets := []common.Address{shop, alice, bob}
	for _, target := range targets {
		c.Must(target, g, nil, "setPolicy", target, buy, gas.Policy{Active: true, MaxFeeWei: wei(1000)})
	}
	for range 2000 {
		target := targets[random.Intn(len(targets))]
		amount := wei(uint64(random.Intn(1000)))
		switch random.Intn(3) {
		case 0:
			c.Must(alice, g, amount, "deposit", target)
		case 1:
			c.Try(target, g, nil, "withdraw", target, bob, amount)
		default:
			ctx := c.Open(g)
			if g.Reserve(ctx, bob, target, buy[:], amount) == nil {
				used := wei(uint64(random.Int63n(int64(amount.Uint64()) + 1)))
				require.NoError(t, g.Settle(ctx, bob, target, buy[:], amount, used))
			}
		}
		sum := new(uint256.Int)
		for _, each := range targets {
			deposit := contracttest.View[*uint256.Int](c, g, "depositOf", each)
			sum.Add(sum, deposit)
		}
		require.Equal(t, sum, c.DB.GetBalance(address))
	}
}

func TestGenesisRoundTrip(t *testing.T) {
	g, c := newGas(t)
	sponsor(c, g, gas.Policy{Active: true, DailyCalls: 3, DailyCallsPerCaller: 2, MaxFeeWei: wei(400)})
	c.Must(shop, g, nil, "withdraw", shop, bob, wei(1000))
	c.Must(alice, g, wei(9), "deposit", shop)
	first, err := json.Marshal(g.Export(c.Open(g)))
	require.NoError(t, err)
	var genesis gas.Genesis
	require.NoError(t, json.Unmarshal(first, &genesis))
	again := contracttest.New(t, g)
	require.Error(t, g.Begin(again.Open(g), genesis), "the deposits are not there")
	again = contracttest.New(t, g)
	again.Fund(address, wei(9))
	require.NoError(t, g.Begin(again.Open(g), genesis))
	second, err := json.Marshal(g.Export(again.Open(g)))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
}

func TestGeneric(t *testing.T) {
	g, _ := newGas(t)
	start := func(t testing.TB) *contracttest.Chain {
		_, c := newGas(t)
		sponsor(c, g, gas.Policy{Active: true, MaxFeeWei: wei(400)})
		return c
	}
	contracttest.Generic(t, g, start, []contracttest.Example{
		{Method: "deposit", From: alice, Value: wei(5), Inputs: []any{shop}},
		{Method: "withdraw", From: shop, Inputs: []any{shop, bob, wei(5)}},
		{Method: "setPolicy", From: shop, Inputs: []any{shop, buy, gas.Policy{MaxFeeWei: wei(1)}}},
		{Method: "policyOf", From: alice, Inputs: []any{shop, buy}},
		{Method: "depositOf", From: alice, Inputs: []any{shop}},
		{Method: "usageOf", From: alice, Inputs: []any{shop, buy, alice}},
		{Method: "setFloor", From: governance, Inputs: []any{wei(5)}},
		{Method: "floor", From: alice},
	})
}
