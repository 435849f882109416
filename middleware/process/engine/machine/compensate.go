package machine

import "github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"

// note remembers that an activity has completed and can be compensated: by its
// handler, by the compensation event sub-process within it, or by what was
// compensable inside it. Its scope is then kept.
func (r *run) note(t *Token, s *Scope) {
	if t.Origin != 0 || r.node(t).Kind == bpmn.EventSubProcess {
		return
	}
	home := r.home(t)
	u := undo{node: t.Node, scope: home.ID}
	body := s != nil && s.Kind == Body
	switch {
	case r.engine.handler[t.Node] != bpmn.None:
	case body && (len(s.undo) > 0 || r.engine.undoes[s.Node] != bpmn.None) && !r.processScope(s):
		r.clearWaits(0, s.ID)
		s.Kept, s.Owner, s.Parent = true, 0, home.ID
		u.kept = s.ID
	default:
		return
	}
	if r.charge(costToken); r.undos() < MaxUndo {
		home.undo = append(home.undo, u)
	} else if u.kept != 0 {
		r.removeScope(s)
	}
}

// undos counts what can be compensated.
func (r *run) undos() (n int) {
	for _, s := range r.scopes {
		n += len(s.undo)
	}
	return n
}

// home is the scope of the container that a token's activity is in.
func (r *run) home(t *Token) *Scope {
	s := r.Scope(t.Scope)
	for s.Kind == Repeat {
		s = r.Scope(s.Parent)
	}
	return s
}

// compensate throws compensation: what has completed in the scope is undone in
// reverse order (BPMN 2.0 §10.7). Within an event sub-process that is the scope
// around it. It reports whether the token goes on at once.
func (r *run) compensate(t *Token, trigger *bpmn.Trigger) bool {
	home := r.home(t)
	if r.model.Nodes[home.Node].Kind == bpmn.EventSubProcess {
		switch owner := r.Token(home.Owner); {
		case owner != nil:
			home = r.Scope(owner.Scope)
		case home.Parent != 0:
			home = r.Scope(home.Parent)
		}
	}
	plan := r.takeUndo(home, trigger.Ref)
	if len(plan) == 0 {
		return true
	}
	at := t
	if !trigger.Wait {
		at = r.newToken(r.Scope(t.Scope), t.Node)
		at.end = planVanish
	}
	at.State, at.plan = Compensating, plan
	r.undoNext(at)
	return !trigger.Wait
}

// takeUndo takes from a scope what there is to undo, the last one first; only
// what belongs to one activity unless that is None.
func (r *run) takeUndo(s *Scope, activity int) (plan []undo) {
	var left []undo
	for _, u := range s.undo {
		if activity == bpmn.None || u.node == activity {
			plan = append(plan, u)
		} else {
			left = append(left, u)
		}
	}
	s.undo = left
	for i, j := 0, len(plan)-1; i < j; i, j = i+1, j-1 {
		plan[i], plan[j] = plan[j], plan[i]
	}
	return plan
}

// undoNext runs the next handler of a compensating token's plan.
func (r *run) undoNext(t *Token) {
	for len(t.plan) > 0 && r.charge(costStep) {
		u := t.plan[0]
		t.plan = append([]undo(nil), t.plan[1:]...)
		kept := r.Scope(u.kept)
		switch {
		case u.drop:
			if kept != nil {
				r.removeScope(kept)
			}
		case r.engine.handler[u.node] != bpmn.None:
			if r.handle(t, r.Scope(u.scope), r.engine.handler[u.node]) {
				return
			}
		case kept != nil && r.engine.undoes[kept.Node] != bpmn.None:
			t.plan = append([]undo{{kept: u.kept, drop: true}}, t.plan...)
			if r.handle(t, kept, r.engine.undoes[kept.Node]) {
				return
			}
		case kept != nil:
			inner := append(r.takeUndo(kept, bpmn.None), undo{kept: u.kept, drop: true})
			t.plan = append(inner, t.plan...)
		}
	}
	if r.err != nil {
		return
	}
	switch t.end {
	case planVanish:
		r.drop(t)
	case planCancel:
		r.leaveTransaction(t)
	default:
		t.State = Ready
		r.leave(t)
	}
}

// handle runs a compensation handler in a scope; false when it cannot.
func (r *run) handle(t *Token, s *Scope, handler int) bool {
	if s == nil || !r.room(1) {
		return false
	}
	h := r.newToken(s, handler)
	h.Origin = t.ID
	if r.node(h).Kind == bpmn.EventSubProcess {
		r.openEvent(h, nil)
	} else {
		r.push(h)
	}
	return true
}

// cancelTransaction ends what still runs in the transaction around a cancel end
// event, undoes what has completed and leaves by the cancel boundary event
// (BPMN 2.0 §10.2.5).
func (r *run) cancelTransaction(t *Token) {
	s, node := r.Scope(t.Scope), t.Node
	for r.model.Nodes[s.Node].Kind != bpmn.Transaction {
		owner := r.Token(s.Owner)
		if owner == nil {
			r.incident(t, "there is no transaction to cancel")
			return
		}
		s, node = r.Scope(owner.Scope), owner.Node
	}
	c := r.newToken(s, node) // at the cancel end event, or at what it is in
	plan := append(r.takeActive(s, s), r.takeUndo(s, bpmn.None)...)
	r.cancelTokens(s, c)
	r.clearWaits(0, s.ID)
	c.State, c.end, c.plan = Compensating, planCancel, plan
	r.undoNext(c)
}

// takeActive takes what there is to undo in the sub-processes that are active in
// a scope of a canceled transaction: their scopes are kept until that is done.
func (r *run) takeActive(s, home *Scope) (plan []undo) {
	for _, b := range append([]*Scope(nil), r.scopes...) {
		owner := r.Token(b.Owner)
		if owner == nil || owner.Scope != s.ID || b.Kept || b.Kind == Local || !r.charge(costToken) || r.processScope(b) {
			continue
		}
		inner := r.takeActive(b, home)
		if b.Kind == Body {
			inner = append(inner, r.takeUndo(b, bpmn.None)...)
		}
		if b.Kind == Body && len(inner) > 0 {
			r.cancelTokens(b, nil)
			r.clearWaits(0, b.ID)
			b.Kept, b.Owner, b.Parent = true, 0, home.ID
			inner = append(inner, undo{kept: b.ID, drop: true})
		}
		plan = append(inner, plan...)
	}
	return plan
}

// leaveTransaction ends a canceled transaction.
func (r *run) leaveTransaction(t *Token) {
	s := r.Scope(t.Scope)
	outer := r.Token(s.Owner)
	for outer.Inner {
		outer = r.Token(r.Scope(outer.Scope).Owner)
	}
	for _, b := range r.engine.boundary[outer.Node] {
		if has(&r.model.Nodes[b], bpmn.Cancel) {
			r.boundaryToken(outer, b, true, nil)
			return
		}
	}
	scope := r.Scope(outer.Scope)
	r.cancel(outer) // nobody catches it: the path ends here
	if scope.live == 0 && r.Scope(scope.ID) == scope && scope.Kind == Body {
		r.emptied(scope)
	}
}
