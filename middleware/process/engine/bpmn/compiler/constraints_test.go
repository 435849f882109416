package compiler_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// A small language for models: node and flow write elements, definitions lets the
// nodes list their flows.

func node(kind, id, attrs, body string) string {
	return fmt.Sprintf(`<%s id="%s" %s>@%s@%s</%s>`, kind, id, attrs, id, body, kind)
}

func flow(chains ...string) string {
	var b strings.Builder
	for _, chain := range chains {
		nodes := strings.Fields(chain)
		for i := 1; i < len(nodes); i++ {
			fmt.Fprintf(&b, `<sequenceFlow id="%s_%s" sourceRef="%s" targetRef="%s"/>`, nodes[i-1], nodes[i], nodes[i-1], nodes[i])
		}
	}
	return b.String()
}

// conditional is a flow with a condition.
func conditional(from, to, attrs string) string {
	return fmt.Sprintf(`<sequenceFlow id="%s_%s" sourceRef="%s" targetRef="%s" %s><conditionExpression xsi:type="tFormalExpression">=true</conditionExpression></sequenceFlow>`, from, to, from, to, attrs)
}

var (
	ends2 = regexp.MustCompile(`<sequenceFlow id="([^"]*)" sourceRef="([^"]*)" targetRef="([^"]*)"`)
	slots = regexp.MustCompile(`@\w+@`)
)

// definitions completes a model.
func definitions(elements ...string) []byte {
	source := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="defs" targetNamespace="urn:test">` + strings.Join(elements, "") + `</definitions>`
	listed := map[string]string{}
	for _, f := range ends2.FindAllStringSubmatch(source, -1) {
		listed[f[3]] = "<incoming>" + f[1] + "</incoming>" + listed[f[3]]
		listed[f[2]] += "<outgoing>" + f[1] + "</outgoing>"
	}
	return []byte(slots.ReplaceAllStringFunc(source, func(m string) string { return listed[strings.Trim(m, "@")] }))
}

func proc(body ...string) string {
	return `<process id="p" isExecutable="true">` + strings.Join(body, "") + `</process>`
}

// through is start, the given node t and end.
func through(t string, more ...string) string {
	return proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", ""), t, flow("s t e"), strings.Join(more, ""))
}

const (
	declarations = `<itemDefinition id="I1" structureRef="I1"/><itemDefinition id="I2" structureRef="I2"/><itemDefinition id="IL" structureRef="I1" isCollection="true"/><message id="M" name="m" itemRef="I1"/><message id="M2" name="m2" itemRef="I2"/>
<signal id="S" name="s"/><error id="E" errorCode="E1"/><error id="E0"/><escalation id="X" escalationCode="X1"/><escalation id="X0"/>
<interface id="IF" name="i"><operation id="O" name="o"><inMessageRef>M</inMessageRef><outMessageRef>M2</outMessageRef></operation></interface>`
	messageEvent    = `<messageEventDefinition messageRef="M"><operationRef>O</operationRef></messageEventDefinition>`
	signalEvent     = `<signalEventDefinition signalRef="S"/>`
	errorEvent      = `<errorEventDefinition errorRef="E"/>`
	escalationEvent = `<escalationEventDefinition escalationRef="X"/>`
	compensateEvent = `<compensateEventDefinition/>`
	cancelEvent     = `<cancelEventDefinition/>`
	terminateEvent  = `<terminateEventDefinition/>`
	conditionEvent  = `<conditionalEventDefinition><condition xsi:type="tFormalExpression">=true</condition></conditionalEventDefinition>`
)

func timerEvent(part, text string) string {
	return fmt.Sprintf(`<timerEventDefinition><%s xsi:type="tFormalExpression">%s</%s></timerEventDefinition>`, part, text, part)
}

// io is an ioSpecification: inputs and outputs by id:item, with all in one set
// unless the sets are given.
func io(inputs, outputs []string, sets ...string) string {
	var b, in, out strings.Builder
	for _, x := range inputs {
		id, item, _ := strings.Cut(x, ":")
		fmt.Fprintf(&b, `<dataInput id="%s" itemSubjectRef="%s"/>`, id, item)
		fmt.Fprintf(&in, "<dataInputRefs>%s</dataInputRefs>", id)
	}
	for _, x := range outputs {
		id, item, _ := strings.Cut(x, ":")
		fmt.Fprintf(&b, `<dataOutput id="%s" itemSubjectRef="%s"/>`, id, item)
		fmt.Fprintf(&out, "<dataOutputRefs>%s</dataOutputRefs>", id)
	}
	if len(sets) == 0 {
		sets = []string{"<inputSet>" + in.String() + "</inputSet>", "<outputSet>" + out.String() + "</outputSet>"}
	}
	return "<ioSpecification>" + b.String() + strings.Join(sets, "") + "</ioSpecification>"
}

// eventGateway leads to two catch events, or what is given instead of the second.
func eventGateway(attrs, second string, more ...string) string {
	return proc(node("startEvent", "s", "", ""), node("eventBasedGateway", "g", attrs, ""), node("intermediateCatchEvent", "c1", "", messageEvent), second,
		node("endEvent", "e", "", ""), flow("s g c1 e", "g c2 e"), strings.Join(more, ""))
}

func innerProcess(kind, attrs string, body ...string) string {
	return through(node(kind, "t", attrs, strings.Join(body, "")))
}

func plain(id string) string { return node("task", id, "", "") }

func inside(start, end string) string {
	return node("startEvent", "is", "", start) + node("endEvent", "ie", "", end) + plain("it") + flow("is it ie")
}

func boundary(attrs, body string) string {
	return through(plain("t"), node("boundaryEvent", "b", `attachedToRef="t" `+attrs, body), node("endEvent", "e2", "", ""), flow("b e2"))
}

func eventSubprocess(attrs, body string) string {
	start := node("startEvent", "es", attrs, body)
	return through(plain("t"), node("subProcess", "ev", `triggeredByEvent="true"`, start+node("endEvent", "ee", "", "")+flow("es ee")))
}

func collaboration(body string) string { return `<collaboration id="col">` + body + `</collaboration>` }

// link is a throwing and a catching link; source and target are what they name.
func link(target, source string) string {
	return proc(node("startEvent", "s", "", ""), node("intermediateThrowEvent", "lt", "", `<linkEventDefinition id="l1" name="l">`+target+`</linkEventDefinition>`),
		node("intermediateCatchEvent", "lc", "", `<linkEventDefinition id="l2" name="l">`+source+`</linkEventDefinition>`), node("endEvent", "e", "", ""), flow("s lt", "lc e"))
}

func compensation(handler, association string) string {
	return through(plain("t"), node("boundaryEvent", "b", `attachedToRef="t"`, compensateEvent), handler, association)
}

// pools are two participants with a message flow between two of their elements.
func pools(from, to, start, end string) []string {
	return only(collaboration(`<participant id="A" processRef="p"/><participant id="B" processRef="q"/><messageFlow id="mf" sourceRef="`+from+`" targetRef="`+to+`"/>`),
		through(plain("t")),
		`<process id="q" isExecutable="true">`+node("startEvent", "qs", "", start)+plain("qt")+node("intermediateCatchEvent", "qc", "", messageEvent)+node("intermediateThrowEvent", "qh", "", messageEvent)+
			node("endEvent", "qe", "", end)+flow("qs qt qc qh qe")+`</process>`)
}

func only(elements ...string) []string { return append([]string{declarations}, elements...) }

// constraints has for each number a model that breaks it and one that does not.
var constraints = []struct {
	rule      string
	bad, good []string
}{
	{"EXT001", only(`<import namespace="urn:x" location="x.bpmn" importType="http://www.omg.org/spec/BPMN/20100524/MODEL"/>`, through(plain("t"))), only(through(plain("t")))},
	{"EXT002", only(through(plain("t")), `<signal id="t" name="x"/>`), only(through(plain("t")), `<signal id="t2" name="x"/>`)},
	{"EXT004", []string{`<extension mustUnderstand="true" definition="x:y"/>`, through(plain("t"))}, []string{`<extension mustUnderstand="false" definition="x:y"/>`, through(plain("t"))}},
	{"EXT005", only(through(`<task id="t"><extensionElements><task id="x"/></extensionElements>@t@</task>`)), only(through(`<task id="t"><extensionElements><x xmlns="urn:x"/></extensionElements>@t@</task>`))},
	{"EXT007", only(through(plain("t"), `<textAnnotation id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="t"/>`)), only(through(plain("t"), `<textAnnotation id="a"/>`))},
	{"EXT008", only(collaboration(`<participant id="A"/><messageFlow id="mf" sourceRef="A" targetRef="a"/><textAnnotation id="a"/>`), through(plain("t"))), pools("t", "qs", messageEvent, "")},
	{"EXT010", only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", `<errorEventDefinition errorRef="E0"/>`), flow("s e"))), only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", errorEvent), flow("s e")))},
	{"EXT011", only(through(node("intermediateThrowEvent", "t", "", `<escalationEventDefinition escalationRef="X0"/>`))), only(through(node("intermediateThrowEvent", "t", "", escalationEvent)))},
	{"EXT011", only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", `<escalationEventDefinition/>`), flow("s e"))), only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", escalationEvent), flow("s e")))},
	{"EXT013", only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDuration", "")))), only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDuration", "PT1S"))))},
	{"EXT018", only(proc(node("startEvent", "s", "", ""), node("startEvent", "s2", "", ""), node("exclusiveGateway", "g", `gatewayDirection="Diverging"`, ""), plain("t"), node("endEvent", "e", "", ""), flow("s g t e", "s2 g"), conditional("g", "e", ""))),
		only(proc(node("startEvent", "s", "", ""), node("parallelGateway", "g", `gatewayDirection="Diverging"`, ""), plain("t"), node("endEvent", "e", "", ""), flow("s g t e", "g e")))},
	{"EXT019", only(proc(node("startEvent", "s", "", ""), node("parallelGateway", "g", `gatewayDirection="Mixed"`, ""), plain("t"), node("endEvent", "e", "", ""), flow("s g t e", "g e"))),
		only(proc(node("startEvent", "s", "", ""), node("startEvent", "s2", "", ""), node("parallelGateway", "g", `gatewayDirection="Mixed"`, ""), plain("t"), node("endEvent", "e", "", ""), flow("s g t e", "s2 g e")))},
	{"EXT021", only(through(plain("t"), node("subProcess", "ev", `triggeredByEvent="true"`, node("startEvent", "es", "", messageEvent)+node("endEvent", "ee", "", "")+flow("es ee")), flow("ev e"))), only(eventSubprocess("", messageEvent))},
	{"EXT022", only(through(plain("t"), `<dataObject id="d"/>`, flow("t d"))), only(through(plain("t"), `<dataObject id="d"/>`))},
	{"EXT024", only(strings.Replace(through(plain("t")), `targetRef="e"`, `targetRef="e" isImmediate="false"`, 1)), only(strings.Replace(through(plain("t")), `targetRef="e"`, `targetRef="e" isImmediate="true"`, 1))},
	{"EXT025", only(proc(node("startEvent", "s", "", ""), plain("t"), node("endEvent", "e", "", ""), flow("s t"), conditional("t", "e", ""))),
		only(proc(node("startEvent", "s", "", ""), plain("t"), node("endEvent", "e", "", ""), node("endEvent", "e2", "", ""), flow("s t e2"), conditional("t", "e", "")))},
	{"EXT025", only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", ""), conditional("s", "e", ""))), only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", ""), flow("s e")))},
	{"EXT027", only(`<choreography id="ch"><choreographyRef>c2</choreographyRef></choreography><choreography id="c2"/>`, through(plain("t"))), only(`<choreography id="ch"/><choreography id="c2"/>`, through(plain("t")))},
	{"EXT028", only(through(plain("t")), `<process id="q">`+node("startEvent", "qs", "", "")+node("endEvent", "qe", "", "")+flow("qs qe")+flow("t qe")+`</process>`), only(through(plain("t")), `<process id="q">`+node("startEvent", "qs", "", "")+node("endEvent", "qe", "", "")+flow("qs qe")+`</process>`)},
	{"EXT030", only(collaboration(`<participant id="A" processRef="p"><participantMultiplicity minimum="3" maximum="2"/></participant>`), through(plain("t"))), only(collaboration(`<participant id="A" processRef="p"><participantMultiplicity minimum="2" maximum="2"/></participant>`), through(plain("t")))},
	{"EXT030", only(collaboration(`<participant id="A" processRef="p"><participantMultiplicity minimum="0" maximum="0"/></participant>`), through(plain("t"))), only(collaboration(`<participant id="A" processRef="p"><participantMultiplicity minimum="1"/></participant>`), through(plain("t")))},
	{"EXT031", pools("t", "s", messageEvent, ""), pools("t", "qc", "", "")},
	{"EXT031", pools("A", "t", messageEvent, ""), pools("A", "qt", "", "")},
	{"EXT034", only(`<choreography id="ch">`+plain("x")+`</choreography>`, through(plain("t"))), only(`<choreography id="ch"/>`, through(plain("t")))},
	{"EXT035", only(strings.Replace(through(plain("t")), "<process ", `<process processType="Public" `, 1)), only(strings.Replace(through(plain("t")), "<process ", `<process processType="Private" `, 1))},
	{"EXT037", only(through(node("task", "t", `startQuantity="0"`, ""))), only(through(node("task", "t", `startQuantity="1"`, "")))},
	{"EXT038", only(through(node("task", "t", `completionQuantity="0"`, ""))), only(through(node("task", "t", `completionQuantity="2"`, "")))},
	{"EXT041", only(through(node("userTask", "t", "", `<performer id="pf"><resourceAssignmentExpression><expression>x</expression></resourceAssignmentExpression></performer>`))),
		only(through(node("userTask", "t", "", `<performer id="pf"><resourceAssignmentExpression><formalExpression>=1</formalExpression></resourceAssignmentExpression></performer>`)))},
	{"EXT043", only(through(node("serviceTask", "t", `operationRef="O"`, io([]string{"i:I1"}, []string{"o:I2"}, "<inputSet><dataInputRefs>i</dataInputRefs></inputSet>", "<outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>", "<outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>")))),
		only(through(node("serviceTask", "t", `operationRef="O"`, io([]string{"i:I1"}, []string{"o:I2"}))))},
	{"EXT044", only(through(node("serviceTask", "t", `operationRef="O"`, io([]string{"i:I2"}, []string{"o:I2"})))), only(through(node("serviceTask", "t", `operationRef="O"`, io([]string{"i:I1"}, []string{"o:I2"}))))},
	{"EXT046", only(through(node("sendTask", "t", `messageRef="M"`, io([]string{"i:I1"}, nil, "<inputSet><dataInputRefs>i</dataInputRefs></inputSet>", "<inputSet><dataInputRefs>i</dataInputRefs></inputSet>", "<outputSet/>")))), only(through(node("sendTask", "t", `messageRef="M"`, io([]string{"i:I1"}, nil))))},
	{"EXT047", only(through(node("sendTask", "t", `messageRef="M"`, io([]string{"i:I1", "j:I1"}, nil)))), only(through(node("sendTask", "t", `messageRef="M"`, io([]string{"i:I1"}, nil))))},
	{"EXT049", only(proc(node("startEvent", "s", "", ""), node("receiveTask", "t", `messageRef="M" instantiate="true"`, ""), node("endEvent", "e", "", ""), flow("s t e"))), only(proc(node("receiveTask", "t", `messageRef="M" instantiate="true"`, ""), node("endEvent", "e", "", ""), flow("t e")))},
	{"EXT050", only(through(node("receiveTask", "t", `messageRef="M"`, io(nil, []string{"o:I1"}, "<inputSet/>", "<outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>", "<outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>")))), only(through(node("receiveTask", "t", `messageRef="M"`, io(nil, []string{"o:I1"}))))},
	{"EXT052", only(through(node("receiveTask", "t", `messageRef="M"`, io(nil, []string{"o:I2"})))), only(through(node("receiveTask", "t", `messageRef="M"`, io(nil, []string{"o:I1"}))))},
	{"EXT053", only(through(node("scriptTask", "t", "", "<script>1</script>"))), only(through(node("scriptTask", "t", `scriptFormat="text/feel"`, "<script>1</script>")))},
	{"EXT055", only(through(node("task", "t", "", `<standardLoopCharacteristics loopMaximum="1"/><multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">2</loopCardinality></multiInstanceLoopCharacteristics>`))), only(through(node("task", "t", "", `<standardLoopCharacteristics loopMaximum="1"/>`)))},
	{"EXT056", only(innerProcess("subProcess", "", inside("", ""), `<choreographyTask id="ct" initiatingParticipantRef="A"><participantRef>A</participantRef><messageFlowRef>mf</messageFlowRef></choreographyTask>`)), only(innerProcess("subProcess", "", inside("", "")))},
	{"EXT058", only(through(plain("t"), node("subProcess", "ev", `triggeredByEvent="true"`, node("startEvent", "es", "", messageEvent)+node("startEvent", "es2", "", signalEvent)+node("endEvent", "ee", "", "")+flow("es ee", "es2 ee")))), only(eventSubprocess("", messageEvent))},
	{"EXT059", only(eventSubprocess("", "")), only(eventSubprocess("", escalationEvent))},
	{"EXT059", only(eventSubprocess(`isInterrupting="false"`, errorEvent)), only(eventSubprocess("", errorEvent))},
	{"EXT059", only(eventSubprocess(`isInterrupting="false"`, compensateEvent)), only(eventSubprocess(`isInterrupting="false"`, timerEvent("timeDuration", "PT1S")))},
	{"EXT059", only(eventSubprocess("", terminateEvent)), only(eventSubprocess("", conditionEvent))},
	{"EXT061", only(innerProcess("adHocSubProcess", "", `<dataObject id="d"/>`)), only(innerProcess("adHocSubProcess", "", plain("it")))},
	{"EXT062", only(innerProcess("adHocSubProcess", "", inside("", ""))), only(innerProcess("adHocSubProcess", "", plain("it")))},
	{"EXT064", only(`<globalTask id="gt"><supportedInterfaceRef>IF</supportedInterfaceRef></globalTask>`, through(plain("t"))), only(`<globalTask id="gt"><supportedInterfaceRef>IF</supportedInterfaceRef>`+io([]string{"i:I1"}, []string{"o:I2"})+`<ioBinding operationRef="O" inputDataRef="i" outputDataRef="o"/></globalTask>`, through(plain("t")))},
	{"EXT068", only(through(node("task", "t", "", `<multiInstanceLoopCharacteristics><loopDataInputRef>d</loopDataInputRef></multiInstanceLoopCharacteristics>`), `<dataObject id="d"/>`)), only(through(node("task", "t", "", io([]string{"d:I1"}, nil)+`<multiInstanceLoopCharacteristics><loopDataInputRef>d</loopDataInputRef></multiInstanceLoopCharacteristics>`)))},
	{"EXT071", only(through(node("task", "t", "", `<multiInstanceLoopCharacteristics behavior="One"><loopCardinality xsi:type="tFormalExpression">2</loopCardinality></multiInstanceLoopCharacteristics>`))), only(`<signalEventDefinition id="SD" signalRef="S"/>`, through(node("task", "t", "", `<multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="SD"><loopCardinality xsi:type="tFormalExpression">2</loopCardinality></multiInstanceLoopCharacteristics>`)))},
	{"EXT072", only(through(node("task", "t", "", `<multiInstanceLoopCharacteristics behavior="None"><loopCardinality xsi:type="tFormalExpression">2</loopCardinality></multiInstanceLoopCharacteristics>`))), only(`<signalEventDefinition id="SD" signalRef="S"/>`, through(node("task", "t", "", `<multiInstanceLoopCharacteristics behavior="None" noneBehaviorEventRef="SD"><loopCardinality xsi:type="tFormalExpression">2</loopCardinality></multiInstanceLoopCharacteristics>`)))},
	{"EXT077", only(through(plain("t"), `<dataObject id="d" name="D"/><dataObjectReference id="r" dataObjectRef="d" itemSubjectRef="I1"/>`)), only(through(plain("t"), `<dataObject id="d" name="D"/><dataObjectReference id="r" dataObjectRef="d"/>`))},
	{"EXT078", only(through(plain("t"), `<dataObject id="d"><dataState name="x"/></dataObject>`)), only(through(plain("t"), `<dataObject id="d"/>`))},
	{"EXT081", only(through(node("task", "t", "", `<ioSpecification><outputSet/></ioSpecification>`))), only(through(node("task", "t", "", `<ioSpecification><inputSet/><outputSet/></ioSpecification>`)))},
	{"EXT083", only(through(node("task", "t", "", `<ioSpecification><inputSet/></ioSpecification>`))), only(through(node("task", "t", "", `<ioSpecification><inputSet/><outputSet/></ioSpecification>`)))},
	{"EXT084", only(through(node("task", "t", "", io([]string{"i:I1"}, nil, "<inputSet/>", "<outputSet/>")))), only(through(node("task", "t", "", io([]string{"i:I1"}, nil))))},
	{"EXT086", only(through(node("task", "t", "", io([]string{"i:I1", "j:I1"}, nil, "<inputSet><dataInputRefs>i</dataInputRefs><whileExecutingInputRefs>j</whileExecutingInputRefs></inputSet>", "<inputSet><dataInputRefs>j</dataInputRefs></inputSet>", "<outputSet/>")))),
		only(through(node("task", "t", "", io([]string{"i:I1"}, nil, "<inputSet><dataInputRefs>i</dataInputRefs><whileExecutingInputRefs>i</whileExecutingInputRefs></inputSet>", "<outputSet/>"))))},
	{"EXT087", only(through(node("task", "t", "", io(nil, nil, `<inputSet id="is"><outputSetRefs>os</outputSetRefs></inputSet>`, `<outputSet id="os"/>`)))), only(through(node("task", "t", "", io(nil, nil, `<inputSet id="is"><outputSetRefs>os</outputSetRefs></inputSet>`, `<outputSet id="os"><inputSetRefs>is</inputSetRefs></outputSet>`))))},
	{"EXT089", only(through(node("task", "t", "", io(nil, []string{"o:I1", "q:I1"}, "<inputSet/>", "<outputSet><dataOutputRefs>o</dataOutputRefs><optionalOutputRefs>q</optionalOutputRefs></outputSet>", "<outputSet><dataOutputRefs>q</dataOutputRefs></outputSet>")))),
		only(through(node("task", "t", "", io(nil, []string{"o:I1"}, "<inputSet/>", "<outputSet><dataOutputRefs>o</dataOutputRefs><optionalOutputRefs>o</optionalOutputRefs></outputSet>"))))},
	{"EXT090", only(through(node("task", "t", "", io(nil, []string{"o:I1", "q:I1"}, "<inputSet/>", "<outputSet><dataOutputRefs>o</dataOutputRefs><whileExecutingOutputRefs>q</whileExecutingOutputRefs></outputSet>", "<outputSet><dataOutputRefs>q</dataOutputRefs></outputSet>")))),
		only(through(node("task", "t", "", io(nil, []string{"o:I1"}))))},
	{"EXT092", only(through(node("task", "t", "", io([]string{"i:I1"}, nil)+`<dataInputAssociation id="x"><sourceRef>d</sourceRef><sourceRef>d2</sourceRef><targetRef>i</targetRef></dataInputAssociation>`), `<dataObject id="d"/><dataObject id="d2"/>`)),
		only(through(node("task", "t", "", io([]string{"i:I1"}, nil)+`<dataInputAssociation id="x"><sourceRef>d</sourceRef><targetRef>i</targetRef></dataInputAssociation>`), `<dataObject id="d"/><dataObject id="d2"/>`))},
	{"EXT095", only(through(node("intermediateThrowEvent", "t", "", `<messageEventDefinition id="md" messageRef="M"><operationRef>O</operationRef></messageEventDefinition>`), node("intermediateThrowEvent", "t2", "", "<eventDefinitionRef>md</eventDefinitionRef>"), node("endEvent", "e2", "", ""), flow("t t2 e2"))),
		only(`<messageEventDefinition id="md" messageRef="M"><operationRef>O</operationRef></messageEventDefinition>`, through(node("intermediateThrowEvent", "t", "", "<eventDefinitionRef>md</eventDefinitionRef>"), node("intermediateThrowEvent", "t2", "", "<eventDefinitionRef>md</eventDefinitionRef>"), node("endEvent", "e2", "", ""), flow("t t2 e2")))},
	{"EXT096", only(through(plain("t"), flow("t s"))), only(through(plain("t")))},
	{"EXT098", only(proc(node("startEvent", "s", "", errorEvent), node("endEvent", "e", "", ""), flow("s e"))), only(proc(node("startEvent", "s", "", signalEvent), node("endEvent", "e", "", ""), flow("s e")))},
	{"EXT099", only(through(node("callActivity", "t", `calledElement="q"`, "")), `<process id="q" isExecutable="true">`+node("startEvent", "qs", "", signalEvent)+node("endEvent", "qe", "", "")+flow("qs qe")+`</process>`),
		only(through(node("callActivity", "t", `calledElement="q"`, "")), `<process id="q" isExecutable="true">`+node("startEvent", "qs", "", "")+node("endEvent", "qe", "", "")+flow("qs qe")+`</process>`)},
	{"EXT101", only(through(plain("t"), node("startEvent", "s2", "", ""))), only(through(plain("t")))},
	{"EXT102", pools("qs", "t", messageEvent, ""), pools("qt", "t", "", "")},
	{"EXT104", only(through(plain("t"), plain("t2"), flow("e t2 e"))), only(through(plain("t")))},
	{"EXT105", only(proc(node("startEvent", "s", "", ""), plain("t"), flow("s t"))), only(through(plain("t")))},
	{"EXT107", only(through(plain("t"), node("endEvent", "e2", "", ""))), only(through(plain("t")))},
	{"EXT108", pools("t", "qe", "", messageEvent), pools("qe", "t", "", messageEvent)},
	{"EXT110", only(boundary("", terminateEvent)), only(boundary("", signalEvent))},
	{"EXT110", only(boundary(`cancelActivity="false"`, errorEvent)), only(boundary("", errorEvent))},
	{"EXT111", only(boundary("", cancelEvent)), only(innerProcess("transaction", "", inside("", cancelEvent)), "")},
	{"EXT113", only(through(plain("t"), node("boundaryEvent", "b", `attachedToRef="t"`, signalEvent))), only(boundary("", signalEvent))},
	{"EXT114", only(compensation(`<task id="h" isForCompensation="true"/>`, node("endEvent", "e2", "", "")+flow("b e2")+`<association id="as" sourceRef="b" targetRef="h"/>`)), only(compensation(`<task id="h" isForCompensation="true"/>`, `<association id="as" sourceRef="b" targetRef="h"/>`))},
	{"EXT116", only(proc(node("startEvent", "s", "", ""), node("intermediateThrowEvent", "t", "", messageEvent), plain("t2"), node("endEvent", "e", "", ""), flow("s t", "s t2 e"))), only(through(node("intermediateThrowEvent", "t", "", messageEvent)))},
	{"EXT117", only(strings.Replace(link("<target>l2</target>", "<source>l1</source>"), "</process>", flow("lt e")+"</process>", 1)), only(link("<target>l2</target>", "<source>l1</source>"))},
	{"EXT118", only(link("<target>l2</target>", "<source>l2</source>")), only(link("<target>l2</target>", "<source>l1</source>"))},
	{"EXT119", pools("t", "qh", "", ""), pools("t", "qc", "", "")},
	{"EXT119", pools("qc", "t", "", ""), pools("qh", "t", "", "")},
	{"EXT120", only(through(node("intermediateThrowEvent", "t", "", cancelEvent))), only(innerProcess("transaction", "", inside("", cancelEvent)))},
	{"EXT122", only(through(node("intermediateCatchEvent", "t", "", compensateEvent))), only(through(node("intermediateCatchEvent", "t", "", signalEvent)))},
	{"EXT123", only(through(node("intermediateCatchEvent", "t", "", `<conditionalEventDefinition><condition>when it rains</condition></conditionalEventDefinition>`))), only(through(node("intermediateCatchEvent", "t", "", conditionEvent)))},
	{"EXT125", only(link("", "<source>l1</source>")), only(link("<target>l2</target>", "<source>l1</source>"))},
	{"EXT128", only(through(node("intermediateCatchEvent", "t", "", `<messageEventDefinition messageRef="M"/>`))), only(through(node("intermediateCatchEvent", "t", "", messageEvent)))},
	{"EXT131", only(through(node("intermediateCatchEvent", "t", "", `<timerEventDefinition/>`))), only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDuration", "PT1S"))))},
	{"EXT132", only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDate", "tomorrow")))), only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDate", "2030-01-01T00:00:00Z"))))},
	{"EXT133", only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeCycle", "R/x")))), only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeCycle", "R3/PT1S"))))},
	{"EXT134", only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDuration", "1 second")))), only(through(node("intermediateCatchEvent", "t", "", timerEvent("timeDuration", "P1DT2H"))))},
	{"EXT135", only(through(node("exclusiveGateway", "t", "", ""))), only(through(node("parallelGateway", "t", "", ""), node("endEvent", "e2", "", ""), flow("t e2")))},
	{"EXT137", only(strings.Replace(eventGateway("", node("intermediateCatchEvent", "c2", "", signalEvent)), flow("g c2"), conditional("g", "c2", ""), 1)), only(eventGateway("", node("intermediateCatchEvent", "c2", "", signalEvent)))},
	{"EXT138", only(eventGateway("", plain("c2"))), only(eventGateway("", node("intermediateCatchEvent", "c2", "", timerEvent("timeDuration", "PT1S"))))},
	{"EXT140", only(strings.Replace(eventGateway("", node("receiveTask", "c2", `messageRef="M"`, ""), node("boundaryEvent", "b", `attachedToRef="c2"`, signalEvent), flow("b e")), messageEvent, signalEvent, 1)), only(strings.Replace(eventGateway("", node("receiveTask", "c2", `messageRef="M"`, "")), messageEvent, signalEvent, 1))},
	{"EXT141", only(eventGateway("", node("intermediateCatchEvent", "c2", "", signalEvent), plain("t"), flow("s t c2"))), only(eventGateway("", node("intermediateCatchEvent", "c2", "", signalEvent)))},
	{"EXT143", only(compensation(`<task id="h" isForCompensation="true"/>`, "")), only(compensation(`<task id="h" isForCompensation="true"/>`, `<association id="as" sourceRef="b" targetRef="h"/>`))},
	{"EXT144", only(compensation(plain("h"), flow("s h e")+`<association id="as" sourceRef="b" targetRef="h"/>`)), only(compensation(`<task id="h" isForCompensation="true"/>`, `<association id="as" sourceRef="b" targetRef="h"/>`))},
	{"EXT146", only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", conditionEvent), flow("s e"))), only(proc(node("startEvent", "s", "", ""), node("endEvent", "e", "", terminateEvent), flow("s e")))},
	{"EXT149", only(through(node("intermediateThrowEvent", "t", "", errorEvent))), only(through(node("intermediateThrowEvent", "t", "", compensateEvent)))},
	{"EXT150", only(through(plain("t"), plain("t2"), flow("t2 e"))), only(through(plain("t"), plain("t2"), flow("s t2 e")))},
	{"EXT152", only(innerProcess("subProcess", "", inside("", ""), flow("it e"))), only(innerProcess("subProcess", "", inside("", "")))},
	{"EXEC", only(proc(node("startEvent", "s", `parallelMultiple="true"`, messageEvent+signalEvent), node("endEvent", "e", "", ""), flow("s e"))), only(proc(node("startEvent", "s", "", messageEvent+signalEvent), node("endEvent", "e", "", ""), flow("s e")))},
	{"REF", only(through(node("receiveTask", "t", `messageRef="S"`, ""))), only(through(node("receiveTask", "t", `messageRef="M"`, "")))},
	{"REF", only(through(node("intermediateThrowEvent", "t", "", `<signalEventDefinition signalRef="nothing"/>`))), only(through(node("intermediateThrowEvent", "t", "", signalEvent)))},
	{"XSD", only(through(node("task", "t", `colour="red"`, ""))), only(through(plain("t")))},
	{"XSD", only(through(node("boundaryEvent", "t", "", signalEvent))), only(boundary("", signalEvent))},
}

// TestConstraints: the first of a pair is refused by its rule, the second not at
// all.
func TestConstraints(t *testing.T) {
	for i, c := range constraints {
		t.Run(fmt.Sprintf("%s %d", c.rule, i), func(t *testing.T) {
			_, _, err := compiler.Compile(definitions(c.bad...), compiler.Options{})
			var broken compiler.Diagnostics
			require.ErrorAs(t, err, &broken)
			require.True(t, broken.Has(c.rule), err)
			_, _, err = compiler.Compile(definitions(c.good...), compiler.Options{})
			require.NoError(t, err, string(definitions(c.good...)))
		})
	}
}
