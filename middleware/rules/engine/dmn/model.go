// Package dmn evaluates Decision Model and Notation 1.5 models: decision
// requirement graphs of decisions, business knowledge models and decision
// services over FEEL expressions and decision tables.
//
// A model arrives as the compact binary form that package compiler makes of
// DMN's XML. Decode refuses whatever could misbehave: unknown opcodes, broken
// references, excessive sizes and depths. What remains runs on every node with
// the same result and the same charges to its meter.
package dmn

import (
	"errors"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Kind is the sort of an element of a decision requirement graph.
type Kind uint8

// The kinds of elements.
const (
	InputData Kind = iota
	Decision
	Knowledge // a business knowledge model
	Service   // a decision service
)

// Element is a node of the graph. Its place in Model.Elements is its global
// index in expressions.
type Element struct {
	Kind      Kind
	Name      string
	Namespace string // of the model it comes from
	ID        string

	// Type is the type of an input, of a decision's result, or of what
	// invoking knowledge or a service returns.
	Type *feel.Type
	// Logic is the expression of a decision or the function of knowledge;
	// nil when the model gives none, which evaluates to null.
	Logic feel.Expr

	// Inputs are the elements that the parameters of a service stand for, in
	// order; Params are their names and types; Outputs are the decisions whose
	// results it returns.
	Inputs  []int
	Params  []feel.Param
	Outputs []int
}

// Model is a compiled model with everything it imports.
type Model struct {
	Name      string
	Namespace string
	Elements  []Element
}

// Find is the index of an element by name, preferring the model's own
// namespace unless one is given; -1 when there is none.
func (m *Model) Find(name, namespace string) int {
	found := -1
	for i := range m.Elements {
		e := &m.Elements[i]
		if e.Name != name || namespace != "" && e.Namespace != namespace {
			continue
		}
		if e.Namespace == m.Namespace || namespace != "" {
			return i
		}
		if found < 0 {
			found = i
		}
	}
	return found
}

// ErrCycle reports a decision that needs its own result.
var ErrCycle = errors.New("dmn: a decision requires itself")

// ErrUnknownElement reports a name that the model does not have.
var ErrUnknownElement = errors.New("dmn: no such element")

// Observer sees what an evaluation does, for explanations. It must not change
// anything.
type Observer interface {
	// Decided reports the result of a decision.
	Decided(element int, v feel.Value)
	// Matched reports which rules of a table matched, by their index.
	Matched(t *Table, rules []int)
}

// Evaluation computes decisions of a model for one set of inputs. Each
// decision is computed at most once.
type Evaluation struct {
	model    *Model
	machine  *feel.Machine
	observer Observer
	states   []state
	values   []feel.Value
}

type state uint8

const (
	stateNew state = iota
	stateBusy
	stateDone
)

// NewEvaluation starts an evaluation; the observer may be nil.
func NewEvaluation(model *Model, machine *feel.Machine, observer Observer) *Evaluation {
	n := len(model.Elements)
	machine.Charge(n/8 + 1)
	return &Evaluation{model: model, machine: machine, observer: observer, states: make([]state, n), values: make([]feel.Value, n)}
}

// Reset readies the evaluation for other inputs, at the charge of a new one.
func (e *Evaluation) Reset() {
	e.machine.Charge(len(e.states)/8 + 1)
	clear(e.states)
	clear(e.values)
}

// Set gives an element a value, coerced to its type: an input, or a decision
// whose result is known.
func (e *Evaluation) Set(element int, v feel.Value) {
	e.values[element] = feel.Coerce(e.machine, v, e.model.Elements[element].Type)
	e.states[element] = stateDone
}

// SetNamed is Set by name; an unknown name is an error.
func (e *Evaluation) SetNamed(name, namespace string, v feel.Value) error {
	i := e.model.Find(name, namespace)
	if i < 0 {
		return fmt.Errorf("%w: %q in model %q", ErrUnknownElement, name, e.model.Name)
	}
	e.Set(i, v)
	return nil
}

// Get computes the value of an element. The error is that of the machine: a
// meter or a limit; what DMN calls an error is null.
func (e *Evaluation) Get(element int) (feel.Value, error) {
	v := e.Global(e.machine, element)
	if err := e.machine.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

// GetNamed is Get by name.
func (e *Evaluation) GetNamed(name, namespace string) (feel.Value, error) {
	i := e.model.Find(name, namespace)
	if i < 0 {
		return nil, fmt.Errorf("%w: %q in model %q", ErrUnknownElement, name, e.model.Name)
	}
	return e.Get(i)
}

// Invoke calls a service or a business knowledge model with named arguments,
// those that are missing being null.
func (e *Evaluation) Invoke(element int, args *feel.Context) (feel.Value, error) {
	f, ok := e.Global(e.machine, element).(*feel.Function)
	if !ok {
		return nil, fmt.Errorf("%w: %q cannot be invoked", ErrUnknownElement, e.model.Elements[element].Name)
	}
	ordered := make([]feel.Value, len(f.Params))
	for i, p := range f.Params {
		ordered[i], _ = args.Get(p.Name)
	}
	v := f.Call(e.machine, ordered)
	if err := e.machine.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

// Global implements feel.Globals.
func (e *Evaluation) Global(m *feel.Machine, i int) feel.Value {
	switch e.states[i] {
	case stateDone:
		return e.values[i]
	case stateBusy:
		m.Fail(fmt.Errorf("%w: %q", ErrCycle, e.model.Elements[i].Name))
		return nil
	}
	el := &e.model.Elements[i]
	e.states[i] = stateBusy
	var v feel.Value
	switch el.Kind {
	case Decision:
		if el.Logic != nil && m.Enter() {
			v = feel.Coerce(m, el.Logic.Eval(m, feel.NewEnv(e)), el.Type)
			m.Leave()
		}
		if e.observer != nil && !m.Stopped() {
			e.observer.Decided(i, v)
		}
	case Knowledge:
		if el.Logic != nil {
			v = el.Logic.Eval(m, feel.NewEnv(e))
		}
	case Service:
		v = feel.NewFunction(el.Params, el.Type, func(m *feel.Machine, args []feel.Value) feel.Value {
			return e.serve(m, el, args)
		})
	}
	e.values[i], e.states[i] = v, stateDone
	return v
}

// serve evaluates the outputs of a service in an evaluation of their own, in
// which its inputs have the values of the arguments.
func (e *Evaluation) serve(m *feel.Machine, s *Element, args []feel.Value) feel.Value {
	if !m.Grow(len(e.states)/8 + 1) {
		return nil
	}
	inner := NewEvaluation(e.model, m, e.observer)
	for i, target := range s.Inputs {
		inner.values[target], inner.states[target] = args[i], stateDone
	}
	if len(s.Outputs) == 1 {
		return inner.Global(m, s.Outputs[0])
	}
	if !m.Grow(len(s.Outputs)) {
		return nil
	}
	entries := make([]feel.Entry, len(s.Outputs))
	for i, o := range s.Outputs {
		entries[i] = feel.Entry{Key: e.model.Elements[o].Name, Value: inner.Global(m, o)}
	}
	return feel.NewContext(entries...)
}
