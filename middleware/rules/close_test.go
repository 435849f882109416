package rules

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// A closed session leaves nothing in storage, however many calls it takes.
func TestCloseLeavesNothing(t *testing.T) {
	for _, gas := range []uint64{200_000, 400_000, 16_000_000} {
		r, chain, set := opened(t, riskRules)
		w := walker{t: t, rand: rand.New(rand.NewPCG(5, 5))}
		for range 60 {
			chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: w.data(r, chain)})
		}
		chain.Must(alice, r, nil, "allow", uint64(1), bob, true)
		calls := 0
		for done := false; !done; calls++ {
			require.Less(t, calls, 500)
			result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: gas, Data: chain.Pack(r, "close", uint64(1))})
			require.NoError(t, result.Err, chain.Reason(r, result))
			done = result.Output[31] == 1
			chain.Fails(alice, r, nil, "NoSession", "insert", uint64(1), placed(t, 1, "a", 1))
			chain.Fails(alice, r, nil, "NoSession", "fire", uint64(1), uint64(0))
		}
		chain.Fails(alice, r, nil, "NoSession", "close", uint64(1))
		empty := New(address)
		other := contracttest.New(t, empty)
		require.Equal(t, set.Hex(), fmt.Sprint(other.Must(alice, empty, nil, "deploy", ruleSet(t, riskRules))[0]))
		empty.store.Registry.Set(other.Open(empty), r.store.Registry.Get(chain.Open(r)))
		require.Equal(t, other.DB.IntermediateRoot(true), chain.DB.IntermediateRoot(true), "gas %d: something is left", gas)
	}
}

func TestCloseRefunds(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	chain.Must(alice, r, nil, "insertMany", uint64(1), [][]byte{placed(t, 1, "ann", 600), placed(t, 2, "bob", 400)})
	evm := chain.EVM(chain.DB, alice)
	_, _, err := evm.Call(alice, r.Address(), chain.Pack(r, "close", uint64(1)), 1_000_000, new(uint256.Int))
	require.NoError(t, err)
	require.Greater(t, chain.DB.GetRefund(), uint64(5*4_800))
}

func TestSessionsInGenesis(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	w := walker{t: t, rand: rand.New(rand.NewPCG(6, 5))}
	for range 50 {
		chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: w.data(r, chain)})
	}
	chain.Must(alice, r, nil, "allow", uint64(1), bob, true)
	exported := r.Export(chain.Open(r))
	require.NotEmpty(t, exported.Sessions.List[0].Places)
	begun := New(address)
	other := contracttest.New(t, begun)
	require.NoError(t, begun.Begin(other.Open(begun), exported))
	require.Equal(t, exported, begun.Export(other.Open(begun)))
	require.Equal(t, fire(t, r, chain, 0), fire(t, begun, other, 0))
	for name, spoil := range map[string]func(*SavedSession){
		"owner":       func(s *SavedSession) { s.Owner = alice; s.ID = 2 },
		"fingerprint": func(s *SavedSession) { s.Fingerprint = nil },
		"record":      func(s *SavedSession) { s.Places[0] = SavedFact{ID: 1, Record: []byte{0xff}} },
		"model":       func(s *SavedSession) { s.Model[0]++ },
		"ids":         func(s *SavedSession) { s.NextID = 1 },
	} {
		spoiled := exported
		list := append([]SavedSession{}, exported.Sessions.List...)
		list[0].Places = append([]SavedFact{}, list[0].Places...)
		spoil(&list[0])
		spoiled.Sessions = &Sessions{exported.Sessions.Opened, 1, 0, list}
		fresh := New(address)
		require.Error(t, fresh.Begin(contracttest.New(t, fresh).Open(fresh), spoiled), name)
	}
}

// Pages tell every fact once, also between facts that are gone.
func TestQueryPages(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	facts := make([][]byte, 23)
	for i := range facts {
		facts[i] = placed(t, i, "ann", 1)
		if i%5 == 0 {
			facts[i] = packFact(t, 1, fmt.Sprint(i))
		}
	}
	chain.Must(alice, r, nil, "insertMany", uint64(1), facts)
	for _, id := range []uint64{2, 3, 23, 9} {
		chain.Must(alice, r, nil, "retract", uint64(1), id)
	}
	again := chain.Must(alice, r, nil, "insert", uint64(1), placed(t, 99, "bob", 1))[0]
	require.EqualValues(t, 24, again)
	ctx := chain.Open(r)
	for _, limit := range []uint64{1, 2, 4, 7, 100} {
		seen := map[uint64]bool{}
		for cursor, pages := uint64(0), 0; ; pages++ {
			list, next, err := r.query(ctx, 1, 0, cursor, limit)
			require.NoError(t, err)
			for _, fact := range list {
				require.False(t, seen[fact.ID])
				seen[fact.ID] = true
			}
			if next == 0 {
				break
			}
			require.Less(t, pages, 30)
			cursor = next
		}
		require.Len(t, seen, 18-4+1, "limit %d", limit)
		require.True(t, seen[24])
	}
	list, next, err := r.query(ctx, 1, 0, 0, 0)
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, next)
	h, err := r.session(ctx, 1)
	require.NoError(t, err)
	require.EqualValues(t, 23, h.Places, "places of facts that are gone are taken again")
}

// A fact that many matches support is cleared in as many calls as it takes.
func TestCloseClearsSupports(t *testing.T) {
	r, chain, _ := opened(t, `
template A
 x: int
end
template L
 x: int
end
rule "all" when A() then insertLogical L(x = 1) end`)
	facts := make([][]byte, 100)
	for i := range facts {
		facts[i] = packFact(t, 0, i)
	}
	chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 100_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
	result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 100_000_000, Data: chain.Pack(r, "fire", uint64(1), uint64(0))})
	require.NoError(t, result.Err, chain.Reason(r, result))
	calls, empty := 0, New(address)
	for done := false; !done; calls++ {
		require.Less(t, calls, 200)
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 300_000, Data: chain.Pack(r, "close", uint64(1))})
		require.NoError(t, result.Err, chain.Reason(r, result))
		done = result.Output[31] == 1
	}
	require.Greater(t, calls, 1)
	by := empty.store.Supports.At(chain.Open(r), 1)
	for fact := range uint64(102) {
		list := by.At(chain.Open(r), fact)
		for i := range uint32(100) {
			require.Zero(t, list.Get(chain.Open(r), i))
		}
	}
}
