package compiler

import (
	"strconv"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// node fills in what a node is beyond its place and flows.
func (b *builder) node(i int, e *Element) {
	n := &b.model.Nodes[i]
	if d := e.Attr("default"); d != "" {
		if f, ok := b.flows[b.check.byID[local(d)]]; ok {
			n.Default = f
		}
	}
	switch {
	case n.Kind == bpmn.ProcessRoot:
	case n.Kind.Gateway():
		n.Condition = b.expression(e.first("activationCondition"))
		n.Instantiate = e.flag("instantiate", false)
		n.All = e.Attr("eventGatewayType") == "Parallel"
	case n.Kind.Activity():
		b.activity(n, e)
	default:
		b.event(n, e)
	}
}

func (b *builder) activity(n *bpmn.Node, e *Element) {
	n.StartQuantity, n.CompletionQuantity = b.quantity(e, "startQuantity"), b.quantity(e, "completionQuantity")
	n.Compensates = e.flag("isForCompensation", false)
	if r := e.extension(Namespace, "role"); r != nil && r.Attr("name") != "" {
		n.Role = b.role(r.Attr("name"))
	}
	for _, p := range e.all("potentialOwner", "performer", "humanPerformer", "resourceRole") {
		if r := b.check.byID[local(strings.Join(p.texts("resourceRef"), ""))]; r != nil {
			n.Role = b.role(r.title())
		}
	}
	n.Inputs, n.Outputs = b.mappings(e)
	n.Loop = b.loop(n, e)
	switch n.Kind {
	case bpmn.SubProcess, bpmn.Transaction, bpmn.EventSubProcess, bpmn.Task:
	case bpmn.AdHoc:
		n.Condition = b.expression(e.first("completionCondition"))
	default:
		n.Work = b.work(n, e)
	}
	if x := e.extension(Namespace, "pay"); x != nil && n.Work == nil {
		b.errorf(x, "only user, service, rule, script, send, receive and call tasks make payments")
	}
}

func (b *builder) quantity(e *Element, name string) int {
	if !e.has(name) {
		return 1
	}
	q, err := strconv.Atoi(strings.TrimSpace(e.Attr(name)))
	if err != nil || q < 1 || q > bpmn.MaxQuantity {
		b.errorf(e, "%s %q is not between 1 and %d", name, e.Attr(name), bpmn.MaxQuantity)
		return 1
	}
	return q
}

// event compiles an event's triggers and data.
func (b *builder) event(n *bpmn.Node, e *Element) {
	n.All = e.flag("parallelMultiple", false)
	n.Interrupting = e.flag("cancelActivity", true)
	if e.is("startEvent") {
		n.Interrupting = e.flag("isInterrupting", true)
	}
	n.Inputs, n.Outputs = b.mappings(e)
	for _, d := range b.check.triggers(e) {
		if t, ok := b.trigger(e, d); ok {
			n.Triggers = append(n.Triggers, t)
		}
	}
	if n.All && len(n.Triggers) > 1 && e.is("startEvent") && e.Parent.is("process") {
		b.errorf(e, "a process does not start by several triggers together; let a parallel event gateway with instantiate=\"true\" lead to them")
	}
	if n.Kind != bpmn.BoundaryEvent {
		return
	}
	host, ok := b.nodes[b.check.ref(e, "attachedToRef")]
	if !ok {
		b.report("REF", e, "attachedToRef %q is no activity of the process", e.Attr("attachedToRef"))
		return
	}
	n.Host = host
	if a := b.check.joined[e.id()]; a != nil && b.check.triggered(e, "compensate") {
		if handler, ok := b.nodes[b.check.ref(a, "targetRef")]; ok && b.model.Nodes[handler].Parent == n.Parent {
			b.model.Nodes[handler].Host = host
		}
	}
}

// trigger compiles an event definition of e; false when it adds nothing.
func (b *builder) trigger(e, d *Element) (bpmn.Trigger, bool) {
	t := bpmn.Trigger{Ref: bpmn.None}
	switch d.Name {
	case "messageEventDefinition":
		t = b.message(e, d)
	case "timerEventDefinition":
		return b.timer(d)
	case "signalEventDefinition":
		t.Kind = bpmn.Signal
		name := local(d.Attr("signalRef"))
		if s := b.check.ref(d, "signalRef"); s != nil {
			name = s.title()
		}
		t.Ref = b.code("signal", &b.model.Signals, name)
	case "errorEventDefinition":
		t.Kind = bpmn.Error
		t.Ref = b.coded(d, "errorRef", "errorCode", "error", &b.model.Errors)
	case "escalationEventDefinition":
		t.Kind = bpmn.Escalation
		t.Ref = b.coded(d, "escalationRef", "escalationCode", "escalation", &b.model.Escalations)
	case "conditionalEventDefinition":
		t.Kind = bpmn.Conditional
		if t.Expr = b.expression(d.first("condition")); t.Expr == nil {
			t.Expr = constant(nil)
		}
	case "linkEventDefinition":
		t.Kind = bpmn.Link
		t.Ref = b.link(e, d)
	case "compensateEventDefinition":
		t.Kind, t.Wait = bpmn.Compensation, d.flag("waitForCompletion", true)
		if a, ok := b.nodes[b.check.ref(d, "activityRef")]; ok && d.Attr("activityRef") != "" {
			t.Ref = a
		}
	case "cancelEventDefinition":
		t.Kind = bpmn.Cancel
	case "terminateEventDefinition":
		t.Kind = bpmn.Terminate
	default:
		return t, false
	}
	return t, true
}

// coded is the index of the code of an error or escalation; None catches all.
func (b *builder) coded(d *Element, ref, attr, kind string, list *[]string) int {
	target := b.check.ref(d, ref)
	if target == nil {
		return bpmn.None
	}
	code := target.Attr(attr)
	if code == "" {
		code = target.title()
	}
	return b.code(kind, list, code)
}

// message compiles a reference to a message.
func (b *builder) message(e, d *Element) bpmn.Trigger {
	t := bpmn.Trigger{Kind: bpmn.Message}
	m := b.check.ref(d, "messageRef")
	if m == nil {
		op := b.check.ref(d, "operationRef")
		if op == nil {
			op = b.check.byID[strings.Join(d.texts("operationRef"), "")]
		}
		if op != nil {
			m = b.check.byID[strings.Join(op.texts("inMessageRef"), "")]
		}
	}
	name := e.id()
	if m != nil {
		name = m.title()
		if s := m.extension(nsZeebe, "subscription"); s != nil {
			t.Expr = b.value(s, s.Attr("correlationKey"))
		}
		if s := m.extension(Namespace, "subscription"); s != nil {
			t.Expr = b.value(s, s.Attr("key"))
		}
	}
	t.Ref = b.code("message", &b.model.Messages, name)
	for _, c := range b.root.all("collaboration") {
		for _, f := range c.all("messageFlow") {
			if local(f.Attr("sourceRef")) == e.id() {
				t.Away = true
			}
		}
	}
	return t
}

// timer compiles when a timer fires: ISO 8601 text or an expression.
func (b *builder) timer(d *Element) (bpmn.Trigger, bool) {
	t := bpmn.Trigger{Kind: bpmn.Timer, Ref: bpmn.None}
	for i, name := range []string{"timeDate", "timeDuration", "timeCycle"} {
		if x := d.first(name); x != nil {
			t.Timer = bpmn.TimerKind(i)
			if computed(x.Text) {
				t.Expr = b.expression(x)
			} else {
				t.Expr = b.value(x, x.Text)
			}
		}
	}
	if t.Expr == nil {
		b.errorf(d, "the timer says no time")
		return t, false
	}
	return t, true
}

// link is the node that a link leads to: by target, else by name.
func (b *builder) link(e, d *Element) int {
	if !e.is("intermediateThrowEvent") {
		return bpmn.None
	}
	for _, name := range d.texts("target") {
		if target := b.check.byID[name]; target != nil {
			if n, ok := b.nodes[target.Parent]; ok {
				return n
			}
		}
	}
	for _, c := range e.Parent.all("intermediateCatchEvent") {
		for _, x := range b.check.triggers(c) {
			if x.is("linkEventDefinition") && x.Attr("name") == d.Attr("name") && d.Attr("name") != "" {
				return b.nodes[c]
			}
		}
	}
	b.errorf(d, "the link %q leads nowhere", d.Attr("name"))
	return 0
}
