package compiler

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// builder turns checked elements into a model.
type builder struct {
	options Options
	root    *Element
	check   *checker
	model   *bpmn.Model
	names   *names
	lists   map[*feel.Type]*feel.Type // list types by their items'
	nodes   map[*Element]int
	source  []*Element // of each node
	flows   map[*Element]int
	process map[string]int // processes by id
	data    map[string]int // variables of data elements by id
	roles   map[string]int
	lanes   map[string]int // roles of flow nodes by id
	codes   map[string]int // messages, signals, errors and escalations by kind and text
}

func (b *builder) report(rule string, e *Element, format string, args ...any) {
	b.check.report(rule, e, format, args...)
}

// build compiles all executable processes and what they call.
func (b *builder) build() *bpmn.Model {
	b.model.Name = b.root.title()
	b.declare()
	var roots []*Element
	for _, e := range b.callables() {
		b.process[e.id()] = len(b.model.Processes)
		executable := e.is("process") && e.flag("isExecutable", false)
		b.model.Processes = append(b.model.Processes, bpmn.Process{ID: e.id(), Name: e.Attr("name"), Executable: executable, Role: bpmn.None})
		roots = append(roots, e)
	}
	if len(roots) == 0 {
		b.report("EXEC", b.root, "no process is marked isExecutable=\"true\"")
		return nil
	}
	b.participants()
	for i, e := range roots {
		b.model.Processes[i].Node = b.container(e, bpmn.None, bpmn.ProcessRoot)
	}
	for i, e := range b.source {
		b.node(i, e)
	}
	for i, e := range roots {
		if r := e.extension(Namespace, "remainder"); r != nil {
			b.model.Processes[i].Remainder = b.value(r, r.Attr("to"))
		}
	}
	b.model.Variables = b.names.list
	return b.model
}

// callables are the executable processes, then the processes and global tasks
// that they call.
func (b *builder) callables() []*Element {
	var out []*Element
	seen := map[*Element]bool{}
	add := func(e *Element) {
		if e != nil && !seen[e] && (e.is("process") || strings.HasPrefix(e.Name, "global")) {
			seen[e] = true
			out = append(out, e)
		}
	}
	for _, e := range b.root.all("process") {
		if e.flag("isExecutable", false) {
			add(e)
		}
	}
	for i := 0; i < len(out); i++ {
		out[i].walk(func(e *Element) {
			if e.is("callActivity") {
				add(b.check.byID[b.called(e)])
			}
		})
	}
	return out
}

// called is the id of what a call activity calls.
func (b *builder) called(e *Element) string {
	if x := e.extension(Namespace, "process"); x != nil && x.Attr("ref") != "" {
		return x.Attr("ref")
	}
	if x := e.extension(nsZeebe, "calledElement"); x != nil && x.Attr("processId") != "" {
		return x.Attr("processId")
	}
	return local(e.Attr("calledElement"))
}

// declare gives every data element its variable. The data of a call are those of
// what it calls.
func (b *builder) declare() {
	b.root.walk(func(e *Element) {
		switch e.Name {
		case "dataObject", "property", "dataInput", "dataOutput", "dataStore", "inputDataItem", "outputDataItem":
			if e.id() != "" || e.Attr("name") != "" {
				b.data[e.id()] = b.names.typed(e.title(), b.structure(e))
			}
		}
	})
	b.root.walk(func(e *Element) {
		switch {
		case e.is("dataObjectReference"), e.is("dataStoreReference"):
			target := b.check.ref(e, strings.TrimSuffix(e.Name, "Reference")+"Ref")
			if target != nil {
				b.data[e.id()] = b.data[target.id()]
			} else {
				b.data[e.id()] = b.names.variable(e.title())
			}
		case e.is("callActivity"):
			callee := b.check.byID[b.called(e)]
			if callee == nil || e.first("ioSpecification") == nil || callee.first("ioSpecification") == nil {
				return
			}
			for _, kind := range []string{"dataInput", "dataOutput"} {
				mine, theirs := e.first("ioSpecification").all(kind), callee.first("ioSpecification").all(kind)
				for i := range min(len(mine), len(theirs)) {
					b.data[mine[i].id()] = b.data[theirs[i].id()]
				}
			}
		}
	})
}

// participants gives processes and the nodes in lanes their roles.
func (b *builder) participants() {
	b.root.walk(func(e *Element) {
		switch {
		case e.is("participant"):
			if i, ok := b.process[local(e.Attr("processRef"))]; ok {
				b.model.Processes[i].Role = b.role(e.title())
			}
		case e.is("lane"):
			for _, id := range e.texts("flowNodeRef") {
				b.lanes[id] = b.role(e.title()) // lanes within lanes come later and win
			}
		}
	})
}

func (b *builder) role(name string) int {
	name = strings.Join(strings.Fields(name), " ")
	i, ok := b.roles[name]
	if !ok {
		i = len(b.model.Roles)
		b.roles[name] = i
		b.model.Roles = append(b.model.Roles, name)
	}
	return i
}

// kindsOf maps elements to kinds of nodes.
var kindsOf = map[string]bpmn.Kind{
	"task": bpmn.Task, "manualTask": bpmn.Task, "userTask": bpmn.UserTask, "serviceTask": bpmn.ServiceTask, "businessRuleTask": bpmn.RuleTask,
	"scriptTask": bpmn.ScriptTask, "sendTask": bpmn.SendTask, "receiveTask": bpmn.ReceiveTask, "callActivity": bpmn.CallActivity,
	"subProcess": bpmn.SubProcess, "transaction": bpmn.Transaction, "adHocSubProcess": bpmn.AdHoc, "exclusiveGateway": bpmn.ExclusiveGateway,
	"parallelGateway": bpmn.ParallelGateway, "inclusiveGateway": bpmn.InclusiveGateway, "complexGateway": bpmn.ComplexGateway,
	"eventBasedGateway": bpmn.EventGateway, "startEvent": bpmn.StartEvent, "intermediateCatchEvent": bpmn.CatchEvent,
	"intermediateThrowEvent": bpmn.ThrowEvent, "implicitThrowEvent": bpmn.ThrowEvent, "boundaryEvent": bpmn.BoundaryEvent, "endEvent": bpmn.EndEvent,
	"globalTask": bpmn.Task, "globalManualTask": bpmn.Task, "globalUserTask": bpmn.UserTask, "globalScriptTask": bpmn.ScriptTask, "globalBusinessRuleTask": bpmn.RuleTask,
}

// add appends a node.
func (b *builder) add(e *Element, parent int, kind bpmn.Kind) int {
	i := len(b.model.Nodes)
	role := bpmn.None
	if r, ok := b.lanes[e.id()]; ok {
		role = r
	} else if parent != bpmn.None {
		role = b.model.Nodes[parent].Role
	} else if p, ok := b.process[e.id()]; ok {
		role = b.model.Processes[p].Role
	}
	b.model.Nodes = append(b.model.Nodes, bpmn.Node{
		Kind: kind, ID: clip(e.id()), Name: clip(strings.Join(strings.Fields(e.Attr("name")), " ")), Parent: parent, Default: bpmn.None, Role: role,
		Host: bpmn.None, StartQuantity: 1, CompletionQuantity: 1,
	})
	b.source = append(b.source, e)
	return i
}

// clip bounds an id or name.
func clip(s string) string {
	if len(s) > bpmn.MaxText {
		return strings.ToValidUTF8(s[:bpmn.MaxText], "")
	}
	return s
}

// container adds a container, the nodes in it and then its flows.
func (b *builder) container(e *Element, parent int, kind bpmn.Kind) int {
	i := b.add(e, parent, kind)
	b.nodes[e] = i
	if strings.HasPrefix(e.Name, "global") { // a process of one task
		task := b.add(e, i, kindsOf[e.Name])
		b.model.Nodes[i].Container = &bpmn.Container{Starts: []int{task}}
		b.model.Nodes[i].Name = clip(e.title())
		return i
	}
	for _, c := range e.Children {
		k, ok := kindsOf[c.Name]
		if c.Space != nsModel || !ok {
			continue
		}
		if eventSubProcess(c) {
			k = bpmn.EventSubProcess
		}
		if k.Container() {
			b.container(c, i, k)
		} else {
			b.nodes[c] = b.add(c, i, k)
		}
	}
	for _, f := range e.all("sequenceFlow") {
		b.flow(f)
	}
	b.model.Nodes[i].Container = b.inside(e, i)
	return i
}

func (b *builder) flow(e *Element) {
	source, okS := b.nodes[b.check.ref(e, "sourceRef")]
	target, okT := b.nodes[b.check.ref(e, "targetRef")]
	if !okS || !okT {
		b.report("REF", e, "its source or target is no node of the process")
		return
	}
	f := len(b.model.Flows)
	b.flows[e] = f
	flow := bpmn.Flow{ID: clip(e.id()), Name: clip(e.Attr("name")), Source: source, Target: target}
	if c := e.first("conditionExpression"); c != nil && b.model.Nodes[source].Kind != bpmn.ParallelGateway && b.model.Nodes[source].Kind != bpmn.EventGateway {
		flow.Condition = b.expression(c)
		flow.Again = b.model.Nodes[source].Kind == bpmn.ComplexGateway && strings.Contains(c.Text, "waitingForStart")
	}
	b.model.Flows = append(b.model.Flows, flow)
	b.model.Nodes[source].Out = append(b.model.Nodes[source].Out, f)
	b.model.Nodes[target].In = append(b.model.Nodes[target].In, f)
}

// inside finds where a container's flow begins.
func (b *builder) inside(e *Element, i int) *bpmn.Container {
	c := &bpmn.Container{}
	starts, instantiates := 0, false
	for n := i + 1; n < len(b.model.Nodes); n++ {
		if node := &b.model.Nodes[n]; node.Parent == i {
			x := b.source[n]
			switch {
			case node.Kind == bpmn.EventSubProcess:
				c.Events = append(c.Events, n)
			case node.Kind == bpmn.StartEvent:
				starts++
				if len(b.check.triggers(x)) == 0 || b.model.Nodes[i].Kind == bpmn.EventSubProcess {
					c.Starts = append(c.Starts, n)
				}
			case x.flag("instantiate", false):
				instantiates = true
			}
		}
	}
	if starts == 0 && !instantiates {
		c.Starts = b.loose(i)
	}
	for _, d := range e.all("dataObject", "property") {
		c.Locals = append(c.Locals, b.data[d.id()])
	}
	if e.is("adHocSubProcess") {
		c.Sequential = e.Attr("ordering") == "Sequential"
		c.CancelRemaining = e.flag("cancelRemainingInstances", true)
		x := e.extension(Namespace, "adHoc")
		c.Chosen = x != nil && x.Attr("start") == "chosen"
	}
	return c
}

// loose are the nodes of a container without start event that begin at once:
// those without incoming flow.
func (b *builder) loose(i int) (out []int) {
	for n := i + 1; n < len(b.model.Nodes); n++ {
		node, x := &b.model.Nodes[n], b.source[n]
		if node.Parent != i || len(node.In) > 0 || node.Kind == bpmn.BoundaryEvent || node.Kind == bpmn.EventSubProcess || x.flag("isForCompensation", false) {
			continue
		}
		if node.Kind == bpmn.CatchEvent && b.check.triggered(x, "link") {
			continue
		}
		out = append(out, n)
	}
	return out
}

// code is the index of a text in a list, which is added when it is new.
func (b *builder) code(kind string, list *[]string, text string) int {
	key := kind + "\x00" + text
	i, ok := b.codes[key]
	if !ok {
		i = len(*list)
		b.codes[key] = i
		*list = append(*list, clip(text))
	}
	return i
}

// newBuilder starts on a checked file.
func newBuilder(root *Element, c *checker, options Options) *builder {
	return &builder{
		options: options, root: root, check: c, model: &bpmn.Model{}, names: newNames(), lists: map[*feel.Type]*feel.Type{}, nodes: map[*Element]int{},
		flows: map[*Element]int{}, process: map[string]int{}, data: map[string]int{}, roles: map[string]int{}, lanes: map[string]int{}, codes: map[string]int{},
	}
}

// errorf marks an element with what the engine does not execute.
func (b *builder) errorf(e *Element, format string, args ...any) {
	b.report("EXEC", e, "%s", fmt.Sprintf(format, args...))
}
