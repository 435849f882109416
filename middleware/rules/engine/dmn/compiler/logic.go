package compiler

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// builder compiles the logic of one element.
type builder struct {
	c       *compiler
	f       *file
	scope   *parser.Scope
	element string
}

// builder readies the scope of an element: what it requires, under the names
// that its model knows them by.
func (c *compiler) builder(f *file, e *xmlElement) (*builder, error) {
	s := c.members.Clone()
	c.addTypes(s, f)
	for _, r := range append(append([]xmlRequirement{}, e.Needs...), e.Knowledge...) {
		for _, href := range r.hrefs() {
			i, ok := c.lookup(f, href)
			if !ok {
				return nil, fmt.Errorf("%w: %s: %q requires %q, which no model defines", ErrRefused, f.name, e.Name, href)
			}
			c.name(s, f, i)
		}
	}
	return &builder{c: c, f: f, scope: s, element: e.Name}, nil
}

// name puts an element into a scope, with the prefix of its import.
func (c *compiler) name(s *parser.Scope, f *file, i int) {
	el := &c.model.Elements[i]
	if el.Namespace == f.def.Namespace {
		s.AddGlobal(el.Name, i)
		return
	}
	for _, imp := range f.imports {
		if imp.Namespace == el.Namespace {
			if imp.Name == "" {
				s.AddGlobal(el.Name, i)
			} else {
				s.AddImported(imp.Name, el.Name, i)
			}
		}
	}
}

// locals are the variables around an expression.
type locals []parser.Local

func (l locals) with(names ...string) locals {
	out := append(locals{}, l...)
	for _, n := range names {
		out = append(out, parser.Local{Name: n})
	}
	return out
}

// logic compiles an expression of any kind; nothing at all is null.
func (b *builder) logic(l *xmlLogic, around locals) feel.Expr {
	switch {
	case l.Literal != nil:
		return b.literal(l.Literal, around)
	case l.Context != nil:
		return b.context(l.Context, around)
	case l.List != nil:
		out := &feel.ListOf{}
		for i := range l.List.Items {
			out.Items = append(out.Items, b.logic(&l.List.Items[i], around))
		}
		return out
	case l.Relation != nil:
		return b.relation(l.Relation, around)
	case l.Function != nil:
		return b.function(l.Function, around)
	case l.Invocation != nil:
		return b.invocation(l.Invocation, around)
	case l.Table != nil:
		return b.table(l.Table, around)
	case l.Conditional != nil:
		c := l.Conditional
		return &feel.If{Cond: b.logic(&c.If, around), Then: b.logic(&c.Then, around), Else: b.logic(&c.Else, around)}
	case l.Filter != nil:
		inside := append(append(locals{}, around...), parser.Local{Name: "item", Item: true})
		return &feel.Filter{List: b.logic(&l.Filter.In, around), Predicate: b.logic(&l.Filter.Match, inside)}
	case l.For != nil:
		its := []feel.Iterator{{Domain: b.logic(&l.For.In, around.with("partial"))}}
		return &feel.For{Iterators: its, Body: b.logic(&l.For.Return, around.with("partial", l.For.Variable))}
	case l.Every != nil:
		return b.quantified(l.Every, true, around)
	case l.Some != nil:
		return b.quantified(l.Some, false, around)
	}
	return &feel.Const{}
}

func (b *builder) quantified(it *xmlIterator, every bool, around locals) feel.Expr {
	its := []feel.Iterator{{Domain: b.logic(&it.In, around)}}
	return &feel.Quantified{Every: every, Iterators: its, Body: b.logic(&it.Satisfies, around.with(it.Variable))}
}

// literal compiles FEEL text; an empty one is null.
func (b *builder) literal(l *xmlLiteral, around locals) feel.Expr {
	if lang := strings.ToLower(l.Language); lang != "" && !strings.Contains(lang, "feel") {
		b.c.report(Error, b.f, l.Text.At, b.element, "the expression language %q is not FEEL", l.Language)
		return &feel.Unknown{Text: l.Text.Value}
	}
	return b.feel(l.Text, around)
}

func (b *builder) feel(t text, around locals) feel.Expr {
	if strings.TrimSpace(t.Value) == "" {
		return &feel.Const{}
	}
	e, problems, err := parser.Expression(t.Value, b.scope, around...)
	if err != nil {
		b.c.syntax(b.f, t.At, b.element, err)
		return &feel.Unknown{Text: clip(t.Value)}
	}
	b.c.problems(b.f, t.At, b.element, problems)
	return e
}

// clip shortens text that only explanations show.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut]
}

// context compiles a boxed context; an entry without a variable is its result.
func (b *builder) context(x *xmlContext, around locals) feel.Expr {
	out := &feel.ContextOf{}
	for i := range x.Entries {
		e := &x.Entries[i]
		v := b.logic(&e.xmlLogic, around)
		if e.Variable == nil || e.Variable.Name == "" {
			out.Result = v
			break
		}
		out.Keys = append(out.Keys, e.Variable.Name)
		out.Values = append(out.Values, cast(v, b.c.typeRef(b.f, e.Variable.typeName(), b.element)))
		around = around.with(e.Variable.Name)
	}
	return out
}

func cast(e feel.Expr, t *feel.Type) feel.Expr {
	if t == nil {
		return e
	}
	return &feel.Cast{Value: e, Type: t}
}

// relation compiles rows into a list of contexts. The columns of a row do not
// see each other.
func (b *builder) relation(x *xmlRelation, around locals) feel.Expr {
	out := &feel.ListOf{}
	for r := range x.Rows {
		row := &feel.ContextOf{}
		inside := around
		for i, col := range x.Columns {
			var v feel.Expr = &feel.Const{}
			if i < len(x.Rows[r].Items) {
				v = b.logic(&x.Rows[r].Items[i], inside)
			}
			row.Keys = append(row.Keys, col.Name)
			row.Values = append(row.Values, cast(v, b.c.typeRef(b.f, col.typeName(), b.element)))
			inside = inside.with("")
		}
		out.Items = append(out.Items, row)
	}
	return out
}

// function compiles a function definition. One of another kind than FEEL runs
// code outside the model: invoking it is null.
func (b *builder) function(x *xmlFunction, around locals) *feel.Lambda {
	out := &feel.Lambda{}
	inside := around
	for _, p := range x.Parameters {
		out.Params = append(out.Params, feel.Param{Name: p.Name, Type: b.c.typeRef(b.f, p.typeName(), b.element)})
		inside = inside.with(p.Name)
	}
	if x.Kind == "" || strings.EqualFold(x.Kind, "FEEL") || strings.EqualFold(x.Kind, "F") {
		out.Body = b.logic(&x.xmlLogic, inside)
	} else {
		b.c.report(Warning, b.f, place{}, b.element, "a function of kind %s cannot run on a chain; invoking it is null", x.Kind)
	}
	return out
}

func (b *builder) invocation(x *xmlInvocation, around locals) feel.Expr {
	if x.Called == nil {
		return &feel.Const{}
	}
	out := &feel.Call{Function: b.literal(x.Called, around), Names: []string{}}
	for i := range x.Bindings {
		out.Names = append(out.Names, x.Bindings[i].Parameter.Name)
		out.Args = append(out.Args, b.logic(&x.Bindings[i].xmlLogic, around))
	}
	return out
}

// syntax reports text that is no FEEL, at its place in the file.
func (c *compiler) syntax(f *file, at place, element string, err error) {
	var s *parser.SyntaxError
	if errors.As(err, &s) {
		c.report(Error, f, at.offset(s.Line, s.Column), element, "%s", s.Message)
		return
	}
	c.report(Error, f, at, element, "%v", err)
}

func (c *compiler) problems(f *file, at place, element string, problems []parser.Problem) {
	for _, p := range problems {
		c.report(Warning, f, at.offset(p.Line, p.Column), element, "%s", p.Message)
	}
}

// offset is the place of a line and column within text that starts at p.
func (p place) offset(line, column int) place {
	if line <= 1 {
		return place{p.Line, p.Column + column - 1}
	}
	return place{p.Line + line - 1, column}
}
