package process_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// A record of 32 KiB is stored; one more wait with a long key is refused.
func TestLimitOfARecord(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(message("m", "order", "=k"), chainOf("p", []string{"get"},
		`<receiveTask id="get" messageRef="m"><multiInstanceLoopCharacteristics isSequential="false"><loopCardinality xsi:type="tFormalExpression">n</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>`)))
	try := func(n int) contracttest.Result {
		variables := fmt.Sprintf(`{n: %d, k: %q}`, n, strings.Repeat("k", 250))
		return w.Do(contracttest.Call{From: buyer, To: at, Gas: 100_000_000, Data: w.Pack(w.p, "start", w.inputs(model, begin{variables: variables})...)})
	}
	most := 0
	for low, high := 50, 200; low < high; {
		n := (low + high) / 2
		result := try(n)
		if result.Err == nil {
			most, low = n, n+1
		} else {
			require.Contains(t, w.Reason(w.p, result), "TooLarge")
			high = n
		}
	}
	require.InDelta(t, 1<<15/280, most, 10, "messages with keys of 250 bytes")
	require.Contains(t, w.Reason(w.p, try(most+1)), "TooLarge")
}

func TestLimitOfRolesAndAssets(t *testing.T) {
	w := newWorld(t)
	with := func(n int) (common.Hash, []process.Role) {
		var steps, tasks []string
		var list []process.Role
		for i := range n {
			steps, tasks = append(steps, fmt.Sprintf("t%d", i)), append(tasks, user(fmt.Sprintf("t%d", i), fmt.Sprintf("r%d", i)))
			list = append(list, process.Role{Role: fmt.Sprintf("r%d", i), Account: account(i + 1)})
		}
		return w.deploy(source(chainOf("p", steps, tasks...))), list
	}
	model, list := with(64)
	id := w.start(model, begin{from: buyer, roles: append(list, roles("administrator", arbiter)...)})
	require.Len(t, contracttest.View[[]process.Role](w.Chain, w.p, "rolesOf", id), 65)
	model, list = with(65)
	w.Fails(buyer, w.p, nil, "TooLarge", "start", w.inputs(model, begin{roles: list})...)

	// Sixteen tokens; they need no code of their own to be remembered here.
	for i := range 17 {
		asset := common.BigToAddress(wei(uint64(0x7000 + i)).ToBig())
		w.Deploy(asset, []byte{0x60, 1, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3}) // answers 1 to everything
		result := w.Try(buyer, w.p, nil, "fundToken", id, asset, wei(1))
		require.Equal(t, i < 16, result.Err == nil, "%d: %s", i, w.Reason(w.p, result))
	}
}

// A process that never waits is refused, and leaves nothing.
func TestLimitOfSteps(t *testing.T) {
	w := newWorld(t)
	loop := source(chainOf("p", []string{"join", "task", "split"}, `<exclusiveGateway id="join"/><exclusiveGateway id="split" default="f3"/>`,
		element("scriptTask", "task", `<script>n + 1</script>`, `<cm:script result="n"/>`), flow("back", "split", "join")))
	until := func(n int) common.Hash {
		return w.deploy(replaceOnce(loop, `<sequenceFlow id="back" sourceRef="split" targetRef="join"/>`, fmt.Sprintf(
			`<sequenceFlow id="back" sourceRef="split" targetRef="join"><conditionExpression xsi:type="tFormalExpression">n &lt; %d</conditionExpression></sequenceFlow>`, n)))
	}
	w.start(until(2_400), begin{from: buyer, variables: `{n: 0}`})
	model := until(2_600)
	before := w.DB.IntermediateRoot(true)
	w.Fails(buyer, w.p, nil, "Endless", "start", w.inputs(model, begin{variables: `{n: 0}`})...)
	require.Equal(t, before, w.DB.IntermediateRoot(true))
}

func TestLimitOfNamesReasonsAndPages(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(oneTask())
	w.Must(seller, w.p, nil, "publish", strings.Repeat("a", 64), model)
	w.Fails(seller, w.p, nil, "BadName", "publish", strings.Repeat("a", 65), model)
	id := w.start(w.deploy(packing()), begin{from: buyer, roles: roles("worker", seller)})
	token := w.tasks(id)[0].Token
	w.Fails(seller, w.p, nil, "BadVariable", "failJob", id, token, strings.Repeat("a", 257))
	w.Must(seller, w.p, nil, "failJob", id, token, strings.Repeat("a", 256))
	for range 101 {
		w.start(model, begin{from: buyer})
	}
	out := w.Must(stranger, w.p, nil, "tasksFor", buyer, uint64(0), uint32(1_000))
	require.Len(t, out[0], 100)
	require.Equal(t, id+101, out[1])
}
