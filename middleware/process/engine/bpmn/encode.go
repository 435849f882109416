package bpmn

import "github.com/cybermiles/cybermiles/middleware/rules/engine/feel"

// magic starts every compiled model; its last byte is the version of the format.
var magic = []byte{'C', 'M', 'B', 'P', 1}

// Encode is the binary form of a model. Equal models have equal bytes.
func (m *Model) Encode() []byte {
	e := writer{feel.NewEncoder(nil)}
	e.String(m.Name)
	e.Uint(uint64(len(m.Variables)))
	for _, v := range m.Variables {
		e.String(v.Name)
		e.Type(v.Type)
		e.Byte(byte(v.Meaning))
	}
	for _, list := range [][]string{m.Messages, m.Signals, m.Errors, m.Escalations, m.Roles} {
		e.texts(list)
	}
	e.Uint(uint64(len(m.Processes)))
	e.Uint(uint64(len(m.Nodes)))
	e.Uint(uint64(len(m.Flows)))
	for i := range m.Processes {
		p := &m.Processes[i]
		e.String(p.ID)
		e.String(p.Name)
		e.index(p.Node)
		e.Bool(p.Executable)
		e.index(p.Role)
		e.Optional(p.Remainder)
	}
	for i := range m.Nodes {
		e.node(&m.Nodes[i])
	}
	for i := range m.Flows {
		f := &m.Flows[i]
		e.String(f.ID)
		e.String(f.Name)
		e.index(f.Source)
		e.index(f.Target)
		e.Optional(f.Condition)
		e.Bool(f.Again)
	}
	return append(append([]byte{}, magic...), e.Bytes()...)
}

type writer struct{ *feel.Encoder }

// index writes an index that may be None.
func (e writer) index(i int) { e.Uint(uint64(i + 1)) }

func (e writer) indexes(list []int) {
	e.Uint(uint64(len(list)))
	for _, i := range list {
		e.index(i)
	}
}

func (e writer) texts(list []string) {
	e.Uint(uint64(len(list)))
	for _, s := range list {
		e.String(s)
	}
}

func (e writer) node(n *Node) {
	e.Byte(byte(n.Kind))
	e.String(n.ID)
	e.String(n.Name)
	e.index(n.Parent)
	e.indexes(n.In)
	e.indexes(n.Out)
	e.index(n.Default)
	e.index(n.Role)
	e.Uint(uint64(len(n.Triggers)))
	for i := range n.Triggers {
		e.trigger(&n.Triggers[i])
	}
	e.index(n.Host)
	e.Byte(flags(n.All, n.Interrupting, n.Compensates, n.Instantiate, n.Loop != nil, n.Work != nil, n.Container != nil))
	e.Uint(uint64(n.StartQuantity))
	e.Uint(uint64(n.CompletionQuantity))
	if n.Loop != nil {
		e.loop(n.Loop)
	}
	e.mappings(n.Inputs)
	e.mappings(n.Outputs)
	if n.Work != nil {
		e.work(n.Work)
	}
	if c := n.Container; c != nil {
		e.indexes(c.Starts)
		e.indexes(c.Events)
		e.indexes(c.Locals)
		e.Byte(flags(c.Sequential, c.CancelRemaining, c.Chosen))
	}
	e.Optional(n.Condition)
}

// flags packs up to eight truth values, the first one lowest.
func flags(list ...bool) (b byte) {
	for i, set := range list {
		if set {
			b |= 1 << i
		}
	}
	return b
}

func (e writer) mappings(list []Mapping) {
	e.Uint(uint64(len(list)))
	for _, m := range list {
		e.index(m.Target)
		e.Expr(m.Value)
	}
}

func (e writer) trigger(t *Trigger) {
	e.Byte(byte(t.Kind))
	e.index(t.Ref)
	e.Byte(byte(t.Timer))
	e.Optional(t.Expr)
	e.Byte(flags(t.Wait, t.Away))
}

// optionalTrigger writes a trigger that may be nil.
func (e writer) optionalTrigger(t *Trigger) {
	e.Bool(t != nil)
	if t != nil {
		e.trigger(t)
	}
}

func (e writer) loop(l *Loop) {
	e.Byte(flags(l.Multi, l.Sequential, l.TestBefore))
	e.Uint(uint64(l.Maximum))
	e.Optional(l.Condition)
	e.Optional(l.Cardinality)
	e.Optional(l.Items)
	e.index(l.Item)
	e.Optional(l.Result)
	e.index(l.Results)
	e.Byte(byte(l.Behavior))
	e.optionalTrigger(l.Event)
	e.Uint(uint64(len(l.Complex)))
	for i := range l.Complex {
		e.Expr(l.Complex[i].Condition)
		e.trigger(&l.Complex[i].Event)
	}
}

func (e writer) work(w *Work) {
	e.Byte(byte(w.Kind))
	e.String(w.Name)
	e.String(w.Text)
	e.Optional(w.Value)
	e.index(w.Result)
	e.index(w.Process)
	e.optionalTrigger(w.Message)
	for _, x := range []feel.Expr{w.Target, w.Amount, w.Gas, w.Assignee} {
		e.Optional(x)
	}
	e.Exprs(w.Args)
	e.Uint(uint64(len(w.Pays)))
	for i := range w.Pays {
		e.Expr(w.Pays[i].To)
		e.Expr(w.Pays[i].Amount)
		e.Optional(w.Pays[i].Asset)
	}
}
