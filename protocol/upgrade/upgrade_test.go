package upgrade

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address    = common.HexToAddress("0x000000000000000000000000000000000000c009")
	governance = common.HexToAddress("0x000000000000000000000000000000000000c004")
	middleware = common.HexToAddress("0x000000000000000000000000000000000000c101")
	taken      = common.HexToAddress("0x000000000000000000000000000000000000c102")
	alice      = common.Address{0xa1}
)

func start(t testing.TB) (*contracttest.Chain, *Upgrade) {
	u := New(address, governance, []common.Address{middleware, taken})
	chain := contracttest.New(t, u)
	require.NoError(t, begin(chain, u, Genesis{}))
	return chain, u
}

func begin(chain *contracttest.Chain, u *Upgrade, genesis Genesis) error {
	return contract.Run(chain.Open(u), func(ctx *contract.Context) error { return u.Begin(ctx, genesis) })
}

// planned is what consensus reads.
func planned(chain *contracttest.Chain, u *Upgrade) (name string, height uint64, ok bool) {
	return u.Planned(chain.Open(u).At(common.Address{1}).View())
}

func due(chain *contracttest.Chain, u *Upgrade) ([]byte, uint64, bool) {
	return u.Due(chain.Open(u).View())
}

func TestWholeWay(t *testing.T) {
	chain, u := start(t)
	_, _, ok := planned(chain, u)
	require.False(t, ok)
	height := chain.Number + 10
	chain.Fails(alice, u, nil, "OnlyGovernance", "plan", "v2", height, "")
	result := chain.Try(governance, u, nil, "plan", "v2", height, "https://example.org/v2")
	require.NoError(t, result.Err)
	require.Len(t, chain.Events(u, result, "Planned"), 1)
	name, at, ok := planned(chain, u)
	require.True(t, ok)
	require.Equal(t, "v2", name)
	require.Equal(t, height, at)
	require.Equal(t, Plan{"v2", height, "https://example.org/v2"}, contracttest.View[Plan](chain, u, "planned"))
	chain.Fails(governance, u, nil, "AlreadyPlanned", "plan", "v3", height+1, "")
	_, _, ok = due(chain, u)
	require.False(t, ok)
	chain.Fails(params.SystemAddress, u, nil, "NothingPlanned", "applyPlan")

	chain.Advance(9, 9)
	require.False(t, u.Holds(chain.Open(u), "v2"))
	chain.Advance(1, 1)
	require.True(t, u.Holds(chain.Open(u), "v2"), "in the block of its height")
	chain.Fails(governance, u, nil, "NothingPlanned", "cancel")
	data, gas, ok := due(chain, u)
	require.True(t, ok)
	chain.Fails(alice, u, nil, "called by the chain itself", "applyPlan")
	result = chain.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: gas})
	require.NoError(t, result.Err)
	require.Len(t, chain.Events(u, result, "UpgradeApplied"), 1)
	_, _, ok = due(chain, u)
	require.False(t, ok, "once")
	_, _, ok = planned(chain, u)
	require.False(t, ok)
	require.Equal(t, height, contracttest.View[uint64](chain, u, "appliedAt", "v2"))
	require.True(t, u.Holds(chain.Open(u).At(alice), "v2"))
	require.False(t, u.Holds(chain.Open(u), "v3"))
	require.Equal(t, []Applied{{"v2", height, chain.Time}}, contracttest.View[[]Applied](chain, u, "applied", new(uint256.Int), uint256.NewInt(9)))
	require.Empty(t, contracttest.View[[]Applied](chain, u, "applied", uint256.NewInt(1), uint256.NewInt(9)))
	require.Equal(t, uint256.NewInt(1), contracttest.View[*uint256.Int](chain, u, "appliedCount"))
	chain.Fails(governance, u, nil, "AlreadyApplied", "plan", "v2", height+100, "")
}

// The gas that Due gives suffices for the longest plan.
func TestGasOfTheLongestPlan(t *testing.T) {
	chain, u := start(t)
	chain.Must(governance, u, nil, "plan", strings.Repeat("v", maxName), chain.Number+1, strings.Repeat("i", maxInfo))
	chain.Advance(1, 1)
	data, gas, _ := due(chain, u)
	require.NoError(t, chain.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: gas}).Err)
}

func TestCancel(t *testing.T) {
	chain, u := start(t)
	chain.Fails(governance, u, nil, "NothingPlanned", "cancel")
	chain.Must(governance, u, nil, "plan", "v2", chain.Number+5, "")
	chain.Fails(alice, u, nil, "OnlyGovernance", "cancel")
	chain.Must(governance, u, nil, "cancel")
	_, _, ok := planned(chain, u)
	require.False(t, ok)
	chain.Advance(5, 5)
	_, _, ok = due(chain, u)
	require.False(t, ok)
	chain.Must(governance, u, nil, "plan", "v2", chain.Number+5, "") // the name is free again
}

func TestPlansAreChecked(t *testing.T) {
	chain, u := start(t)
	for _, name := range []string{"", strings.Repeat("v", maxName+1), "a b", "v2\n", "é", "../v2"} {
		chain.Fails(governance, u, nil, "WrongName", "plan", name, chain.Number+5, "")
	}
	chain.Fails(governance, u, nil, "HeightPassed", "plan", "v2", chain.Number, "")
	chain.Fails(governance, u, nil, "InfoTooLong", "plan", "v2", chain.Number+5, strings.Repeat("i", maxInfo+1))
}

func TestSwitch(t *testing.T) {
	chain, u := start(t)
	chain.Fails(alice, u, nil, "OnlyGovernance", "activate", middleware)
	chain.Fails(alice, u, nil, "OnlyGovernance", "retire", middleware)
	chain.Fails(governance, u, nil, "NotSwitchable", "retire", governance)
	chain.Fails(governance, u, nil, "NoChange", "retire", middleware)
	chain.Must(governance, u, nil, "activate", middleware)
	require.Equal(t, contract.Code, chain.DB.GetCode(middleware))
	require.True(t, contracttest.View[bool](chain, u, "isActive", middleware))
	require.Equal(t, []common.Address{middleware, taken}, contracttest.View[[]common.Address](chain, u, "switchable"))
	chain.Fails(governance, u, nil, "NoChange", "activate", middleware)

	chain.DB.SetState(middleware, common.Hash{1}, common.Hash{2})
	chain.Must(governance, u, nil, "retire", middleware)
	require.Empty(t, chain.DB.GetCode(middleware))
	require.EqualValues(t, 1, chain.DB.GetNonce(middleware))
	require.Equal(t, common.Hash{2}, chain.DB.GetState(middleware, common.Hash{1}), "its storage stays")
	chain.Must(governance, u, nil, "activate", middleware)
	require.Equal(t, common.Hash{2}, chain.DB.GetState(middleware, common.Hash{1}))

	code := []byte{byte(vm.STOP)}
	chain.Deploy(taken, code)
	chain.Fails(governance, u, nil, "NotSwitchable", "retire", taken)
	require.Equal(t, code, chain.DB.GetCode(taken), "other code is not touched")
}

// A contract in Go can be called as soon as it is active, and no more when it is
// retired.
func TestSwitchedContractAnswers(t *testing.T) {
	u := New(address, governance, []common.Address{middleware})
	other := New(middleware, governance, nil) // any contract in Go
	chain := contracttest.New(t, u)
	chain.Contracts = contract.Set{u, other}
	ask := contracttest.Call{From: alice, To: middleware, Data: chain.Pack(other, "appliedCount")}
	require.Empty(t, chain.Do(ask).Output)
	chain.Must(governance, u, nil, "activate", middleware)
	require.Len(t, chain.Do(ask).Output, 32)
	chain.Must(governance, u, nil, "retire", middleware)
	require.Empty(t, chain.Do(ask).Output)
}

func TestGenesis(t *testing.T) {
	chain, u := start(t)
	chain.Must(governance, u, nil, "plan", "v2", chain.Number+1, "")
	chain.Advance(1, 1)
	chain.Must(params.SystemAddress, u, nil, "applyPlan")
	chain.Must(governance, u, nil, "plan", "v3", chain.Number+9, "info")
	text, err := json.Marshal(u.Export(chain.Open(u)))
	require.NoError(t, err)
	var genesis Genesis
	require.NoError(t, json.Unmarshal(text, &genesis))
	again := contracttest.New(t, u)
	require.NoError(t, begin(again, u, genesis))
	second, err := json.Marshal(u.Export(again.Open(u)))
	require.NoError(t, err)
	require.Equal(t, string(text), string(second))
	chain.DB.IntermediateRoot(true)
	again.DB.Finalise(true)
	again.DB.IntermediateRoot(true)
	require.Equal(t, chain.DB.GetStorageRoot(address), again.DB.GetStorageRoot(address))
	for _, wrong := range []Genesis{
		{Plan: &Plan{Name: "v2"}},
		{Plan: &Plan{Name: "v 2", Height: 1}},
		{Applied: []Applied{{"v2", 1, 1}, {"v2", 2, 2}}},
	} {
		require.ErrorContains(t, begin(contracttest.New(t, u), u, wrong), "it needs a name")
	}
}

func TestGeneric(t *testing.T) {
	u := New(address, governance, []common.Address{middleware})
	fresh := func(t testing.TB) *contracttest.Chain { return contracttest.New(t, u) }
	plans := func(chain *contracttest.Chain) { chain.Must(governance, u, nil, "plan", "v2", chain.Number+5, "info") }
	examples := []contracttest.Example{
		{Method: "plan", From: governance, Inputs: []any{"v2", uint64(9), "info"}},
		{Method: "cancel", From: governance, Prepare: plans},
		{Method: "applyPlan", From: params.SystemAddress, Prepare: func(chain *contracttest.Chain) { plans(chain); chain.Advance(5, 5) }},
		{Method: "activate", From: governance, Inputs: []any{middleware}},
		{Method: "retire", From: governance, Inputs: []any{middleware}, Prepare: func(chain *contracttest.Chain) {
			chain.Must(governance, u, nil, "activate", middleware)
		}},
		{Method: "planned", Prepare: plans},
		{Method: "appliedAt", Inputs: []any{"v2"}},
		{Method: "appliedCount"},
		{Method: "applied", Inputs: []any{new(uint256.Int), uint256.NewInt(10)}},
		{Method: "switchable"},
		{Method: "isActive", Inputs: []any{middleware}},
	}
	contracttest.Generic(t, u, fresh, examples)
	contracttest.ReadmeGas(t, u, fresh, examples)
}
