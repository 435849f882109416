package rules

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

func ruleSet(t testing.TB, source string) []byte {
	t.Helper()
	m, err := ruletext.CompileText("test.rules", source)
	require.NoError(t, err)
	content, err := model.Encode(m)
	require.NoError(t, err)
	return content
}

// packFact writes a fact in the wire form.
func packFact(t testing.TB, template int, values ...any) []byte {
	t.Helper()
	out := binary.BigEndian.AppendUint16(nil, uint16(template))
	for _, v := range values {
		var value feel.Value
		switch v := v.(type) {
		case int:
			value = feel.Int(v)
		case string:
			value = feel.String(v)
		case bool:
			value = feel.Boolean(v)
		case feel.Value:
			value = v
		}
		one, err := wire.Encode(value, nil)
		require.NoError(t, err)
		out = append(out, one...)
	}
	return out
}

func placed(t testing.TB, id int, buyer string, amount int) []byte {
	return packFact(t, 0, id, buyer, amount, nil)
}

// opened is a chain with a rule set and one session of alice's.
func opened(t testing.TB, source string) (*Rules, *contracttest.Chain, common.Hash) {
	r := New(address)
	chain := contracttest.New(t, r)
	return r, chain, openOn(t, r, chain, source)
}

func openOn(t testing.TB, r *Rules, chain *contracttest.Chain, source string) common.Hash {
	set := chain.Must(alice, r, nil, "deploy", ruleSet(t, source))[0].(common.Hash)
	require.EqualValues(t, 1, chain.Must(alice, r, nil, "open", set)[0])
	return set
}

// firing is what fire returned.
type firing struct {
	status  uint8
	firings uint64
	results []string
}

func fire(t testing.TB, r *Rules, chain *contracttest.Chain, most uint64) firing {
	t.Helper()
	result := chain.Try(alice, r, nil, "fire", uint64(1), most)
	require.NoError(t, result.Err, chain.Reason(r, result))
	return fired(t, r, chain, result)
}

func fired(t testing.TB, r *Rules, chain *contracttest.Chain, result contracttest.Result) firing {
	t.Helper()
	values, err := contract.Unpack(r, "fire", result.Output)
	require.NoError(t, err)
	f := firing{status: values[0].(uint8), firings: values[1].(uint64)}
	for _, event := range chain.Events(r, result, "Emitted") {
		f.results = append(f.results, fmt.Sprint(event["rule"], " ", event["name"], " ", text(t, event["fields"].([]byte))))
	}
	return f
}

func TestSession(t *testing.T) {
	r, chain, set := opened(t, riskRules)
	require.EqualValues(t, 1, chain.Must(alice, r, nil, "insert", uint64(1), placed(t, 7, "ann", 400))[0])
	ids := chain.Must(alice, r, nil, "insertMany", uint64(1), [][]byte{placed(t, 8, "ann", 900), placed(t, 9, "bob", 20)})[0]
	require.Equal(t, []uint64{2, 3}, ids)
	first := fire(t, r, chain, 0)
	require.Equal(t, uint8(0), first.status)
	require.Equal(t, []string{
		`large flag {order: 8, buyer: "ann"}`,
		`many many {buyer: "ann", total: 1300, amounts: [400, 900]}`,
		`desk look {order: 8}`, `desk look {order: 7}`, `calm calm {}`,
	}, first.results)
	require.Equal(t, firing{}, fire(t, r, chain, 0), "a match fires once")

	facts := chain.Must(bob, r, nil, "query", uint64(1), uint32(1), uint64(0), uint64(100))
	require.EqualValues(t, 0, facts[1])
	require.Contains(t, fmt.Sprint(facts[0]), fmt.Sprint(packFact(t, 0, "ann")[2:]), "the suspect that rules concluded")
	chain.Must(alice, r, nil, "update", uint64(1), uint64(2), packFact(t, 0, nil, nil, 10, nil))
	chain.Must(alice, r, nil, "retract", uint64(1), uint64(1))
	info := chain.Must(bob, r, nil, "sessionOf", uint64(1))[0]
	require.Contains(t, fmt.Sprintf("%+v", info), "Facts:2 ", "nothing supports the suspect any more: %+v", info)
	require.Contains(t, fmt.Sprint(info), set.Hex())
	chain.Fails(bob, r, nil, "NoFact", "factOf", uint64(1), uint64(4))
	fact := chain.Must(bob, r, nil, "factOf", uint64(1), uint64(2))[0]
	require.Contains(t, fmt.Sprint(fact), fmt.Sprint(packFact(t, 0, 8, "ann", 10, true)[2:]), "what was null stayed")
}

func TestSessionRefuses(t *testing.T) {
	r, chain, set := opened(t, riskRules)
	one := uint64(1)
	fails := func(reason, method string, inputs ...any) { chain.Fails(alice, r, nil, reason, method, inputs...) }
	fails("NotDeployed", "open", common.Hash{1})
	fails("WrongKind", "evaluate", set, "x", pack(t))
	decisions := chain.Must(alice, r, nil, "deploy", compileText(t, []byte(greeting)))[0].(common.Hash)
	fails("WrongKind", "open", decisions)
	fails("WrongKind", "run", decisions, [][]byte{})
	for method, inputs := range map[string][]any{
		"insert": {uint64(9), placed(t, 1, "a", 1)}, "retract": {uint64(9), one}, "update": {uint64(9), one, placed(t, 1, "a", 1)},
		"fire": {uint64(9), one}, "query": {uint64(9), uint32(0), one, one}, "factOf": {uint64(9), one}, "sessionOf": {uint64(9)},
		"close": {uint64(9)}, "allow": {uint64(9), bob, true},
	} {
		fails("NoSession[9]", method, inputs...)
	}
	chain.Fails(bob, r, nil, "NotAllowed", "insert", one, placed(t, 1, "a", 1))
	chain.Fails(bob, r, nil, "NotAllowed", "allow", one, bob, true)
	fails("NoFact[1 5]", "retract", one, uint64(5))
	fails("NoFact[1 5]", "update", one, uint64(5), placed(t, 1, "a", 1))
	chain.Must(alice, r, nil, "insert", one, placed(t, 1, "a", 1))
	fails("BadFact[0]", "update", one, one, packFact(t, 1, "a"))
	good := placed(t, 1, "a", 1)
	for name, bad := range map[string][]byte{
		"empty": {}, "short": good[:len(good)-1], "long": append(bytes.Clone(good), 0), "no template": packFact(t, 9, 1),
		"no number": packFact(t, 0, "1", "a", 1, nil), "a fraction": packFact(t, 0, number(t, "1.5"), "a", 1, nil),
		"no default": packFact(t, 0, nil, "a", 1, nil), "no boolean": packFact(t, 0, 1, "a", 1, 1),
		"too long": packFact(t, 1, string(make([]byte, 64<<10+1))), "a list": packFact(t, 1, feel.List{}),
	} {
		result := chain.Try(alice, r, nil, "insertMany", one, [][]byte{good, bad})
		require.Contains(t, chain.Reason(r, result), "BadFact[1]", name)
	}
}

func TestGuests(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	insert := func(from common.Address) error {
		return chain.Try(from, r, nil, "insert", uint64(1), placed(t, 1, "a", 1)).Err
	}
	require.Error(t, insert(bob))
	chain.Must(alice, r, nil, "allow", uint64(1), bob, true)
	require.NoError(t, insert(bob))
	chain.Fails(bob, r, nil, "NotAllowed", "allow", uint64(1), bob, true)
	chain.Fails(bob, r, nil, "NotAllowed", "close", uint64(1))
	require.True(t, contracttest.View[bool](chain, r, "isAllowed", uint64(1), bob))
	chain.Must(alice, r, nil, "allow", uint64(1), bob, false)
	require.Error(t, insert(bob))
	for i := range maxGuests {
		chain.Must(alice, r, nil, "allow", uint64(1), common.Address{9, byte(i)}, true)
	}
	chain.Fails(alice, r, nil, "64 accounts", "allow", uint64(1), bob, true)
}

func TestRun(t *testing.T) {
	r, chain, set := opened(t, riskRules)
	out := chain.Must(bob, r, nil, "run", set, [][]byte{placed(t, 7, "ann", 600), placed(t, 8, "ann", 1)})
	require.Contains(t, fmt.Sprint(out[0]), "flag")
	require.Contains(t, fmt.Sprintf("%+v", out[1]), "Logical:true")
	chain.Fails(bob, r, nil, "BadFact[1]", "run", set, [][]byte{placed(t, 7, "ann", 600), {}})
	failing := chain.Must(alice, r, nil, "deploy", ruleSet(t, failingRules))[0].(common.Hash)
	chain.Fails(bob, r, nil, "RuleFailed[share 6 1]", "run", failing, [][]byte{packFact(t, 0, 1, 0)})
	endless := chain.Must(alice, r, nil, "deploy", ruleSet(t, chainRules))[0].(common.Hash)
	result := chain.Do(contracttest.Call{From: bob, To: r.Address(), Gas: 400_000, Data: chain.Pack(r, "run", endless, [][]byte{packFact(t, 0, 1)})})
	require.ErrorIs(t, result.Err, vm.ErrOutOfGas, chain.Reason(r, result))
}

func TestARuleThatFails(t *testing.T) {
	r, chain, _ := opened(t, failingRules)
	chain.Must(alice, r, nil, "insertMany", uint64(1), [][]byte{packFact(t, 0, 1, 4), packFact(t, 0, 1, 0), packFact(t, 0, 1, 8)})
	require.Equal(t, firing{1, 1, []string{"share share {each: 0.125}"}}, fire(t, r, chain, 0), "what fired before is kept")
	chain.Fails(alice, r, nil, "RuleFailed[share 6 1]", "fire", uint64(1), uint64(0))
	chain.Must(alice, r, nil, "retract", uint64(1), uint64(2))
	require.Equal(t, []string{"share share {each: 0.25}"}, fire(t, r, chain, 0).results)
}

// Fired in steps, or until the gas ends, a session does what it does at once.
func TestFiringGoesOn(t *testing.T) {
	orders := make([][]byte, 30)
	for i := range orders {
		orders[i] = placed(t, i, fmt.Sprint("buyer", i%7), 100*(i%9))
	}
	run := func(step func(*Rules, *contracttest.Chain) firing) (all []string) {
		r, chain, _ := opened(t, riskRules)
		chain.Must(alice, r, nil, "insertMany", uint64(1), orders)
		for {
			one := step(r, chain)
			all = append(all, one.results...)
			if one.status == 0 {
				return all
			}
		}
	}
	want := run(func(r *Rules, chain *contracttest.Chain) firing { return fire(t, r, chain, 0) })
	require.Greater(t, len(want), 30)
	require.Equal(t, want, run(func(r *Rules, chain *contracttest.Chain) firing {
		r.networks = newNetworks()
		return fire(t, r, chain, 1)
	}))
	pauses := 0
	require.Equal(t, want, run(func(r *Rules, chain *contracttest.Chain) firing {
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 700_000, Data: chain.Pack(r, "fire", uint64(1), uint64(0))})
		require.NoError(t, result.Err, chain.Reason(r, result))
		pauses++
		return fired(t, r, chain, result)
	}))
	require.Greater(t, pauses, 2, "the gas was to end")
}

// Whatever gas an endless firing gets, it pauses in time.
func TestFiringPausesInTime(t *testing.T) {
	r, chain, _ := opened(t, chainRules)
	chain.Must(alice, r, nil, "insert", uint64(1), packFact(t, 0, 1))
	total := uint64(0)
	for gas := uint64(400_000); gas < 12_000_000; gas = gas * 5 / 4 {
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: gas, Data: chain.Pack(r, "fire", uint64(1), uint64(0))})
		require.NoError(t, result.Err, "gas %d, %s", gas, chain.Reason(r, result))
		one := fired(t, r, chain, result)
		require.EqualValues(t, 1, one.status)
		total += one.firings
		require.Greater(t, result.GasUsed, gas/4, "most of the gas is used")
	}
	require.Contains(t, fmt.Sprintf("%+v", chain.Must(bob, r, nil, "sessionOf", uint64(1))[0]), fmt.Sprintf("Facts:%d ", total+1))
}

// walker makes random calls of a session.
type walker struct {
	t    *testing.T
	rand *rand.Rand
	next int
}

func (w *walker) data(r *Rules, chain *contracttest.Chain) []byte {
	one, pick := uint64(1), func(n int) uint64 { return uint64(w.rand.IntN(n) + 1) }
	fact := func() []byte {
		w.next++
		switch w.rand.IntN(8) {
		case 0:
			return packFact(w.t, 1, fmt.Sprint("buyer", w.rand.IntN(4)))
		case 1:
			return packFact(w.t, 2, fmt.Sprint("buyer", w.rand.IntN(4)), nil)
		}
		return placed(w.t, w.next, fmt.Sprint("buyer", w.rand.IntN(4)), 100*w.rand.IntN(9))
	}
	switch w.rand.IntN(8) {
	case 0, 1:
		return chain.Pack(r, "insert", one, fact())
	case 2:
		return chain.Pack(r, "insertMany", one, [][]byte{fact(), fact(), fact()})
	case 3:
		return chain.Pack(r, "retract", one, pick(w.next+4))
	case 4:
		return chain.Pack(r, "update", one, pick(w.next+4), fact())
	case 5:
		return chain.Pack(r, "fire", one, uint64(0))
	}
	return chain.Pack(r, "fire", one, pick(5))
}

// A session in memory does exactly what one does that is built from storage
// before each call: same results, same logs, same gas, same state.
func TestMemoryChangesNothing(t *testing.T) {
	for seed := range uint64(12) {
		warm, chain, _ := opened(t, riskRules)
		cold, other, _ := opened(t, riskRules)
		w := walker{t: t, rand: rand.New(rand.NewPCG(seed, 4))}
		succeeded := 0
		for range 60 {
			data := w.data(warm, chain)
			call := contracttest.Call{From: alice, To: warm.Address(), Data: data}
			if w.rand.IntN(3) == 0 { // where firing pauses, and where a call fails
				call.Gas = 20_000 + uint64(w.rand.IntN(600_000))
			}
			cold.networks = newNetworks()
			want, got := other.Do(call), chain.Do(call)
			require.Equal(t, want.Err, got.Err)
			require.Equal(t, want.Output, got.Output)
			require.Equal(t, want.GasUsed, got.GasUsed, "%x", data[:4])
			require.Equal(t, len(want.Logs), len(got.Logs))
			for i := range want.Logs {
				require.Equal(t, want.Logs[i].Topics, got.Logs[i].Topics)
				require.Equal(t, want.Logs[i].Data, got.Logs[i].Data)
			}
			require.Equal(t, other.DB.IntermediateRoot(true), chain.DB.IntermediateRoot(true))
			if want.Err == nil {
				succeeded++
			}
			sameNetworks(t, warm, cold, chain)
		}
		require.Greater(t, succeeded, 25)
	}
}

// Calls at the same time, from blocks and from whoever tries them out, do not
// meet in a network.
func TestCallsAtTheSameTime(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	chain.Must(alice, r, nil, "insertMany", uint64(1), [][]byte{placed(t, 1, "ann", 600), placed(t, 2, "ann", 400), placed(t, 3, "bob", 900)})
	calls := [][]byte{
		chain.Pack(r, "fire", uint64(1), uint64(0)), chain.Pack(r, "insert", uint64(1), placed(t, 4, "ann", 700)), chain.Pack(r, "retract", uint64(1), uint64(1)),
	}
	results := make([][]contracttest.Result, 8)
	var wait sync.WaitGroup
	for i := range results {
		branch := *chain
		branch.DB = chain.DB.Copy()
		wait.Add(1)
		go func() {
			defer wait.Done()
			for k := range calls {
				results[i] = append(results[i], branch.Do(contracttest.Call{From: alice, To: r.Address(), Data: calls[(i+k)%len(calls)]}))
			}
		}()
	}
	wait.Wait()
	for i := range results {
		for k := range calls {
			require.NoError(t, results[i][k].Err)
			require.Equal(t, results[i%len(calls)][k].GasUsed, results[i][k].GasUsed)
			require.Equal(t, results[i%len(calls)][k].Output, results[i][k].Output)
		}
	}
}

// sameNetworks compares the network in memory with one built from storage.
func sameNetworks(t *testing.T, warm, cold *Rules, chain *contracttest.Chain) {
	t.Helper()
	ctx := chain.Open(warm)
	h, err := warm.session(ctx, 1)
	require.NoError(t, err)
	kept := warm.networks.get(1, h.Fingerprint, 0)
	require.NotNil(t, kept)
	built, units, err := cold.load(ctx, ctx, 1, &h)
	require.NoError(t, err)
	want, err := built.network.Export()
	require.NoError(t, err)
	got, err := kept.network.Export()
	require.NoError(t, err)
	require.Equal(t, want, got)
	for g := range built.groups {
		require.Equal(t, built.groups[g].group, kept.groups[g].group)
		require.Equal(t, fmt.Sprint(built.groups[g].list), fmt.Sprint(kept.groups[g].list))
		require.Equal(t, fmt.Sprint(built.groups[g].places), fmt.Sprint(kept.groups[g].places))
	}
	require.Equal(t, fmt.Sprint(built.supports), fmt.Sprint(kept.supports))
	require.Equal(t, built.entries(), kept.entries())
	require.EqualValues(t, h.Entries, kept.entries())
	require.LessOrEqual(t, units, uint64(h.Work), "what the head says bounds the work of loading")
}

// A call that was reverted, ran out of gas, or happened on another branch leaves
// no trace in what the next one does.
func TestBranches(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	_, other, _ := opened(t, riskRules)
	w := walker{t: t, rand: rand.New(rand.NewPCG(9, 9))}
	for range 80 {
		before := chain.DB.Copy()
		chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: w.data(r, chain)}) // to be forgotten
		chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: w.data(r, chain), Gas: uint64(w.rand.IntN(200_000))})
		chain.DB = before.Copy()
		call := contracttest.Call{From: alice, To: r.Address(), Data: w.data(r, chain)}
		chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: call.Data, Gas: uint64(w.rand.IntN(150_000))})
		if chain.DB.IntermediateRoot(true) != other.DB.IntermediateRoot(true) {
			chain.DB = before // the small gas was enough
		}
		want, got := other.Do(call), chain.Do(call)
		require.Equal(t, want.Output, got.Output)
		require.Equal(t, want.GasUsed, got.GasUsed)
		require.Equal(t, other.DB.IntermediateRoot(true), chain.DB.IntermediateRoot(true))
	}
}
