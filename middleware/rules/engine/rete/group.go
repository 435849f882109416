package rete

import (
	"cmp"
	"slices"

	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// owner is the state of a group for one token that reached it.
//
// While a fact enters or leaves, sub-networks only change their owners' counts;
// settle then decides, once for each owner that changed, whether the group still
// passes. A match never disappears and comes back within one change.
type owner struct {
	token, node uint32
	count       uint32 // matches of the sub-network
	ends        uint32 // tokens at the end of the sub-network
	results     uint32 // accumulate: pseudo fact with the results
	passing     bool
	building    bool // the sub-network is filled for the first time
	dirty       bool
	dying       bool
	folds       []foldState
}

// foldState is the running state of a fold. It is a function of the values at
// hand, never of the order in which values came and went: sums are exact.
type foldState struct {
	failed uint32       // matches whose expression has no value
	small  wide         // sum of the small values
	big    *apd.Decimal // sum of the others, nil when 0
	best   cell         // least or greatest value
	valid  bool         // best holds
}

func (s *Session) groupLeft(n *node, id, t uint32) {
	o := s.ownerArena.take()
	s.owners = s.ownerArena.items
	folds := s.owners[o].folds[:0]
	for range n.folds {
		folds = append(folds, foldState{})
	}
	s.owners[o] = owner{token: t, node: id, building: true, folds: folds}
	s.tokens[t].extra = o
	s.activateLeft(n.sub, t, 0)
	s.owners[o].building = false
	s.decide(o)
}

func (s *Session) releaseOwner(o uint32) {
	k := &s.owners[o]
	if k.results != 0 {
		s.releaseResults(k.results)
		k.results = 0
	}
	if !k.dirty {
		s.ownerArena.release(o)
	}
}

func (s *Session) groupEndLeft(n *node, t uint32) {
	at := t
	for h := n.hops; h > 0; h-- {
		at = s.tokens[at].parent
	}
	o := s.tokens[at].extra
	s.tokens[t].extra = o
	k := &s.owners[o]
	k.count++
	s.push(&k.ends, t)
	for i := range n.folds {
		s.addToFold(&n.folds[i], o, i, t, true)
	}
	s.touch(o)
}

func (s *Session) groupEndGone(n *node, t uint32) {
	o := s.tokens[t].extra
	k := &s.owners[o]
	if k.dying {
		return
	}
	k.count--
	s.unlink(&k.ends, t)
	for i := range n.folds {
		s.addToFold(&n.folds[i], o, i, t, false)
	}
	s.touch(o)
}

func (s *Session) touch(o uint32) {
	if k := &s.owners[o]; !k.dirty && !k.building {
		k.dirty = true
		s.dirty.push(uint64(^k.node)<<32 | uint64(o))
	}
}

// settle decides about all owners that changed, innermost groups first: the heap
// is ordered by node, the highest first, and deciding about one owner may change
// only owners of groups around it, whose nodes are lower.
func (s *Session) settle() {
	for len(s.dirty) > 0 {
		o := uint32(s.dirty.pop())
		s.owners[o].dirty = false
		if s.owners[o].dying {
			s.ownerArena.release(o)
		} else {
			s.decide(o)
		}
	}
}

// decide brings what follows a group in line with its sub-network.
func (s *Session) decide(o uint32) {
	s.step()
	k := &s.owners[o]
	n := &s.engine.nodes[k.node]
	if n.folding {
		s.decideFolds(n, o)
		return
	}
	pass := (k.count > 0) == n.exists
	switch {
	case pass == k.passing:
	case pass:
		k.passing = true
		s.extend(n, k.token, 0)
	default:
		k.passing = false
		s.deletePassed(n, k.token)
	}
}

// deletePassed removes the children of a group's token but for its sub-network.
func (s *Session) deletePassed(n *node, t uint32) {
	for c := s.tokens[t].child; c != 0; {
		next := s.tokens[c].sibling
		if s.tokens[c].node != n.sub {
			s.deleteToken(c)
		}
		c = next
	}
}

func (s *Session) decideFolds(n *node, o uint32) {
	results, ok := s.foldResults(n, o)
	k := &s.owners[o]
	if k.passing {
		if ok && s.sameResults(n, k.results, results) {
			s.dropLists(n, results)
			return
		}
		s.deletePassed(n, k.token)
		s.releaseResults(s.owners[o].results)
		s.owners[o].results = 0
	}
	s.owners[o].passing = ok
	if !ok {
		return
	}
	f := s.newFact(results)
	s.facts[f].template = s.owners[o].node
	s.owners[o].results = f
	s.extend(n, s.owners[o].token, f)
}

func (s *Session) sameResults(n *node, f uint32, results []cell) bool {
	for i, have := range results {
		old := s.cells[s.facts[f].cells+uint32(i)]
		if n.folds[i].fn != model.Collect {
			if old != have {
				return false
			}
			continue
		}
		s.work += uint64(len(s.lists[have]))
		if !slices.Equal(s.lists[old], s.lists[have]) {
			return false
		}
	}
	return true
}

// releaseResults frees the pseudo fact of an accumulate and its lists.
func (s *Session) releaseResults(f uint32) {
	n := &s.engine.nodes[s.facts[f].template]
	at, count := s.facts[f].cells, len(n.folds)
	s.dropLists(n, s.cells[at:at+uint32(count)])
	s.releaseFact(f, count)
}

func (s *Session) dropLists(n *node, results []cell) {
	for i, c := range results {
		if n.folds[i].fn == model.Collect {
			s.lists[c] = nil
			s.freeLists = append(s.freeLists, uint32(c))
		}
	}
}

func (s *Session) newList(values []cell) cell {
	if n := len(s.freeLists); n > 0 {
		i := s.freeLists[n-1]
		s.freeLists = s.freeLists[:n-1]
		s.lists[i] = values
		return cell(i)
	}
	s.lists = append(s.lists, values)
	return cell(len(s.lists) - 1)
}

// endTokens gives the tokens at the end of an owner's sub-network in the order
// of their facts' tags.
func (s *Session) endTokens(n *node, o uint32) []uint32 {
	var list []uint32
	for t := s.owners[o].ends; t != 0; t = s.tokens[t].next {
		s.step()
		list = append(list, t)
	}
	owner := s.owners[o].token
	slices.SortFunc(list, func(x, y uint32) int { return s.compareFacts(x, y, owner) })
	return list
}

// compareFacts orders two tokens of one node by the tags of their facts below
// the token top, the first fact deciding first.
func (s *Session) compareFacts(x, y, top uint32) int {
	if x == top {
		return 0
	}
	if d := s.compareFacts(s.tokens[x].parent, s.tokens[y].parent, top); d != 0 {
		return d
	}
	return cmp.Compare(s.facts[s.tokens[x].fact].tag, s.facts[s.tokens[y].fact].tag)
}
