package wire

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Decode reads a value that fills data. Numbers need not be reduced: 1050 with
// the exponent -2 is 10.5. Its work follows len(data).
func Decode(data []byte) (feel.Value, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(data), MaxSize)
	}
	d := decoder{data: data, rest: data}
	v := d.value(0)
	if d.err == nil && len(d.rest) > 0 {
		d.fail("bytes after the value")
	}
	return v, d.err
}

// First reads the value that data begins with and gives what follows it.
func First(data []byte) (v feel.Value, rest []byte, err error) {
	if len(data) > MaxSize {
		return nil, nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(data), MaxSize)
	}
	d := decoder{data: data, rest: data}
	v = d.value(0)
	return v, d.rest, d.err
}

type decoder struct {
	data, rest []byte
	err        error
}

func (d *decoder) fail(reason string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: at byte %d: %s", ErrMalformed, len(d.data)-len(d.rest), reason)
	}
}

// take is the next n bytes, zeros when they are not there.
func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		d.fail("it ends too early")
		return make([]byte, min(n, 16))
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) int64() int64 { return int64(binary.BigEndian.Uint64(d.take(8))) }

// count reads how many items follow, each of at least one byte.
func (d *decoder) count(n int) int {
	if n > len(d.rest) {
		d.fail("more items than bytes")
		return 0
	}
	return n
}

func (d *decoder) text(n int) string {
	if n > len(d.rest) {
		d.fail("it ends too early")
		return ""
	}
	text := d.take(n)
	if !utf8.Valid(text) {
		d.fail("text that is not UTF-8")
		return ""
	}
	return string(text)
}

func (d *decoder) longText() string { return d.text(int(binary.BigEndian.Uint32(d.take(4)))) }

func (d *decoder) value(depth int) feel.Value {
	if depth > MaxDepth {
		d.fail("it nests too deep")
	}
	tag := d.take(1)[0]
	if d.err != nil {
		return nil
	}
	switch tag {
	case tagNull:
		return nil
	case tagNumber:
		return d.number()
	case tagString:
		return feel.String(d.longText())
	case tagFalse, tagTrue:
		return feel.Boolean(tag == tagTrue)
	case tagList:
		return d.list(depth)
	case tagContext:
		return d.context(depth)
	case tagRange:
		return d.interval(depth)
	}
	return d.temporal(tag)
}

func (d *decoder) number() feel.Value {
	exp := int16(binary.BigEndian.Uint16(d.take(2)))
	hi, lo := uint64(d.int64()), uint64(d.int64())
	neg := hi>>63 == 1
	if neg {
		lo = -lo
		hi = ^hi
		if lo == 0 {
			hi++
		}
	}
	if exp < decimal.MinExponent || exp > decimal.MaxExponent {
		d.fail("an exponent out of range")
		return nil
	}
	n, ok := decimal.New(neg, hi, lo, int(exp))
	if !ok {
		d.fail("a number of more than 34 digits")
		return nil
	}
	return feel.Number{Decimal: n.Reduce()}
}

func (d *decoder) temporal(tag byte) feel.Value {
	var v feel.Value
	var ok bool
	switch tag {
	case tagDate:
		var x calendar.Date
		x, ok = calendar.DateOfDays(d.int64())
		v = feel.Date{Date: x}
	case tagTime:
		var x calendar.Time
		x, ok = calendar.ParseTime(d.longText())
		v = feel.Time{Time: x}
	case tagDateTime:
		var x calendar.DateTime
		x, ok = calendar.ParseDateTime(d.longText())
		v = feel.DateTime{DateTime: x}
	case tagInstant:
		var x calendar.DateTime
		x, ok = calendar.FromUnix(d.int64())
		v = feel.DateTime{DateTime: x}
	case tagDuration:
		v, ok = d.duration()
	case tagMonths:
		var x calendar.Months
		x, ok = calendar.NewMonths(d.int64())
		v = feel.Months{Months: x}
	default:
		d.fail("an unknown tag")
		return nil
	}
	if !ok {
		d.fail("no such date, time or duration")
		return nil
	}
	return v
}

func (d *decoder) duration() (feel.Value, bool) {
	seconds, nanos := d.int64(), binary.BigEndian.Uint32(d.take(4))
	if seconds <= -calendar.MaxSeconds || seconds >= calendar.MaxSeconds || nanos >= 1e9 {
		return nil, false
	}
	x, ok := calendar.NewDuration(seconds, int64(nanos))
	return feel.Duration{Duration: x}, ok
}

func (d *decoder) list(depth int) feel.Value {
	n := d.count(int(binary.BigEndian.Uint32(d.take(4))))
	if n > feel.DefaultLimits.List {
		d.fail("a list of too many items")
		return nil
	}
	list := make(feel.List, 0, n)
	for range n {
		list = append(list, d.value(depth+1))
		if d.err != nil {
			return nil
		}
	}
	return list
}

func (d *decoder) context(depth int) feel.Value {
	n := d.count(int(binary.BigEndian.Uint16(d.take(2))))
	entries := make([]feel.Entry, 0, n)
	for range n {
		key := d.text(int(binary.BigEndian.Uint16(d.take(2))))
		entries = append(entries, feel.Entry{Key: key, Value: d.value(depth + 1)})
		if d.err != nil {
			return nil
		}
	}
	c := feel.NewContext(entries...)
	if c.Len() != n {
		d.fail("a key twice")
		return nil
	}
	return c
}

func (d *decoder) interval(depth int) feel.Value {
	form, flags := d.take(1)[0], d.take(1)[0]
	if form > byte(feel.NotEqualTo) || flags > flagStartIncluded|flagEndIncluded {
		d.fail("no such range")
		return nil
	}
	r := &feel.Range{Form: feel.RangeForm(form), StartIncluded: flags&flagStartIncluded != 0, EndIncluded: flags&flagEndIncluded != 0}
	r.Start, r.End = d.value(depth+1), d.value(depth+1)
	return r
}
