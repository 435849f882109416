package feel

// Eval implements Expr.
func (e *Lambda) Eval(m *Machine, env *Env) Value {
	m.Charge(1)
	call := func(m *Machine, args []Value) Value {
		inner := env
		for _, a := range args {
			inner = inner.Push(a)
		}
		return e.Body.Eval(m, inner)
	}
	if e.Body == nil {
		call = func(*Machine, []Value) Value { return nil }
	}
	return &Function{Params: e.Params, Result: e.Result, call: call}
}

// Eval implements Expr.
func (e *BuiltinRef) Eval(m *Machine, _ *Env) Value { m.Charge(1); return builtins[e.ID].function }

// Eval implements Expr.
func (e *Call) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	f, ok := e.Function.Eval(m, env).(*Function)
	if !ok {
		return nil
	}
	args := make([]Value, len(e.Args))
	for i, a := range e.Args {
		args[i] = a.Eval(m, env)
	}
	if m.stopped() {
		return nil
	}
	if e.Names == nil {
		return f.Call(m, args)
	}
	return f.CallNamed(m, e.Names, args)
}

// Call invokes the function; null when the arguments do not suit it.
func (f *Function) Call(m *Machine, args []Value) Value {
	if f.builtin != nil {
		return f.builtin.invoke(m, args)
	}
	if len(args) != len(f.Params) {
		return nil
	}
	fitted := make([]Value, len(args))
	for i, v := range args {
		fitted[i] = Coerce(m, v, f.Params[i].Type)
		if fitted[i] == nil && v != nil {
			return nil
		}
	}
	if !m.Enter() {
		return nil
	}
	defer m.Leave()
	return Coerce(m, f.call(m, fitted), f.Result)
}

// CallNamed invokes the function with named arguments; parameters that are not
// named are null.
func (f *Function) CallNamed(m *Machine, names []string, args []Value) Value {
	if f.builtin != nil {
		return f.builtin.invokeNamed(m, names, args)
	}
	ordered := make([]Value, len(f.Params))
	seen := make([]bool, len(f.Params))
	for i, name := range names {
		at := -1
		for j, p := range f.Params {
			if p.Name == name {
				at = j
			}
		}
		if at < 0 || seen[at] {
			return nil
		}
		ordered[at], seen[at] = args[i], true
	}
	return f.Call(m, ordered)
}
