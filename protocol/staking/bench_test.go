package staking

import (
	"fmt"
	"math/big"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// crowd is a chain with a number of delegations. The state is written out from
// time to time, so that a million fit into memory.
func crowd(t testing.TB, delegations int) *world {
	w := newWorld(t, 24, func(g *Genesis) {
		for i := range g.Candidates {
			g.Candidates[i].SelfStakeWei = cmt(1_000_000)
		}
	})
	for i := range delegations {
		l := w.s.open(w.Open(w.s))
		w.DB.AddBalance(stakingAddress, cmt(2), 0)
		who := common.BigToAddress(big.NewInt(0xd0000000 + int64(i)))
		require.NoError(t, l.foundDelegation(1+uint64(i%24), who, Kind(i/24%2), cmt(2)))
		if i%10_000 == 9_999 {
			w.fresh()
		}
	}
	w.DB.Finalise(true)
	return w
}

// TestBlockCostDoesNotGrow: with 2 and with 2,000 delegations a block, the one
// at the epoch's end included, takes the same gas.
func TestBlockCostDoesNotGrow(t *testing.T) {
	cost := func(delegations int) (quiet, epoch uint64) {
		w := crowd(t, delegations)
		w.epoch()
		return w.block(nil).GasUsed, w.epoch().GasUsed
	}
	quiet, epoch := cost(48)
	quietCrowd, epochCrowd := cost(2_400)
	require.Equal(t, quiet, quietCrowd)
	require.InDelta(t, float64(epoch), float64(epochCrowd), float64(epoch)/20)
	t.Logf("a quiet block %d gas, an epoch's last %d", quiet, epoch)
}

// BenchmarkBlock is the cost of a block by the number of delegations: an
// ordinary one, and the last of an epoch.
func BenchmarkBlock(b *testing.B) {
	for _, delegations := range []int{1, 1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("delegations=%d", delegations), func(b *testing.B) {
			w := crowd(b, delegations)
			w.fresh()
			for _, kind := range []string{"quiet", "epoch"} {
				b.Run(kind, func(b *testing.B) { benchmarkBlock(b, w, kind == "epoch") })
			}
		})
	}
}

// benchmarkBlock reports the median too, which other work on the machine hardly
// changes. Garbage is not collected meanwhile: the database lies in memory here,
// and would be walked each time.
func benchmarkBlock(b *testing.B, w *world, last bool) {
	var (
		gas   uint64
		times []time.Duration
	)
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for b.Loop() {
		w.Advance(1, 1)
		if last {
			w.Number += 120 - w.Number%120
		} else if w.Number%120 == 0 {
			w.Number++
		}
		data := w.Pack(w.s, "beginBlock", w.Time*1e9, common.Address{}, []common.Address{}, []Evidence{})
		began := time.Now()
		result := w.Do(contracttest.Call{From: params.SystemAddress, To: stakingAddress, Data: data})
		require.NoError(b, result.Err)
		times = append(times, time.Since(began))
		gas = result.GasUsed
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "median-ns/block")
	b.ReportMetric(float64(gas), "gas/block")
}
