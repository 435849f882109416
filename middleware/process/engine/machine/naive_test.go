package machine_test

import (
	"fmt"
	"math/rand"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// The reference interpreter: it runs the block structure that a random model is
// drawn from, knows nothing of tokens, flows and gateways, and shares no code with
// the machine.

type blockKind int

const (
	blockTask blockKind = iota
	blockSequence
	blockExclusive // first child whose condition holds, else the last one
	blockParallel
	blockInclusive // children whose conditions hold, else the last one
	blockLoop      // again while the condition holds
	blockSub
	blockMany // multi-instance sub-process
	blockKinds
)

// block is a piece of a process with one way in and one way out. Conditions are
// x >= limit.
type block struct {
	kind       blockKind
	id         string
	children   []*block
	limits     []int
	sequential bool
	count      int
}

// randomBlock draws a block.
func randomBlock(r *rand.Rand, depth int, next *int) *block {
	*next++
	b := &block{id: fmt.Sprintf("n%d", *next)}
	if depth > 0 {
		b.kind = blockKind(r.Intn(int(blockKinds)))
	}
	children := 1
	switch b.kind {
	case blockTask:
		return b
	case blockSequence, blockExclusive, blockParallel, blockInclusive:
		children = 2 + r.Intn(2)
	case blockMany:
		b.count, b.sequential = r.Intn(4), r.Intn(2) == 0
	}
	for range children {
		b.children = append(b.children, randomBlock(r, depth-1, next))
		b.limits = append(b.limits, r.Intn(12))
	}
	if b.kind == blockLoop { // every round waits, or it would never end
		*next++
		task := &block{id: fmt.Sprintf("n%d", *next)}
		*next++
		b.children[0] = &block{kind: blockSequence, id: fmt.Sprintf("n%d", *next), children: []*block{task, b.children[0]}, limits: []int{0, 0}}
	}
	return b
}

// naive is a block that has been started.
type naive struct {
	*block
	running []*naive
	index   int // of a sequence or sequential multi-instance
	open    bool
	of      string // which instances of multi-instance blocks it is in
}

// begin starts a block and returns nil when it is over at once.
func begin(b *block, of string, x *int) *naive {
	n := &naive{block: b, open: true, of: of}
	switch b.kind {
	case blockTask:
	case blockSequence, blockLoop, blockSub:
		n.add(b.children[0], x)
	case blockParallel:
		for _, c := range b.children {
			n.add(c, x)
		}
	case blockExclusive, blockInclusive:
		last := len(b.children) - 1
		some := false
		for i, c := range b.children[:last] {
			if *x >= b.limits[i] && (b.kind == blockInclusive || !some) {
				some = true
				n.add(c, x)
			}
		}
		if !some {
			n.add(b.children[last], x)
		}
	case blockMany:
		for i := 0; i < b.count && (i == 0 || !b.sequential); i++ {
			n.index = i
			n.add(b.children[0], x)
		}
	}
	return n.settle(x)
}

func (n *naive) add(b *block, x *int) {
	of := n.of
	if n.kind == blockMany {
		of += fmt.Sprintf("/%d", n.index)
	}
	if c := begin(b, of, x); c != nil {
		n.running = append(n.running, c)
	}
}

// settle goes on as far as possible; nil when the block is over.
func (n *naive) settle(x *int) *naive {
	for len(n.running) == 0 {
		switch {
		case n.kind == blockTask && n.open:
			return n
		case n.kind == blockSequence && n.index+1 < len(n.children):
			n.index++
			n.add(n.children[n.index], x)
		case n.kind == blockLoop && *x >= n.limits[0] && *x < n.limits[0]+3:
			n.add(n.children[0], x)
		case n.kind == blockMany && n.sequential && n.index+1 < n.count:
			n.index++
			n.add(n.children[0], x)
		default:
			return nil
		}
	}
	return n
}

// tasks lists the open tasks: their ids and which instances they are in.
func (n *naive) tasks(out *[]string) {
	if n == nil {
		return
	}
	if n.kind == blockTask {
		*out = append(*out, n.id+n.of)
	}
	for _, c := range n.running {
		c.tasks(out)
	}
}

// complete ends a task; the block is returned unless that ends it.
func (n *naive) complete(id string, x *int) (*naive, bool) {
	if n.kind == blockTask {
		if n.id+n.of != id {
			return n, false
		}
		n.open = false
		return nil, true
	}
	for i, c := range n.running {
		rest, found := c.complete(id, x)
		if !found {
			continue
		}
		if rest == nil {
			n.running = append(n.running[:i:i], n.running[i+1:]...)
		}
		return n.settle(x), true
	}
	return n, false
}

// drawing builds a model from blocks.
type drawing struct{ m *bpmn.Model }

func draw(b *block) *bpmn.Model {
	d := &drawing{&bpmn.Model{Name: "random", Variables: []bpmn.Variable{{Name: "x"}}, Processes: []bpmn.Process{{ID: "p", Executable: true, Role: bpmn.None}}}}
	root := d.node("p", bpmn.ProcessRoot, bpmn.None)
	d.fill(root, b)
	return d.m
}

func (d *drawing) node(id string, kind bpmn.Kind, parent int) int {
	d.m.Nodes = append(d.m.Nodes, bpmn.Node{Kind: kind, ID: id, Parent: parent, Default: bpmn.None, Role: bpmn.None, Host: bpmn.None, StartQuantity: 1, CompletionQuantity: 1})
	n := len(d.m.Nodes) - 1
	if kind.Container() {
		d.m.Nodes[n].Container = &bpmn.Container{}
	}
	return n
}

func (d *drawing) flow(a, b int, condition feel.Expr) int {
	f := len(d.m.Flows)
	d.m.Flows = append(d.m.Flows, bpmn.Flow{ID: fmt.Sprintf("f%d", f), Source: a, Target: b, Condition: condition})
	d.m.Nodes[a].Out = append(d.m.Nodes[a].Out, f)
	d.m.Nodes[b].In = append(d.m.Nodes[b].In, f)
	return f
}

// fill puts a start event, a block and an end event into a container.
func (d *drawing) fill(container int, b *block) {
	start := d.node(b.id+"s", bpmn.StartEvent, container)
	d.m.Nodes[container].Container.Starts = []int{start}
	in, out := d.block(b, container)
	end := d.node(b.id+"e", bpmn.EndEvent, container)
	d.flow(start, in, nil)
	d.flow(out, end, nil)
}

func atLeast(limit int) feel.Expr {
	return &feel.Binary{Op: feel.OpGreaterOrEqual, Left: &feel.Global{Index: 0}, Right: &feel.Const{Value: feel.Int(limit)}}
}

// block draws a block and returns its first and last node.
func (d *drawing) block(b *block, parent int) (in, out int) {
	switch b.kind {
	case blockTask:
		n := d.node(b.id, bpmn.UserTask, parent)
		d.m.Nodes[n].Work = &bpmn.Work{Kind: bpmn.Person, Result: bpmn.None, Process: bpmn.None}
		return n, n
	case blockSequence:
		in, out = d.block(b.children[0], parent)
		for _, c := range b.children[1:] {
			next, last := d.block(c, parent)
			d.flow(out, next, nil)
			out = last
		}
		return in, out
	case blockLoop:
		in, out = d.node(b.id+"j", bpmn.ExclusiveGateway, parent), d.node(b.id+"x", bpmn.ExclusiveGateway, parent)
		first, last := d.block(b.children[0], parent)
		d.flow(in, first, nil)
		d.flow(last, out, nil)
		again := &feel.Binary{Op: feel.OpLess, Left: &feel.Global{Index: 0}, Right: &feel.Const{Value: feel.Int(b.limits[0] + 3)}}
		d.flow(out, in, &feel.Binary{Op: feel.OpAnd, Left: atLeast(b.limits[0]), Right: again})
		// What leaves the block leaves by the default flow.
		exit := d.node(b.id+"o", bpmn.ExclusiveGateway, parent)
		d.m.Nodes[out].Default = d.flow(out, exit, nil)
		return in, exit
	case blockSub, blockMany:
		n := d.node(b.id, bpmn.SubProcess, parent)
		if b.kind == blockMany {
			d.m.Nodes[n].Loop = &bpmn.Loop{Multi: true, Sequential: b.sequential, Cardinality: &feel.Const{Value: feel.Int(b.count)}, Item: bpmn.None, Results: bpmn.None}
		}
		d.fill(n, b.children[0])
		return n, n
	}
	kind := map[blockKind]bpmn.Kind{blockExclusive: bpmn.ExclusiveGateway, blockParallel: bpmn.ParallelGateway, blockInclusive: bpmn.InclusiveGateway}[b.kind]
	in, out = d.node(b.id+"a", kind, parent), d.node(b.id+"b", kind, parent)
	for i, c := range b.children {
		first, last := d.block(c, parent)
		var condition feel.Expr
		if b.kind != blockParallel && i+1 < len(b.children) {
			condition = atLeast(b.limits[i])
		}
		f := d.flow(in, first, condition)
		if b.kind != blockParallel && i+1 == len(b.children) {
			d.m.Nodes[in].Default = f
		}
		d.flow(last, out, nil)
	}
	return in, out
}
