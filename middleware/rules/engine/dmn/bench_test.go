package dmn_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// tableModel writes a model with one decision table in XML and compiles it.
func tableModel(t testing.TB, policy string, inputs, types []string, rules [][]string) *dmn.Model {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="test">`)
	for i, in := range inputs {
		fmt.Fprintf(&b, `<inputData id="i%d" name="%s"><variable name="%s" typeRef="%s"/></inputData>`, i, in, in, types[i])
	}
	b.WriteString(`<decision id="d" name="Result"><variable name="Result"/>`)
	for i := range inputs {
		fmt.Fprintf(&b, `<informationRequirement><requiredInput href="#i%d"/></informationRequirement>`, i)
	}
	fmt.Fprintf(&b, `<decisionTable hitPolicy="%s">`, policy)
	for _, in := range inputs {
		fmt.Fprintf(&b, `<input><inputExpression><text>%s</text></inputExpression></input>`, in)
	}
	b.WriteString(`<output name="Result"/>`)
	for _, r := range rules {
		b.WriteString(`<rule>`)
		for i, entry := range r {
			tag := "inputEntry"
			if i == len(inputs) {
				tag = "outputEntry"
			}
			fmt.Fprintf(&b, `<%s><text>%s</text></%s>`, tag, strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(entry), tag)
		}
		b.WriteString(`</rule>`)
	}
	b.WriteString(`</decisionTable></decision></definitions>`)
	model, diagnostics, err := compiler.Compile(compiler.Options{Strict: true}, compiler.Source{Name: "test.dmn", XML: []byte(b.String())})
	if err != nil || len(diagnostics) > 0 {
		t.Fatalf("compile: %v %v", err, diagnostics)
	}
	return model
}

var now, _ = calendar.FromUnix(1_700_000_000)

// count is a meter that adds up.
type count uint64

func (c *count) Charge(units uint64) error { *c += count(units); return nil }

func TestSmallTable(t *testing.T) {
	e := dmn.NewEvaluation(smallTable(t), feel.NewMachine(nil, feel.DefaultLimits, now), nil)
	e.Set(0, feel.String("silver"))
	e.Set(1, feel.Int(150))
	e.Set(2, feel.Boolean(true))
	if v, err := e.Get(3); err != nil || feel.Text(v) != "0.07" {
		t.Fatalf("got %v, %v", feel.Text(v), err)
	}
}

func smallTable(t testing.TB) *dmn.Model {
	return tableModel(t, "FIRST", []string{"level", "amount", "first"}, []string{"string", "number", "boolean"}, [][]string{
		{`"gold"`, `> 1000`, `-`, `0.2`}, {`"gold"`, `[500..1000]`, `-`, `0.15`}, {`"gold"`, `< 500`, `true`, `0.12`}, {`"gold"`, `< 500`, `false`, `0.1`},
		{`"silver"`, `> 1000`, `-`, `0.1`}, {`"silver"`, `[100..1000]`, `true`, `0.07`}, {`"silver"`, `[100..1000]`, `false`, `0.05`},
		{`"silver"`, `< 100`, `-`, `0.02`}, {`"bronze"`, `> 1000`, `-`, `0.03`}, {`-`, `-`, `-`, `0`},
	})
}

// BenchmarkSmallTable is a decision with 10 rules and 3 inputs, from setting
// the inputs to reading the result.
func BenchmarkSmallTable(b *testing.B) {
	var meter count
	m := feel.NewMachine(&meter, feel.DefaultLimits, now)
	e := dmn.NewEvaluation(smallTable(b), m, nil)
	level, amount, first := feel.String("silver"), feel.Int(150), feel.Boolean(true)
	b.ReportAllocs()
	for b.Loop() {
		m.Reset(&meter, now)
		e.Reset()
		e.Set(0, level)
		e.Set(1, amount)
		e.Set(2, first)
		if v, err := e.Get(3); v == nil || err != nil {
			b.Fatal(v, err)
		}
	}
}

// largeRules is a table like the medical-service benchmark of the DMCommunity
// challenge of February 2021: 16,369 rules over eight inputs, with codes,
// number ranges, dates, flags and entries that do not matter.
const largeRules = 16_369

func largeTable(t testing.TB) (*dmn.Model, [][]feel.Value) {
	r := rand.New(rand.NewPCG(11, 12))
	inputs := []string{"service", "plan", "place", "group size", "network", "covered", "service date", "age"}
	types := []string{"string", "string", "string", "number", "boolean", "boolean", "date", "number"}
	or := func(dash int, text string) string {
		if r.IntN(100) < dash {
			return "-"
		}
		return text
	}
	date := func(n int64) string {
		d, _ := calendar.DateOfDays(18_000 + n)
		return `date("` + d.String() + `")`
	}
	var rules [][]string
	for i := range largeRules {
		size, from, age := r.IntN(500), r.Int64N(700), r.IntN(80)
		rules = append(rules, []string{
			or(5, fmt.Sprintf(`"S%04d"`, i%1200)), or(10, fmt.Sprintf(`"P%02d"`, r.IntN(24))), or(40, fmt.Sprintf(`"L%d","L%d"`, r.IntN(6), 6+r.IntN(6))),
			or(30, fmt.Sprintf(`[%d..%d)`, size, size+50)), or(50, []string{"true", "false"}[r.IntN(2)]), or(60, []string{"true", "false"}[r.IntN(2)]),
			fmt.Sprintf(`[%s..%s]`, date(from), date(from+200)), or(50, fmt.Sprintf(`>= %d`, age)), fmt.Sprint(i % 101),
		})
	}
	var queries [][]feel.Value
	for range 1000 {
		d, _ := calendar.DateOfDays(18_000 + r.Int64N(900))
		queries = append(queries, []feel.Value{
			feel.String(fmt.Sprintf("S%04d", r.IntN(1200))), feel.String(fmt.Sprintf("P%02d", r.IntN(24))), feel.String(fmt.Sprintf("L%d", r.IntN(12))),
			feel.Int(r.IntN(550)), feel.Boolean(r.IntN(2) == 0), feel.Boolean(r.IntN(2) == 0), feel.Date{Date: d}, feel.Int(r.IntN(90)),
		})
	}
	return tableModel(t, "COLLECT", inputs, types, rules), queries
}

// BenchmarkLargeTable reports decisions per second over 16,369 rules.
func BenchmarkLargeTable(b *testing.B) {
	model, queries := largeTable(b)
	benchmarkQueries(b, model, queries)
}

// BenchmarkLargeDenseTable has few distinct values in every column, so that no
// column alone selects: bitmaps are intersected.
func BenchmarkLargeDenseTable(b *testing.B) {
	r := rand.New(rand.NewPCG(13, 14))
	inputs := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	types := make([]string, len(inputs))
	var rules [][]string
	for range largeRules {
		var rule []string
		for range inputs {
			rule = append(rule, []string{"-", fmt.Sprint(r.IntN(5)), fmt.Sprintf("< %d", r.IntN(6)), fmt.Sprint(r.IntN(5))}[r.IntN(4)])
		}
		rules = append(rules, append(rule, "1"))
	}
	for i := range types {
		types[i] = "number"
	}
	var queries [][]feel.Value
	for range 1000 {
		var q []feel.Value
		for range inputs {
			q = append(q, feel.Int(r.IntN(5)))
		}
		queries = append(queries, q)
	}
	benchmarkQueries(b, tableModel(b, "FIRST", inputs, types, rules), queries)
}

func benchmarkQueries(b *testing.B, model *dmn.Model, queries [][]feel.Value) {
	var meter count
	m := feel.NewMachine(&meter, feel.DefaultLimits, now)
	e := dmn.NewEvaluation(model, m, nil)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		q := queries[n%len(queries)]
		n++
		m.Reset(&meter, now)
		e.Reset()
		for i, v := range q {
			e.Set(i, v)
		}
		if _, err := e.Get(len(q)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "decisions/s")
	b.ReportMetric(float64(meter)/float64(n), "units/decision")
}
