package access

import (
	"encoding/json"
	"math/rand"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address    = common.HexToAddress("0x000000000000000000000000000000000000c00a")
	governance = common.HexToAddress("0x000000000000000000000000000000000000c004")
	admin      = common.Address{0xad}
	alice      = common.Address{0xa1}
	bob        = common.Address{0xb0}
)

func start(t testing.TB, genesis Genesis) (*contracttest.Chain, *Access) {
	a := New(address, governance)
	chain := contracttest.New(t, a)
	require.NoError(t, begin(chain, a, genesis))
	return chain, a
}

func begin(chain *contracttest.Chain, a *Access, genesis Genesis) error {
	return contract.Run(chain.Open(a), func(ctx *contract.Context) error { return a.Begin(ctx, genesis) })
}

func list(accounts ...common.Address) []common.Address { return accounts }

func TestOpenToEveryone(t *testing.T) {
	chain, a := start(t, Genesis{})
	require.True(t, contracttest.View[bool](chain, a, "maySend", alice))
	require.True(t, contracttest.View[bool](chain, a, "mayDeploy", alice))
	chain.Fails(alice, a, nil, "NotAllowed", "setModes", Listed, Listed)
	chain.Fails(alice, a, nil, "NotAllowed", "add", Sender, list(alice))
	chain.Fails(governance, a, nil, "NobodyLeft", "setModes", Listed, Everyone)
	chain.Fails(governance, a, nil, "Unknown", "setModes", Mode(2), Everyone)
	chain.Fails(governance, a, nil, "Unknown", "add", Role(3), list(alice))
	chain.Fails(governance, a, nil, "Unknown", "remove", Role(3), list(alice))
}

// Asking costs one slot where everyone may.
func TestCostsOneSlot(t *testing.T) {
	chain, a := start(t, Genesis{})
	result := chain.Try(alice, a, nil, "maySend", bob)
	require.NoError(t, result.Err)
	require.Less(t, result.GasUsed, uint64(2_500), "one cold slot is 2,100 gas")
}

func TestLists(t *testing.T) {
	chain, a := start(t, Genesis{Senders: Listed, Deployers: Listed, ListedAdministrators: list(admin)})
	for _, account := range []common.Address{alice, bob} {
		require.False(t, contracttest.View[bool](chain, a, "maySend", account))
		require.False(t, contracttest.View[bool](chain, a, "mayDeploy", account))
	}
	require.True(t, contracttest.View[bool](chain, a, "maySend", admin))
	require.True(t, contracttest.View[bool](chain, a, "mayDeploy", admin))

	result := chain.Try(admin, a, nil, "add", Sender, list(alice, bob, alice))
	require.NoError(t, result.Err)
	require.Len(t, chain.Events(a, result, "Added"), 2, "once each")
	require.True(t, contracttest.View[bool](chain, a, "maySend", alice))
	require.False(t, contracttest.View[bool](chain, a, "mayDeploy", alice), "a sender is no deployer")
	chain.Must(governance, a, nil, "add", Deployer, list(alice))
	require.True(t, contracttest.View[bool](chain, a, "mayDeploy", alice))
	require.Equal(t, list(alice, bob), contracttest.View[[]common.Address](chain, a, "listed", Sender, new(uint256.Int), uint256.NewInt(5)))
	require.Equal(t, list(bob), contracttest.View[[]common.Address](chain, a, "listed", Sender, uint256.NewInt(1), uint256.NewInt(5)))
	require.Empty(t, contracttest.View[[]common.Address](chain, a, "listed", Sender, new(uint256.Int).Not(new(uint256.Int)), uint256.NewInt(5)))

	result = chain.Try(admin, a, nil, "remove", Sender, list(alice, alice))
	require.Len(t, chain.Events(a, result, "Removed"), 1)
	require.False(t, contracttest.View[bool](chain, a, "maySend", alice))
	require.True(t, contracttest.View[bool](chain, a, "maySend", bob), "who took the place")
	chain.Must(admin, a, nil, "setModes", Everyone, Listed)
	require.True(t, contracttest.View[bool](chain, a, "maySend", common.Address{9}))
	require.Equal(t, []any{Everyone, Listed}, chain.Must(alice, a, nil, "modes"))
}

func TestAdministrators(t *testing.T) {
	chain, a := start(t, Genesis{Senders: Listed, ListedAdministrators: list(admin, bob)})
	chain.Fails(admin, a, nil, "NotAllowed", "add", Administrator, list(alice))
	chain.Fails(admin, a, nil, "NotAllowed", "remove", Administrator, list(bob))
	chain.Fails(admin, a, nil, "NotAllowed", "remove", Administrator, list(admin, bob))
	chain.Must(admin, a, nil, "remove", Administrator, list(admin))
	chain.Fails(admin, a, nil, "NotAllowed", "add", Sender, list(alice))
	chain.Fails(bob, a, nil, "NobodyLeft", "remove", Administrator, list(bob))
	chain.Must(governance, a, nil, "add", Administrator, list(alice))
	chain.Must(bob, a, nil, "remove", Administrator, list(bob))
	chain.Fails(governance, a, nil, "NobodyLeft", "remove", Administrator, list(alice))
}

func TestGenesis(t *testing.T) {
	genesis := Genesis{Senders: Listed, Deployers: Listed, ListedSenders: list(alice, bob), ListedDeployers: list(bob), ListedAdministrators: list(admin)}
	chain, a := start(t, genesis)
	chain.Must(admin, a, nil, "remove", Sender, list(alice))
	chain.Must(admin, a, nil, "add", Sender, list(alice))
	exported := a.Export(chain.Open(a))
	text, err := json.Marshal(exported)
	require.NoError(t, err)
	var read Genesis
	require.NoError(t, json.Unmarshal(text, &read))
	again, b := start(t, read)
	require.Equal(t, exported, b.Export(again.Open(b)))
	chain.DB.IntermediateRoot(true)
	again.DB.Finalise(true)
	again.DB.IntermediateRoot(true)
	require.Equal(t, chain.DB.GetStorageRoot(address), again.DB.GetStorageRoot(address))

	for want, wrong := range map[string]Genesis{
		"a mode is":    {Senders: 2},
		"listed twice": {ListedSenders: list(alice, alice)},
		"nobody could": {Senders: Listed, ListedDeployers: list(alice)},
	} {
		require.ErrorContains(t, begin(contracttest.New(t, a), a, wrong), want)
	}
}

// Lists stay what a plain set is, whatever is added and removed.
func TestListProperty(t *testing.T) {
	chain, a := start(t, Genesis{})
	random := rand.New(rand.NewSource(1))
	want := map[common.Address]bool{}
	for range 400 {
		account := common.Address{byte(random.Intn(12) + 1)}
		if random.Intn(2) == 0 {
			chain.Must(governance, a, nil, "add", Deployer, list(account))
			want[account] = true
		} else {
			chain.Must(governance, a, nil, "remove", Deployer, list(account))
			delete(want, account)
		}
		got := contracttest.View[[]common.Address](chain, a, "listed", Deployer, new(uint256.Int), uint256.NewInt(100))
		require.Len(t, got, len(want))
		require.Equal(t, uint256.NewInt(uint64(len(want))), contracttest.View[*uint256.Int](chain, a, "listedCount", Deployer))
		for i := range byte(12) {
			each := common.Address{i + 1}
			require.Equal(t, want[each], slices.Contains(got, each))
			require.Equal(t, want[each], contracttest.View[bool](chain, a, "isListed", Deployer, each))
		}
	}
}

func TestGeneric(t *testing.T) {
	a := New(address, governance)
	fresh := func(t testing.TB) *contracttest.Chain {
		chain := contracttest.New(t, a)
		require.NoError(t, begin(chain, a, Genesis{Senders: Listed, ListedAdministrators: list(admin), ListedSenders: list(alice, bob)}))
		return chain
	}
	examples := []contracttest.Example{
		{Method: "setModes", From: admin, Inputs: []any{Everyone, Listed}},
		{Method: "add", From: admin, Inputs: []any{Deployer, list(alice, bob)}},
		{Method: "remove", From: admin, Inputs: []any{Sender, list(alice)}},
		{Method: "modes"},
		{Method: "maySend", Inputs: []any{alice}},
		{Method: "mayDeploy", Inputs: []any{alice}},
		{Method: "isListed", Inputs: []any{Sender, alice}},
		{Method: "listedCount", Inputs: []any{Sender}},
		{Method: "listed", Inputs: []any{Sender, new(uint256.Int), uint256.NewInt(10)}},
	}
	contracttest.Generic(t, a, fresh, examples)
	contracttest.ReadmeGas(t, a, fresh, examples)
}
