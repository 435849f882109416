package feel

import "github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"

func numberBuiltins() []builtin {
	return []builtin{
		{name: "decimal", forms: []form{fixed(rounding(decimal.HalfEven), "n", "scale")}},
		{name: "floor", forms: []form{fixed(rounding(decimal.Floor), "n"), fixed(rounding(decimal.Floor), "n", "scale")}},
		{name: "ceiling", forms: []form{fixed(rounding(decimal.Ceiling), "n"), fixed(rounding(decimal.Ceiling), "n", "scale")}},
		{name: "round up", forms: []form{fixed(rounding(decimal.Up), "n", "scale")}},
		{name: "round down", forms: []form{fixed(rounding(decimal.Down), "n", "scale")}},
		{name: "round half up", forms: []form{fixed(rounding(decimal.HalfUp), "n", "scale")}},
		{name: "round half down", forms: []form{fixed(rounding(decimal.HalfDown), "n", "scale")}},
		{name: "abs", forms: []form{fixed(abs, "n")}},
		{name: "modulo", forms: []form{fixed(modulo, "dividend", "divisor")}},
		{name: "sqrt", forms: []form{fixed(transcendental(costSqrt, decimal.Decimal.Sqrt), "number")}},
		{name: "log", forms: []form{fixed(transcendental(costLog, decimal.Decimal.Ln), "number")}},
		{name: "exp", forms: []form{fixed(transcendental(costExp, decimal.Decimal.Exp), "number")}},
		{name: "odd", forms: []form{fixed(parity(true), "number")}},
		{name: "even", forms: []form{fixed(parity(false), "number")}},
	}
}

// wholePart is a number without its fraction.
func wholePart(v Value) (int64, bool) {
	n, ok := v.(Number)
	if !ok {
		return 0, false
	}
	d, ok := n.Round(0, decimal.Down)
	if !ok {
		return 0, false
	}
	return d.Int64()
}

// rounding rounds to a scale; a scale without a parameter is 0.
func rounding(mode decimal.Mode) func(*Machine, []Value) Value {
	return func(_ *Machine, a []Value) Value {
		n, ok := a[0].(Number)
		if !ok {
			return nil
		}
		scale := int64(0)
		if len(a) > 1 {
			scale, ok = wholePart(a[1])
		}
		if !ok || scale < decimal.MinScale || scale > decimal.MaxScale {
			return nil
		}
		return number(n.Round(int(scale), mode))
	}
}

func abs(_ *Machine, a []Value) Value {
	switch x := a[0].(type) {
	case Number:
		return Number{x.Abs()}
	case Duration:
		return Duration{x.Abs()}
	case Months:
		return Months{max(x.Months, -x.Months)}
	}
	return nil
}

func modulo(m *Machine, a []Value) Value {
	x, ok1 := a[0].(Number)
	y, ok2 := a[1].(Number)
	if !ok1 || !ok2 || !m.Charge(20) {
		return nil
	}
	return number(x.Mod(y.Decimal))
}

func transcendental(cost int, f func(decimal.Decimal) (decimal.Decimal, bool)) func(*Machine, []Value) Value {
	return func(m *Machine, a []Value) Value {
		n, ok := a[0].(Number)
		if !ok || !m.Charge(cost) {
			return nil
		}
		return number(f(n.Decimal))
	}
}

func parity(odd bool) func(*Machine, []Value) Value {
	two := decimal.FromInt64(2)
	return func(_ *Machine, a []Value) Value {
		n, ok := a[0].(Number)
		if !ok || !n.IsInteger() {
			return nil
		}
		r, ok := n.Mod(two)
		if !ok {
			return nil
		}
		return Boolean(r.IsZero() != odd)
	}
}
