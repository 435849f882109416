package machine

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// start fills a new instance and lets it run.
func (s *Session) start(root, node int, variables *feel.Context) error {
	r := &s.run
	scope := r.newScope(Body, root, 0, 0)
	r.enterScope(scope)
	for i := range entriesOf(variables) {
		e := entriesOf(variables)[i]
		if v := r.engine.variable(e.Key); v != bpmn.None && !r.assign(scope, v, e.Value) {
			return fmt.Errorf("%w: %q has not its type", ErrValue, e.Key)
		}
	}
	if r.err != nil {
		return r.err
	}
	r.armEvents(scope)
	if node == bpmn.None {
		r.begin(scope)
		return r.finish()
	}
	t := r.newToken(scope, node)
	r.trace(NodeEntered, t)
	r.startOthers(scope, node)
	r.caught(t, variables)
	return r.finish()
}

func entriesOf(c *feel.Context) []feel.Entry {
	if c == nil {
		return nil
	}
	return c.Entries()
}

// startOthers arms the other events of a parallel event gateway that
// instantiates: the instance needs them all.
func (r *run) startOthers(scope *Scope, node int) {
	for _, f := range r.model.Nodes[node].In {
		g := r.model.Flows[f].Source
		gateway := &r.model.Nodes[g]
		if gateway.Kind != bpmn.EventGateway || !gateway.Instantiate || !gateway.All {
			continue
		}
		for _, out := range gateway.Out {
			if other := r.model.Flows[out].Target; other != node {
				t := r.newToken(scope, other)
				r.push(t)
			}
		}
	}
}

// finish runs until everything waits and gives the error of the command.
func (r *run) finish() error {
	r.loop()
	if err := r.feel.Err(); err != nil && r.err == nil {
		r.err = err
	}
	return r.err
}

// running is the error of a command that needs a running instance.
func (r *run) running() error {
	if r.err != nil {
		return r.err
	}
	if r.status != Running {
		return fmt.Errorf("%w: the instance is %s", ErrState, r.status)
	}
	r.steps = 0
	return nil
}

// active is the token whose work a command answers.
func (r *run) active(token uint32) (*Token, error) {
	if err := r.running(); err != nil {
		return nil, err
	}
	t := r.Token(token)
	if t == nil {
		return nil, ErrNotThere
	}
	n := r.node(t)
	if t.State != Active || n.Work == nil || n.Work.Kind == bpmn.AwaitMessage {
		return nil, fmt.Errorf("%w: the token is at %q and waits for no answer", ErrState, n.ID)
	}
	return t, nil
}

// Complete answers a task, job, call or decision with its result.
func (s *Session) Complete(token uint32, result *feel.Context) error {
	t, err := s.active(token)
	if err != nil {
		return err
	}
	if err := storable(result); err != nil {
		return err
	}
	s.worked(t, result)
	return s.finish()
}

// Throw answers a task, job, call or decision with a business error: a boundary
// event or event sub-process catches its code, or the instance fails.
func (s *Session) Throw(token uint32, code string, data *feel.Context) error {
	t, err := s.active(token)
	if err != nil {
		return err
	}
	if err := storable(data); err != nil {
		return err
	}
	s.raise(t, code, data)
	return s.finish()
}

// Escalate reports an escalation of a task, job or called process that goes on.
func (s *Session) Escalate(token uint32, code string, data *feel.Context) error {
	t, err := s.active(token)
	if err != nil {
		return err
	}
	if err := storable(data); err != nil {
		return err
	}
	s.escalate(t, code, data, true)
	return s.finish()
}

// Fail turns a task, job, call or decision into an incident.
func (s *Session) Fail(token uint32, reason string) error {
	t, err := s.active(token)
	if err != nil {
		return err
	}
	s.incident(t, reason)
	return s.finish()
}

// Retry lets a token with an incident do again what it could not.
func (s *Session) Retry(token uint32) error {
	if err := s.running(); err != nil {
		return err
	}
	t := s.Token(token)
	if t == nil {
		return ErrNotThere
	}
	if t.State != Incident {
		return fmt.Errorf("%w: the token has no incident", ErrState)
	}
	t.Reason = ""
	s.emit(IncidentResolved, t, Effect{})
	s.push(t)
	return s.finish()
}

// Deliver brings a message or a due timer to what waits for it.
func (s *Session) Deliver(wait uint32, data *feel.Context) error {
	if err := s.running(); err != nil {
		return err
	}
	w := s.Wait(wait)
	if w == nil {
		return ErrNotThere
	}
	if err := storable(data); err != nil {
		return err
	}
	switch t := s.Trigger(w); {
	case w.Done:
		return ErrNotThere
	case t.Kind == bpmn.Timer && w.Due > s.options.Now:
		return fmt.Errorf("%w: the timer is due in %d seconds", ErrState, w.Due-s.options.Now)
	case t.Kind != bpmn.Message && t.Kind != bpmn.Timer:
		return fmt.Errorf("%w: a %s is not delivered", ErrState, t.Kind)
	}
	s.fire(w, data)
	return s.finish()
}

// Signal broadcasts a signal to everything in the instance that waits for it.
func (s *Session) Signal(name string, data *feel.Context) error {
	if err := s.running(); err != nil {
		return err
	}
	if err := storable(data); err != nil {
		return err
	}
	s.broadcast(name, data, nil)
	return s.finish()
}

// Assign sets variables of the process from outside.
func (s *Session) Assign(variables *feel.Context) error {
	if err := s.running(); err != nil {
		return err
	}
	if err := storable(variables); err != nil {
		return err
	}
	for _, e := range entriesOf(variables) {
		i := s.engine.variable(e.Key)
		if i == bpmn.None || e.Value == nil || s.model.Variables[i].Type == nil {
			continue
		}
		if feel.Coerce(s.feel, e.Value, s.model.Variables[i].Type) == nil {
			return fmt.Errorf("%w: %q has not its type", ErrValue, e.Key)
		}
	}
	s.merge(s.scopes[0], variables)
	return s.finish()
}

// Activate starts an activity of an ad-hoc sub-process, which a performer has
// chosen.
func (s *Session) Activate(token uint32, node int) error {
	scope, err := s.adHoc(token)
	if err != nil {
		return err
	}
	n := &s.model.Nodes[scope.Node]
	if node < 0 || node >= len(s.model.Nodes) || s.model.Nodes[node].Parent != scope.Node || len(s.model.Nodes[node].In) > 0 || !s.model.Nodes[node].Kind.Activity() || s.model.Nodes[node].Compensates {
		return fmt.Errorf("%w: node %d is none that %q can start", ErrState, node, n.ID)
	}
	if n.Container.Sequential && scope.live > 0 {
		return fmt.Errorf("%w: %q runs one activity at a time", ErrState, n.ID)
	}
	if !s.room(1) {
		return fmt.Errorf("%w: more than %d tokens", ErrState, MaxTokens)
	}
	scope.Started++
	s.push(s.newToken(scope, node))
	return s.finish()
}

// Finish ends an ad-hoc sub-process in which nothing runs.
func (s *Session) Finish(token uint32) error {
	scope, err := s.adHoc(token)
	if err != nil {
		return err
	}
	if scope.live > 0 {
		return fmt.Errorf("%w: an activity still runs", ErrState)
	}
	s.scopeDone(scope)
	return s.finish()
}

// adHoc is the scope of the ad-hoc sub-process that a token is in.
func (s *Session) adHoc(token uint32) (*Scope, error) {
	if err := s.running(); err != nil {
		return nil, err
	}
	t := s.Token(token)
	if t == nil {
		return nil, ErrNotThere
	}
	scope := s.owned(t, Body)
	if scope == nil || s.model.Nodes[scope.Node].Kind != bpmn.AdHoc || scope.Finishing {
		return nil, fmt.Errorf("%w: the token is in no ad-hoc sub-process", ErrState)
	}
	return scope, nil
}

// Cancel ends the instance from outside.
func (s *Session) Cancel() error {
	if err := s.running(); err != nil {
		return err
	}
	s.end(Canceled, "")
	return s.finish()
}
