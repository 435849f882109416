package bpmn

import (
	"bytes"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// The limits of a compiled model. They are part of consensus.
const (
	// MaxModel bounds the bytes of a compiled model.
	MaxModel = 1 << 20
	// MaxNodes, MaxFlows and MaxVariables bound what a model holds.
	MaxNodes, MaxFlows, MaxVariables = 4096, 8192, 4096
	// MaxNames bounds processes, messages, signals, errors, escalations and roles,
	// each.
	MaxNames = 1024
	// MaxNesting bounds sub-processes within sub-processes.
	MaxNesting = 32
	// MaxJoins bounds the incoming flows of all inclusive and complex gateways.
	MaxJoins = 512
	// MaxQuantity bounds startQuantity and completionQuantity.
	MaxQuantity = 64
	// MaxText bounds ids and names in bytes.
	MaxText = 1024
)

// Decode reads and verifies a compiled model.
func Decode(data []byte) (*Model, error) {
	if len(data) > MaxModel {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", feel.ErrMalformed, len(data), MaxModel)
	}
	body, ok := bytes.CutPrefix(data, magic)
	if !ok {
		return nil, fmt.Errorf("%w: it does not start with %q; compile the model with this version", feel.ErrMalformed, magic)
	}
	d := reader{feel.NewDecoder(body, 0, nil)}
	m := &Model{Name: d.text()}
	m.Variables = list(d, MaxVariables, "variables", func(v *Variable) { *v = Variable{d.text(), d.Type(), Meaning(d.Byte())} })
	for _, names := range []*[]string{&m.Messages, &m.Signals, &m.Errors, &m.Escalations, &m.Roles} {
		*names = list(d, MaxNames, "names", func(s *string) { *s = d.text() })
	}
	d.SetGlobals(len(m.Variables))
	processes, nodes, flows := d.count(MaxNames, "processes"), d.count(MaxNodes, "nodes"), d.count(MaxFlows, "flows")
	if d.Err() != nil {
		return nil, d.Err()
	}
	m.Processes = make([]Process, processes)
	for i := range m.Processes {
		m.Processes[i] = Process{d.text(), d.text(), d.index(), d.Bool(), d.index(), d.Optional()}
	}
	m.Nodes = make([]Node, nodes)
	for i := 0; i < nodes && d.Err() == nil; i++ {
		d.node(&m.Nodes[i])
	}
	m.Flows = make([]Flow, flows)
	for i := 0; i < flows && d.Err() == nil; i++ {
		m.Flows[i] = Flow{d.text(), d.text(), d.index(), d.index(), d.Optional(), d.Bool()}
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	if err := m.Verify(); err != nil {
		return nil, err
	}
	return m, nil
}

type reader struct{ *feel.Decoder }

// text reads an id or a name.
func (d reader) text() string {
	s := d.String()
	if len(s) > MaxText {
		d.Fail("a name of %d bytes, at most %d are allowed", len(s), MaxText)
		return ""
	}
	return s
}

// index reads an index that may be None; Verify compares it with what there is.
func (d reader) index() int { return d.Index(MaxFlows+1, "index") - 1 }

// count reads how many elements follow, each of which takes a byte or more.
func (d reader) count(limit int, what string) int {
	n := d.Count()
	if n > limit {
		d.Fail("%d %s, at most %d are allowed", n, what, limit)
		return 0
	}
	return n
}

// list reads a counted list.
func list[T any](d reader, limit int, what string, read func(*T)) []T {
	n := d.count(limit, what)
	if n == 0 {
		return nil
	}
	out := make([]T, n)
	for i := 0; i < n && d.Err() == nil; i++ {
		read(&out[i])
	}
	return out
}

func (d reader) indexes() []int {
	return list(d, MaxFlows, "indexes", func(i *int) { *i = d.index() })
}

func (d reader) flag(b byte, n int) bool { return b>>n&1 == 1 }

// flags reads truth values packed in a byte; bits beyond n are refused so that
// equal models have equal bytes.
func (d reader) flags(n int) byte {
	b := d.Byte()
	if n < 8 && b>>n != 0 {
		d.Fail("unknown flags %#x", b)
	}
	return b
}

func (d reader) node(n *Node) {
	*n = Node{Kind: Kind(d.Byte()), ID: d.text(), Name: d.text(), Parent: d.index(), In: d.indexes(), Out: d.indexes(), Default: d.index(), Role: d.index()}
	n.Triggers = list(d, MaxNames, "triggers", d.trigger)
	n.Host = d.index()
	f := d.flags(7)
	n.All, n.Interrupting, n.Compensates, n.Instantiate = d.flag(f, 0), d.flag(f, 1), d.flag(f, 2), d.flag(f, 3)
	n.StartQuantity, n.CompletionQuantity = d.Index(MaxQuantity+1, "quantity"), d.Index(MaxQuantity+1, "quantity")
	if d.flag(f, 4) {
		n.Loop = d.loop()
	}
	n.Inputs, n.Outputs = d.mappings(), d.mappings()
	if d.flag(f, 5) {
		n.Work = d.work()
	}
	if d.flag(f, 6) {
		n.Container = &Container{Starts: d.indexes(), Events: d.indexes(), Locals: d.indexes()}
		f := d.flags(3)
		n.Container.Sequential, n.Container.CancelRemaining, n.Container.Chosen = d.flag(f, 0), d.flag(f, 1), d.flag(f, 2)
	}
	n.Condition = d.Optional()
}

func (d reader) mappings() []Mapping {
	return list(d, MaxVariables, "mappings", func(m *Mapping) { *m = Mapping{d.index(), d.Expr()} })
}

func (d reader) trigger(t *Trigger) {
	*t = Trigger{Kind: TriggerKind(d.Byte()), Ref: d.index(), Timer: TimerKind(d.Byte()), Expr: d.Optional()}
	f := d.flags(2)
	t.Wait, t.Away = d.flag(f, 0), d.flag(f, 1)
}

func (d reader) optionalTrigger() *Trigger {
	if !d.Bool() {
		return nil
	}
	t := new(Trigger)
	d.trigger(t)
	return t
}

func (d reader) loop() *Loop {
	f := d.flags(3)
	l := &Loop{Multi: d.flag(f, 0), Sequential: d.flag(f, 1), TestBefore: d.flag(f, 2)}
	l.Maximum = d.Index(1<<20, "loop maximum")
	l.Condition, l.Cardinality, l.Items = d.Optional(), d.Optional(), d.Optional()
	l.Item, l.Result, l.Results = d.index(), d.Optional(), d.index()
	l.Behavior, l.Event = Behavior(d.Byte()), d.optionalTrigger()
	l.Complex = list(d, MaxNames, "behaviours", func(c *ComplexBehavior) {
		c.Condition = d.Expr()
		d.trigger(&c.Event)
	})
	return l
}

func (d reader) work() *Work {
	w := &Work{Kind: WorkKind(d.Byte()), Name: d.text(), Text: d.String(), Value: d.Optional(), Result: d.index(), Process: d.index(), Message: d.optionalTrigger()}
	w.Target, w.Amount, w.Gas, w.Assignee = d.Optional(), d.Optional(), d.Optional(), d.Optional()
	w.Args = d.Exprs()
	w.Pays = list(d, MaxNames, "payments", func(p *Payment) { *p = Payment{d.Expr(), d.Expr(), d.Optional()} })
	return w
}
