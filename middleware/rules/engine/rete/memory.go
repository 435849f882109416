package rete

import (
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Limits of a session.
const (
	MaxFacts  = 1 << 20 // facts in working memory
	MaxTokens = 1 << 22 // partial matches that the network holds, and that one change makes
)

// The records below live in arenas (slices indexed by uint32, 0 meaning none)
// with free lists, so that matching allocates nothing and the collector sees no
// pointers.

// fact is a fact in working memory, or the results of an accumulate, which have
// tag 0 and instead of a template the node that made them.
type fact struct {
	id, tag  uint64
	template uint32
	cells    uint32 // first slot in Session.cells
	tokens   uint32 // tokens that carry it
	entries  uint32 // its places in buckets
	supports uint32 // matches that support it, when it is logical
	stated   bool   // not logical
}

// token is a partial match: its parent's facts and one more.
type token struct {
	parent, fact, node         uint32
	child, sibling, elder      uint32 // children of the parent, youngest first
	nextOfFact, previousOfFact uint32
	next, previous             uint32 // in the list of its bucket, blocker or owner
	bucket                     uint32
	// extra is the blocking entry (negativeNode), the owner (groupNode,
	// groupEndNode) or the pending activation (terminalNode).
	extra uint32
}

// bucket holds what meets in an index under one key: facts from the right in
// the order of their tags, and for each node of the index the tokens from the
// left. The head of a node's list is Session.lefts[lefts+ordinal], or lefts
// itself when the index has but one node.
type bucket struct {
	key                   [maxKey]cell
	index, hash           uint32
	next                  uint32 // in the chain of the hash table
	size                  uint32 // facts and tokens, those that a fact blocks too
	lefts                 uint32
	firstEntry, lastEntry uint32
}

// entry is a fact in a bucket.
type entry struct {
	fact, bucket, nextOfFact uint32
	next, previous           uint32
	blocked                  uint32 // tokens of a negativeNode it blocks
}

// arena is a slice of records with a free list.
type arena[T any] struct {
	items []T
	free  []uint32
}

// take gives a record, which may hold what an earlier user left in it.
func (a *arena[T]) take() uint32 {
	if n := len(a.free); n > 0 {
		i := a.free[n-1]
		a.free = a.free[:n-1]
		return i
	}
	if len(a.items) == 0 {
		var none T
		a.items = append(a.items, none)
	}
	if len(a.items) == cap(a.items) {
		a.items = slices.Grow(a.items, max(len(a.items), 32))
	}
	a.items = a.items[:len(a.items)+1]
	return uint32(len(a.items) - 1)
}

func (a *arena[T]) release(i uint32) { a.free = append(a.free, i) }

// blocks hands out runs of consecutive places in a slice.
type blocks struct{ free [][]uint32 } // by length

// reserve gives the first place of a run of n in items, which it may extend.
func reserve[T any](b *blocks, items []T, n int) (uint32, []T) {
	if n < len(b.free) {
		if list := b.free[n]; len(list) > 0 {
			b.free[n] = list[:len(list)-1]
			return list[len(list)-1], items
		}
	}
	at := len(items)
	if at+n > cap(items) {
		items = slices.Grow(items, max(at, n, 64))
	}
	return uint32(at), items[:at+n]
}

func (b *blocks) release(at uint32, n int) {
	for len(b.free) <= n {
		b.free = append(b.free, nil)
	}
	b.free[n] = append(b.free[n], at)
}

func (s *Session) newFact(values []cell) uint32 {
	f := s.factArena.take()
	s.facts = s.factArena.items
	var at uint32
	at, s.cells = reserve(&s.cellBlocks, s.cells, len(values))
	copy(s.cells[at:], values)
	s.facts[f] = fact{cells: at}
	return f
}

func (s *Session) releaseFact(f uint32, slots int) {
	s.cellBlocks.release(s.facts[f].cells, slots)
	s.facts[f] = fact{}
	s.factArena.release(f)
}

// newToken links a token under its parent and to its fact.
func (s *Session) newToken(n, parent, f uint32) uint32 {
	if s.created++; s.created > s.mayCreate {
		panic(abort{ErrTokens})
	}
	s.live++
	s.most = max(s.most, s.live+s.besides)
	s.work++
	t := s.tokenArena.take()
	s.tokens = s.tokenArena.items
	older := s.tokens[parent].child
	k := token{parent: parent, fact: f, node: n, sibling: older}
	if older != 0 {
		s.tokens[older].elder = t
	}
	s.tokens[parent].child = t
	if f != 0 {
		k.nextOfFact = s.facts[f].tokens
		if k.nextOfFact != 0 {
			s.tokens[k.nextOfFact].previousOfFact = t
		}
		s.facts[f].tokens = t
	}
	s.tokens[t] = k
	return t
}

// push puts a token at the head of a list.
func (s *Session) push(head *uint32, t uint32) {
	k := &s.tokens[t]
	k.next, k.previous = *head, 0
	if *head != 0 {
		s.tokens[*head].previous = t
	}
	*head = t
}

// unlink takes a token out of the list with the given head.
func (s *Session) unlink(head *uint32, t uint32) {
	k := &s.tokens[t]
	if k.previous != 0 {
		s.tokens[k.previous].next = k.next
	} else {
		*head = k.next
	}
	if k.next != 0 {
		s.tokens[k.next].previous = k.previous
	}
}

// leftBucket gives the bucket of token t at node n, made if need be.
func (s *Session) leftBucket(n *node, t uint32) uint32 {
	var key [maxKey]cell
	s.work += n.keyCost
	for i, r := range n.leftKey {
		key[i] = s.field(r, t, 0)
	}
	return s.bucketOf(&key, n.index)
}

// rightBucket gives the bucket of fact f in an index, made if need be.
func (s *Session) rightBucket(k *index, id, f uint32) uint32 {
	var key [maxKey]cell
	at := s.facts[f].cells
	for i, slot := range k.slots {
		key[i] = s.cells[at+uint32(slot)]
	}
	return s.bucketOf(&key, id)
}

func (s *Session) bucketOf(key *[maxKey]cell, id uint32) uint32 {
	hash := hashKey(id, key)
	for b := s.table[hash>>s.shift]; b != 0; b = s.buckets[b].next {
		k := &s.buckets[b]
		if k.hash == hash && k.index == id && k.key == *key {
			return b
		}
	}
	b := s.bucketArena.take()
	s.buckets = s.bucketArena.items
	if s.used++; s.used > len(s.table) {
		s.makeRoom()
	}
	var lefts uint32
	if nodes := len(s.engine.indexes[id].nodes); nodes > 1 {
		lefts, s.lefts = reserve(&s.leftBlocks, s.lefts, nodes)
		clear(s.lefts[lefts : int(lefts)+nodes])
	}
	head := &s.table[hash>>s.shift]
	s.buckets[b] = bucket{key: *key, index: id, hash: hash, next: *head, lefts: lefts}
	*head = b
	return b
}

// makeRoom drops the buckets that hold nothing any more, and enlarges the
// hash table unless that freed half of it. A bucket that becomes empty stays until
// then: most keys come back soon.
func (s *Session) makeRoom() {
	for i := range s.table {
		for at := &s.table[i]; *at != 0; {
			b := *at
			k := &s.buckets[b]
			if k.size > 0 {
				at = &k.next
				continue
			}
			*at = k.next
			s.used--
			if nodes := len(s.engine.indexes[k.index].nodes); nodes > 1 {
				s.leftBlocks.release(k.lefts, nodes)
			}
			s.bucketArena.release(b)
		}
	}
	if s.used < len(s.table)/2 {
		return
	}
	old := s.table
	s.table = make([]uint32, 4*len(old))
	s.shift -= 2
	for _, b := range old {
		for b != 0 {
			next := s.buckets[b].next
			head := &s.table[s.buckets[b].hash>>s.shift]
			s.buckets[b].next = *head
			*head = b
			b = next
		}
	}
}

// head gives the head of the list of tokens that wait at node n in a bucket.
func (s *Session) head(n *node, b uint32) *uint32 {
	k := &s.buckets[b]
	if n.alone {
		return &k.lefts
	}
	return &s.lefts[k.lefts+n.ordinal]
}

// wait puts a token among those that wait at the left of its node.
func (s *Session) wait(n *node, t uint32) {
	s.push(s.head(n, s.tokens[t].bucket), t)
}

// unwait takes it out again.
func (s *Session) unwait(n *node, t uint32) {
	s.unlink(s.head(n, s.tokens[t].bucket), t)
}

// newEntry puts fact f at the right end of a bucket.
func (s *Session) newEntry(b, f uint32) {
	e := s.entryArena.take()
	s.entries = s.entryArena.items
	s.hold(1)
	s.fill(b)
	k := &s.buckets[b]
	s.entries[e] = entry{fact: f, bucket: b, previous: k.lastEntry, nextOfFact: s.facts[f].entries}
	if k.lastEntry != 0 {
		s.entries[k.lastEntry].next = e
	} else {
		k.firstEntry = e
	}
	k.lastEntry = e
	s.facts[f].entries = e
}

// removeEntry takes an entry out of its bucket. It still knows its next.
func (s *Session) removeEntry(e uint32) {
	k := &s.entries[e]
	b := &s.buckets[k.bucket]
	s.drain(k.bucket)
	if k.previous != 0 {
		s.entries[k.previous].next = k.next
	} else {
		b.firstEntry = k.next
	}
	if k.next != 0 {
		s.entries[k.next].previous = k.previous
	} else {
		b.lastEntry = k.previous
	}
}

func (s *Session) releaseEntry(e uint32) {
	s.besides--
	s.entryArena.release(e)
}

// hold counts what is held besides tokens, about in their size: a fact's place
// in a bucket, symbols of a fact, the heads of a bucket, the tags of an
// activation. It counts nothing that depends on how the session came about.
func (s *Session) hold(n uint64) {
	s.besides += n
	s.most = max(s.most, s.live+s.besides)
}

// fill and drain count a fact or a token in a bucket.
func (s *Session) fill(b uint32) {
	k := &s.buckets[b]
	if k.size++; k.size == 1 {
		s.hold(s.headsOf(k))
	}
}

func (s *Session) drain(b uint32) {
	k := &s.buckets[b]
	if k.size--; k.size == 0 {
		s.besides -= s.headsOf(k)
	}
}

func (s *Session) headsOf(k *bucket) uint64 { return uint64(len(s.engine.indexes[k.index].nodes)) / 16 }

// symbolsOf is how many of a fact's slots are interned.
func (s *Session) symbolsOf(f uint32) (n uint64) {
	slots := s.engine.templates[s.facts[f].template].slots
	for i, c := range s.values(f) {
		if t := slots[i].Type; t == model.String || t.Numeric() && !c.small() {
			n++
		}
	}
	return n
}
