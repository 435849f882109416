package rules

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

func TestEpochs(t *testing.T) {
	var g registry
	sessions := make([]head, 5)
	for i := range sessions {
		sessions[i].Entries = 240_000
		require.False(t, g.resident(&sessions[i]))
		g.use(&sessions[i], 0)
	}
	require.Equal(t, []bool{false, false, true, true, true}, each(&g, sessions), "an epoch has room for two: %+v", g)
	g.use(&sessions[1], 240_000)
	require.Equal(t, []bool{false, true, true, true, true}, each(&g, sessions), "%+v", g)
	g.use(&sessions[0], 240_000)
	require.Equal(t, []bool{true, true, false, false, true}, each(&g, sessions), "%+v", g)
	g.use(&sessions[1], 240_000)
	before := g
	g.use(&sessions[1], 240_000)
	require.Equal(t, before, g, "used again in the same epoch")
	sessions[1].Entries += 5 * weightStep
	g.use(&sessions[1], 240_000)
	require.Equal(t, before.Resident+5*weightStep, g.Resident)
	sessions[1].Work = sessions[1].Loaded + maxGrowth + 1
	require.False(t, g.resident(&sessions[1]), "its work has to be measured anew")
}

func each(g *registry, sessions []head) (list []bool) {
	for i := range sessions {
		list = append(list, g.resident(&sessions[i]))
	}
	return list
}

// Whatever sessions hold, those of two epochs are not more than twice an epoch's
// entries and one session.
func TestResidentSessionsFit(t *testing.T) {
	var g registry
	sessions := make([]head, 40)
	for i := range 2_000 {
		h := &sessions[i*i%len(sessions)]
		entries := h.Entries
		h.Entries = uint32((i * 7919) % maxEntries)
		g.use(h, entries)
		total := uint64(0)
		for k := range sessions {
			if g.resident(&sessions[k]) {
				total += uint64(sessions[k].Entries)
			}
		}
		require.LessOrEqual(t, total, uint64(2*epochEntries+maxEntries), "step %d", i)
	}
}

// A session that is not resident is loaded for gas, with the same result on a
// node that has it in memory and on one that has not.
func TestLoadingIsPaid(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	for i := range 10 {
		chain.Must(alice, r, nil, "insertMany", uint64(1), [][]byte{placed(t, 2*i, "ann", 600), placed(t, 2*i+1, fmt.Sprint(i), 400)})
	}
	insert := func() contracttest.Result {
		result := chain.Try(alice, r, nil, "insert", uint64(1), placed(t, 100, "ann", 600))
		require.NoError(t, result.Err, chain.Reason(r, result))
		return result
	}
	before := chain.DB.Copy()
	resident := insert()
	ctx := func() { // the session has not been used for two epochs
		chain.DB = before.Copy()
		reg := r.store.Registry.Get(chain.Open(r))
		reg.Epoch += 2
		r.store.Registry.Set(chain.Open(r), reg)
		chain.DB.Finalise(true)
	}
	ctx()
	info, err := r.sessionOf(chain.Open(r), 1)
	require.NoError(t, err)
	warm := insert()
	ctx()
	r.networks = newNetworks()
	cold := insert()
	require.Equal(t, warm.GasUsed, cold.GasUsed)
	require.Equal(t, warm.Output, cold.Output)
	loading := warm.GasUsed - resident.GasUsed
	require.Greater(t, loading, uint64(5_000))
	require.Less(t, loading, info.LoadGas+uint64(ruleSetGas*len(ruleSet(t, riskRules)))+20_000)
	after := chain.DB.Copy()
	again := insert()
	chain.DB = after
	reg := r.store.Registry.Get(chain.Open(r))
	reg.Epoch++
	r.store.Registry.Set(chain.Open(r), reg)
	chain.DB.Finalise(true)
	h, err := r.session(chain.Open(r), 1)
	require.NoError(t, err)
	require.Greater(t, insert().GasUsed, again.GasUsed+keepGas*uint64(h.Entries)-1, "the first use in an epoch")
	require.Less(t, again.GasUsed, warm.GasUsed-loading/2, "now it is resident")
}

func TestNetworksAreBounded(t *testing.T) {
	r, chain, _ := opened(t, riskRules)
	chain.Must(alice, r, nil, "insert", uint64(1), placed(t, 1, "ann", 600))
	h, err := r.session(chain.Open(r), 1)
	require.NoError(t, err)
	kept := r.networks.get(1, h.Fingerprint, 7)
	require.NotNil(t, kept)
	require.Nil(t, r.networks.get(1, fingerprint{}, 7))
	for i := range 50 {
		r.networks.put(1, fingerprint{1, byte(i)}, kept)
	}
	v := r.networks.byID[1].Value.(*versions)
	require.Len(t, v.list, maxVersions)
	require.NotNil(t, r.networks.get(1, h.Fingerprint, 7), "the one with which the block began stays")
	bytes := 0
	for i := range v.list {
		bytes += v.list[i].bytes
	}
	require.Equal(t, bytes, r.networks.bytes)
	others := networkBytes - bytes + 2*kept.bytes() // as if others took it
	r.networks.bytes += others
	r.networks.put(2, fingerprint{2}, kept)
	require.Len(t, v.list, 1, "only the one with which the block began and the last used, here the same")
	require.NotNil(t, r.networks.get(1, h.Fingerprint, 6))
	require.NotNil(t, r.networks.get(2, fingerprint{2}, 7))
	r.networks.bytes += networkBytes
	r.networks.put(2, fingerprint{3}, kept)
	require.Nil(t, r.networks.get(1, h.Fingerprint, 7))
	require.NotNil(t, r.networks.get(2, fingerprint{3}, 7), "the last used stays")
}

// Facts at the limit go in, one more does not.
func TestMostFacts(t *testing.T) {
	r, chain, _ := opened(t, "template A\n x: int\nend\n")
	batch := make([][]byte, 512)
	for i := range batch {
		batch[i] = packFact(t, 0, i)
	}
	many := func(facts [][]byte) contracttest.Result {
		return chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 100_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
	}
	for range maxFacts/len(batch) - 1 {
		result := many(batch)
		require.NoError(t, result.Err, chain.Reason(r, result))
	}
	require.Contains(t, chain.Reason(r, many(append(batch, packFact(t, 0, 1)))), "SessionFull[1]")
	require.NoError(t, many(batch).Err)
	require.Contains(t, chain.Reason(r, many([][]byte{packFact(t, 0, 1)})), "SessionFull[1]")
	chain.Must(alice, r, nil, "retract", uint64(1), uint64(5))
	require.NoError(t, many([][]byte{packFact(t, 0, 1)}).Err)
}

// Partial matches at the limit are kept, one more is refused.
func TestMostEntries(t *testing.T) {
	// n facts of A and m of B make n·m matches of the rule.
	r, chain, _ := opened(t, "template A\n x: int\nend\ntemplate B\n x: int\nend\nrule \"all\" when A() B() then end\n")
	facts := func(template, n int) (list [][]byte) {
		for i := range n {
			list = append(list, packFact(t, template, i))
		}
		return list
	}
	try := func(facts [][]byte) contracttest.Result {
		return chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 400_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
	}
	entries := func() uint64 {
		info, err := r.sessionOf(chain.Open(r), 1)
		require.NoError(t, err)
		return info.Entries
	}
	require.NoError(t, try(facts(0, 100)).Err)
	for entries() < maxEntries-4_000 {
		result := try(facts(1, 10))
		require.NoError(t, result.Err, chain.Reason(r, result))
	}
	perB := uint64(0)
	for {
		before := entries()
		result := try(facts(1, 1))
		if result.Err != nil {
			require.Contains(t, chain.Reason(r, result), "SessionFull[1]")
			require.Greater(t, before+perB, uint64(maxEntries))
			require.LessOrEqual(t, before, uint64(maxEntries))
			return
		}
		perB = entries() - before
	}
}

// The work to build a session's network is limited too.
func TestMostWork(t *testing.T) {
	r, chain, _ := opened(t, `
template A
 x: int
end
template B
 x: int
end
rule "never" when A($x : x) B(x > $x, mod(x * $x, 7) == 9) then end`)
	var result contracttest.Result
	for i := 0; result.Err == nil && i < 200; i++ {
		facts := make([][]byte, 100)
		for k := range facts {
			facts[k] = packFact(t, i%2, 100*i+k)
		}
		result = chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 100_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
	}
	require.Contains(t, chain.Reason(r, result), "SessionFull[1]")
	h, err := r.session(chain.Open(r), 1)
	require.NoError(t, err)
	require.LessOrEqual(t, h.Work, uint32(mostWork))
	require.Greater(t, h.Loaded, uint32(maxWork-maxGrowth))
	ctx := chain.Open(r)
	_, units, err := r.load(ctx, ctx, 1, &h)
	require.NoError(t, err)
	require.LessOrEqual(t, units, uint64(h.Work))
}

// Whatever comes in as a fact is refused or kept, and what is kept reads as a
// fact that is the same.
func FuzzFact(f *testing.F) {
	r, chain, set := opened(f, riskRules)
	f.Add(placed(f, 1, "ann", 5))
	f.Add(packFact(f, 1, "ann"))
	f.Add(packFact(f, 2, "ann", nil))
	f.Fuzz(func(t *testing.T, fact []byte) {
		chain.T = t
		before := chain.DB.Copy()
		inserted := chain.Try(alice, r, nil, "insert", uint64(1), fact)
		ran := chain.Try(alice, r, nil, "run", set, [][]byte{fact})
		if inserted.Err != nil {
			require.Contains(t, chain.Reason(r, inserted), "BadFact[0]")
			require.Contains(t, chain.Reason(r, ran), "BadFact[0]")
			return
		}
		require.NoError(t, ran.Err)
		kept, err := r.factOf(chain.Open(r), 1, 1)
		require.NoError(t, err)
		canonical := append([]byte{0, byte(kept.Template)}, kept.Slots...)
		chain.DB = before.Copy()
		chain.Must(alice, r, nil, "insert", uint64(1), canonical)
		again, err := r.factOf(chain.Open(r), 1, 1)
		require.NoError(t, err)
		require.Equal(t, kept, again)
		chain.DB = before
	})
}
