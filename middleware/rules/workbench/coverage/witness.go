package coverage

import (
	"math"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// between is a value of a kind strictly between two others, a plain one where
// there is one; nil stands for no bound. It says false when no value is there.
func between(kind feel.Kind, low, high feel.Value) (feel.Value, bool) {
	switch kind {
	case feel.KindNumber:
		return numberBetween(low, high)
	case feel.KindString:
		return stringBetween(low, high)
	case feel.KindBoolean:
		return nil, false
	case feel.KindDate:
		return steps(low, high, feel.Date{Date: calendar.Date{Year: 2000, Month: 1, Day: 1}}, func(v feel.Value, n int64) (feel.Value, bool) {
			d, ok := calendar.DateOfDays(v.(feel.Date).Days() + n)
			return feel.Date{Date: d}, ok
		})
	case feel.KindMonths:
		return steps(low, high, feel.Months{}, func(v feel.Value, n int64) (feel.Value, bool) {
			m, ok := calendar.NewMonths(int64(v.(feel.Months).Months) + n)
			return feel.Months{Months: m}, ok
		})
	case feel.KindDuration:
		for _, unit := range []calendar.Duration{{Seconds: 86_400}, {Seconds: 1}, {Nanos: 1}} {
			v, ok := steps(low, high, feel.Duration{}, func(v feel.Value, n int64) (feel.Value, bool) {
				step := unit
				if n < 0 {
					step = step.Neg()
				}
				d, ok := v.(feel.Duration).Add(step)
				return feel.Duration{Duration: d}, ok
			})
			if ok {
				return v, true
			}
		}
		return nil, false
	}
	return nil, true // a column of no known kind has one segment: anything
}

// inside tells whether v is strictly between.
func inside(low, v, high feel.Value) bool {
	return (low == nil || order(low, v) < 0) && (high == nil || order(v, high) < 0)
}

// steps tries one step above low, then one below high.
func steps(low, high, any feel.Value, step func(feel.Value, int64) (feel.Value, bool)) (feel.Value, bool) {
	var v feel.Value
	ok := true
	switch {
	case low != nil:
		v, ok = step(low, 1)
	case high != nil:
		v, ok = step(high, -1)
	default:
		v = any
	}
	return v, ok && inside(low, v, high)
}

func stringBetween(low, high feel.Value) (feel.Value, bool) {
	candidates := []feel.String{"other", ""}
	if s, ok := low.(feel.String); ok {
		// Nothing is smaller and still above low than low with a zero byte.
		candidates = append(candidates, s+" ", s+"a", s+"\x00")
	}
	for _, v := range candidates {
		if inside(low, v, high) {
			return v, true
		}
	}
	return nil, false
}

func numberBetween(low, high feel.Value) (feel.Value, bool) {
	var candidates []decimal.Decimal
	add := func(d decimal.Decimal, ok bool) {
		if ok {
			candidates = append(candidates, d)
		}
	}
	one, two := decimal.FromInt64(1), decimal.FromInt64(2)
	a, hasLow := low.(feel.Number)
	b, hasHigh := high.(feel.Number)
	if !hasLow && !hasHigh {
		add(decimal.FromInt64(0), true)
	}
	if hasLow {
		if n, ok := floor(a.Decimal); ok {
			add(decimal.FromInt64(n+1), true)
		}
		add(a.Add(one))
		add(a.Abs().Mul(two))
		add(a.Quo(two)) // of the most negative numbers
	}
	if hasHigh {
		add(b.Sub(one))
		if d, ok := b.Abs().Mul(two); ok {
			add(d.Neg(), true)
		}
		add(b.Quo(two))
	}
	if hasLow && hasHigh {
		// Half the way: when anything lies between, this does. The difference of
		// close numbers is exact, and rounding to the nearest cannot leave the
		// interval of others.
		if d, ok := b.Sub(a.Decimal); ok {
			if d, ok = d.Quo(two); ok {
				add(a.Add(d))
			}
		}
	}
	for _, d := range candidates {
		if v := (feel.Number{Decimal: d.Reduce()}); inside(low, v, high) {
			return v, true
		}
	}
	return nil, false
}

// floor is the integer at or below a number of few digits.
func floor(d decimal.Decimal) (int64, bool) {
	rest, ok := d.Mod(decimal.FromInt64(1)) // has the divisor's sign
	if !ok {
		return 0, false
	}
	whole, ok := d.Sub(rest)
	if !ok {
		return 0, false
	}
	n, ok := whole.Int64()
	return n, ok && n < math.MaxInt64
}
