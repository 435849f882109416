package workbench_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

func names(fields []feel.Field) string {
	var list []string
	for _, f := range fields {
		list = append(list, f.Name+":"+workbench.TypeName(f.Type))
	}
	return strings.Join(list, " ")
}

func steps(m *workbench.Model) map[string]string {
	out := map[string]string{}
	for _, form := range m.Steps(0) {
		out[form.ID] = names(form.Fields)
	}
	return out
}

// What starting an example and each of its steps bring: nothing that only the
// process itself may set, above all not who is paid and how much.
func TestFormsOfTheExamples(t *testing.T) {
	sale := open(t, "sale")
	require.Equal(t, "item:string category:string sellerLevel:string priceWei:number", names(sale.Start(0).Fields))
	require.Equal(t, map[string]string{
		"answer": "answer:string offerWei:number", "reconsider": "priceWei:number", "ship": "tracking:string", "receive": "complaint:string",
		"judge": "sellerBps:number", "rateSeller": "stars:number", "rateBuyer": "stars:number",
	}, steps(sale))
	credit := open(t, "credit")
	require.Equal(t, "goods:string units:number priceWei:number freightWei:number", names(credit.Start(0).Fields))
	require.Equal(t, map[string]string{
		"open": "", "present": "", "carry": "documents:string", "examine": "discrepancy:string", "cure": "documents:string",
	}, steps(credit))
	ride := open(t, "ride")
	require.Equal(t, "from:string to:string baseWei:number noShowWei:number cabs:Any", names(ride.Start(0).Fields))
	require.Equal(t, map[string]string{
		"request": "", "offer": "perKmWei:number", "choose": "choice:number", "arrive": "", "board": "", "drive": "", "ticks": "reading:number",
	}, steps(ride))
}

const head = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cm="urn:cybermiles:process:1" id="d" targetNamespace="urn:test">`

func compile(t *testing.T, source string) *workbench.Model {
	model, _, err := compiler.Compile([]byte(head+source+"</definitions>"), compiler.Options{})
	require.NoError(t, err)
	return workbench.New(model)
}

// A variable that one branch sets and another only reads is read before it is
// set; one that an interrupted task would have set is not set.
func TestStartFollowsEveryPath(t *testing.T) {
	m := compile(t, `<process id="p" isExecutable="true"><extensionElements><cm:remainder to="=heir"/></extensionElements>
<startEvent id="s"><outgoing>f1</outgoing></startEvent><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
<scriptTask id="a" scriptFormat="feel"><extensionElements><cm:script result="always"/></extensionElements><incoming>f1</incoming><outgoing>f2</outgoing><script>1</script></scriptTask>
<sequenceFlow id="f2" sourceRef="a" targetRef="b"/>
<userTask id="b"><extensionElements><cm:output source="=sometimes" target="sometimes"/><cm:output source="=list[index]" target="chosen"/></extensionElements><incoming>f2</incoming><outgoing>f3</outgoing></userTask>
<boundaryEvent id="x" attachedToRef="b"><outgoing>f4</outgoing><timerEventDefinition><timeDuration xsi:type="tFormalExpression">=duration(patience)</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f3" sourceRef="b" targetRef="c"/><sequenceFlow id="f4" sourceRef="x" targetRef="c"/>
<scriptTask id="c" scriptFormat="feel"><incoming>f3</incoming><incoming>f4</incoming><outgoing>f5</outgoing><script>always + sometimes + caller</script></scriptTask>
<sequenceFlow id="f5" sourceRef="c" targetRef="e"/><endEvent id="e"><incoming>f5</incoming></endEvent></process>`)
	require.Equal(t, "heir:Any sometimes:Any list:Any index:Any patience:Any", sorted(names(m.Start(0).Fields), "heir sometimes list index patience"))
	require.Equal(t, map[string]string{"b": "sometimes:Any"}, steps(m))
}

// sorted puts words into the order of their prefixes.
func sorted(text, order string) string {
	var out []string
	for _, prefix := range strings.Fields(order) {
		for _, word := range strings.Fields(text) {
			if strings.HasPrefix(word, prefix+":") {
				out = append(out, word)
			}
		}
	}
	if len(out) != len(strings.Fields(text)) {
		return text
	}
	return strings.Join(out, " ")
}

func TestFill(t *testing.T) {
	m := open(t, "sale")
	form := m.Start(0)
	values, err := form.Fill([]byte(`{"priceWei": 1000000000000000000000, "category": "books"}`))
	require.NoError(t, err)
	require.Equal(t, `{priceWei: 1000000000000000000000, category: "books"}`, feel.Text(values))
	packed, err := form.Pack([]byte(`{"priceWei": 5}`))
	require.NoError(t, err)
	back, err := workbench.JSON(packed)
	require.NoError(t, err)
	require.JSONEq(t, `{"priceWei": 5}`, string(back))
	packed, err = form.Pack(nil)
	require.NoError(t, err)
	require.Empty(t, packed)

	for text, want := range map[string]string{
		`{"buyer": "me"}`:        `"buyer" is nothing that the start of sale brings; it brings "item", "category"`,
		`{"heldWei": 5}`:         `"heldWei" is nothing`,
		`[1]`:                    "want an object",
		`{"priceWei": 1} {}`:     "there is more after the value",
		`{"priceWei": "a bird"}`: `"a bird" is no number`,
	} {
		_, err := form.Fill([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
	arrive, _ := open(t, "ride").Step(open(t, "ride").Lookup("arrive"))
	_, err = arrive.Fill([]byte(`{"ride": {}}`))
	require.ErrorContains(t, err, "it brings nothing")
}

// The drawing of a compiled model shows every node and flow, with tokens.
func TestDrawWithoutSource(t *testing.T) {
	for _, name := range []string{"sale", "credit", "ride"} {
		m := open(t, name)
		diagram, err := m.Draw(0, nil, map[string]int{m.Nodes[2].ID: 2})
		require.NoError(t, err)
		text := diagram.Text()
		for i := 1; i < len(m.Nodes); i++ {
			title := m.Nodes[i].Name
			if title == "" {
				title = m.Nodes[i].ID
			}
			require.Contains(t, text, title)
		}
		require.Contains(t, text, "●●")
		require.Equal(t, len(m.Flows), len(diagram.Edges))
	}
}
