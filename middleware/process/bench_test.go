package process_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// oneTask is a process of one task of who started it.
func oneTask() string { return source(chainOf("p", []string{"task"}, user("task", ""))) }

func account(n int) common.Address {
	return common.BytesToAddress([]byte{0xac, byte(n >> 16), byte(n >> 8), byte(n)})
}

// BenchmarkOneTask starts an instance and completes its task: two transactions,
// of one account in a thousand each time.
func BenchmarkOneTask(b *testing.B) {
	w := newWorld(b)
	model := w.deploy(oneTask())
	inputs := w.inputs(model, begin{})
	data := w.Pack(w.p, "start", inputs...)
	var gas [2]uint64
	n := 0
	for b.Loop() {
		from := account(n % 1000)
		n++
		started := w.Do(contracttest.Call{From: from, To: at, Data: data})
		done := w.Do(contracttest.Call{From: from, To: at, Data: w.Pack(w.p, "complete", uint64(n), uint32(3), []byte{})})
		if started.Err != nil || done.Err != nil {
			b.Fatal(started.Err, w.Reason(w.p, done))
		}
		gas = [2]uint64{started.GasUsed, done.GasUsed}
	}
	b.ReportMetric(float64(gas[0]), "start-gas")
	b.ReportMetric(float64(gas[1]), "complete-gas")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "instances/s")
}

// TestCompletingCostsTheSameWithManyWaiting compares the gas of starting and
// completing one instance while few and many others wait, most of one account.
// PROCESS_WAITING=1000000 takes longer.
func TestCompletingCostsTheSameWithManyWaiting(t *testing.T) {
	most := number(t, "PROCESS_WAITING", 100_000)
	w := newWorld(t)
	model := w.deploy(oneTask())
	data := w.Pack(w.p, "start", w.inputs(model, begin{})...)
	started := 0
	begin := func(from common.Address) uint64 {
		result := w.Do(contracttest.Call{From: from, To: at, Data: data})
		require.NoError(t, result.Err)
		started++
		return result.GasUsed
	}
	complete := func(id int) uint64 {
		result := w.Do(contracttest.Call{From: seller, To: at, Data: w.Pack(w.p, "complete", uint64(id), uint32(3), []byte{})})
		require.NoError(t, result.Err, w.Reason(w.p, result))
		return result.GasUsed
	}
	var gas [][2]uint64
	for _, waiting := range []int{most / 100, most / 10, most} {
		for started < waiting {
			begin(seller)
		}
		start := begin(seller)
		gas = append(gas, [2]uint64{start, complete(started - waiting/2)})
		t.Logf("%7d waiting: start %d gas, complete %d gas", waiting, gas[len(gas)-1][0], gas[len(gas)-1][1])
	}
	last := gas[len(gas)-1]
	require.InDelta(t, gas[0][0], last[0], 50_000, "start") // a branch of the tree is new now and then
	require.InDelta(t, gas[0][1], last[1], 10_000, "complete")
}

// BenchmarkOneOfMany completes one of 500 tasks of an instance, again and again
// on the same state.
func BenchmarkOneOfMany(b *testing.B) {
	w := newWorld(b)
	model := w.deploy(source(chainOf("p", []string{"task"}, `<userTask id="task"><multiInstanceLoopCharacteristics isSequential="false"><loopCardinality xsi:type="tFormalExpression">500</loopCardinality></multiInstanceLoopCharacteristics></userTask>`)))
	id := w.start(model, begin{from: buyer})
	data := w.Pack(w.p, "complete", id, w.tasks(id)[250].Token, []byte{})
	before := w.DB.Copy()
	var gas uint64
	for b.Loop() {
		b.StopTimer()
		w.DB = before.Copy()
		b.StartTimer()
		result := w.Do(contracttest.Call{From: buyer, To: at, Data: data})
		if result.Err != nil {
			b.Fatal(w.Reason(w.p, result))
		}
		gas = result.GasUsed
	}
	b.ReportMetric(float64(gas), "gas")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(gas), "ns/gas")
}
