package rules

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// errFact is why bytes are no fact; callers see BadFact.
var errFact = errors.New("not a fact of this rule set")

// decodeFact reads a fact: its template's place as a uint16, then a value for
// each slot. What is null is taken from former, which has to be of the same
// template, or from the slot's default when former is nil.
func decodeFact(m *model.Model, data []byte, former *rete.Fact) (fact rete.NewFact, err error) {
	if len(data) < 2 || int(binary.BigEndian.Uint16(data)) >= len(m.Templates) {
		return fact, errFact
	}
	fact.Template = uint32(binary.BigEndian.Uint16(data))
	if former != nil && fact.Template != former.Template {
		return fact, errFact
	}
	slots := m.Templates[fact.Template].Slots
	rest := data[2:]
	for i := range slots {
		var v feel.Value
		if v, rest, err = wire.First(rest); err != nil {
			return fact, errFact
		}
		slot, ok := slotValue(v, slots[i].Type)
		switch {
		case ok:
		case v != nil:
			return fact, errFact
		case former != nil:
			slot = former.Slots[i]
		case slots[i].Default != model.NoDefault:
			slot = rete.Value{Type: m.Consts[slots[i].Default].Type, Text: m.Consts[slots[i].Default].Text}
		default:
			return fact, errFact
		}
		fact.Slots = append(fact.Slots, slot)
	}
	if len(rest) > 0 {
		return fact, errFact
	}
	return fact, nil
}

// slotValue is a value as a slot of a type takes it; false for one it does not.
func slotValue(v feel.Value, t model.Type) (rete.Value, bool) {
	switch x := v.(type) {
	case feel.Number:
		if !t.Numeric() || t == model.Int && !x.IsInteger() {
			return rete.Value{}, false
		}
		return rete.Value{Type: t, Text: numberText(x.Decimal)}, true
	case feel.String:
		return rete.Text(string(x)), t == model.String && len(x) <= rete.MaxString
	case feel.Boolean:
		return rete.Bool(bool(x)), t == model.Boolean
	}
	return rete.Value{}, false
}

// numberText spells a number as the engine reads it, however large its exponent.
func numberText(d decimal.Decimal) string {
	neg, hi, lo, exp := d.Parts()
	coefficient, _ := decimal.New(neg, hi, lo, 0)
	if exp == 0 {
		return coefficient.String()
	}
	return coefficient.String() + "E" + strconv.Itoa(exp)
}

// wireValue is a value of the engine as FEEL's, which the wire form is of.
func wireValue(v rete.Value) feel.Value {
	switch {
	case v.Type == model.String:
		return feel.String(v.Text)
	case v.Type == model.Boolean:
		return feel.Boolean(v.Text == "true")
	case v.Type.Numeric():
		d, _ := decimal.Parse(v.Text) // the engine's numbers are decimal128's
		return feel.Number{Decimal: d}
	}
	list := make(feel.List, 0, len(v.List))
	for _, item := range v.List {
		list = append(list, wireValue(item))
	}
	return list
}

// encodeSlots writes the values of a fact's slots.
func encodeSlots(slots []rete.Value, charge func(int)) ([]byte, error) {
	var out []byte
	for _, v := range slots {
		one, err := wire.Encode(wireValue(v), charge)
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

// encodeFields writes a result's fields as a context.
func encodeFields(fields []rete.Field, charge func(int)) ([]byte, error) {
	entries := make([]feel.Entry, 0, len(fields))
	for _, f := range fields {
		entries = append(entries, feel.Entry{Key: f.Name, Value: wireValue(f.Value)})
	}
	return wire.Encode(feel.NewContext(entries...), charge)
}

// record is a fact as the contract keeps it: where its id is listed, how many
// matches support it, and the engine's fact.
type record struct {
	place    uint32
	supports uint32
	fact     rete.Fact // without its id
}

// append writes a record.
func (k *record) append(out []byte) []byte {
	logical := uint64(0)
	if k.fact.Logical {
		logical = 1
	}
	for _, n := range []uint64{uint64(k.place), k.fact.Tag, uint64(k.fact.Template)<<1 | logical, uint64(k.supports)} {
		out = binary.AppendUvarint(out, n)
	}
	for _, v := range k.fact.Slots {
		switch {
		case v.Type == model.Boolean && v.Text == "true":
			out = append(out, slotTrue)
		case v.Type == model.Boolean:
			out = append(out, slotFalse)
		case v.Type == model.String:
			out = append(binary.AppendUvarint(out, uint64(len(v.Text))<<2|slotText), v.Text...)
		default:
			out = append(binary.AppendUvarint(out, uint64(len(v.Text))<<2|slotNumber), v.Text...)
		}
	}
	return out
}

// What the lowest bits of a slot's length say; booleans have no length.
const (
	slotNumber = iota
	slotText
	slotFalse
	slotTrue
)

// readRecord reads a record. It fails only on bytes that append did not write.
func readRecord(data []byte) (k record, err error) {
	r := recordReader{data: data}
	k.place, k.fact.Tag = uint32(r.uint()), r.uint()
	head := r.uint()
	k.supports = uint32(r.uint())
	k.fact.Template, k.fact.Logical = uint32(head>>1), head&1 == 1
	for len(r.data) > 0 {
		switch n := r.uint(); n & 3 {
		case slotNumber:
			k.fact.Slots = append(k.fact.Slots, rete.Number(string(r.take(n>>2))))
		case slotText:
			k.fact.Slots = append(k.fact.Slots, rete.Text(string(r.take(n>>2))))
		default:
			k.fact.Slots = append(k.fact.Slots, rete.Bool(n&3 == slotTrue))
		}
	}
	if r.bad {
		return k, rete.ErrState
	}
	return k, nil
}

type recordReader struct {
	data []byte
	bad  bool
}

func (r *recordReader) uint() uint64 {
	u, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return u
}

func (r *recordReader) take(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return nil
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}
