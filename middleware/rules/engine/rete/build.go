package rete

import (
	"encoding/binary"
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// builder adds the rules of a model to the network one after the other. shared
// finds a node that an earlier rule built for the same prefix.
type builder struct {
	e      *Engine
	shared map[string]uint32
	trees  map[string]uint32 // alpha nodes behind a test, and indexes behind an alpha node
	x      exprBuilder
	tail   uint32 // last node of the chain, 0 at the start
	inSub  bool   // tail is a group whose sub-network comes next
	place  int    // chain index of the next node
}

func build(e *Engine) {
	b := builder{e: e, shared: map[string]uint32{}, trees: map[string]uint32{}}
	for i := range e.model.Rules {
		b.rule(uint32(i), &e.model.Rules[i])
	}
	for i := range e.indexes {
		nodes := e.indexes[i].nodes
		slices.SortFunc(nodes, func(x, y uint32) int { return int(y) - int(x) })
		for k, id := range nodes {
			e.nodes[id].ordinal, e.nodes[id].alone = uint32(k), len(nodes) == 1
		}
	}
}

func (b *builder) rule(index uint32, r *model.Rule) {
	b.x = exprBuilder{e: b.e, code: &r.Code}
	b.tail, b.inSub, b.place = 0, false, 0
	b.chain(r.Conds)
	out := compiledRule{Rule: r}
	out.terminal = b.add(node{kind: terminalNode, rule: index})
	b.x.here = b.place - 1
	factOf := make([]uint32, len(b.x.levels)) // index in out.facts of each level
	for level := range b.x.levels {
		if b.x.levels[level].Results == nil {
			factOf[level] = uint32(len(out.facts))
			out.facts = append(out.facts, uint16(b.x.here-b.x.at[level]))
		}
	}
	for i := range r.Actions {
		out.actions = append(out.actions, b.action(&out, &r.Actions[i], factOf))
	}
	b.e.rules = append(b.e.rules, out)
}

func (b *builder) action(r *compiledRule, a *model.Action, factOf []uint32) compiledAction {
	out := compiledAction{kind: a.Kind, target: a.Target, name: a.Name}
	for _, s := range a.Sets {
		x := b.x.build(s.Expr)
		out.sets = append(out.sets, compiledSet{slot: s.Slot, name: s.Name, expr: x})
		if a.Kind == model.Let {
			b.x.locals = append(b.x.locals, x.typ)
		}
	}
	switch a.Kind {
	case model.Update, model.Retract:
		out.target = factOf[a.Target]
	case model.InsertLogical:
		r.logical = true
		b.e.templates[a.Target].logical = true
	}
	return out
}

// chain adds the nodes of a list of conditions. A test joins the last pattern
// before it, unless an accumulate stands between.
func (b *builder) chain(conds []model.Cond) {
	host := -1
	extra := make(map[int][]uint32)
	standalone := make(map[int]bool)
	for i := range conds {
		switch conds[i].Kind {
		case model.Pattern:
			host = i
		case model.Accumulate:
			host = -1
		case model.Test:
			if host >= 0 {
				extra[host] = append(extra[host], conds[i].Tests...)
			} else {
				standalone[i] = true
			}
		}
	}
	for i := range conds {
		c := &conds[i]
		switch {
		case c.Kind == model.Pattern:
			b.pattern(c, append(slices.Clone(c.Tests), extra[i]...))
		case standalone[i]:
			b.x.here = b.place
			b.add(node{kind: testNode, tests: []test{b.x.test(c.Tests[0])}})
		case c.Kind != model.Test:
			b.group(c)
		}
	}
}

// single gives the one pattern that a not or exists consists of, with its tests.
func single(c *model.Cond) (*model.Cond, []uint32) {
	if c.Kind == model.Accumulate || c.Sub[0].Kind != model.Pattern {
		return nil, nil
	}
	tests := slices.Clone(c.Sub[0].Tests)
	for _, s := range c.Sub[1:] {
		if s.Kind != model.Test {
			return nil, nil
		}
		tests = append(tests, s.Tests...)
	}
	return &c.Sub[0], tests
}

func (b *builder) pattern(c *model.Cond, tests []uint32) {
	kind := joinNode
	if b.tail == 0 {
		kind = firstNode
	}
	b.x.levels = append(b.x.levels, model.Level{Template: c.Template})
	b.x.at = append(b.x.at, b.place)
	b.twoInput(node{kind: kind}, c.Template, tests)
}

// twoInput adds a node with an alpha pattern at its right.
func (b *builder) twoInput(n node, template uint32, tests []uint32) {
	b.x.here = b.place
	var alpha []test
	var slots []uint16
	for _, root := range tests {
		x := b.x.build(root)
		t := newTest(x)
		outer := false
		x.fields(func(r ref) { outer = outer || r.hops > 0 })
		switch {
		case !outer:
			alpha = append(alpha, t)
		case t.op == model.OpEq && t.isRef && t.a.hops == 0 && t.b.hops > 0 && len(slots) < maxKey:
			n.leftKey = append(n.leftKey, t.b)
			n.keyCost += t.b.far()
			slots = append(slots, t.a.slot)
		default:
			n.tests = append(n.tests, t)
		}
	}
	at := b.alpha(template, alpha)
	key := b.shareKey(&n, slots, template, at)
	if id, ok := b.shared[key]; ok && !b.inSub {
		b.tail = id
		b.place++
		return
	}
	share := !b.inSub
	id := b.add(n)
	if share {
		b.shared[key] = id
	}
	a := &b.e.templates[template].tree[at]
	if n.kind == firstNode {
		a.firsts = append(a.firsts, id)
		return
	}
	i := b.indexFor(a, n.kind, template, at, slots)
	b.e.nodes[id].index = i
	b.e.indexes[i].nodes = append(b.e.indexes[i].nodes, id)
}

// indexFor gives the index of these slots behind an alpha node, made if need be.
func (b *builder) indexFor(a *alphaNode, kind nodeKind, template, at uint32, slots []uint16) uint32 {
	key := treeKey('i', template, at, nil)
	for _, slot := range slots {
		key = binary.BigEndian.AppendUint16(key, slot)
	}
	if i, ok := b.trees[string(key)]; ok && kind == joinNode {
		return i
	}
	i := uint32(len(b.e.indexes))
	b.e.indexes = append(b.e.indexes, index{slots: slots})
	a.indexes = append(a.indexes, i)
	if kind == joinNode {
		b.trees[string(key)] = i
	}
	return i
}

// treeKey gives the bytes under which something behind an alpha node is filed.
func treeKey(what byte, template, at uint32, tail []byte) []byte {
	key := binary.BigEndian.AppendUint32([]byte{what}, template)
	return append(binary.BigEndian.AppendUint32(key, at), tail...)
}

// shareKey gives bytes that two nodes have in common exactly when they do the
// same after the same predecessor.
func (b *builder) shareKey(n *node, slots []uint16, template, alpha uint32) string {
	out := []byte{byte(n.kind), byte(boolCell(n.exists))}
	for _, u := range []uint32{b.tail, template, alpha, uint32(len(n.leftKey)), uint32(len(n.tests))} {
		out = binary.BigEndian.AppendUint32(out, u)
	}
	for i, l := range n.leftKey {
		out = l.appendKey(out)
		out = binary.BigEndian.AppendUint16(out, slots[i])
	}
	for i := range n.tests {
		out = n.tests[i].appendKey(out)
	}
	return string(out)
}

// add appends n to the network behind the tail and makes it the tail.
func (b *builder) add(n node) uint32 {
	id := uint32(len(b.e.nodes))
	b.e.nodes = append(b.e.nodes, n)
	switch {
	case b.tail == 0:
		if n.kind != firstNode {
			b.e.roots = append(b.e.roots, id)
		}
	case b.inSub:
		b.e.nodes[b.tail].sub = id
	default:
		b.e.nodes[b.tail].outs = append(b.e.nodes[b.tail].outs, id)
	}
	b.tail, b.inSub = id, false
	b.place++
	return id
}

func (b *builder) group(c *model.Cond) {
	levels := len(b.x.levels)
	if p, tests := single(c); p != nil {
		b.x.levels = append(b.x.levels, model.Level{Template: p.Template})
		b.x.at = append(b.x.at, b.place)
		b.twoInput(node{kind: negativeNode, exists: c.Kind == model.Exists}, p.Template, tests)
		b.x.levels, b.x.at = b.x.levels[:levels], b.x.at[:levels]
		return
	}
	owner := b.place
	g := b.add(node{kind: groupNode, exists: c.Kind == model.Exists, folding: c.Kind == model.Accumulate})
	b.inSub = true
	b.chain(c.Sub)
	end := b.place
	b.x.here = end
	var folds []fold
	var results []model.Type
	for _, f := range c.Folds {
		k := fold{fn: f.Func, typ: model.Int}
		if f.Func != model.Count {
			k.expr = b.x.build(f.Expr)
			k.typ = k.expr.typ
		}
		t, _ := model.FoldType(f.Func, k.typ)
		folds, results = append(folds, k), append(results, t)
	}
	b.add(node{kind: groupEndNode, owner: g, hops: uint16(end - owner), folds: folds})
	b.e.nodes[g].folds = folds
	b.tail, b.inSub, b.place = g, false, owner+1
	b.x.levels, b.x.at = b.x.levels[:levels], b.x.at[:levels]
	if c.Kind == model.Accumulate {
		b.x.levels = append(b.x.levels, model.Level{Results: results})
		b.x.at = append(b.x.at, owner)
	}
}
