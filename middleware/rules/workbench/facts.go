package workbench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// Fact is a fact to insert; a slot that is nil is left to its default.
type Fact struct {
	Template uint32
	Slots    []feel.Value
}

const factForm = `want a list of facts by their template, such as [{"Order": {"id": 1}}]`

// Facts reads facts in JSON: a list of objects with one key each, the template,
// and the slots by name.
func (s *RuleSet) Facts(content []byte) ([]Fact, error) {
	v, err := parseJSON(content, nil)
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	list, ok := v.(feel.List)
	if !ok {
		return nil, errors.New("facts: " + factForm)
	}
	facts := make([]Fact, len(list))
	for i, item := range list {
		if facts[i], err = s.fact(item); err != nil {
			return nil, fmt.Errorf("fact %d: %w", i+1, err)
		}
	}
	return facts, nil
}

func (s *RuleSet) fact(v feel.Value) (fact Fact, err error) {
	object, ok := v.(*feel.Context)
	if !ok || object.Len() != 1 {
		return fact, errors.New(factForm)
	}
	entry := object.Entries()[0]
	if fact.Template, err = s.TemplateNamed(entry.Key); err != nil {
		return fact, err
	}
	slots, ok := entry.Value.(*feel.Context)
	if !ok {
		return fact, errors.New(factForm)
	}
	t := &s.Templates[fact.Template]
	fact.Slots = make([]feel.Value, len(t.Slots))
	for _, slot := range slots.Entries() {
		at := slices.IndexFunc(t.Slots, func(x model.Slot) bool { return x.Name == slot.Key })
		if at < 0 {
			return fact, fmt.Errorf("template %s has no slot %q; it has %s", t.Name, slot.Key, slotNames(t))
		}
		if slot.Value != nil {
			if fact.Slots[at], err = slotOf(slot.Value, t.Slots[at].Type); err != nil {
				return fact, fmt.Errorf("%s.%s: %w", t.Name, slot.Key, err)
			}
		}
	}
	return fact, nil
}

// TemplateNamed is the place of a template.
func (s *RuleSet) TemplateNamed(name string) (uint32, error) {
	var names []string
	for i := range s.Templates {
		if s.Templates[i].Name == name {
			return uint32(i), nil
		}
		names = append(names, s.Templates[i].Name)
	}
	return 0, fmt.Errorf("the rule set has no template %q; it has %s", name, strings.Join(names, ", "))
}

func slotNames(t *model.Template) string {
	var names []string
	for _, slot := range t.Slots {
		names = append(names, slot.Name)
	}
	return strings.Join(names, ", ")
}

// slotOf is a value as a slot takes it; a text may stand for a number.
func slotOf(v feel.Value, t model.Type) (feel.Value, error) {
	if text, ok := v.(feel.String); ok && t.Numeric() {
		if d, ok := decimal.Parse(string(text)); ok {
			v = feel.Number{Decimal: d}
		}
	}
	ok := false
	switch x := v.(type) {
	case feel.Number:
		ok = t == model.Decimal || t == model.Int && x.IsInteger()
	case feel.String:
		ok = t == model.String && len(x) <= rete.MaxString
	case feel.Boolean:
		ok = t == model.Boolean
	}
	if !ok {
		return nil, fmt.Errorf("%s is no %s", feel.Text(v), t)
	}
	return v, nil
}

// complete fills in the defaults.
func (s *RuleSet) complete(fact Fact) (rete.NewFact, error) {
	t := &s.Templates[fact.Template]
	out := rete.NewFact{Template: fact.Template}
	for i, v := range fact.Slots {
		slot := t.Slots[i]
		switch {
		case v != nil:
			out.Slots = append(out.Slots, engineValue(v, slot.Type))
		case slot.Default != model.NoDefault:
			c := s.Consts[slot.Default]
			out.Slots = append(out.Slots, rete.Value{Type: c.Type, Text: c.Text})
		default:
			return out, fmt.Errorf("slot %s of %s has no default: set it", slot.Name, t.Name)
		}
	}
	return out, nil
}

func engineValue(v feel.Value, t model.Type) rete.Value {
	switch x := v.(type) {
	case feel.String:
		return rete.Text(string(x))
	case feel.Boolean:
		return rete.Bool(bool(x))
	case feel.Number:
		neg, hi, lo, exp := x.Parts()
		coefficient, _ := decimal.New(neg, hi, lo, 0)
		return rete.Value{Type: t, Text: fmt.Sprintf("%sE%d", coefficient, exp)}
	}
	return rete.Value{}
}

// Pack is a fact as the contract takes it. A slot that is nil stands for its
// default, in an update for what it is.
func Pack(fact Fact) ([]byte, error) {
	out := binary.BigEndian.AppendUint16(nil, uint16(fact.Template))
	for _, v := range fact.Slots {
		slot, err := wire.Encode(v, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, slot...)
	}
	return out, nil
}

// Unpack is a fact of the contract's.
func (s *RuleSet) Unpack(id uint64, template uint32, logical bool, slots []byte) (ShownFact, error) {
	if int(template) >= len(s.Templates) {
		return ShownFact{}, fmt.Errorf("the rule set has no template %d", template)
	}
	t := &s.Templates[template]
	entries := make([]feel.Entry, len(t.Slots))
	for i := range t.Slots {
		v, rest, err := wire.First(slots)
		if err != nil {
			return ShownFact{}, err
		}
		entries[i], slots = feel.Entry{Key: t.Slots[i].Name, Value: v}, rest
	}
	return ShownFact{ID: id, Template: t.Name, Logical: logical, Slots: JSON(feel.NewContext(entries...))}, nil
}

func (s *RuleSet) shown(f rete.Fact) ShownFact {
	t := &s.Templates[f.Template]
	entries := make([]feel.Entry, len(f.Slots))
	for i, v := range f.Slots {
		entries[i] = feel.Entry{Key: t.Slots[i].Name, Value: feelValue(v)}
	}
	return ShownFact{ID: f.ID, Template: t.Name, Logical: f.Logical, Slots: JSON(feel.NewContext(entries...))}
}

func fieldsOf(fields []rete.Field) *feel.Context {
	entries := make([]feel.Entry, len(fields))
	for i, f := range fields {
		entries[i] = feel.Entry{Key: f.Name, Value: feelValue(f.Value)}
	}
	return feel.NewContext(entries...)
}

func feelValue(v rete.Value) feel.Value {
	switch {
	case v.Type == model.String:
		return feel.String(v.Text)
	case v.Type == model.Boolean:
		return feel.Boolean(v.Text == "true")
	case v.Type.Numeric():
		d, _ := decimal.Parse(v.Text) // the engine's numbers are decimals
		return feel.Number{Decimal: d.Reduce()}
	}
	list := feel.List{}
	for _, item := range v.List {
		list = append(list, feelValue(item))
	}
	return list
}

// sorted is a value with the keys of its contexts in order and numbers reduced.
func sorted(v feel.Value) feel.Value {
	switch x := v.(type) {
	case feel.Number:
		return feel.Number{Decimal: x.Reduce()}
	case feel.List:
		out := make(feel.List, len(x))
		for i, item := range x {
			out[i] = sorted(item)
		}
		return out
	case *feel.Context:
		entries := slices.Clone(x.Entries())
		slices.SortFunc(entries, func(a, b feel.Entry) int { return strings.Compare(a.Key, b.Key) })
		for i := range entries {
			entries[i].Value = sorted(entries[i].Value)
		}
		return feel.NewContext(entries...)
	}
	return v
}
