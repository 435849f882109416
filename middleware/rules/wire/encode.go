package wire

import (
	"encoding/binary"
	"math"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Encode writes a value. charge, which may be nil, is told of bytes before they
// are written.
func Encode(v feel.Value, charge func(bytes int)) ([]byte, error) {
	e := encoder{charge: charge}
	e.value(v, 0)
	return e.data, e.err
}

type encoder struct {
	data   []byte
	size   int // paid for
	charge func(bytes int)
	err    error
}

// room pays for n more bytes; false when they are too many.
func (e *encoder) room(n int) bool {
	if e.err != nil {
		return false
	}
	if n > MaxSize-e.size {
		e.err = ErrTooLarge
		return false
	}
	e.size += n
	if e.charge != nil {
		e.charge(n)
	}
	return true
}

func (e *encoder) value(v feel.Value, depth int) {
	if depth > MaxDepth {
		e.err = ErrTooLarge
	}
	if !e.room(1) {
		return
	}
	switch x := v.(type) {
	case nil:
		e.data = append(e.data, tagNull)
	case feel.Number:
		e.number(x.Decimal)
	case feel.String:
		e.text(tagString, string(x))
	case feel.Boolean:
		tag := byte(tagFalse)
		if x {
			tag = tagTrue
		}
		e.data = append(e.data, tag)
	case feel.List:
		e.list(x, depth)
	case *feel.Context:
		e.context(x, depth)
	case *feel.Range:
		e.interval(x, depth)
	default:
		e.temporal(v)
	}
}

func (e *encoder) number(d decimal.Decimal) {
	if !e.room(18) {
		return
	}
	neg, hi, lo, exp := d.Reduce().Parts()
	if neg { // two's complement of 128 bits
		lo = -lo
		hi = ^hi
		if lo == 0 {
			hi++
		}
	}
	e.data = append(e.data, tagNumber)
	e.data = binary.BigEndian.AppendUint16(e.data, uint16(int16(exp)))
	e.data = binary.BigEndian.AppendUint64(e.data, hi)
	e.data = binary.BigEndian.AppendUint64(e.data, lo)
}

func (e *encoder) text(tag byte, s string) {
	if !e.room(4 + len(s)) {
		return
	}
	e.data = append(e.data, tag)
	e.data = binary.BigEndian.AppendUint32(e.data, uint32(len(s)))
	e.data = append(e.data, s...)
}

func (e *encoder) int64(tag byte, n int64) {
	if e.room(8) {
		e.data = binary.BigEndian.AppendUint64(append(e.data, tag), uint64(n))
	}
}

func (e *encoder) temporal(v feel.Value) {
	switch x := v.(type) {
	case feel.Date:
		e.int64(tagDate, x.Days())
	case feel.Time:
		e.text(tagTime, x.String())
	case feel.DateTime:
		if seconds, whole := instant(x.DateTime); whole {
			e.int64(tagInstant, seconds)
		} else {
			e.text(tagDateTime, x.DateTime.String())
		}
	case feel.Duration:
		e.int64(tagDuration, x.Seconds)
		if e.room(4) {
			e.data = binary.BigEndian.AppendUint32(e.data, uint32(x.Nanos))
		}
	case feel.Months:
		e.int64(tagMonths, int64(x.Months))
	default:
		e.err = ErrNotAValue
	}
}

// instant is a date and time in UTC as seconds since 1970; false for one in
// another zone, without a zone or with a fraction of a second.
func instant(d calendar.DateTime) (int64, bool) {
	if d.Time.Zone != calendar.UTC || d.Time.Fraction() != 0 {
		return 0, false
	}
	return d.Date.Days()*86_400 + d.Time.Nanos/1e9, true
}

func (e *encoder) list(l feel.List, depth int) {
	if !e.room(4) {
		return
	}
	e.data = binary.BigEndian.AppendUint32(append(e.data, tagList), uint32(len(l)))
	for _, item := range l {
		if e.err != nil {
			return
		}
		e.value(item, depth+1)
	}
}

func (e *encoder) context(c *feel.Context, depth int) {
	if c.Len() > math.MaxUint16 {
		e.err = ErrTooLarge
	}
	if !e.room(2) {
		return
	}
	e.data = binary.BigEndian.AppendUint16(append(e.data, tagContext), uint16(c.Len()))
	for _, entry := range c.Entries() {
		if len(entry.Key) > math.MaxUint16 {
			e.err = ErrTooLarge
		}
		if !e.room(2 + len(entry.Key)) {
			return
		}
		e.data = binary.BigEndian.AppendUint16(e.data, uint16(len(entry.Key)))
		e.data = append(e.data, entry.Key...)
		e.value(entry.Value, depth+1)
	}
}

// Flags of a range.
const (
	flagStartIncluded = 1 << iota
	flagEndIncluded
)

func (e *encoder) interval(r *feel.Range, depth int) {
	if !e.room(2) {
		return
	}
	var flags byte
	if r.StartIncluded {
		flags |= flagStartIncluded
	}
	if r.EndIncluded {
		flags |= flagEndIncluded
	}
	e.data = append(e.data, tagRange, byte(r.Form), flags)
	e.value(r.Start, depth+1)
	e.value(r.End, depth+1)
}
