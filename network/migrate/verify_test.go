package migrate

import (
	"cmp"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
)

// converted splits holders into spendable, locked and claimable coins, at random and to the wei.
func converted(t *testing.T, random *rand.Rand, token Holders) (*Tree, *Allocation) {
	t.Helper()
	genesis := &Allocation{BalancesWei: make(map[common.Address]*big.Int), LockedWei: make(map[common.Address]*big.Int), StakedWei: make(map[common.Address]*big.Int)}
	var left Holders
	for i, holder := range token {
		if i == 0 || random.IntN(4) == 0 {
			left = append(left, holder)
			continue
		}
		locked := new(big.Int).Rsh(holder.BalanceWei, uint(random.IntN(8)))
		genesis.LockedWei[holder.Address] = locked
		genesis.BalancesWei[holder.Address] = new(big.Int).Sub(holder.BalanceWei, locked)
	}
	tree, err := NewTree(left)
	require.NoError(t, err)
	genesis.ClaimRoot, genesis.ClaimTotalWei = tree.Root(), left.TotalWei()
	return tree, genesis
}

// spendable is the first account that begins with coins to spend.
func spendable(token Holders, genesis *Allocation) common.Address {
	for _, holder := range token {
		if balanceWei := genesis.BalancesWei[holder.Address]; balanceWei != nil && balanceWei.Sign() > 0 {
			return holder.Address
		}
	}
	panic("nobody has anything to spend")
}

func TestVerifyConserves(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		token := randomHolders(random, 60)
		tree, genesis := converted(t, random, token)
		report := Verify(token, tree, genesis)
		require.True(t, report.Exact())
		require.Equal(t, token.TotalWei(), report.Sums.TokenWei)
		require.Zero(t, report.Sums.MoreWei().Sign())

		// One wei moved between two accounts leaves the sums right and is found all the same.
		from, to := spendable(token, genesis), token[0].Address
		genesis.BalancesWei[from].Sub(genesis.BalancesWei[from], big.NewInt(1))
		genesis.BalancesWei[to] = big.NewInt(1)
		report = Verify(token, tree, genesis)
		require.False(t, report.Exact())
		require.Zero(t, report.Sums.MoreWei().Sign())
		require.Len(t, report.Differences, 2)
		require.Equal(t, to, report.Differences[0].Account, "in the order of the accounts")
		require.Equal(t, big.NewInt(1), report.Differences[0].MoreWei())
		require.Equal(t, from, report.Differences[1].Account)
		require.Equal(t, big.NewInt(-1), report.Differences[1].MoreWei())
	}
}

func TestVerifyFinds(t *testing.T) {
	stranger := common.Address{19: 1}
	for name, edit := range map[string]func(Holders, *Allocation){
		"coins of nobody":          func(_ Holders, a *Allocation) { a.BalancesWei[stranger] = big.NewInt(1) },
		"a lock of nobody":         func(_ Holders, a *Allocation) { a.LockedWei[stranger] = big.NewInt(1) },
		"a holder without coins":   func(h Holders, a *Allocation) { delete(a.BalancesWei, spendable(h, a)) },
		"a holder paid twice":      func(h Holders, a *Allocation) { a.BalancesWei[h[0].Address] = h[0].BalanceWei },
		"another root":             func(_ Holders, a *Allocation) { a.ClaimRoot[0]++ },
		"no root":                  func(_ Holders, a *Allocation) { a.ClaimRoot = common.Hash{} },
		"one wei more for claims":  func(_ Holders, a *Allocation) { a.ClaimTotalWei.Add(a.ClaimTotalWei, big.NewInt(1)) },
		"another amount in escrow": func(_ Holders, a *Allocation) { a.BalancesWei[contracts.LockupAddress] = big.NewInt(1) },
	} {
		random := rand.New(rand.NewPCG(2, 2))
		token := randomHolders(random, 10)
		tree, genesis := converted(t, random, token)
		require.True(t, Verify(token, tree, genesis).Exact())
		edit(token, genesis)
		require.False(t, Verify(token, tree, genesis).Exact(), name)
	}
	random := rand.New(rand.NewPCG(2, 2))
	token := randomHolders(random, 10)
	_, genesis := converted(t, random, token)
	require.Len(t, Verify(token, nil, genesis).ClaimsDiffer, 2, "the tree is missing")
}

// The whole way with the real list: everybody gets what the ERC-20 token says.
func TestRealHolders(t *testing.T) {
	path := cmp.Or(os.Getenv("CMT_SNAPSHOT"), "../../../shared/data/cmt-erc20-snapshot-6486489.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: no holders' list: %v; set CMT_SNAPSHOT to the path of cmt-erc20-snapshot-6486489.csv", err)
	}
	token, err := ReadHolders(path)
	require.NoError(t, err)
	require.Len(t, token, 22_035)
	require.Equal(t, "1000000000000000000000000000", token.TotalWei().String())
	tree, genesis := converted(t, rand.New(rand.NewPCG(3, 3)), token)
	for _, holder := range tree.Holders() {
		_, proof, err := tree.Proof(holder.Address)
		require.NoError(t, err)
		require.True(t, VerifyProof(genesis.ClaimRoot, holder, proof))
	}
	require.True(t, Verify(token, tree, genesis).Exact())
}

// genesisFile writes a CometBFT genesis document around an app_state.
func genesisFile(t *testing.T, state any) string {
	t.Helper()
	content, err := json.Marshal(map[string]any{"chain_id": "test", "genesis_time": "2026-01-01T00:00:00Z", "app_state": state})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "genesis.json")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func TestReadAllocation(t *testing.T) {
	a, b := common.Address{1}, common.Address{2}
	type object = map[string]any
	state := object{
		"chainId": 18,
		"alloc": object{
			a.Hex():                        object{"balance": "0x5"},
			contracts.LockupAddress.Hex():  object{"balance": "7"},
			ConversionAddress.Hex():        object{"balance": "9"},
			contracts.StakingAddress.Hex(): object{"balance": "7"},
			b.Hex():                        object{"balance": "0", "code": "0xfe"},
		},
		"contracts": object{
			"lockup": object{"locks": []object{
				{"account": a, "amountWei": "3", "until": 1845936000, "label": "x"},
				{"account": a, "amountWei": "4", "until": 1877472000},
			}},
			"staking": object{
				"candidates": []object{
					{"owner": a, "selfStakeWei": "2"},
					{"owner": a, "selfStakeWei": "3", "locked": true},
				},
				"delegations": []object{{"delegator": b, "amountWei": "5"}, {"delegator": a, "kind": 2, "amountWei": "1"}},
			},
			"conversion": object{"trees": []object{{"root": common.Hash{8}, "totalWei": "10"}}},
		},
	}
	got, err := ReadAllocation(genesisFile(t, state))
	require.NoError(t, err)
	require.Equal(t, &Allocation{
		ChainID: 18,
		// The lockup contract holds what is locked, counted there; the conversion contract holds one wei too few.
		BalancesWei: map[common.Address]*big.Int{a: big.NewInt(5), ConversionAddress: big.NewInt(9)},
		LockedWei:   map[common.Address]*big.Int{a: big.NewInt(7)},
		StakedWei:   map[common.Address]*big.Int{a: big.NewInt(2), b: big.NewInt(5)},
		ClaimRoot:   common.Hash{8}, ClaimTotalWei: big.NewInt(10),
	}, got)

	for want, state := range map[string]any{
		"contracts.lockup.locks[0].amountWei": object{"contracts": object{"lockup": object{"locks": []object{{"account": a, "amountWei": "-1"}}}}},
		"conversion.trees: totalWei: \"x":     object{"contracts": object{"conversion": object{"trees": []object{{"totalWei": "x"}}}}},
		"cannot unmarshal":                    5,
	} {
		_, err := ReadAllocation(genesisFile(t, state))
		require.ErrorContains(t, err, want)
	}
	_, err = ParseAllocation([]byte(`{"chain_id": "test"}`))
	require.ErrorContains(t, err, "app_state is missing")
	_, err = ReadAllocation(filepath.Join(t.TempDir(), "nothing"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
