package process_test

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// Anyone can give an instance tokens. Those that use up the gas when they are
// asked for the balance must not keep a deadline from ending it.
func TestHostileTokensDoNotHoldUpTheEnd(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.deploy(timed("1")), begin{from: buyer, roles: roles("worker", seller), value: 5, deposit: enough})
	for i := range 16 {
		asset := common.BigToAddress(wei(uint64(0x7100 + i)).ToBig())
		// balanceOf, of 36 bytes, burns everything; the others answer 1.
		w.Deploy(asset, common.FromHex("3660241460115760016000526020"+"6000f35bfe"))
		w.Must(stranger, w.p, nil, "fundToken", id, asset, wei(0))
	}
	require.Equal(t, 1, w.pass(3600))
	require.Equal(t, uint8(1), w.instance(id).Status)
	require.Equal(t, uint64(1e18)+1, w.balance(seller))
	require.Zero(t, w.balance(at))
}

// Who waits for a signal must not keep an instance's timer from throwing it.
func TestHostileReceiversDoNotHoldUpATimer(t *testing.T) {
	w := newWorld(t)
	// What they do next needs more gas than a receiver has, which uses up all of it.
	hostile := w.deploy(source(`<signal id="s" name="alarm"/>`, chainOf("p", []string{"catch", "buy"},
		element("intermediateCatchEvent", "catch", `<signalEventDefinition signalRef="s"/>`),
		call("buy", `function="quote(uint256)(uint256,string)"`, "=1"))))
	for range 8 {
		w.start(hostile, begin{from: stranger})
	}
	honest := w.listeners(1)[0]
	model := w.deploy(source(`<signal id="s" name="alarm"/>`, chainOf("p", []string{"sleep", "throw"},
		element("intermediateCatchEvent", "sleep", `<timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition>`),
		element("intermediateThrowEvent", "throw", `<signalEventDefinition signalRef="s"/>`))))
	id := w.start(model, begin{from: buyer, deposit: enough})
	require.Equal(t, 1, w.pass(3600))
	require.Equal(t, uint8(1), w.instance(id).Status)
	require.Equal(t, "task", w.tasks(honest)[0].ID, "no gas was left for it")
	require.Equal(t, true, w.Must(stranger, w.p, nil, "carry", uint64(1), uint32(100))[0])
	require.Equal(t, "after", w.tasks(honest)[0].ID)
}

// A period that a record has no room for is none: what was stored could not be
// loaded again, and no chain could begin with it.
func TestLongPeriodIsNoPeriod(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"task"}, user("task", ""),
		`<boundaryEvent id="late" attachedToRef="task"><timerEventDefinition><timeCycle xsi:type="tFormalExpression">=period</timeCycle></timerEventDefinition></boundaryEvent>`,
		flow("g1", "late", "over"), `<endEvent id="over"/>`)))
	for width, fits := range map[int]bool{10: true, 17: false} {
		period := fmt.Sprintf("P%0*dDT%0*dH%0*dM%0*dS", width, 1, width, 1, width, 1, width, 1)
		id := w.start(model, begin{from: buyer, variables: fmt.Sprintf(`{period: "R/%s"}`, period), roles: roles("administrator", arbiter)})
		if !fits {
			tokens, _ := w.state(id)
			require.Contains(t, tokens[0].Reason, "the timer gives no time")
		}
		w.Must(arbiter, w.p, nil, "cancel", id)
	}
}

// An activity can be repeated more often than one command has steps.
func TestLoopOfManyRepetitions(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"sub"}, `<subProcess id="sub"><standardLoopCharacteristics><loopCondition xsi:type="tFormalExpression">true</loopCondition></standardLoopCharacteristics>
<startEvent id="s"/><scriptTask id="add" scriptFormat="feel"><extensionElements><cm:script result="n"/></extensionElements><script>n + 1</script></scriptTask>
<exclusiveGateway id="split" default="i3"/><userTask id="task"/><endEvent id="e1"/><endEvent id="e2"/>`+
		flow("i1", "s", "add")+flow("i2", "add", "split")+flow("i3", "split", "e1")+
		`<sequenceFlow id="i4" sourceRef="split" targetRef="task"><conditionExpression xsi:type="tFormalExpression">modulo(n, 1000) = 0</conditionExpression></sequenceFlow>`+flow("i5", "task", "e2")+`</subProcess>`)))
	id := w.start(model, begin{from: buyer, variables: `{n: 0}`})
	for range 10 {
		w.complete(buyer, id, 0, "")
	}
	require.Equal(t, "11000", w.value(id, "n"))
	genesis := w.p.Export(w.Open(w.p).View())
	other := newWorld(t)
	require.NoError(t, contract.Run(other.Open(other.p), func(ctx *contract.Context) error { return other.p.Begin(ctx, genesis) }))
	require.Equal(t, "11000", other.value(id, "n"))
	require.Len(t, contracttest.View[[]process.Task](other.Chain, other.p, "tasksOf", id), 1)
}
