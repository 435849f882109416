package feel

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

func conversionBuiltins() []builtin {
	return []builtin{
		{name: "date", forms: []form{fixed(dateFrom, "from"), fixed(dateOf, "year", "month", "day")}},
		{name: "time", forms: []form{fixed(timeFrom, "from"), optional(3, timeOf, "hour", "minute", "second", "offset")}},
		{name: "date and time", forms: []form{fixed(dateTimeFrom, "from"), fixed(dateTimeOf, "date", "time")}},
		{name: "number", forms: []form{fixed(numberFrom, "from"), fixed(numberFrom, "from", "grouping separator", "decimal separator")}},
		{name: "duration", forms: []form{fixed(durationFrom, "from")}},
		{name: "years and months duration", forms: []form{fixed(monthsBetween, "from", "to")}},
		{name: "not", forms: []form{fixed(func(_ *Machine, a []Value) Value { return not(a[0]) }, "negand")}},
	}
}

// universalBuiltins take values of every kind.
func universalBuiltins() []builtin {
	return []builtin{
		{name: "string", forms: []form{fixed(stringFrom, "from")}},
		{name: "is", forms: []form{fixed(is, "value1", "value2")}},
		{name: "string join", forms: []form{optional(1, stringJoin, "list", "delimiter")}},
	}
}

func dateFrom(_ *Machine, a []Value) Value {
	switch x := a[0].(type) {
	case String:
		if d, ok := calendar.ParseDate(string(x)); ok {
			return Date{d}
		}
	case Date:
		return x
	case DateTime:
		return Date{x.Date}
	}
	return nil
}

// integers reads whole numbers; ok is false when one is something else.
func integers(values ...Value) (out [3]int64, ok bool) {
	for i, v := range values {
		n, isNumber := v.(Number)
		if !isNumber {
			return out, false
		}
		if out[i], ok = n.Int64(); !ok {
			return out, false
		}
	}
	return out, true
}

func dateOf(_ *Machine, a []Value) Value {
	n, ok := integers(a...)
	if !ok {
		return nil
	}
	d, ok := calendar.NewDate(n[0], n[1], n[2])
	if !ok {
		return nil
	}
	return Date{d}
}

func timeFrom(_ *Machine, a []Value) Value {
	switch x := a[0].(type) {
	case String:
		if t, ok := calendar.ParseTime(string(x)); ok {
			return Time{t}
		}
	case Time:
		return x
	case DateTime:
		return Time{x.Time}
	case Date:
		return Time{x.Midnight().Time}
	}
	return nil
}

func timeOf(_ *Machine, a []Value) Value {
	n, ok := integers(a[0], a[1])
	second, isNumber := a[2].(Number)
	if !ok || !isNumber {
		return nil
	}
	whole, ok := second.Round(0, decimal.Floor)
	if !ok {
		return nil
	}
	rest, _ := second.Sub(whole)
	rest, _ = rest.Mul(billion)
	rest, _ = rest.Round(0, decimal.Down)
	sec, ok1 := whole.Int64()
	nanos, ok2 := rest.Int64()
	if !ok1 || !ok2 {
		return nil
	}
	var zone calendar.Zone
	if a[3] != nil {
		offset, isDuration := a[3].(Duration)
		if !isDuration || offset.Seconds > calendar.MaxOffset || offset.Seconds < -calendar.MaxOffset {
			return nil
		}
		if zone, ok = calendar.FixedZone(int(offset.Seconds)); !ok {
			return nil
		}
	}
	t, ok := calendar.NewTime(n[0], n[1], sec, nanos, zone)
	if !ok {
		return nil
	}
	return Time{t}
}

func dateTimeFrom(_ *Machine, a []Value) Value {
	switch x := a[0].(type) {
	case String:
		if d, ok := calendar.ParseDateTime(string(x)); ok {
			return DateTime{d}
		}
	case DateTime:
		return x
	case Date:
		return DateTime{x.Midnight()}
	}
	return nil
}

func dateTimeOf(_ *Machine, a []Value) Value {
	t, ok := a[1].(Time)
	if !ok {
		return nil
	}
	switch x := a[0].(type) {
	case Date:
		return DateTime{calendar.DateTime{Date: x.Date, Time: t.Time}}
	case DateTime:
		return DateTime{calendar.DateTime{Date: x.Date, Time: t.Time}}
	}
	return nil
}

// separator reads a separator: null for none, or one of the allowed.
func separator(v Value, allowed string) (string, bool) {
	if v == nil {
		return "", true
	}
	s, ok := v.(String)
	return string(s), ok && len(s) == 1 && strings.Contains(allowed, string(s))
}

func numberFrom(m *Machine, a []Value) Value {
	text, ok := a[0].(String)
	if !ok || !m.Charge(10+len(text)/2) {
		return nil
	}
	s := string(text)
	if len(a) == 3 {
		grouping, ok1 := separator(a[1], " ,.")
		point, ok2 := separator(a[2], ",.")
		if !ok1 || !ok2 || grouping != "" && grouping == point {
			return nil
		}
		if grouping != "" {
			s = strings.ReplaceAll(s, grouping, "")
		}
		if point == "," {
			if strings.Contains(s, ".") {
				return nil
			}
			s = strings.Replace(s, ",", ".", 1)
		}
	}
	if strings.HasPrefix(s, "+") {
		return nil
	}
	return number(decimal.Parse(s))
}

func stringFrom(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	if s, ok := a[0].(String); ok {
		return s
	}
	w := writer{m: m}
	w.value(a[0], false)
	return newString(m, w.b.String())
}

func durationFrom(_ *Machine, a []Value) Value {
	switch x := a[0].(type) {
	case String:
		return ParseDuration(string(x))
	case Duration, Months:
		return x
	}
	return nil
}

// ParseDuration reads a duration of either kind; null when s is neither.
func ParseDuration(s string) Value {
	if d, ok := calendar.ParseDuration(s); ok {
		return Duration{d}
	}
	if d, ok := calendar.ParseMonths(s); ok {
		return Months{d}
	}
	return nil
}

// ParseTemporal reads the text of an @ literal; null when it is none.
func ParseTemporal(s string) Value {
	if d, ok := calendar.ParseDate(s); ok {
		return Date{d}
	}
	if d, ok := calendar.ParseDateTime(s); ok {
		return DateTime{d}
	}
	if t, ok := calendar.ParseTime(s); ok {
		return Time{t}
	}
	return ParseDuration(s)
}

func monthsBetween(_ *Machine, a []Value) Value {
	from, ok1 := moment(a[0])
	to, ok2 := moment(a[1])
	if !ok1 || !ok2 {
		return nil
	}
	return months(from.Date.MonthsUntil(to.Date))
}

// is is identity within the same semantic domain: unlike =, equal moments with
// different zones are not the same, and different kinds are not null.
func is(m *Machine, a []Value) Value {
	x, y := a[0], a[1]
	if KindOf(x) != KindOf(y) {
		return Boolean(false)
	}
	switch v := x.(type) {
	case Time:
		return Boolean(v == y.(Time))
	case DateTime:
		return Boolean(v == y.(DateTime))
	}
	return Boolean(same(m, x, y))
}
