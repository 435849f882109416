package feel

import "strings"

// Equal is the FEEL operator = as true, false or null (DMN 1.5 table 54):
// values of different kinds do not compare, null equals null alone.
func Equal(m *Machine, a, b Value) Value {
	eq, ok := equal(m, a, b)
	if !ok {
		return nil
	}
	return Boolean(eq)
}

func equal(m *Machine, a, b Value) (eq, ok bool) {
	if a == nil || b == nil {
		return a == nil && b == nil, true
	}
	if a.Kind() != b.Kind() || !m.Charge(1) {
		return false, false
	}
	switch x := a.(type) {
	case Number:
		return x.Equal(b.(Number).Decimal), true
	case String:
		return x == b.(String), true
	case Boolean:
		return x == b.(Boolean), true
	case Date:
		return x == b.(Date), true
	case Time:
		// Equality knows whole seconds only: the property second has no
		// fraction (DMN 1.5 table 54).
		x.Nanos -= x.Fraction()
		y := b.(Time)
		y.Nanos -= y.Fraction()
		c, ok := x.Cmp(y.Time)
		return ok && c == 0, true
	case DateTime:
		m.Charge(costZone)
		x.Time.Nanos -= x.Time.Fraction()
		y := b.(DateTime)
		y.Time.Nanos -= y.Time.Fraction()
		c, ok := x.Cmp(y.DateTime)
		return ok && c == 0, true
	case Duration:
		return x.Cmp(b.(Duration).Duration) == 0, true
	case Months:
		return x == b.(Months), true
	case List:
		return equalLists(m, x, b.(List)), true
	case *Context:
		return equalContexts(m, x, b.(*Context)), true
	case *Range:
		y := b.(*Range)
		return x.Form == y.Form && x.StartIncluded == y.StartIncluded && x.EndIncluded == y.EndIncluded &&
			same(m, x.Start, y.Start) && same(m, x.End, y.End), true
	case *Function:
		return x == b.(*Function), true
	}
	return false, false
}

// same is equality that takes null for false.
func same(m *Machine, a, b Value) bool {
	eq, ok := equal(m, a, b)
	return eq && ok
}

func equalLists(m *Machine, a, b List) bool {
	if len(a) != len(b) || !m.into() {
		return false
	}
	defer m.out()
	for i := range a {
		if !same(m, a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalContexts(m *Machine, a, b *Context) bool {
	if a.Len() != b.Len() || !m.into() {
		return false
	}
	defer m.out()
	for _, e := range a.entries {
		v, ok := b.Get(e.Key)
		if !ok || !same(m, e.Value, v) {
			return false
		}
	}
	return true
}

// compare orders two values of one ordered kind; false when they have no
// order.
func compare(m *Machine, a, b Value) (int, bool) {
	if a == nil || b == nil || a.Kind() != b.Kind() || !m.Charge(1) {
		return 0, false
	}
	switch x := a.(type) {
	case Number:
		return x.Cmp(b.(Number).Decimal), true
	case String:
		return strings.Compare(string(x), string(b.(String))), true
	case Date:
		return x.Cmp(b.(Date).Date), true
	case Time:
		return x.Order(b.(Time).Time), true
	case DateTime:
		m.Charge(costZone)
		return x.Order(b.(DateTime).DateTime), true
	case Duration:
		return x.Cmp(b.(Duration).Duration), true
	case Months:
		y := b.(Months)
		switch {
		case x.Months < y.Months:
			return -1, true
		case x.Months > y.Months:
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// Compare orders two values of one ordered kind without charging for it; false
// when they have no order.
func Compare(a, b Value) (int, bool) { return compare(&Machine{}, a, b) }

// includes is "v in r" as true, false or null.
func (r *Range) includes(m *Machine, v Value) Value {
	switch r.Form {
	case EqualTo:
		return Equal(m, v, r.Start)
	case NotEqualTo:
		return not(Equal(m, v, r.Start))
	}
	above, below := OpGreater, OpLess
	if r.StartIncluded {
		above = OpGreaterOrEqual
	}
	if r.EndIncluded {
		below = OpLessOrEqual
	}
	switch r.Form {
	case Less, LessOrEqual:
		return ordered(m, below, v, r.End)
	case Greater, GreaterOrEqual:
		return ordered(m, above, v, r.Start)
	}
	first := ordered(m, above, v, r.Start)
	if isFalse(first) {
		return first
	}
	return both(first, ordered(m, below, v, r.End))
}

func isTrue(v Value) bool {
	b, ok := v.(Boolean)
	return ok && bool(b)
}

func isFalse(v Value) bool {
	b, ok := v.(Boolean)
	return ok && !bool(b)
}

func not(v Value) Value {
	if b, ok := v.(Boolean); ok {
		return !b
	}
	return nil
}
