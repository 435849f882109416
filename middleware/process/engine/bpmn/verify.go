package bpmn

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// verifier collects the first thing that is wrong with a model.
type verifier struct {
	m   *Model
	err error
}

func (v *verifier) fail(format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf("%w: "+format, append([]any{feel.ErrMalformed}, args...)...)
	}
}

// check fails unless ok.
func (v *verifier) check(ok bool, format string, args ...any) {
	if !ok {
		v.fail(format, args...)
	}
}

// in reports whether i is an index below n, or None where that is allowed.
func (v *verifier) in(i, n int, optional bool, what string) bool {
	ok := i >= 0 && i < n || optional && i == None
	v.check(ok, "%s %d of %d", what, i, n)
	return ok
}

// Verify checks that a model is consistent and within its limits, and prepares
// it for use. Models that come from Decode have been verified.
func (m *Model) Verify() error {
	v := &verifier{m: m}
	v.check(len(m.Processes) > 0, "there is no process")
	for i := range m.Variables {
		v.check(m.Variables[i].Meaning <= WaitingForStart, "meaning of variable %q", m.Variables[i].Name)
	}
	v.structure()
	if v.err != nil {
		return v.err
	}
	v.flows()
	for i := range m.Nodes {
		if v.err == nil {
			v.node(i)
		}
	}
	joins := 0
	for i := range m.Nodes {
		if k := m.Nodes[i].Kind; (k == InclusiveGateway || k == ComplexGateway) && len(m.Nodes[i].In) > 1 {
			joins += len(m.Nodes[i].In)
		}
	}
	v.check(joins <= MaxJoins, "%d flows into inclusive and complex gateways, at most %d are allowed", joins, MaxJoins)
	if v.err == nil {
		m.prepareJoins()
	}
	return v.err
}

// structure checks who is inside whom.
func (v *verifier) structure() {
	m := v.m
	depth := make([]int, len(m.Nodes))
	for i := range m.Nodes {
		n := &m.Nodes[i]
		v.check(n.Kind < kinds, "node %d is of kind %d", i, n.Kind)
		v.check((n.Kind == ProcessRoot) == (n.Parent == None), "node %q is in no process", n.ID)
		v.check(n.Kind.Container() == (n.Container != nil), "node %q is %s and says what is inside", n.ID, n.Kind)
		if n.Parent == None {
			continue
		}
		if n.Parent < 0 || n.Parent >= i || m.Nodes[n.Parent].Container == nil {
			v.fail("node %q is inside node %d, which is not a container before it", n.ID, n.Parent)
			return
		}
		depth[i] = depth[n.Parent] + 1
		v.check(depth[i] <= MaxNesting, "node %q is nested %d deep, at most %d are allowed", n.ID, depth[i], MaxNesting)
	}
	for i := range m.Processes {
		p := &m.Processes[i]
		v.in(p.Role, len(m.Roles), true, "role of a process")
		if v.in(p.Node, len(m.Nodes), false, "node of a process") {
			v.check(m.Nodes[p.Node].Kind == ProcessRoot, "process %q is node %q, which is no process", p.ID, m.Nodes[p.Node].ID)
		}
	}
}

// flows checks that flows and nodes agree.
func (v *verifier) flows() {
	m := v.m
	out, in := make([]int, len(m.Flows)), make([]int, len(m.Flows))
	for i := range m.Nodes {
		for _, f := range m.Nodes[i].Out {
			if v.in(f, len(m.Flows), false, "outgoing flow") {
				out[f]++
				v.check(m.Flows[f].Source == i, "flow %q does not start at %q", m.Flows[f].ID, m.Nodes[i].ID)
			}
		}
		for _, f := range m.Nodes[i].In {
			if v.in(f, len(m.Flows), false, "incoming flow") {
				in[f]++
				v.check(m.Flows[f].Target == i, "flow %q does not end at %q", m.Flows[f].ID, m.Nodes[i].ID)
			}
		}
	}
	for i := range m.Flows {
		f := &m.Flows[i]
		v.check(out[i] == 1 && in[i] == 1, "flow %q is %d times outgoing and %d times incoming", f.ID, out[i], in[i])
		if v.err == nil {
			v.check(m.Nodes[f.Source].Parent == m.Nodes[f.Target].Parent && m.Nodes[f.Source].Parent != None, "flow %q crosses a border", f.ID)
		}
	}
}

func (v *verifier) node(i int) {
	m, n := v.m, &v.m.Nodes[i]
	v.in(n.Role, len(m.Roles), true, "role")
	v.check(n.StartQuantity >= 1 && n.CompletionQuantity >= 1, "quantities of %q are below 1", n.ID)
	own := n.Default == None
	for _, f := range n.Out {
		own = own || f == n.Default
	}
	v.check(own, "the default flow of %q is not one of its own", n.ID)
	for t := range n.Triggers {
		v.trigger(n, &n.Triggers[t])
	}
	v.check(n.Loop == nil || n.Kind.Activity() && n.Kind != EventSubProcess, "%q repeats but is no activity", n.ID)
	v.check(!n.Compensates || n.Kind.Activity() && len(n.In)+len(n.Out) == 0, "%q is no compensation handler", n.ID)
	v.host(n)
	v.loop(n)
	v.mappings(n.Inputs)
	v.mappings(n.Outputs)
	v.work(n)
	v.container(i)
	v.event(n)
}

// host checks what boundary events and compensation handlers belong to.
func (v *verifier) host(n *Node) {
	if n.Kind == BoundaryEvent || n.Host != None {
		v.check(n.Kind == BoundaryEvent || n.Compensates, "%q has a host but is neither boundary event nor handler", n.ID)
		if v.in(n.Host, len(v.m.Nodes), n.Compensates, "host") && n.Host != None {
			h := &v.m.Nodes[n.Host]
			v.check(h.Kind.Activity() && h.Kind != EventSubProcess && h.Parent == n.Parent, "%q is attached to %q", n.ID, h.ID)
		}
	}
}

func (v *verifier) mappings(list []Mapping) {
	for _, m := range list {
		v.in(m.Target, len(v.m.Variables), false, "target of a mapping")
	}
}

func (v *verifier) loop(n *Node) {
	l := n.Loop
	if l == nil {
		return
	}
	v.in(l.Item, len(v.m.Variables), true, "item variable")
	v.in(l.Results, len(v.m.Variables), true, "result variable")
	v.check(!l.Multi || l.Cardinality != nil || l.Items != nil, "%q has no number of instances", n.ID)
	v.check(l.Multi || l.Condition != nil || l.Maximum > 0, "the loop of %q has no end", n.ID)
	v.check(l.Behavior <= BehaviorComplex, "behaviour of %q", n.ID)
	v.check(l.Event != nil || l.Behavior != BehaviorNone && l.Behavior != BehaviorOne, "%q throws no event", n.ID)
	if l.Event != nil {
		v.thrown(n, l.Event)
	}
	for i := range l.Complex {
		v.thrown(n, &l.Complex[i].Event)
	}
}

// thrown checks an event that the machine throws for a loop.
func (v *verifier) thrown(n *Node, t *Trigger) {
	v.check(t.Kind == Signal || t.Kind == Message || t.Kind == Escalation || t.Kind == Error, "%q throws a %s", n.ID, t.Kind)
	v.trigger(n, t)
}

// trigger checks what an event definition refers to.
func (v *verifier) trigger(n *Node, t *Trigger) {
	m := v.m
	switch t.Kind {
	case Message:
		v.in(t.Ref, len(m.Messages), false, "message")
	case Signal:
		v.in(t.Ref, len(m.Signals), false, "signal")
	case Error:
		v.in(t.Ref, len(m.Errors), true, "error")
	case Escalation:
		v.in(t.Ref, len(m.Escalations), true, "escalation")
	case Timer:
		v.check(t.Timer <= Cycle && t.Expr != nil, "timer of %q", n.ID)
	case Conditional:
		v.check(t.Expr != nil, "%q has no condition", n.ID)
	case Link:
		if n.Kind == ThrowEvent && v.in(t.Ref, len(m.Nodes), false, "link") {
			to := &m.Nodes[t.Ref]
			v.check(to.Kind == CatchEvent && to.Parent == n.Parent, "%q links to %q", n.ID, to.ID)
		}
	case Compensation:
		if v.in(t.Ref, len(m.Nodes), true, "activity to compensate") && t.Ref != None {
			v.check(m.Nodes[t.Ref].Kind.Activity(), "%q compensates %q", n.ID, m.Nodes[t.Ref].ID)
		}
	case Cancel, Terminate:
	default:
		v.fail("trigger of kind %d", t.Kind)
	}
}

// allowed lists the triggers of each kind of event (BPMN 2.0 table 10.93).
var allowed = map[Kind]uint{
	StartEvent:    1<<Message | 1<<Timer | 1<<Signal | 1<<Error | 1<<Escalation | 1<<Conditional | 1<<Compensation,
	CatchEvent:    1<<Message | 1<<Timer | 1<<Signal | 1<<Conditional | 1<<Link,
	ThrowEvent:    1<<Message | 1<<Signal | 1<<Escalation | 1<<Link | 1<<Compensation,
	BoundaryEvent: 1<<Message | 1<<Timer | 1<<Signal | 1<<Error | 1<<Escalation | 1<<Conditional | 1<<Compensation | 1<<Cancel,
	EndEvent:      1<<Message | 1<<Signal | 1<<Error | 1<<Escalation | 1<<Compensation | 1<<Cancel | 1<<Terminate,
}

func (v *verifier) event(n *Node) {
	for _, t := range n.Triggers {
		v.check(allowed[n.Kind]>>t.Kind&1 == 1, "%s %q with a %s trigger", n.Kind, n.ID, t.Kind)
		v.check(t.Kind != Link || len(n.Triggers) == 1, "%q is a link and more", n.ID)
	}
	v.check(len(n.Triggers) > 0 || n.Kind != BoundaryEvent && n.Kind != CatchEvent, "%s %q waits for nothing", n.Kind, n.ID)
	v.check(len(n.Triggers) <= 64, "%q has %d triggers, at most 64 are allowed", n.ID, len(n.Triggers))
	if n.Kind == EventGateway {
		for _, f := range n.Out {
			to := &v.m.Nodes[v.m.Flows[f].Target]
			v.check(to.Kind == ReceiveTask || to.Kind == CatchEvent && len(to.Triggers) > 0 && to.Triggers[0].Kind != Link, "event gateway %q leads to %q", n.ID, to.ID)
		}
	}
}

func (v *verifier) work(n *Node) {
	w := n.Work
	needed := n.Kind >= UserTask && n.Kind <= CallActivity
	v.check(needed == (w != nil), "work of %q", n.ID)
	if w == nil {
		return
	}
	v.check(w.Kind < workKinds, "work of %q is of kind %d", n.ID, w.Kind)
	v.in(w.Result, len(v.m.Variables), true, "result variable")
	v.in(w.Process, len(v.m.Processes), true, "called process")
	v.check(w.Kind != Evaluate || w.Value != nil, "%q evaluates nothing", n.ID)
	v.check(w.Kind != Contract || w.Target != nil, "%q calls no contract", n.ID)
	v.check(w.Kind != Call || w.Process != None || w.Name != "", "%q calls no process", n.ID)
	message := w.Kind == SendMessage || w.Kind == AwaitMessage
	v.check(message == (w.Message != nil), "message of %q", n.ID)
	if w.Message != nil {
		v.check(w.Message.Kind == Message, "message of %q", n.ID)
		v.trigger(n, w.Message)
	}
}

func (v *verifier) container(i int) {
	n := &v.m.Nodes[i]
	c := n.Container
	if c == nil {
		return
	}
	for _, s := range c.Starts {
		if v.in(s, len(v.m.Nodes), false, "start") {
			v.check(v.m.Nodes[s].Parent == i && v.m.Nodes[s].Kind != EventSubProcess && !v.m.Nodes[s].Compensates && v.m.Nodes[s].Kind != BoundaryEvent, "%q cannot start %q", v.m.Nodes[s].ID, n.ID)
		}
	}
	for _, s := range c.Events {
		if v.in(s, len(v.m.Nodes), false, "event sub-process") {
			v.check(v.m.Nodes[s].Parent == i && v.m.Nodes[s].Kind == EventSubProcess, "%q is no event sub-process of %q", v.m.Nodes[s].ID, n.ID)
		}
	}
	for _, l := range c.Locals {
		v.in(l, len(v.m.Variables), false, "local variable")
	}
	if n.Kind == EventSubProcess && v.err == nil {
		ok := len(c.Starts) == 1 && v.m.Nodes[c.Starts[0]].Kind == StartEvent && len(v.m.Nodes[c.Starts[0]].Triggers) > 0
		v.check(ok && len(n.In)+len(n.Out) == 0, "event sub-process %q needs one start event with a trigger", n.ID)
	}
}
