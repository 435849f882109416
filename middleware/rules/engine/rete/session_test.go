package rete_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// desk runs a rule text and keeps what it emits and fires.
type desk struct {
	t testing.TB
	e *rete.Engine
	s *rete.Session
}

func newDesk(t testing.TB, rules string) *desk {
	t.Helper()
	e := load(t, rules)
	s, err := e.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, e, s}
}

// add inserts a fact from Go values: int, string, bool and rete.Value.
func (d *desk) add(template string, slots ...any) uint64 {
	d.t.Helper()
	i, ok := d.e.Template(template)
	if !ok {
		d.t.Fatalf("no template %s", template)
	}
	id, err := d.s.Insert(i, values(slots)...)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func values(slots []any) []rete.Value {
	var out []rete.Value
	for _, v := range slots {
		switch v := v.(type) {
		case int:
			out = append(out, rete.Int(int64(v)))
		case string:
			out = append(out, rete.Text(v))
		case bool:
			out = append(out, rete.Bool(v))
		case rete.Value:
			out = append(out, v)
		}
	}
	return out
}

// fire fires to the end and gives the names of the fired rules and the results.
func (d *desk) fire() (fired string, results string) {
	d.t.Helper()
	var names []string
	out, err := d.s.Fire(rete.Limits{Firings: 1000}, func(a rete.Activation) { names = append(names, a.Rule) })
	if err != nil {
		d.t.Fatal(err)
	}
	if out.Status == rete.Paused {
		d.t.Fatal("the rules loop")
	}
	return strings.Join(names, " "), resultText(out.Results)
}

func resultText(results []rete.Result) string {
	var list []string
	for _, r := range results {
		text := r.Name
		for _, f := range r.Fields {
			text += " " + f.Name + "=" + f.Value.String()
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

func (d *desk) facts() string {
	var list []string
	for _, f := range d.s.Facts() {
		text := d.e.Model().Templates[f.Template].Name
		for _, v := range f.Slots {
			text += " " + v.String()
		}
		if f.Logical {
			text += " logical"
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

func (d *desk) want(what, got, want string) {
	d.t.Helper()
	if got != want {
		d.t.Errorf("%s: got %q, expected %q", what, got, want)
	}
}

const conflictRules = `
template A
x: int
end
template B
x: int
end
`

func TestRuleErrorChangesNothing(t *testing.T) {
	d := newDesk(t, conflictRules+`
rule "r" when $a : A($x : x) then insert B(x = 1) emit "e" (x = 1) update $a (x = div(10, $x)) end`)
	id := d.add("A", 0)
	before, err := d.s.Export()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := d.s.Fire(rete.Limits{}, nil)
		var e *rete.RuleError
		if !errors.As(err, &e) || e.Action != 3 || e.Line == 0 || len(out.Results) != 0 || out.Firings != 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		after, err := d.s.Export()
		if err != nil || string(before) != string(after) {
			t.Fatalf("the session changed (%v)", err)
		}
	}
	if err := d.s.Update(id, rete.Int(5)); err != nil {
		t.Fatal(err)
	}
	out, err := d.s.Fire(rete.Limits{Firings: 1}, nil)
	if err != nil || out.Firings != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	d.want("facts", d.facts(), "A 2; B 1")
}

func TestHaltAndPause(t *testing.T) {
	d := newDesk(t, conflictRules+`
rule "r" when A($x : x) then emit "x" (x = $x) end
rule "stop" when A(x == 2) then halt end`)
	for x := 1; x <= 3; x++ {
		d.add("A", x)
	}
	out, err := d.s.Fire(rete.Limits{Firings: 1}, nil)
	if err != nil || out.Status != rete.Paused || resultText(out.Results) != "x x=3" {
		t.Fatalf("%+v, %v", out, err)
	}
	out, err = d.s.Fire(rete.Limits{}, nil)
	if err != nil || out.Status != rete.Halted || resultText(out.Results) != "x x=2" {
		t.Fatalf("%+v, %v", out, err)
	}
	d.add("A", 4)
	out, err = d.s.Fire(rete.Limits{Work: 1}, nil)
	if err != nil || out.Status != rete.Paused || resultText(out.Results) != "x x=4" {
		t.Fatalf("%+v, %v", out, err)
	}
	out, err = d.s.Fire(rete.Limits{Work: 1}, nil)
	if err != nil || out.Status != rete.Done || resultText(out.Results) != "x x=1" {
		t.Fatalf("%+v, %v", out, err)
	}
}

func TestRefusals(t *testing.T) {
	d := newDesk(t, conflictRules+`rule "r" when A() then end`)
	for what, c := range map[string]struct {
		err  error
		want string
	}{
		"too few slots":   {insertErr(d.s.Insert(0)), "A: 0 values, expected 1"},
		"a string":        {insertErr(d.s.Insert(0, rete.Text("1"))), `A.x: found string "1", expected int`},
		"a fraction":      {insertErr(d.s.Insert(0, rete.Number("1.5"))), "A.x: 1.5 is not an int of at most 34 digits"},
		"no number":       {insertErr(d.s.Insert(0, rete.Number("many"))), "A.x:"},
		"no template":     {insertErr(d.s.Insert(7, rete.Int(1))), "no such template"},
		"retract nothing": {d.s.Retract(1), "fact 1: no such fact"},
		"update nothing":  {d.s.Update(1, rete.Int(1)), "fact 1: no such fact"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, expected %s", what, c.err, c.want)
		}
	}
	if d.s.Len() != 0 {
		t.Error("something was inserted")
	}
	d.add("A", 1) // the session is not broken
}

func insertErr(_ uint64, err error) error { return err }

// TestResume: however often firing pauses, also across export and import, the
// result is that of firing in one go, and so is the work.
func TestResume(t *testing.T) {
	for _, p := range []program{manners(8), waltz(2)} {
		e := p.load(t)
		whole, out := p.run(t, e)
		for _, limits := range []rete.Limits{{Firings: 1}, {Firings: 7}, {Work: 1}, {Work: 500}} {
			s, err := e.NewSession(nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range p.facts {
				template, _ := e.Template(f.template)
				if _, err := s.Insert(template, f.slots...); err != nil {
					t.Fatal(err)
				}
			}
			work, firings := s.Work(), uint64(0)
			for status := rete.Paused; status == rete.Paused; {
				state, err := s.Export()
				if err != nil {
					t.Fatal(err)
				}
				if s, err = e.Import(state, nil); err != nil {
					t.Fatal(err)
				}
				before := s.Work()
				part, err := s.Fire(limits, nil)
				if err != nil {
					t.Fatal(err)
				}
				work += s.Work() - before
				firings += part.Firings
				status = part.Status
			}
			if firings != out.Firings || !slices.Equal(finalFacts(s, e), finalFacts(whole, e)) {
				t.Errorf("%s, %+v: %d firings and other facts, expected %d", p.name, limits, firings, out.Firings)
			}
			if work != whole.Work() {
				t.Errorf("%s, %+v: %d units of work, in one go %d", p.name, limits, work, whole.Work())
			}
		}
	}
}

// TestIncremental: one more fact costs what it matches, not what is there.
func TestIncremental(t *testing.T) {
	cost := func(facts int) uint64 {
		d := newDesk(t, conflictRules+`
rule "join" when A($x : x) B(x == $x) then end
rule "lonely" when A($x : x) not B(x == $x) then end
rule "busy" when A($x : x) accumulate (B(x == $x); $n : count()) test ($n > 1) then end`)
		for x := range facts {
			d.add("A", x)
			if x%2 == 0 {
				d.add("B", x)
			}
		}
		before := d.s.Work()
		d.add("B", 7)
		return d.s.Work() - before
	}
	small, large := cost(100), cost(10_000)
	if small != large {
		t.Errorf("it costs %d among 100 facts, %d among 10,000", small, large)
	}
	t.Log(fmt.Sprintf("one fact costs %d units", large))
}
