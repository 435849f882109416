package coverage

import (
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// regions are the boxes of a table's rules.
type regions struct {
	axes  []*axis
	in    box // every input
	count int // of rules
	cells []cell
	byAt  []int32 // of a rule's axis, an index into cells
	low   []int32 // the hull of that cell, for a quick look
	high  []int32
}

// cell is a test as segments of its axis; unknown tests hold everywhere.
type cell struct {
	spans   spans
	unknown bool
}

// box is a part of the input space: segments of every axis.
type box []spans

func newRegions(model *dmn.Model, source compiler.TableSource) *regions {
	t := source.Table
	x := &regions{count: t.Rules()}
	width := len(t.Inputs) + len(t.Outputs)
	columns := sameColumns(source)
	x.byAt = make([]int32, x.count*len(columns))
	for a, group := range columns {
		var tests []*feel.Tests
		seen := map[int32]bool{}
		for _, column := range group {
			for r := range x.count {
				if n := t.Entries[r*width+column]; !seen[n] {
					seen[n] = true
					tests = append(tests, t.Tests[n])
				}
			}
		}
		kind, domain := domainOf(model, source, group)
		axis := newAxis(source.Inputs[group[0]].Text, kind, tests, domain)
		x.axes = append(x.axes, axis)
		byTests := map[string]int32{} // by the entries of the columns
		for r := range x.count {
			key := make([]byte, 0, 4*len(group))
			for _, column := range group {
				n := t.Entries[r*width+column]
				key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
			}
			at, known := byTests[string(key)]
			if !known {
				at = int32(len(x.cells))
				byTests[string(key)] = at
				made := cell{spans: axis.full()}
				for _, column := range group {
					raw, decided := axis.cell(t.Tests[t.Entries[r*width+column]])
					if !decided {
						made.unknown = true
						continue
					}
					made.spans = made.spans.and(axis.segments(raw))
				}
				x.cells = append(x.cells, made)
			}
			x.byAt[r*len(columns)+a] = at
		}
	}
	x.hulls()
	x.in = x.whole()
	return x
}

func (x *regions) hulls() {
	x.low, x.high = make([]int32, len(x.byAt)), make([]int32, len(x.byAt))
	for i, at := range x.byAt {
		if spans := x.cells[at].spans; len(spans) > 0 {
			x.low[i], x.high[i] = spans[0].low, spans[len(spans)-1].high
		} else {
			x.low[i], x.high[i] = 0, -1
		}
	}
}

// sameColumns groups the input columns by their expressions.
func sameColumns(source compiler.TableSource) (groups [][]int) {
	byText := map[string]int{}
	for i := range source.Table.Inputs {
		text := source.Inputs[i].Text
		if g, known := byText[text]; known {
			groups[g] = append(groups[g], i)
			continue
		}
		byText[text] = len(groups)
		groups = append(groups, []int{i})
	}
	return groups
}

// domainOf is what is known about a column's values: a kind and tests that they
// pass.
func domainOf(model *dmn.Model, source compiler.TableSource, group []int) (kind feel.Kind, domain []*feel.Tests) {
	for _, column := range group {
		if tests, ok := source.Inputs[column].Values.(*feel.Tests); ok {
			domain = append(domain, tests)
		}
		t := source.Inputs[column].Type
		if global, ok := source.Table.Inputs[column].(*feel.Global); ok && global.Index < len(model.Elements) {
			e := &model.Elements[global.Index]
			if e.Type != nil {
				t = e.Type
			}
			if results := resultsOf(e); results != nil {
				domain = append(domain, results)
			}
		}
		if t == nil {
			continue
		}
		if t.Kind >= feel.TypeNumber && t.Kind <= feel.TypeFunction {
			kind = feel.Kind(t.Kind)
		}
		domain = append(domain, conjuncts(t.Allowed)...)
		domain = append(domain, conjuncts(t.Constraint)...)
	}
	return kind, domain
}

// conjuncts are the tests of a type's constraint.
func conjuncts(e feel.Expr) []*feel.Tests {
	switch x := e.(type) {
	case *feel.Tests:
		return []*feel.Tests{x}
	case *feel.Binary:
		if x.Op == feel.OpAnd {
			return append(conjuncts(x.Left), conjuncts(x.Right)...)
		}
	}
	return nil
}

// resultsOf are the values of a decision that is a table of constants with one
// result; nil for others.
func resultsOf(e *dmn.Element) *feel.Tests {
	t, ok := e.Logic.(*dmn.Table)
	if !ok || e.Kind != dmn.Decision || len(t.Outputs) != 1 || t.Rules() == 0 {
		return nil
	}
	switch t.Policy {
	case dmn.RuleOrder, dmn.OutputOrder, dmn.Collect:
		return nil
	}
	results := append([]feel.Expr{}, t.Results...)
	if t.Outputs[0].Default != nil {
		results = append(results, t.Outputs[0].Default)
	}
	tests := &feel.Tests{}
	for _, result := range results {
		c, ok := result.(*feel.Const)
		if !ok || kindOf(c.Value) == feel.KindNull || feel.KindOf(c.Value) == feel.KindRange {
			return nil
		}
		tests.List, tests.Free = append(tests.List, c), append(tests.Free, false)
	}
	return tests
}

func (x *regions) cell(rule int32, axis int) *cell {
	return &x.cells[x.byAt[int(rule)*len(x.axes)+axis]]
}

// whole is the box of every input; nil when there is none.
func (x *regions) whole() box {
	b := make(box, len(x.axes))
	for a, axis := range x.axes {
		if b[a] = axis.all(); b[a] == nil {
			return nil
		}
	}
	return b
}

// every are the rules, or those without a general expression.
func (x *regions) every(known bool) (rules []int32) {
	for r := range int32(x.count) {
		if !known || !x.general(r) {
			rules = append(rules, r)
		}
	}
	return rules
}

// unknown are the rules with a general expression.
func (x *regions) unknown() (rules []int32) {
	for r := range int32(x.count) {
		if x.general(r) {
			rules = append(rules, r)
		}
	}
	return rules
}

func (x *regions) general(rule int32) bool {
	for a := range x.axes {
		if x.cell(rule, a).unknown {
			return true
		}
	}
	return false
}

func (x *regions) generalAxes() (names []string) {
	for _, axis := range x.axes {
		if axis.general {
			names = append(names, axis.name)
		}
	}
	return names
}

// of is the box of a rule, general expressions taken for true.
func (x *regions) of(rule int32) box {
	b := make(box, len(x.axes))
	for a := range x.axes {
		b[a] = x.cell(rule, a).spans
	}
	return b
}

func (b box) empty() bool {
	for _, s := range b {
		if len(s) == 0 {
			return true
		}
	}
	return false
}

// meets tells whether a rule and a box have an input in common.
func (x *regions) meets(rule int32, b box) bool {
	base := int(rule) * len(x.axes)
	for a := range b {
		if x.low[base+a] > b[a][len(b[a])-1].high || x.high[base+a] < b[a][0].low {
			return false
		}
	}
	for a := range b {
		if !x.cells[x.byAt[base+a]].spans.meets(b[a]) {
			return false
		}
	}
	return true
}

// example is an input in a box.
func (x *regions) example(b box) (inputs []Input) {
	for a, axis := range x.axes {
		inputs = append(inputs, Input{axis.name, axis.witnesses[b[a][0].low]})
	}
	return inputs
}
