package rete_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

const scoreRules = `
template Order
id: int
amount: decimal
country: string
end
template Score
points: int
end
rule "large" when Order(amount > 500) then insert Score(points = 30) end
rule "abroad" when Order(country not in ("NL", "DE")) then insert Score(points = 20) end
rule "total" salience -1 when
  $o : Order()
  accumulate (Score($p : points); $total : sum($p))
then emit "risk" (order = $o.id, score = $total, refuse = $total > 40) end`

func TestRun(t *testing.T) {
	e := load(t, scoreRules)
	for amount, want := range map[string]string{
		"100":    "risk order=7 score=20 refuse=false",
		"500.01": "risk order=7 score=50 refuse=true",
	} {
		facts := []rete.NewFact{{Slots: []rete.Value{rete.Int(7), rete.Number(amount), rete.Text("FR")}}}
		out, left, err := e.Run(facts, rete.Limits{}, nil)
		if err != nil || resultText(out.Results) != want || len(left) != int(out.Firings) {
			t.Errorf("%s: %s, %d facts, %v", amount, resultText(out.Results), len(left), err)
		}
	}
	if _, _, err := e.Run([]rete.NewFact{{}}, rete.Limits{}, nil); err == nil || !strings.HasPrefix(err.Error(), "fact 1: Order: 0 values") {
		t.Errorf("a fact without slots: %v", err)
	}
}

func BenchmarkRun(b *testing.B) {
	e := load(b, scoreRules)
	facts := []rete.NewFact{{Slots: []rete.Value{rete.Int(7), rete.Number("500.01"), rete.Text("FR")}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := e.Run(facts, rete.Limits{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFarReferences: tests reach facts hundreds of chain positions away.
func TestFarReferences(t *testing.T) {
	var rules strings.Builder
	rules.WriteString("template A\nx: int\nend\ntemplate B\nx: int\nend\nrule \"far\" when A($x : x)\n")
	for depth := range 6 {
		for range 60 {
			fmt.Fprintf(&rules, "not A(x == %d)\n", 100+depth)
		}
		rules.WriteString("not (\n")
	}
	rules.WriteString("B(x == $x) B(x > $x)" + strings.Repeat(")", 6) + "\nthen emit \"x\" (x = $x) end")
	d := newDesk(t, rules.String())
	d.add("A", 1)
	d.add("B", 2)
	_, results := d.fire()
	d.want("six negations of what does not hold", results, "")
	d.add("B", 1)
	_, results = d.fire()
	d.want("six negations of what holds", results, "x x=1")
	d.add("A", 2)
	_, results = d.fire()
	d.want("another fact", results, "")
	d.add("B", 3)
	_, results = d.fire()
	d.want("another fact when it holds", results, "x x=2")
}
