package feel

import (
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

// property is a property of a temporal value or a range (DMN 1.5 table 65).
func property(v Value, name string) Value {
	switch x := v.(type) {
	case Date:
		return dateProperty(x.Date, name)
	case Time:
		return timeProperty(x.Time, calendar.Time.Offset, name)
	case DateTime:
		if p := dateProperty(x.Date, name); p != nil {
			return p
		}
		return timeProperty(x.Time, func(calendar.Time) (int, bool) { return x.Offset() }, name)
	case Duration:
		return durationProperty(x, name)
	case Months:
		switch name {
		case "years":
			return Int(int(x.Months / 12))
		case "months":
			return Int(int(x.Months % 12))
		}
	case *Range:
		return x.property(name)
	}
	return nil
}

func dateProperty(d calendar.Date, name string) Value {
	switch name {
	case "year":
		return Int(int(d.Year))
	case "month":
		return Int(int(d.Month))
	case "day":
		return Int(int(d.Day))
	case "weekday":
		return Int(d.Weekday())
	}
	return nil
}

func timeProperty(t calendar.Time, offset func(calendar.Time) (int, bool), name string) Value {
	switch name {
	case "hour":
		return Int(t.Hour())
	case "minute":
		return Int(t.Minute())
	case "second":
		return fractional(int64(t.Second()), t.Fraction())
	case "time offset":
		if seconds, ok := offset(t); ok {
			return duration(calendar.NewDuration(int64(seconds), 0))
		}
	case "timezone":
		if z := t.Zone.Name(); z != "" {
			return String(z)
		}
	}
	return nil
}

func durationProperty(d Duration, name string) Value {
	days, hours, minutes, seconds, nanos := d.Parts()
	var n int64
	switch name {
	case "days":
		n = days
	case "hours":
		n = hours
	case "minutes":
		n = minutes
	case "seconds":
		if d.Sign() < 0 {
			seconds, nanos = -seconds, -nanos
		}
		return fractional(seconds, nanos)
	default:
		return nil
	}
	if d.Sign() < 0 {
		n = -n
	}
	return Int(int(n))
}

// fractional is seconds and nanoseconds as one number of seconds.
func fractional(seconds, nanos int64) Value {
	if nanos == 0 {
		return Int(int(seconds))
	}
	n, _ := decimal.FromInt64(nanos).Quo(billion)
	return number(decimal.FromInt64(seconds).Add(n))
}

func (r *Range) property(name string) Value {
	switch name {
	case "start":
		return r.Start
	case "end":
		return r.End
	case "start included":
		return Boolean(r.StartIncluded)
	case "end included":
		return Boolean(r.EndIncluded)
	}
	return nil
}
