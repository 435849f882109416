package dmn

import (
	"bytes"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// magic starts every compiled model; its last byte is the version of the
// format.
var magic = []byte{'C', 'M', 'D', 'M', 1}

// MaxModel and MaxElements bound a compiled model.
const (
	MaxModel    = 2 << 20
	MaxElements = 1 << 14
)

const codeTable = feel.ExtensionCode

// Encode is the binary form of a model. Equal models have equal bytes.
func (m *Model) Encode() []byte {
	e := feel.NewEncoder(extension{})
	e.String(m.Name)
	e.String(m.Namespace)
	e.Uint(uint64(len(m.Elements)))
	for i := range m.Elements {
		el := &m.Elements[i]
		e.Byte(byte(el.Kind))
		e.String(el.Name)
		e.String(el.Namespace)
		e.String(el.ID)
		e.Type(el.Type)
		e.Optional(el.Logic)
		e.Params(el.Params)
		indexes(e, el.Inputs)
		indexes(e, el.Outputs)
	}
	return append(append([]byte{}, magic...), e.Bytes()...)
}

func indexes(e *feel.Encoder, list []int) {
	e.Uint(uint64(len(list)))
	for _, i := range list {
		e.Uint(uint64(i))
	}
}

// Decode reads and verifies a compiled model and builds the indexes of its
// tables.
func Decode(data []byte) (*Model, error) {
	if len(data) > MaxModel {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", feel.ErrMalformed, len(data), MaxModel)
	}
	body, ok := bytes.CutPrefix(data, magic)
	if !ok {
		return nil, fmt.Errorf("%w: it does not start with %q; compile the model with this version", feel.ErrMalformed, magic)
	}
	d := feel.NewDecoder(body, 0, extension{})
	m := &Model{Name: d.String(), Namespace: d.String()}
	n := d.Count()
	if n > MaxElements {
		d.Fail("%d elements, at most %d are allowed", n, MaxElements)
	}
	if d.Err() != nil {
		return nil, d.Err()
	}
	d.SetGlobals(n)
	m.Elements = make([]Element, n)
	for i := range m.Elements {
		decodeElement(d, &m.Elements[i], n)
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	return m, nil
}

func decodeElement(d *feel.Decoder, el *Element, n int) {
	*el = Element{Kind: Kind(d.Byte()), Name: d.String(), Namespace: d.String(), ID: d.String(), Type: d.Type(), Logic: d.Optional(), Params: d.Params()}
	el.Inputs, el.Outputs = decodeIndexes(d, n), decodeIndexes(d, n)
	switch el.Kind {
	case InputData, Decision:
	case Knowledge:
		if _, ok := el.Logic.(*feel.Lambda); el.Logic != nil && !ok {
			d.Fail("the logic of knowledge %q is no function", el.Name)
		}
	case Service:
		if len(el.Inputs) != len(el.Params) || len(el.Outputs) == 0 {
			d.Fail("service %q has %d parameters for %d inputs and %d outputs", el.Name, len(el.Params), len(el.Inputs), len(el.Outputs))
		}
	default:
		d.Fail("element kind %d", el.Kind)
	}
	if el.Kind != Service && len(el.Inputs)+len(el.Outputs)+len(el.Params) > 0 {
		d.Fail("element %q has inputs or outputs but is no service", el.Name)
	}
}

func decodeIndexes(d *feel.Decoder, limit int) []int {
	n := d.Count()
	out := make([]int, 0, min(n, 64))
	for range n {
		out = append(out, d.Index(limit, "element"))
		if d.Err() != nil {
			return nil
		}
	}
	return out
}

// extension adds decision tables to the expressions of FEEL.
type extension struct{}

// Encode implements feel.Extension.
func (extension) Encode(e *feel.Encoder, x feel.Expr) bool {
	t, ok := x.(*Table)
	if !ok {
		return false
	}
	e.Byte(codeTable)
	e.String(t.Name)
	e.Byte(byte(t.Policy))
	e.Byte(byte(t.Aggregation))
	e.Exprs(t.Inputs)
	e.Uint(uint64(len(t.Tests)))
	for _, test := range t.Tests {
		e.Expr(test)
	}
	e.Exprs(t.Results)
	e.Uint(uint64(len(t.Outputs)))
	for _, o := range t.Outputs {
		e.String(o.Name)
		e.Uint(uint64(len(o.Priorities)))
		for _, v := range o.Priorities {
			e.Value(v)
		}
		e.Optional(o.Default)
	}
	e.Uint(uint64(t.Rules()))
	for _, i := range t.Entries {
		e.Uint(uint64(i))
	}
	return true
}

// Decode implements feel.Extension.
func (extension) Decode(d *feel.Decoder, code byte) feel.Expr {
	if code != codeTable {
		d.Fail("opcode %d", code)
		return nil
	}
	t := &Table{Name: d.String(), Policy: HitPolicy(d.Byte()), Aggregation: Aggregation(d.Byte()), Inputs: d.Exprs()}
	if t.Policy > Collect || t.Aggregation > Max || t.Aggregation != NoAggregation && t.Policy != Collect {
		d.Fail("hit policy %d with aggregation %d", t.Policy, t.Aggregation)
	}
	tests := d.Count()
	if tests > MaxTests {
		d.Fail("%d distinct tests, at most %d are allowed", tests, MaxTests)
	}
	d.Bind(1, func() {
		for i := 0; i < tests && d.Err() == nil; i++ {
			t.Tests = append(t.Tests, d.Tests())
		}
	})
	t.Results = d.Exprs()
	decodeOutputs(d, t)
	decodeEntries(d, t)
	if d.Err() != nil {
		return nil
	}
	t.Prepare()
	return t
}

func decodeOutputs(d *feel.Decoder, t *Table) {
	n := d.Count()
	if n == 0 || n+len(t.Inputs) > MaxColumns {
		d.Fail("%d inputs and %d outputs; want an output and at most %d columns", len(t.Inputs), n, MaxColumns)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		o := Output{Name: d.String()}
		for range d.Count() {
			o.Priorities = append(o.Priorities, d.Value())
		}
		o.Default = d.Optional()
		t.Outputs = append(t.Outputs, o)
	}
}

func decodeEntries(d *feel.Decoder, t *Table) {
	rules := d.Count()
	width := len(t.Inputs) + len(t.Outputs)
	if rules > MaxRules || rules*width > MaxEntries {
		d.Fail("%d rules of %d entries; at most %d rules and %d entries are allowed", rules, width, MaxRules, MaxEntries)
		return
	}
	t.Entries = make([]int32, 0, min(rules*width, 1<<16))
	for i := 0; i < rules*width && d.Err() == nil; i++ {
		if i%width < len(t.Inputs) {
			t.Entries = append(t.Entries, int32(d.Index(len(t.Tests), "test")))
		} else {
			t.Entries = append(t.Entries, int32(d.Index(len(t.Results), "result")))
		}
	}
}
