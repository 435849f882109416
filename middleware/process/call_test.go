package process_test

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// call is a service task that calls a contract.
func call(id, attributes string, args ...string) string {
	body := ""
	for _, arg := range args {
		body += "<cm:arg>" + arg + "</cm:arg>"
	}
	return element("serviceTask", id, "", fmt.Sprintf(`<cm:call target="%s" %s>%s</cm:call>`, text(shopAt), attributes, body))
}

func text(a common.Address) string { return fmt.Sprintf("0x%x", a[:]) }

func TestServiceTaskCallsAndKeepsTheResult(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"ask", "buy", "wait"},
		call("ask", `function="quote(uint256)(uint256,string)" result="quoted"`, "=n"),
		call("buy", `function="buy(uint256,string) returns (uint256)" value="=quoted[1]" gas="=200000" result="total"`, "=n", "=quoted[2]"),
		user("wait", ""))))
	id := w.start(model, begin{from: buyer, variables: `{n: 6}`, value: 100})
	require.Equal(t, `[42, "wei"]`, w.value(id, "quoted"))
	require.Equal(t, "9", w.value(id, "total"))
	require.Equal(t, uint64(42), w.balance(shopAt))
	require.Equal(t, uint64(58), w.balance(w.account(id)))
	require.Equal(t, w.account(id), w.shop.store.Callers.Get(w.Open(w.shop), 0), "the instance's own account calls")
}

// caughtCall is a call whose errors are caught at its border.
func caughtCall(w *world) common.Hash {
	return w.deploy(source(
		`<error id="e1" errorCode="SoldOut"/><error id="e2" errorCode="TooLittle(uint256)"/>`,
		chainOf("p", []string{"buy", "wait"},
			call("buy", `function="buy(uint256,string)(uint256)" value="=pay" result="total"`, "=n", "=&quot;x&quot;"),
			user("wait", ""), user("none", ""), user("more", ""),
			`<boundaryEvent id="b1" attachedToRef="buy"><errorEventDefinition errorRef="e1"/></boundaryEvent>`, flow("g1", "b1", "none"), flow("g3", "none", "end1"),
			`<boundaryEvent id="b2" attachedToRef="buy"><errorEventDefinition errorRef="e2"/></boundaryEvent>`, flow("g2", "b2", "more"), flow("g4", "more", "end2"),
			`<endEvent id="end1"/><endEvent id="end2"/>`)))
}

func TestCustomErrorsAreCaught(t *testing.T) {
	w := newWorld(t)
	model := caughtCall(w)
	for variables, task := range map[string]string{`{n: 0, pay: 5}`: "none", `{n: 9, pay: 5}`: "more", `{n: 5, pay: 5}`: "wait"} {
		id := w.start(model, begin{from: buyer, variables: variables, value: 5})
		require.Equal(t, task, w.tasks(id)[0].ID, variables)
		if task != "wait" {
			require.Equal(t, uint64(5), w.balance(w.account(id)), "a call that failed costs nothing")
		}
	}
}

func TestOtherFailuresAreIncidents(t *testing.T) {
	w := newWorld(t)
	model := caughtCall(w)
	for variables, reason := range map[string]string{
		`{n: 2000, pay: 5}`: "nobody has so many",
		`{n: 5, pay: 50}`:   "the instance holds less",
		`{n: "x", pay: 5}`:  "an argument of the call has not its type",
		`{n: -1, pay: 5}`:   "an argument of the call has not its type",
		`{n: 5, pay: 0.5}`:  "the value of the call is no integer",
	} {
		id := w.start(model, begin{from: buyer, variables: variables, value: 5})
		tokens, _ := w.state(id)
		require.Equal(t, uint8(6), tokens[0].State, variables)
		require.Contains(t, tokens[0].Reason, reason)
		w.Fails(stranger, w.p, nil, "NotAllowed", "retry", id, tokens[0].Token, []byte{})
		w.Must(buyer, w.p, nil, "retry", id, tokens[0].Token, []byte{})
	}
	// Funding it and trying again helps where coins are missing.
	id := w.start(model, begin{from: buyer, variables: `{n: 5, pay: 50}`})
	tokens, _ := w.state(id)
	w.Must(stranger, w.p, wei(50), "fund", id)
	w.Must(buyer, w.p, nil, "retry", id, tokens[0].Token, []byte{})
	require.Equal(t, "wait", w.tasks(id)[0].ID)
}

func TestCallsThatCannotBeMade(t *testing.T) {
	w := newWorld(t)
	for attributes, reason := range map[string]string{
		`function="buy(uint256,string"`:               "no signature",
		`function="buy((uint256),string)"`:            "no signature",
		`function="buy(uint257,string)"`:              "no signature",
		`function="buy(uint256,string)" gas="=1e9"`:   "the gas of the call",
		`function="buy(uint256,string)" gas="=30"`:    "used up its gas",
		`function="quote(uint256)(address)"`:          "has not its type",
		`function="quote(uint256,string)(bytes[])"`:   "reverted",
		`function="buy(uint256,string)(bool,bool[])"`: "something else than the signature says",
	} {
		model := w.deploy(source(chainOf("p", []string{"c"}, call("c", attributes, "=5", "=&quot;&quot;"))))
		id := w.start(model, begin{from: buyer, value: 10})
		tokens, _ := w.state(id)
		if attributes == `function="buy(uint256,string)(bool,bool[])"` {
			require.Contains(t, tokens[0].Reason, "reverted", "it is not paid")
			continue
		}
		require.Contains(t, tokens[0].Reason, reason, attributes)
	}
	nowhere := w.deploy(source(chainOf("p", []string{"c"}, element("serviceTask", "c", "", `<cm:call target="0x00000000000000000000000000000000000000aa" function="f()"/>`))))
	tokens, _ := w.state(w.start(nowhere, begin{from: buyer}))
	require.Contains(t, tokens[0].Reason, "there is no contract")
}

// A called contract that calls back finds the instance whole: it waits for the
// call's answer.
func TestCalledContractCallsBack(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"fork", "join", "last"},
		`<parallelGateway id="fork"/><parallelGateway id="join"/>`,
		call("buy", `function="buy(uint256,string)(uint256)" value="=1" result="total"`, "=1", "=&quot;&quot;"),
		user("other", "", `<cm:role name="anyone"/>`), user("last", ""), flow("g1", "fork", "buy"), flow("g2", "buy", "join"), flow("g3", "fork", "other"), flow("g4", "other", "join"))))
	// Which token the other task has is known from a run without calling back.
	first := w.start(model, begin{from: buyer, roles: roles("anyone", shopAt), value: 1})
	other := w.tasks(first)[0]
	require.Equal(t, "other", other.ID)
	w.shop.again = w.Pack(w.p, "complete", first+1, other.Token, []byte{})
	second := w.start(model, begin{from: buyer, roles: roles("anyone", shopAt), value: 1})
	require.Equal(t, "last", w.tasks(second)[0].ID)
	require.Equal(t, "1", w.value(second, "total"))
	// The call itself cannot be answered from outside.
	tokens, _ := w.state(first)
	w.shop.again = nil
	for _, token := range tokens {
		w.Fails(shopAt, w.p, nil, "NotWaiting", "complete", first, token.Token+1, []byte{})
	}
}

// state is where an instance stands.
func (w *world) state(id uint64) ([]process.Token, []process.Wait) {
	w.T.Helper()
	out := w.Must(stranger, w.p, nil, "stateOf", id)
	return out[0].([]process.Token), out[1].([]process.Wait)
}

func TestRoleOfAContractAndOfEverybody(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"one", "two"}, user("one", "seller"), user("two", "any"))))
	id := w.start(model, begin{from: buyer, roles: roles("seller", shopAt, "any", everybody)})
	w.Fails(buyer, w.p, nil, "NotAllowed", "complete", id, w.tasks(id)[0].Token, []byte{})
	w.complete(seller, id, 0, "")
	tasks, _ := w.tasksFor(everybody)
	require.Len(t, tasks, 1)
	w.complete(stranger, id, 0, "")
	require.Equal(t, uint8(1), w.instance(id).Status)
}

func TestTokensArePaidAndTheRestSwept(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(source(chainOf("p", []string{"task"}, user("task", "", fmt.Sprintf(`<cm:pay to="=seller" amount="=30" asset="%s"/>`, text(tokenAt)), `<cm:role name="seller"/>`))))
	w.Must(buyer, w.token, nil, "mint", buyer, *wei(100))
	id := w.start(model, begin{from: buyer, roles: roles("seller", seller)})
	w.Fails(buyer, w.p, nil, "TransferFailed", "fundToken", id, tokenAt, wei(50))
	task := w.tasks(id)[0].Token
	w.Fails(seller, w.p, nil, "NotCovered", "complete", id, task, []byte{})
	w.Must(buyer, w.token, nil, "approve", at, *wei(50))
	w.Must(buyer, w.p, nil, "fundToken", id, tokenAt, wei(50))
	require.Equal(t, uint64(50), w.held(id, tokenAt))
	w.token.blocked = seller
	w.Fails(seller, w.p, nil, "TransferFailed", "complete", id, task, []byte{})
	w.token.blocked = buyer
	w.complete(seller, id, 0, "")
	require.Equal(t, uint64(30), w.tokens(seller))
	require.Equal(t, uint64(20), w.held(id, tokenAt), "what cannot be moved stays")
	w.Fails(stranger, w.p, nil, "TransferFailed", "sweep", id, tokenAt)
	w.token.blocked = common.Address{}
	w.Must(stranger, w.p, nil, "sweep", id, tokenAt)
	require.Equal(t, uint64(70), w.tokens(buyer))
	require.Zero(t, w.held(id, tokenAt))
}

func (w *world) held(id uint64, asset common.Address) uint64 {
	n := contracttest.View[*uint256.Int](w.Chain, w.p, "balanceOf", id, asset)
	return n.Uint64()
}

func (w *world) tokens(account common.Address) uint64 {
	n := contracttest.View[uint256.Int](w.Chain, w.token, "balanceOf", account)
	return n.Uint64()
}

func TestDecisionIsAsked(t *testing.T) {
	w := newWorld(t)
	for ref, want := range map[string]string{"shop#fee": "12", "shop#other": "", "other#fee": "", "fee": ""} {
		model := w.deploy(source(chainOf("p", []string{"decide", "wait"},
			element("businessRuleTask", "decide", "", fmt.Sprintf(`<cm:decision ref=%q result="fee"/>`, ref), `<cm:input source="=price" target="price"/>`), user("wait", ""))))
		id := w.start(model, begin{from: buyer, variables: `{price: 120, x: "y"}`})
		tokens, _ := w.state(id)
		require.Equal(t, want, w.value(id, "fee"), ref)
		require.Equal(t, want == "", tokens[0].State == 6, ref)
	}
}

// Nobody's model reaches what other instances hold, nor what people have approved
// to the contract, nor the contract's own steps.
func TestModelsOfStrangersReachNothing(t *testing.T) {
	w := newWorld(t)
	w.Must(buyer, w.token, nil, "mint", buyer, *wei(100))
	w.Must(buyer, w.token, nil, "approve", at, *wei(100))
	id := w.start(w.deploy(oneTask()), begin{from: buyer, value: 50, deposit: 70})
	w.Must(buyer, w.p, nil, "fundToken", id, tokenAt, wei(60))
	for _, each := range []struct {
		target common.Address
		call   string
		args   []string
	}{
		{tokenAt, `function="transfer(address,uint256)"`, []string{text(stranger), "=60"}},
		{tokenAt, `function="transferFrom(address,address,uint256)"`, []string{text(buyer), text(stranger), "=40"}},
		{tokenAt, `function="transferFrom(address,address,uint256)"`, []string{text(w.account(id)), text(stranger), "=40"}},
		{at, `function="step(uint64,uint8,uint32,string,bytes)"`, []string{"=1", "=0", "=0", "", "0x"}},
		{at, `function="run(uint64)"`, []string{"=1"}},
		{at, `function="cancel(uint64)"`, []string{"=1"}},
		{at, `function="complete(uint64,uint32,bytes)"`, []string{"=1", "=3", "0x"}},
		{shopAt, `function="buy(uint256,string)" value="=1"`, []string{"=1", "x"}},
	} {
		args := ""
		for _, arg := range each.args {
			args += "<cm:arg>" + arg + "</cm:arg>"
		}
		model := w.deploy(source(chainOf("p", []string{"c"}, element("serviceTask", "c", "", fmt.Sprintf(`<cm:call target="%s" %s>%s</cm:call>`, text(each.target), each.call, args)))))
		thief := w.start(model, begin{from: stranger})
		tokens, _ := w.state(thief)
		require.NotEmpty(t, tokens, each.call)
		require.Equal(t, uint8(6), tokens[0].State, each.call)
	}
	require.Equal(t, uint64(60), w.held(id, tokenAt))
	require.Equal(t, uint64(40), w.tokens(buyer))
	require.Equal(t, uint64(50), w.balance(w.account(id)))
	require.Equal(t, uint64(70), w.balance(at))
	require.Len(t, w.tasks(id), 1)
}
