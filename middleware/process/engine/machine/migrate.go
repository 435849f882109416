package machine

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Migrate turns a running instance of another model into one of this engine's.
// Nodes keep their ids unless plan, from old to new ids, says otherwise. Every node
// that a token is at, every container around it, every event waited for and every
// activity that can still be compensated needs a counterpart of the same kind in
// the counterpart of its container; gateways that hold tokens need theirs on flows
// of the same ids. Variables keep their names; those that the new model does not
// use are dropped. The old instance is unchanged; what the new one waits for goes
// on waiting under the same numbers, with the keys and times it has.
func (e *Engine) Migrate(old *Instance, plan map[string]string, options Options) (*Instance, error) {
	if old.status != Running {
		return nil, fmt.Errorf("%w: the instance is %s", ErrState, old.status)
	}
	s, err := (&Engine{model: old.model}).Open(old, options)
	if err != nil {
		return nil, err
	}
	g := &migration{old: old.model, new: e.model, plan: plan, nodes: map[int]int{}}
	g.process(old.process)
	i := &Instance{model: e.model, process: g.newProcess, next: old.next, store: old.store}
	for _, x := range old.scopes {
		i.scopes = append(i.scopes, g.scope(&s.run, e, x))
	}
	for _, x := range old.tokens {
		t := *x
		t.Node = g.node(x.Node)
		t.Flow = g.flow(x.Flow)
		t.plan = g.undos(x.plan)
		i.tokens = append(i.tokens, &t)
	}
	for _, x := range old.waits {
		w := *x
		w.Node = g.node(x.Node)
		w.Trigger = g.trigger(x)
		i.waits = append(i.waits, &w)
	}
	if g.err == nil {
		g.err = s.feel.Err()
	}
	if g.err == nil {
		g.err = s.err
	}
	if g.err == nil {
		if g.err = e.consistent(i); g.err != nil {
			g.err = fmt.Errorf("%w: %w", ErrState, g.err)
		}
	}
	return i, g.err
}

type migration struct {
	old, new   *bpmn.Model
	plan       map[string]string
	nodes      map[int]int
	newProcess int
	err        error
}

func (g *migration) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf("%w: "+format, append([]any{ErrState}, args...)...)
	}
}

// id is what an id is called in the new model.
func (g *migration) id(id string) string {
	if to, ok := g.plan[id]; ok {
		return to
	}
	return id
}

func (g *migration) process(old int) {
	id := g.id(g.old.Processes[old].ID)
	if g.newProcess = g.new.Find(id); g.newProcess == bpmn.None {
		g.fail("the new model has no process %q", id)
		g.newProcess = 0
	}
}

// node is the counterpart of a node.
func (g *migration) node(old int) int {
	if to, ok := g.nodes[old]; ok {
		return to
	}
	n := &g.old.Nodes[old]
	to := g.new.Lookup(g.id(n.ID))
	switch {
	case n.ID == "" || to == bpmn.None:
		g.fail("%q has no counterpart; name one in the plan", n.ID)
		to = 0
	case g.new.Nodes[to].Kind != n.Kind:
		g.fail("%q is a %s and its counterpart %q a %s", n.ID, n.Kind, g.new.Nodes[to].ID, g.new.Nodes[to].Kind)
	case (g.new.Nodes[to].Loop == nil) != (n.Loop == nil):
		g.fail("%q repeats and its counterpart does not, or the other way round", n.ID)
	case n.Parent != bpmn.None && g.new.Nodes[to].Parent != g.node(n.Parent):
		g.fail("%q would move to another container", n.ID)
	}
	g.nodes[old] = to
	return to
}

// flow is the counterpart of a flow that a token has come by.
func (g *migration) flow(old int) int {
	if old == bpmn.None {
		return bpmn.None
	}
	id := g.id(g.old.Flows[old].ID)
	for i := range g.new.Flows {
		if g.new.Flows[i].ID == id && id != "" {
			return i
		}
	}
	g.fail("the flow %q, which a token has come by, has no counterpart", id)
	return 0
}

// trigger is the place of the counterpart of a trigger: the one of the same kind
// and name, whatever its place.
func (g *migration) trigger(w *Wait) int {
	if w.Trigger == bpmn.None {
		return bpmn.None
	}
	n := &g.old.Nodes[w.Node]
	want := n.Triggers[w.Trigger]
	for i, t := range g.new.Nodes[g.node(w.Node)].Triggers {
		if t.Kind == want.Kind && g.name(g.new, t) == g.name(g.old, want) {
			return i
		}
	}
	g.fail("the %s that %q waits for has no counterpart", want.Kind, n.ID)
	return 0
}

func (g *migration) name(m *bpmn.Model, t bpmn.Trigger) string {
	switch t.Kind {
	case bpmn.Message:
		return m.Messages[t.Ref]
	case bpmn.Signal:
		return m.Signals[t.Ref]
	}
	return ""
}

func (g *migration) undos(list []undo) (out []undo) {
	for _, u := range list {
		u.node = g.node(u.node)
		out = append(out, u)
	}
	return out
}

// scope takes a scope over with its variables, which are loaded for it.
func (g *migration) scope(r *run, e *Engine, old *Scope) *Scope {
	s := *old
	s.Node, s.live, s.vars, s.resets = g.node(old.Node), 0, nil, nil
	s.undo = g.undos(old.undo)
	for _, x := range old.resets {
		y := reset{node: g.node(x.node)}
		for _, f := range x.consumed {
			y.consumed = append(y.consumed, g.flow(f))
		}
		s.resets = append(s.resets, y)
	}
	for n := range old.vars {
		b := &old.vars[n]
		to := b.variable
		if to < itemsKey {
			if to = e.variable(g.old.Variables[b.variable].Name); to == bpmn.None {
				continue
			}
		}
		value := r.load(old, b)
		if to < itemsKey && g.new.Variables[to].Type != nil && value != nil {
			if value = feel.Coerce(r.feel, value, g.new.Variables[to].Type); value == nil {
				g.fail("the value of %q has not its new type", g.new.Variables[to].Name)
			}
		}
		s.vars = append(s.vars, binding{to, value, true, true})
	}
	return &s
}
