package machine

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// activity starts the activity that a token has come to.
func (r *run) activity(t *Token) {
	n := r.node(t)
	if !t.Inner && t.Origin == 0 {
		r.armBoundary(t)
		r.conditions() // one that holds already fires before anything inside
		if r.err != nil || !r.alive(t) || t.State != Ready {
			return
		}
	}
	if n.Loop != nil && !t.Inner {
		r.repeat(t)
		return
	}
	if n.Kind.Container() {
		r.enter(t, t.Node, false)
		return
	}
	if t.Inner && n.Loop.Item != bpmn.None || len(n.Inputs)+len(n.Outputs) > 0 && n.Work != nil && n.Work.Kind != bpmn.Call {
		r.charge(costToken)
		s := r.newScope(Local, t.Node, t.Scope, t.ID)
		r.item(t, s)
		r.mapIn(n.Inputs, s, view{r, s, t})
	}
	r.work(t)
}

// item gives an instance of a multi-instance activity its item.
func (r *run) item(t *Token, s *Scope) {
	n := r.node(t)
	if !t.Inner || n.Loop.Item == bpmn.None {
		return
	}
	repeat := r.Scope(t.Scope)
	if b := repeat.binding(itemsKey); b != nil {
		if items, ok := r.load(repeat, b).(feel.List); ok && t.Index < len(items) {
			r.define(s, n.Loop.Item, items[t.Index])
			return
		}
	}
	r.define(s, n.Loop.Item, nil)
}

// enter opens the body of a container: of the token's own node, or of a process
// that it calls.
func (r *run) enter(t *Token, container int, barrier bool) {
	n := r.node(t)
	around := r.Scope(t.Scope)
	if r.depth(around) >= MaxDepth || !r.room(1) {
		r.incident(t, "the instance would nest too deep or have too many scopes")
		return
	}
	t.State = Nested
	s := r.newScope(Body, container, t.Scope, t.ID)
	s.Barrier = barrier
	r.enterScope(s)
	r.item(t, s)
	r.mapIn(n.Inputs, s, view{r, around, t})
	r.armEvents(s)
	if r.err != nil || r.Scope(s.ID) != s { // an event cannot be waited for
		return
	}
	r.begin(s)
	if s.live == 0 && r.err == nil {
		r.emptied(s)
	}
}

// work does what a task is for, or asks for it.
func (r *run) work(t *Token) {
	n := r.node(t)
	w := n.Work
	if w == nil {
		r.worked(t, nil)
		return
	}
	t.State = Active
	switch w.Kind {
	case bpmn.Nothing:
		r.worked(t, nil)
	case bpmn.Evaluate:
		r.store1(t, w, r.eval(w.Value, r.at(t)))
	case bpmn.Decide:
		r.decide(t, w)
	case bpmn.SendMessage:
		t.State = Throwing
		r.throwing = append(r.throwing, t)
	case bpmn.AwaitMessage:
		r.await(t, t.Node)
	case bpmn.Call:
		if w.Process != bpmn.None {
			r.enter(t, r.model.Processes[w.Process].Node, len(n.Inputs) > 0)
			return
		}
		r.emit(ProcessCalled, t, Effect{Name: w.Name, Payload: r.inputs(t)})
	case bpmn.Contract:
		v := r.at(t)
		e := Effect{Name: w.Name, Target: r.eval(w.Target, v), Amount: r.eval(w.Amount, v), Gas: r.eval(w.Gas, v)}
		for _, a := range w.Args {
			e.Args = append(e.Args, r.eval(a, v))
		}
		r.emit(ContractCalled, t, e)
	case bpmn.Person:
		r.emit(TaskOpened, t, Effect{Target: r.eval(w.Assignee, r.at(t))})
	default:
		r.emit(JobOpened, t, Effect{Name: w.Name, Text: w.Text, Payload: r.inputs(t)})
	}
	r.charge(costEffect)
}

// inputs is what a worker gets: what is mapped, else all it could see.
func (r *run) inputs(t *Token) *feel.Context {
	if len(r.node(t).Inputs) > 0 {
		return r.payload(t)
	}
	return r.visible(r.at(t))
}

// store1 completes a task with one value: into its result variable, or, when it
// has none and the value is a context, into the variables the context names.
func (r *run) store1(t *Token, w *bpmn.Work, value feel.Value) {
	if r.err != nil {
		return
	}
	if w.Result != bpmn.None {
		r.worked(t, feel.NewContext(feel.Entry{Key: r.model.Variables[w.Result].Name, Value: value}))
		return
	}
	c, _ := value.(*feel.Context)
	r.worked(t, c)
}

func (r *run) decide(t *Token, w *bpmn.Work) {
	if r.options.Decider == nil {
		r.emit(DecisionAsked, t, Effect{Name: w.Name, Payload: r.inputs(t)})
		return
	}
	value, err := r.options.Decider.Decide(r.feel, w.Name, r.inputs(t))
	if r.feel.Stopped() {
		r.fail(r.feel.Err())
		return
	}
	if err != nil {
		r.incident(t, "the decision "+w.Name+" failed: "+err.Error())
		return
	}
	r.store1(t, w, value)
}

// worked ends a task with its result.
func (r *run) worked(t *Token, result *feel.Context) {
	n := r.node(t)
	if w := n.Work; w != nil && w.Result != bpmn.None && w.Kind != bpmn.Evaluate && w.Kind != bpmn.Decide && result != nil {
		// A worker's result goes to the variable that the task names.
		if _, named := result.Get(r.model.Variables[w.Result].Name); !named {
			result = feel.NewContext(feel.Entry{Key: r.model.Variables[w.Result].Name, Value: single(result)})
		}
	}
	around := r.Scope(t.Scope)
	name := ""
	switch local := r.owned(t, Local); {
	case local != nil && len(n.Outputs) > 0:
		for _, e := range entriesOf(result) {
			if i := r.engine.variable(e.Key); i != bpmn.None {
				r.define(local, i, e.Value)
			}
		}
		name = r.mapOut(n.Outputs, around, view{r, local, t})
	case local != nil:
		// A result may be meant for the output item of a multi-instance activity.
		for _, e := range entriesOf(result) {
			if i := r.engine.variable(e.Key); i != bpmn.None && local.binding(i) != nil {
				r.define(local, i, e.Value)
			}
		}
		name = r.merge(around, result)
	default:
		name = r.merge(around, result)
	}
	if name != "" {
		r.incident(t, "the value for "+name+" has not its type or is too large")
		return
	}
	r.done(t, r.owned(t, Local))
}

// single unwraps the only value of a context of one entry named result.
func single(c *feel.Context) feel.Value {
	if v, ok := c.Get("result"); ok && c.Len() == 1 {
		return v
	}
	return c
}

// done ends an activity whose scope, if it has one, is s: payments are made, what
// can be undone is noted, and the token goes on.
func (r *run) done(t *Token, s *Scope) {
	if r.err != nil || !r.pay(t, s) {
		return
	}
	if t.Inner {
		r.result(t, s)
	}
	r.note(t, s)
	if s != nil && !s.Kept && r.Scope(s.ID) == s {
		r.clearWaits(0, s.ID)
		r.removeScope(s)
	}
	switch {
	case t.Origin != 0:
		r.trace(NodeLeft, t)
		origin := r.Token(t.Origin)
		r.forget(t)
		if origin != nil {
			r.undoNext(origin)
		}
	case t.Inner:
		r.instanceDone(t)
	case r.node(t).Kind == bpmn.EventSubProcess:
		r.trace(NodeLeft, t)
		r.drop(t)
	default:
		r.clearWaits(t.ID, 0)
		t.State = Ready
		r.goOn(t)
	}
}

// goOn leaves a completed activity; within an ad-hoc sub-process that may
// complete the sub-process instead.
func (r *run) goOn(t *Token) {
	if s := r.Scope(t.Scope); r.model.Nodes[s.Node].Kind == bpmn.AdHoc {
		if r.adHocStep(s); !r.alive(t) {
			return
		}
	}
	r.leave(t)
}

// pay makes the payments of a completed task; false when they cannot be made.
func (r *run) pay(t *Token, s *Scope) bool {
	n := r.node(t)
	if n.Work == nil {
		return true
	}
	v := view{r, s, t}
	if s == nil {
		v.scope = r.Scope(t.Scope)
	}
	pays := make([]Effect, 0, len(n.Work.Pays))
	for _, p := range n.Work.Pays {
		e := Effect{Target: r.eval(p.To, v), Amount: r.eval(p.Amount, v), Asset: r.eval(p.Asset, v)}
		if amount, ok := e.Amount.(feel.Number); !ok || e.Target == nil || amount.Sign() < 0 {
			r.incident(t, "a payment has no receiver or an amount that is no number from 0")
			return false
		}
		pays = append(pays, e)
	}
	for _, e := range pays {
		r.charge(costEffect)
		r.emit(Paid, t, e)
	}
	return r.err == nil
}

// emptied is called when the last token of a container is gone.
func (r *run) emptied(s *Scope) {
	n := &r.model.Nodes[s.Node]
	if n.Kind != bpmn.AdHoc {
		r.scopeDone(s)
		return
	}
	c := n.Container
	if s.Finishing {
		r.scopeDone(s)
		return
	}
	if c.Sequential && !c.Chosen && s.Started < len(c.Starts) {
		s.Started++
		r.push(r.newToken(s, c.Starts[s.Started-1]))
		return
	}
	if n.Condition == nil && !c.Chosen {
		r.scopeDone(s)
	}
}

// adHocStep looks at the completion condition of an ad-hoc sub-process after an
// activity in it has ended (BPMN 2.0 §10.2.5).
func (r *run) adHocStep(s *Scope) {
	n := &r.model.Nodes[s.Node]
	if n.Condition == nil || s.Finishing || !r.holds(n.Condition, view{r, s, r.Token(s.Owner)}) {
		return
	}
	s.Finishing = true
	if n.Container.CancelRemaining {
		r.cancelTokens(s, nil)
		r.scopeDone(s)
	}
}

// scopeDone ends a container whose tokens are gone.
func (r *run) scopeDone(s *Scope) {
	if s.Owner == 0 {
		r.end(Completed, "")
		return
	}
	t := r.Token(s.Owner)
	n, around := r.node(t), r.Scope(t.Scope)
	name := ""
	switch called := n.Kind == bpmn.CallActivity; {
	case len(n.Outputs) > 0:
		name = r.mapOut(n.Outputs, around, view{r, s, t})
	case called && len(n.Inputs) == 0:
		name = r.mergeScope(s, around)
	}
	if name != "" {
		r.incident(t, "the value for "+name+" has not its type or is too large")
		return
	}
	r.done(t, s)
}

// mergeScope hands the variables of a called process to the caller.
func (r *run) mergeScope(s, around *Scope) string {
	for i := 0; i < len(s.vars); i++ {
		if b := &s.vars[i]; b.variable < itemsKey && !r.assign(around, b.variable, r.load(s, b)) {
			return r.model.Variables[b.variable].Name
		}
	}
	return ""
}
