package workbench

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
	rules "github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// Fill reads what a form brings from JSON: an object of its fields by name. Texts
// become dates, times and durations where the model says so. Nothing at all is an
// empty form.
func (f *Form) Fill(content []byte) (*feel.Context, error) {
	if len(content) == 0 {
		return feel.NewContext(), nil
	}
	v, err := rules.Value(content, &feel.Type{Kind: feel.TypeContext, Fields: f.Fields})
	if err != nil {
		return nil, fmt.Errorf("variables: %w", err)
	}
	values, ok := v.(*feel.Context)
	if !ok {
		return nil, errors.New(`variables: want an object by name, such as {"priceWei": 1000}`)
	}
	for _, entry := range values.Entries() {
		if _, known := f.Field(entry.Key); !known {
			return nil, fmt.Errorf("variables: %q is nothing that %s brings; %s", entry.Key, f.title(), f.wants())
		}
	}
	return values, nil
}

func (f *Form) title() string {
	if f.Kind == Start {
		return "the start of " + f.ID
	}
	return f.ID
}

func (f *Form) wants() string {
	if len(f.Fields) == 0 {
		return "it brings nothing"
	}
	names := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		names[i] = fmt.Sprintf("%q", field.Name)
	}
	return "it brings " + strings.Join(names, ", ")
}

// Pack is Fill in the wire form that the contract takes. A form without values
// is no bytes at all.
func (f *Form) Pack(content []byte) ([]byte, error) {
	values, err := f.Fill(content)
	if err != nil || values.Len() == 0 {
		return nil, err
	}
	return wire.Encode(values, nil)
}

// JSON writes a value in the wire form as JSON; no bytes are null.
func JSON(packed []byte) (json.RawMessage, error) {
	if len(packed) == 0 {
		return json.RawMessage("null"), nil
	}
	v, err := wire.Decode(packed)
	if err != nil {
		return nil, err
	}
	return rules.JSON(v), nil
}

// TypeName is a type in words.
func TypeName(t *feel.Type) string { return rules.TypeName(t) }
