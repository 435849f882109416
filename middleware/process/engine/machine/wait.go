package machine

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// armBoundary begins to wait for the boundary events of an activity.
func (r *run) armBoundary(t *Token) {
	for _, b := range r.engine.boundary[t.Node] {
		r.arm(t.ID, 0, b, view{r, r.Scope(t.Scope), t})
	}
}

// armEvents begins to wait for the event sub-processes of a container.
func (r *run) armEvents(s *Scope) {
	for _, e := range r.model.Nodes[s.Node].Container.Events {
		r.arm(0, s.ID, r.model.Nodes[e].Container.Starts[0], view{r, s, nil})
	}
}

// arm begins to wait for an event's triggers. Errors, escalations, compensation
// and cancellation are looked up when they are thrown.
func (r *run) arm(owner, scope uint32, node int, v view) {
	n := &r.model.Nodes[node]
	for i := range n.Triggers {
		t := &n.Triggers[i]
		if t.Kind > bpmn.Signal && t.Kind != bpmn.Conditional {
			continue
		}
		w := &Wait{ID: r.id(), Owner: owner, Scope: scope, Node: node, Trigger: i}
		if reason := r.prepare(w, t, v); reason != "" {
			r.broken(w, reason)
			return
		}
		r.add(w, t)
	}
}

// broken stops the token whose event cannot be waited for.
func (r *run) broken(w *Wait, reason string) {
	t := r.Token(w.Owner)
	if t == nil {
		if s := r.Scope(w.Scope); s != nil {
			t = r.Token(s.Owner)
		}
	}
	if t != nil {
		r.incident(t, reason)
		return
	}
	r.emit(IncidentRaised, nil, Effect{Node: w.Node, Name: reason})
}

// add records a wait and says so outside.
func (r *run) add(w *Wait, t *bpmn.Trigger) {
	if !r.charge(costEffect) {
		return
	}
	r.waits = append(r.waits, w)
	owner := r.Token(w.Owner)
	switch t.Kind {
	case bpmn.Timer:
		e := r.emit(TimerSet, owner, Effect{Wait: w.ID, Due: w.Due})
		e.Node = w.Node
	case bpmn.Message:
		e := r.emit(Subscribed, owner, Effect{Wait: w.ID, Name: r.model.Messages[t.Ref], Key: w.Key})
		e.Node = w.Node
	case bpmn.Signal:
		e := r.emit(Subscribed, owner, Effect{Wait: w.ID, Name: r.model.Signals[t.Ref], Signal: true})
		e.Node = w.Node
	case bpmn.Conditional:
		r.changed = true
	}
}

// prepare finds a wait's time or key; the reason why there is none is returned.
func (r *run) prepare(w *Wait, t *bpmn.Trigger, v view) string {
	switch t.Kind {
	case bpmn.Timer:
		return r.schedule(w, t, v)
	case bpmn.Message:
		key, ok := correlation(r.eval(t.Expr, v))
		if !ok {
			return "the correlation key is no string or number, or too long"
		}
		w.Key = key
	}
	return ""
}

// correlation is the text of a correlation key; null is the empty key.
func correlation(v feel.Value) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case feel.String:
		return string(v), len(v) <= MaxKey
	case feel.Number:
		return v.String(), true
	}
	return "", false
}

// await makes a token wait for the message of a receive task or the triggers of a
// catch event.
func (r *run) await(t *Token, node int) {
	n := &r.model.Nodes[node]
	v := r.at(t)
	if n.Work == nil || n.Work.Message == nil {
		r.arm(t.ID, 0, node, v)
		return
	}
	w := &Wait{ID: r.id(), Owner: t.ID, Node: node, Trigger: bpmn.None}
	if reason := r.prepare(w, n.Work.Message, v); reason != "" {
		r.broken(w, reason)
		return
	}
	r.add(w, n.Work.Message)
}

// catch waits at an intermediate event; links only pass.
func (r *run) catch(t *Token) {
	if has(r.node(t), bpmn.Link) {
		r.leave(t)
		return
	}
	t.State = Active
	r.await(t, t.Node)
}

// awaitChoice waits at an event gateway for whatever comes first.
func (r *run) awaitChoice(t *Token) {
	t.State = Active
	for _, f := range r.node(t).Out {
		if r.alive(t) && t.State == Active {
			r.await(t, r.model.Flows[f].Target)
		}
	}
}

// clearWaits stops waiting for what a token or a scope waits for.
func (r *run) clearWaits(owner, scope uint32) {
	kept := r.waits[:0]
	var gone []*Wait
	for _, w := range r.waits {
		if owner != 0 && w.Owner == owner || scope != 0 && w.Owner == 0 && w.Scope == scope {
			gone = append(gone, w)
		} else {
			kept = append(kept, w)
		}
	}
	r.waits = kept
	for _, w := range gone {
		r.unannounce(w)
	}
}

// clear stops one wait.
func (r *run) clear(w *Wait) {
	for i, x := range r.waits {
		if x == w {
			r.waits = append(r.waits[:i], r.waits[i+1:]...)
			r.unannounce(w)
			return
		}
	}
}

// unannounce takes a wait back outside. A timer that has fired is gone there.
func (r *run) unannounce(w *Wait) {
	if w.Done {
		return
	}
	kind := Unsubscribed
	switch r.Trigger(w).Kind {
	case bpmn.Timer:
		kind = TimerCleared
	case bpmn.Conditional:
		return
	}
	e := r.emit(kind, nil, Effect{Wait: w.ID, Node: w.Node, Signal: r.Trigger(w).Kind == bpmn.Signal})
	e.Token = w.Owner
}

// conditions looks at all conditions that are waited for and fires those that
// have become true.
func (r *run) conditions() {
	r.changed = false
	for _, w := range append([]*Wait(nil), r.waits...) {
		if r.err != nil {
			return
		}
		if r.Wait(w.ID) != w || w.Done {
			continue
		}
		t := r.Trigger(w)
		if t.Kind != bpmn.Conditional {
			continue
		}
		v := view{r, r.Scope(w.Scope), nil}
		if owner := r.Token(w.Owner); owner != nil {
			v = view{r, r.Scope(owner.Scope), owner}
		}
		before := w.Last
		w.Last = r.holds(t.Expr, v)
		if w.Last && !before {
			r.fire(w, nil)
		}
	}
}

// fire lets an event happen whose trigger has come.
func (r *run) fire(w *Wait, data *feel.Context) {
	n := &r.model.Nodes[w.Node]
	if n.All && len(n.Triggers) > 1 && !r.allHere(w, data) {
		return
	}
	switch owner := r.Token(w.Owner); {
	case owner == nil:
		r.fireStart(w, data)
	case n.Kind == bpmn.BoundaryEvent:
		r.fireBoundary(owner, w, data)
	default:
		r.fireCatch(owner, w, data)
	}
}

// allHere notes a trigger of an event that needs all of its triggers and reports
// whether none is missing any more.
func (r *run) allHere(w *Wait, data *feel.Context) bool {
	if r.Trigger(w).Kind != bpmn.Timer {
		r.unannounce(w)
	}
	w.Done = true
	for _, x := range r.waits {
		if x.Owner == w.Owner && x.Scope == w.Scope && x.Node == w.Node && !x.Done {
			if s := r.around(w); s != nil {
				r.merge(s, data)
			}
			return false
		}
	}
	return true
}

// around is the scope that an event's token would be in.
func (r *run) around(w *Wait) *Scope {
	if t := r.Token(w.Owner); t != nil {
		return r.Scope(t.Scope)
	}
	return r.Scope(w.Scope)
}

// fireCatch lets a token go on from a catch event, a receive task or what follows
// an event gateway.
func (r *run) fireCatch(t *Token, w *Wait, data *feel.Context) {
	if trigger := r.Trigger(w); trigger.Kind == bpmn.Timer && r.node(t).Kind == bpmn.CatchEvent && r.again(w) {
		// A cycle sends a token each time.
		copied := r.newToken(r.Scope(t.Scope), t.Node)
		r.caught(copied, data)
		return
	}
	if trigger := r.Trigger(w); trigger.Kind == bpmn.Timer {
		w.Done = true
	}
	r.clearWaits(t.ID, 0)
	t.State = Ready
	if t.Node != w.Node {
		r.trace(NodeLeft, t)
		t.Node = w.Node
		r.trace(NodeEntered, t)
	}
	r.caught(t, data)
}

// fireBoundary lets a boundary event happen.
func (r *run) fireBoundary(t *Token, w *Wait, data *feel.Context) {
	n := &r.model.Nodes[w.Node]
	if r.Trigger(w).Kind == bpmn.Timer {
		w.Done = true
	}
	if !n.Interrupting {
		r.rearm(w)
	}
	r.boundaryToken(t, w.Node, n.Interrupting, data)
}

// boundaryToken sends a token from a boundary event of the activity that t is in,
// which ends when the event interrupts.
func (r *run) boundaryToken(t *Token, node int, interrupting bool, data *feel.Context) {
	scope := r.Scope(t.Scope)
	if !interrupting && !r.room(1) {
		r.emit(IncidentRaised, t, Effect{Name: "the instance would have too many tokens"})
		return
	}
	b := r.newToken(scope, node)
	if interrupting {
		r.cancel(t)
	}
	r.trace(NodeEntered, b)
	r.caught(b, data)
}

// rearm waits once more for a non-interrupting event: other triggers than timers
// may come again, and timers as often as their cycle says.
func (r *run) rearm(w *Wait) {
	n := &r.model.Nodes[w.Node]
	for _, x := range append([]*Wait(nil), r.waits...) {
		if x.Owner != w.Owner || x.Scope != w.Scope || x.Node != w.Node || x != w && !(n.All && x.Done) {
			continue
		}
		t := r.Trigger(x)
		if t.Kind == bpmn.Timer {
			if !r.again(x) {
				r.clear(x)
			}
			continue
		}
		if x.Done { // it was taken back
			x.Done = false
			r.waits = without(r.waits, x)
			x.ID = r.id()
			r.add(x, t)
		}
	}
}

func without(list []*Wait, w *Wait) []*Wait {
	for i, x := range list {
		if x == w {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

// fireStart starts an event sub-process.
func (r *run) fireStart(w *Wait, data *feel.Context) {
	n := &r.model.Nodes[w.Node]
	s := r.Scope(w.Scope)
	if r.Trigger(w).Kind == bpmn.Timer {
		w.Done = true
	}
	if !n.Interrupting {
		r.rearm(w)
	}
	r.startEvent(s, w.Node, data)
}

// startEvent runs the event sub-process that begins at node in scope s; when it
// interrupts, everything else in the scope ends first.
func (r *run) startEvent(s *Scope, node int, data *feel.Context) {
	n := &r.model.Nodes[node]
	if !r.room(1) || r.depth(s) >= MaxDepth {
		r.emit(IncidentRaised, nil, Effect{Node: node, Name: "the instance would have too many tokens or nest too deep"})
		return
	}
	t := r.newToken(s, n.Parent)
	if n.Interrupting {
		r.cancelTokens(s, t)
		r.clearWaits(0, s.ID)
		s.resets = nil
	}
	r.openEvent(t, data)
}

// openEvent opens the body of an event sub-process and lets its start event
// happen.
func (r *run) openEvent(t *Token, data *feel.Context) {
	r.charge(costToken)
	t.State = Nested
	r.trace(NodeEntered, t)
	body := r.newScope(Body, t.Node, t.Scope, t.ID)
	r.enterScope(body)
	r.mapIn(r.node(t).Inputs, body, view{r, r.Scope(t.Scope), t})
	r.armEvents(body)
	if r.err != nil || !r.alive(t) || t.State != Nested {
		return
	}
	start := r.newToken(body, r.model.Nodes[t.Node].Container.Starts[0])
	r.caught(start, data)
}
