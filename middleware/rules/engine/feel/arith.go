package feel

import (
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

// number wraps a result that may not exist.
func number(d decimal.Decimal, ok bool) Value {
	if !ok {
		return nil
	}
	return Number{d}
}

// add is a + b (DMN 1.5 tables 56 and 57).
func add(m *Machine, a, b Value) Value {
	switch x := a.(type) {
	case Number:
		if y, ok := b.(Number); ok {
			return number(x.Add(y.Decimal))
		}
	case String:
		if y, ok := b.(String); ok && m.growString(len(x)+len(y)) {
			return x + y
		}
	case Duration:
		if y, ok := b.(Duration); ok {
			return duration(x.Add(y.Duration))
		}
		return shift(b, x)
	case Months:
		if y, ok := b.(Months); ok {
			return months(int64(x.Months) + int64(y.Months))
		}
		return shiftMonths(b, int64(x.Months))
	}
	switch y := b.(type) {
	case Duration:
		return shift(a, y)
	case Months:
		return shiftMonths(a, int64(y.Months))
	}
	return nil
}

// subtract is a - b.
func subtract(a, b Value) Value {
	switch y := b.(type) {
	case Number:
		if x, ok := a.(Number); ok {
			return number(x.Sub(y.Decimal))
		}
	case Duration:
		if x, ok := a.(Duration); ok {
			return duration(x.Add(y.Neg()))
		}
		return shift(a, Duration{y.Neg()})
	case Months:
		if x, ok := a.(Months); ok {
			return months(int64(x.Months) - int64(y.Months))
		}
		return shiftMonths(a, -int64(y.Months))
	case Time:
		if x, ok := a.(Time); ok {
			return duration(x.Sub(y.Time))
		}
	case Date, DateTime:
		x, okX := moment(a)
		z, okY := moment(b)
		if okX && okY {
			return duration(x.Sub(z))
		}
	}
	return nil
}

// moment is a date and time; a date is its midnight in UTC.
func moment(v Value) (calendar.DateTime, bool) {
	switch x := v.(type) {
	case Date:
		return x.Midnight(), true
	case DateTime:
		return x.DateTime, true
	}
	return calendar.DateTime{}, false
}

// shift moves a point in time by a days and time duration.
func shift(v Value, d Duration) Value {
	switch x := v.(type) {
	case Date:
		if r, ok := x.Midnight().Add(d.Duration); ok {
			return Date{r.Date}
		}
	case Time:
		return Time{x.Add(d.Duration)}
	case DateTime:
		if r, ok := x.Add(d.Duration); ok {
			return DateTime{r}
		}
	}
	return nil
}

// shiftMonths moves a day by months.
func shiftMonths(v Value, n int64) Value {
	switch x := v.(type) {
	case Date:
		if r, ok := x.AddMonths(n); ok {
			return Date{r}
		}
	case DateTime:
		if r, ok := x.AddMonths(n); ok {
			return DateTime{r}
		}
	}
	return nil
}

func duration(d calendar.Duration, ok bool) Value {
	if !ok {
		return nil
	}
	return Duration{d}
}

func months(n int64) Value {
	if d, ok := calendar.NewMonths(n); ok {
		return Months{d}
	}
	return nil
}

// multiply is a × b.
func multiply(a, b Value) Value {
	switch x := a.(type) {
	case Number:
		switch y := b.(type) {
		case Number:
			return number(x.Mul(y.Decimal))
		case Duration, Months:
			return multiply(y, x)
		}
	case Duration:
		if y, ok := b.(Number); ok {
			return secondsDuration(x.decimal().Mul(y.Decimal))
		}
	case Months:
		if y, ok := b.(Number); ok {
			return wholeMonths(decimal.FromInt64(int64(x.Months)).Mul(y.Decimal))
		}
	}
	return nil
}

// divide is a / b.
func divide(a, b Value) Value {
	switch x := a.(type) {
	case Number:
		if y, ok := b.(Number); ok {
			return number(x.Quo(y.Decimal))
		}
	case Duration:
		switch y := b.(type) {
		case Number:
			return secondsDuration(x.decimal().Quo(y.Decimal))
		case Duration:
			return number(x.decimal().Quo(y.decimal()))
		}
	case Months:
		n := decimal.FromInt64(int64(x.Months))
		switch y := b.(type) {
		case Number:
			return wholeMonths(n.Quo(y.Decimal))
		case Months:
			return number(n.Quo(decimal.FromInt64(int64(y.Months))))
		}
	}
	return nil
}

var billion = decimal.FromInt64(1_000_000_000)

// decimal is the duration in seconds.
func (d Duration) decimal() decimal.Decimal {
	s, _ := decimal.FromInt64(d.Seconds).Mul(billion)
	s, _ = s.Add(decimal.FromInt64(int64(d.Nanos)))
	s, _ = s.Quo(billion)
	return s
}

// secondsDuration is the duration of s seconds, to the nanosecond.
func secondsDuration(s decimal.Decimal, ok bool) Value {
	if !ok {
		return nil
	}
	whole, ok := s.Round(0, decimal.Floor)
	if !ok {
		return nil
	}
	rest, _ := s.Sub(whole)
	rest, _ = rest.Mul(billion)
	rest, _ = rest.Round(0, decimal.HalfEven)
	sec, ok1 := whole.Int64()
	nanos, ok2 := rest.Int64()
	if !ok1 || !ok2 || sec > calendar.MaxSeconds || sec < -calendar.MaxSeconds {
		return nil
	}
	return duration(calendar.NewDuration(sec, nanos))
}

func wholeMonths(n decimal.Decimal, ok bool) Value {
	if !ok {
		return nil
	}
	if n, ok = n.Round(0, decimal.Down); !ok {
		return nil
	}
	if v, ok := n.Int64(); ok {
		return months(v)
	}
	return nil
}

// power is a ** b.
func power(m *Machine, a, b Value) Value {
	x, ok1 := a.(Number)
	y, ok2 := b.(Number)
	if !ok1 || !ok2 || !m.Charge(costPower) {
		return nil
	}
	return number(x.Pow(y.Decimal))
}

// negate is -v.
func negate(v Value) Value {
	switch x := v.(type) {
	case Number:
		return Number{x.Neg()}
	case Duration:
		return Duration{x.Neg()}
	case Months:
		return Months{-x.Months}
	}
	return nil
}

// costOf is what arithmetic on two values takes beyond one node.
func costOf(op Op, a, b Value) int {
	cost := 0
	if op == OpDivide {
		cost = costQuotient
	}
	for _, v := range [2]Value{a, b} {
		switch x := v.(type) {
		case Number:
			if x.Wide() {
				cost += costWide
			}
		case Duration:
			cost += 2
		case DateTime:
			cost += costZone
		}
	}
	return cost
}
