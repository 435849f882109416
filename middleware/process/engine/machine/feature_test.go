package machine_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// process compiles flow elements of process p. Flows are "a b" or "a b =condition";
// nodes list theirs where @id@ stands.
func process(t testing.TB, outside, elements string, flows ...string) *bpmn.Model {
	var b strings.Builder
	in, out := map[string]string{}, map[string]string{}
	for i, f := range flows {
		parts := strings.SplitN(f, " ", 3)
		id := fmt.Sprintf("f%d", i)
		out[parts[0]] += "<outgoing>" + id + "</outgoing>"
		in[parts[1]] += "<incoming>" + id + "</incoming>"
		fmt.Fprintf(&b, `<sequenceFlow id="%s" sourceRef="%s" targetRef="%s">`, id, parts[0], parts[1])
		if len(parts) == 3 {
			fmt.Fprintf(&b, `<conditionExpression xsi:type="tFormalExpression"><![CDATA[%s]]></conditionExpression>`, parts[2])
		}
		b.WriteString("</sequenceFlow>")
	}
	for id := range in {
		elements = strings.Replace(elements, "@"+id+"@", in[id]+"@"+id+"@", 1)
	}
	for id := range out {
		elements = strings.Replace(elements, "@"+id+"@", out[id]+"@"+id+"@", 1)
	}
	for strings.Contains(elements, "@") {
		from := strings.Index(elements, "@")
		to := from + 1 + strings.Index(elements[from+1:], "@")
		elements = elements[:from] + elements[to+1:]
	}
	var artifacts []string
	if !strings.Contains(elements, "</subProcess>") { // those of the process come last
		artifacts = associations.FindAllString(elements, -1)
		elements = associations.ReplaceAllString(elements, "")
	}
	source := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cm="urn:cybermiles:process:1" id="defs" targetNamespace="urn:test">` +
		outside + `<process id="p" isExecutable="true">` + elements + b.String() + strings.Join(artifacts, "") + `</process></definitions>`
	model, _, err := compiler.Compile([]byte(source), compiler.Options{})
	require.NoError(t, err, source)
	return model
}

var associations = regexp.MustCompile(`<association [^>]*>`)

const ends = `<startEvent id="s">@s@</startEvent><endEvent id="e">@e@</endEvent>`

// open is the token at a node, by the node's id.
func (i *running) open(t *testing.T, id string) uint32 {
	for _, token := range i.instance.Tokens() {
		if i.instance.Model().Nodes[token.Node].ID == id {
			return token.ID
		}
	}
	require.Fail(t, "no token is at "+id)
	return 0
}

// at lists the ids of the nodes that tokens are at.
func (i *running) at() (out []string) {
	for _, token := range i.instance.Tokens() {
		out = append(out, i.instance.Model().Nodes[token.Node].ID)
	}
	return out
}

func (w *world) complete(i *running, id string, values map[string]any) {
	w.command(i, func(s *machine.Session) error { return s.Complete(i.open(w.t, id), contextOf(values)) })
}

// seen lists the effects of a kind by name.
func (w *world) seen(kind machine.EffectKind) (out []string) {
	for _, e := range w.effects {
		if e.Kind == kind {
			out = append(out, e.Name)
		}
	}
	return out
}

func TestPeopleRolesAndPayments(t *testing.T) {
	w := newWorld(t, process(t, "", ends+`<userTask id="ship"><extensionElements><cm:role name="seller" assignee="=shipper"/><cm:pay to="=seller" amount="=price - 1"/></extensionElements>@ship@</userTask>`, "s ship", "ship e"))
	i := w.start("p", contextOf(map[string]any{"shipper": "0xaa", "seller": "0xbb", "price": 10}))
	opened := w.effects[len(w.effects)-1]
	require.Equal(t, machine.TaskOpened, opened.Kind)
	require.Equal(t, "seller", w.model.Roles[opened.Role])
	require.Equal(t, feel.String("0xaa"), opened.Target)
	w.complete(i, "ship", nil)
	paid := w.effects[len(w.effects)-2]
	require.Equal(t, machine.Paid, paid.Kind)
	require.Equal(t, feel.String("0xbb"), paid.Target)
	require.Equal(t, "9", feel.Text(paid.Amount))
	require.Equal(t, machine.Completed, i.instance.Status())
}

func TestContractCallsAndBusinessErrors(t *testing.T) {
	w := newWorld(t, process(t, `<error id="E" errorCode="Late"/>`, ends+`<endEvent id="refund">@refund@</endEvent>
<serviceTask id="pay"><extensionElements><cm:call target="=token" function="transfer(address,uint256)" gas="=50000" result="answer"><cm:arg>=buyer</cm:arg><cm:arg>=2 * 3</cm:arg></cm:call></extensionElements>@pay@</serviceTask>
<boundaryEvent id="late" attachedToRef="pay">@late@<errorEventDefinition errorRef="E"/></boundaryEvent>`, "s pay", "pay e", "late refund"))
	i := w.start("p", contextOf(map[string]any{"token": "0x01", "buyer": "0x02"}))
	call := w.effects[0]
	require.Equal(t, machine.ContractCalled, call.Kind)
	require.Equal(t, "transfer(address,uint256)", call.Name)
	require.Equal(t, []feel.Value{feel.String("0x02"), feel.Int(6)}, call.Args)
	w.command(i, func(s *machine.Session) error { return s.Throw(call.Token, "Late", nil) })
	require.Equal(t, machine.Completed, i.instance.Status())

	uncaught := w.start("p", nil)
	w.command(uncaught, func(s *machine.Session) error { return s.Throw(uncaught.open(t, "pay"), "Other", nil) })
	require.Equal(t, machine.Failed, uncaught.instance.Status())
	require.Equal(t, "Other", uncaught.instance.Code())
}

func TestIncidentsCanBeRetried(t *testing.T) {
	w := newWorld(t, process(t, "", ends+`<endEvent id="e2">@e2@</endEvent><exclusiveGateway id="g">@g@</exclusiveGateway>`, "s g", "g e =x > 5", "g e2 =x < 0"))
	i := w.start("p", contextOf(map[string]any{"x": 3}))
	require.Equal(t, 1, w.incidents)
	token := i.open(t, "g")
	require.NotEmpty(t, i.instance.Token(token).Reason)
	w.command(i, func(s *machine.Session) error { return s.Retry(token) })
	require.Equal(t, 2, w.incidents)
	w.command(i, func(s *machine.Session) error { return s.Assign(contextOf(map[string]any{"x": 6})) })
	w.command(i, func(s *machine.Session) error { return s.Retry(token) })
	require.Equal(t, machine.Completed, i.instance.Status())
}

func TestMessagesAreCorrelatedByKey(t *testing.T) {
	w := newWorld(t, process(t, `<message id="M" name="shipped"><extensionElements><cm:subscription key="=order"/></extensionElements></message>`,
		ends+`<receiveTask id="r" messageRef="M">@r@</receiveTask>`, "s r", "r e"))
	a, b := w.start("p", contextOf(map[string]any{"order": 1})), w.start("p", contextOf(map[string]any{"order": "2"}))
	require.Equal(t, []string{"shipped", "shipped"}, w.seen(machine.Subscribed))
	w.message(machine.Effect{Name: "shipped", Key: "2"})
	require.Equal(t, machine.Running, a.instance.Status())
	require.Equal(t, machine.Completed, b.instance.Status())
}

func TestTimers(t *testing.T) {
	w := newWorld(t, process(t, "", ends+`<endEvent id="e2">@e2@</endEvent><userTask id="t">@t@</userTask><userTask id="remind">@remind@</userTask>
<boundaryEvent id="b" attachedToRef="t" cancelActivity="false">@b@<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R3/PT10S</timeCycle></timerEventDefinition></boundaryEvent>
<boundaryEvent id="last" attachedToRef="t">@last@<timerEventDefinition><timeDate xsi:type="tFormalExpression">=deadline</timeDate></timerEventDefinition></boundaryEvent>`,
		"s t", "t e", "b remind", "remind e2", "last e2"))
	i := w.start("p", contextOf(map[string]any{"deadline": "2023-11-14T22:14:20Z"})) // a minute after the start
	w.advance(9)
	require.Equal(t, []string{"t"}, i.at())
	w.advance(1)
	require.Equal(t, []string{"t", "remind"}, i.at())
	w.advance(35)
	require.Equal(t, []string{"t", "remind", "remind", "remind"}, i.at())
	early := i.instance.Waits()[0].ID
	s, err := w.engine.Open(i.instance, w.options())
	require.NoError(t, err)
	require.ErrorIs(t, s.Deliver(early, nil), machine.ErrState)
	w.advance(60)
	require.Equal(t, []string{"remind", "remind", "remind"}, i.at())
	require.Empty(t, i.instance.Waits())
}

func TestCompensationRunsBackwards(t *testing.T) {
	task := func(n string) string {
		return `<userTask id="a` + n + `">@a` + n + `@</userTask><boundaryEvent id="b` + n + `" attachedToRef="a` + n + `"><compensateEventDefinition/></boundaryEvent>
<serviceTask id="undo` + n + `" isForCompensation="true"/><association id="x` + n + `" sourceRef="b` + n + `" targetRef="undo` + n + `"/>`
	}
	elements := ends + task("1") + task("2") + `<intermediateThrowEvent id="undo">@undo@<compensateEventDefinition/></intermediateThrowEvent>`
	w := newWorld(t, process(t, "", elements, "s a1", "a1 a2", "a2 undo", "undo e"))
	i := w.start("p", nil)
	w.complete(i, "a1", nil)
	w.complete(i, "a2", nil)
	require.Equal(t, []string{"undo", "undo2"}, i.at())
	w.complete(i, "undo2", nil)
	require.Equal(t, []string{"undo", "undo1"}, i.at())
	w.complete(i, "undo1", nil)
	require.Equal(t, machine.Completed, i.instance.Status())
}

func TestMultiInstanceCollectsResults(t *testing.T) {
	for _, sequential := range []string{"true", "false"} {
		w := newWorld(t, process(t, "", `<dataObject id="in" name="prices"/><dataObject id="outs" name="fees"/>`+ends+`<scriptTask id="t" scriptFormat="text/feel">@t@<ioSpecification><dataInput id="list" name="list"/><dataOutput id="res" name="res"/>
<inputSet><dataInputRefs>list</dataInputRefs></inputSet><outputSet><dataOutputRefs>res</dataOutputRefs></outputSet></ioSpecification>
<dataInputAssociation><sourceRef>in</sourceRef><targetRef>list</targetRef></dataInputAssociation><dataOutputAssociation><sourceRef>res</sourceRef><targetRef>outs</targetRef></dataOutputAssociation>
<multiInstanceLoopCharacteristics isSequential="`+sequential+`"><loopDataInputRef>list</loopDataInputRef><loopDataOutputRef>res</loopDataOutputRef><inputDataItem id="price" name="price"/><outputDataItem id="fee" name="fee"/></multiInstanceLoopCharacteristics>
<script>{fee: price * 2 + loopCounter}</script></scriptTask><userTask id="u">@u@</userTask>`, "s t", "t u", "u e =count(fees) = 3", "u e =true"))
		i := w.start("p", contextOf(map[string]any{"prices": feel.List{feel.Int(10), feel.Int(20), feel.Int(30)}}))
		fees := i.values[machine.VariableKey{Scope: 1, Variable: w.model.VariableIndex("fees")}]
		value, err := machine.DecodeValue(fees)
		require.NoError(t, err)
		require.Equal(t, "[21, 42, 63]", feel.Text(value))
	}
}

func TestConditionsFireWhenTheyBecomeTrue(t *testing.T) {
	w := newWorld(t, process(t, "", ends+`<endEvent id="e2">@e2@</endEvent><userTask id="t">@t@</userTask><userTask id="alarm">@alarm@</userTask>
<boundaryEvent id="b" attachedToRef="t" cancelActivity="false">@b@<conditionalEventDefinition><condition xsi:type="tFormalExpression">=heat > 100</condition></conditionalEventDefinition></boundaryEvent>`,
		"s t", "t e", "b alarm", "alarm e2"))
	i := w.start("p", contextOf(map[string]any{"heat": 20}))
	for heat, want := range []int{0, 1, 1, 1, 2} {
		value := []int{50, 101, 150, 90, 120}[heat]
		w.command(i, func(s *machine.Session) error { return s.Assign(contextOf(map[string]any{"heat": value})) })
		require.Len(t, i.at(), 1+want)
	}
}

func TestAdHocActivitiesAreChosen(t *testing.T) {
	w := newWorld(t, process(t, "", ends+`<adHocSubProcess id="h"><extensionElements><cm:adHoc start="chosen"/></extensionElements>@h@<userTask id="a"/><userTask id="b"/><completionCondition xsi:type="tFormalExpression">=enough</completionCondition></adHocSubProcess>`, "s h", "h e"))
	i := w.start("p", contextOf(map[string]any{"enough": false}))
	require.Equal(t, []string{"h"}, i.at())
	choose := func(id string) {
		w.command(i, func(s *machine.Session) error { return s.Activate(i.open(t, "h"), w.model.Lookup(id)) })
	}
	choose("a")
	choose("a")
	choose("b")
	require.Equal(t, []string{"h", "a", "a", "b"}, i.at())
	w.complete(i, "a", nil)
	require.Equal(t, machine.Running, i.instance.Status())
	w.complete(i, "b", map[string]any{"enough": true})
	require.Equal(t, machine.Completed, i.instance.Status())
}

// decisions answers decisions by name.
type decisions map[string]feel.Value

func (d decisions) Decide(_ *feel.Machine, name string, _ *feel.Context) (feel.Value, error) {
	if v, ok := d[name]; ok {
		return v, nil
	}
	return nil, errors.New("it is not deployed")
}

func TestDecisions(t *testing.T) {
	model := process(t, "", ends+`<businessRuleTask id="d"><extensionElements><cm:decision ref="fee" result="fee"/></extensionElements>@d@</businessRuleTask><userTask id="u">@u@</userTask>`, "s d", "d u", "u e")
	w := newWorld(t, model)
	w.decider = decisions{}
	i := w.start("p", nil)
	require.Equal(t, 1, w.incidents)
	w.decider = decisions{"fee": feel.Int(7)}
	w.command(i, func(s *machine.Session) error { return s.Retry(i.open(t, "d")) })
	require.Equal(t, []string{"u"}, i.at())
	w.decider = nil
	w.start("p", nil)
	require.Equal(t, []string{"fee"}, w.seen(machine.DecisionAsked))
}

func TestCancelTakesEverythingBack(t *testing.T) {
	w := newWorld(t, process(t, `<signal id="S" name="go"/>`, ends+`<endEvent id="e2">@e2@</endEvent><serviceTask id="t">@t@</serviceTask><boundaryEvent id="b" attachedToRef="t">@b@<signalEventDefinition signalRef="S"/></boundaryEvent>`, "s t", "t e", "b e2"))
	i := w.start("p", nil)
	w.command(i, func(s *machine.Session) error { return s.Cancel() })
	kinds := []machine.EffectKind{}
	for _, e := range w.effects {
		kinds = append(kinds, e.Kind)
	}
	require.Equal(t, []machine.EffectKind{machine.Subscribed, machine.JobOpened, machine.WorkClosed, machine.Unsubscribed, machine.Ended}, kinds)
	require.Equal(t, machine.Canceled, i.instance.Status())
	require.Empty(t, i.values)
}

func TestLimits(t *testing.T) {
	many := process(t, "", ends+`<userTask id="t">@t@<multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">=n</loopCardinality></multiInstanceLoopCharacteristics></userTask>`, "s t", "t e")
	for n, incidents := range map[int]int{machine.MaxInstances: 0, machine.MaxInstances + 1: 1, -1: 1} {
		w := newWorld(t, many)
		i := w.start("p", contextOf(map[string]any{"n": n}))
		require.Equal(t, incidents, w.incidents, "%d instances", n)
		if incidents == 0 {
			require.Len(t, i.instance.Tokens(), n+1)
		}
	}
	endless := machine.New(process(t, "", ends+`<exclusiveGateway id="g">@g@</exclusiveGateway><task id="t">@t@</task>`, "s g", "g t =true", "t g", "g e =false"))
	_, err := endless.Start(0, bpmn.None, nil, machine.Options{})
	require.ErrorIs(t, err, machine.ErrSteps)
	_, err = endless.Start(0, bpmn.None, nil, machine.Options{Meter: &meter{limit: 1000}})
	require.ErrorIs(t, err, errMeter)

	engine := machine.New(oneTask(t))
	for length, want := range map[int]error{machine.MaxValue - 4: nil, machine.MaxValue: machine.ErrValue} {
		_, err = engine.Start(0, bpmn.None, contextOf(map[string]any{"x": strings.Repeat("a", length)}), machine.Options{})
		require.ErrorIs(t, err, want)
	}
	_, err = engine.Start(0, bpmn.None, contextOf(map[string]any{"x": feel.BuiltinFunction("sum")}), machine.Options{})
	require.ErrorIs(t, err, machine.ErrValue)
}

func TestOnlyUsedVariablesAreLoaded(t *testing.T) {
	engine := machine.New(process(t, "", ends+`<userTask id="t">@t@</userTask><userTask id="u">@u@</userTask>`, "s t", "t u =a = 1", "t e =b = 1", "u e"))
	s, err := engine.Start(0, bpmn.None, contextOf(map[string]any{"a": 1, "b": 2}), machine.Options{})
	require.NoError(t, err)
	token := s.Effects()[0].Token
	core, changes := s.Instance().Export()
	require.Len(t, changes, 2)
	store := &counting{values: map[machine.VariableKey][]byte{}}
	for _, c := range changes {
		store.values[c.Key] = c.Data
	}
	i, err := engine.Import(core, store)
	require.NoError(t, err)
	require.Zero(t, store.reads)
	s, err = engine.Open(i, machine.Options{})
	require.NoError(t, err)
	require.NoError(t, s.Complete(token, nil))
	require.Equal(t, 2, store.reads)
	_, changes = i.Export()
	require.Empty(t, changes)
}

type counting struct {
	values map[machine.VariableKey][]byte
	reads  int
}

func (c *counting) Variable(key machine.VariableKey) ([]byte, error) {
	c.reads++
	return c.values[key], nil
}
