package machine_test

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// A small language for models: each function writes an element, flows says which
// follow each other, and assemble lets the nodes list their flows.

func element(kind, id, attrs, body string) string {
	return fmt.Sprintf(`<%s id="%s" %s>@%s@%s</%s>`, kind, id, attrs, id, body, kind)
}

func opening(id string) string              { return element("startEvent", id, "", "") }
func closing(id string, d ...string) string { return element("endEvent", id, "", strings.Join(d, "")) }
func logs(id string) string {
	return element("scriptTask", id, `scriptFormat="text/x-test"`, "<script>"+id+"</script>")
}
func throws(id string, d ...string) string {
	return element("intermediateThrowEvent", id, "", strings.Join(d, ""))
}
func catches(id string, d ...string) string {
	return element("intermediateCatchEvent", id, "", strings.Join(d, ""))
}
func sub(id string, body ...string) string {
	return element("subProcess", id, "", strings.Join(body, ""))
}

// border is a boundary event, and the task and end event that follow it.
func border(host string, interrupting bool, d ...string) string {
	at := fmt.Sprintf(`attachedToRef="%s" cancelActivity="%t"`, host, interrupting)
	return element("boundaryEvent", "at_"+host, at, strings.Join(d, "")) + logs("caught") + closing("end_of_caught") + flows("at_"+host+" caught end_of_caught")
}

// eventSub is an event sub-process that logs caught.
func eventSub(interrupting bool, d ...string) string {
	start := element("startEvent", "es", fmt.Sprintf(`isInterrupting="%t"`, interrupting), strings.Join(d, ""))
	return element("subProcess", "events", `triggeredByEvent="true"`, start+logs("caught")+closing("ee")+flows("es caught ee"))
}

// flows joins the nodes of each chain.
func flows(chains ...string) string {
	var b strings.Builder
	for _, chain := range chains {
		nodes := strings.Fields(chain)
		for i := 1; i < len(nodes); i++ {
			fmt.Fprintf(&b, `<sequenceFlow id="%s_%s" sourceRef="%s" targetRef="%s"/>`, nodes[i-1], nodes[i], nodes[i-1], nodes[i])
		}
	}
	return b.String()
}

var (
	flowEnds = regexp.MustCompile(`<sequenceFlow id="([^"]*)" sourceRef="([^"]*)" targetRef="([^"]*)"`)
	marks    = regexp.MustCompile(`@\w+@`)
)

const declared = `<message id="M" name="m"/><signal id="S" name="s"/><error id="E" errorCode="E1"/><escalation id="X" escalationCode="X1"/>
<interface id="I" name="i"><operation id="O" name="o"><inMessageRef>M</inMessageRef></operation></interface>`

func processOf(id string, body ...string) string {
	return fmt.Sprintf(`<process id="%s" isExecutable="true">%s</process>`, id, strings.Join(body, ""))
}

func assemble(t *testing.T, processes ...string) *bpmn.Model {
	t.Helper()
	source := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="urn:test">` +
		declared + strings.Join(processes, "") + `</definitions>`
	listed := map[string]string{}
	for _, f := range flowEnds.FindAllStringSubmatch(source, -1) {
		listed[f[3]] = "<incoming>" + f[1] + "</incoming>" + listed[f[3]]
		listed[f[2]] += "<outgoing>" + f[1] + "</outgoing>"
	}
	source = marks.ReplaceAllStringFunc(source, func(m string) string { return listed[strings.Trim(m, "@")] })
	model, _, err := compiler.Compile([]byte(source), compiler.Options{})
	require.NoError(t, err, source)
	return model
}

// Definitions that throw and catch the same.
const (
	message    = `<messageEventDefinition messageRef="M"><operationRef>O</operationRef></messageEventDefinition>`
	signal     = `<signalEventDefinition signalRef="S"/>`
	escalation = `<escalationEventDefinition escalationRef="X"/>`
	failure    = `<errorEventDefinition errorRef="E"/>`
	terminate  = `<terminateEventDefinition/>`
	cancel     = `<cancelEventDefinition/>`
	compensate = `<compensateEventDefinition/>`
)

func timer(seconds int) string {
	return fmt.Sprintf(`<timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT%dS</timeDuration></timerEventDefinition>`, seconds)
}

func when(condition string) string {
	return `<conditionalEventDefinition><condition xsi:type="tFormalExpression">=` + condition + `</condition></conditionalEventDefinition>`
}

// trace runs processes to the end and lists what the script tasks logged, sorted.
// What starts with "slow" takes ten seconds.
func trace(t *testing.T, processes ...string) string {
	t.Helper()
	model := assemble(t, processes...)
	for seed := range int64(3) {
		startAndPoke(t, model, seed)
	}
	w := newWorld(t, model)
	var out []string
	w.job = func(i *running, e machine.Effect) {
		done := func() {
			if i.instance.Token(e.Token) != nil {
				w.command(i, func(s *machine.Session) error { return s.Complete(e.Token, nil) })
			}
		}
		if strings.HasPrefix(e.Text, "slow") {
			w.at(w.now+10, func() {
				if i.instance.Token(e.Token) != nil {
					out = append(out, e.Text)
				}
				done()
			})
			return
		}
		out = append(out, e.Text)
		done()
	}
	for p := range w.model.Processes {
		if id := w.model.Nodes[w.model.Processes[p].Node].ID; id != "called" && (len(w.model.Nodes[w.model.Processes[p].Node].Container.Starts) > 0 || len(w.engine.StartEvents(p)) > 0) {
			w.start(id, nil)
		}
	}
	w.advance(60)
	require.Zero(t, w.incidents, "incidents")
	for _, i := range w.instances {
		if code := i.instance.Code(); code != "" {
			out = append(out, "failed "+code)
		}
		if i.instance.Status() == machine.Running {
			out = append(out, "waits")
		}
	}
	sort.Strings(out)
	return strings.Join(out, " ")
}

// thrown are the events that are thrown within an activity.
var thrown = []struct {
	name, definition string
	gentle           bool // may be caught without interrupting
	intermediate     bool // may be thrown by an intermediate event
}{
	{"message", message, true, true}, {"signal", signal, true, true}, {"escalation", escalation, true, true}, {"error", failure, false, false},
}

// TestThrownEventsAreCaughtAround throws each event inside a sub-process,
// transaction or called process and catches it at the border of that or in an
// event sub-process within it.
func TestThrownEventsAreCaughtAround(t *testing.T) {
	for _, x := range thrown {
		for _, interrupting := range []bool{true, false} {
			for _, ending := range []bool{true, false} {
				if !interrupting && !x.gentle || !ending && !x.intermediate {
					continue
				}
				name := fmt.Sprintf("%s interrupting=%t end=%t", x.name, interrupting, ending)
				inside := opening("is") + throws("throw", x.definition) + logs("after") + closing("ie") + flows("is throw after ie")
				if ending {
					inside = opening("is") + logs("before") + closing("throw", x.definition) + flows("is before throw")
				}
				outside := opening("s") + logs("next") + closing("e") + flows("s host next e")
				expected := func(caughtInside bool) string {
					var words []string
					if ending {
						words = append(words, "before")
					} else if !interrupting {
						words = append(words, "after")
					}
					words = append(words, "caught")
					if !interrupting || caughtInside {
						words = append(words, "next")
					}
					sort.Strings(words)
					return strings.Join(words, " ")
				}
				hosts := map[string][]string{
					"sub-process": {sub("host", inside)},
					"transaction": {element("transaction", "host", "", inside)},
					"looped":      {element("subProcess", "host", "", `<standardLoopCharacteristics loopMaximum="1"><loopCondition xsi:type="tFormalExpression">=true</loopCondition></standardLoopCharacteristics>`+inside)},
				}
				for kind, host := range hosts {
					require.Equal(t, expected(false), trace(t, processOf("p", outside, host[0], border("host", interrupting, x.definition))), "%s at the border of a %s", name, kind)
					if kind == "looped" {
						continue
					}
					nested := strings.Replace(host[0], inside, inside+eventSub(interrupting, x.definition), 1)
					require.Equal(t, expected(true), trace(t, processOf("p", outside, nested)), "%s in an event sub-process of a %s", name, kind)
					// One level further out.
					wrapped := sub("mid", opening("ms"), host[0], closing("me"), flows("ms host me"))
					outer := strings.Replace(outside, flows("s host next e"), flows("s mid next e"), 1)
					require.Equal(t, expected(false), trace(t, processOf("p", outer, wrapped, border("mid", interrupting, x.definition))), "%s at the border around a %s", name, kind)
				}
				call := element("callActivity", "host", `calledElement="called"`, "")
				require.Equal(t, expected(false), trace(t, processOf("called", inside), processOf("p", outside, call, border("host", interrupting, x.definition))), "%s out of a called process", name)
				require.Equal(t, expected(true), trace(t, processOf("called", inside, eventSub(interrupting, x.definition)), processOf("p", outside, call)), "%s in a called process", name)
				top := strings.ReplaceAll(expected(true), " next", "")
				require.Equal(t, top, trace(t, processOf("p", inside, eventSub(interrupting, x.definition))), "%s at the top", name)
			}
		}
	}
}

// undo is the handler that compensates an activity.
func undo(host string) string {
	return element("boundaryEvent", "cb_"+host, `attachedToRef="`+host+`"`, compensate) +
		`<scriptTask id="undo_` + host + `" isForCompensation="true" scriptFormat="text/x-test"><script>undo_` + host + `</script></scriptTask>`
}

// joins are the associations of undo, which come last.
func joins(hosts ...string) string {
	var b strings.Builder
	for _, h := range hosts {
		fmt.Fprintf(&b, `<association id="as_%s" sourceRef="cb_%s" targetRef="undo_%s"/>`, h, h, h)
	}
	return b.String()
}

func transaction(id string, body ...string) string {
	return element("transaction", id, "", strings.Join(body, ""))
}

// split joins branches with parallel gateways from s to e.
func split(branches ...string) string {
	var chains []string
	for _, b := range branches {
		chains = append(chains, "fork "+b+" join")
	}
	return opening("s") + `<parallelGateway id="fork">@fork@</parallelGateway><parallelGateway id="join">@join@</parallelGateway>` + closing("e") + flows("s fork", "join e") + flows(chains...)
}

// TestEventsInTheirPlaces runs one process for each place that an event may
// have, with what it logs.
func TestEventsInTheirPlaces(t *testing.T) {
	outer := opening("s") + logs("next") + closing("e") + flows("s host next e")
	slow := logs("slow")
	inner := opening("is") + slow + closing("ie") + flows("is slow ie")
	slowHost := strings.ReplaceAll(slow, `"slow"`, `"host"`)
	slowHost = strings.ReplaceAll(slowHost, "@slow@", "@host@")
	cycle := `<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R2/PT3S</timeCycle></timerEventDefinition>`
	sender := func(d string) string {
		return processOf("q", opening("qs"), catches("wait", timer(2)), throws("send", d), closing("qe"), flows("qs wait send qe"))
	}
	twice := processOf("q", opening("qs"), catches("wait", timer(2)), throws("send", signal), catches("again", timer(2)), throws("resend", signal), closing("qe"), flows("qs wait send again resend qe"))
	for _, c := range []struct {
		name, want string
		processes  []string
	}{
		{"timer at a task, interrupting", "caught", []string{processOf("p", outer, slowHost, border("host", true, timer(2)))}},
		{"timer at a task, not interrupting", "caught next slow", []string{processOf("p", outer, slowHost, border("host", false, timer(2)))}},
		{"timer at a sub-process, interrupting", "caught", []string{processOf("p", outer, sub("host", inner), border("host", true, timer(2)))}},
		{"timer at a sub-process, late", "next slow", []string{processOf("p", outer, sub("host", inner), border("host", true, timer(20)))}},
		{"cycle at a sub-process", "caught caught next slow", []string{processOf("p", outer, sub("host", inner), border("host", false, cycle))}},
		{"cycle at a sub-process, interrupting", "caught", []string{processOf("p", outer, sub("host", inner), border("host", true, cycle))}},
		{"timer at a call activity", "caught", []string{processOf("called", inner), processOf("p", outer, element("callActivity", "host", `calledElement="called"`, ""), border("host", true, timer(2)))}},
		{"timer starts an event sub-process of a sub-process", "caught next", []string{processOf("p", outer, sub("host", inner, eventSub(true, timer(2))))}},
		{"timer starts an event sub-process, not interrupting", "caught next slow", []string{processOf("p", outer, sub("host", inner, eventSub(false, timer(2))))}},
		{"timer starts an event sub-process of the process", "caught", []string{processOf("p", inner, eventSub(true, timer(2)))}},
		{"cycle starts an event sub-process of the process", "caught caught slow", []string{processOf("p", inner, eventSub(false, cycle))}},
		{"condition at a sub-process", "caught", []string{processOf("p", outer, sub("host", inner), border("host", true, when("true")))}},
		{"condition at a task, not interrupting", "caught next slow", []string{processOf("p", outer, slowHost, border("host", false, when("true")))}},
		{"condition that does not hold", "next slow", []string{processOf("p", outer, sub("host", inner), border("host", true, when("false")))}},
		{"condition starts an event sub-process", "caught next", []string{processOf("p", outer, sub("host", inner, eventSub(true, when("true"))))}},
		{"condition starts an event sub-process, not interrupting", "caught next slow", []string{processOf("p", outer, sub("host", inner, eventSub(false, when("true"))))}},
		{"message from another process to a task", "caught", []string{processOf("p", outer, slowHost, border("host", true, message)), sender(message)}},
		{"message from another process to an event sub-process", "caught slow", []string{processOf("p", inner, eventSub(false, message)), sender(message)}},
		{"signal from another process to a sub-process", "caught next slow", []string{processOf("p", outer, sub("host", inner), border("host", false, signal)), sender(signal)}},
		{"two signals to an event sub-process", "caught caught slow", []string{processOf("p", inner, eventSub(false, signal)), twice}},
		{"two signals to an interrupting event sub-process", "caught", []string{processOf("p", inner, eventSub(true, signal)), twice}},
		{"escalation end event at the top", "a", []string{processOf("p", opening("s"), logs("a"), closing("e", escalation), flows("s a e"))}},
		{"error end event at the top", "a failed E1", []string{processOf("p", opening("s"), logs("a"), closing("e", failure), flows("s a e"))}},
		{"terminate at the top", "a", []string{processOf("p", opening("s"), `<parallelGateway id="fork">@fork@</parallelGateway>`, logs("a"), slow, closing("e", terminate), closing("e2"), flows("s fork a e", "fork slow e2"))}},
		{"terminate in a sub-process", "a next", []string{processOf("p", outer, sub("host", opening("is"), `<parallelGateway id="fork">@fork@</parallelGateway>`, logs("a"), slow, closing("ie", terminate), closing("ie2"), flows("is fork a ie", "fork slow ie2")))}},
		{"terminate in a called process", "a next", []string{processOf("called", opening("is"), `<parallelGateway id="fork">@fork@</parallelGateway>`, logs("a"), slow, closing("ie", terminate), closing("ie2"), flows("is fork a ie", "fork slow ie2")), processOf("p", outer, element("callActivity", "host", `calledElement="called"`, ""))}},
		{"terminate in an event sub-process", "caught slow", []string{processOf("p", inner, strings.Replace(eventSub(false, timer(2)), element("endEvent", "ee", "", ""), closing("ee", terminate), 1))}},
		{"cancel in a transaction", "a caught undo_a", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), closing("ie", cancel), flows("is a ie"), joins("a")), border("host", true, cancel))}},
		{"cancel within a sub-process of a transaction", "a caught undo_a", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), sub("deep", opening("ds"), closing("de", cancel), flows("ds de")), closing("ie"), flows("is a deep ie"), joins("a")), border("host", true, cancel))}},
		{"cancel stops what is active in a transaction", "a caught undo_a", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), `<parallelGateway id="fork">@fork@</parallelGateway>`, slow, closing("ie", cancel), closing("ie2"), flows("is a fork ie", "fork slow ie2"), joins("a")), border("host", true, cancel))}},
		{"cancel undoes what is active too", "a b caught undo_a undo_b", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), sub("deep", opening("ds"), logs("b"), undo("b"), closing("de", cancel), flows("ds b de"), joins("b")), closing("ie"), flows("is a deep ie"), joins("a")), border("host", true, cancel))}},
		{"cancel of one of several transactions", "a caught undo_a", []string{processOf("p", outer, element("transaction", "host", "", instances(`isSequential="true"`, "2", "")+opening("is")+logs("a")+undo("a")+closing("ie", cancel)+flows("is a ie")+joins("a")), border("host", true, cancel))}},
		{"cancel of a transaction in a transaction", "a b inside next undo_b", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), transaction("deep", opening("ds"), logs("b"), undo("b"), closing("de", cancel), flows("ds b de"), joins("b")), closing("ie"), flows("is a deep ie"), element("boundaryEvent", "db", `attachedToRef="deep"`, cancel), logs("inside"), closing("die"), flows("db inside die"), joins("a")), border("host", true, cancel))}},
		{"cancel while a process is called", "a caught undo_a", []string{processOf("called", opening("cs"), logs("slow"), closing("ce"), flows("cs slow ce")), processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), `<parallelGateway id="fork">@fork@</parallelGateway>`, element("callActivity", "call", `calledElement="called"`, ""), closing("ie", cancel), closing("ie2"), flows("is a fork ie", "fork call ie2"), joins("a")), border("host", true, cancel))}},
		{"an error while active sub-processes hold what could be undone", "a b caught", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), sub("deep", opening("ds"), logs("b"), undo("b"), closing("de", failure), flows("ds b de"), joins("b")), closing("ie"), flows("is a deep ie"), joins("a")), border("host", true, failure))}},
		{"a transaction that succeeds", "a next", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), closing("ie"), flows("is a ie"), joins("a")), border("host", true, cancel))}},
		{"error in a transaction compensates nothing", "a caught", []string{processOf("p", outer, transaction("host", opening("is"), logs("a"), undo("a"), closing("ie", failure), flows("is a ie"), joins("a")), border("host", true, failure))}},
		{"compensation thrown within", "a b undo_a undo_b", []string{processOf("p", opening("s"), logs("a"), undo("a"), logs("b"), undo("b"), throws("t", compensate), closing("e"), flows("s a b t e"), joins("a", "b"))}},
		{"compensation of one activity", "a b undo_a", []string{processOf("p", opening("s"), logs("a"), undo("a"), logs("b"), undo("b"), throws("t", `<compensateEventDefinition activityRef="a"/>`), closing("e"), flows("s a b t e"), joins("a", "b"))}},
		{"compensation by an end event", "a undo_a", []string{processOf("p", opening("s"), logs("a"), undo("a"), closing("e", compensate), flows("s a e"), joins("a"))}},
		{"compensation of a sub-process by its handler", "in undo_host", []string{processOf("p", opening("s"), sub("host", opening("is"), logs("in"), closing("ie"), flows("is in ie")), undo("host"), closing("e", compensate), flows("s host e"), joins("host"))}},
		{"compensation of a sub-process by its parts", "in undo_in", []string{processOf("p", opening("s"), sub("host", opening("is"), logs("in"), undo("in"), closing("ie"), flows("is in ie"), joins("in")), closing("e", compensate), flows("s host e"))}},
		{"compensation by an event sub-process", "caught in", []string{processOf("p", opening("s"), sub("host", opening("is"), logs("in"), closing("ie"), flows("is in ie"), eventSub(true, compensate)), closing("e", compensate), flows("s host e"))}},
		{"compensation of what never ran", "a", []string{processOf("p", opening("s"), logs("a"), throws("t", compensate), logs("late"), undo("late"), closing("e", terminate), closing("e2"), `<exclusiveGateway id="g" default="g_e">@g@</exclusiveGateway>`, flows("s a t g e", "late e2"), `<sequenceFlow id="g_late" sourceRef="g" targetRef="late"><conditionExpression xsi:type="tFormalExpression">=false</conditionExpression></sequenceFlow>`, joins("late"))}},
		{"compensation thrown in an event sub-process", "a undo_a", []string{processOf("p", opening("s"), logs("a"), undo("a"), closing("e", failure), flows("s a e"), strings.Replace(strings.Replace(eventSub(true, failure), logs("caught"), throws("caught"), 1), element("endEvent", "ee", "", ""), closing("ee", compensate), 1), joins("a"))}},
		{"several triggers, one is enough", "a next", []string{processOf("p", split("a", "host next"), logs("a"), logs("next"), catches("host", timer(5), signal, message))}},
		{"several triggers at a border", "caught", []string{processOf("p", outer, slowHost, border("host", true, timer(3), signal))}},
		{"several triggers start an event sub-process", "caught slow", []string{processOf("p", inner, eventSub(false, timer(3), message))}},
		{"all triggers at a border", "caught", []string{processOf("p", outer, slowHost, strings.Replace(border("host", true, timer(1), signal), "cancelActivity", `parallelMultiple="true" cancelActivity`, 1)), sender(signal)}},
		{"not all triggers at a border", "next slow", []string{processOf("p", outer, slowHost, strings.Replace(border("host", true, timer(1), signal), "cancelActivity", `parallelMultiple="true" cancelActivity`, 1))}},
		{"all triggers start an event sub-process", "caught slow", []string{processOf("p", inner, strings.Replace(eventSub(false, timer(1), signal), "isInterrupting", `parallelMultiple="true" isInterrupting`, 1)), sender(signal)}},
		{"all triggers of a catch event", "next", []string{processOf("p", outer, element("intermediateCatchEvent", "host", `parallelMultiple="true"`, timer(1)+signal)), sender(signal)}},
		{"an error out of an event sub-process", "in", []string{processOf("p", opening("s"), sub("host", opening("is"), slow, closing("ie"), flows("is slow ie"), strings.Replace(strings.Replace(eventSub(true, timer(2)), logs("caught"), throws("caught"), 1), element("endEvent", "ee", "", ""), closing("ee", failure), 1)), logs("next"), closing("e"), flows("s host next e"), element("boundaryEvent", "b", `attachedToRef="host"`, failure), logs("in"), closing("e3"), flows("b in e3"))}},
		{"an event sub-process in an event sub-process", "deep slow", []string{processOf("p", inner, strings.Replace(eventSub(false, timer(2)), logs("caught"), sub("caught", opening("cs"), catches("cw", timer(30)), closing("ce"), flows("cs cw ce"), element("subProcess", "es2", `triggeredByEvent="true"`, element("startEvent", "ds", "", timer(1))+logs("deep")+closing("de")+flows("ds deep de"))), 1))}},
		{"an escalation passes a transaction", "caught", []string{processOf("p", strings.Replace(outer, flows("s host next e"), flows("s mid next e"), 1), sub("mid", opening("ms"), transaction("host", opening("is"), closing("ie", escalation), flows("is ie")), closing("me"), flows("ms host me")), border("mid", true, escalation))}},
		{"the nearest border catches", "caught next", []string{processOf("p", strings.Replace(outer, flows("s host next e"), flows("s mid next e"), 1), sub("mid", opening("ms"), sub("host", opening("is"), closing("ie", failure), flows("is ie")), closing("me"), flows("ms host me"), border("host", true, failure)), element("boundaryEvent", "b", `attachedToRef="mid"`, failure), closing("e4"), flows("b e4"))}},
		{"compensation of a called process", "in undo_host", []string{processOf("called", opening("is"), logs("in"), closing("ie"), flows("is in ie")), processOf("p", opening("s"), element("callActivity", "host", `calledElement="called"`, ""), undo("host"), closing("e", compensate), flows("s host e"), joins("host"))}},
		{"a definition used by reference", "caught", []string{`<timerEventDefinition id="RT"><timeDuration xsi:type="tFormalExpression">PT2S</timeDuration></timerEventDefinition>`, processOf("p", outer, slowHost, border("host", true, "<eventDefinitionRef>RT</eventDefinitionRef>"))}},
		{"a link", "a b", []string{processOf("p", opening("s"), logs("a"), throws("lt", `<linkEventDefinition id="lt1" name="l"><target>lc1</target></linkEventDefinition>`), catches("lc", `<linkEventDefinition id="lc1" name="l"><source>lt1</source></linkEventDefinition>`), logs("b"), closing("e"), flows("s a lt", "lc b e"))}},
		{"none throw", "a", []string{processOf("p", opening("s"), throws("n"), logs("a"), closing("e"), flows("s n a e"))}},
		{"an end event with several results", "a caught", []string{processOf("p", opening("s"), logs("a"), closing("e", signal, message), flows("s a e")), processOf("q", element("startEvent", "qs", "", signal), logs("caught"), closing("qe"), flows("qs caught qe"))}},
		{"message start", "a caught", []string{processOf("p", opening("s"), logs("a"), closing("e", message), flows("s a e")), processOf("q", element("startEvent", "qs", "", message), logs("caught"), closing("qe"), flows("qs caught qe"))}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, trace(t, c.processes...)) })
	}
}
