package workbench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Inputs reads the inputs of a decision: an object by their names. Texts become
// dates, times and durations where the model says so.
func (m *Model) Inputs(decision string, content []byte) (*feel.Context, error) {
	element, err := m.decision(decision)
	if err != nil {
		return nil, err
	}
	types := feel.Type{Kind: feel.TypeContext}
	for _, param := range m.params(element) {
		types.Fields = append(types.Fields, feel.Field(param))
	}
	v, err := parseJSON(content, &types)
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	inputs, ok := v.(*feel.Context)
	if !ok {
		return nil, errors.New(`input: want an object of the inputs by name, such as {"Amount": 100}`)
	}
	for _, entry := range inputs.Entries() {
		if !hasField(types.Fields, entry.Key) {
			return nil, fmt.Errorf("input: the model has no input %q; it has %s", entry.Key, fieldNames(types.Fields))
		}
	}
	return inputs, nil
}

// params are what an element takes: for a decision, every input of the model.
func (m *Model) params(element int) (list []feel.Param) {
	switch e := &m.Elements[element]; e.Kind {
	case dmn.Service:
		return e.Params
	case dmn.Knowledge:
		if lambda, ok := e.Logic.(*feel.Lambda); ok {
			return lambda.Params
		}
		return nil
	}
	for i := range m.Elements {
		if e := &m.Elements[i]; e.Kind == dmn.InputData {
			list = append(list, feel.Param{Name: e.Name, Type: e.Type})
		}
	}
	return list
}

func hasField(fields []feel.Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

func fieldNames(fields []feel.Field) string {
	text := ""
	for i, f := range fields {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", f.Name)
	}
	return text
}

// parseJSON reads one value and nothing after it.
func parseJSON(content []byte, t *feel.Type) (feel.Value, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	v, err := jsonValue(decoder, t, 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the value")
	}
	return v, nil
}

// maxNesting is how deep JSON may nest.
const maxNesting = 64

func jsonValue(decoder *json.Decoder, t *feel.Type, depth int) (feel.Value, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("it nests deeper than %d", maxNesting)
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch x := token.(type) {
	case nil:
		return nil, nil
	case bool:
		return feel.Boolean(x), nil
	case json.Number:
		d, ok := decimal.Parse(x.String())
		if !ok {
			return nil, fmt.Errorf("the number %s is out of range", x)
		}
		return feel.Number{Decimal: d}, nil
	case string:
		return jsonText(x, t)
	case json.Delim:
		if x == '[' {
			return jsonList(decoder, t, depth)
		}
		return jsonContext(decoder, t, depth)
	}
	return nil, fmt.Errorf("unexpected %v", token)
}

// jsonText is a text as what the type says: kinds that JSON does not have are
// written as in FEEL.
func jsonText(s string, t *feel.Type) (feel.Value, error) {
	if t == nil {
		return feel.String(s), nil
	}
	var v feel.Value
	ok := true
	switch t.Kind {
	case feel.TypeNumber:
		var d decimal.Decimal
		d, ok = decimal.Parse(s)
		v = feel.Number{Decimal: d}
	case feel.TypeDate:
		var x calendar.Date
		x, ok = calendar.ParseDate(s)
		v = feel.Date{Date: x}
	case feel.TypeTime:
		var x calendar.Time
		x, ok = calendar.ParseTime(s)
		v = feel.Time{Time: x}
	case feel.TypeDateTime:
		var x calendar.DateTime
		x, ok = calendar.ParseDateTime(s)
		v = feel.DateTime{DateTime: x}
	case feel.TypeDuration:
		var x calendar.Duration
		x, ok = calendar.ParseDuration(s)
		v = feel.Duration{Duration: x}
	case feel.TypeMonths:
		var x calendar.Months
		x, ok = calendar.ParseMonths(s)
		v = feel.Months{Months: x}
	default:
		return feel.String(s), nil
	}
	if !ok {
		return nil, fmt.Errorf("%q is no %s", s, TypeName(t))
	}
	return v, nil
}

func jsonList(decoder *json.Decoder, t *feel.Type, depth int) (feel.Value, error) {
	var element *feel.Type
	if t != nil {
		element = t.Elem
	}
	list := feel.List{}
	for decoder.More() {
		item, err := jsonValue(decoder, element, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := decoder.Token()
	return list, err
}

func jsonContext(decoder *json.Decoder, t *feel.Type, depth int) (feel.Value, error) {
	var entries []feel.Entry
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string) // a key of an object always is
		var field *feel.Type
		if t != nil {
			for _, f := range t.Fields {
				if f.Name == key {
					field = f.Type
				}
			}
		}
		value, err := jsonValue(decoder, field, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		entries = append(entries, feel.Entry{Key: key, Value: value})
	}
	_, err := decoder.Token()
	return feel.NewContext(entries...), err
}

// JSON writes a value: numbers with all their digits, what JSON does not have as
// FEEL writes it.
func JSON(v feel.Value) json.RawMessage {
	var b bytes.Buffer
	writeJSON(&b, v)
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, v feel.Value) {
	switch x := v.(type) {
	case nil:
		b.WriteString("null")
	case feel.Number, feel.Boolean:
		b.WriteString(feel.Text(v))
	case feel.String:
		quote(b, string(x))
	case feel.List:
		b.WriteByte('[')
		for i, item := range x {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item)
		}
		b.WriteByte(']')
	case *feel.Context:
		b.WriteByte('{')
		for i, entry := range x.Entries() {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, entry.Key)
			b.WriteByte(':')
			writeJSON(b, entry.Value)
		}
		b.WriteByte('}')
	case interface{ String() string }: // dates, times, durations
		quote(b, x.String())
	default:
		quote(b, feel.Text(v))
	}
}

func quote(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)         // a string always encodes
	b.Truncate(b.Len() - 1) // the line's end
}

// TypeName is a type as DMN names it.
func TypeName(t *feel.Type) string {
	if t == nil {
		return "Any"
	}
	if t.Name != "" {
		return t.Name
	}
	names := []string{"Any", "number", "string", "boolean", "date", "time", "date and time",
		"days and time duration", "years and months duration", "list", "context", "range", "function", "Null"}
	if t.Kind == feel.TypeList && t.Elem != nil {
		return "list of " + TypeName(t.Elem)
	}
	return names[t.Kind]
}
