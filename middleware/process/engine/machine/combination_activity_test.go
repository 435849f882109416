package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sets is a script task that assigns variables.
func sets(id, context string) string {
	return element("scriptTask", id, `scriptFormat="text/feel"`, "<script>"+context+"</script>")
}

func gateway(kind, id, attrs string) string { return element(kind+"Gateway", id, attrs, "") }

// only is a flow with a condition.
func only(from, to, condition string) string {
	return fmt.Sprintf(`<sequenceFlow id="%s_%s" sourceRef="%s" targetRef="%s"><conditionExpression xsi:type="tFormalExpression">=%s</conditionExpression></sequenceFlow>`, from, to, from, to, condition)
}

func loop(attrs, condition string) string {
	return fmt.Sprintf(`<standardLoopCharacteristics %s><loopCondition xsi:type="tFormalExpression">=%s</loopCondition></standardLoopCharacteristics>`, attrs, condition)
}

func instances(attrs, cardinality, rest string) string {
	return fmt.Sprintf(`<multiInstanceLoopCharacteristics %s><loopCardinality xsi:type="tFormalExpression">=%s</loopCardinality>%s</multiInstanceLoopCharacteristics>`, attrs, cardinality, rest)
}

func until(condition string) string {
	return `<completionCondition xsi:type="tFormalExpression">=` + condition + `</completionCondition>`
}

// looped is a sub-process host that logs a and counts n up, with loop
// characteristics.
func looped(characteristics string) string {
	return opening("s") + sets("zero", "{n: 0}") + logs("next") + closing("e") + flows("s zero host next e") +
		sub("host", characteristics, opening("is"), logs("a"), sets("up", "{n: n + 1}"), closing("ie"), flows("is a up ie"))
}

// TestRepetition loops and multiplies activities.
func TestRepetition(t *testing.T) {
	outer := opening("s") + logs("next") + closing("e") + flows("s host next e")
	task := func(characteristics string) string {
		return element("scriptTask", "host", `scriptFormat="text/x-test"`, characteristics+"<script>a</script>")
	}
	call := func(characteristics string) []string {
		return []string{processOf("called", opening("is"), logs("a"), closing("ie"), flows("is a ie")), processOf("p", outer, element("callActivity", "host", `calledElement="called"`, characteristics))}
	}
	escalating := sub("host", instances("", "3", ""), opening("is"), throws("t", escalation), closing("ie"), flows("is t ie"))
	failing := sub("host", instances(`isSequential="true"`, "3", ""), opening("is"), logs("a"), closing("ie", failure), flows("is a ie"))
	for _, c := range []struct {
		name, want string
		processes  []string
	}{
		{"loop, test after", "a a next", []string{processOf("p", looped(loop("", "n &lt; 2")))}},
		{"loop, test after, never true", "a next", []string{processOf("p", looped(loop("", "false")))}},
		{"loop, test before", "a a next", []string{processOf("p", looped(loop(`testBefore="true"`, "n &lt; 2")))}},
		{"loop, test before, never true", "next", []string{processOf("p", looped(loop(`testBefore="true"`, "false")))}},
		{"loop with maximum", "a a a next", []string{processOf("p", looped(loop(`loopMaximum="3"`, "true")))}},
		{"loop with maximum, test before", "a a a next", []string{processOf("p", looped(loop(`loopMaximum="3" testBefore="true"`, "true")))}},
		{"loop with maximum alone", "a a next", []string{processOf("p", looped(`<standardLoopCharacteristics loopMaximum="2"/>`))}},
		{"loop with maximum not reached", "a next", []string{processOf("p", looped(loop(`loopMaximum="3"`, "n &lt; 1")))}},
		{"looped task", "a a next", []string{processOf("p", outer, task(loop(`loopMaximum="2"`, "true")))}},
		{"looped call activity", "a a next", call(loop(`loopMaximum="2"`, "true"))},
		{"instances, parallel", "a a a next", []string{processOf("p", outer, task(instances("", "3", "")))}},
		{"instances, sequential", "a a a next", []string{processOf("p", outer, task(instances(`isSequential="true"`, "3", "")))}},
		{"no instances", "next", []string{processOf("p", outer, task(instances("", "0", "")))}},
		{"instances of a sub-process", "a a a next", []string{processOf("p", looped(instances("", "3", "")))}},
		{"instances of a called process", "a a a next", call(instances("", "3", ""))},
		{"completion condition, sequential", "a a next", []string{processOf("p", looped(instances(`isSequential="true"`, "5", until("n >= 2"))))}},
		{"completion condition by count", "a a next", []string{processOf("p", outer, task(instances(`isSequential="true"`, "5", until("numberOfCompletedInstances >= 2"))))}},
		{"behavior One", "a a a caught next", []string{processOf("p", outer, task(instances(`behavior="One" oneBehaviorEventRef="BS"`, "3", "")), border("host", false, signal))}},
		{"behavior None", "a a a caught caught caught next", []string{processOf("p", outer, task(instances(`behavior="None" noneBehaviorEventRef="BS"`, "3", "")), border("host", false, signal))}},
		{"behavior Complex", "a a a caught next", []string{processOf("p", outer, task(instances(`behavior="Complex"`, "3", `<complexBehaviorDefinition><condition xsi:type="tFormalExpression">=numberOfCompletedInstances = 2</condition><event id="ev">`+signal+`</event></complexBehaviorDefinition>`)), border("host", false, signal))}},
		{"each instance escalates", "caught caught caught next", []string{processOf("p", outer, escalating, border("host", false, escalation))}},
		{"the first escalation interrupts all instances", "caught", []string{processOf("p", outer, escalating, border("host", true, escalation))}},
		{"an error ends all instances", "a caught", []string{processOf("p", outer, failing, border("host", true, failure))}},
		{"a compensated instance each", "a a next undo_host undo_host", []string{processOf("p", opening("s"), task(instances("", "2", "")), undo("host"), logs("next"), closing("e", compensate), flows("s host next e"), joins("host"))}},
		{"start quantity", "a", []string{processOf("p", opening("s"), gateway("parallel", "fork", ""), element("scriptTask", "a", `scriptFormat="text/x-test" startQuantity="2"`, "<script>a</script>"), element("task", "x", "", ""), element("task", "y", "", ""), closing("e"), flows("s fork x a e", "fork y a"))}},
		{"completion quantity", "a b b", []string{processOf("p", opening("s"), element("scriptTask", "a", `scriptFormat="text/x-test" completionQuantity="2"`, "<script>a</script>"), logs("b"), closing("e"), flows("s a b e"))}},
		{"ad hoc, sequential", "a b next", []string{processOf("p", outer, element("adHocSubProcess", "host", `ordering="Sequential"`, logs("a")+logs("b")))}},
		{"ad hoc, parallel", "a b next", []string{processOf("p", outer, element("adHocSubProcess", "host", `ordering="Parallel"`, logs("a")+logs("b")))}},
		{"ad hoc with flow", "a b c next", []string{processOf("p", outer, element("adHocSubProcess", "host", "", logs("a")+logs("b")+logs("c")+flows("a b")))}},
		{"ad hoc, complete after the first", "a next", []string{processOf("p", outer, element("adHocSubProcess", "host", `ordering="Sequential"`, logs("a")+logs("b")+until("true")))}},
		{"no start event", "a b", []string{processOf("q", opening("s"), closing("e"), sub("host", logs("a"), logs("b")), flows("s host e"))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			processes := c.processes
			if strings.Contains(strings.Join(processes, ""), "BS") {
				processes = append([]string{`<signalEventDefinition id="BS" signalRef="S"/>`}, processes...)
			}
			require.Equal(t, c.want, trace(t, processes...))
		})
	}
}

// TestGateways splits and joins.
func TestGateways(t *testing.T) {
	three := logs("a") + logs("b") + logs("c")
	pick := func(kind, attrs string) string {
		return opening("s") + gateway(kind, "g", attrs) + three + closing("e") + flows("s g", "a e", "b e", "c e")
	}
	wait := func(d ...string) string { return catches("w1", d[0]) + catches("w2", d[1]) + logs("a") + logs("b") }
	events := opening("s") + gateway("eventBased", "g", "") + closing("e1") + closing("e2") + flows("s g w1 a e1", "g w2 b e2")
	sender := func(d string) string {
		return processOf("q", opening("qs"), catches("pause", timer(2)), throws("send", d), closing("qe"), flows("qs pause send qe"))
	}
	for _, c := range []struct {
		name, want string
		processes  []string
	}{
		{"exclusive, first true", "a", []string{processOf("p", pick("exclusive", ""), only("g", "a", "true"), only("g", "b", "true"), only("g", "c", "false"))}},
		{"exclusive, default", "c", []string{processOf("p", pick("exclusive", `default="g_c"`), flows("g c"), only("g", "a", "false"), only("g", "b", "false"))}},
		{"exclusive, default not taken", "b", []string{processOf("p", pick("exclusive", `default="g_c"`), flows("g c"), only("g", "a", "false"), only("g", "b", "true"))}},
		{"inclusive, two true", "a c", []string{processOf("p", pick("inclusive", ""), only("g", "a", "true"), only("g", "b", "false"), only("g", "c", "true"))}},
		{"inclusive, default", "b", []string{processOf("p", pick("inclusive", `default="g_b"`), flows("g b"), only("g", "a", "false"), only("g", "c", "false"))}},
		{"inclusive, joined", "a c next", []string{processOf("p", opening("s"), gateway("inclusive", "g", ""), three, gateway("inclusive", "j", ""), logs("next"), closing("e"), flows("s g", "a j next e", "b j", "c j"), only("g", "a", "true"), only("g", "b", "false"), only("g", "c", "true"))}},
		{"inclusive join waits for a slow branch", "a next slow", []string{processOf("p", opening("s"), gateway("inclusive", "g", ""), logs("a"), logs("slow"), gateway("inclusive", "j", ""), logs("next"), closing("e"), flows("s g", "a j next e", "slow j"), only("g", "a", "true"), only("g", "slow", "true"))}},
		{"parallel split, exclusive join", "a b c next next next", []string{processOf("p", opening("s"), gateway("parallel", "g", ""), three, gateway("exclusive", "j", ""), logs("next"), closing("e"), flows("s g a j next e", "g b j", "g c j"))}},
		{"exclusive split, parallel join", "a waits", []string{processOf("p", opening("s"), gateway("exclusive", "g", ""), logs("a"), logs("b"), gateway("parallel", "j", ""), logs("next"), closing("e"), flows("s g", "a j next e", "b j"), only("g", "a", "true"), only("g", "b", "true"))}},
		{"inclusive split, exclusive join", "a b next next", []string{processOf("p", opening("s"), gateway("inclusive", "g", ""), logs("a"), logs("b"), gateway("exclusive", "j", ""), logs("next"), closing("e"), flows("s g", "a j next e", "b j"), only("g", "a", "true"), only("g", "b", "true"))}},
		{"parallel mixed", "a b c d", []string{processOf("p", opening("s"), gateway("parallel", "g", ""), logs("a"), logs("b"), gateway("parallel", "m", ""), logs("c"), logs("d"), gateway("parallel", "j", ""), closing("e"), flows("s g a m c j e", "g b m d j"))}},
		{"exclusive mixed", "a a c c", []string{processOf("p", opening("s"), gateway("parallel", "g", ""), gateway("exclusive", "m", ""), element("task", "x", "", ""), element("task", "y", "", ""), logs("a"), logs("c"), closing("e"), closing("e2"), flows("s g x m", "g y m", "a c e"), only("m", "a", "true"), only("m", "e2", "true"))}},
		{"implicit split and merge", "a b next next", []string{processOf("p", opening("s"), element("task", "x", "", ""), logs("a"), logs("b"), logs("next"), closing("e"), flows("s x a next e", "x b next"))}},
		{"conditional flows of an activity", "a", []string{processOf("p", opening("s"), element("task", "x", "", ""), logs("a"), logs("b"), closing("e"), flows("s x", "a e", "b e"), only("x", "a", "true"), only("x", "b", "false"))}},
		{"default flow of an activity", "b", []string{processOf("p", opening("s"), element("task", "x", `default="x_b"`, ""), logs("a"), logs("b"), closing("e"), flows("s x b e", "a e"), only("x", "a", "false"))}},
		{"event gateway, timer first", "a", []string{processOf("p", events, wait(timer(1), message)), sender(message)}},
		{"event gateway, message first", "b", []string{processOf("p", events, wait(timer(5), message)), sender(message)}},
		{"event gateway, signal first", "b", []string{processOf("p", events, wait(timer(5), signal)), sender(signal)}},
		{"event gateway, condition", "b", []string{processOf("p", events, wait(timer(5), when("true")))}},
		{"event gateway, receive task", "a", []string{processOf("p", events, element("receiveTask", "w1", `messageRef="M"`, ""), catches("w2", timer(9)), logs("a"), logs("b")), sender(message)}},
		{"complex gateway, one of three", "a next slow slow2", []string{processOf("p", opening("s"), gateway("parallel", "g", ""), logs("a"), logs("slow"), logs("slow2"), element("complexGateway", "j", "", `<activationCondition xsi:type="tFormalExpression">=activationCount >= 1</activationCondition>`), logs("next"), closing("e"), flows("s g a j next e", "g slow j", "g slow2 j"))}},
		{"complex gateway, two of three", "a next slow slow2", []string{processOf("p", opening("s"), gateway("parallel", "g", ""), logs("a"), logs("slow"), logs("slow2"), element("complexGateway", "j", "", `<activationCondition xsi:type="tFormalExpression">=activationCount >= 2</activationCondition>`), logs("next"), closing("e"), flows("s g a j next e", "g slow j", "g slow2 j"))}},
		{"arbitrary cycle", "a a a b", []string{processOf("p", opening("s"), sets("zero", "{n: 0}"), gateway("exclusive", "m", ""), logs("a"), sets("up", "{n: n + 1}"), gateway("exclusive", "g", `default="g_b"`), logs("b"), closing("e"), flows("s zero m a up g b e"), only("g", "m", "n &lt; 3"))}},
		{"several start events", "a b", []string{processOf("p", opening("s"), opening("s2"), logs("a"), logs("b"), closing("e"), flows("s a e", "s2 b e"))}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, trace(t, c.processes...)) })
	}
}
