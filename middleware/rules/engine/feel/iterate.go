package feel

import "github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"

// domain evaluates what an iterator runs over; false when there is nothing to
// run over because it is null or no finite range.
func (it Iterator) domain(m *Machine, env *Env) (List, bool) {
	v := it.Domain.Eval(m, env)
	if it.End != nil {
		return countTo(m, v, it.End.Eval(m, env))
	}
	switch x := v.(type) {
	case nil:
		return nil, false
	case List:
		return x, true
	case *Range:
		return x.items(m)
	}
	return List{v}, true
}

// countTo lists the whole numbers, or the days, from one bound to the other,
// up or down.
func countTo(m *Machine, from, to Value) (List, bool) {
	switch a := from.(type) {
	case Number:
		b, ok := to.(Number)
		if !ok {
			return nil, false
		}
		i, ok1 := a.Int64()
		j, ok2 := b.Int64()
		if !ok1 || !ok2 {
			return nil, false
		}
		return count(m, i, j, func(n int64) Value { return Int(int(n)) })
	case Date:
		b, ok := to.(Date)
		if !ok {
			return nil, false
		}
		return count(m, a.Days(), b.Days(), func(n int64) Value {
			d, _ := calendar.DateOfDays(n)
			return Date{d}
		})
	}
	return nil, false
}

func count(m *Machine, i, j int64, value func(int64) Value) (List, bool) {
	step, n := int64(1), j-i
	if j < i {
		step, n = -1, i-j
	}
	if n < 0 || n > int64(m.limits.List) {
		m.fail("an iteration over more than %d values", m.limits.List)
		return nil, false
	}
	if !m.grow(int(n) + 1) {
		return nil, false
	}
	out := make(List, 0, n+1)
	for k := i; ; k += step {
		out = append(out, value(k))
		if k == j {
			return out, true
		}
	}
}

// items lists the whole numbers or days within a closed range.
func (r *Range) items(m *Machine) (List, bool) {
	if r.Form != Interval {
		return nil, false
	}
	if c, ok := compare(m, r.Start, r.End); !ok || c > 0 {
		return nil, ok
	}
	l, ok := countTo(m, r.Start, r.End)
	if !ok {
		return nil, false
	}
	if !r.StartIncluded {
		l = l[1:]
	}
	if !r.EndIncluded && len(l) > 0 {
		l = l[:len(l)-1]
	}
	return l, true
}

// iterate calls body for every combination, the last iterator fastest; body
// returns false to end. The result is false when a domain was null.
func iterate(m *Machine, env *Env, its []Iterator, body func(*Env) bool) bool {
	ok, _ := iterateFrom(m, env, its, body)
	return ok
}

func iterateFrom(m *Machine, env *Env, its []Iterator, body func(*Env) bool) (ok, more bool) {
	if len(its) == 0 {
		return true, body(env)
	}
	items, ok := its[0].domain(m, env)
	if !ok {
		return false, false
	}
	for _, item := range items {
		if !m.Charge(1) {
			return false, false
		}
		ok, more := iterateFrom(m, env.Push(item), its[1:], body)
		if !ok || !more {
			return ok, more
		}
	}
	return true, true
}

// Eval implements Expr.
func (e *For) Eval(m *Machine, env *Env) Value {
	var out List
	partial := env.Push(List(nil))
	ok := iterate(m, partial, e.Iterators, func(inner *Env) bool {
		if !m.grow(1) {
			return false
		}
		// A copy per step would be quadratic: partial is cut to its present
		// length and capacity, so that later appends never show in it.
		partial.value = out[:len(out):len(out)]
		out = append(out, e.Body.Eval(m, inner))
		if len(out) > m.limits.List {
			m.fail("a list of %d items, at most %d are allowed", len(out), m.limits.List)
		}
		return !m.stopped()
	})
	if !ok || m.stopped() {
		return nil
	}
	if out == nil {
		out = List{}
	}
	return out
}

// Eval implements Expr.
func (e *Quantified) Eval(m *Machine, env *Env) Value {
	var result Value = Boolean(e.Every)
	ok := iterate(m, env, e.Iterators, func(inner *Env) bool {
		v, isBool := e.Body.Eval(m, inner).(Boolean)
		switch {
		case !isBool:
			result = nil
		case bool(v) != e.Every:
			result = v
			return false
		}
		return !m.stopped()
	})
	if !ok {
		return nil
	}
	return result
}

// Eval implements Expr.
func (e *Filter) Eval(m *Machine, env *Env) Value {
	v := e.List.Eval(m, env)
	if !m.Charge(1) {
		return nil
	}
	items, ok := v.(List)
	switch {
	case ok:
	case v == nil:
		items = List{}
	default:
		items = List{v}
	}
	if len(items) == 0 {
		if _, ok := e.Predicate.Eval(m, env.Push(nil)).(Number); ok || v == nil {
			return nil
		}
		return List{}
	}
	var out List
	for i, item := range items {
		p := e.Predicate.Eval(m, env.Push(item))
		if m.stopped() {
			return nil
		}
		switch x := p.(type) {
		case Boolean:
			if bool(x) && m.grow(1) {
				out = append(out, item)
			}
		case Number:
			if i == 0 {
				return at(items, x)
			}
		case nil:
		default:
			return nil
		}
	}
	if out == nil {
		out = List{}
	}
	return out
}

// at is the item at a position counted from 1, or from the end below zero.
func at(l List, n Number) Value {
	i, ok := n.Int64()
	if !ok {
		return nil
	}
	if j, ok := position(i, len(l)); ok {
		return l[j]
	}
	return nil
}

// position turns a FEEL position into an index.
func position(i int64, n int) (int, bool) {
	switch {
	case i > 0 && i <= int64(n):
		return int(i - 1), true
	case i < 0 && -i <= int64(n):
		return int(int64(n) + i), true
	}
	return 0, false
}
