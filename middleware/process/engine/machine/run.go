package machine

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// What steps cost beside the expressions in them.
const (
	costStep   = 20 // a token moves
	costToken  = 10 // a token or scope is made
	costEffect = 10
)

func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// charge takes units of work; false when the command must stop.
func (r *run) charge(units int) bool {
	if r.err == nil && !r.feel.Charge(units) {
		r.fail(r.feel.Err())
	}
	return r.err == nil
}

// push makes a token the last one to move.
func (r *run) push(t *Token) {
	t.State = Ready
	r.ready = append(r.ready, t)
}

// room reports whether n more tokens fit.
func (r *run) room(n int) bool { return len(r.tokens)+n <= MaxTokens && len(r.scopes)+n <= MaxScopes }

// loop moves tokens until all of them wait. Tokens move in the order in which
// they came; joins that need to know where all others are look when nothing moves
// any more; messages and signals go out last, so that whoever can wait for them
// already does.
func (r *run) loop() {
	for r.err == nil && r.status == Running {
		if r.steps++; r.steps > MaxSteps {
			r.fail(ErrSteps)
			return
		}
		switch {
		case r.changed:
			r.changed = false
			r.conditions()
		case len(r.ready) > 0:
			t := r.ready[0]
			r.ready = r.ready[1:]
			if r.alive(t) && t.State == Ready && r.charge(costStep+len(r.tokens)/8) {
				r.step(t)
			}
		case r.settleJoins():
		case len(r.throwing) > 0:
			t := r.throwing[0]
			r.throwing = r.throwing[1:]
			if r.alive(t) && t.State == Throwing && r.charge(costStep+len(r.tokens)/8) {
				t.State = Ready
				r.throw(t)
			}
		default:
			return
		}
	}
	r.ready, r.throwing = nil, nil
}

// step lets a token do what its node is for.
func (r *run) step(t *Token) {
	n := r.node(t)
	if !t.Inner {
		r.trace(NodeEntered, t)
	}
	switch n.Kind {
	case bpmn.ExclusiveGateway:
		r.exclusive(t)
	case bpmn.ParallelGateway:
		r.send(t, n.Out)
	case bpmn.InclusiveGateway:
		r.split(t)
	case bpmn.ComplexGateway:
		r.complex(t)
	case bpmn.EventGateway:
		r.awaitChoice(t)
	case bpmn.StartEvent:
		r.leave(t)
	case bpmn.CatchEvent:
		r.catch(t)
	case bpmn.ThrowEvent, bpmn.EndEvent:
		r.throwLater(t)
	case bpmn.BoundaryEvent:
		r.leave(t)
	default:
		r.activity(t)
	}
}

// throwLater throws at once, or after everything else when others may still get
// ready to catch.
func (r *run) throwLater(t *Token) {
	n := r.node(t)
	if has(n, bpmn.Message) || has(n, bpmn.Signal) {
		t.State = Throwing
		r.throwing = append(r.throwing, t)
		return
	}
	r.throw(t)
}

// leave sends a token on by its node's outgoing flows, as conditions say.
func (r *run) leave(t *Token) {
	n := r.node(t)
	plain := true
	for _, f := range n.Out {
		plain = plain && r.model.Flows[f].Condition == nil
	}
	if plain && n.Default == bpmn.None {
		r.send(t, n.Out)
		return
	}
	r.split(t)
}

// split takes every flow whose condition holds, unconditional ones included, and
// the default flow when no condition holds.
func (r *run) split(t *Token) {
	n := r.node(t)
	var chosen []int
	conditional := false
	for _, f := range n.Out {
		flow := &r.model.Flows[f]
		if f == n.Default {
			continue
		}
		if flow.Condition == nil {
			chosen = append(chosen, f)
			continue
		}
		if r.holds(flow.Condition, r.at(t)) {
			conditional = true
			chosen = append(chosen, f)
		}
	}
	if !conditional && n.Default != bpmn.None {
		chosen = append(chosen, n.Default)
	}
	r.choose(t, chosen)
}

// exclusive takes the first flow whose condition holds, else the default flow.
func (r *run) exclusive(t *Token) {
	n := r.node(t)
	for _, f := range n.Out {
		if c := r.model.Flows[f].Condition; f != n.Default && (c == nil || r.holds(c, r.at(t))) {
			r.send(t, []int{f})
			return
		}
	}
	if n.Default != bpmn.None {
		r.send(t, []int{n.Default})
		return
	}
	r.choose(t, nil)
}

// choose sends a token on; without a flow that is an incident, unless the node
// ends its path.
func (r *run) choose(t *Token, chosen []int) {
	if r.err != nil {
		return
	}
	if n := r.node(t); len(chosen) == 0 && len(n.Out) > 0 {
		r.incident(t, "no condition of an outgoing flow holds and there is no default flow")
		return
	}
	r.send(t, chosen)
}

// send makes a token on each flow, as many as the activity completes with, and
// ends this one.
func (r *run) send(t *Token, flows []int) {
	n, scope := r.node(t), r.Scope(t.Scope)
	quantity := max(n.CompletionQuantity, 1)
	if !r.room(len(flows)*quantity) && len(flows) > 0 {
		r.incident(t, "the instance would have too many tokens")
		return
	}
	if !r.charge(costToken * len(flows) * quantity) {
		return
	}
	r.trace(NodeLeft, t)
	scope.live++ // nothing ends in between
	for range quantity {
		for _, f := range flows {
			r.arrive(scope, f)
		}
	}
	scope.live--
	r.drop(t)
}

// arrive puts a token on what a flow leads to.
func (r *run) arrive(scope *Scope, flow int) {
	target := r.model.Flows[flow].Target
	n := &r.model.Nodes[target]
	t := r.newToken(scope, target)
	t.Flow = flow
	joins := len(n.In) > 1 && (n.Kind == bpmn.ParallelGateway || n.Kind == bpmn.InclusiveGateway || n.Kind == bpmn.ComplexGateway)
	if !joins && n.StartQuantity <= 1 {
		t.Flow = bpmn.None
		r.push(t)
		return
	}
	t.State = Arrived
	switch {
	case n.Kind == bpmn.ParallelGateway:
		r.joinParallel(scope, target)
	case n.Kind == bpmn.ComplexGateway:
		r.joinComplex(scope, target)
	case n.Kind == bpmn.InclusiveGateway:
	default:
		r.gather(scope, target)
	}
}

// drop ends a token and, when it was the last one, its scope.
func (r *run) drop(t *Token) {
	scope := r.Scope(t.Scope)
	r.forget(t)
	if scope.live == 0 && scope.Kind == Body && !scope.Kept {
		r.emptied(scope)
	}
}

// forget takes a token out with what it waits for and owns.
func (r *run) forget(t *Token) {
	r.clearWaits(t.ID, 0)
	if s := r.owned(t, Local); s != nil {
		r.removeScope(s)
	}
	if r.alive(t) {
		r.removeToken(t)
	}
}

// cancel takes a token out with everything that goes on within it.
func (r *run) cancel(t *Token) {
	r.charge(costToken)
	if n := r.node(t); t.State == Active && n.Work != nil && n.Work.Kind != bpmn.AwaitMessage {
		r.emit(WorkClosed, t, Effect{})
	}
	for _, s := range append([]*Scope(nil), r.scopes...) {
		if s.Owner == t.ID && !s.Kept && s.Kind != Local && r.Scope(s.ID) == s {
			r.cancelScope(s)
		}
	}
	r.forget(t)
}

// cancelTokens cancels all tokens in a scope but one, which may be nil.
func (r *run) cancelTokens(s *Scope, but *Token) {
	for _, t := range append([]*Token(nil), r.tokens...) {
		if t.Scope == s.ID && t != but && r.alive(t) {
			r.cancel(t)
		}
	}
}

// cancelScope cancels what is in a scope and removes it.
func (r *run) cancelScope(s *Scope) {
	r.cancelTokens(s, nil)
	r.clearWaits(0, s.ID)
	r.removeScope(s)
}

// incident stops a token for a reason.
func (r *run) incident(t *Token, reason string) {
	if r.err != nil {
		return
	}
	r.charge(costEffect)
	n := r.node(t)
	if t.State == Active && n.Work != nil && n.Work.Kind != bpmn.AwaitMessage {
		r.emit(WorkClosed, t, Effect{})
	}
	for _, s := range append([]*Scope(nil), r.scopes...) {
		if s.Owner == t.ID && !s.Kept && r.Scope(s.ID) == s {
			r.cancelScope(s)
		}
	}
	r.clearWaits(t.ID, 0)
	t.State, t.Reason = Incident, reason
	r.emit(IncidentRaised, t, Effect{Name: reason})
}

// end finishes the instance.
func (r *run) end(status Status, code string) {
	root := r.scopes[0]
	process := &r.model.Processes[r.process]
	target := r.eval(process.Remainder, view{r, root, nil})
	var variables *feel.Context
	if r.options.Collect {
		variables = r.visible(view{r, root, nil})
	}
	r.cancelTokens(root, nil)
	r.clearWaits(0, root.ID)
	r.status, r.code = status, code
	r.removeScope(root)
	e := r.emit(Ended, nil, Effect{Node: process.Node, Name: code, Target: target, Payload: variables})
	e.Status = status
}

// begin puts tokens where a container's flow starts.
func (r *run) begin(s *Scope) {
	c := r.model.Nodes[s.Node].Container
	starts := c.Starts
	if n := r.model.Nodes[s.Node]; n.Kind == bpmn.AdHoc {
		switch {
		case c.Chosen:
			return
		case c.Sequential && len(starts) > 0:
			starts = starts[:1]
		}
		s.Started = len(starts)
	}
	for _, n := range starts {
		r.push(r.newToken(s, n))
	}
}

// enterScope defines the variables that live in a container.
func (r *run) enterScope(s *Scope) {
	r.charge(costToken)
	for _, l := range r.model.Nodes[s.Node].Container.Locals {
		r.define(s, l, nil)
	}
}

// caught lets a token go on from an event or receive task that has been
// triggered.
func (r *run) caught(t *Token, data *feel.Context) {
	if r.node(t).Kind == bpmn.ReceiveTask {
		r.worked(t, data)
		return
	}
	if name := r.take(t, r.Scope(t.Scope), r.node(t).Outputs, data); name != "" {
		r.incident(t, "the value for "+name+" has not its type or is too large")
		return
	}
	r.leave(t)
}

// take brings data into the variables seen from scope: through mappings when
// there are any, else by name.
func (r *run) take(t *Token, scope *Scope, outputs []bpmn.Mapping, data *feel.Context) string {
	if len(outputs) == 0 {
		return r.merge(scope, data)
	}
	if !r.charge(costToken) {
		return ""
	}
	local := r.newScope(Local, t.Node, scope.ID, t.ID)
	for _, e := range entriesOf(data) {
		if i := r.engine.variable(e.Key); i != bpmn.None {
			r.define(local, i, e.Value)
		}
	}
	name := r.mapOut(outputs, scope, view{r, local, t})
	r.removeScope(local)
	return name
}
