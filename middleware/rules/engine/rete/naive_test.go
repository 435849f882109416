package rete_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// naive is a production system without a network: after every change it matches
// all rules against all facts again. It states what the engine has to do, in
// the plainest way, for int64, string and boolean values.
type naive struct {
	m               *model.Model
	facts           map[uint64]*naiveFact
	nextID, nextTag uint64
	matches         map[string]*naiveMatch
	focus           []uint32
	firing          *naiveMatch
	emitted         []string
}

type naiveFact struct {
	id, tag  uint64
	template uint32
	slots    []any
	stated   bool
	supports map[string]bool // keys of matches
}

type naiveMatch struct {
	key     string
	rule    int
	levels  [][]any // slots or results of each level
	facts   []*naiveFact
	ids     []uint64
	tags    []uint64
	pending bool
	gone    bool // of the match being fired: it does not hold any more
}

func newNaive(m *model.Model) *naive {
	n := &naive{m: m, facts: map[uint64]*naiveFact{}, nextID: 1, nextTag: 1, matches: map[string]*naiveMatch{}}
	n.rematch()
	return n
}

// partial is a partial match: what each level binds, and the facts among them.
type partial struct {
	levels [][]any
	facts  []*naiveFact // of positive patterns at this nesting
}

func (n *naive) sorted() []*naiveFact {
	var list []*naiveFact
	for _, f := range n.facts {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *naiveFact) int { return cmp.Compare(a.tag, b.tag) })
	return list
}

// satisfy gives all ways to extend p by the conditions.
func (n *naive) satisfy(r *model.Rule, conds []model.Cond, all []*naiveFact, p partial) []partial {
	if len(conds) == 0 {
		return []partial{p}
	}
	c, rest := &conds[0], conds[1:]
	switch c.Kind {
	case model.Pattern:
		var out []partial
		for _, f := range all {
			if f.template != c.Template {
				continue
			}
			q := partial{append(slices.Clone(p.levels), f.slots), append(slices.Clone(p.facts), f)}
			if n.holds(r, c.Tests, q) {
				out = append(out, n.satisfy(r, rest, all, q)...)
			}
		}
		return out
	case model.Test:
		if !n.holds(r, c.Tests, p) {
			return nil
		}
	case model.Not, model.Exists:
		if (len(n.satisfy(r, c.Sub, all, p)) > 0) != (c.Kind == model.Exists) {
			return nil
		}
	case model.Accumulate:
		results, ok := n.accumulate(r, c, n.satisfy(r, c.Sub, all, p))
		if !ok {
			return nil
		}
		p.levels = append(slices.Clone(p.levels), results)
	}
	return n.satisfy(r, rest, all, p)
}

func (n *naive) holds(r *model.Rule, tests []uint32, p partial) bool {
	for _, t := range tests {
		if v, ok := n.eval(&r.Code, t, p.levels, nil, nil); !ok || v != true {
			return false
		}
	}
	return true
}

func (n *naive) accumulate(r *model.Rule, c *model.Cond, found []partial) ([]any, bool) {
	var out []any
	for _, f := range c.Folds {
		if f.Func == model.Count {
			out = append(out, int64(len(found)))
			continue
		}
		var values []any
		for _, p := range found {
			v, ok := n.eval(&r.Code, f.Expr, p.levels, nil, nil)
			if !ok {
				return nil, false
			}
			values = append(values, v)
		}
		switch f.Func {
		case model.Sum:
			sum := int64(0)
			for _, v := range values {
				sum += v.(int64)
			}
			out = append(out, sum)
		case model.Min, model.Max:
			if len(values) == 0 {
				return nil, false
			}
			best := values[0].(int64)
			for _, v := range values {
				if f.Func == model.Min {
					best = min(best, v.(int64))
				} else {
					best = max(best, v.(int64))
				}
			}
			out = append(out, best)
		case model.Collect:
			out = append(out, values)
		}
	}
	return out, true
}

// eval gives false where the expression has no value.
func (n *naive) eval(code *model.Code, i uint32, levels [][]any, params, locals []any) (any, bool) {
	x := code.Nodes[i]
	sub := func(i uint32) (any, bool) { return n.eval(code, i, levels, params, locals) }
	switch x.Op {
	case model.OpConst:
		c := n.m.Consts[x.A]
		switch c.Type {
		case model.String:
			return c.Text, true
		case model.Boolean:
			return c.Text == "true", true
		}
		var v int64
		_, err := fmt.Sscan(c.Text, &v)
		return v, err == nil
	case model.OpField:
		return levels[x.A][x.B], true
	case model.OpParam:
		return params[x.A], true
	case model.OpLocal:
		return locals[x.A], true
	case model.OpCall:
		var args []any
		for _, a := range code.Args[x.B : x.B+x.C] {
			v, ok := sub(a)
			if !ok {
				return nil, false
			}
			args = append(args, v)
		}
		f := &n.m.Functions[x.A]
		return n.eval(&f.Code, f.Body, nil, args, nil)
	}
	a, ok := sub(x.A)
	if !ok {
		return nil, false
	}
	switch x.Op {
	case model.OpNot:
		return !a.(bool), true
	case model.OpNeg:
		return -a.(int64), true
	case model.OpSize:
		return int64(len(a.([]any))), true
	case model.OpAnd:
		if a == false {
			return a, true
		}
		return sub(x.B)
	case model.OpOr:
		if a == true {
			return a, true
		}
		return sub(x.B)
	}
	b, ok := sub(x.B)
	if !ok {
		return nil, false
	}
	return naiveBinary(x.Op, a, b)
}

func naiveBinary(op model.Op, a, b any) (any, bool) {
	switch op {
	case model.OpEq:
		return a == b, true
	case model.OpNe:
		return a != b, true
	case model.OpConcat:
		return a.(string) + b.(string), true
	}
	if s, ok := a.(string); ok {
		return naiveOrder(op, strings.Compare(s, b.(string))), true
	}
	x, y := a.(int64), b.(int64)
	switch op {
	case model.OpAdd:
		return x + y, true
	case model.OpSub:
		return x - y, true
	case model.OpMul:
		return x * y, true
	case model.OpMod, model.OpIntDiv:
		if y == 0 {
			return nil, false
		}
		if op == model.OpMod {
			return x % y, true
		}
		return x / y, true
	}
	return naiveOrder(op, cmp.Compare(x, y)), true
}

func naiveOrder(op model.Op, d int) bool {
	switch op {
	case model.OpLt:
		return d < 0
	case model.OpLe:
		return d <= 0
	case model.OpGt:
		return d > 0
	}
	return d >= 0
}

// rematch computes all matches anew; those that are new become pending unless
// the rule being fired forbids it.
func (n *naive) rematch() {
	found := map[string]*naiveMatch{}
	all := n.sorted()
	for i := range n.m.Rules {
		r := &n.m.Rules[i]
		for _, p := range n.satisfy(r, r.Conds, all, partial{}) {
			m := &naiveMatch{rule: i, levels: p.levels, facts: p.facts}
			for _, f := range p.facts {
				m.ids = append(m.ids, f.id)
				m.tags = append(m.tags, f.tag)
			}
			m.key = fmt.Sprint(i, m.tags, p.levels)
			if old, ok := n.matches[m.key]; ok {
				m.pending = old.pending
			} else {
				m.pending = !n.suppressed(i, r)
			}
			found[m.key] = m
		}
	}
	n.matches = found
	if n.firing != nil && found[n.firing.key] == nil {
		n.firing.gone = true // even if an equal match comes back
	}
}

func (n *naive) suppressed(i int, r *model.Rule) bool {
	return n.firing != nil && (r.NoLoop && i == n.firing.rule ||
		r.LockOnActive && r.Group == n.m.Rules[n.firing.rule].Group)
}

// maintain retracts logical facts that no match supports, oldest id first.
func (n *naive) maintain() {
	for {
		oldest := uint64(0)
		for id, f := range n.facts {
			supported := f.stated
			for key := range f.supports {
				supported = supported || n.matches[key] != nil
			}
			if !supported && (oldest == 0 || id < oldest) {
				oldest = id
			}
		}
		if oldest == 0 {
			return
		}
		delete(n.facts, oldest)
		n.rematch()
		n.forget()
	}
}

// forget drops supports by matches that no longer hold.
func (n *naive) forget() {
	for _, f := range n.facts {
		for key := range f.supports {
			if n.matches[key] == nil {
				delete(f.supports, key)
			}
		}
	}
}

func (n *naive) changed() {
	n.rematch()
	n.forget()
	n.maintain()
}

func (n *naive) findEqual(template uint32, slots []any) (logical *naiveFact, stated bool) {
	for _, f := range n.facts {
		if f.template == template && slices.Equal(f.slots, slots) {
			if f.stated {
				stated = true
			} else {
				logical = f
			}
		}
	}
	return logical, stated
}

// logicalTemplate tells whether some rule inserts the template logically.
func (n *naive) logicalTemplate(template uint32) bool {
	for _, r := range n.m.Rules {
		for _, a := range r.Actions {
			if a.Kind == model.InsertLogical && a.Target == template {
				return true
			}
		}
	}
	return false
}

func (n *naive) insert(template uint32, slots []any) uint64 {
	if f, _ := n.findEqual(template, slots); f != nil && n.logicalTemplate(template) {
		f.stated, f.supports = true, nil
		return f.id
	}
	f := n.admit(template, slots)
	f.stated = true
	n.changed()
	return f.id
}

func (n *naive) admit(template uint32, slots []any) *naiveFact {
	f := &naiveFact{id: n.nextID, tag: n.nextTag, template: template, slots: slots, supports: map[string]bool{}}
	n.nextID++
	n.nextTag++
	n.facts[f.id] = f
	return f
}

func (n *naive) insertLogical(template uint32, slots []any) {
	if n.firing.gone {
		return
	}
	f, stated := n.findEqual(template, slots)
	switch {
	case f == nil && stated:
	case f != nil:
		f.supports[n.firing.key] = true
	default:
		f = n.admit(template, slots)
		f.supports[n.firing.key] = true
		n.changed()
	}
}

func (n *naive) retract(id uint64) {
	if n.facts[id] != nil {
		delete(n.facts, id)
		n.changed()
	}
}

func (n *naive) update(id uint64, change func(slots []any)) {
	f := n.facts[id]
	if f == nil {
		return
	}
	slots := slices.Clone(f.slots)
	change(slots)
	delete(n.facts, id)
	tag := n.nextTag
	n.nextTag++
	n.changed()
	n.facts[id] = &naiveFact{id: id, tag: tag, template: f.template, slots: slots, stated: true}
	n.changed()
}

// agenda gives the pending matches of a group in firing order.
func (n *naive) agenda(group uint32) []*naiveMatch {
	var list []*naiveMatch
	for _, m := range n.matches {
		if m.pending && n.m.Rules[m.rule].Group == group {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *naiveMatch) int {
		recent := func(m *naiveMatch) []uint64 {
			tags := slices.Clone(m.tags)
			slices.Sort(tags)
			slices.Reverse(tags)
			return tags
		}
		return cmp.Or(
			cmp.Compare(n.m.Rules[b.rule].Salience, n.m.Rules[a.rule].Salience),
			slices.Compare(recent(b), recent(a)),
			cmp.Compare(a.rule, b.rule),
			slices.Compare(b.tags, a.tags),
		)
	})
	return list
}

// fire fires at most limit matches and gives their descriptions.
func (n *naive) fire(limit int) []string {
	var fired []string
	for {
		group := uint32(0)
		if k := len(n.focus); k > 0 {
			group = n.focus[k-1]
		}
		list := n.agenda(group)
		if len(list) == 0 {
			if len(n.focus) == 0 {
				return fired
			}
			n.focus = n.focus[:len(n.focus)-1]
			continue
		}
		if len(fired) == limit {
			return fired
		}
		m := list[0]
		fired = append(fired, fmt.Sprint(n.m.Rules[m.rule].Name, m.ids))
		m.pending = false
		if n.act(m) {
			return fired
		}
	}
}

func (n *naive) act(m *naiveMatch) (halt bool) {
	r := &n.m.Rules[m.rule]
	n.firing = m
	defer func() { n.firing = nil }()
	factAt := map[uint32]*naiveFact{}
	level := uint32(0)
	positive := 0
	for _, c := range r.Conds {
		if c.Kind == model.Pattern {
			factAt[level] = m.facts[positive]
			positive++
		}
		if c.Kind == model.Pattern || c.Kind == model.Accumulate {
			level++
		}
	}
	var locals []any
	value := func(i uint32) any {
		v, ok := n.eval(&r.Code, i, m.levels, nil, locals)
		if !ok {
			panic("the random rules only have actions with values")
		}
		return v
	}
	for _, a := range r.Actions {
		switch a.Kind {
		case model.Let:
			locals = append(locals, value(a.Sets[0].Expr))
		case model.Insert, model.InsertLogical:
			slots := make([]any, len(n.m.Templates[a.Target].Slots))
			for _, s := range a.Sets {
				slots[s.Slot] = value(s.Expr)
			}
			if a.Kind == model.Insert {
				n.insert(a.Target, slots)
			} else {
				n.insertLogical(a.Target, slots)
			}
		case model.Update:
			n.update(factAt[a.Target].id, func(slots []any) {
				for _, s := range a.Sets {
					slots[s.Slot] = value(s.Expr)
				}
			})
		case model.Retract:
			n.retract(factAt[a.Target].id)
		case model.Focus:
			n.focus = slices.DeleteFunc(n.focus, func(g uint32) bool { return g == a.Target })
			n.focus = append(n.focus, a.Target)
		case model.Halt:
			halt = true
		case model.Emit:
			text := a.Name
			for _, s := range a.Sets {
				text += fmt.Sprintf(" %s=%v", s.Name, value(s.Expr))
			}
			n.emitted = append(n.emitted, text)
		}
	}
	return halt
}
