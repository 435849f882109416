package compiler

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Pieces of DMN for the tables below.

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func literal(src string) string {
	return "<literalExpression><text>" + escaped(src) + "</text></literalExpression>"
}

func decision(name, typeRef, logic string, needs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<decision id="%s" name="%s"><variable name="%s" typeRef="%s"/>`, name, name, name, typeRef)
	for _, n := range needs {
		if id, isKnowledge := strings.CutPrefix(n, "call "); isKnowledge {
			fmt.Fprintf(&b, `<knowledgeRequirement><requiredKnowledge href="#%s"/></knowledgeRequirement>`, id)
		} else {
			fmt.Fprintf(&b, `<informationRequirement><requiredDecision href="#%s"/></informationRequirement>`, n)
		}
	}
	return b.String() + logic + "</decision>"
}

func knowledge(name, result, body string, params ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<businessKnowledgeModel id="%s" name="%s"><variable name="%s" typeRef="%s"/><encapsulatedLogic>`, name, name, name, result)
	for _, p := range params {
		n, typeRef, _ := strings.Cut(p, ":")
		fmt.Fprintf(&b, `<formalParameter name="%s" typeRef="%s"/>`, n, typeRef)
	}
	return b.String() + body + "</encapsulatedLogic></businessKnowledgeModel>"
}

// table has one output; each rule is its tests and its result separated by |.
func table(policy, output, inputs string, rules ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<decisionTable hitPolicy="%s">`, policy)
	for _, in := range strings.Split(inputs, "|") {
		b.WriteString("<input><inputExpression><text>" + escaped(in) + "</text></inputExpression></input>")
	}
	b.WriteString(`<output name="o">` + output + `</output>`)
	for _, r := range rules {
		cells := strings.Split(r, "|")
		b.WriteString("<rule>")
		for _, c := range cells[:len(cells)-1] {
			b.WriteString("<inputEntry><text>" + escaped(c) + "</text></inputEntry>")
		}
		b.WriteString("<outputEntry><text>" + escaped(cells[len(cells)-1]) + "</text></outputEntry></rule>")
	}
	return b.String() + "</decisionTable>"
}

// values evaluates every decision of a model.
func values(t *testing.T, body string) map[string]string {
	t.Helper()
	model, _, err := compileText(body, Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	out := map[string]string{}
	for i := range model.Elements {
		if model.Elements[i].Kind == dmn.Decision {
			v, err := dmn.NewEvaluation(model, feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{}), nil).Get(i)
			if err != nil {
				t.Fatalf("%s: %v", model.Elements[i].Name, err)
			}
			out[model.Elements[i].Name] = feel.Text(v)
		}
	}
	return out
}

func expect(t *testing.T, body string, want map[string]string) {
	t.Helper()
	got := values(t, body)
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s is %s, want %s", name, got[name], w)
		}
	}
}

// TestConversions binds results and arguments to types (DMN 1.5 §10.3.2.9.4).
func TestConversions(t *testing.T) {
	types := `<itemDefinition name="tPositive"><typeRef>number</typeRef><allowedValues><text>&gt; 0</text></allowedValues></itemDefinition>
<itemDefinition name="tList" isCollection="true"><typeRef>number</typeRef><allowedValues><text>&gt; 0</text></allowedValues></itemDefinition>
<itemDefinition name="tPair" isCollection="true"><typeRef>number</typeRef><typeConstraint><text>count(?) = 2</text></typeConstraint></itemDefinition>
<itemDefinition name="tContext"><itemComponent name="a"><typeRef>number</typeRef></itemComponent></itemDefinition>`
	cases := []struct{ typeRef, src, want string }{
		{"number", "[5]", "5"}, {"number", `"5"`, "null"}, {"number", "[1, 2]", "null"}, {"number", "[]", "null"}, {"Any", "[1]", "[1]"},
		{"date and time", `@"2020-01-01"`, `@"2020-01-01T00:00:00Z"`}, {"date", `@"2020-01-01T00:00:00"`, "null"},
		{"tPositive", "-1", "null"}, {"tPositive", "[1]", "1"}, {"tList", "3", "[3]"}, {"tList", "[1, -1]", "null"},
		{"tPair", "[1, -2]", "[1, -2]"}, {"tPair", "[1]", "null"},
		{"tContext", "{a: 1, b: 2}", "{a: 1, b: 2}"}, {"tContext", "{b: 2}", "null"}, {"tContext", "[{a: 1}]", "{a: 1}"}, {"tContext", "{a: null}", "{a: null}"},
	}
	body := types + knowledge("same", "number", literal("x"), "x:number") + knowledge("one", "", literal("1"), "x:number")
	want := map[string]string{}
	for i, c := range cases {
		name := fmt.Sprintf("d%d", i)
		body += decision(name, c.typeRef, literal(c.src))
		want[name] = c.want
	}
	for src, w := range map[string]string{
		`same("x")`: "null", "same([1])": "1", `one("x")`: "null", "one(null)": "1", "one()": "null", "one(1, 2)": "null", "one(y: 1)": "null",
	} {
		name := fmt.Sprintf("call%d", len(want))
		body += decision(name, "", literal(src), "call same", "call one")
		want[name] = w
	}
	body += decision("unbound", "", "<invocation>"+literal("one")+"</invocation>", "call one")
	want["unbound"] = "1"
	expect(t, body, want)
}

// TestKnowledge calls knowledge that calls itself, and tables whose parameters
// are their input expressions.
func TestKnowledge(t *testing.T) {
	ages := table("UNIQUE", "", "Age|Person.Name", ">= 18|-|Person.Name", "< 18|-|null")
	expect(t, knowledge("fact", "number", literal("if n < 2 then 1 else n * fact(n - 1)"), "n:number")+knowledge("Adult", "", ages)+
		decision("factorial", "", literal("fact(5)"), "call fact")+
		decision("positional", "", literal(`Adult(20, {Name: "Ann"})`), "call Adult")+
		decision("named", "", literal(`Adult(Person: {Name: "Bob"}, Age: 18)`), "call Adult"),
		map[string]string{"factorial": "120", "positional": `"Ann"`, "named": `"Bob"`})
}

// TestTables matches and misses in the ways that are easily confused.
func TestTables(t *testing.T) {
	ordered := `<outputValues><text>"hi","mid","lo"</text></outputValues>`
	fallback := `<defaultOutputEntry><text>"none"</text></defaultOutputEntry>`
	body := decision("five", "", literal("5")) + decision("letters", "", literal(`["a", "b"]`)) + decision("nothing", "", literal("null"))
	want := map[string]string{}
	for i, c := range []struct{ table, need, want string }{
		{table("UNIQUE", "", "five", `? > 3 and ? < 7|"in"`, `? >= 7, ? <= 3|"out"`), "five", `"in"`},
		{table("UNIQUE", "", "five", `[1..3],[5..9)|"in"`), "five", `"in"`},
		{table("UNIQUE", "", "five + 1", `five + 1|"same"`), "five", `"same"`},
		{table("UNIQUE", "", "letters", `list contains(?, "a")|"has"`, `not(list contains(?, "a"))|"has not"`), "letters", `"has"`},
		{table("UNIQUE", "", `"a"`, `letters|"one of"`), "letters", `"one of"`},
		{table("FIRST", "", "nothing", `not(null)|"value"`, `null|"null"`), "nothing", `"null"`},
		{table("FIRST", "", "nothing", `-|"any"`), "nothing", `"any"`},
		{table("PRIORITY", ordered, "five", `> 1|"lo"`, `> 2|"hi"`), "five", `"hi"`},
		{table("OUTPUT ORDER", ordered, "five", `> 1|"lo"`, `> 2|"hi"`, `> 3|"mid"`), "five", `["hi", "mid", "lo"]`},
		{table("UNIQUE", fallback, "five", `> 9|"big"`), "five", `"none"`},
		{table("RULE ORDER", "", "five", `> 9|"big"`), "five", "[]"},
	} {
		name := fmt.Sprintf("t%d", i)
		body += decision(name, "", c.table, c.need)
		want[name] = c.want
	}
	expect(t, body, want)
}
