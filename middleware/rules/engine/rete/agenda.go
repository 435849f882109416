package rete

import "slices"

// activation is a match that waits to be fired. top is its most recent tag; all
// its facts' tags are in Session.tags, first sorted with the most recent in
// front, then once more in the order of the rule's patterns.
type activation struct {
	token    uint32
	rule     uint32
	salience int32
	tags     uint32
	count    uint8 // facts
	dead     bool  // no longer on the agenda, but still in its heap
	top      uint64
}

// heap is the agenda of one group. Activations leave it by being marked dead;
// the dead are dropped when they come to the top or outnumber the living.
type heap struct {
	items []uint32
	dead  int
}

// eachMatch calls f for every match of every rule, in no particular order.
func (s *Session) eachMatch(f func(rule, t uint32)) {
	for t := range s.tokens {
		if n := &s.engine.nodes[s.tokens[t].node]; n.kind == terminalNode {
			f(n.rule, uint32(t))
		}
	}
}

// matched handles a token that arrives at the end of a rule.
func (s *Session) matched(n *node, t uint32) {
	r := &s.engine.rules[n.rule]
	if s.importing || s.firing && (r.NoLoop && n.rule == s.firedRule || r.LockOnActive && r.Group == s.firedGroup) {
		s.noteMatch(n.rule, t, Gone, Spent)
		return
	}
	s.noteMatch(n.rule, t, Gone, Pending)
	s.activate(r, n.rule, t)
}

// unmatched handles a token of a rule that no longer holds.
func (s *Session) unmatched(n *node, t uint32) {
	if a := s.tokens[t].extra; a != 0 {
		s.noteMatch(n.rule, t, Pending, Gone)
		s.deactivate(a)
	} else {
		s.noteMatch(n.rule, t, Spent, Gone)
	}
	if t == s.firedToken {
		s.firedToken = 0
	}
	if s.engine.rules[n.rule].logical {
		s.withdraw(t)
	}
}

// activate puts a match on the agenda of its rule's group.
func (s *Session) activate(r *compiledRule, rule, t uint32) {
	a := s.actArena.take()
	s.acts = s.actArena.items
	n := len(r.facts)
	s.work += uint64(n)
	s.hold(uint64(n) / 8)
	var at uint32
	at, s.tags = reserve(&s.tagBlocks, s.tags, 2*n)
	s.acts[a] = activation{token: t, rule: rule, salience: r.Salience, tags: at, count: uint8(n)}
	s.acts[a].top = s.sortTags(r, t, s.tags[at:int(at)+n], s.tags[int(at)+n:int(at)+2*n])
	s.tokens[t].extra = a
	h := &s.agenda[r.Group]
	h.items = append(h.items, a)
	s.up(h.items, len(h.items)-1)
}

// sortTags fills both orders of a match's tags and gives the most recent one.
func (s *Session) sortTags(r *compiledRule, t uint32, sorted, plain []uint64) uint64 {
	if len(plain) == 0 {
		return 0
	}
	hops := uint16(1)
	for i := len(plain) - 1; i >= 0; i-- { // the last pattern is the nearest
		for ; hops < r.facts[i]; hops++ {
			t = s.tokens[t].parent
		}
		tag := s.facts[s.tokens[t].fact].tag
		plain[i] = tag
		k := len(plain) - 1 - i
		for ; k > 0 && sorted[k-1] < tag; k-- {
			sorted[k] = sorted[k-1]
		}
		sorted[k] = tag
	}
	return sorted[0]
}

// drop frees a dead activation.
func (s *Session) drop(a uint32) {
	k := &s.acts[a]
	s.tagBlocks.release(k.tags, 2*int(k.count))
	s.actArena.release(a)
}

// factAbove gives the fact that a reference with these hops from t means.
func (s *Session) factAbove(t uint32, hops uint16) uint32 {
	for ; hops > 1; hops-- {
		t = s.tokens[t].parent
	}
	return s.tokens[t].fact
}

// deactivate takes an activation off the agenda.
func (s *Session) deactivate(a uint32) {
	k := &s.acts[a]
	s.tokens[k.token].extra = 0
	s.besides -= uint64(k.count) / 8
	k.dead = true
	h := &s.agenda[s.engine.rules[k.rule].Group]
	if h.dead++; h.dead > 32 && h.dead > len(h.items)/2 {
		s.purge(h)
	}
}

// purge drops all dead activations.
func (s *Session) purge(h *heap) {
	living := h.items[:0]
	for _, a := range h.items {
		if s.acts[a].dead {
			s.drop(a)
		} else {
			living = append(living, a)
		}
	}
	h.items, h.dead = living, 0
	for i := (len(living) - 2) / fanout; i >= 0 && len(living) > 1; i-- {
		s.down(living, i)
	}
}

// best gives the activation of a group that fires first, or 0.
func (s *Session) best(h *heap) uint32 {
	for len(h.items) > 0 {
		a := h.items[0]
		if !s.acts[a].dead {
			return a
		}
		last := len(h.items) - 1
		h.items[0] = h.items[last]
		h.items = h.items[:last]
		if last > 0 {
			s.down(h.items, 0)
		}
		h.dead--
		s.drop(a)
	}
	return 0
}

// before is the conflict resolution: it tells whether a fires before b. It
// orders any two activations, whatever the history that led to them.
func (s *Session) before(a, b uint32) bool {
	x, y := &s.acts[a], &s.acts[b]
	if x.salience != y.salience {
		return x.salience > y.salience
	}
	if x.top != y.top {
		return x.top > y.top
	}
	n, m := uint32(x.count), uint32(y.count)
	for i := uint32(1); i < n && i < m; i++ {
		if p, q := s.tags[x.tags+i], s.tags[y.tags+i]; p != q {
			return p > q
		}
	}
	if n != m {
		return n > m
	}
	if x.rule != y.rule {
		return x.rule < y.rule
	}
	for i := n; i < 2*n; i++ {
		if p, q := s.tags[x.tags+i], s.tags[y.tags+i]; p != q {
			return p > q
		}
	}
	return false
}

// The heaps have four children a node: fewer levels, so fewer comparisons on
// the way up, which is where most activations stay.
const fanout = 4

func (s *Session) up(items []uint32, i int) {
	a := items[i]
	for i > 0 {
		parent := (i - 1) / fanout
		if !s.before(a, items[parent]) {
			break
		}
		items[i] = items[parent]
		i = parent
	}
	items[i] = a
}

func (s *Session) down(items []uint32, i int) {
	a := items[i]
	for {
		best := fanout*i + 1
		if best >= len(items) {
			break
		}
		for c := best + 1; c < min(fanout*i+fanout+1, len(items)); c++ {
			if s.before(items[c], items[best]) {
				best = c
			}
		}
		if !s.before(items[best], a) {
			break
		}
		items[i] = items[best]
		i = best
	}
	items[i] = a
}

// next gives the activation to fire, or 0: the best one of the agenda group on
// top of the focus stack. Groups without activations lose the focus.
func (s *Session) next() uint32 {
	for {
		group := uint32(mainGroup)
		if n := len(s.focus); n > 0 {
			group = s.focus[n-1]
		}
		if a := s.best(&s.agenda[group]); a != 0 || len(s.focus) == 0 {
			return a
		}
		s.focus = s.focus[:len(s.focus)-1]
	}
}

const mainGroup = 0

// pushFocus moves a group to the top of the focus stack.
func (s *Session) pushFocus(group uint32) {
	s.focus = slices.DeleteFunc(s.focus, func(g uint32) bool { return g == group })
	s.focus = append(s.focus, group)
}
