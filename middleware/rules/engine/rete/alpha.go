package rete

import (
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// alpha gives the node of the template's discrimination tree that facts reach
// exactly when they pass all tests, and adds it if need be. Comparisons of a
// slot with a constant come first, so that one search serves many patterns.
func (b *builder) alpha(template uint32, tests []test) uint32 {
	var switched, others []test
	for _, t := range tests {
		if t.tree == nil && t.op == model.OpEq && !t.isRef {
			switched = append(switched, t)
		} else {
			others = append(others, t)
		}
	}
	byKey := func(x, y test) int { return slices.Compare(x.appendKey(nil), y.appendKey(nil)) }
	slices.SortStableFunc(switched, func(x, y test) int {
		if x.a.slot != y.a.slot {
			return int(x.a.slot) - int(y.a.slot)
		}
		return byKey(x, y)
	})
	slices.SortStableFunc(others, byKey)
	at := uint32(0)
	for _, t := range switched {
		at = b.alphaSwitch(template, at, t)
	}
	for _, t := range others {
		at = b.alphaBranch(template, at, t)
	}
	return at
}

func (b *builder) newAlpha(template uint32) uint32 {
	t := &b.e.templates[template]
	t.tree = append(t.tree, alphaNode{})
	return uint32(len(t.tree) - 1)
}

func (b *builder) alphaSwitch(template, at uint32, t test) uint32 {
	bySlot := func(w alphaSwitch) bool { return w.slot == t.a.slot }
	n := &b.e.templates[template].tree[at]
	i := slices.IndexFunc(n.switches, bySlot)
	if i < 0 {
		i = len(n.switches)
		n.switches = append(n.switches, alphaSwitch{slot: t.a.slot})
	}
	if next, ok := n.switches[i].find(t.value); ok {
		return next
	}
	fresh := b.newAlpha(template)
	b.e.templates[template].tree[at].switches[i].add(t.value, fresh)
	return fresh
}

func (w *alphaSwitch) add(v cell, next uint32) {
	w.values = append(w.values, v)
	w.next = append(w.next, next)
	if len(w.values) <= manyValues {
		return
	}
	if w.byCell == nil {
		w.byCell = make(map[cell]uint32)
		for k, value := range w.values {
			w.byCell[value] = w.next[k]
		}
	}
	w.byCell[v] = next
}

func (b *builder) alphaBranch(template, at uint32, t test) uint32 {
	key := string(treeKey('b', template, at, t.appendKey(nil)))
	if next, ok := b.trees[key]; ok {
		return next
	}
	fresh := b.newAlpha(template)
	n := &b.e.templates[template].tree[at]
	n.branches = append(n.branches, alphaBranch{test: t, next: fresh})
	b.trees[key] = fresh
	return fresh
}

// target is a node to activate from the right; bucket is where its tokens wait.
type target struct{ node, bucket uint32 }

// classify puts the fact where nodes find it at their right, and collects in
// s.targets the nodes that have tokens waiting for it, highest first. Only then
// are these activated: a token that a lower node makes meanwhile finds the fact
// by itself.
func (s *Session) classify(f uint32) {
	s.targets = s.targets[:0]
	s.descend(s.engine.templates[s.facts[f].template].tree, 0, f)
	slices.SortFunc(s.targets, func(x, y target) int { return int(y.node) - int(x.node) })
}

func (s *Session) descend(tree []alphaNode, at, f uint32) {
	n := &tree[at]
	for _, id := range n.firsts {
		s.targets = append(s.targets, target{node: id})
	}
	for _, i := range n.indexes {
		k := &s.engine.indexes[i]
		s.work += uint64(len(k.nodes)) / 8
		s.step()
		b := s.rightBucket(k, i, f)
		s.newEntry(b, f)
		for _, id := range k.nodes {
			if *s.head(&s.engine.nodes[id], b) != 0 {
				s.targets = append(s.targets, target{id, b})
			}
		}
	}
	for i := range n.switches {
		s.step()
		w := &n.switches[i]
		if next, ok := w.find(s.cells[s.facts[f].cells+uint32(w.slot)]); ok {
			s.descend(tree, next, f)
		}
	}
	for i := range n.branches {
		if s.holds(&n.branches[i].test, 0, f) {
			s.descend(tree, n.branches[i].next, f)
		}
	}
}
