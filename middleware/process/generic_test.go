package process_test

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// everything has a step of each kind; instance 1 waits at all of them.
func everything() string {
	return source(`<signal id="s" name="alarm"/>`, message("m", "order", "=k"), `<error id="e" errorCode="broken"/>`, `<escalation id="x" escalationCode="slow"/>`,
		chainOf("p", []string{"fork", "task"}, `<parallelGateway id="fork"/>`,
			user("task", "worker", `<cm:output source="=n" target="n"/>`),
			element("serviceTask", "job", "", `<cm:job type="pack"/>`, `<cm:role name="worker"/>`), flow("a1", "fork", "job"), flow("a2", "job", "oa"), `<endEvent id="oa"/>`,
			`<boundaryEvent id="b1" attachedToRef="job"><errorEventDefinition errorRef="e"/></boundaryEvent>`, flow("a3", "b1", "oe"), `<endEvent id="oe"/>`,
			`<boundaryEvent id="b2" attachedToRef="job" cancelActivity="false"><escalationEventDefinition escalationRef="x"/></boundaryEvent>`, flow("a4", "b2", "ox"), `<endEvent id="ox"/>`,
			`<intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>`, flow("c1", "fork", "catch"), flow("c2", "catch", "oc"), `<endEvent id="oc"/>`,
			`<intermediateCatchEvent id="hear"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>`, flow("h1", "fork", "hear"), flow("h2", "hear", "oh"), `<endEvent id="oh"/>`,
			`<intermediateCatchEvent id="later"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>`, flow("l1", "fork", "later"), flow("l2", "later", "ol"), `<endEvent id="ol"/>`,
			element("adHocSubProcess", "choose", user("one", ""), `<cm:adHoc start="chosen"/>`), flow("d1", "fork", "choose"), flow("d2", "choose", "od"), `<endEvent id="od"/>`,
			`<exclusiveGateway id="stuck"/>`, flow("s1", "fork", "stuck"), flow("s2", "stuck", "os"), flow("s3", "stuck", "ot"), `<endEvent id="os"/><endEvent id="ot"/>`))
}

// never closes both ways out of the gateway stuck.
func never(source string) string {
	for _, id := range []string{"s2", "s3"} {
		to := map[string]string{"s2": "os", "s3": "ot"}[id]
		head := fmt.Sprintf(`<sequenceFlow id=%q sourceRef="stuck" targetRef=%q`, id, to)
		source = replaceOnce(source, head+`/>`, head+`><conditionExpression xsi:type="tFormalExpression">false</conditionExpression></sequenceFlow>`)
	}
	return source
}

// prepared is a world in which instance 1 waits at everything, instance 2 throws
// a signal to more than it reaches at once, and the token contract is funded.
func prepared(t testing.TB) *world {
	w := newWorld(t)
	model := w.deploy(never(everything()))
	w.Must(seller, w.p, nil, "publish", "sale", model)
	w.start(model, begin{from: buyer, roles: roles("worker", seller, "administrator", arbiter), variables: `{n: 1, k: "key"}`, value: 10, deposit: enough})
	w.Must(seller, w.token, nil, "mint", seller, *wei(100))
	w.Must(seller, w.token, nil, "approve", at, *wei(100))
	return w
}

func examples(t testing.TB) []contracttest.Example {
	w := prepared(t)
	bytes := compile(t, oneTask())
	model := w.Must(seller, w.p, nil, "resolve", "sale")[2].(common.Hash)
	tokens, _ := w.state(1)
	tokenAtNode := map[string]uint32{}
	for _, token := range tokens {
		tokenAtNode[token.ID] = token.Token
	}
	variables, none := vars(t, `{n: 2}`), []byte{}
	party := roles("worker", seller)
	of := func(method string, from common.Address, inputs ...any) contracttest.Example {
		return contracttest.Example{Method: method, From: from, Inputs: inputs}
	}
	due := of("run", system, uint64(1))
	due.Prepare = func(c *contracttest.Chain) { c.Advance(1, 3600) }
	carried := of("carry", stranger, uint64(1), uint32(10))
	carried.Prepare = func(c *contracttest.Chain) { (&world{Chain: c, p: w.p}).manyListeners() }
	swept := of("sweep", stranger, uint64(1), common.Address{})
	swept.Prepare = func(c *contracttest.Chain) {
		c.Must(arbiter, w.p, nil, "cancel", uint64(1))
		c.Fund((&world{Chain: c, p: w.p}).account(1), wei(5))
	}
	started := started(`<messageEventDefinition messageRef="m"/>`)
	unlistened := of("unlisten", seller, uint64(2))
	unlistened.Prepare = func(c *contracttest.Chain) {
		x := &world{Chain: c, p: w.p}
		x.listen(x.deploy(started), 0, 0)
	}
	listened := of("listen", seller, w.deploy(started), "p", "begin", party, wei(0))
	listened.Prepare = func(c *contracttest.Chain) { (&world{Chain: c, p: w.p}).deploy(started) }
	finished := of("finishActivities", buyer, uint64(1), tokenAtNode["choose"])
	paid := of("complete", seller, uint64(1), tokenAtNode["task"], variables)
	return []contracttest.Example{
		of("deploy", seller, bytes, common.Hash{2}), of("publish", seller, "sale", model), of("transferName", seller, "sale", buyer),
		of("resolve", seller, "sale"), of("versionOf", seller, "sale", uint64(1)), of("sourceOf", seller, model),
		of("start", buyer, model, "p", party, variables, wei(0)), of("startAt", buyer, model, "p", "", party, variables, wei(0)),
		of("startBatch", buyer, model, "p", []process.Beginning{{Roles: party, Variables: variables}, {Roles: party, Variables: variables}}),
		listened, unlistened,
		paid, of("throwError", seller, uint64(1), tokenAtNode["job"], "broken", none), of("escalate", seller, uint64(1), tokenAtNode["job"], "slow", none),
		of("activateJob", seller, uint64(1), tokenAtNode["job"], uint32(60)), of("failJob", seller, uint64(1), tokenAtNode["job"], "no boxes"),
		of("chooseActivity", buyer, uint64(1), tokenAtNode["choose"], "one"), finished,
		of("correlate", stranger, "order", "key", none), of("deliver", stranger, uint64(1), "order", "key", none), of("signal", stranger, "alarm", none, uint64(0), uint32(5)), carried,
		of("cancel", arbiter, uint64(1)), of("retry", buyer, uint64(1), tokenAtNode["stuck"], none),
		of("migrate", arbiter, uint64(1), model, []process.Move{}),
		of("fund", stranger, uint64(1)), of("fundToken", seller, uint64(1), tokenAt, wei(7)), of("topUp", stranger, uint64(1)), swept, due,
		of("step", at, uint64(1), uint8(2), uint32(0), "alarm", none),
		of("instanceOf", stranger, uint64(1)), of("stateOf", stranger, uint64(1)), of("accountOf", stranger, uint64(1)), of("rolesOf", stranger, uint64(1)),
		of("variablesOf", stranger, uint64(1)), of("balanceOf", stranger, uint64(1), tokenAt), of("tasksOf", stranger, uint64(1)),
		of("tasksFor", stranger, seller, uint64(0), uint32(10)), of("jobs", stranger, "pack", uint64(0), uint32(10)),
		of("waitingFor", stranger, "order", "key", false, uint64(0), uint32(10)), of("counts", stranger), of("depositFor", stranger),
	}
}

// manyListeners has a signal thrown to more than it reaches at once.
func (w *world) manyListeners() {
	w.listeners(12)
	model := w.deploy(source(`<signal id="s" name="alarm"/>`, thrower(`<signalEventDefinition signalRef="s"/>`)))
	w.start(model, begin{from: seller, process: "t", variables: `{n: 9}`})
}

func TestGeneric(t *testing.T) {
	contracttest.Generic(t, newWorld(t).p, func(t testing.TB) *contracttest.Chain { return prepared(t).Chain }, examples(t))
}

func TestReadmeGas(t *testing.T) {
	contracttest.ReadmeGas(t, newWorld(t).p, func(t testing.TB) *contracttest.Chain { return prepared(t).Chain }, examples(t))
}
