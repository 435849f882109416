package rete_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
)

// program is a benchmark: a rule text and the facts it starts with.
type program struct {
	name  string
	rules string // file under testdata
	facts []startFact
}

type startFact struct {
	template string
	slots    []rete.Value
}

// manners gives Miss Manners for n guests. Each guest has two or three of three
// hobbies, so that any two share one and the search never backtracks.
func manners(n int) program {
	p := program{name: fmt.Sprintf("Manners%d", n), rules: "manners.rules"}
	add := func(template string, slots ...rete.Value) {
		p.facts = append(p.facts, startFact{template, slots})
	}
	seed := uint32(7)
	for i := 1; i <= n; i++ {
		sex := "m"
		if i%2 == 0 {
			sex = "f"
		}
		seed = seed*1664525 + 1013904223
		without := int(seed>>16) % 4 // 0 means all three
		for hobby := 1; hobby <= 3; hobby++ {
			if hobby != without {
				add("Guest", rete.Int(int64(i)), rete.Text(sex), rete.Int(int64(hobby)))
			}
		}
	}
	add("LastSeat", rete.Int(int64(n)))
	add("Count", rete.Int(1))
	add("Context", rete.Text("start"))
	return p
}

// block is the drawing of one region: a cube in front of another that it partly
// hides, so that all four kinds of junctions occur. Coordinates are x, y.
var block = [][4]int64{
	{10, 10, 30, 10}, {30, 10, 30, 30}, {30, 30, 10, 30}, {10, 30, 10, 10}, // front of the first
	{10, 30, 20, 40}, {20, 40, 30, 40}, {30, 40, 40, 40}, {40, 40, 30, 30}, // top, with a tee at 30,40
	{40, 40, 40, 30}, {40, 30, 40, 20}, {40, 20, 30, 10}, // right side, with a tee at 40,30
	{40, 30, 60, 30}, {60, 30, 60, 50}, {60, 50, 30, 50}, {30, 50, 30, 40}, // front of the second
	{30, 50, 45, 65}, {45, 65, 75, 65}, {75, 65, 60, 50}, // its top
	{75, 65, 75, 45}, {75, 45, 60, 30}, // its right side
}

// waltz gives the line labelling of n regions.
func waltz(n int) program {
	p := program{name: fmt.Sprintf("Waltz%d", n), rules: "waltz.rules"}
	for r := int64(1); r <= int64(n); r++ {
		for _, l := range block {
			x := 100 * r
			p.facts = append(p.facts, startFact{"Line", []rete.Value{
				rete.Int(r), rete.Int((x+l[0])*1000 + l[1]), rete.Int((x+l[2])*1000 + l[3])}})
		}
	}
	p.facts = append(p.facts, startFact{"Stage", []rete.Value{rete.Text("duplicate")}})
	return p
}

func (p program) load(t testing.TB) *rete.Engine {
	t.Helper()
	return load(t, p.source(t))
}

func (p program) source(t testing.TB) string {
	t.Helper()
	src, err := os.ReadFile("testdata/" + p.rules)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func load(t testing.TB, src string) *rete.Engine {
	t.Helper()
	m, err := ruletext.CompileText("test.rules", src)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := model.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := rete.LoadBinary(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// run inserts the facts and fires to the end.
func (p program) run(t testing.TB, e *rete.Engine) (*rete.Session, rete.Outcome) {
	t.Helper()
	s, err := e.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.facts {
		template, ok := e.Template(f.template)
		if !ok {
			t.Fatalf("no template %s", f.template)
		}
		if _, err := s.Insert(template, f.slots...); err != nil {
			t.Fatal(err)
		}
	}
	out, err := s.Fire(rete.Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, out
}

func BenchmarkPrograms(b *testing.B) {
	for _, p := range []program{manners(64), manners(128), waltz(12), waltz(50)} {
		b.Run(p.name, func(b *testing.B) {
			e := p.load(b)
			var firings uint64
			for b.Loop() {
				_, out := p.run(b, e)
				firings = out.Firings
			}
			b.ReportMetric(float64(firings), "firings")
			b.ReportMetric(float64(firings)*float64(b.N)/b.Elapsed().Seconds(), "firings/s")
		})
	}
}
