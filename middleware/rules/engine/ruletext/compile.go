package ruletext

import (
	"errors"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// maxReported is the number of faults Compile reports before it gives up.
const maxReported = 20

// Compile resolves names and types and gives the verified model. The error
// joins up to 20 *Error values in source order.
func Compile(f *File) (*model.Model, error) {
	c := &compiler{
		file:      f.Name,
		model:     &model.Model{Groups: []string{"MAIN"}},
		consts:    map[model.Const]uint32{},
		templates: map[string]uint32{},
		functions: map[string]uint32{},
		groups:    map[string]uint32{"MAIN": 0},
		rules:     map[string]bool{},
	}
	c.each(f, func(d Decl) {
		if t, ok := d.(*TemplateDecl); ok {
			c.template(t)
		}
	})
	c.each(f, func(d Decl) {
		if fn, ok := d.(*FunctionDecl); ok {
			c.function(fn)
		}
	})
	c.each(f, func(d Decl) {
		if r, ok := d.(*RuleDecl); ok {
			c.declareRule(r)
		}
	})
	c.each(f, func(d Decl) {
		if r, ok := d.(*RuleDecl); ok {
			c.rule(r)
		}
	})
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	if err := c.model.Verify(); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return c.model, nil
}

// CompileText parses and compiles a rule text.
func CompileText(name, src string) (*model.Model, error) {
	f, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	return Compile(f)
}

type compiler struct {
	file      string
	model     *model.Model
	consts    map[model.Const]uint32
	templates map[string]uint32
	functions map[string]uint32
	groups    map[string]uint32
	rules     map[string]bool
	faults    []error

	// of the function or rule at hand
	code   *model.Code
	params []SlotDecl
	scope  []binding
	level  uint32
	locals uint32
}

// binding is a variable in scope: a fact, a slot of a fact or accumulate result,
// or a local.
type binding struct {
	name     string
	kind     bindingKind
	typ      model.Type
	template uint32 // of a fact
	level    uint32
	index    uint32 // slot, result or local
	gone     bool   // a fact that an action has retracted
}

type bindingKind int

const (
	factBinding bindingKind = iota
	fieldBinding
	localBinding
)

// each calls f for every declaration and records the fault that ends a call.
func (c *compiler) each(file *File, f func(Decl)) {
	for _, d := range file.Decls {
		if len(c.faults) >= maxReported {
			return
		}
		c.guard(func() { f(d) })
	}
}

func (c *compiler) guard(f func()) {
	defer func() {
		if fault := recover(); fault != nil {
			e, ok := fault.(*Error)
			if !ok {
				panic(fault)
			}
			c.faults = append(c.faults, e)
		}
	}()
	f()
}

func (c *compiler) fail(pos Pos, format string, args ...any) {
	panic(&Error{File: c.file, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

func (c *compiler) constant(t model.Type, text string) uint32 {
	k := model.Const{Type: t, Text: text}
	i, ok := c.consts[k]
	if !ok {
		i = uint32(len(c.model.Consts))
		c.consts[k] = i
		c.model.Consts = append(c.model.Consts, k)
	}
	return i
}

func (c *compiler) template(t *TemplateDecl) {
	if _, dup := c.templates[t.Name]; dup {
		c.fail(t.Pos, "template %s is declared twice", t.Name)
	}
	out := model.Template{Name: t.Name}
	seen := map[string]bool{}
	for _, s := range t.Slots {
		if seen[s.Name] {
			c.fail(s.Pos, "slot %s is declared twice", s.Name)
		}
		seen[s.Name] = true
		slot := model.Slot{Name: s.Name, Type: s.Type, Default: model.NoDefault}
		if lit, ok := s.Default.(*Literal); ok {
			if !lit.Type.AssignableTo(s.Type) {
				c.fail(lit.Pos, "the default of slot %s is %s, expected %s", s.Name, lit.Type, s.Type)
			}
			slot.Default = c.constant(lit.Type, lit.Text)
		}
		out.Slots = append(out.Slots, slot)
	}
	c.templates[t.Name] = uint32(len(c.model.Templates))
	c.model.Templates = append(c.model.Templates, out)
}

func (c *compiler) function(f *FunctionDecl) {
	if _, dup := c.functions[f.Name]; dup {
		c.fail(f.Pos, "function %s is declared twice", f.Name)
	}
	if _, dup := model.Builtins[f.Name]; dup {
		c.fail(f.Pos, "%s is a built-in function, expected another name", f.Name)
	}
	out := model.Function{Name: f.Name, Result: f.Result}
	for _, p := range f.Params {
		out.Params = append(out.Params, p.Type)
	}
	c.code, c.params, c.scope = &out.Code, f.Params, nil
	x := c.exprOf(f.Body, f.Result, "the body of "+f.Name)
	c.params, out.Body = nil, x
	c.functions[f.Name] = uint32(len(c.model.Functions))
	c.model.Functions = append(c.model.Functions, out)
}

// declareRule files the rule's name and agenda group, so that a focus may name
// the group of a later rule.
func (c *compiler) declareRule(r *RuleDecl) {
	if c.rules[r.Name] {
		c.fail(r.Pos, "rule %q is declared twice", r.Name)
	}
	c.rules[r.Name] = true
	if _, known := c.groups[r.Group]; !known && r.Group != "" {
		c.groups[r.Group] = uint32(len(c.model.Groups))
		c.model.Groups = append(c.model.Groups, r.Group)
	}
}

func (c *compiler) rule(r *RuleDecl) {
	out := model.Rule{
		Name: r.Name, Line: uint32(r.Line), Salience: r.Salience, Group: c.groups[r.Group],
		NoLoop: r.NoLoop, LockOnActive: r.LockOnActive,
	}
	c.code, c.params, c.scope, c.level, c.locals = &out.Code, nil, nil, 0, 0
	out.Conds = c.conds(r.When)
	for i := range r.Then {
		out.Actions = append(out.Actions, c.action(&r.Then[i]))
	}
	c.model.Rules = append(c.model.Rules, out)
}

func (c *compiler) lookupTemplate(pos Pos, name string) uint32 {
	t, ok := c.templates[name]
	if !ok {
		c.fail(pos, "template %s is not declared", name)
	}
	return t
}

// slot gives the index and type of a slot.
func (c *compiler) slot(pos Pos, template uint32, name string) (uint32, model.Type) {
	t := &c.model.Templates[template]
	for i := range t.Slots {
		if t.Slots[i].Name == name {
			return uint32(i), t.Slots[i].Type
		}
	}
	c.fail(pos, "template %s has no slot %s", t.Name, name)
	return 0, 0
}

func (c *compiler) bind(pos Pos, b binding) {
	for i := range c.scope {
		if c.scope[i].name == b.name {
			c.fail(pos, "$%s is already bound, expected a new name or a comparison such as slot == $%s", b.name, b.name)
		}
	}
	c.scope = append(c.scope, b)
}

func (c *compiler) lookup(pos Pos, name string) *binding {
	for i := range c.scope {
		if c.scope[i].name == name {
			return &c.scope[i]
		}
	}
	c.fail(pos, "$%s is not bound here", name)
	return nil
}
