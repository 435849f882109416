package compiler

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// itemType is an item definition on its way to a type.
type itemType struct {
	item  *xmlItem
	file  *file
	t     *feel.Type
	state int // 0 new, 1 being resolved, 2 done
}

// resolveItem fills in the type of an item definition.
func (c *compiler) resolveItem(it *itemType) error {
	if it.state == 2 {
		return nil
	}
	it.state = 1
	t, err := c.itemBody(it.file, it.item, it.item.Name)
	if err != nil {
		return err
	}
	t.Name = it.item.Name
	*it.t = *t
	it.state = 2
	return nil
}

// itemBody is the type that an item definition or component describes.
func (c *compiler) itemBody(f *file, item *xmlItem, path string) (*feel.Type, error) {
	t := &feel.Type{}
	switch {
	case len(item.Components) > 0:
		t.Kind = feel.TypeContext
		for i := range item.Components {
			comp := &item.Components[i]
			ft, err := c.componentType(f, comp, path+"."+comp.Name)
			if err != nil {
				return nil, err
			}
			t.Fields = append(t.Fields, feel.Field{Name: comp.Name, Type: ft})
		}
	case item.Function != nil:
		t.Kind, t.Params = feel.TypeFunction, []*feel.Type{}
		for _, p := range item.Function.Parameters {
			t.Params = append(t.Params, c.typeRef(f, p.typeName(), path))
		}
		t.Result = c.typeRef(f, item.Function.Output, path)
	case strings.TrimSpace(item.TypeRef.Value) != "":
		base, err := c.baseType(f, item.TypeRef, path)
		if err != nil {
			return nil, err
		}
		if base != nil {
			*t = *base
		}
	}
	if item.Collection {
		if t.Kind == feel.TypeAny && t.Allowed == nil {
			t = nil
		}
		t = &feel.Type{Kind: feel.TypeList, Elem: t}
	}
	allowed, constraint := c.tests(f, item.Allowed, path), c.tests(f, item.Constraint, path)
	t.Allowed, t.Constraint = both(t.Allowed, allowed), both(t.Constraint, constraint)
	return t, nil
}

// both is the conjunction of two constraints.
func both(a, b feel.Expr) feel.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &feel.Binary{Op: feel.OpAnd, Left: a, Right: b}
}

// componentType is a component's type: a plain reference keeps its identity,
// so that types may refer to themselves.
func (c *compiler) componentType(f *file, comp *xmlItem, path string) (*feel.Type, error) {
	plain := len(comp.Components) == 0 && comp.Function == nil && comp.Allowed == nil && comp.Constraint == nil
	if plain && strings.TrimSpace(comp.TypeRef.Value) != "" {
		t := c.typeRef(f, comp.TypeRef.Value, path)
		if comp.Collection {
			return &feel.Type{Kind: feel.TypeList, Elem: t}, nil
		}
		return t, nil
	}
	return c.itemBody(f, comp, path)
}

// baseType is the resolved type that an item definition builds on.
func (c *compiler) baseType(f *file, ref text, path string) (*feel.Type, error) {
	if it := c.findItem(f, strings.TrimSpace(ref.Value)); it != nil {
		if it.state == 1 {
			return nil, fmt.Errorf("%w: %s:%d: item definition %q is defined by itself", ErrRefused, f.name, ref.At.Line, path)
		}
		if err := c.resolveItem(it); err != nil {
			return nil, err
		}
		return it.t, nil
	}
	return c.typeRef(f, ref.Value, path), nil
}

// findItem finds an item definition by name, perhaps with an import's prefix.
func (c *compiler) findItem(f *file, name string) *itemType {
	if it, ok := f.types[name]; ok {
		return it
	}
	for _, imp := range f.imports {
		rest, ok := strings.CutPrefix(name, imp.Name+".")
		if imp.Name == "" {
			rest, ok = name, true
		}
		if ok {
			if it, ok := c.byNamespace[imp.Namespace].types[rest]; ok {
				return it
			}
		}
	}
	return nil
}

// typeRef is the type that a name refers to; nil means any.
func (c *compiler) typeRef(f *file, name, element string) *feel.Type {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil
	}
	if it := c.findItem(f, name); it != nil {
		return it.t
	}
	if t, ok := feel.BuiltinTypes[name]; ok {
		if t.Kind == feel.TypeAny {
			return nil
		}
		return t
	}
	if _, local, ok := strings.Cut(name, ":"); ok { // a QName of DMN 1.1
		for _, imp := range f.imports {
			if it, ok := c.byNamespace[imp.Namespace].types[local]; ok && f.types[local] == nil {
				return it.t
			}
		}
		return c.typeRef(f, local, element)
	}
	c.report(Warning, f, place{}, element, "unknown type %q, taken for Any", name)
	return nil
}

// tests compiles the unary tests of a constraint.
func (c *compiler) tests(f *file, in *inner, element string) feel.Expr {
	if in == nil || strings.TrimSpace(in.Text.Value) == "" {
		return nil
	}
	t, problems, err := parser.UnaryTests(in.Text.Value, parser.NewScope())
	if err != nil {
		c.syntax(f, in.Text.At, element, err)
		return nil
	}
	c.problems(f, in.Text.At, element, problems)
	return t
}

// addTypes makes the item definitions that f can name known to its
// expressions.
func (c *compiler) addTypes(s *parser.Scope, f *file) {
	for i := range f.def.Items {
		name := f.def.Items[i].Name
		s.AddType(name, f.types[name].t)
	}
	for _, imp := range f.imports {
		prefix := imp.Name + "."
		if imp.Name == "" {
			prefix = ""
		}
		target := c.byNamespace[imp.Namespace]
		for i := range target.def.Items {
			name := target.def.Items[i].Name
			s.AddType(prefix+name, target.types[name].t)
		}
	}
}

// collectMembers announces the names that contexts of a model have.
func collectMembers(s *parser.Scope, def *xmlDefinitions) {
	for i := range def.Items {
		componentMembers(s, &def.Items[i])
	}
	for i := range def.Decisions {
		s.AddMember(def.Decisions[i].variableName())
		logicMembers(s, &def.Decisions[i].xmlLogic)
	}
	for i := range def.Knowledge {
		if e := def.Knowledge[i].Encapsulated; e != nil {
			logicMembers(s, &e.xmlLogic)
		}
	}
}

func componentMembers(s *parser.Scope, item *xmlItem) {
	for i := range item.Components {
		s.AddMember(item.Components[i].Name)
		componentMembers(s, &item.Components[i])
	}
}

// logicMembers announces the entries, columns and outputs within logic.
func logicMembers(s *parser.Scope, l *xmlLogic) {
	if l.Context != nil {
		for i := range l.Context.Entries {
			e := &l.Context.Entries[i]
			if e.Variable != nil {
				s.AddMember(e.Variable.Name)
			}
			logicMembers(s, &e.xmlLogic)
		}
	}
	if l.Relation != nil {
		for _, col := range l.Relation.Columns {
			s.AddMember(col.Name)
		}
	}
	if l.Table != nil {
		for _, o := range l.Table.Outputs {
			s.AddMember(o.Name)
		}
	}
	for _, sub := range l.within() {
		logicMembers(s, sub)
	}
}

// within are the expressions directly inside, but those of a context.
func (l *xmlLogic) within() []*xmlLogic {
	var out []*xmlLogic
	if l.List != nil {
		for i := range l.List.Items {
			out = append(out, &l.List.Items[i])
		}
	}
	if l.Relation != nil {
		for r := range l.Relation.Rows {
			for i := range l.Relation.Rows[r].Items {
				out = append(out, &l.Relation.Rows[r].Items[i])
			}
		}
	}
	if l.Function != nil {
		out = append(out, &l.Function.xmlLogic)
	}
	if l.Invocation != nil {
		for i := range l.Invocation.Bindings {
			out = append(out, &l.Invocation.Bindings[i].xmlLogic)
		}
	}
	if l.Conditional != nil {
		out = append(out, &l.Conditional.If, &l.Conditional.Then, &l.Conditional.Else)
	}
	if l.Filter != nil {
		out = append(out, &l.Filter.In, &l.Filter.Match)
	}
	for _, it := range []*xmlIterator{l.For, l.Every, l.Some} {
		if it != nil {
			out = append(out, &it.In, &it.Return, &it.Satisfies)
		}
	}
	return out
}
