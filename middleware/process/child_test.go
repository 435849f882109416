package process_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// caller calls a deployed process, whose error it catches, with a deadline.
func caller(ref string) string {
	return source(`<error id="e" errorCode="broken"/>`, chainOf("p", []string{"call", "after"},
		element("callActivity", "call", "", fmt.Sprintf(`<cm:process ref=%q/>`, ref)), user("after", "", `<cm:output source="=n" target="n"/>`), user("repair", ""),
		`<boundaryEvent id="b1" attachedToRef="call"><errorEventDefinition errorRef="e"/></boundaryEvent>`, flow("g1", "b1", "repair"), flow("g2", "repair", "o1"), `<endEvent id="o1"/>`,
		`<boundaryEvent id="b2" attachedToRef="call"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></boundaryEvent>`,
		flow("g3", "b2", "o2"), `<endEvent id="o2"/>`))
}

func called() string {
	return source(`<error id="e" errorCode="broken"/>`, chainOf("child", []string{"work"}, user("work", "worker", `<cm:output source="=m" target="m"/>`, `<cm:output source="=m + n" target="n"/>`)))
}

func TestCallOfADeployedProcess(t *testing.T) {
	w := newWorld(t)
	w.Must(seller, w.p, nil, "publish", "child", w.deploy(called()))
	model := w.deploy(source(chainOf("p", []string{"call", "after"}, `<callActivity id="call" calledElement="child"/>`, user("after", "worker", `<cm:output source="=n" target="n"/>`))))
	id := w.start(model, begin{from: buyer, roles: roles("worker", seller), variables: `{n: 1}`, deposit: 100})
	child := id + 1
	v := w.instance(child)
	require.Equal(t, id, v.Parent)
	require.Equal(t, uint64(50), v.DepositWei.Uint64())
	require.Equal(t, uint64(100), w.balance(at))
	require.Equal(t, "1", w.value(child, "n"))
	w.Must(stranger, w.p, wei(9), "fund", child)
	w.complete(seller, child, 0, `{m: 10}`)
	require.Equal(t, "11", w.value(id, "n"))
	require.Equal(t, uint64(100), w.instance(id).DepositWei.Uint64())
	require.Equal(t, uint64(9), w.balance(w.account(id)), "what the called one held is the caller's")
	require.Equal(t, "after", w.tasks(id)[0].ID)
}

func TestErrorOfACalledProcessIsCaught(t *testing.T) {
	w := newWorld(t)
	w.Must(seller, w.p, nil, "publish", "child", w.deploy(called()))
	model := w.deploy(caller("child@1#child"))
	id := w.start(model, begin{from: buyer})
	tokens, _ := w.state(id)
	require.Contains(t, tokens[0].Reason, "a role of the called process", "nobody here has the role worker")

	withRole := replaceOnce(caller("child"), `<userTask id="repair"></userTask>`, `<userTask id="repair"><extensionElements><cm:role name="worker"/></extensionElements></userTask>`)
	model = w.deploy(withRole)
	id = w.start(model, begin{from: buyer, roles: roles("worker", seller)})
	w.Must(seller, w.p, nil, "throwError", id+1, w.tasks(id + 1)[0].Token, "broken", []byte{})
	require.Equal(t, "repair", w.tasks(id)[0].ID)
	require.Equal(t, uint8(3), w.instance(id+1).Status)

	// When the caller goes on without it, it is canceled.
	id = w.start(model, begin{from: buyer, roles: roles("worker", seller), deposit: enough})
	require.Equal(t, 1, w.pass(3600))
	require.Equal(t, uint8(1), w.instance(id).Status)
	require.Equal(t, uint8(4), w.instance(id+1).Status)
	require.Zero(t, w.balance(at))

	missing := w.deploy(caller("nobody"))
	tokens, _ = w.state(w.start(missing, begin{from: buyer}))
	require.Contains(t, tokens[0].Reason, "there is no deployed model for nobody")
}

// Processes that call themselves without end are refused as a whole.
func TestCallsWithoutEnd(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"call"}, `<callActivity id="call" calledElement="self"/>`)))
	w.Must(seller, w.p, nil, "publish", "self", model)
	w.Fails(buyer, w.p, nil, "Endless", "start", w.inputs(model, begin{})...)
}
