package rules

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// full is a chain whose session holds n orders of n/10 buyers, fired.
func full(t testing.TB, n int) (*Rules, *contracttest.Chain, common.Hash) {
	r, chain, set := opened(t, riskRules)
	for i := 0; i < n; i += 250 {
		facts := make([][]byte, 250)
		for k := range facts {
			facts[k] = placed(t, i+k, fmt.Sprint("0x00000000000000000000000000000000000", (i+k)%(n/10)), (i+k)%700)
		}
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 400_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
		require.NoError(t, result.Err, chain.Reason(r, result))
	}
	for fired := uint64(1); fired > 0; {
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 400_000_000, Data: chain.Pack(r, "fire", uint64(1), uint64(0))})
		require.NoError(t, result.Err, chain.Reason(r, result))
		fired = uint64(result.Output[63])
	}
	return r, chain, set
}

// BenchmarkSession says what a call of a session with 10,000 facts costs and
// takes: with its network in memory, on a node that has dropped it, and when
// it is not resident.
func BenchmarkSession(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		r, chain, _ := full(b, n)
		info, err := r.sessionOf(chain.Open(r), 1)
		require.NoError(b, err)
		h, err := r.session(chain.Open(r), 1)
		require.NoError(b, err)
		fmt.Printf("%d facts: %d entries, %d units to load, %d bytes in memory\n", info.Facts, info.Entries, h.Work, r.networks.get(1, h.Fingerprint, 0).bytes())
		state := chain.DB.Copy()
		call := func(method string, inputs ...any) func(*testing.B) uint64 {
			data := chain.Pack(r, method, inputs...)
			return func(b *testing.B) uint64 {
				b.StopTimer()
				chain.DB = state.Copy()
				b.StartTimer()
				return chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: data}).GasUsed
			}
		}
		insert := call("insert", uint64(1), placed(b, 1, "0x000000000000000000000000000000000007", 450))
		for name, do := range map[string]func(*testing.B) uint64{"insert": insert, "fire": call("fire", uint64(1), uint64(0))} {
			b.Run(fmt.Sprintf("facts %d/%s", n, name), func(b *testing.B) {
				measure(b, func() uint64 { return do(b) })
				b.ReportMetric(float64(info.Entries), "entries")
			})
		}
		b.Run(fmt.Sprintf("facts %d/insert, dropped", n), func(b *testing.B) {
			measure(b, func() uint64 {
				r.networks = newNetworks()
				return insert(b)
			})
		})
		reg := r.store.Registry.Get(chain.Open(r))
		reg.Epoch += 2
		chain.DB = state
		r.store.Registry.Set(chain.Open(r), reg)
		chain.DB.Finalise(true)
		b.Run(fmt.Sprintf("facts %d/insert, not resident", n), func(b *testing.B) { measure(b, func() uint64 { return insert(b) }) })
	}
}

// BenchmarkRun says what the engine's work takes for the gas it costs.
func BenchmarkRun(b *testing.B) {
	r, chain, set := opened(b, riskRules)
	orders := make([][]byte, 200)
	for i := range orders {
		orders[i] = placed(b, i, fmt.Sprint("buyer", i%20), 10*i)
	}
	chained := chain.Must(alice, r, nil, "deploy", ruleSet(b, strings.Replace(chainRules, "1000000", "5000", 1)))[0].(common.Hash)
	for name, data := range map[string][]byte{
		"200 orders":   chain.Pack(r, "run", set, orders),
		"5000 firings": chain.Pack(r, "run", chained, [][]byte{packFact(b, 0, 1)}),
	} {
		b.Run(name, func(b *testing.B) {
			measure(b, func() uint64 {
				result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: data})
				require.NoError(b, result.Err)
				return result.GasUsed
			})
		})
	}
}

// BenchmarkPrepareRuleSet says what verifying a rule set and making its network
// takes for each gas that it costs.
func BenchmarkPrepareRuleSet(b *testing.B) {
	var wide strings.Builder
	wide.WriteString("template A\n x: int\n y: string\nend\n")
	for i := range 300 {
		fmt.Fprintf(&wide, "rule \"r%d\" when A(x == %d, $y : y) not A(x > %d, y == $y) then emit \"e\" (y = $y) end\n", i, i, i)
	}
	waltz, err := os.ReadFile("engine/rete/testdata/waltz.rules")
	require.NoError(b, err)
	for name, source := range map[string]string{"risk": riskRules, "wide": wide.String(), "waltz": string(waltz)} {
		content := ruleSet(b, source)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rete.LoadBinary(content); err != nil {
					b.Fatal(err)
				}
			}
			nanos := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(nanos/float64(len(content)), "ns/byte")
			b.ReportMetric(nanos/float64(preparationGas(content)), "ns/gas")
			b.ReportMetric(float64(len(content)), "bytes")
		})
	}
}
