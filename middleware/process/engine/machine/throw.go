package machine

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// throw does what a throw or end event, or a send task, throws, in the order of
// its triggers, and then goes on.
func (r *run) throw(t *Token) {
	n := r.node(t)
	if n.Kind == bpmn.SendTask {
		if reason := r.sendMessage(t, n.Work.Message, r.at(t), r.inputs(t)); reason != "" {
			r.incident(t, reason)
			return
		}
		if r.alive(t) {
			r.worked(t, nil)
		}
		return
	}
	for i := range n.Triggers {
		if !r.throwOne(t, &n.Triggers[i]) || r.err != nil || !r.alive(t) {
			return
		}
	}
	r.leave(t)
}

// throwOne throws one trigger; false when the token does not go on from here.
func (r *run) throwOne(t *Token, trigger *bpmn.Trigger) bool {
	switch trigger.Kind {
	case bpmn.Message:
		if reason := r.sendMessage(t, trigger, r.at(t), r.payload(t)); reason != "" {
			r.incident(t, reason)
			return false
		}
	case bpmn.Signal:
		name, data := r.model.Signals[trigger.Ref], r.payload(t)
		r.emit(SignalThrown, t, Effect{Name: name, Payload: data})
		r.broadcast(name, data, nil)
	case bpmn.Error:
		code := ""
		if trigger.Ref != bpmn.None {
			code = r.model.Errors[trigger.Ref]
		}
		r.raise(t, code, r.payload(t))
		return false
	case bpmn.Escalation:
		code := ""
		if trigger.Ref != bpmn.None {
			code = r.model.Escalations[trigger.Ref]
		}
		r.escalate(t, code, r.payload(t), false)
	case bpmn.Link:
		scope := r.Scope(t.Scope)
		target := r.newToken(scope, trigger.Ref)
		r.trace(NodeLeft, t)
		r.forget(t)
		r.push(target)
		return false
	case bpmn.Compensation:
		return r.compensate(t, trigger)
	case bpmn.Cancel:
		r.cancelTransaction(t)
		return false
	case bpmn.Terminate:
		r.terminate(t)
		return false
	}
	return true
}

// sendMessage brings a message to the first wait of this instance that it suits,
// unless a message flow takes it elsewhere, or sends it out.
func (r *run) sendMessage(t *Token, trigger *bpmn.Trigger, v view, data *feel.Context) string {
	key, ok := correlation(r.eval(trigger.Expr, v))
	if !ok {
		return "the correlation key is no string or number, or too long"
	}
	name := r.model.Messages[trigger.Ref]
	if !trigger.Away {
		for _, w := range r.waits {
			if x := r.Trigger(w); x.Kind == bpmn.Message && x.Ref == trigger.Ref && w.Key == key && !w.Done {
				r.fire(w, data)
				return ""
			}
		}
	}
	r.charge(costEffect)
	r.emit(MessageThrown, t, Effect{Name: name, Key: key, Payload: data})
	return ""
}

// broadcast fires everything in the instance that waits for a signal. What the
// activity of token gentle catches at its border does not interrupt it.
func (r *run) broadcast(name string, data *feel.Context, gentle *Token) {
	for _, w := range append([]*Wait(nil), r.waits...) {
		if r.err != nil {
			return
		}
		t := r.Trigger(w)
		if r.Wait(w.ID) != w || w.Done || t.Kind != bpmn.Signal || r.model.Signals[t.Ref] != name {
			continue
		}
		if gentle != nil && w.Owner == gentle.ID {
			r.boundaryToken(gentle, w.Node, false, data)
			continue
		}
		r.fire(w, data)
	}
}

// throwBehavior throws an event for a multi-instance activity that goes on.
func (r *run) throwBehavior(t *Token, trigger *bpmn.Trigger) {
	switch trigger.Kind {
	case bpmn.Signal:
		name := r.model.Signals[trigger.Ref]
		r.emit(SignalThrown, t, Effect{Name: name})
		r.broadcast(name, nil, t)
	case bpmn.Message:
		if reason := r.sendMessage(t, trigger, r.at(t), nil); reason != "" {
			r.incident(t, reason)
		}
	case bpmn.Escalation:
		code := ""
		if trigger.Ref != bpmn.None {
			code = r.model.Escalations[trigger.Ref]
		}
		r.escalate(t, code, nil, true)
	case bpmn.Error:
		code := ""
		if trigger.Ref != bpmn.None {
			code = r.model.Errors[trigger.Ref]
		}
		r.raise(t, code, nil)
	}
}

// catcher finds the event among nodes that catches a code, one that names it
// before one that catches all; None when there is none.
func (r *run) catcher(nodes []int, kind bpmn.TriggerKind, codes []string, code string) int {
	all := bpmn.None
	for _, i := range nodes {
		for t := range r.model.Nodes[i].Triggers {
			trigger := &r.model.Nodes[i].Triggers[t]
			switch {
			case trigger.Kind != kind:
			case trigger.Ref == bpmn.None && all == bpmn.None:
				all = i
			case trigger.Ref != bpmn.None && codes[trigger.Ref] == code:
				return i
			}
		}
	}
	return all
}

// startsOf lists the start events of a container's event sub-processes.
func (r *run) startsOf(container int) []int {
	events := r.model.Nodes[container].Container.Events
	out := make([]int, len(events))
	for i, e := range events {
		out[i] = r.model.Nodes[e].Container.Starts[0]
	}
	return out
}

// propagate looks outwards from a token for what catches a code: at the border of
// the activity it is in, in the event sub-processes of the scope around it, at
// that scope's border and so on. caught is told the token at whose activity, or
// the scope in whose container, it is.
func (r *run) propagate(t *Token, kind bpmn.TriggerKind, codes []string, code string, border bool, caught func(t *Token, s *Scope, event int)) bool {
	for {
		if !r.charge(costToken) {
			return true
		}
		if border && !t.Inner && t.Origin == 0 {
			if b := r.catcher(r.engine.boundary[t.Node], kind, codes, code); b != bpmn.None {
				caught(t, nil, b)
				return true
			}
		}
		border = true
		s := r.Scope(t.Scope)
		if s.Kind == Body && !s.Kept && r.node(t).Kind != bpmn.EventSubProcess {
			if e := r.catcher(r.startsOf(s.Node), kind, codes, code); e != bpmn.None {
				caught(nil, s, e)
				return true
			}
		}
		if s.Owner == 0 || s.Kept {
			if t.Origin == 0 || r.Token(t.Origin) == nil {
				return false
			}
			t = r.Token(t.Origin) // out of a handler to where compensation was thrown
			continue
		}
		t = r.Token(s.Owner)
	}
}

// raise throws an error from a token. Caught, it ends the activity or scope that
// catches it; uncaught, it fails the instance.
func (r *run) raise(t *Token, code string, data *feel.Context) {
	work := r.node(t).Kind.Activity()
	found := r.propagate(t, bpmn.Error, r.model.Errors, code, work, func(at *Token, s *Scope, event int) {
		if s != nil {
			r.startEvent(s, event, data)
			return
		}
		r.boundaryToken(at, event, true, data)
	})
	if !found && r.err == nil {
		r.end(Failed, code)
	}
}

// escalate throws an escalation from a token; border says whether the token's own
// activity may catch it.
func (r *run) escalate(t *Token, code string, data *feel.Context, border bool) {
	found := r.propagate(t, bpmn.Escalation, r.model.Escalations, code, border, func(at *Token, s *Scope, event int) {
		if s != nil {
			r.startEvent(s, event, data)
			return
		}
		r.boundaryToken(at, event, r.model.Nodes[event].Interrupting, data)
	})
	if !found && r.err == nil {
		r.charge(costEffect)
		r.emit(EscalationThrown, t, Effect{Name: code, Payload: data})
	}
}

// terminate ends the scope around a terminate end event: a sub-process, which its
// token then leaves, or the instance.
func (r *run) terminate(t *Token) {
	s := r.Scope(t.Scope)
	r.trace(NodeLeft, t)
	if s.Owner == 0 {
		r.end(Terminated, "")
		return
	}
	r.cancelTokens(s, nil)
	s.Finishing = true
	r.scopeDone(s)
}
