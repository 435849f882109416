package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

func TestProbe(t *testing.T) {
	var wide strings.Builder
	wide.WriteString("template A\n x: int\n y: int\nend\ntemplate B\n y: int\nend\n")
	for i := range 150 {
		fmt.Fprintf(&wide, "rule \"r%d\" when B($y : y) A(x > %d, y == $y) then emit \"e\" (y = $y) end\n", i, i)
	}
	r, chain, _ := opened(t, wide.String())
	used := uint64(0)
	for i := 0; i < 4000; i += 100 {
		facts := make([][]byte, 100)
		for k := range facts {
			facts[k] = packFact(t, 0, 1000, i+k)
		}
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Gas: 400_000_000, Data: chain.Pack(r, "insertMany", uint64(1), facts)})
		if result.Err != nil {
			fmt.Println(i, chain.Reason(r, result))
			break
		}
		used += result.GasUsed
	}
	h, err := r.session(chain.Open(r), 1)
	require.NoError(t, err)
	l := r.networks.get(1, h.Fingerprint, 0)
	fmt.Printf("gas %d entries %d work %d loaded %d bytes %d\n", used, h.Entries, h.Work, h.Loaded, l.bytes())
	for range 3 {
		start := time.Now()
		result := chain.Do(contracttest.Call{From: alice, To: r.Address(), Data: chain.Pack(r, "fire", uint64(1), uint64(0))})
		fmt.Println(time.Since(start), result.GasUsed, float64(time.Since(start).Nanoseconds())/float64(result.GasUsed))
	}
}
