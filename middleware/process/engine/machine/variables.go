package machine

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Store loads variables of an instance that has been imported.
type Store interface {
	// Variable is what was recorded for the key.
	Variable(key VariableKey) ([]byte, error)
}

// VariableKey names a variable of an instance.
type VariableKey struct {
	Scope    uint32
	Variable int
}

// The lists of a multi-instance activity are kept like variables, under numbers
// that no variable has.
const (
	itemsKey   = bpmn.MaxVariables
	resultsKey = bpmn.MaxVariables + 1
)

// view is how expressions see the variables from a token or scope.
type view struct {
	r     *run
	scope *Scope
	token *Token // nil when the view is a scope's
}

// Global implements feel.Globals.
func (v view) Global(m *feel.Machine, index int) feel.Value {
	switch meaning := v.r.model.Variables[index].Meaning; meaning {
	case bpmn.Plain:
	case bpmn.ActivationCount:
		return feel.Int(v.r.activationCount)
	case bpmn.WaitingForStart:
		return feel.Boolean(v.r.waitingForStart)
	default:
		if x, ok := v.counter(meaning); ok {
			return x
		}
	}
	for s := v.scope; s != nil && m.Charge(1); s = v.r.Scope(s.Parent) {
		if b := s.binding(index); b != nil {
			return v.r.load(s, b)
		}
		if s.Barrier || s.Parent == 0 {
			return nil
		}
	}
	return nil
}

// counter is one of the numbers of the closest repeated activity.
func (v view) counter(meaning bpmn.Meaning) (feel.Value, bool) {
	t, s := v.token, v.scope
	for {
		if t != nil && t.Inner {
			s = v.r.Scope(t.Scope)
			if meaning == bpmn.LoopCounter {
				return feel.Int(t.Index + 1), true
			}
		}
		if s == nil {
			return nil, false
		}
		if s.Kind == Repeat {
			return s.counter(meaning), true
		}
		if s.Owner == 0 {
			return nil, false
		}
		t = v.r.Token(s.Owner)
		s = v.r.Scope(s.Parent)
	}
}

func (s *Scope) counter(meaning bpmn.Meaning) feel.Value {
	switch meaning {
	case bpmn.NumberOfInstances:
		return feel.Int(s.Total)
	case bpmn.NumberOfActiveInstances:
		return feel.Int(s.Started - s.Completed - s.Terminated)
	case bpmn.NumberOfCompletedInstances:
		return feel.Int(s.Completed)
	case bpmn.NumberOfTerminatedInstances:
		return feel.Int(s.Terminated)
	}
	return feel.Int(s.Started)
}

// binding is a variable that the scope itself has, or nil.
func (s *Scope) binding(variable int) *binding {
	for i := range s.vars {
		if s.vars[i].variable == variable {
			return &s.vars[i]
		}
	}
	return nil
}

// load is a variable's value, read from the store when it was not used yet.
func (r *run) load(s *Scope, b *binding) feel.Value {
	if b.loaded {
		return b.value
	}
	data, err := r.store.Variable(VariableKey{s.ID, b.variable})
	if err == nil {
		b.value, err = DecodeValue(data)
	}
	if err != nil {
		r.fail(fmt.Errorf("machine: variable %d of scope %d: %w", b.variable, s.ID, err))
		return nil
	}
	b.loaded = true
	r.charge(len(data) / 16)
	return b.value
}

// define sets a variable in this very scope; what cannot be stored is null.
func (r *run) define(s *Scope, variable int, value feel.Value) {
	if !r.keeps(value) {
		value = nil
	}
	r.changed = true
	if b := s.binding(variable); b != nil {
		b.value, b.loaded, b.dirty = value, true, true
		return
	}
	s.vars = append(s.vars, binding{variable, value, true, true})
}

// assign sets a variable where it is visible from s, else in the process's own
// scope. The value is coerced to the variable's type; false when it does not fit or
// cannot be stored.
func (r *run) assign(s *Scope, variable int, value feel.Value) bool {
	if t := r.model.Variables[variable].Type; t != nil && value != nil {
		if value = feel.Coerce(r.feel, value, t); value == nil {
			return false
		}
	}
	if !r.keeps(value) {
		return false
	}
	for {
		if s.binding(variable) != nil || s.Barrier || s.Parent == 0 || r.processScope(s) {
			r.define(s, variable, value)
			return true
		}
		s = r.Scope(s.Parent)
	}
}

// processScope reports whether s is the scope of a process, called or not.
func (r *run) processScope(s *Scope) bool {
	return s.Kind == Body && r.model.Nodes[s.Node].Kind == bpmn.ProcessRoot
}

// eval evaluates an expression; nil is null.
func (r *run) eval(x feel.Expr, v view) feel.Value {
	if x == nil || r.err != nil {
		return nil
	}
	value := x.Eval(r.feel, feel.NewEnv(v))
	if r.feel.Stopped() {
		r.fail(r.feel.Err())
		return nil
	}
	return value
}

// holds reports whether a condition is true.
func (r *run) holds(x feel.Expr, v view) bool {
	b, ok := r.eval(x, v).(feel.Boolean)
	return ok && bool(b)
}

// at is the view from a token: its own scope when it has one.
func (r *run) at(t *Token) view {
	if s := r.owned(t, Local); s != nil {
		return view{r, s, t}
	}
	return view{r, r.Scope(t.Scope), t}
}

// mapIn evaluates mappings as v sees them into variables of s itself.
func (r *run) mapIn(list []bpmn.Mapping, s *Scope, v view) {
	values := make([]feel.Value, len(list))
	for i, m := range list {
		values[i] = r.eval(m.Value, v)
	}
	for i, m := range list {
		r.define(s, m.Target, values[i])
	}
}

// mapOut evaluates mappings as v sees them and assigns the results from s
// outwards; the name of a variable that the value does not suit is returned.
func (r *run) mapOut(list []bpmn.Mapping, s *Scope, v view) string {
	for _, m := range list {
		if !r.assign(s, m.Target, r.eval(m.Value, v)) {
			return r.model.Variables[m.Target].Name
		}
	}
	return ""
}

// merge assigns the entries of a context to the variables of their names from s
// outwards. Entries that the model does not use are dropped: nothing can read
// them.
func (r *run) merge(s *Scope, entries *feel.Context) string {
	if entries == nil {
		return ""
	}
	for _, e := range entries.Entries() {
		if i := r.engine.variable(e.Key); i != bpmn.None && !r.assign(s, i, e.Value) {
			return e.Key
		}
	}
	return ""
}

// visible collects the variables that v sees.
func (r *run) visible(v view) *feel.Context {
	var entries []feel.Entry
	seen := map[int]bool{}
	for s := v.scope; s != nil; s = r.Scope(s.Parent) {
		for i := range s.vars {
			if b := &s.vars[i]; b.variable < itemsKey && !seen[b.variable] {
				seen[b.variable] = true
				r.charge(1)
				entries = append(entries, feel.Entry{Key: r.model.Variables[b.variable].Name, Value: r.load(s, b)})
			}
		}
		if s.Barrier || s.Parent == 0 {
			break
		}
	}
	return feel.NewContext(entries...)
}

// payload builds the data that a task or throw event sends: what it maps, or
// nothing.
func (r *run) payload(t *Token) *feel.Context {
	n, v := r.node(t), r.at(t)
	entries := make([]feel.Entry, 0, len(n.Inputs))
	for _, m := range n.Inputs {
		entries = append(entries, feel.Entry{Key: r.model.Variables[m.Target].Name, Value: r.eval(m.Value, v)})
	}
	return feel.NewContext(entries...)
}
