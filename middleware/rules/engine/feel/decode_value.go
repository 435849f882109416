package feel

import (
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

// Value reads a value.
func (d *Decoder) Value() Value {
	if d.depth++; d.depth > MaxDepth {
		d.Fail("values nest deeper than %d", MaxDepth)
	}
	defer func() { d.depth-- }()
	if d.err != nil {
		return nil
	}
	switch kind := Kind(d.Byte()); kind {
	case KindNull:
		return nil
	case KindNumber:
		neg, exp := d.Bool(), d.Int()
		hi, lo := d.Uint(), d.Uint()
		if exp < decimal.MinExponent || exp > decimal.MaxExponent {
			d.Fail("exponent %d", exp)
			return nil
		}
		n, ok := decimal.New(neg, hi, lo, int(exp))
		if !ok {
			d.Fail("a number of more than %d digits", decimal.Digits)
		}
		return Number{n}
	case KindString:
		return String(d.String())
	case KindBoolean:
		return Boolean(d.Bool())
	case KindDate, KindTime, KindDateTime, KindDuration, KindMonths:
		return d.temporal(kind)
	case KindList:
		n := d.Count()
		l := make(List, 0, min(n, 1024))
		for range n {
			l = append(l, d.Value())
			if d.err != nil {
				return nil
			}
		}
		return l
	case KindContext:
		c := NewContext()
		for range d.Count() {
			c.set(d.String(), d.Value())
		}
		return c
	case KindRange:
		r := &Range{Form: RangeForm(d.Byte()), StartIncluded: d.Bool(), EndIncluded: d.Bool()}
		r.Start, r.End = d.Value(), d.Value()
		if r.Form > NotEqualTo {
			d.Fail("range form %d", r.Form)
		}
		return r
	default:
		d.Fail("value kind %d", kind)
	}
	return nil
}

func (d *Decoder) temporal(kind Kind) Value {
	var v Value
	var ok bool
	switch kind {
	case KindDate:
		var x calendar.Date
		x, ok = calendar.ParseDate(d.String())
		v = Date{x}
	case KindTime:
		var x calendar.Time
		x, ok = calendar.ParseTime(d.String())
		v = Time{x}
	case KindDateTime:
		var x calendar.DateTime
		x, ok = calendar.ParseDateTime(d.String())
		v = DateTime{x}
	case KindDuration:
		var x calendar.Duration
		s, n := d.Int(), d.Int()
		if n < 0 || n > 999_999_999 {
			d.Fail("%d nanoseconds", n)
		}
		if s > -calendar.MaxSeconds && s < calendar.MaxSeconds {
			x, ok = calendar.NewDuration(s, n)
		}
		v = Duration{x}
	default:
		var x calendar.Months
		x, ok = calendar.NewMonths(d.Int())
		v = Months{x}
	}
	if !ok {
		d.Fail("a malformed value of kind %d", kind)
		return nil
	}
	return v
}
