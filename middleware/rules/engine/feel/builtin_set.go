package feel

import "github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"

// setBuiltins are the list functions that look at the list as a whole.
func setBuiltins() []builtin {
	return []builtin{
		{name: "union", forms: []form{{required: 1, variadic: true, call: union}}},
		{name: "distinct values", forms: []form{fixed(distinctValues, "list")}},
		{name: "flatten", forms: []form{fixed(flatten, "list")}},
		{name: "sum", forms: listOrItems(sum)},
		{name: "mean", forms: listOrItems(mean)},
		{name: "product", forms: listOrItems(product)},
		{name: "median", forms: listOrItems(median)},
		{name: "stddev", forms: listOrItems(stddev)},
		{name: "mode", forms: listOrItems(mode)},
	}
}

func union(m *Machine, a []Value) Value {
	l, ok := concatenate(m, a).(List)
	if !ok {
		return nil
	}
	return distinct(m, l)
}

func distinctValues(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	return distinct(m, asList(a[0]))
}

func distinct(m *Machine, l List) Value {
	out := List{}
	for _, item := range l {
		seen := false
		for _, other := range out {
			if seen = same(m, item, other); seen {
				break
			}
		}
		if m.stopped() {
			return nil
		}
		if !seen && m.grow(1) {
			out = append(out, item)
		}
	}
	return out
}

func flatten(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	out := List{}
	var walk func(l List)
	walk = func(l List) {
		if !m.into() {
			return
		}
		defer m.out()
		for _, item := range l {
			if m.stopped() {
				return
			}
			if sub, ok := item.(List); ok {
				walk(sub)
			} else if m.grow(1) {
				out = append(out, item)
			}
			if len(out) > m.limits.List {
				m.fail("a list of more than %d items", m.limits.List)
			}
		}
	}
	walk(asList(a[0]))
	return out
}

// numbers is l as decimals; false when an item is no number or there is none.
func numbers(l List) ([]decimal.Decimal, bool) {
	out := make([]decimal.Decimal, len(l))
	for i, item := range l {
		n, ok := item.(Number)
		if !ok {
			return nil, false
		}
		out[i] = n.Decimal
	}
	return out, len(out) > 0
}

func fold(m *Machine, l List, op func(a, b Value) Value) Value {
	if _, ok := numbers(l); !ok || !m.Charge(len(l)*costWide) {
		return nil
	}
	acc := l[0]
	for _, item := range l[1:] {
		acc = op(acc, item)
	}
	return acc
}

// sum adds numbers.
func sum(m *Machine, l List) Value {
	if _, ok := numbers(l); !ok || !m.Charge(2*len(l)) {
		return nil
	}
	acc := l[0]
	for _, item := range l[1:] {
		acc = add(m, acc, item)
	}
	return acc
}

func product(m *Machine, l List) Value { return fold(m, l, multiply) }

// mean is the sum divided by the count.
func mean(m *Machine, l List) Value { return divide(sum(m, l), Int(len(l))) }

func sorted(m *Machine, l List) ([]decimal.Decimal, bool) {
	if _, ok := numbers(l); !ok || !m.Charge(len(l)*4) {
		return nil, false
	}
	s := mergeSort(append(List{}, l...), func(x, y Value) bool {
		return x.(Number).Cmp(y.(Number).Decimal) < 0
	})
	return numbers(s)
}

func median(m *Machine, l List) Value {
	s, ok := sorted(m, l)
	if !ok {
		return nil
	}
	n := len(s)
	if n%2 == 1 {
		return Number{s[n/2]}
	}
	return divide(add(m, Number{s[n/2-1]}, Number{s[n/2]}), Int(2))
}

// stddev is the sample standard deviation.
func stddev(m *Machine, l List) Value {
	if _, ok := numbers(l); !ok || len(l) < 2 || !m.Charge(costSqrt+len(l)*3*costWide) {
		return nil
	}
	center := mean(m, l)
	var total Value = Int(0)
	for _, item := range l {
		d := subtract(item, center)
		total = add(m, total, multiply(d, d))
	}
	variance, ok := divide(total, Int(len(l)-1)).(Number)
	if !ok {
		return nil
	}
	return number(variance.Sqrt())
}

// mode is the sorted list of the most frequent numbers.
func mode(m *Machine, l List) Value {
	if len(l) == 0 {
		return List{}
	}
	s, ok := sorted(m, l)
	if !ok {
		return nil
	}
	out := List{}
	best, run := 0, 0
	for i, d := range s {
		if i > 0 && !d.Equal(s[i-1]) {
			run = 0
		}
		run++
		if run > best {
			best, out = run, List{}
		}
		if run == best && m.grow(1) {
			out = append(out, Number{d})
		}
	}
	return out
}
