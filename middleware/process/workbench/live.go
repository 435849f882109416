package workbench

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// liveness finds, for each node, which variables may be read from there on before
// they are set. It follows every flow, whatever its condition.
type liveness struct {
	m      *Model
	before []bitset // by node: when a token comes to it
	sizes  int
}

type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }
func (b bitset) add(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) drop(i int)     { b[i/64] &^= 1 << (i % 64) }

// join adds another set and reports whether that brought anything.
func (b bitset) join(other bitset) (more bool) {
	for i, w := range other {
		more = more || w&^b[i] != 0
		b[i] |= w
	}
	return more
}

// liveAtStart says which variables a process may read before it has set them.
func liveAtStart(m *Model, process int) []bool {
	l := &liveness{m: m, before: make([]bitset, len(m.Nodes)), sizes: (len(m.Variables) + 63) / 64}
	for i := range l.before {
		l.before[i] = l.set()
	}
	for changed := true; changed; {
		changed = false
		for i := len(m.Nodes) - 1; i >= 0; i-- {
			changed = l.before[i].join(l.node(i)) || changed
		}
	}
	live := l.before[m.Processes[process].Node]
	out := make([]bool, len(m.Variables))
	for i := range out {
		out[i] = live.has(i)
	}
	return out
}

func (l *liveness) set() bitset { return make(bitset, l.sizes) }

// read adds the variables that expressions read.
func (l *liveness) read(s bitset, list ...feel.Expr) {
	for _, x := range list {
		if x == nil {
			continue
		}
		if g, ok := x.(*feel.Global); ok {
			s.add(g.Index)
		}
		l.read(s, feel.Children(x)...)
	}
}

// node is what is live before a node, as far as is known of the others.
func (l *liveness) node(i int) bitset {
	n := &l.m.Nodes[i]
	s := l.after(i)
	l.done(s, n)
	for _, mapping := range n.Outputs {
		s.drop(mapping.Target)
	}
	if n.Work != nil && n.Work.Result != bpmn.None {
		s.drop(n.Work.Result)
	}
	if n.Loop != nil && n.Loop.Results != bpmn.None {
		s.drop(n.Loop.Results)
	}
	l.mapped(s, i, n)
	if n.Container != nil {
		l.inside(s, i, n)
	}
	if w := n.Work; w != nil && w.Kind == bpmn.Call && w.Process != bpmn.None && len(n.Inputs) == 0 {
		s.join(l.before[l.m.Processes[w.Process].Node])
	}
	l.begun(s, i, n)
	return s
}

// after is what is live when a token leaves a node.
func (l *liveness) after(i int) bitset {
	n, s := &l.m.Nodes[i], l.set()
	for _, f := range n.Out {
		l.read(s, l.m.Flows[f].Condition)
		s.join(l.before[l.m.Flows[f].Target])
	}
	for t := range n.Triggers {
		if trigger := &n.Triggers[t]; n.Kind == bpmn.ThrowEvent && trigger.Kind == bpmn.Link {
			s.join(l.before[trigger.Ref])
		}
	}
	if n.Kind == bpmn.EndEvent || len(n.Out) == 0 {
		s.join(l.left(n.Parent))
	}
	for h := range l.m.Nodes { // what undoes it later
		if handler := &l.m.Nodes[h]; handler.Compensates && handler.Host == i {
			s.join(l.before[h])
		}
	}
	return s
}

// left is what is live when the flow in a container has ended.
func (l *liveness) left(container int) bitset {
	s := l.set()
	if container == bpmn.None {
		return s
	}
	n := &l.m.Nodes[container]
	if n.Kind == bpmn.ProcessRoot {
		for _, p := range l.m.Processes {
			if p.Node == container {
				l.read(s, p.Remainder)
			}
		}
		return s
	}
	s.join(l.after(container))
	l.read(s, n.Condition)
	for _, mapping := range n.Outputs {
		s.drop(mapping.Target)
		l.read(s, mapping.Value)
	}
	return s
}

// done is what is read once the work of a node is done and its results are set.
func (l *liveness) done(s bitset, n *bpmn.Node) {
	if n.Work != nil {
		for _, p := range n.Work.Pays {
			l.read(s, p.To, p.Amount, p.Asset)
		}
	}
	if n.Loop != nil {
		l.read(s, n.Loop.Condition)
		for _, c := range n.Loop.Complex {
			l.read(s, c.Condition)
		}
	}
}

// mapped is what the mappings of results read that the step itself does not
// bring.
func (l *liveness) mapped(s bitset, i int, n *bpmn.Node) {
	if n.Container != nil { // see left
		return
	}
	brought, results := l.set(), l.set()
	if form, ok := l.m.Step(i); ok {
		for _, field := range form.Fields {
			brought.add(l.m.VariableIndex(field.Name))
		}
	}
	if n.Work != nil && n.Work.Result != bpmn.None {
		brought.add(n.Work.Result)
	}
	for _, mapping := range n.Outputs {
		l.read(results, mapping.Value)
	}
	if n.Loop != nil {
		l.read(results, n.Loop.Result)
	}
	for w := range results {
		s[w] |= results[w] &^ brought[w]
	}
}

// inside is what the nodes of a container read. The variables that belong to a
// sub-process begin empty.
func (l *liveness) inside(s bitset, i int, n *bpmn.Node) {
	for _, start := range n.Container.Starts {
		s.join(l.before[start])
	}
	for _, event := range n.Container.Events {
		s.join(l.before[event])
	}
	if n.Kind != bpmn.ProcessRoot {
		for _, local := range n.Container.Locals {
			s.drop(local)
		}
	}
	if len(n.Container.Starts) == 0 {
		for x := range l.m.Nodes {
			if l.m.Nodes[x].Parent == i && len(l.m.Nodes[x].In) == 0 && l.m.Nodes[x].Kind != bpmn.BoundaryEvent {
				s.join(l.before[x])
			}
		}
	}
}

// begun is what is read when a token comes to a node. What its inputs set is its
// own.
func (l *liveness) begun(s bitset, i int, n *bpmn.Node) {
	if w := n.Work; w != nil {
		l.read(s, w.Value, w.Target, w.Amount, w.Gas, w.Assignee)
		l.read(s, w.Args...)
		if w.Message != nil {
			l.read(s, w.Message.Expr)
		}
	}
	for _, mapping := range n.Inputs {
		s.drop(mapping.Target)
	}
	for _, mapping := range n.Inputs {
		l.read(s, mapping.Value)
	}
	if n.Loop != nil {
		if n.Loop.Item != bpmn.None {
			s.drop(n.Loop.Item)
		}
		l.read(s, n.Loop.Items, n.Loop.Cardinality)
	}
	l.read(s, n.Condition)
	for t := range n.Triggers {
		l.read(s, n.Triggers[t].Expr)
	}
	for b := range l.m.Nodes { // events on its border, whose outputs it does not wait for
		if l.m.Nodes[b].Kind == bpmn.BoundaryEvent && l.m.Nodes[b].Host == i {
			s.join(l.before[b])
		}
	}
}
