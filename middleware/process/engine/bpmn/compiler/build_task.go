package compiler

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// work compiles what a task does.
func (b *builder) work(n *bpmn.Node, e *Element) *bpmn.Work {
	w := &bpmn.Work{Result: bpmn.None, Process: bpmn.None}
	b.result(w, e)
	switch {
	case b.contract(w, e):
	case n.Kind == bpmn.UserTask:
		b.person(w, e)
	case n.Kind == bpmn.SendTask:
		b.sends(w, e)
	case n.Kind == bpmn.ReceiveTask:
		t := b.message(e, e)
		w.Kind, w.Message, n.Instantiate = bpmn.AwaitMessage, &t, e.flag("instantiate", false)
	case n.Kind == bpmn.ScriptTask:
		b.script(w, e)
	case n.Kind == bpmn.RuleTask:
		b.rule(w, e)
	case n.Kind == bpmn.CallActivity:
		w.Kind, w.Name = bpmn.Call, clip(b.called(e))
		if p, ok := b.process[w.Name]; ok {
			w.Process = p
		}
		if w.Name == "" {
			b.errorf(e, "the call activity says not what it calls")
		}
	default:
		b.job(w, e)
	}
	for _, p := range e.extensions(Namespace, "pay") {
		to, amount := b.value(p, p.Attr("to")), b.value(p, p.Attr("amount"))
		if to == nil || amount == nil {
			b.errorf(p, "a payment needs to and amount")
			continue
		}
		w.Pays = append(w.Pays, bpmn.Payment{To: to, Amount: amount, Asset: b.value(p, p.Attr("asset"))})
	}
	return w
}

// vendorAttr is the value of an attribute that Camunda 7, Flowable and Activiti
// share.
func vendorAttr(e *Element, name string) string {
	for _, space := range []string{nsCamunda, nsFlow, nsActiv} {
		if s := e.AttrNS(space, name); s != "" {
			return s
		}
	}
	return ""
}

// result finds the variable that takes a task's result.
func (b *builder) result(w *bpmn.Work, e *Element) {
	name := vendorAttr(e, "resultVariable")
	for _, x := range []*Element{e.extension(nsZeebe, "script"), e.extension(nsZeebe, "calledDecision")} {
		if x != nil && x.Attr("resultVariable") != "" {
			name = x.Attr("resultVariable")
		}
	}
	for _, word := range []string{"call", "decision", "script"} {
		if x := e.extension(Namespace, word); x != nil && x.Attr("result") != "" {
			name = x.Attr("result")
		}
	}
	if name != "" {
		w.Result = b.names.variable(name)
	}
}

// contract compiles a call of a contract function.
func (b *builder) contract(w *bpmn.Work, e *Element) bool {
	x := e.extension(Namespace, "call")
	if x == nil {
		return false
	}
	w.Kind, w.Name = bpmn.Contract, clip(x.Attr("function"))
	w.Target, w.Amount, w.Gas = b.value(x, x.Attr("target")), b.value(x, x.Attr("value")), b.value(x, x.Attr("gas"))
	if w.Target == nil || w.Name == "" {
		b.errorf(x, "a call needs target and function")
	}
	for _, c := range x.Children {
		if c.Space == Namespace && c.Name == "arg" {
			if arg := b.value(c, c.Text); arg != nil {
				w.Args = append(w.Args, arg)
			}
		}
	}
	return true
}

func (b *builder) person(w *bpmn.Work, e *Element) {
	w.Kind = bpmn.Person
	assignee := vendorAttr(e, "assignee")
	if x := e.extension(nsZeebe, "assignmentDefinition"); x != nil {
		assignee = x.Attr("assignee")
	}
	if x := e.extension(Namespace, "role"); x != nil && x.Attr("assignee") != "" {
		assignee = x.Attr("assignee")
	}
	w.Assignee = b.value(e, assignee)
	if w.Assignee != nil {
		return
	}
	for _, p := range e.all("potentialOwner", "performer", "humanPerformer", "resourceRole") {
		if x := p.first("resourceAssignmentExpression"); x != nil {
			w.Assignee = b.expression(x.first("formalExpression", "expression"))
		}
	}
}

func (b *builder) sends(w *bpmn.Work, e *Element) {
	if e.Attr("messageRef") == "" && e.Attr("operationRef") == "" || e.extension(nsZeebe, "taskDefinition") != nil {
		b.job(w, e)
		return
	}
	t := b.message(e, e)
	w.Kind, w.Message = bpmn.SendMessage, &t
}

// script compiles FEEL scripts; others become jobs that carry their text.
func (b *builder) script(w *bpmn.Work, e *Element) {
	if x := e.extension(nsZeebe, "script"); x != nil {
		w.Kind, w.Value = bpmn.Evaluate, b.value(x, x.Attr("expression"))
		if w.Value == nil {
			w.Value = constant(nil)
		}
		return
	}
	format := e.Attr("scriptFormat") + e.Attr("scriptLanguage")
	text := ""
	if s := e.first("script"); s != nil {
		text = s.Text
	}
	if text != "" && strings.Contains(strings.ToLower(format), "feel") {
		w.Kind, w.Value = bpmn.Evaluate, b.text(e, text)
		return
	}
	b.job(w, e)
	w.Text = text
	if w.Name == e.id() && format != "" {
		w.Name = clip(format)
	}
}

// rule compiles the decision that a business rule task names.
func (b *builder) rule(w *bpmn.Work, e *Element) {
	name := vendorAttr(e, "decisionRef") + vendorAttr(e, "decisionTableReferenceKey")
	if x := e.extension(nsZeebe, "calledDecision"); x != nil {
		name = x.Attr("decisionId")
	}
	if x := e.extension(Namespace, "decision"); x != nil {
		name = x.Attr("ref")
	}
	if name == "" {
		b.job(w, e)
		return
	}
	w.Kind, w.Name = bpmn.Decide, clip(name)
}

// job compiles work for somebody outside; the type is the element's id unless the
// model names one.
func (b *builder) job(w *bpmn.Work, e *Element) {
	w.Kind = bpmn.Job
	if expr := vendorAttr(e, "expression"); expr != "" {
		w.Kind, w.Value = bpmn.Evaluate, b.text(e, expr)
		return
	}
	w.Name = e.id()
	if op := b.check.ref(e, "operationRef"); op != nil {
		w.Name = op.title()
	}
	if topic := vendorAttr(e, "topic"); topic != "" {
		w.Name = topic
	}
	if x := e.extension(nsZeebe, "taskDefinition"); x != nil && x.Attr("type") != "" {
		w.Name = strings.TrimPrefix(x.Attr("type"), "=")
	}
	if x := e.extension(Namespace, "job"); x != nil && x.Attr("type") != "" {
		w.Name = x.Attr("type")
	}
	w.Name = clip(w.Name)
}
