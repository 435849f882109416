package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// packing is a job for workers, whose errors and escalations are caught.
func packing() string {
	return source(`<error id="e" errorCode="broken"/><escalation id="x" escalationCode="slow"/>`, chainOf("p", []string{"pack", "done"},
		element("serviceTask", "pack", "", `<cm:job type="pack"/>`, `<cm:role name="worker"/>`, `<cm:output source="=boxes" target="boxes"/>`),
		user("done", "", `<cm:output source="=boxes" target="boxes"/>`), user("repair", "", `<cm:output source="=why" target="why"/>`), user("hurry", ""),
		replaceOnce(element("boundaryEvent", "b1", `<errorEventDefinition errorRef="e"/>`, `<cm:output source="=why" target="why"/>`), `id="b1"`, `id="b1" attachedToRef="pack"`),
		replaceOnce(element("boundaryEvent", "b2", `<escalationEventDefinition escalationRef="x"/>`, `<cm:output source="=why" target="why"/>`), `id="b2"`, `id="b2" attachedToRef="pack" cancelActivity="false"`),
		flow("g1", "b1", "repair"), flow("g2", "b2", "hurry"), flow("g3", "repair", "o1"), flow("g4", "hurry", "o2"), `<endEvent id="o1"/><endEvent id="o2"/>`))
}

func TestJobIsLeasedAndDone(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(packing())
	id := w.start(model, begin{from: buyer, roles: roles("worker", everybody)})
	list := contracttest.View[[]process.Task](w.Chain, w.p, "jobs", "pack", uint64(0), uint32(10))
	require.Len(t, list, 1)
	token := list[0].Token
	require.Equal(t, w.Time+60, w.Must(seller, w.p, nil, "activateJob", id, token, uint32(60))[0])
	w.Fails(stranger, w.p, nil, "Leased", "complete", id, token, []byte{})
	w.Fails(stranger, w.p, nil, "Leased", "activateJob", id, token, uint32(60))
	require.Equal(t, seller, w.tasks(id)[0].Worker)
	w.Advance(1, 60)
	w.Must(stranger, w.p, nil, "activateJob", id, token, uint32(100_000_000))
	require.Equal(t, w.Time+86_400, w.tasks(id)[0].LeasedUntil, "a day at most")
	w.Fails(seller, w.p, nil, "Leased", "complete", id, token, []byte{})
	w.complete(stranger, id, 0, `{boxes: 3}`)
	require.Equal(t, "3", w.value(id, "boxes"))
	require.Empty(t, contracttest.View[[]process.Task](w.Chain, w.p, "jobs", "pack", uint64(0), uint32(10)))
}

func TestJobFailsThrowsAndEscalates(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(packing())
	id := w.start(model, begin{from: buyer, roles: roles("worker", seller)})
	token := w.tasks(id)[0].Token
	w.Fails(buyer, w.p, nil, "NotAllowed", "failJob", id, token, "no")
	w.Must(seller, w.p, nil, "failJob", id, token, "no boxes")
	tokens, _ := w.state(id)
	require.Equal(t, "no boxes", tokens[0].Reason)
	require.Empty(t, w.tasks(id))
	w.Must(seller, w.p, nil, "retry", id, token, []byte{})
	w.Must(seller, w.p, nil, "escalate", id, token, "slow", []byte{})
	require.Len(t, w.tasks(id), 2)
	w.Must(seller, w.p, nil, "throwError", id, token, "broken", vars(t, `{why: "fell"}`))
	require.Equal(t, `"fell"`, w.value(id, "why"))
	ids := []string{w.tasks(id)[0].ID, w.tasks(id)[1].ID}
	require.ElementsMatch(t, []string{"hurry", "repair"}, ids)

	id = w.start(model, begin{from: buyer, roles: roles("worker", seller), value: 5})
	w.Must(seller, w.p, nil, "throwError", id, w.tasks(id)[0].Token, "unknown", []byte{})
	v := w.instance(id)
	require.Equal(t, uint8(3), v.Status)
	require.Equal(t, "unknown", v.Code)
	require.Equal(t, uint64(0), w.balance(w.account(id)))
}

// A task is its assignee's, and nobody else's; without one it does not fall to
// anybody else.
func TestAssignee(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"drive"}, user("drive", "", `<cm:role name="fleet" assignee="=driver"/>`))))
	party := roles("fleet", buyer)
	id := w.start(model, begin{from: buyer, roles: party, variables: `{driver: "` + text(seller) + `"}`})
	tasks, _ := w.tasksFor(seller)
	require.Len(t, tasks, 1)
	w.Fails(buyer, w.p, nil, "NotAllowed", "complete", id, tasks[0].Token, []byte{})
	w.complete(seller, id, 0, "")
	id = w.start(model, begin{from: buyer, roles: party, variables: `{driver: "fleet"}`})
	w.complete(buyer, id, 0, "")
	for _, driver := range []string{`null`, `"somebody"`, `7`, `"0x0000000000000000000000000000000000000000"`, `"0xAB00000000000000000000000000000000000000x"`} {
		id = w.start(model, begin{from: buyer, roles: party, variables: `{driver: ` + driver + `}`})
		tokens, _ := w.state(id)
		require.Contains(t, tokens[0].Reason, "the assignee is neither", driver)
		require.Empty(t, w.tasks(id))
	}
}
