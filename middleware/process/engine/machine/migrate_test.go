package machine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

func TestMigrate(t *testing.T) {
	const timer = `<boundaryEvent id="b" attachedToRef="t">@b@<timerEventDefinition><timeDuration xsi:type="tFormalExpression">P1D</timeDuration></timerEventDefinition></boundaryEvent><endEvent id="e2">@e2@</endEvent>`
	old := newWorld(t, process(t, "", ends+timer+`<userTask id="t">@t@</userTask>`, "s t", "t e =amount > 0", "t e =amount < 1", "b e2"))
	i := old.start("p", contextOf(map[string]any{"amount": 5}))

	// The new version names the task differently and asks for a check before it ends.
	next := machine.New(process(t, "", `<dataObject id="note" name="note"/>`+ends+`<userTask id="check">@check@</userTask><userTask id="work">@work@</userTask>
<boundaryEvent id="b" attachedToRef="work">@b@<timerEventDefinition><timeDuration xsi:type="tFormalExpression">P2D</timeDuration></timerEventDefinition></boundaryEvent><endEvent id="e2">@e2@</endEvent>`,
		"s work", "work check =amount > 0", "work e =amount < 1", "check e", "b e2"))
	_, err := next.Migrate(i.instance, nil, machine.Options{})
	require.ErrorContains(t, err, `"t" has no counterpart`)
	moved, err := next.Migrate(i.instance, map[string]string{"t": "work"}, machine.Options{})
	require.NoError(t, err)
	require.Equal(t, i.instance.Waits()[0].Due, moved.Waits()[0].Due)
	core, changes := moved.Export()
	require.Len(t, changes, 1)
	moved, err = next.Import(core, &running{values: map[machine.VariableKey][]byte{changes[0].Key: changes[0].Data}})
	require.NoError(t, err)
	s, err := next.Open(moved, machine.Options{Now: 1_700_000_100})
	require.NoError(t, err)
	require.NoError(t, s.Complete(i.open(t, "t"), nil))
	require.Equal(t, "check", next.Model().Nodes[moved.Tokens()[0].Node].ID)
	require.NoError(t, s.Complete(moved.Tokens()[0].ID, nil))
	require.Equal(t, machine.Completed, moved.Status())

	wrong := machine.New(process(t, "", ends+`<serviceTask id="t">@t@</serviceTask>`, "s t", "t e"))
	_, err = wrong.Migrate(i.instance, nil, machine.Options{})
	require.ErrorIs(t, err, machine.ErrState)
	require.Equal(t, []string{"t"}, i.at())
}

// TestEventGatewaysThatInstantiate: the first event makes the instance; a parallel
// gateway then waits for the others.
func TestEventGatewaysThatInstantiate(t *testing.T) {
	for kind, want := range map[string]machine.Status{"Exclusive": machine.Completed, "Parallel": machine.Running} {
		w := newWorld(t, process(t, `<signal id="A" name="a"/><signal id="B" name="b"/>`,
			`<endEvent id="e">@e@</endEvent><eventBasedGateway id="g" instantiate="true" eventGatewayType="`+kind+`">@g@</eventBasedGateway>
<intermediateCatchEvent id="a">@a@<signalEventDefinition signalRef="A"/></intermediateCatchEvent><intermediateCatchEvent id="b">@b@<signalEventDefinition signalRef="B"/></intermediateCatchEvent>`,
			"g a", "g b", "a e", "b e"))
		w.signal(nil, machine.Effect{Name: "a"})
		require.Len(t, w.instances, 1)
		require.Equal(t, want, w.instances[0].instance.Status(), kind)
		if kind == "Parallel" {
			w.signal(nil, machine.Effect{Name: "b"})
			require.Len(t, w.instances, 1)
			require.Equal(t, machine.Completed, w.instances[0].instance.Status())
		}
	}
}

// TestComplexGatewayFiresAgainWhenAsked: a flow whose condition asks for
// waitingForStart gets a token when the gateway resets.
func TestComplexGatewayFiresAgainWhenAsked(t *testing.T) {
	w := newWorld(t, process(t, "", ends+`<endEvent id="late">@late@</endEvent><parallelGateway id="g">@g@</parallelGateway><userTask id="a">@a@</userTask><userTask id="b">@b@</userTask><userTask id="first">@first@</userTask><userTask id="rest">@rest@</userTask>
<complexGateway id="c">@c@<activationCondition xsi:type="tFormalExpression">=activationCount >= 1</activationCondition></complexGateway>`,
		"s g", "g a", "g b", "a c", "b c", "c first =waitingForStart", "c rest =not(waitingForStart)", "first e", "rest late"))
	i := w.start("p", nil)
	w.complete(i, "b", nil)
	require.Equal(t, []string{"a", "first"}, i.at())
	w.complete(i, "a", nil)
	require.Equal(t, []string{"first", "rest"}, i.at())
}

// TestSubProcessesAreCompensated: by their compensation event sub-process, in
// their own scope, or by the handlers of what completed in them.
func TestSubProcessesAreCompensated(t *testing.T) {
	const thrower = ends + `<intermediateThrowEvent id="back">@back@<compensateEventDefinition/></intermediateThrowEvent>`
	const inner = `<subProcess id="sub">@sub@<dataObject id="kept" name="kept"/><startEvent id="s1">@s1@</startEvent><userTask id="t1">@t1@</userTask><endEvent id="e1">@e1@</endEvent>
<sequenceFlow id="i1" sourceRef="s1" targetRef="t1"/><sequenceFlow id="i2" sourceRef="t1" targetRef="e1"/>`
	listed := strings.NewReplacer("@s1@", "<outgoing>i1</outgoing>", "@t1@", "<incoming>i1</incoming><outgoing>i2</outgoing>", "@e1@", "<incoming>i2</incoming>").Replace(inner)
	own := listed + `<subProcess id="undo" triggeredByEvent="true"><startEvent id="us"><outgoing>u1</outgoing><compensateEventDefinition/></startEvent>
<userTask id="ut"><incoming>u1</incoming><outgoing>u2</outgoing><potentialOwner><resourceAssignmentExpression><formalExpression>kept</formalExpression></resourceAssignmentExpression></potentialOwner></userTask>
<endEvent id="ue"><incoming>u2</incoming></endEvent><sequenceFlow id="u1" sourceRef="us" targetRef="ut"/><sequenceFlow id="u2" sourceRef="ut" targetRef="ue"/></subProcess></subProcess>`
	w := newWorld(t, process(t, "", thrower+own, "s sub", "sub back", "back e"))
	i := w.start("p", nil)
	w.complete(i, "t1", map[string]any{"kept": "alice"})
	require.Equal(t, []string{"back", "undo", "ut"}, i.at())
	require.Equal(t, feel.String("alice"), w.effects[len(w.effects)-1].Target, "the handler sees the sub-process's variables")
	w.complete(i, "ut", nil)
	require.Equal(t, machine.Completed, i.instance.Status())

	byTask := listed + `<boundaryEvent id="b1" attachedToRef="t1"><compensateEventDefinition/></boundaryEvent><userTask id="u1" isForCompensation="true"/><association id="as" sourceRef="b1" targetRef="u1"/></subProcess>`
	w = newWorld(t, process(t, "", thrower+byTask, "s sub", "sub back", "back e"))
	i = w.start("p", nil)
	w.complete(i, "t1", nil)
	require.Equal(t, []string{"back", "u1"}, i.at())
	w.complete(i, "u1", nil)
	require.Equal(t, machine.Completed, i.instance.Status())
	require.Empty(t, i.values)
}
