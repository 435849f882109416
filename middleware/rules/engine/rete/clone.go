package rete

import (
	"maps"
	"slices"
)

// Clone gives a session that goes on independently of this one, under another
// meter. It copies memory and matches nothing. The clone of a session that
// collects changes collects its own.
func (s *Session) Clone(meter Meter) *Session {
	c := *s
	c.meter, c.charged, c.due = meter, s.work, s.work+payEvery
	c.most = s.live + s.besides
	c.sym = s.sym.clone()
	c.byID, c.equal = maps.Clone(s.byID), maps.Clone(s.equal)
	c.supported = make(map[uint32][]uint64, len(s.supported))
	for t, ids := range s.supported {
		c.supported[t] = slices.Clip(ids)
	}
	c.unsupported, c.dirty = slices.Clone(s.unsupported), slices.Clone(s.dirty)
	c.factArena, c.tokenArena = s.factArena.clone(), s.tokenArena.clone()
	c.bucketArena, c.entryArena = s.bucketArena.clone(), s.entryArena.clone()
	c.ownerArena, c.actArena = s.ownerArena.clone(), s.actArena.clone()
	c.facts, c.tokens, c.buckets = c.factArena.items, c.tokenArena.items, c.bucketArena.items
	c.entries, c.owners, c.acts = c.entryArena.items, c.ownerArena.items, c.actArena.items
	for i := range c.owners {
		c.owners[i].folds = slices.Clone(c.owners[i].folds)
	}
	c.cells, c.cellBlocks = slices.Clone(s.cells), s.cellBlocks.clone()
	c.lefts, c.leftBlocks = slices.Clone(s.lefts), s.leftBlocks.clone()
	c.tags, c.tagBlocks = slices.Clone(s.tags), s.tagBlocks.clone()
	c.lists, c.freeLists = slices.Clone(s.lists), slices.Clone(s.freeLists)
	c.table, c.focus = slices.Clone(s.table), slices.Clone(s.focus)
	c.agenda = slices.Clone(s.agenda)
	for i := range c.agenda {
		c.agenda[i].items = slices.Clone(c.agenda[i].items)
	}
	c.targets, c.blockers, c.results, c.effects = nil, nil, nil, effects{}
	if s.changes != nil {
		c.changes = newChanges()
	}
	return &c
}

func (a *arena[T]) clone() arena[T] { return arena[T]{slices.Clone(a.items), slices.Clone(a.free)} }

func (b *blocks) clone() blocks {
	c := blocks{free: slices.Clone(b.free)}
	for i := range c.free {
		c.free[i] = slices.Clone(c.free[i])
	}
	return c
}

func (y *symbols) clone() *symbols {
	c := *y
	c.strings, c.byText = slices.Clone(y.strings), maps.Clone(y.byText)
	c.numbers, c.byNumber = slices.Clone(y.numbers), maps.Clone(y.byNumber)
	return &c
}

// Bytes is about how much memory the session takes.
func (s *Session) Bytes() int {
	const record, entryOfMap = 44, 48
	records := cap(s.facts) + cap(s.tokens) + cap(s.buckets) + cap(s.entries) + cap(s.acts) + 3*cap(s.owners)
	words := cap(s.cells) + cap(s.tags) + cap(s.lefts)/2 + cap(s.table)/2
	symbols := len(s.sym.strings) + 2*len(s.sym.numbers)
	return record*records + 8*words + entryOfMap*(len(s.byID)+2*len(s.equal)+len(s.supported)+2*symbols) + s.sym.size
}
