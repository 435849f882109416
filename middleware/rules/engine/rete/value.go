package rete

import (
	"fmt"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Value is a value as it enters and leaves a session. Text holds a number in
// decimal notation, the content of a string, or true or false; List the elements
// of a collected list.
type Value struct {
	Type model.Type
	Text string
	List []Value
}

// Int gives the value of a whole number.
func Int(i int64) Value { return Value{Type: model.Int, Text: strconv.FormatInt(i, 10)} }

// Number gives the value of a decimal number written like -12.50 or 1E6.
func Number(text string) Value { return Value{Type: model.Decimal, Text: text} }

// Text gives the value of a string.
func Text(s string) Value { return Value{Type: model.String, Text: s} }

// Bool gives the value of a boolean.
func Bool(b bool) Value { return Value{Type: model.Boolean, Text: strconv.FormatBool(b)} }

// String gives the value as rule text would spell it.
func (v Value) String() string {
	switch {
	case v.Type == model.String:
		return strconv.Quote(v.Text)
	case !v.Type.IsList():
		return v.Text
	}
	text := "["
	for i, item := range v.List {
		if i > 0 {
			text += ", "
		}
		text += item.String()
	}
	return text + "]"
}

// intern gives the cell of a value for a slot of type want.
func (s *Session) intern(v Value, want model.Type) (cell, error) {
	switch {
	case want == model.String && v.Type == model.String:
		if len(v.Text) > MaxString {
			return 0, fmt.Errorf("a string of %d bytes, the limit is %d", len(v.Text), MaxString)
		}
		return s.sym.internText(v.Text), nil
	case want == model.Boolean && v.Type == model.Boolean && (v.Text == "true" || v.Text == "false"):
		return boolCell(v.Text == "true"), nil
	case !want.Numeric() || !v.Type.Numeric():
		return 0, fmt.Errorf("found %s %s, expected %s", v.Type, v, want)
	}
	if len(v.Text) < 19 { // fits in 63 bits for sure
		if i, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
			return smallCell(i), nil
		}
	}
	d, err := model.ParseNumber(v.Text)
	if err != nil {
		return 0, err
	}
	c, ok := s.number(d, want)
	if !ok {
		return 0, fmt.Errorf("%s is not an int of at most %d digits", v.Text, model.MaxDigits)
	}
	return c, nil
}

// value gives the value of a cell.
func (s *Session) value(c cell, t model.Type) Value {
	switch {
	case t == model.Boolean:
		return Bool(c == cellTrue)
	case t == model.String:
		return Text(s.sym.text(c))
	case !t.IsList():
		if c.small() {
			return Value{Type: t, Text: strconv.FormatInt(c.int(), 10)}
		}
		var scratch apd.Decimal
		return Value{Type: t, Text: model.FormatNumber(s.sym.decimal(c, &scratch))}
	}
	v := Value{Type: t}
	for _, item := range s.lists[c] {
		v.List = append(v.List, s.value(item, t.Element()))
	}
	return v
}
