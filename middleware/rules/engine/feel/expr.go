package feel

// Expr is a compiled expression. Names are resolved: a variable is a distance
// in the environment or the index of a global.
type Expr interface {
	// Eval computes the value. It charges the machine, and once the machine
	// has stopped its result means nothing.
	Eval(m *Machine, env *Env) Value
}

type (
	// Const is a literal.
	Const struct{ Value Value }
	// Local is a variable of the environment, Depth pushes ago.
	Local struct{ Depth int }
	// Global is a value from outside the expression.
	Global struct{ Index int }
	// ItemName is a bare name within a filter: an entry of the item at Depth
	// if it is a context with that key, else what Else says.
	ItemName struct {
		Name  string
		Depth int
		Else  Expr
	}
	// Unknown is a name that nothing defines, or text that could not be read.
	// Its value is null.
	Unknown struct{ Text string }

	// Binary is an operator with two operands.
	Binary struct {
		Op          Op
		Left, Right Expr
	}
	// Negation is unary minus.
	Negation struct{ Operand Expr }
	// Between is "value between low and high".
	Between struct{ Value, Low, High Expr }
	// In is "value in (tests)": true when one test holds. Tests see the value
	// as local 0.
	In struct {
		Value Expr
		Test  *Tests
	}
	// TypeTest is "value instance of type".
	TypeTest struct {
		Value Expr
		Type  *Type
	}
	// Cast coerces to a type, as a typed variable does.
	Cast struct {
		Value Expr
		Type  *Type
	}

	// If is a conditional: a null condition takes Else, one of another kind
	// makes the whole null.
	If struct{ Cond, Then, Else Expr }
	// For iterates: each iterator sees the variables of those before it, and
	// the body sees them all and before them, pushed first, partial.
	For struct {
		Iterators []Iterator
		Body      Expr
	}
	// Quantified is some or every.
	Quantified struct {
		Every     bool
		Iterators []Iterator
		Body      Expr
	}
	// Filter selects items; the predicate sees the item as local 0.
	Filter struct{ List, Predicate Expr }
	// Path is member access.
	Path struct {
		Object Expr
		Name   string
	}
	// Call invokes a function; Names is nil for positional arguments.
	Call struct {
		Function Expr
		Args     []Expr
		Names    []string
	}
	// BuiltinRef is a built-in function as a value.
	BuiltinRef struct{ ID int }

	// ListOf is a list literal.
	ListOf struct{ Items []Expr }
	// ContextOf is a context; each entry sees the values of those before it
	// as locals, the last one at depth 0. Result, if any, is the value of the
	// whole instead (DMN 1.5 §7.3.8, boxed context with a result).
	ContextOf struct {
		Keys   []string
		Values []Expr
		Result Expr
	}
	// RangeOf is an interval, or a comparison as a range.
	RangeOf struct {
		Form                       RangeForm
		Start, End                 Expr
		StartIncluded, EndIncluded bool
	}
	// Lambda is a function definition; the body sees the parameters as
	// locals, the last one at depth 0. A nil body is an external function,
	// whose invocations are null.
	Lambda struct {
		Params []Param
		Result *Type
		Body   Expr
	}

	// Tests are unary tests of local 0; none at all means "-".
	Tests struct {
		Negated bool
		List    []Expr
		// Free marks tests that use ? themselves: they hold when true.
		Free []bool
	}
)

// Iterator is one "name in domain" of a for, some or every; with an End it
// counts from Domain to End.
type Iterator struct{ Domain, End Expr }

// Op is a binary operator.
type Op uint8

// The binary operators.
const (
	OpAnd Op = iota
	OpOr
	OpEqual
	OpNotEqual
	OpLess
	OpLessOrEqual
	OpGreater
	OpGreaterOrEqual
	OpAdd
	OpSubtract
	OpMultiply
	OpDivide
	OpPower
	opCount
)

// Eval implements Expr.
func (e *Const) Eval(m *Machine, _ *Env) Value { m.Charge(1); return e.Value }

// Eval implements Expr.
func (e *Local) Eval(m *Machine, env *Env) Value { m.Charge(1); return env.local(e.Depth) }

// Eval implements Expr.
func (e *Global) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	return (*env.globals).Global(m, e.Index)
}

// Eval implements Expr.
func (e *ItemName) Eval(m *Machine, env *Env) Value {
	if !m.Charge(2) {
		return nil
	}
	if c, ok := env.local(e.Depth).(*Context); ok {
		if v, ok := c.Get(e.Name); ok {
			return v
		}
	}
	return e.Else.Eval(m, env)
}

// Eval implements Expr.
func (e *Unknown) Eval(m *Machine, _ *Env) Value { m.Charge(1); return nil }

// Eval implements Expr.
func (e *Negation) Eval(m *Machine, env *Env) Value {
	m.Charge(1)
	return negate(e.Operand.Eval(m, env))
}

// Eval implements Expr.
func (e *Binary) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	a := e.Left.Eval(m, env)
	switch e.Op {
	case OpAnd:
		return e.connect(m, env, a, false)
	case OpOr:
		return e.connect(m, env, a, true)
	}
	b := e.Right.Eval(m, env)
	if m.stopped() {
		return nil
	}
	return apply(m, e.Op, a, b)
}

// connect is and (decisive false) or or (decisive true) in three-valued logic.
func (e *Binary) connect(m *Machine, env *Env, a Value, decisive Boolean) Value {
	if x, ok := a.(Boolean); ok && x == decisive {
		return decisive
	}
	b := e.Right.Eval(m, env)
	y, ok := b.(Boolean)
	if ok && y == decisive {
		return decisive
	}
	if _, both := a.(Boolean); !both || !ok {
		return nil
	}
	return !decisive
}

func apply(m *Machine, op Op, a, b Value) Value {
	switch op {
	case OpEqual:
		return Equal(m, a, b)
	case OpNotEqual:
		return not(Equal(m, a, b))
	case OpLess, OpLessOrEqual, OpGreater, OpGreaterOrEqual:
		return ordered(m, op, a, b)
	}
	if cost := costOf(op, a, b); cost > 0 && !m.Charge(cost) {
		return nil
	}
	switch op {
	case OpAdd:
		return add(m, a, b)
	case OpSubtract:
		return subtract(a, b)
	case OpMultiply:
		return multiply(a, b)
	case OpDivide:
		return divide(a, b)
	}
	return power(m, a, b)
}

// ordered is one of the operators < <= > >=; equality of <= is that of =,
// which for times is not where the order ends.
func ordered(m *Machine, op Op, a, b Value) Value {
	c, ok := compare(m, a, b)
	if !ok {
		return nil
	}
	switch op {
	case OpLess:
		return Boolean(c < 0)
	case OpLessOrEqual:
		return Boolean(c < 0 || alike(m, c, a, b))
	case OpGreater:
		return Boolean(c > 0)
	}
	return Boolean(c > 0 || alike(m, c, a, b))
}

// alike is equality of two values whose order is c.
func alike(m *Machine, c int, a, b Value) bool {
	k := a.Kind()
	return c == 0 && k != KindTime && k != KindDateTime || same(m, a, b)
}

// Eval implements Expr.
func (e *Between) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	v, low, high := e.Value.Eval(m, env), e.Low.Eval(m, env), e.High.Eval(m, env)
	return both(ordered(m, OpGreaterOrEqual, v, low), ordered(m, OpLessOrEqual, v, high))
}

// both is "a and b" of values.
func both(a, b Value) Value {
	switch {
	case isFalse(a) || isFalse(b):
		return Boolean(false)
	case isTrue(a) && isTrue(b):
		return Boolean(true)
	}
	return nil
}

// Eval implements Expr.
func (e *TypeTest) Eval(m *Machine, env *Env) Value {
	m.Charge(1)
	if e.Type == nil {
		return nil
	}
	return Boolean(InstanceOf(m, e.Value.Eval(m, env), e.Type))
}

// Eval implements Expr.
func (e *Cast) Eval(m *Machine, env *Env) Value { return Coerce(m, e.Value.Eval(m, env), e.Type) }

// Eval implements Expr.
func (e *If) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	cond := e.Cond.Eval(m, env)
	if isTrue(cond) {
		return e.Then.Eval(m, env)
	}
	if cond != nil && cond.Kind() != KindBoolean {
		return nil
	}
	return e.Else.Eval(m, env)
}

// Eval implements Expr.
func (e *ListOf) Eval(m *Machine, env *Env) Value {
	if !m.grow(len(e.Items)) {
		return nil
	}
	l := make(List, len(e.Items))
	for i, item := range e.Items {
		l[i] = item.Eval(m, env)
	}
	return l
}

// Eval implements Expr.
func (e *ContextOf) Eval(m *Machine, env *Env) Value {
	if !m.grow(len(e.Keys)) {
		return nil
	}
	c := &Context{entries: make([]Entry, 0, len(e.Keys))}
	for i, key := range e.Keys {
		v := e.Values[i].Eval(m, env)
		if m.stopped() {
			return nil
		}
		c.set(key, v)
		env = env.Push(v)
	}
	if e.Result != nil {
		return e.Result.Eval(m, env)
	}
	if len(c.entries) != len(e.Keys) {
		return nil // a key twice
	}
	return c
}

// Eval implements Expr.
func (e *RangeOf) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	if e.Form != Interval {
		v := e.Start.Eval(m, env)
		if v == nil && e.Form != EqualTo && e.Form != NotEqualTo {
			return nil
		}
		return newComparison(e.Form, v)
	}
	return &Range{Start: e.Start.Eval(m, env), End: e.End.Eval(m, env), StartIncluded: e.StartIncluded, EndIncluded: e.EndIncluded}
}

// Eval implements Expr.
func (e *Path) Eval(m *Machine, env *Env) Value {
	if !m.Charge(1) {
		return nil
	}
	return Member(m, e.Object.Eval(m, env), e.Name)
}

// Member is v.name: an entry of a context, a property of a temporal value or a
// range, and for a list the members of its items.
func Member(m *Machine, v Value, name string) Value {
	switch x := v.(type) {
	case nil:
		return nil
	case *Context:
		item, _ := x.Get(name)
		return item
	case List:
		if !m.grow(len(x)) || !m.into() {
			return nil
		}
		defer m.out()
		out := make(List, len(x))
		for i, item := range x {
			out[i] = Member(m, item, name)
		}
		return out
	}
	return property(v, name)
}
