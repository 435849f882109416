package dmn

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// literals are the constants of a test that has nothing else.
func literals(t *feel.Tests) ([]feel.Value, bool) {
	var out []feel.Value
	for i, e := range t.List {
		c, ok := e.(*feel.Const)
		if !ok || t.Free[i] {
			return nil, false
		}
		if l, isList := c.Value.(feel.List); isList {
			out = append(out, l...)
		} else {
			out = append(out, c.Value)
		}
	}
	return out, true
}

// kindOfLiteral is the indexable kind of a constant, KindNull for others.
func kindOfLiteral(v feel.Value) feel.Kind {
	if r, ok := v.(*feel.Range); ok {
		a, b := kindOfLiteral(r.Start), kindOfLiteral(r.End)
		switch {
		case r.Form == feel.NotEqualTo:
			return a
		case r.Form != feel.Interval && r.Start == nil:
			return ordered(b)
		case r.Form != feel.Interval && r.End == nil:
			return ordered(a)
		case a == b:
			return ordered(a)
		}
		return feel.KindNull
	}
	switch k := feel.KindOf(v); k {
	case feel.KindNumber, feel.KindString, feel.KindBoolean, feel.KindDate, feel.KindDuration, feel.KindMonths:
		return k
	}
	return feel.KindNull
}

// ordered excludes booleans, which have no order in FEEL.
func ordered(k feel.Kind) feel.Kind {
	if k == feel.KindBoolean {
		return feel.KindNull
	}
	return k
}

// chooseKind takes the kind of the first literal test; tests of other kinds
// are evaluated.
func (c *column) chooseKind(tests []*feel.Tests) {
	for _, t := range tests {
		if values, ok := literals(t); ok && len(values) > 0 {
			if k := kindOfLiteral(values[0]); k != feel.KindNull {
				c.kind = k
				return
			}
		}
	}
}

// indexable are the literals of a test if all are of the column's kind.
func (c *column) indexable(t *feel.Tests) ([]feel.Value, bool) {
	values, ok := literals(t)
	if !ok || len(values) == 0 || c.kind == feel.KindNull {
		return nil, false
	}
	for _, v := range values {
		if kindOfLiteral(v) != c.kind {
			return nil, false
		}
	}
	return values, true
}

// collectKeys sorts the endpoints of the literal tests; with more than allowed
// no test counts as a literal.
func (c *column) collectKeys(tests []*feel.Tests, allowed int) {
	var all []feel.Value
	for _, t := range tests {
		values, _ := c.indexable(t)
		if len(all)+2*len(values) > allowed {
			c.kind = feel.KindNull
			return
		}
		for _, v := range values {
			if r, ok := v.(*feel.Range); ok {
				if r.Start != nil {
					all = append(all, r.Start)
				}
				if r.End != nil {
					all = append(all, r.End)
				}
			} else {
				all = append(all, v)
			}
		}
	}
	slices.SortStableFunc(all, order)
	for _, v := range all {
		if n := len(c.keys); n == 0 || order(c.keys[n-1], v) != 0 {
			c.keys = append(c.keys, v)
		}
	}
	for _, v := range c.keys {
		switch x := v.(type) {
		case feel.String:
			c.texts = append(c.texts, string(x))
		case feel.Number:
			c.nums = append(c.nums, x.Decimal)
		case feel.Date, feel.Months, feel.Boolean:
			c.ints = append(c.ints, integer(v))
		}
	}
}

// integer is a date, a number of months or a boolean as an integer that sorts
// alike.
func integer(v feel.Value) int64 {
	switch x := v.(type) {
	case feel.Date:
		return int64(x.Year)<<16 | int64(x.Month)<<8 | int64(x.Day)
	case feel.Months:
		return int64(x.Months)
	case feel.Boolean:
		if x {
			return 1
		}
	}
	return 0
}

// order compares two values of one indexable kind.
func order(a, b feel.Value) int {
	if feel.KindOf(a) == feel.KindBoolean {
		return int(integer(a) - integer(b))
	}
	c, _ := feel.Compare(a, b)
	return c
}

// position is where a value of the column's kind stands among the keys.
func (c *column) position(v feel.Value) int32 {
	switch x := v.(type) {
	case feel.String:
		return search(len(c.texts), func(i int) int { return strings.Compare(c.texts[i], string(x)) })
	case feel.Number:
		return search(len(c.nums), func(i int) int { return c.nums[i].Cmp(x.Decimal) })
	case feel.Date, feel.Months, feel.Boolean:
		n := integer(v)
		return search(len(c.ints), func(i int) int { return cmp.Compare(c.ints[i], n) })
	}
	return search(len(c.keys), func(i int) int { return order(c.keys[i], v) })
}

// search finds the position among n keys; compare orders a key against the
// value.
func search(n int, compare func(i int) int) int32 {
	low, high := 0, n
	for low < high {
		mid := int(uint(low+high) / 2)
		switch o := compare(mid); {
		case o == 0:
			return int32(2*mid + 1)
		case o < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return int32(2 * low)
}

// last is the position above all keys, null the one after it.
func (c *column) last() int32 { return int32(2 * len(c.keys)) }

func (c *column) null() int32 { return c.last() + 1 }

func (c *column) newCell(t *feel.Tests) cell {
	if len(t.List) == 0 {
		return cell{any: true}
	}
	values, ok := c.indexable(t)
	if !ok || t.Negated && hasList(t) {
		return cell{residual: true}
	}
	var spans []span
	for _, v := range values {
		spans = append(spans, c.spansOf(v)...)
	}
	spans = merge(spans)
	if t.Negated {
		spans = c.complement(spans)
	}
	m := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
	if t.Eval(m, feel.NewEnv(nil).Push(nil)) == feel.Boolean(true) {
		spans = append(spans, span{c.null(), c.null()})
	}
	return cell{spans: spans}
}

// hasList reports a list among the literals: not([1, 2]) holds for values of
// every other kind.
func hasList(t *feel.Tests) bool {
	for _, e := range t.List {
		if c, ok := e.(*feel.Const); ok && feel.KindOf(c.Value) == feel.KindList {
			return true
		}
	}
	return false
}

func (c *column) spansOf(v feel.Value) []span {
	r, ok := v.(*feel.Range)
	if !ok {
		p := c.position(v)
		return []span{{p, p}}
	}
	if r.Form == feel.NotEqualTo {
		p := c.position(r.Start)
		return c.complement([]span{{p, p}})
	}
	s := span{0, c.last()}
	if r.Start != nil {
		if s.low = c.position(r.Start); !r.StartIncluded {
			s.low++
		}
	}
	if r.End != nil {
		if s.high = c.position(r.End); !r.EndIncluded {
			s.high--
		}
	}
	if s.low > s.high {
		return nil
	}
	return []span{s}
}

func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.low <= out[n-1].high+1 {
			out[n-1].high = max(out[n-1].high, s.high)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (c *column) complement(spans []span) []span {
	var out []span
	low := int32(0)
	for _, s := range spans {
		if s.low > low {
			out = append(out, span{low, s.low - 1})
		}
		low = s.high + 1
	}
	if low <= c.last() {
		out = append(out, span{low, c.last()})
	}
	return out
}
