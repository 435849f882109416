// Package rete runs production rules forward over typed facts: an incremental
// Rete network, an agenda whose order is total and documented, and truth
// maintenance for logical insertions. See README.md for the language.
//
// The package works on verified models only. It refuses to read a clock, disk
// or network, uses no floating point, goroutine or map order, and charges every
// step of matching and firing to a meter, so that a session gives the same
// results at the same cost on every machine, whether it was kept in memory or
// rebuilt from its exported state.
package rete

import (
	"crypto/sha256"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Engine is a rule set ready to run. It is immutable and may serve any number of
// sessions, also concurrently.
type Engine struct {
	model     *model.Model
	hash      [32]byte
	sym       *symbols
	consts    []cell
	templates []template
	functions []*expr
	rules     []compiledRule
	nodes     []node // node 0 is unused, so that 0 means none
	roots     []uint32
	indexes   []index
	byName    map[string]uint32
}

// template is the run-time shape of a kind of fact.
type template struct {
	slots    []model.Slot
	defaults []cell
	tree     []alphaNode // tree[0] is the root
	logical  bool        // some rule inserts it logically, so equal facts have to be found
}

// Load verifies a model and builds its network.
func Load(m *model.Model) (*Engine, error) {
	encoded, err := model.Encode(m)
	if err != nil {
		return nil, err
	}
	e := &Engine{model: m, hash: sha256.Sum256(encoded), sym: newSymbols(nil), nodes: make([]node, 1), byName: map[string]uint32{}}
	for _, c := range m.Consts {
		v, err := e.constant(c)
		if err != nil {
			return nil, err
		}
		e.consts = append(e.consts, v)
	}
	for i := range m.Templates {
		e.addTemplate(uint32(i), &m.Templates[i])
	}
	for i := range m.Functions {
		f := &m.Functions[i]
		b := exprBuilder{e: e, code: &f.Code, params: f.Params}
		e.functions = append(e.functions, b.build(f.Body))
	}
	build(e)
	return e, nil
}

// LoadBinary decodes a model's binary form and loads it.
func LoadBinary(encoded []byte) (*Engine, error) {
	m, err := model.Decode(encoded)
	if err != nil {
		return nil, err
	}
	return Load(m)
}

// Hash is the SHA-256 of the model's binary form; a session's exported state
// names it.
func (e *Engine) Hash() [32]byte { return e.hash }

// Model gives the model. It must not be changed.
func (e *Engine) Model() *model.Model { return e.model }

// Template gives the index of the template of that name.
func (e *Engine) Template(name string) (uint32, bool) {
	i, ok := e.byName[name]
	return i, ok
}

func (e *Engine) constant(c model.Const) (cell, error) {
	switch c.Type {
	case model.Boolean:
		return boolCell(c.Text == "true"), nil
	case model.String:
		return e.sym.internText(c.Text), nil
	}
	d, err := model.ParseNumber(c.Text)
	if err != nil {
		return 0, err
	}
	v, ok := e.sym.internNumber(d)
	if !ok {
		return 0, fmt.Errorf("%w: number %s is out of range", model.ErrModel, c.Text)
	}
	return v, nil
}

func (e *Engine) addTemplate(index uint32, t *model.Template) {
	out := template{slots: t.Slots, defaults: make([]cell, len(t.Slots)), tree: make([]alphaNode, 1)}
	for i, s := range t.Slots {
		if s.Default != model.NoDefault {
			out.defaults[i] = e.consts[s.Default]
		}
	}
	e.byName[t.Name] = index
	e.templates = append(e.templates, out)
}
