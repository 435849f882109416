// Package compiler turns DMN XML (1.1 to 1.5) into the models that package dmn
// evaluates. It runs outside consensus, where a model is written or deployed.
//
// It refuses files that are not DMN, graphs with cycles, references to
// nothing and models over the limits. FEEL that does not parse, or that can
// only be null, becomes a Diagnostic with its place; such an expression
// evaluates to null, as the specification wants, unless Options say Strict.
package compiler

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// Source is a file of DMN.
type Source struct {
	Name string // for messages
	XML  []byte
}

// Severity tells errors from warnings.
type Severity uint8

// The severities.
const (
	Warning Severity = iota // it can only be null
	Error                   // it is not FEEL
)

// Diagnostic is a finding in a model.
type Diagnostic struct {
	Severity Severity
	File     string
	Line     int
	Column   int
	Element  string
	Message  string
}

func (d Diagnostic) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", d.File, d.Line, d.Column, d.Element, d.Message)
}

// Options say how strict to be.
type Options struct {
	// Strict makes a Diagnostic of severity Error an error.
	Strict bool
	// Tables, when set, is called with each decision table of a model that
	// compiled.
	Tables func(TableSource)
}

// ErrRefused is wrapped by every error about a model that does not compile.
var ErrRefused = errors.New("dmn: model refused")

// Compile compiles the first source with the models it imports, which must be
// among the others.
func Compile(options Options, main Source, others ...Source) (*dmn.Model, []Diagnostic, error) {
	c := &compiler{byNamespace: map[string]*file{}, elements: map[string]int{}, noteTables: options.Tables != nil}
	for i, s := range append([]Source{main}, others...) {
		def, err := parseXML(s.XML)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w", ErrRefused, s.Name, err)
		}
		f := &file{name: s.Name, def: def, types: map[string]*itemType{}}
		if _, twice := c.byNamespace[def.Namespace]; twice {
			if i > 0 {
				continue
			}
		}
		c.byNamespace[def.Namespace] = f
		c.available = append(c.available, f)
	}
	if err := c.load(c.available[0]); err != nil {
		return nil, nil, err
	}
	if err := c.compile(); err != nil {
		return nil, nil, err
	}
	for _, d := range c.diagnostics {
		if options.Strict && d.Severity == Error {
			return nil, c.diagnostics, fmt.Errorf("%w: %s", ErrRefused, d)
		}
	}
	// What was compiled must pass the checks of every node.
	data := c.model.Encode()
	model, err := dmn.Decode(data)
	if err != nil {
		return nil, c.diagnostics, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	for _, source := range c.matchTables(model) {
		options.Tables(source)
	}
	return model, c.diagnostics, nil
}

// file is a source that the model consists of.
type file struct {
	name    string
	def     *xmlDefinitions
	types   map[string]*itemType
	imports []xmlImport
}

type compiler struct {
	byNamespace map[string]*file
	available   []*file
	files       []*file // main first, then its imports in order
	model       dmn.Model
	elements    map[string]int // namespace#id, looked up only
	members     *parser.Scope
	diagnostics []Diagnostic
	noteTables  bool
	tables      []TableSource
}

// load adds a file and what it imports.
func (c *compiler) load(f *file) error {
	for _, known := range c.files {
		if known == f {
			return nil
		}
	}
	c.files = append(c.files, f)
	for _, imp := range f.def.Imports {
		if !strings.Contains(strings.ToUpper(imp.Type), "/DMN/") {
			continue
		}
		target, ok := c.byNamespace[imp.Namespace]
		if !ok {
			return fmt.Errorf("%w: %s imports %q as %q; give the file with that namespace as well", ErrRefused, f.name, imp.Namespace, imp.Name)
		}
		f.imports = append(f.imports, imp)
		if err := c.load(target); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) compile() error {
	main := c.files[0].def
	c.model.Name, c.model.Namespace = main.Name, main.Namespace
	for _, f := range c.files {
		if err := c.declare(f); err != nil {
			return err
		}
	}
	if n := len(c.model.Elements); n > dmn.MaxElements {
		return fmt.Errorf("%w: %d elements, at most %d are allowed", ErrRefused, n, dmn.MaxElements)
	}
	c.members = parser.NewScope()
	for _, f := range c.files {
		collectMembers(c.members, f.def)
		for i := range f.def.Items {
			item := &f.def.Items[i]
			f.types[item.Name] = &itemType{item: item, file: f, t: &feel.Type{}}
		}
	}
	for _, f := range c.files {
		for i := range f.def.Items {
			if err := c.resolveItem(f.types[f.def.Items[i].Name]); err != nil {
				return err
			}
		}
	}
	for _, f := range c.files {
		if err := c.compileFile(f); err != nil {
			return err
		}
	}
	return c.refuseCycles()
}

// declare gives every element its index, and one without an id its name as id.
func (c *compiler) declare(f *file) error {
	var twice string
	add := func(kind dmn.Kind, e *xmlElement) {
		if e.ID == "" {
			e.ID = "name of " + e.Name
		}
		key := f.def.Namespace + "#" + e.ID
		if _, known := c.elements[key]; known {
			twice = e.ID
		}
		c.elements[key] = len(c.model.Elements)
		c.model.Elements = append(c.model.Elements, dmn.Element{Kind: kind, Name: e.variableName(), Namespace: f.def.Namespace, ID: e.ID})
	}
	for i := range f.def.Inputs {
		add(dmn.InputData, &f.def.Inputs[i])
	}
	for i := range f.def.Decisions {
		add(dmn.Decision, &f.def.Decisions[i])
	}
	for i := range f.def.Knowledge {
		add(dmn.Knowledge, &f.def.Knowledge[i].xmlElement)
	}
	for i := range f.def.Services {
		add(dmn.Service, &f.def.Services[i].xmlElement)
	}
	if twice != "" {
		return fmt.Errorf("%w: %s: two elements have the id %q", ErrRefused, f.name, twice)
	}
	return nil
}

// lookup finds what an href refers to.
func (c *compiler) lookup(f *file, href string) (int, bool) {
	namespace, id, ok := strings.Cut(href, "#")
	if !ok {
		namespace, id = "", href
	}
	if namespace == "" {
		namespace = f.def.Namespace
	}
	i, ok := c.elements[namespace+"#"+id]
	return i, ok
}

func (c *compiler) element(f *file, e *xmlElement) *dmn.Element {
	return &c.model.Elements[c.elements[f.def.Namespace+"#"+e.ID]]
}

func (c *compiler) compileFile(f *file) error {
	for i := range f.def.Inputs {
		in := &f.def.Inputs[i]
		c.element(f, in).Type = c.variableType(f, in)
	}
	for i := range f.def.Decisions {
		d := &f.def.Decisions[i]
		el := c.element(f, d)
		el.Type = c.variableType(f, d)
		if d.empty() {
			continue
		}
		b, err := c.builder(f, d)
		if err != nil {
			return err
		}
		el.Logic = b.logic(&d.xmlLogic, nil)
	}
	for i := range f.def.Knowledge {
		if err := c.knowledge(f, &f.def.Knowledge[i]); err != nil {
			return err
		}
	}
	for i := range f.def.Services {
		if err := c.service(f, &f.def.Services[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) variableType(f *file, e *xmlElement) *feel.Type {
	if e.Variable == nil {
		return nil
	}
	return c.typeRef(f, e.Variable.typeName(), e.Name)
}

func (c *compiler) knowledge(f *file, k *xmlKnowledge) error {
	if k.Encapsulated == nil {
		return nil
	}
	b, err := c.builder(f, &k.xmlElement)
	if err != nil {
		return err
	}
	el := c.element(f, &k.xmlElement)
	if _, taken := b.scope.Global(el.Name); !taken {
		b.scope.AddGlobal(el.Name, c.elements[f.def.Namespace+"#"+k.ID]) // knowledge may call itself
	}
	logic := *k.Encapsulated
	if len(logic.Parameters) == 0 {
		logic.Parameters = impliedParameters(b, logic.Table)
	}
	fn := b.function(&logic, nil)
	if t := c.variableType(f, &k.xmlElement); t != nil {
		if t.Kind == feel.TypeFunction {
			t = t.Result
		}
		fn.Result = t
	}
	el.Logic = fn
	return nil
}

// impliedParameters are those of knowledge that is a decision table without
// declared ones: the names that its input expressions are, or start with
// (DMN 1.5 §10.2.1.7).
func impliedParameters(b *builder, t *xmlTable) []xmlParameter {
	if t == nil {
		return nil
	}
	var out []xmlParameter
	seen := map[string]bool{}
	for i := range t.Inputs {
		in := t.Inputs[i].Expression
		if in == nil {
			continue
		}
		name, path, isPath := strings.Cut(strings.TrimSpace(in.Text.Value), ".")
		if _, taken := b.scope.Global(name); taken || seen[name] || !parser.IsName(name) || isPath && !parser.IsName(path) {
			continue
		}
		seen[name] = true
		out = append(out, xmlParameter{Name: name})
	}
	return out
}

// service resolves a decision service. Its parameters are its input data
// followed by its input decisions (DMN 1.5 §10.4).
func (c *compiler) service(f *file, s *xmlService) error {
	el := c.element(f, &s.xmlElement)
	el.Type = c.variableType(f, &s.xmlElement)
	if el.Type != nil && el.Type.Kind == feel.TypeFunction {
		el.Type = el.Type.Result
	}
	for _, h := range append(append([]xmlHref{}, s.InputData...), s.InputDecisions...) {
		i, ok := c.lookup(f, h.Href)
		if !ok {
			return fmt.Errorf("%w: %s: decision service %q has the input %q, which no model defines", ErrRefused, f.name, s.Name, h.Href)
		}
		target := &c.model.Elements[i]
		t := target.Type
		if t == nil {
			t = c.declaredType(i)
		}
		el.Inputs = append(el.Inputs, i)
		el.Params = append(el.Params, feel.Param{Name: target.Name, Type: t})
	}
	for _, h := range s.Outputs {
		i, ok := c.lookup(f, h.Href)
		if !ok {
			return fmt.Errorf("%w: %s: decision service %q has the output %q, which no model defines", ErrRefused, f.name, s.Name, h.Href)
		}
		el.Outputs = append(el.Outputs, i)
	}
	if len(el.Outputs) == 0 {
		return fmt.Errorf("%w: %s: decision service %q has no output decision", ErrRefused, f.name, s.Name)
	}
	return nil
}

// declaredType is the type of an element of a file that is not compiled yet.
func (c *compiler) declaredType(i int) *feel.Type {
	el := &c.model.Elements[i]
	f := c.byNamespace[el.Namespace]
	for _, list := range [][]xmlElement{f.def.Inputs, f.def.Decisions} {
		for k := range list {
			if list[k].ID == el.ID {
				return c.variableType(f, &list[k])
			}
		}
	}
	return nil
}

// report adds a finding at a place.
func (c *compiler) report(severity Severity, f *file, at place, element, format string, args ...any) {
	c.diagnostics = append(c.diagnostics, Diagnostic{severity, f.name, at.Line, at.Column, element, fmt.Sprintf(format, args...)})
}
