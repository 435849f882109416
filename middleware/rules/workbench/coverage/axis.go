package coverage

import (
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// axis is an input column cut into segments on which every test of the column
// is constant: the endpoints of the tests and what lies between them. Only
// segments that some value of the column's domain falls in are there.
type axis struct {
	name      string
	kind      feel.Kind
	keys      []feel.Value // endpoints, ascending
	witnesses []feel.Value // a value of each segment
	place     []int32      // by raw position, how many segments are below it
	general   bool         // its domain is not decided: general allowed values
	null      bool         // a test names null, so that it counts as an input
}

// Raw positions: 2k is between the endpoints k-1 and k, 2k+1 is endpoint k, and
// the last one is null.
func (x *axis) raws() int { return 2*len(x.keys) + 2 }

// literals are the constants of tests that have nothing else, those of lists
// one by one.
func literals(t *feel.Tests) (values []feel.Value, ok bool) {
	for i, e := range t.List {
		c, isConst := e.(*feel.Const)
		if !isConst || t.Free[i] {
			return nil, false
		}
		list, isList := c.Value.(feel.List)
		if !isList {
			list = feel.List{c.Value}
		}
		for _, v := range list {
			if feel.KindOf(v) >= feel.KindList && feel.KindOf(v) != feel.KindRange {
				return nil, false
			}
			values = append(values, v)
		}
	}
	return values, true
}

// kindOf is the decidable kind that a literal compares with, KindNull for none.
func kindOf(v feel.Value) feel.Kind {
	if r, ok := v.(*feel.Range); ok {
		from, to := kindOf(r.Start), kindOf(r.End)
		switch {
		case r.Form == feel.NotEqualTo || r.Form == feel.EqualTo:
			return from
		case r.Form != feel.Interval && r.Start == nil:
			from = to
		case r.Form != feel.Interval && r.End == nil:
			to = from
		}
		if from != to || from == feel.KindBoolean { // booleans have no order
			return feel.KindNull
		}
		return from
	}
	switch k := feel.KindOf(v); k {
	case feel.KindNumber, feel.KindString, feel.KindBoolean, feel.KindDate, feel.KindDuration, feel.KindMonths:
		return k
	}
	return feel.KindNull
}

// order compares two values of one decidable kind.
func order(a, b feel.Value) int {
	if x, ok := a.(feel.Boolean); ok {
		switch {
		case x == b.(feel.Boolean):
			return 0
		case bool(x):
			return 1
		}
		return -1
	}
	c, _ := feel.Compare(a, b)
	return c
}

// newAxis cuts a column by its tests and by those of its domain.
func newAxis(name string, kind feel.Kind, tests, domain []*feel.Tests) *axis {
	x := &axis{name: name, kind: kind}
	for i := 0; x.kind == feel.KindNull && i < len(tests); i++ {
		values, _ := literals(tests[i])
		for j := 0; x.kind == feel.KindNull && j < len(values); j++ {
			x.kind = kindOf(values[j])
		}
	}
	if x.kind == feel.KindBoolean {
		x.keys = []feel.Value{feel.Boolean(false), feel.Boolean(true)}
	}
	for _, t := range slices.Concat(tests, domain) {
		values, _ := literals(t)
		for _, v := range values {
			x.null = x.null || v == nil
			x.addKeys(v)
		}
	}
	slices.SortStableFunc(x.keys, order)
	x.keys = slices.CompactFunc(x.keys, func(a, b feel.Value) bool { return order(a, b) == 0 })
	x.cut(domain)
	return x
}

func (x *axis) addKeys(v feel.Value) {
	if x.kind == feel.KindBoolean || kindOf(v) != x.kind || x.kind == feel.KindNull {
		return
	}
	r, ok := v.(*feel.Range)
	if !ok {
		x.keys = append(x.keys, v)
		return
	}
	for _, end := range []feel.Value{r.Start, r.End} {
		if end != nil {
			x.keys = append(x.keys, end)
		}
	}
}

// cut finds the segments that have a value, in the domain, and a witness each; the
// last one is null.
func (x *axis) cut(domain []*feel.Tests) {
	machine := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
	for _, t := range domain {
		if _, decided := x.cell(t); !decided {
			x.general = true
		}
	}
	x.place = make([]int32, x.raws()+1)
	for raw := range x.raws() {
		x.place[raw] = int32(len(x.witnesses))
		var v feel.Value
		exists := true
		if raw < x.raws()-1 {
			v, exists = x.witness(raw)
		}
		for _, t := range domain {
			exists = exists && (v == nil || t.Eval(machine, feel.NewEnv(nil).Push(v)) == feel.Boolean(true))
		}
		if exists {
			x.witnesses = append(x.witnesses, v)
		}
	}
	x.place[x.raws()] = int32(len(x.witnesses))
}

// witness is a value at a raw position other than null.
func (x *axis) witness(raw int) (feel.Value, bool) {
	if raw%2 == 1 && raw/2 < len(x.keys) {
		return x.keys[raw/2], true
	}
	var low, high feel.Value
	if raw > 0 {
		low = x.keys[raw/2-1]
	}
	if raw/2 < len(x.keys) {
		high = x.keys[raw/2]
	}
	return between(x.kind, low, high)
}

// cell is a test as segments; false when it is not decided.
func (x *axis) cell(t *feel.Tests) (spans, bool) {
	last := int32(x.raws() - 1)
	if len(t.List) == 0 {
		return spans{{0, last}}, true
	}
	values, ok := literals(t)
	if !ok {
		return nil, false
	}
	var raw spans
	foreign := false
	for _, v := range values {
		switch kind := kindOf(v); {
		case v == nil:
		case kind == feel.KindNull, kind == feel.KindBoolean && x.kind != kind:
			return nil, false
		case kind != x.kind:
			foreign = true // comparing gives null
		default:
			raw = append(raw, x.rawSpans(v)...)
		}
	}
	raw = raw.normal()
	switch {
	case t.Negated && foreign && hasList(t):
		return nil, false
	case t.Negated && foreign:
		raw = nil
	case t.Negated:
		raw = spans{{0, last - 1}}.minus(raw)
	}
	machine := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
	if t.Eval(machine, feel.NewEnv(nil).Push(nil)) == feel.Boolean(true) {
		raw = append(raw, span{last, last}).normal()
	}
	return raw, true
}

func hasList(t *feel.Tests) bool {
	return slices.ContainsFunc(t.List, func(e feel.Expr) bool {
		c, ok := e.(*feel.Const)
		return ok && feel.KindOf(c.Value) == feel.KindList
	})
}

func (x *axis) rawSpans(v feel.Value) spans {
	at := func(v feel.Value) int32 {
		i, _ := slices.BinarySearchFunc(x.keys, v, order)
		return int32(2*i + 1)
	}
	r, ok := v.(*feel.Range)
	if !ok {
		return spans{{at(v), at(v)}}
	}
	last := int32(x.raws() - 2)
	switch r.Form {
	case feel.EqualTo:
		return spans{{at(r.Start), at(r.Start)}}
	case feel.NotEqualTo:
		return spans{{0, last}}.minus(spans{{at(r.Start), at(r.Start)}})
	}
	s := span{0, last}
	if r.Start != nil {
		if s.low = at(r.Start); !r.StartIncluded {
			s.low++
		}
	}
	if r.End != nil {
		if s.high = at(r.End); !r.EndIncluded {
			s.high--
		}
	}
	if s.low > s.high {
		return nil
	}
	return spans{s}
}

// segments turns raw positions into segments.
func (x *axis) segments(raw spans) spans {
	var out spans
	for _, s := range raw {
		if t := (span{x.place[s.low], x.place[s.high+1] - 1}); t.low <= t.high {
			out = append(out, t)
		}
	}
	return out.normal()
}

// all are the segments that count as inputs; nil for none.
func (x *axis) all() spans {
	last := int32(len(x.witnesses) - 1)
	if !x.null {
		last--
	}
	if last < 0 {
		return nil
	}
	return spans{{0, last}}
}

// full are all segments, null among them.
func (x *axis) full() spans { return spans{{0, int32(len(x.witnesses) - 1)}} }
