package dmn

import (
	"sort"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// HitPolicy says what a decision table does with the rules that match.
type HitPolicy uint8

// The hit policies of DMN 1.5 §8.2.8.
const (
	Unique HitPolicy = iota
	Any
	Priority
	First
	RuleOrder
	OutputOrder
	Collect
)

// Aggregation is what Collect does with the results.
type Aggregation uint8

// The aggregations; NoAggregation makes a list.
const (
	NoAggregation Aggregation = iota
	Sum
	Count
	Min
	Max
)

// MaxRules, MaxColumns, MaxEntries and MaxTests bound a decision table: its
// rules, its inputs plus outputs, their product, and its distinct tests.
const (
	MaxRules   = 1 << 16
	MaxColumns = 64
	MaxEntries = 1 << 21
	MaxTests   = 1 << 17
)

// Output is an output column.
type Output struct {
	Name string
	// Priorities are the output values from high to low, for the policies
	// Priority and Output order.
	Priorities []feel.Value
	// Default is the result when no rule matches; nil for none.
	Default feel.Expr
}

// Table is a decision table as an expression. The entries of its rules refer
// to pools: many rules share few distinct entries.
type Table struct {
	Name        string
	Policy      HitPolicy
	Aggregation Aggregation
	Inputs      []feel.Expr
	Outputs     []Output
	Tests       []*feel.Tests // distinct input entries; they see the input as local 0
	Results     []feel.Expr   // distinct output entries
	// Entries holds for each rule the index of its test for every input, then
	// the index of its result for every output.
	Entries []int32

	index *index
}

// Rules is the number of rules.
func (t *Table) Rules() int { return len(t.Entries) / (len(t.Inputs) + len(t.Outputs)) }

func (t *Table) test(rule, column int) *feel.Tests {
	return t.Tests[t.Entries[rule*(len(t.Inputs)+len(t.Outputs))+column]]
}

func (t *Table) result(rule, column int) feel.Expr {
	return t.Results[t.Entries[rule*(len(t.Inputs)+len(t.Outputs))+len(t.Inputs)+column]]
}

// Children implements feel.Parent.
func (t *Table) Children() []feel.Expr {
	out := append([]feel.Expr{}, t.Inputs...)
	for _, test := range t.Tests {
		out = append(out, test)
	}
	out = append(out, t.Results...)
	for _, o := range t.Outputs {
		if o.Default != nil {
			out = append(out, o.Default)
		}
	}
	return out
}

// Prepare builds the index. A table must be prepared before it is evaluated.
func (t *Table) Prepare() { t.index = newIndex(t) }

// Eval implements feel.Expr.
func (t *Table) Eval(m *feel.Machine, env *feel.Env) feel.Value {
	if !m.Charge(2 + len(t.Inputs)) {
		return nil
	}
	var buffer [8]feel.Value
	inputs := append(buffer[:0], make([]feel.Value, len(t.Inputs))...)
	for i, in := range t.Inputs {
		inputs[i] = in.Eval(m, env)
	}
	if m.Stopped() {
		return nil
	}
	var found [16]int
	rules := t.index.match(m, env, inputs, found[:0])
	if m.Stopped() {
		return nil
	}
	if e, ok := env.Globals().(*Evaluation); ok && e.observer != nil {
		e.observer.Matched(t, rules)
	}
	return t.decide(m, env, rules)
}

// decide applies the hit policy to the matching rules.
func (t *Table) decide(m *feel.Machine, env *feel.Env, rules []int) feel.Value {
	if len(rules) == 0 {
		return t.none(m, env)
	}
	switch t.Policy {
	case Unique:
		if len(rules) > 1 {
			return nil
		}
		return t.row(m, env, rules[0])
	case First:
		return t.row(m, env, rules[0])
	case Any:
		return t.agree(m, t.rows(m, env, rules))
	case Priority:
		return t.byPriority(m, t.rows(m, env, rules))[0]
	case OutputOrder:
		return t.byPriority(m, t.rows(m, env, rules))
	case Collect:
		return t.aggregate(m, t.rows(m, env, rules))
	}
	return t.rows(m, env, rules)
}

// none is the result when no rule matches: the default, an empty list for the
// policies that return lists, else null.
func (t *Table) none(m *feel.Machine, env *feel.Env) feel.Value {
	hasDefault := false
	for _, o := range t.Outputs {
		hasDefault = hasDefault || o.Default != nil
	}
	if hasDefault {
		return t.compose(m, func(column int) feel.Value {
			if d := t.Outputs[column].Default; d != nil {
				return d.Eval(m, env)
			}
			return nil
		})
	}
	switch t.Policy {
	case RuleOrder, OutputOrder:
		return feel.List{}
	case Collect:
		return t.aggregate(m, feel.List{})
	}
	return nil
}

// compose is the result of one row: the value of a single output, else a
// context of them all.
func (t *Table) compose(m *feel.Machine, value func(column int) feel.Value) feel.Value {
	if len(t.Outputs) == 1 {
		return value(0)
	}
	if !m.Grow(len(t.Outputs)) {
		return nil
	}
	entries := make([]feel.Entry, len(t.Outputs))
	for i, o := range t.Outputs {
		entries[i] = feel.Entry{Key: o.Name, Value: value(i)}
	}
	return feel.NewContext(entries...)
}

func (t *Table) row(m *feel.Machine, env *feel.Env, rule int) feel.Value {
	return t.compose(m, func(column int) feel.Value { return t.result(rule, column).Eval(m, env) })
}

func (t *Table) rows(m *feel.Machine, env *feel.Env, rules []int) feel.List {
	if !m.Grow(len(rules)) {
		return feel.List{nil}
	}
	out := make(feel.List, len(rules))
	for i, r := range rules {
		if out[i] = t.row(m, env, r); m.Stopped() {
			break
		}
	}
	return out
}

// agree is the one result of policy Any, null when the rules differ.
func (t *Table) agree(m *feel.Machine, rows feel.List) feel.Value {
	for _, r := range rows[1:] {
		if feel.Equal(m, rows[0], r) != feel.Boolean(true) {
			return nil
		}
	}
	return rows[0]
}

// byPriority sorts results by the output values of each column in turn, those
// not listed last, rule order among equals.
func (t *Table) byPriority(m *feel.Machine, rows feel.List) feel.List {
	ranks := make([][]int, len(rows))
	for i, row := range rows {
		ranks[i] = t.ranks(m, row)
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		x, y := ranks[order[a]], ranks[order[b]]
		for k := range x {
			if x[k] != y[k] {
				return x[k] < y[k]
			}
		}
		return false
	})
	out := make(feel.List, len(rows))
	for i, o := range order {
		out[i] = rows[o]
	}
	return out
}

func (t *Table) ranks(m *feel.Machine, row feel.Value) []int {
	out := make([]int, len(t.Outputs))
	for i, o := range t.Outputs {
		v := row
		if len(t.Outputs) > 1 {
			v = feel.Member(m, row, o.Name)
		}
		out[i] = len(o.Priorities)
		for k, p := range o.Priorities {
			if feel.Equal(m, v, p) == feel.Boolean(true) {
				out[i] = k
				break
			}
		}
	}
	return out
}

// aggregateFunctions are what an aggregation applies to the list of results.
var aggregateFunctions = [...]*feel.Function{
	Sum: feel.BuiltinFunction("sum"), Count: feel.BuiltinFunction("count"), Min: feel.BuiltinFunction("min"), Max: feel.BuiltinFunction("max"),
}

// aggregate is the result of policy Collect.
func (t *Table) aggregate(m *feel.Machine, rows feel.List) feel.Value {
	if t.Aggregation == NoAggregation {
		return rows
	}
	return aggregateFunctions[t.Aggregation].Call(m, []feel.Value{rows})
}
