package feel

// Eval implements Expr.
func (e *In) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	return e.Test.Eval(m, env.Push(e.Value.Eval(m, env)))
}

// Eval implements Expr: whether local 0 passes the tests.
func (e *Tests) Eval(m *Machine, env *Env) Value {
	if len(e.List) == 0 {
		return Boolean(true)
	}
	var result Value = Boolean(false)
	for i, test := range e.List {
		t := test.Eval(m, env)
		if m.stopped() {
			return nil
		}
		if !e.Free[i] {
			t = passes(m, env.value, t)
		}
		if isTrue(t) {
			result = t
			break
		}
		if t == nil || !isFalse(t) {
			result = nil
		}
	}
	if e.Negated {
		return not(result)
	}
	return result
}

// passes is whether v is what a test denotes: equal to it, within it, or one
// of it (DMN 1.5 table 55).
func passes(m *Machine, v, test Value) Value {
	switch t := test.(type) {
	case nil:
		return Boolean(v == nil)
	case *Range:
		if r, ok := v.(*Range); ok {
			return Equal(m, r, t)
		}
		return t.includes(m, v)
	case List:
		if l, ok := v.(List); ok && same(m, l, t) {
			return Boolean(true)
		}
		return Boolean(containsValue(m, t, v))
	case Boolean:
		if _, ok := v.(Boolean); !ok && v != nil {
			// A condition that does not mention ? decides by itself.
			return t
		}
	}
	return Equal(m, v, test)
}

// containsValue reports whether v passes one of the items as a test.
func containsValue(m *Machine, l List, v Value) bool {
	for _, item := range l {
		if r, ok := item.(*Range); ok {
			if isTrue(passes(m, v, r)) {
				return true
			}
		} else if same(m, item, v) {
			return true
		}
		if m.stopped() {
			return false
		}
	}
	return false
}
