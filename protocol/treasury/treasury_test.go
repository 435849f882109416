package treasury

import (
	"encoding/json"
	"math/rand"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address    = common.HexToAddress("0x000000000000000000000000000000000000c005")
	governance = common.HexToAddress("0x000000000000000000000000000000000000c004")
	alice      = common.Address{0xa1}
	bob        = common.Address{0xb0}
)

func n(v uint64) *uint256.Int { return uint256.NewInt(v) }

// start is a treasury of 1,000 wei.
func start(t testing.TB) (*contracttest.Chain, *Treasury) {
	treasury := New(address, governance)
	chain := contracttest.New(t, treasury)
	require.NoError(t, begin(chain, treasury, Genesis{}))
	chain.Fund(address, n(1_000))
	chain.Fund(alice, n(1_000))
	return chain, treasury
}

func begin(chain *contracttest.Chain, treasury *Treasury, genesis Genesis) error {
	return contract.Run(chain.Open(treasury), func(ctx *contract.Context) error { return treasury.Begin(ctx, genesis) })
}

func free(chain *contracttest.Chain, treasury *Treasury) uint64 {
	return contracttest.View[*uint256.Int](chain, treasury, "freeWei").Uint64()
}

func number(chain *contracttest.Chain, treasury *Treasury, method string) uint64 {
	v := contracttest.View[uint256.Int](chain, treasury, method)
	return v.Uint64()
}

func TestDeposit(t *testing.T) {
	chain, treasury := start(t)
	result := chain.Try(alice, treasury, n(5), "deposit", "thanks")
	require.NoError(t, result.Err)
	require.Equal(t, "thanks", chain.Events(treasury, result, "Received")[0]["memo"])
	result = chain.Do(contracttest.Call{From: alice, To: address, Value: n(7)})
	require.NoError(t, result.Err)
	require.Len(t, chain.Events(treasury, result, "Received"), 1)
	require.EqualValues(t, 1_012, free(chain, treasury))
	chain.Fails(alice, treasury, n(1), "MemoTooLong", "deposit", strings.Repeat("m", maxMemo+1))
}

func TestSpend(t *testing.T) {
	chain, treasury := start(t)
	for _, stranger := range []common.Address{alice, bob, address, {}} {
		chain.Fails(stranger, treasury, nil, "OnlyGovernance", "spend", alice, n(1), "")
	}
	chain.Fails(governance, treasury, nil, "NotEnough", "spend", bob, n(1_001), "")
	chain.Fails(governance, treasury, nil, "WrongReceiver", "spend", common.Address{}, n(1), "")
	chain.Fails(governance, treasury, nil, "WrongReceiver", "spend", address, n(1), "")
	chain.Fails(governance, treasury, nil, "MemoTooLong", "spend", bob, n(1), strings.Repeat("m", maxMemo+1))
	result := chain.Try(governance, treasury, nil, "spend", bob, n(400), "an audit")
	require.NoError(t, result.Err)
	require.Len(t, chain.Events(treasury, result, "Spent"), 1)
	chain.Must(governance, treasury, nil, "spend", bob, n(600), "all the rest")
	require.Equal(t, n(1_000), chain.DB.GetBalance(bob))
	require.EqualValues(t, 1_000, number(chain, treasury, "spentWei"))
	require.Equal(t, n(2), contracttest.View[*uint256.Int](chain, treasury, "spendingCount"))
	list := contracttest.View[[]Spending](chain, treasury, "spendings", n(0), n(9))
	require.Equal(t, Spending{bob, chain.Time, n(400), "an audit"}, list[0])
	require.Len(t, contracttest.View[[]Spending](chain, treasury, "spendings", n(1), n(9)), 1)
	require.Empty(t, contracttest.View[[]Spending](chain, treasury, "spendings", new(uint256.Int).Not(n(0)), n(9)))
}

func TestGrant(t *testing.T) {
	chain, treasury := start(t)
	chain.Fails(alice, treasury, nil, "OnlyGovernance", "grant", bob, n(300), uint64(0), uint64(100), "work")
	for _, wrong := range [][]any{
		{bob, n(0), uint64(0), uint64(100), "work"}, {bob, n(1), uint64(0), uint64(0), "work"},
		{bob, n(1), uint64(0), uint64(maxDuration + 1), "work"}, {bob, n(1), uint64(maxStart + 1), uint64(1), "work"},
	} {
		chain.Fails(governance, treasury, nil, "WrongGrant", "grant", wrong...)
	}
	chain.Must(governance, treasury, nil, "grant", bob, n(300), uint64(0), uint64(100), "work")
	require.EqualValues(t, 700, free(chain, treasury))
	require.EqualValues(t, 300, number(chain, treasury, "reservedWei"))
	chain.Fails(governance, treasury, nil, "NotEnough", "spend", alice, n(701), "not what is granted")
	chain.Fails(alice, treasury, nil, "NothingPayable", "payGrant", n(0))
	chain.Fails(alice, treasury, nil, "NoSuchGrant", "payGrant", n(1))
	chain.Fails(alice, treasury, nil, "NoSuchGrant", "payableWei", n(1))
	chain.Advance(1, 33)
	require.Equal(t, n(99), contracttest.View[*uint256.Int](chain, treasury, "payableWei", n(0)))
	require.Equal(t, n(99), chain.Must(alice, treasury, nil, "payGrant", n(0))[0])
	require.Equal(t, n(99), chain.DB.GetBalance(bob), "the beneficiary's, whoever asks")
	chain.Fails(alice, treasury, nil, "NothingPayable", "payGrant", n(0))
	chain.Advance(1, 1_000)
	chain.Must(bob, treasury, nil, "payGrant", n(0))
	require.Equal(t, n(300), chain.DB.GetBalance(bob))
	require.EqualValues(t, 0, number(chain, treasury, "reservedWei"))
	require.EqualValues(t, 300, number(chain, treasury, "spentWei"))
	chain.Fails(governance, treasury, nil, "NothingPayable", "endGrant", n(0))
}

func TestEndGrant(t *testing.T) {
	chain, treasury := start(t)
	chain.Must(governance, treasury, nil, "grant", bob, n(300), chain.Time+10, uint64(100), "work")
	chain.Advance(1, 5)
	require.Equal(t, n(0), contracttest.View[*uint256.Int](chain, treasury, "payableWei", n(0)), "before its start")
	chain.Advance(1, 55)
	chain.Fails(bob, treasury, nil, "OnlyGovernance", "endGrant", n(0))
	chain.Fails(governance, treasury, nil, "NoSuchGrant", "endGrant", n(7))
	chain.Must(governance, treasury, nil, "endGrant", n(0))
	require.Equal(t, n(150), chain.DB.GetBalance(bob))
	require.EqualValues(t, 850, free(chain, treasury))
	chain.Advance(1, 1_000)
	chain.Fails(bob, treasury, nil, "NothingPayable", "payGrant", n(0))
	require.Equal(t, n(1), contracttest.View[*uint256.Int](chain, treasury, "grantCount"))
	grants := contracttest.View[[]Grant](chain, treasury, "grants", n(0), n(5))
	require.Equal(t, grants[0].AmountWei, grants[0].PaidWei)
}

// Whatever happens, the balance covers what grants are owed, and what came in is
// what is there and what was spent.
func TestMoneyProperty(t *testing.T) {
	chain, treasury := start(t)
	random := rand.New(rand.NewSource(1))
	in := uint64(1_000)
	for range 1_500 {
		amount := n(uint64(random.Intn(200)))
		which := n(uint64(random.Intn(30)))
		switch random.Intn(6) {
		case 0:
			chain.Fund(alice, amount)
			chain.Must(alice, treasury, amount, "deposit", "")
			in += amount.Uint64()
		case 1:
			chain.Try(governance, treasury, nil, "spend", bob, amount, "")
		case 2:
			chain.Try(governance, treasury, nil, "grant", bob, amount, chain.Time+uint64(random.Intn(50)), uint64(random.Intn(300)), "")
		case 3, 4:
			chain.Try(bob, treasury, nil, "payGrant", which)
		case 5:
			if random.Intn(4) == 0 {
				chain.Try(governance, treasury, nil, "endGrant", which)
			}
		}
		chain.Advance(1, uint64(random.Intn(20)))
		balance, spent := chain.DB.GetBalance(address).Uint64(), number(chain, treasury, "spentWei")
		require.Equal(t, in, balance+spent)
		require.Equal(t, spent, chain.DB.GetBalance(bob).Uint64())
		owed := uint64(0)
		for _, g := range treasury.Export(chain.Open(treasury)).Grants {
			owed += g.owed().Uint64()
		}
		require.Equal(t, owed, number(chain, treasury, "reservedWei"))
		require.LessOrEqual(t, owed, balance)
	}
	require.Positive(t, number(chain, treasury, "spentWei"))
}

func TestGenesis(t *testing.T) {
	chain, treasury := start(t)
	chain.Must(governance, treasury, nil, "spend", bob, n(10), "memo")
	chain.Must(governance, treasury, nil, "grant", bob, n(300), uint64(0), uint64(100), "work")
	chain.Advance(1, 10)
	chain.Must(bob, treasury, nil, "payGrant", n(0))
	text, err := json.Marshal(treasury.Export(chain.Open(treasury)))
	require.NoError(t, err)
	var genesis Genesis
	require.NoError(t, json.Unmarshal(text, &genesis))
	again := contracttest.New(t, treasury)
	require.ErrorContains(t, begin(again, treasury, genesis), "does not cover")
	again = contracttest.New(t, treasury)
	again.DB.SetBalance(address, chain.DB.GetBalance(address).Clone(), tracing.BalanceIncreaseGenesisBalance)
	require.NoError(t, begin(again, treasury, genesis))
	second, err := json.Marshal(treasury.Export(again.Open(treasury)))
	require.NoError(t, err)
	require.Equal(t, string(text), string(second))
	chain.DB.IntermediateRoot(true)
	again.DB.Finalise(true)
	again.DB.IntermediateRoot(true)
	require.Equal(t, chain.DB.GetStorageRoot(address), again.DB.GetStorageRoot(address))
	require.ErrorContains(t, begin(contracttest.New(t, treasury), treasury, Genesis{Grants: []Grant{{Beneficiary: bob}}}), "grant 0")
	require.ErrorContains(t, begin(contracttest.New(t, treasury), treasury, Genesis{Spendings: []Spending{{To: bob}}}), "spending 0")
}

func TestGeneric(t *testing.T) {
	treasury := New(address, governance)
	fresh := func(t testing.TB) *contracttest.Chain {
		chain := contracttest.New(t, treasury)
		chain.Fund(address, n(1_000))
		chain.Fund(alice, n(1_000))
		return chain
	}
	granted := func(chain *contracttest.Chain) {
		chain.Must(governance, treasury, nil, "grant", bob, n(300), uint64(0), uint64(100), "work")
		chain.Advance(1, 50)
	}
	examples := []contracttest.Example{
		{Method: "deposit", From: alice, Value: n(3), Inputs: []any{"thanks"}},
		{Method: "spend", From: governance, Inputs: []any{bob, n(3), "an audit"}},
		{Method: "grant", From: governance, Inputs: []any{bob, n(3), uint64(0), uint64(9), "work"}},
		{Method: "payGrant", From: alice, Inputs: []any{n(0)}, Prepare: granted},
		{Method: "endGrant", From: governance, Inputs: []any{n(0)}, Prepare: granted},
		{Method: "freeWei"}, {Method: "reservedWei"}, {Method: "spentWei"}, {Method: "spendingCount"}, {Method: "grantCount"},
		{Method: "spendings", Inputs: []any{n(0), n(5)}},
		{Method: "grants", Inputs: []any{n(0), n(5)}, Prepare: granted},
		{Method: "payableWei", Inputs: []any{n(0)}, Prepare: granted},
	}
	contracttest.Generic(t, treasury, fresh, examples)
	contracttest.ReadmeGas(t, treasury, fresh, examples)
}
