package rete

import "slices"

// activateLeft brings a token with parent and fact f (0 for none) to node id.
func (s *Session) activateLeft(id, parent, f uint32) {
	t := s.newToken(id, parent, f)
	n := &s.engine.nodes[id]
	switch n.kind {
	case joinNode:
		s.joinLeft(n, t)
	case negativeNode:
		s.negativeLeft(n, t)
	case groupNode:
		s.groupLeft(n, id, t)
	case groupEndNode:
		s.groupEndLeft(n, t)
	case testNode:
		if s.passes(n.tests, t, 0) {
			s.extend(n, t, 0)
		}
	case terminalNode:
		s.matched(n, t)
	}
}

// extend brings what node n made of token t and fact f to the nodes after it.
func (s *Session) extend(n *node, t, f uint32) {
	for _, out := range n.outs {
		s.activateLeft(out, t, f)
	}
}

func (s *Session) joinLeft(n *node, t uint32) {
	b := s.leftBucket(n, t)
	s.tokens[t].bucket = b
	s.fill(b)
	s.wait(n, t)
	for e := s.buckets[b].firstEntry; e != 0; e = s.entries[e].next {
		s.step()
		if f := s.entries[e].fact; len(n.tests) == 0 || s.passes(n.tests, t, f) {
			s.extend(n, t, f)
		}
	}
}

// negativeLeft files t under the oldest fact that blocks it, if there is one.
func (s *Session) negativeLeft(n *node, t uint32) {
	b := s.leftBucket(n, t)
	s.tokens[t].bucket = b
	s.fill(b)
	e := s.blocker(n, t, s.buckets[b].firstEntry)
	s.file(n, t, e)
	if (e != 0) == n.exists {
		s.extend(n, t, 0)
	}
}

// blocker looks for the first entry from e on that matches t.
func (s *Session) blocker(n *node, t, e uint32) uint32 {
	for ; e != 0; e = s.entries[e].next {
		s.step()
		if len(n.tests) == 0 || s.passes(n.tests, t, s.entries[e].fact) {
			return e
		}
	}
	return 0
}

// file puts a token of a negativeNode among those entry e blocks, or among the
// waiting when e is 0.
func (s *Session) file(n *node, t, e uint32) {
	s.tokens[t].extra = e
	if e != 0 {
		s.push(&s.entries[e].blocked, t)
	} else {
		s.wait(n, t)
	}
}

// activateRight brings fact f to the right of a node that has tokens waiting.
func (s *Session) activateRight(at target, f uint32) {
	n := &s.engine.nodes[at.node]
	if n.kind == firstNode {
		s.extend(n, rootToken, f)
		return
	}
	e := s.buckets[at.bucket].lastEntry // the fact's own
	for t := *s.head(n, at.bucket); t != 0; {
		next := s.tokens[t].next
		s.step()
		if len(n.tests) == 0 || s.passes(n.tests, t, f) {
			if n.kind == joinNode {
				s.extend(n, t, f)
			} else {
				s.block(n, t, e)
			}
		}
		t = next
	}
}

func (s *Session) block(n *node, t, e uint32) {
	s.unwait(n, t)
	s.file(n, t, e)
	if n.exists {
		s.extend(n, t, 0)
	} else {
		s.deleteChildren(t)
	}
}

// enter matches a fact that is new to the network.
func (s *Session) enter(f uint32) {
	s.classify(f)
	for i := 0; i < len(s.targets); i++ {
		s.activateRight(s.targets[i], f)
	}
	s.settle()
}

// blocking is an entry that blocks tokens of a negativeNode.
type blocking struct{ node, entry uint32 }

// leave undoes every match of a fact. First everything that contains it goes,
// then it disappears from all buckets, and only then are the tokens released
// that it blocked, highest node first: what they give rise to cannot meet it.
func (s *Session) leave(f uint32) {
	for t := s.facts[f].tokens; t != 0; t = s.facts[f].tokens {
		s.deleteToken(t)
	}
	s.blockers = s.blockers[:0]
	for e := s.facts[f].entries; e != 0; {
		s.step()
		next := s.entries[e].nextOfFact
		s.removeEntry(e)
		if t := s.entries[e].blocked; t != 0 {
			s.blockers = append(s.blockers, blocking{s.tokens[t].node, e})
		} else {
			s.releaseEntry(e)
		}
		e = next
	}
	s.facts[f].entries = 0
	if len(s.blockers) > 0 {
		slices.SortFunc(s.blockers, func(x, y blocking) int { return int(y.node) - int(x.node) })
		for i := 0; i < len(s.blockers); i++ {
			s.unblock(s.blockers[i].entry)
		}
	}
	s.settle()
}

// unblock finds another blocker for each token that a removed entry blocked.
func (s *Session) unblock(e uint32) {
	k := s.entries[e]
	n := &s.engine.nodes[s.tokens[k.blocked].node]
	for t := k.blocked; t != 0; {
		next := s.tokens[t].next
		other := s.blocker(n, t, k.next)
		s.file(n, t, other)
		switch {
		case other != 0:
		case n.exists:
			s.deleteChildren(t)
		default:
			s.extend(n, t, 0)
		}
		t = next
	}
	s.releaseEntry(e)
}

// deleteToken removes a token and everything below it.
func (s *Session) deleteToken(t uint32) {
	k := &s.tokens[t]
	if k.elder != 0 {
		s.tokens[k.elder].sibling = k.sibling
	} else {
		s.tokens[k.parent].child = k.sibling
	}
	if k.sibling != 0 {
		s.tokens[k.sibling].elder = k.elder
	}
	s.discard(t)
}

func (s *Session) deleteChildren(t uint32) {
	c := s.tokens[t].child
	s.tokens[t].child = 0
	for c != 0 {
		next := s.tokens[c].sibling
		s.discard(c)
		c = next
	}
}

// discard frees a token that its parent no longer lists.
func (s *Session) discard(t uint32) {
	s.step()
	k := &s.tokens[t]
	n := &s.engine.nodes[k.node]
	if n.kind == groupNode {
		s.owners[k.extra].dying = true
	}
	if k.child != 0 {
		s.deleteChildren(t)
	}
	switch n.kind {
	case joinNode:
		s.drain(k.bucket)
		s.unwait(n, t)
	case negativeNode:
		s.drain(k.bucket)
		if k.extra != 0 {
			s.unlink(&s.entries[k.extra].blocked, t)
		} else {
			s.unwait(n, t)
		}
	case groupNode:
		s.releaseOwner(k.extra)
	case groupEndNode:
		s.groupEndGone(n, t)
	case terminalNode:
		s.unmatched(n, t)
	}
	if f := k.fact; f != 0 {
		if k.previousOfFact != 0 {
			s.tokens[k.previousOfFact].nextOfFact = k.nextOfFact
		} else {
			s.facts[f].tokens = k.nextOfFact
		}
		if k.nextOfFact != 0 {
			s.tokens[k.nextOfFact].previousOfFact = k.previousOfFact
		}
	}
	k.node = 0
	s.live--
	s.tokenArena.release(t)
}
