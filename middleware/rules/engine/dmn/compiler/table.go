package compiler

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

var hitPolicies = map[string]dmn.HitPolicy{
	"": dmn.Unique, "UNIQUE": dmn.Unique, "U": dmn.Unique, "ANY": dmn.Any, "A": dmn.Any, "PRIORITY": dmn.Priority, "P": dmn.Priority,
	"FIRST": dmn.First, "F": dmn.First, "RULE ORDER": dmn.RuleOrder, "R": dmn.RuleOrder, "OUTPUT ORDER": dmn.OutputOrder, "O": dmn.OutputOrder,
	"COLLECT": dmn.Collect, "C": dmn.Collect,
}

var aggregations = map[string]dmn.Aggregation{
	"": dmn.NoAggregation, "SUM": dmn.Sum, "COUNT": dmn.Count, "MIN": dmn.Min, "MAX": dmn.Max,
}

// table compiles a decision table. Entries with the same text are compiled
// once: they stand in the same scope.
func (b *builder) table(x *xmlTable, around locals) feel.Expr {
	policy, ok := hitPolicies[strings.ToUpper(strings.TrimSpace(x.HitPolicy))]
	aggregation, known := aggregations[strings.ToUpper(strings.TrimSpace(x.Aggregation))]
	if !ok || !known || len(x.Outputs) == 0 {
		b.c.report(Error, b.f, place{}, b.element, "a decision table with hit policy %q, aggregation %q and %d outputs", x.HitPolicy, x.Aggregation, len(x.Outputs))
		return &feel.Unknown{Text: b.element}
	}
	if policy != dmn.Collect {
		aggregation = dmn.NoAggregation
	}
	t := &dmn.Table{Name: b.element, Policy: policy, Aggregation: aggregation}
	for i := range x.Inputs {
		var e feel.Expr = &feel.Const{}
		if in := x.Inputs[i].Expression; in != nil {
			e = b.literal(in, around)
		}
		t.Inputs = append(t.Inputs, e)
	}
	for i := range x.Outputs {
		t.Outputs = append(t.Outputs, b.output(&x.Outputs[i], around))
	}
	b.noteTable(t, x, around)
	pools := &pools{b: b, t: t, around: around, tests: map[string]int32{}, results: map[string]int32{}}
	for i := range x.Rules {
		pools.rule(&x.Rules[i])
	}
	return t
}

func (b *builder) output(x *xmlTableOutput, around locals) dmn.Output {
	o := dmn.Output{Name: x.Name}
	if x.Default != nil && strings.TrimSpace(x.Default.Text.Value) != "" {
		o.Default = b.literal(x.Default, around)
	}
	values := x.Values
	if values == nil || strings.TrimSpace(values.Text.Value) == "" {
		values = b.allowedBy(x.TypeRef)
	}
	if values == nil {
		return o
	}
	t, _, err := parser.UnaryTests(values.Text.Value, b.scope, around...)
	if err != nil {
		b.c.syntax(b.f, values.Text.At, b.element, err)
		return o
	}
	for _, e := range t.List {
		if c, ok := e.(*feel.Const); ok {
			o.Priorities = append(o.Priorities, c.Value)
		}
	}
	return o
}

// allowedBy are the allowed values of an output's type, which order its
// priorities when the output gives none.
func (b *builder) allowedBy(typeRef string) *inner {
	it := b.c.findItem(b.f, strings.TrimSpace(typeRef))
	if it == nil {
		return nil
	}
	return it.item.Allowed
}

// pools collect the distinct entries of a table.
type pools struct {
	b              *builder
	t              *dmn.Table
	around         locals
	tests, results map[string]int32 // by source text, looked up only
}

func (p *pools) rule(r *xmlRule) {
	for i := range p.t.Inputs {
		entry := text{Value: "-"}
		if i < len(r.Inputs) && strings.TrimSpace(r.Inputs[i].Text.Value) != "" {
			entry = r.Inputs[i].Text
		}
		p.t.Entries = append(p.t.Entries, p.test(entry))
	}
	for i := range p.t.Outputs {
		var entry text
		if i < len(r.Outputs) {
			entry = r.Outputs[i].Text
		}
		p.t.Entries = append(p.t.Entries, p.result(entry))
	}
}

func (p *pools) test(entry text) int32 {
	key := strings.TrimSpace(entry.Value)
	if n, ok := p.tests[key]; ok {
		return n
	}
	t, problems, err := parser.UnaryTests(entry.Value, p.b.scope, p.around...)
	if err != nil {
		p.b.c.syntax(p.b.f, entry.At, p.b.element, err)
		// A test that cannot be read never holds.
		t = &feel.Tests{List: []feel.Expr{&feel.Unknown{Text: clip(key)}}, Free: []bool{true}}
	}
	p.b.c.problems(p.b.f, entry.At, p.b.element, problems)
	n := int32(len(p.t.Tests))
	p.t.Tests = append(p.t.Tests, t)
	p.tests[key] = n
	return n
}

func (p *pools) result(entry text) int32 {
	key := strings.TrimSpace(entry.Value)
	if n, ok := p.results[key]; ok {
		return n
	}
	n := int32(len(p.t.Results))
	p.t.Results = append(p.t.Results, p.b.feel(entry, p.around))
	p.results[key] = n
	return n
}
