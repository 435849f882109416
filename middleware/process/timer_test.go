package process_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// timed is a task of an hour, after which pay is due to be paid.
func timed(pay string) string {
	return source(chainOf("p", []string{"task"}, user("task", "worker"),
		`<boundaryEvent id="late" attachedToRef="task"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></boundaryEvent>`,
		element("scriptTask", "out", `<script>1</script>`, `<cm:script result="x"/>`, fmt.Sprintf(`<cm:pay to="=worker" amount="=%s"/>`, pay)),
		flow("g1", "late", "out"), flow("g2", "out", "over"), `<endEvent id="over"/>`))
}

const enough = 100_000_000 // of a deposit, at a base fee of 10 wei

func TestTimerWithoutDepositIsAnIncident(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(timed("1"))
	id := w.start(model, begin{from: buyer, roles: roles("worker", seller), value: 5, deposit: 1000})
	poor := w.start(model, begin{from: buyer, roles: roles("worker", seller), value: 5})
	good := w.start(model, begin{from: buyer, roles: roles("worker", seller), value: 5, deposit: enough})
	require.Equal(t, 3, w.pass(3600), "one that cannot pay does not stop the others")
	require.Equal(t, uint8(1), w.instance(good).Status)
	for _, each := range []uint64{id, poor} {
		v := w.instance(each)
		require.True(t, v.TimersStopped)
		require.Zero(t, v.NextTimer)
		require.Zero(t, v.DepositWei.Uint64(), "looking at it took what there was")
	}
	require.Zero(t, w.pass(1_000_000))
	w.Fails(stranger, w.p, nil, "NotAllowed", "retry", id, uint32(0), []byte{})
	w.Must(seller, w.p, nil, "retry", id, uint32(0), []byte{})
	require.Equal(t, uint8(1), w.instance(id).Status, "the caller paid")
	require.Zero(t, w.balance(at))
}

func TestTimerStepThatFailsIsAnIncident(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(timed("100"))
	id := w.start(model, begin{from: buyer, roles: roles("worker", seller), value: 5, deposit: enough})
	require.Equal(t, 1, w.pass(3600))
	v := w.instance(id)
	require.True(t, v.TimersStopped)
	require.Less(t, v.DepositWei.Uint64(), uint64(enough))
	require.Equal(t, v.DepositWei.Uint64(), w.balance(at), "the deposit and what backs it")
	require.Equal(t, uint64(enough), w.balance(at)+w.balance(collector))
	require.Len(t, w.tasks(id), 1, "nothing else has happened")
	w.Fails(seller, w.p, nil, "NotCovered", "retry", id, uint32(0), []byte{})
	w.Must(stranger, w.p, wei(95), "fund", id)
	w.Must(seller, w.p, nil, "retry", id, uint32(0), []byte{})
	require.Equal(t, uint8(1), w.instance(id).Status)
	require.Equal(t, uint64(1e18)+100, w.balance(seller))
}

func TestTopUpLetsTimersFire(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.deploy(timed("1")), begin{from: buyer, roles: roles("worker", seller), value: 5})
	w.Must(stranger, w.p, wei(enough), "topUp", id)
	require.Equal(t, 1, w.pass(3600))
	require.Equal(t, uint8(1), w.instance(id).Status)
	require.Equal(t, uint64(1e18)-1+enough-w.balance(collector), w.balance(buyer), "what is left goes to the starter")
}

func TestCycleFiresAgainAndAgain(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"task"}, user("task", ""),
		`<boundaryEvent id="tick" cancelActivity="false" attachedToRef="task"><timerEventDefinition><timeCycle xsi:type="tFormalExpression">R100/PT1M</timeCycle></timerEventDefinition></boundaryEvent>`,
		element("scriptTask", "count", `<script>n + 1</script>`, `<cm:script result="n"/>`), flow("g1", "tick", "count"), flow("g2", "count", "over"), `<endEvent id="over"/>`)))
	id := w.start(model, begin{from: buyer, variables: `{n: 0}`, deposit: 10 * enough})
	require.Equal(t, 1, w.pass(60))
	require.Equal(t, "1", w.value(id, "n"))
	require.Equal(t, 4, w.pass(99*60), "so many fire in one step, the others in the next ones")
	require.Equal(t, "100", w.value(id, "n"))
	require.Zero(t, w.pass(3600))
	w.complete(buyer, id, 0, "")
	require.Zero(t, w.balance(at))
}

func TestOnlyTheChainRunsTimers(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.deploy(timed("1")), begin{from: buyer, roles: roles("worker", seller), value: 5, deposit: enough})
	w.Advance(1, 3600)
	w.Fails(buyer, w.p, nil, "called by the chain itself", "run", id)
	w.Fails(buyer, w.p, nil, "NotItself", "step", id, uint8(0), uint32(0), "", []byte{})
	w.Fails(system, w.p, nil, "NotDue", "run", id+1)
}

// TestDueTimersDrain lets many timers come due at once and takes no more of them
// in a block than fit in its budget. PROCESS_TIMERS=100000 takes longer.
func TestDueTimersDrain(t *testing.T) {
	many := number(t, "PROCESS_TIMERS", 2_000)
	const budget = 70_000_000 // of blocks of 500,000,000 gas, less what their begin may take
	w := newWorld(t)
	w.Fund(buyer, wei(1e18))
	model := w.deploy(timed("1"))
	data := w.Pack(w.p, "start", w.inputs(model, begin{roles: roles("worker", seller), deposit: enough})...)
	for range many {
		result := w.Do(contracttest.Call{From: buyer, To: at, Value: wei(enough + 1), Data: data})
		require.NoError(t, result.Err, w.Reason(w.p, result))
	}
	w.Advance(1, 3600)
	blocks, fired, most := 0, 0, uint64(0)
	for fired < many {
		blocks++
		for left := uint64(budget); ; {
			data, gas, due := w.p.Due(w.Open(w.p).View())
			if !due || gas > left {
				break
			}
			result := w.Do(contracttest.Call{From: system, To: at, Data: data, Gas: gas})
			require.NoError(t, result.Err)
			left -= result.GasUsed + 21_000
			most = max(most, result.GasUsed)
			fired++
		}
		w.Advance(1, 1)
	}
	t.Logf("%d timers in %d blocks; the dearest took %d gas", fired, blocks, most)
	require.Zero(t, w.work())
	require.Zero(t, w.balance(at))
	require.Equal(t, uint64(many), contracttest.View[uint64](w.Chain, w.p, "counts"))
}

// An instance whose record is too large for the chain's gas cannot hold up the
// others.
func TestLargeInstanceDoesNotHoldUpOthers(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(message("m", "order", "=k"), chainOf("p", []string{"get"},
		`<receiveTask id="get" messageRef="m"><multiInstanceLoopCharacteristics isSequential="false"><loopCardinality xsi:type="tFormalExpression">100</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>`,
		`<boundaryEvent id="late" attachedToRef="get"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></boundaryEvent>`,
		flow("g1", "late", "over"), `<endEvent id="over"/>`)))
	large := w.start(model, begin{from: buyer, variables: fmt.Sprintf(`{k: %q}`, strings.Repeat("k", 250)), deposit: enough})
	small := w.start(w.deploy(timed("1")), begin{from: buyer, roles: roles("worker", seller), value: 1, deposit: enough})
	require.Equal(t, 2, w.pass(3600))
	require.True(t, w.instance(large).TimersStopped)
	require.Equal(t, uint8(1), w.instance(small).Status)
	require.Equal(t, w.instance(large).DepositWei.Uint64(), w.balance(at))
	w.Must(buyer, w.p, nil, "retry", large, uint32(0), []byte{})
	require.Equal(t, uint8(1), w.instance(large).Status)
	require.Zero(t, w.balance(at))
}
