package compiler

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// TableSource is what the source says about a decision table and its compiled
// form leaves out.
type TableSource struct {
	Table   *dmn.Table // in the compiled model
	Element string     // that it belongs to
	File    string
	Line    int   // of the table
	Lines   []int // of its rules
	Inputs  []TableInput
}

// TableInput is an input column.
type TableInput struct {
	Text   string     // of its expression
	Type   *feel.Type // declared by the column; nil for none
	Values feel.Expr  // unary tests that its values pass; nil for none
}

// noteTable keeps the source of a table under its form before encoding.
func (b *builder) noteTable(t *dmn.Table, x *xmlTable, around locals) {
	if !b.c.noteTables {
		return
	}
	source := TableSource{Table: t, Element: b.element, File: b.f.name}
	for i := range x.Inputs {
		in := TableInput{}
		if e := x.Inputs[i].Expression; e != nil {
			in.Text, in.Type = strings.TrimSpace(e.Text.Value), b.c.quietType(b.f, e.TypeRef)
			if source.Line == 0 {
				source.Line = e.Text.At.Line
			}
		}
		if v := x.Inputs[i].Values; v != nil && strings.TrimSpace(v.Text.Value) != "" {
			if tests, _, err := parser.UnaryTests(v.Text.Value, b.scope, around...); err != nil {
				b.c.syntax(b.f, v.Text.At, b.element, err)
			} else {
				in.Values = tests
			}
		}
		source.Inputs = append(source.Inputs, in)
	}
	for i := range x.Rules {
		line := source.Line
		switch r := &x.Rules[i]; {
		case len(r.Inputs) > 0 && r.Inputs[0].Text.At.Line > 0:
			line = r.Inputs[0].Text.At.Line
		case len(r.Outputs) > 0 && r.Outputs[0].Text.At.Line > 0:
			line = r.Outputs[0].Text.At.Line
		}
		source.Lines = append(source.Lines, line)
	}
	b.c.tables = append(b.c.tables, source)
}

// quietType is a type by name, nil when there is none.
func (c *compiler) quietType(f *file, name string) *feel.Type {
	name = strings.TrimSpace(name)
	if it := c.findItem(f, name); it != nil {
		return it.t
	}
	if t := feel.BuiltinTypes[name]; t != nil && t.Kind != feel.TypeAny {
		return t
	}
	return nil
}

// matchTables gives the sources of tables those of the decoded model, which has
// the same shape.
func (c *compiler) matchTables(decoded *dmn.Model) []TableSource {
	byTable := map[*dmn.Table]*dmn.Table{}
	for i := range c.model.Elements {
		pairTables(c.model.Elements[i].Logic, decoded.Elements[i].Logic, byTable)
	}
	var matched []TableSource
	for _, source := range c.tables {
		if t := byTable[source.Table]; t != nil {
			source.Table = t
			matched = append(matched, source)
		}
	}
	return matched
}

func pairTables(a, b feel.Expr, pairs map[*dmn.Table]*dmn.Table) {
	if t, ok := a.(*dmn.Table); ok {
		pairs[t], _ = b.(*dmn.Table)
		return // entries are FEEL: no table is within
	}
	if a == nil || b == nil {
		return
	}
	inner, same := feel.Children(a), feel.Children(b)
	for i := range min(len(inner), len(same)) {
		pairTables(inner[i], same[i], pairs)
	}
}
