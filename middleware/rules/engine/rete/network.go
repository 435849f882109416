package rete

import "github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"

type nodeKind uint8

// The beta nodes. Each node but firstNode keeps the tokens that reach it from
// the left; a token carries the fact that the node before it matched.
const (
	firstNode    nodeKind = iota // the pattern a rule starts with: facts become tokens
	joinNode                     // a later pattern
	negativeNode                 // not or exists around a single pattern
	groupNode                    // not, exists or accumulate around a sub-network
	groupEndNode                 // the end of a sub-network
	testNode                     // a test that no pattern precedes
	terminalNode                 // a rule's matches
)

// maxKey is the number of equality tests of a join that are hashed; further
// ones are tested one by one.
const maxKey = 3

// node is a beta node. Nodes after it in a chain have higher indexes, so that
// "descendants first" is "highest index first".
type node struct {
	kind    nodeKind
	exists  bool   // of negativeNode and groupNode: passes when something matches
	folding bool   // of groupNode: accumulate
	leftKey []ref  // what the index's slots have to equal
	keyCost uint64 // of reading leftKey
	index   uint32 // of joinNode and negativeNode: where facts wait at the right
	ordinal uint32 // its place in the index
	alone   bool   // it is the only node of the index
	tests   []test
	outs    []uint32
	sub     uint32 // of groupNode: first node of the sub-network
	owner   uint32 // of groupEndNode: the group's node
	hops    uint16 // of groupEndNode: from its token to the owner's
	folds   []fold
	rule    uint32
}

// index is the right memory of the joins that take the same facts under the
// same slots; a negativeNode has one of its own. Its buckets also hold the
// tokens that wait at the left of each of its nodes.
type index struct {
	slots []uint16
	nodes []uint32 // highest first
}

// ref addresses a slot: of the fact at the right when hops is 0, else of the
// fact carried by the token hops-1 parents above the one at hand.
type ref struct {
	hops uint16
	slot uint16
}

// fold is one accumulate function over expr, which sees the sub-network's token.
type fold struct {
	fn   model.FoldFunc
	typ  model.Type // of the values
	expr *expr
}

// test is a condition on a token and the fact at the right. The common
// comparisons are held without a tree.
type test struct {
	op    model.Op // comparison, or 0 for tree
	typ   model.Type
	a     ref
	b     ref
	isRef bool // compare with b, else with value
	value cell
	tree  *expr
	cost  uint64
}

// alphaNode is a node of a template's discrimination tree: facts that reach it
// go to the rules that start with them, to indexes, and on to the branches whose
// test they pass.
type alphaNode struct {
	firsts   []uint32
	indexes  []uint32
	switches []alphaSwitch
	branches []alphaBranch
}

// alphaSwitch sends a fact on by the value of one slot.
type alphaSwitch struct {
	slot   uint16
	values []cell
	next   []uint32
	byCell map[cell]uint32 // index of next, when there are many values
}

type alphaBranch struct {
	test test
	next uint32
}

// manyValues is from where a switch uses a map instead of a search.
const manyValues = 8

func (w *alphaSwitch) find(v cell) (uint32, bool) {
	if w.byCell != nil {
		next, ok := w.byCell[v]
		return next, ok
	}
	for i, have := range w.values {
		if have == v {
			return w.next[i], true
		}
	}
	return 0, false
}

// compiledRule is what firing and the agenda need to know about a rule.
type compiledRule struct {
	*model.Rule
	facts    []uint16 // hops from the terminal token to each fact of the match, in order
	actions  []compiledAction
	logical  bool // has an insertLogical
	terminal uint32
}

type compiledAction struct {
	kind   model.ActionKind
	target uint32 // template, group, or index into facts
	name   string
	sets   []compiledSet
}

type compiledSet struct {
	slot uint32
	name string
	expr *expr
}
