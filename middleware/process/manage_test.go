package process_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process"
)

func TestOnlyTheAdministratorCancels(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(flowWithRemainder()))
	id := w.start(model, begin{from: buyer, roles: roles("worker", seller), value: 40, deposit: 100})
	for _, who := range []common.Address{buyer, seller, stranger} {
		w.Fails(who, w.p, nil, "NotAllowed", "cancel", id)
	}
	id = w.start(model, begin{from: buyer, roles: roles("worker", seller, "administrator", arbiter), value: 40, deposit: 100})
	w.Fails(buyer, w.p, nil, "NotAllowed", "cancel", id)
	before := w.balance(seller)
	w.Must(arbiter, w.p, nil, "cancel", id)
	require.Equal(t, uint8(4), w.instance(id).Status)
	require.Equal(t, before+40, w.balance(seller), "as the model says")
	require.Empty(t, w.tasks(id))
	w.Fails(arbiter, w.p, nil, "NotRunning", "cancel", id)
	w.Fails(arbiter, w.p, nil, "UnknownInstance", "cancel", id+1)
	w.Fails(arbiter, w.p, nil, "UnknownInstance", "cancel", uint64(0))
}

func flowWithRemainder() string {
	return replaceOnce(chainOf("p", []string{"task"}, user("task", "worker")), `isExecutable="true">`,
		`isExecutable="true"><extensionElements><cm:remainder to="=worker"/></extensionElements>`)
}

func TestStartIsRefused(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"task"}, user("task", "worker", `<cm:output source="=worker" target="x"/>`)), `<process id="q" isExecutable="false"><task id="only"/></process>`))
	good := begin{roles: roles("worker", seller)}
	refused := func(reason string, change func(*begin)) {
		t.Helper()
		b := good
		change(&b)
		w.Fails(buyer, w.p, nil, reason, "start", w.inputs(model, b)...)
	}
	refused("RoleUnbound[worker]", func(b *begin) { b.roles = nil })
	refused("RoleUnbound[worker]", func(b *begin) { b.roles = roles("worker", common.Address{}) })
	refused("UnknownRole[boss]", func(b *begin) { b.roles = roles("worker", seller, "boss", buyer) })
	refused("UnknownRole[worker]", func(b *begin) { b.roles = roles("worker", seller, "worker", buyer) })
	refused("UnknownProcess[r]", func(b *begin) { b.process = "r" })
	refused("UnknownProcess[q]", func(b *begin) { b.process = "q" })
	refused("WrongValue", func(b *begin) { b.deposit = 1 })
	refused("BadVariable[worker]", func(b *begin) { b.variables = `{worker: "me"}` })
	w.Fails(buyer, w.p, nil, "NotDeployed", "start", common.Hash{1}, "p", good.roles, []byte{}, wei(0))
	w.Fails(buyer, w.p, nil, "BadVariables", "start", model, "p", good.roles, []byte{2}, wei(0))
	w.Fails(buyer, w.p, nil, "NotAStart", "startAt", model, "p", "task", good.roles, []byte{}, wei(0))
	id := w.start(model, begin{from: buyer, roles: good.roles})
	require.Equal(t, fmt.Sprintf("%q", text(seller)), w.value(id, "worker"))
	w.Fails(seller, w.p, nil, "BadVariable[worker]", "complete", id, w.tasks(id)[0].Token, vars(t, `{worker: "me"}`))
}

func TestStartAtAnEvent(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(`<message id="m" name="order"/>`, flowOf("p", `<startEvent id="ordered"><messageEventDefinition messageRef="m"/></startEvent>`,
		user("task", "", `<cm:output source="=n" target="n"/>`), `<endEvent id="end"/>`, flow("f1", "ordered", "task"), flow("f2", "task", "end"))))
	w.Fails(buyer, w.p, nil, "NotAStart", "start", w.inputs(model, begin{})...)
	id := w.Must(buyer, w.p, nil, "startAt", model, "p", "ordered", []process.Role{}, vars(t, `{n: 2}`), wei(0))[0].(uint64)
	require.Equal(t, "2", w.value(id, "n"))
}

func TestBatch(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(timed("1"))
	b := process.Beginning{Roles: roles("worker", seller), Variables: []byte{}, ValueWei: *wei(3), DepositWei: *wei(4)}
	list := []process.Beginning{b, b, b}
	w.Fails(buyer, w.p, wei(20), "WrongValue", "startBatch", model, "p", list)
	ids := w.Must(buyer, w.p, wei(21), "startBatch", model, "p", list)[0].([]uint64)
	require.Equal(t, []uint64{1, 2, 3}, ids)
	require.Equal(t, uint64(12), w.balance(at))
	require.Equal(t, uint64(3), w.balance(w.account(2)))
	list[2].Roles = nil
	w.Fails(buyer, w.p, wei(21), "RoleUnbound", "startBatch", model, "p", list)
	require.Empty(t, w.Must(buyer, w.p, nil, "startBatch", model, "p", []process.Beginning{})[0])
}

func TestIncidentIsDecidedByTheAdministrator(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(replaceOnce(replaceOnce(source(chainOf("p", []string{"choice", "task"}, `<exclusiveGateway id="choice"/>`, user("task", ""), flow("g", "choice", "never"), `<endEvent id="never"/>`)),
		`<sequenceFlow id="g" sourceRef="choice" targetRef="never"/>`,
		`<sequenceFlow id="g" sourceRef="choice" targetRef="never"><conditionExpression xsi:type="tFormalExpression">false</conditionExpression></sequenceFlow>`),
		`<sequenceFlow id="f1" sourceRef="choice" targetRef="task"/>`,
		`<sequenceFlow id="f1" sourceRef="choice" targetRef="task"><conditionExpression xsi:type="tFormalExpression">n &gt; 1</conditionExpression></sequenceFlow>`))
	id := w.start(model, begin{from: buyer, roles: roles("administrator", arbiter), variables: `{n: 1}`})
	tokens, _ := w.state(id)
	require.Equal(t, uint8(6), tokens[0].State)
	w.Must(buyer, w.p, nil, "retry", id, tokens[0].Token, []byte{})
	tokens, _ = w.state(id)
	require.Equal(t, uint8(6), tokens[0].State, "nothing has changed")
	w.Fails(buyer, w.p, nil, "NotAllowed", "retry", id, tokens[0].Token, vars(t, `{n: 2}`))
	w.Must(arbiter, w.p, nil, "retry", id, tokens[0].Token, vars(t, `{n: 2}`))
	require.Len(t, w.tasks(id), 1)
	w.Fails(buyer, w.p, nil, "NotWaiting", "retry", id, tokens[0].Token, []byte{})
	w.Fails(buyer, w.p, nil, "NotWaiting", "retry", id, uint32(0), []byte{})
}

func TestMigrate(t *testing.T) {
	w := newWorld(t)
	old := w.deploy(source(chainOf("p", []string{"task", "other"}, user("task", "worker", `<cm:output source="=n" target="n"/>`), user("other", "worker"))))
	renamed := w.deploy(source(chainOf("p", []string{"job", "check", "other"}, user("job", "worker", `<cm:output source="=n" target="n"/>`), user("check", "boss"), user("other", "worker"))))
	id := w.start(old, begin{from: buyer, roles: roles("worker", seller, "administrator", arbiter), variables: `{n: 7}`})
	moves := []process.Move{{From: "task", To: "job"}}
	w.Fails(buyer, w.p, nil, "NotAllowed", "migrate", id, renamed, moves)
	w.Fails(arbiter, w.p, nil, `PlanRefused[1 "task" has no counterpart`, "migrate", id, renamed, []process.Move{})
	w.Fails(arbiter, w.p, nil, "RoleUnbound[boss]", "migrate", id, renamed, moves)
	w.Fails(arbiter, w.p, nil, "NotDeployed", "migrate", id, common.Hash{1}, moves)
	third := w.deploy(source(chainOf("p", []string{"job", "check", "other"}, user("job", "worker", `<cm:output source="=n" target="n"/>`), user("check", ""), user("other", "worker"))))
	w.Must(arbiter, w.p, nil, "migrate", id, third, moves)
	require.Equal(t, third, w.instance(id).Model)
	require.Equal(t, 1, w.leftovers(id))
	require.Equal(t, "job", w.tasks(id)[0].ID)
	require.Equal(t, "7", w.value(id, "n"))
	w.complete(seller, id, 0, "")
	w.complete(buyer, id, 0, "")
	w.complete(seller, id, 0, "")
	require.Equal(t, uint8(1), w.instance(id).Status)
	require.Equal(t, 0, w.leftovers(id), "no variable of the old model stays")
}

func TestNames(t *testing.T) {
	w := newWorld(t)
	one, two := w.deploy(oneTask()), w.deploy(timed("1"))
	w.Fails(seller, w.p, nil, "NotDeployed", "publish", "sale", common.Hash{1})
	w.Fails(seller, w.p, nil, "BadName", "publish", "Sale", one)
	require.Equal(t, uint64(1), w.Must(seller, w.p, nil, "publish", "sale", one)[0])
	w.Fails(buyer, w.p, nil, "NotOwner", "publish", "sale", two)
	require.Equal(t, uint64(2), w.Must(seller, w.p, nil, "publish", "sale", two)[0])
	w.Must(seller, w.p, nil, "transferName", "sale", buyer)
	require.Equal(t, []any{buyer, uint64(2), two}, w.Must(seller, w.p, nil, "resolve", "sale"))
	w.Fails(seller, w.p, nil, "NoSuchVersion", "versionOf", "sale", uint64(3))
	require.Equal(t, []any{true, common.Hash{1}}, w.Must(seller, w.p, nil, "sourceOf", one))
	w.Fails(seller, w.p, nil, "BadModel", "deploy", []byte{1, 2}, common.Hash{})
}

// leftovers counts the slots of an instance's variables that hold something.
func (w *world) leftovers(id uint64) (n int) {
	for scope := range uint32(60) {
		for variable := range uint32(20) {
			var key common.Hash
			binary.BigEndian.PutUint64(key[:], id)
			binary.BigEndian.PutUint32(key[24:], scope)
			binary.BigEndian.PutUint32(key[28:], variable)
			slot := crypto.Keccak256Hash(key[:], common.Hash{31: 10}.Bytes())
			if w.DB.GetState(at, slot) != (common.Hash{}) {
				n++
			}
		}
	}
	return n
}
