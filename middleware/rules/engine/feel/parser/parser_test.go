package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// values are globals by index.
type values []feel.Value

func (v values) Global(_ *feel.Machine, i int) feel.Value { return v[i] }

// TestNames reads names with spaces, operators and keywords, which depend on
// what is in scope.
func TestNames(t *testing.T) {
	scope := NewScope()
	var globals values
	for i, name := range []string{"a", "b", "a-b", "Pre-bureau risk", "Loan and term", "Person's age", "for sale", "date", "x.y", "Amount (net)"} {
		scope.AddGlobal(name, i)
		globals = append(globals, feel.Int(i+1))
	}
	scope.AddImported("Model B", "Fee", len(globals))
	globals = append(globals, feel.Int(99))
	scope.AddMember("first name")
	globals = append(globals, feel.List{feel.NewContext(feel.Entry{Key: "first name", Value: feel.String("Ann")}, feel.Entry{Key: "a", Value: feel.Int(50)})})
	scope.AddGlobal("people", len(globals)-1)
	for src, want := range map[string]string{
		"a - b": "3", "a-b": "3", "a + b": "3", "b-a": "1", "Pre-bureau  risk": "4", "Pre-bureau\n risk + 1": "5", "Loan and term": "5", "Person's age * 2": "12",
		"for sale": "7", "date": "8", "x.y": "9", "Amount (net) + 1": "11", "Model B.Fee": "99", "people.first name": `["Ann"]`,
		`people[first name = "Ann"].a`: "[50]", "people[a > b].a": "[50]", "people[a > 60]": "[]", "(function(a) a + 1)(7)": "8", "for a in [5] return a + b": "[7]",
		"{a: 5, c: a}.c": "5", "people[1].first name": `"Ann"`, "some x in people satisfies x.first name = \"Ann\"": "true",
		"people[some z in [1] satisfies a = 50].a": "[50]", "a in (1, 2) and true": "true", "a in [0..b]": "true", "not(a = b)": "true",
		"{\"x-y\": 3}.x - y": "3", "[{\"x-y\": 3}][x -y = 3].x-y": "[3]",
		`people["Ann" in (first name, "Bob")].a`: "[50]",
	} {
		e, problems, err := Expression(src, scope)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", src, problems, err)
			continue
		}
		m := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
		if got := feel.Text(e.Eval(m, feel.NewEnv(globals))); got != want {
			t.Errorf("%s = %s, want %s", src, got, want)
		}
	}
}

func TestUnaryTests(t *testing.T) {
	for src, want := range map[string]string{ // for the inputs null, 1, 5, "a", [1, 5]
		"-": "true true true true true", "1": "false true false null null", "< 3": "null true false null null", "1, 5": "false true true null null",
		"not(1)": "true false true null null", "[1..3]": "null true false null null", `"a"`: "false null null true null", "null": "true false false false false",
		"? > 3": "null false true null null", "? in [1..3] or ? = 5": "null true true null null", "list contains(?, 5)": "null false true false true",
		"[1, 5]": "false true true false true", "not(? = 1)": "true false true null null", "count(?) = 2": "false false false false true",
		"=5": "false false true null null", "!=5": "true true false null null",
	} {
		tests, _, err := UnaryTests(src, NewScope())
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		var got []string
		for _, in := range []feel.Value{nil, feel.Int(1), feel.Int(5), feel.String("a"), feel.List{feel.Int(1), feel.Int(5)}} {
			m := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
			got = append(got, feel.Text(tests.Eval(m, feel.NewEnv(nil).Push(in))))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", src, s, want)
		}
	}
}

// TestLimits reads texts at each limit and one past it.
func TestLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n-1) + "1" + strings.Repeat(")", n-1) }
	chain := func(depth int) string { return strings.Repeat("x + ", depth-1) + "x" }
	long := func(n int) string { return `"` + strings.Repeat("a", n-2) + `"` }
	for name, texts := range map[string][2]string{
		"nesting": {nested(MaxNesting), nested(MaxNesting + 1)}, "depth": {chain(feel.MaxDepth), chain(feel.MaxDepth + 1)}, "length": {long(MaxText), long(MaxText + 1)},
	} {
		if _, _, err := Expression(texts[0], NewScope()); err != nil {
			t.Errorf("%s at the limit: %v", name, err)
		}
		if _, _, err := Expression(texts[1], NewScope()); err == nil {
			t.Errorf("%s past the limit is accepted", name)
		}
	}
}

func TestProblems(t *testing.T) {
	for src, want := range map[string]string{
		"a +\n b c": "unknown name \"a\"|unknown name \"b c\"", "abs()": "does not take 0", "abs(x: 1)": "no parameters x", `@"tomorrow"`: "is no date",
		"1 instance of tThing": "unknown type",
	} {
		_, problems, err := Expression(src, NewScope())
		if err != nil {
			t.Errorf("%s: %v", src, err)
		}
		all := fmt.Sprint(problems)
		for _, w := range strings.Split(want, "|") {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %s; want %s", src, all, w)
			}
		}
	}
	_, problems, _ := Expression("1 +\n  what", NewScope())
	if len(problems) != 1 || problems[0].Line != 2 || problems[0].Column != 3 {
		t.Errorf("places: %v", problems)
	}
}

func FuzzUnaryTests(f *testing.F) {
	for _, s := range []string{"-", `not("a", "b")`, "[1..5), > 9", "? > 3", `date("2020-01-01")`} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, src string) {
		tests, _, err := UnaryTests(src, NewScope())
		if err == nil {
			m := feel.NewMachine(nil, feel.Limits{Calls: 10, Nest: 50, List: 1000, String: 1000, Cells: 5000}, calendar.DateTime{})
			tests.Eval(m, feel.NewEnv(nil).Push(feel.Int(1)))
		}
	})
}
