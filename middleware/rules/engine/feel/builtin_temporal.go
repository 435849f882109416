package feel

import "github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"

var (
	weekdays   = [...]String{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	monthNames = [...]String{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

func temporalBuiltins() []builtin {
	return []builtin{
		{name: "now", forms: []form{fixed(func(m *Machine, _ []Value) Value { return DateTime{m.now} })}},
		{name: "today", forms: []form{fixed(func(m *Machine, _ []Value) Value { return Date{m.now.Date} })}},
		{name: "day of year", forms: []form{fixed(ofDate(func(d calendar.Date) Value { return Int(d.YearDay()) }), "date")}},
		{name: "day of week", forms: []form{fixed(ofDate(func(d calendar.Date) Value { return weekdays[d.Weekday()-1] }), "date")}},
		{name: "month of year", forms: []form{fixed(ofDate(func(d calendar.Date) Value { return monthNames[d.Month-1] }), "date")}},
		{name: "week of year", forms: []form{fixed(ofDate(func(d calendar.Date) Value { return Int(d.Week()) }), "date")}},
	}
}

// ofDate applies f to a date or the date of a date and time.
func ofDate(f func(calendar.Date) Value) func(*Machine, []Value) Value {
	return func(_ *Machine, a []Value) Value {
		d, ok := moment(a[0])
		if !ok {
			return nil
		}
		return f(d.Date)
	}
}
