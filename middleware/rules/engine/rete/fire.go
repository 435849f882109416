package rete

import (
	"errors"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// ErrValue is wrapped by the error of a rule whose action has an expression
// without a value.
var ErrValue = errors.New("the expression has no value: a division by zero, a number out of range or a string too long")

// RuleError tells which rule could not be fired. The rule's activation stays on
// the agenda and nothing of it has happened.
type RuleError struct {
	Rule   string
	Line   uint32
	Action int // counts from 1
	Err    error
}

// Error names the rule, its line and the action.
func (e *RuleError) Error() string {
	return fmt.Sprintf("rule %q (line %d), action %d: %v", e.Rule, e.Line, e.Action, e.Err)
}

// Unwrap gives the cause.
func (e *RuleError) Unwrap() error { return e.Err }

// Status tells why Fire returned.
type Status uint8

// The reasons.
const (
	Done   Status = iota // no activation is left in the groups that have the focus
	Paused               // a limit was reached; the next Fire goes on
	Halted               // a rule halted; the next Fire goes on
)

// String gives the reason as a word.
func (s Status) String() string { return [...]string{"done", "paused", "halted"}[s] }

// Limits bounds one Fire. Zero is no limit. Both are looked at between firings,
// so that a session always stops between two rules.
type Limits struct {
	Firings uint64
	Work    uint64
	Stop    func(*Outcome) bool // asked before each firing but the first; nil is never
}

// Result is what a rule emitted.
type Result struct {
	Rule   string
	Name   string
	Fields []Field
}

// Field is a named value of a result.
type Field struct {
	Name  string
	Value Value
}

// Outcome is what one Fire did.
type Outcome struct {
	Status  Status
	Firings uint64
	Results []Result
}

// Fire fires activations in the agenda's order until none is left, a rule halts
// or a limit is reached. trace, when not nil, hears of each activation before it
// fires. A *RuleError leaves the session as it is before that rule; an error of
// the meter breaks it.
func (s *Session) Fire(limits Limits, trace func(Activation)) (Outcome, error) {
	var out Outcome
	err := s.change(func() error {
		defer func() { s.firing = false }()
		start := s.work
		for {
			a := s.next()
			if a == 0 {
				return nil
			}
			if limits.Firings > 0 && out.Firings >= limits.Firings || limits.Work > 0 && s.work-start >= limits.Work ||
				limits.Stop != nil && out.Firings > 0 && limits.Stop(&out) {
				out.Status = Paused
				return nil
			}
			if trace != nil {
				trace(s.describe(a))
			}
			halt, err := s.fire(a, &out)
			if err != nil {
				return err
			}
			if halt {
				out.Status = Halted
				return nil
			}
		}
	})
	return out, err
}

// effects is what an activation is going to do: every expression is evaluated
// before the first change, so that a rule happens as a whole or not at all.
type effects struct {
	list   []effect
	cells  []cell
	slots  []uint32
	locals []cell
	merged []cell // slots of the fact that an update changes
}

type effect struct {
	kind        model.ActionKind
	target      uint32 // template or group, fact of an update or retract
	id          uint64 // of that fact
	first, last int    // range of cells and slots
}

// fire fires one activation and tells whether its rule halts.
func (s *Session) fire(a uint32, out *Outcome) (halt bool, err error) {
	s.begin()
	s.step()
	rule, t := s.acts[a].rule, s.acts[a].token
	r := &s.engine.rules[rule]
	emitted := len(out.Results)
	if err := s.prepare(r, t, out); err != nil {
		out.Results = out.Results[:emitted]
		return false, err
	}
	s.noteMatch(rule, t, Pending, Spent)
	s.deactivate(a)
	out.Firings++
	s.firing, s.firedRule, s.firedGroup, s.firedToken = true, rule, r.Group, t
	for i := range s.effects.list {
		halt = s.apply(&s.effects.list[i]) || halt
	}
	s.firing, s.firedToken = false, 0
	s.finish()
	return halt, nil
}

// prepare evaluates the actions of a rule for a match.
func (s *Session) prepare(r *compiledRule, t uint32, out *Outcome) error {
	x := &s.effects
	x.list, x.cells, x.slots, x.locals = x.list[:0], x.cells[:0], x.slots[:0], x.locals[:0]
	inserts := 0
	for i := range r.actions {
		a := &r.actions[i]
		if a.kind == model.Insert || a.kind == model.InsertLogical {
			inserts++
		}
		if !s.prepareAction(r, a, t, out) {
			return &RuleError{Rule: r.Name, Line: r.Line, Action: i + 1, Err: ErrValue}
		}
	}
	if len(s.byID)+inserts > s.limits.facts {
		return &RuleError{Rule: r.Name, Line: r.Line, Action: 1, Err: ErrFacts}
	}
	s.pay()
	return nil
}

func (s *Session) prepareAction(r *compiledRule, a *compiledAction, t uint32, out *Outcome) bool {
	x := &s.effects
	e := effect{kind: a.kind, target: a.target, first: len(x.cells)}
	switch a.kind {
	case model.Emit:
		return s.emit(r, a, t, out)
	case model.Let:
		v, ok := s.eval(a.sets[0].expr, &env{token: t, locals: x.locals})
		x.locals = append(x.locals, v)
		return ok
	case model.Insert, model.InsertLogical:
		for i, c := range s.engine.templates[a.target].defaults {
			x.cells = append(x.cells, c)
			x.slots = append(x.slots, uint32(i))
		}
		for _, set := range a.sets {
			v, ok := s.eval(set.expr, &env{token: t, locals: x.locals})
			if !ok {
				return false
			}
			x.cells[e.first+int(set.slot)] = v
		}
	case model.Update, model.Retract:
		e.target = s.factAbove(t, r.facts[a.target])
		e.id = s.facts[e.target].id
		for _, set := range a.sets {
			v, ok := s.eval(set.expr, &env{token: t, locals: x.locals})
			if !ok {
				return false
			}
			x.cells = append(x.cells, v)
			x.slots = append(x.slots, set.slot)
		}
	}
	e.last = len(x.cells)
	x.list = append(x.list, e)
	return true
}

func (s *Session) emit(r *compiledRule, a *compiledAction, t uint32, out *Outcome) bool {
	result := Result{Rule: r.Name, Name: a.name}
	for _, set := range a.sets {
		v, ok := s.eval(set.expr, &env{token: t, locals: s.effects.locals})
		if !ok {
			return false
		}
		value := s.value(v, set.expr.typ)
		s.work += 1 + uint64(len(value.Text))/32 + uint64(len(value.List))
		result.Fields = append(result.Fields, Field{Name: set.name, Value: value})
	}
	out.Results = append(out.Results, result)
	return true
}

// apply makes one change and tells whether it is a halt.
func (s *Session) apply(e *effect) bool {
	s.step()
	values := s.effects.cells[e.first:e.last]
	switch e.kind {
	case model.Insert:
		s.insert(e.target, values)
	case model.InsertLogical:
		s.insertLogical(e.target, values)
	case model.Update:
		s.applyUpdate(e, values)
	case model.Retract:
		if s.lives(e) {
			s.remove(e.target)
			s.maintain()
		}
	case model.Focus:
		s.pushFocus(e.target)
	}
	return e.kind == model.Halt
}

// lives tells whether the fact an effect means is still there: an earlier
// effect, or the loss of its support, may have removed it.
func (s *Session) lives(e *effect) bool {
	f, ok := s.byID[e.id]
	return ok && f == e.target
}

func (s *Session) applyUpdate(e *effect, values []cell) {
	if !s.lives(e) {
		return
	}
	merged := append(s.effects.merged[:0], s.values(e.target)...)
	for i, slot := range s.effects.slots[e.first:e.last] {
		merged[slot] = values[i]
	}
	s.effects.merged = merged
	s.update(e.target, merged)
}

// Activation is a match on the agenda.
type Activation struct {
	Rule  string
	Facts []uint64 // ids, in the order of the rule's patterns
}

func (s *Session) describe(a uint32) Activation {
	k := &s.acts[a]
	return Activation{Rule: s.engine.rules[k.rule].Name, Facts: s.factIDs(k.rule, k.token)}
}

func (s *Session) factIDs(rule, t uint32) []uint64 {
	var ids []uint64
	for _, hops := range s.engine.rules[rule].facts {
		ids = append(ids, s.facts[s.factAbove(t, hops)].id)
	}
	return ids
}
