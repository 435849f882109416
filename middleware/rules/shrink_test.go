package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// bytesPerEntry bounds what a call copies for each entry that it pays for;
// smallNetwork is what it copies for its own price.
const (
	bytesPerEntry = 300
	smallNetwork  = 2 << 20
)

func copied(t *testing.T, r *Rules, chain *contracttest.Chain) (bytes int, h head) {
	h, err := r.session(chain.Open(r), 1)
	require.NoError(t, err)
	return r.networks.get(1, h.Fingerprint, 0).bytes(), h
}

// What a network takes besides facts and matches is among its entries: places in
// the indexes of many patterns, symbols, the heads of nodes that share an index.
func TestEntriesFollowMemory(t *testing.T) {
	var patterns, shared, slots strings.Builder
	patterns.WriteString("template A\n x: int\n y: int\nend\ntemplate B\n y: int\nend\n")
	shared.WriteString(patterns.String())
	slots.WriteString("template A\n")
	for i := range 150 {
		fmt.Fprintf(&patterns, "rule \"r%d\" when B($y : y) A(x > %d, y == $y) then emit \"e\" (y = $y) end\n", i, i)
		fmt.Fprintf(&shared, "rule \"r%d\" when B($y : y, y > %d) A(y == $y) then emit \"e\" (y = $y) end\n", i, i)
	}
	for i := range 100 {
		fmt.Fprintf(&slots, " s%d: string\n", i)
	}
	slots.WriteString("end\n")
	texts := func(i int) (values []any) {
		for k := range 100 {
			values = append(values, fmt.Sprint(i, ".", k))
		}
		return values
	}
	for name, test := range map[string]struct {
		source string
		values func(i int) []any
	}{
		"patterns": {patterns.String(), func(i int) []any { return []any{1000, i} }},
		"shared":   {shared.String(), func(i int) []any { return []any{1000, i} }},
		"slots":    {slots.String(), texts},
	} {
		t.Run(name, func(t *testing.T) {
			r, chain, _ := opened(t, test.source)
			for i := 0; i < 600; i += 50 {
				facts := make([][]byte, 50)
				for k := range facts {
					facts[k] = packFact(t, 0, test.values(i+k)...)
				}
				result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 400_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
				require.NoError(t, result.Err, chain.Reason(r, result))
			}
			bytes, h := copied(t, r, chain)
			require.LessOrEqual(t, bytes, smallNetwork+bytesPerEntry*int(h.Entries))
		})
	}
}

// A network that once held much and holds little is built anew, so that no call
// copies what it does not pay for.
func TestShrunkNetwork(t *testing.T) {
	r, chain, _ := opened(t, `
template A
 x: int
end
template Swell
 x: int
end
rule "meet" when Swell() A() A() then end
rule "calm" salience 10 when $s : Swell() then retract $s end`)
	facts := make([][]byte, 300)
	for k := range facts {
		facts[k] = packFact(t, 0, k)
	}
	do := func(method string, inputs ...any) {
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 400_000_000, Data: chain.Pack(r, method, inputs...)})
		require.NoError(t, result.Err, chain.Reason(r, result))
	}
	do("insertMany", uint64(1), facts)
	do("insert", uint64(1), packFact(t, 1, 0))
	full, h := copied(t, r, chain)
	require.Greater(t, h.Entries, uint32(90_000))
	do("fire", uint64(1), uint64(0))
	_, h = copied(t, r, chain)
	require.Less(t, h.Entries, uint32(5_000))
	reg := r.store.Registry.Get(chain.Open(r))
	require.False(t, reg.resident(&h), "the next call loads it")
	exported := r.Export(chain.Open(r))
	begun := New(common.Address(r.Address()))
	other := contracttest.New(t, begun)
	require.NoError(t, begun.Begin(other.Open(begun), exported))
	require.Equal(t, exported, begun.Export(other.Open(begun)))
	do("fire", uint64(1), uint64(0))
	bytes, h := copied(t, r, chain)
	require.Less(t, bytes, full/10)
	reg = r.store.Registry.Get(chain.Open(r))
	require.True(t, reg.resident(&h))
}
