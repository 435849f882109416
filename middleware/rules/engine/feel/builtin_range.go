package feel

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

// bound is an end of a range, or a point; infinite is -1 or 1 for the open
// side of a comparison such as (< 10).
type bound struct {
	value    Value
	included bool
	infinite int
}

// span is a range, or a point as the range from it to itself.
type span struct{ start, end bound }

func spanOf(v Value) (s span, isRange bool) {
	r, ok := v.(*Range)
	if !ok {
		p := bound{value: v, included: true}
		return span{p, p}, false
	}
	s = span{bound{value: r.Start, included: r.StartIncluded}, bound{value: r.End, included: r.EndIncluded}}
	switch r.Form {
	case Less, LessOrEqual:
		s.start.infinite = -1
	case Greater, GreaterOrEqual:
		s.end.infinite = 1
	}
	return s, true
}

// relation compares ends and remembers whether any comparison failed.
type relation struct {
	m      *Machine
	failed bool
}

func (r *relation) cmp(a, b bound) int {
	if a.infinite != 0 || b.infinite != 0 {
		return a.infinite - b.infinite
	}
	c, ok := compare(r.m, a.value, b.value)
	r.failed = r.failed || !ok
	return c
}

func (r *relation) before(a, b span) bool {
	c := r.cmp(a.end, b.start)
	return c < 0 || c == 0 && (!a.end.included || !b.start.included)
}

func (r *relation) meets(a, b span) bool {
	return r.cmp(a.end, b.start) == 0 && a.end.included && b.start.included
}

func (r *relation) overlaps(a, b span) bool { return !r.before(a, b) && !r.before(b, a) }

func (r *relation) overlapsBefore(a, b span) bool {
	start, end := r.cmp(a.start, b.start), r.cmp(a.end, b.end)
	return (start < 0 || start == 0 && a.start.included && !b.start.included) && !r.before(a, b) &&
		(end < 0 || end == 0 && (!a.end.included || b.end.included))
}

func (r *relation) finishes(a, b span) bool {
	c := r.cmp(a.start, b.start)
	return r.cmp(a.end, b.end) == 0 && a.end.included == b.end.included && (c > 0 || c == 0 && (!a.start.included || b.start.included))
}

func (r *relation) starts(a, b span) bool {
	c := r.cmp(a.end, b.end)
	return r.cmp(a.start, b.start) == 0 && a.start.included == b.start.included && (c < 0 || c == 0 && (!a.end.included || b.end.included))
}

func (r *relation) includes(a, b span) bool {
	start, end := r.cmp(a.start, b.start), r.cmp(a.end, b.end)
	return (start < 0 || start == 0 && (a.start.included || !b.start.included)) && (end > 0 || end == 0 && (a.end.included || !b.end.included))
}

func (r *relation) coincides(a, b span) bool {
	return r.cmp(a.start, b.start) == 0 && r.cmp(a.end, b.end) == 0 && a.start.included == b.start.included && a.end.included == b.end.included
}

// operands tells which of point and range a function takes as first and second
// argument.
type operands uint8

const (
	pointPoint operands = 1 << iota
	pointRange
	rangePoint
	rangeRange
)

func rangeBuiltins() []builtin {
	swap := func(f func(*relation, span, span) bool) func(*relation, span, span) bool {
		return func(r *relation, a, b span) bool { return f(r, b, a) }
	}
	all := pointPoint | pointRange | rangePoint | rangeRange
	return []builtin{
		related("before", all, (*relation).before),
		related("after", all, swap((*relation).before)),
		related("meets", rangeRange, (*relation).meets),
		related("met by", rangeRange, swap((*relation).meets)),
		related("overlaps", rangeRange, (*relation).overlaps),
		related("overlaps before", rangeRange, (*relation).overlapsBefore),
		related("overlaps after", rangeRange, swap((*relation).overlapsBefore)),
		related("finishes", pointRange|rangeRange, (*relation).finishes),
		related("finished by", rangePoint|rangeRange, swap((*relation).finishes)),
		related("includes", rangePoint|rangeRange, (*relation).includes),
		related("during", pointRange|rangeRange, swap((*relation).includes)),
		related("starts", pointRange|rangeRange, (*relation).starts),
		related("started by", rangePoint|rangeRange, swap((*relation).starts)),
		related("coincides", pointPoint|rangeRange, (*relation).coincides),
		{name: "range", forms: []form{fixed(rangeFrom, "from")}},
	}
}

func related(name string, takes operands, f func(*relation, span, span) bool) builtin {
	call := func(m *Machine, a []Value) Value {
		x, isRange1 := spanOf(a[0])
		y, isRange2 := spanOf(a[1])
		if a[0] == nil || a[1] == nil || takes&(1<<(2*bit(isRange1)+bit(isRange2))) == 0 {
			return nil
		}
		r := relation{m: m}
		result := f(&r, x, y)
		if r.failed {
			return nil
		}
		return Boolean(result)
	}
	b := builtin{name: name}
	for i, names := range [][]string{{"point1", "point2"}, {"point", "range"}, {"range", "point"}, {"range1", "range2"}} {
		if takes&(1<<i) != 0 {
			b.forms = append(b.forms, fixed(call, names...))
		}
	}
	return b
}

// rangeFrom reads the text of an interval whose ends are literals (DMN 1.5
// table 72); an open end may be left out, as in "[2..)".
func rangeFrom(m *Machine, a []Value) Value {
	text, ok := a[0].(String)
	if !ok || !m.Charge(len(text)) {
		return nil
	}
	const spaces = " \t\r\n"
	s := strings.Trim(string(text), spaces)
	if len(s) < 2 {
		return nil
	}
	open, last := s[0], s[len(s)-1]
	if !strings.ContainsRune("[(]", rune(open)) || !strings.ContainsRune("])[", rune(last)) {
		return nil
	}
	var start, end Value
	rest := strings.Trim(s[1:len(s)-1], spaces)
	if !strings.HasPrefix(rest, "..") {
		if start, rest, ok = endpoint(rest); !ok {
			return nil
		}
	}
	if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, spaces), ".."); !ok {
		return nil
	}
	if strings.Trim(rest, spaces) != "" {
		if end, rest, ok = endpoint(rest); !ok || strings.Trim(rest, spaces) != "" {
			return nil
		}
	}
	return rangeOf(m, start, end, open == '[', last == ']')
}

// rangeOf is the interval between two ends in order; with one of them, which
// must leave the other side open, the comparison with it.
func rangeOf(m *Machine, start, end Value, startIncluded, endIncluded bool) Value {
	switch {
	case start == nil && end == nil, start == nil && startIncluded, end == nil && endIncluded:
		return nil
	case start == nil && endIncluded:
		return newComparison(LessOrEqual, end)
	case start == nil:
		return newComparison(Less, end)
	case end == nil && startIncluded:
		return newComparison(GreaterOrEqual, start)
	case end == nil:
		return newComparison(Greater, start)
	}
	if c, ok := compare(m, start, end); !ok || c > 0 {
		return nil
	}
	return &Range{Start: start, End: end, StartIncluded: startIncluded, EndIncluded: endIncluded}
}

// endpointFunctions are the functions of a string that an end may be.
var endpointFunctions = []struct {
	name  string
	parse func(*Machine, []Value) Value
}{{"date", dateFrom}, {"time", timeFrom}, {"date and time", dateTimeFrom}, {"duration", durationFrom}}

// endpoint reads a literal at the start of s: a number, a string, an @ literal
// or a date, time or duration function of a string.
func endpoint(s string) (v Value, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\r\n")
	if n := numberLength(s); n > 0 {
		d, ok := decimal.Parse(s[:n])
		return Number{d}, s[n:], ok
	}
	if t, ok := strings.CutPrefix(s, "@"); ok {
		text, rest, ok := quoted(t)
		v = ParseTemporal(text)
		return v, rest, ok && v != nil
	}
	for _, f := range endpointFunctions {
		t, ok := strings.CutPrefix(s, f.name)
		if !ok {
			continue
		}
		t, ok = strings.CutPrefix(strings.TrimLeft(t, " "), "(")
		if !ok {
			continue
		}
		text, rest, ok := quoted(strings.TrimLeft(t, " "))
		if !ok {
			return nil, "", false
		}
		rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ")")
		v = f.parse(nil, []Value{String(text)})
		return v, rest, ok && v != nil
	}
	text, rest, ok := quoted(s)
	return String(text), rest, ok
}

// numberLength is the length of a numeric literal at the start of s; the two
// dots of an interval are no part of it.
func numberLength(s string) int {
	n := 0
	if strings.HasPrefix(s, "-") {
		n++
	}
	digits, point := 0, false
	for ; n < len(s); n++ {
		switch c := s[n]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !point && n+1 < len(s) && s[n+1] != '.':
			point = true
		default:
			if digits == 0 {
				return 0
			}
			return n
		}
	}
	if digits == 0 {
		return 0
	}
	return n
}

// quoted reads a string literal at the start of s.
func quoted(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			text, ok = Unquote(s[1:i])
			return text, s[i+1:], ok
		}
	}
	return "", "", false
}
