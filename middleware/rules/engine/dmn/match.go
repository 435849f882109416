package dmn

import (
	"math/bits"
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Positions beside those of column.position.
const (
	nowhere = -1 // a value of another kind: literal tests fail
	unknown = -2 // a value that literal tests may treat in other ways
)

// place is the position of an input value in its column.
func (c *column) place(v feel.Value) int32 {
	if v == nil {
		return c.null()
	}
	kind := v.Kind()
	switch {
	case kind == c.kind:
		return c.position(v)
	case c.kind == feel.KindBoolean, kind >= feel.KindList:
		return unknown
	}
	return nowhere
}

// match appends the rules that match the inputs, in rule order.
func (x *index) match(m *feel.Machine, env *feel.Env, inputs []feel.Value, out []int) []int {
	var buffer [8]int32
	places := buffer[:0]
	for i := range x.columns {
		c := &x.columns[i]
		p := c.place(inputs[i])
		if p == unknown {
			return x.scan(m, env, inputs, out)
		}
		if !m.Charge(1 + bits.Len(uint(len(c.keys)))) {
			return nil
		}
		places = append(places, p)
	}
	rules := x.table.Rules()
	if rules < indexedRules || len(places) == 0 {
		out = x.each(m, places, out)
	} else {
		out = x.search(m, places, out)
	}
	return x.evaluate(m, env, inputs, out)
}

// each looks at every rule.
func (x *index) each(m *feel.Machine, places []int32, out []int) []int {
	rules := x.table.Rules()
	if !m.Charge(rules / 4) {
		return nil
	}
	for r := range int32(rules) {
		if x.covered(r, places) {
			out = append(out, int(r))
		}
	}
	return out
}

func (x *index) covered(rule int32, places []int32) bool {
	for i, p := range places {
		if !x.columns[i].covers(rule, p) {
			return false
		}
	}
	return true
}

// enumerated is how many candidates are looked at one by one; intersecting
// bitmaps is cheaper for more.
const enumerated = 200

// candidate is a column with the number of its candidates.
type candidate struct {
	column *column
	place  int32
	count  int
}

// search finds the rules whose literal tests hold, from the column with the
// fewest candidates on.
func (x *index) search(m *feel.Machine, places []int32, out []int) []int {
	var buffer [8]candidate
	order := buffer[:0]
	bare := false // a column without a tree
	for i := range x.columns {
		c := &x.columns[i]
		if c.leaves == 0 {
			bare = true
			continue
		}
		order = append(order, candidate{c, places[i], c.candidates(places[i])})
	}
	if len(order) == 0 {
		return x.each(m, places, out)
	}
	slices.SortStableFunc(order, func(a, b candidate) int { return a.count - b.count })
	if order[0].count <= enumerated {
		return x.enumerate(m, order[0], places, out)
	}
	if !m.Charge(x.words * len(order) / 8) {
		return nil
	}
	set := m.Scratch(x.words)
	order[0].fill(set)
	for _, c := range order[1:] {
		c.keep(set)
	}
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			r := w*64 + bits.TrailingZeros64(word)
			if !bare || x.covered(int32(r), places) {
				out = append(out, r)
			}
		}
	}
	return out
}

func (x *index) enumerate(m *feel.Machine, c candidate, places []int32, out []int) []int {
	if !m.Charge(1 + c.count/4) {
		return nil
	}
	add := func(p *posting) {
		for _, r := range p.list {
			if x.covered(r, places) {
				out = append(out, int(r))
			}
		}
	}
	add(&c.column.always)
	c.column.visit(c.place, add)
	slices.Sort(out)
	return out
}

// visit calls f with the nodes that cover a position.
func (c *column) visit(position int32, f func(*posting)) {
	if position == nowhere {
		return
	}
	for n := int(position) + c.leaves; n > 0; n /= 2 {
		if i := c.nodes[n]; i > 0 {
			f(&c.lists[i-1])
		}
	}
}

func (c *column) candidates(position int32) int {
	n := c.always.count
	c.visit(position, func(p *posting) { n += p.count })
	return n
}

// fill makes set the candidates.
func (c candidate) fill(set []uint64) {
	if c.column.sets != nil && c.place >= 0 {
		copy(set, c.column.sets[c.place])
		return
	}
	clear(set)
	copy(set, c.column.always.bitmap)
	c.column.visit(c.place, func(p *posting) {
		for w, word := range p.bitmap {
			set[w] |= word
		}
		if p.bitmap != nil {
			return
		}
		for _, r := range p.list {
			set[r/64] |= 1 << (r % 64)
		}
	})
}

// keep removes from set what is no candidate. Short lists are looked up, long
// ones joined as bitmaps.
func (c candidate) keep(set []uint64) {
	if c.column.sets != nil && c.place >= 0 {
		and(set, c.column.sets[c.place])
		return
	}
	var kept [64]int32
	hits := kept[:0]
	var joined [24][]uint64
	maps := joined[:0]
	c.column.visit(c.place, func(p *posting) {
		if p.bitmap != nil {
			maps = append(maps, p.bitmap)
			return
		}
		for _, r := range p.list {
			if set[r/64]&(1<<(r%64)) != 0 {
				hits = append(hits, r)
			}
		}
	})
	always := c.column.always.bitmap
	switch {
	case always == nil && len(maps) == 0:
		clear(set)
	case len(maps) == 0:
		and(set, always)
	case len(maps) == 1 && always == nil:
		and(set, maps[0])
	case len(maps) == 1:
		andEither(set, always, maps[0])
	default:
		if always != nil {
			maps = append(maps, always)
		}
		for w := range set {
			var any uint64
			for _, m := range maps {
				any |= m[w]
			}
			set[w] &= any
		}
	}
	for _, r := range hits {
		set[r/64] |= 1 << (r % 64)
	}
}

func and(set, a []uint64) {
	a = a[:len(set)]
	for w := range set {
		set[w] &= a[w]
	}
}

func andEither(set, a, b []uint64) {
	a, b = a[:len(set)], b[:len(set)]
	for w := range set {
		set[w] &= a[w] | b[w]
	}
}

// evaluate keeps the candidates whose remaining tests hold.
func (x *index) evaluate(m *feel.Machine, env *feel.Env, inputs []feel.Value, rules []int) []int {
	t := x.table
	kept := rules[:0]
	for _, r := range rules {
		if !m.Charge(1) {
			return nil
		}
		ok := true
		for i := range x.columns {
			c := &x.columns[i]
			if !c.cells[c.tests[r]].residual {
				continue
			}
			if ok = t.test(r, i).Eval(m, env.Push(inputs[i])) == feel.Boolean(true); !ok {
				break
			}
		}
		if ok {
			kept = append(kept, r)
			if t.Policy == First || t.Policy == Unique && len(kept) > 1 {
				break
			}
		}
	}
	return kept
}

// scan evaluates every test of every rule.
func (x *index) scan(m *feel.Machine, env *feel.Env, inputs []feel.Value, out []int) []int {
	t := x.table
	for r := range t.Rules() {
		ok := true
		for i := range inputs {
			if ok = t.test(r, i).Eval(m, env.Push(inputs[i])) == feel.Boolean(true); !ok {
				break
			}
		}
		if m.Stopped() {
			return nil
		}
		if ok {
			out = append(out, r)
		}
	}
	return out
}
