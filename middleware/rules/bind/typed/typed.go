// Package typed is what the Go code that `cybermiles rules bind` writes is built
// from: values of FEEL from and to Go's. It refuses values of another type than a
// model declares, and null where a value is needed.
package typed

import (
	"errors"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

var (
	// ErrNoResult reports null where a value is needed: no rule matched, or an
	// input was out of its type.
	ErrNoResult = errors.New("no result")
	// ErrType reports a value of another type than the model declares.
	ErrType = errors.New("a value of another type than the model declares")
)

// Reader reads values and keeps the first error.
type Reader struct{ Err error }

func read[T feel.Value](r *Reader, v feel.Value, what string) (x T) {
	switch y := v.(type) {
	case T:
		return y
	case nil:
		r.fail(what, ErrNoResult)
	default:
		r.fail(what, ErrType)
	}
	return x
}

func (r *Reader) fail(what string, err error) {
	if r.Err == nil {
		r.Err = fmt.Errorf("%q: %w", what, err)
	}
}

// Number reads a number.
func (r *Reader) Number(v feel.Value, what string) decimal.Decimal {
	return read[feel.Number](r, v, what).Decimal
}

// String reads a text.
func (r *Reader) String(v feel.Value, what string) string {
	return string(read[feel.String](r, v, what))
}

// Boolean reads true or false.
func (r *Reader) Boolean(v feel.Value, what string) bool { return bool(read[feel.Boolean](r, v, what)) }

// Date reads a day.
func (r *Reader) Date(v feel.Value, what string) calendar.Date {
	return read[feel.Date](r, v, what).Date
}

// Time reads a time of day.
func (r *Reader) Time(v feel.Value, what string) calendar.Time {
	return read[feel.Time](r, v, what).Time
}

// DateTime reads a date and time.
func (r *Reader) DateTime(v feel.Value, what string) calendar.DateTime {
	return read[feel.DateTime](r, v, what).DateTime
}

// Duration reads a days and time duration.
func (r *Reader) Duration(v feel.Value, what string) calendar.Duration {
	return read[feel.Duration](r, v, what).Duration
}

// Months reads a years and months duration.
func (r *Reader) Months(v feel.Value, what string) calendar.Months {
	return read[feel.Months](r, v, what).Months
}

// Field reads an entry of a context.
func (r *Reader) Field(v feel.Value, name string) feel.Value {
	c := read[*feel.Context](r, v, name)
	if c == nil {
		return nil
	}
	field, _ := c.Get(name)
	return field
}

// List reads a list.
func List[T any](r *Reader, v feel.Value, what string, item func(*Reader, feel.Value, string) T) []T {
	values := read[feel.List](r, v, what)
	list := make([]T, len(values))
	for i, v := range values {
		list[i] = item(r, v, what)
	}
	return list
}

// Values makes a list.
func Values[T any](list []T, value func(T) feel.Value) feel.List {
	values := make(feel.List, len(list))
	for i, item := range list {
		values[i] = value(item)
	}
	return values
}

// Unpack reads one value in the wire form.
func Unpack[T any](data []byte, what string, value func(*Reader, feel.Value, string) T) (T, error) {
	decoded, err := wire.Decode(data)
	if err != nil {
		var none T
		return none, err
	}
	r := &Reader{}
	x := value(r, decoded, what)
	return x, r.Err
}

// Slots reads the values of a fact's slots, one after another.
func Slots(data []byte, count int) (values feel.List, err error) {
	for range count {
		var v feel.Value
		if v, data, err = wire.First(data); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("%w: more slots than the template has", ErrType)
	}
	return values, nil
}

// Pack writes a fact: its template's place and its slots.
func Pack(template uint16, slots ...feel.Value) ([]byte, error) {
	out := []byte{byte(template >> 8), byte(template)}
	for _, v := range slots {
		slot, err := wire.Encode(v, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, slot...)
	}
	return out, nil
}
