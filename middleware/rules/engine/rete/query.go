package rete

import (
	"cmp"
	"slices"
)

// Fact is a fact of working memory as a caller sees it.
type Fact struct {
	ID       uint64
	Tag      uint64 // grows with every insertion and update
	Template uint32
	Logical  bool // lives as long as a match supports it
	Slots    []Value
}

// Len is the number of facts in working memory.
func (s *Session) Len() int { return len(s.byID) }

// Fact gives the fact with that id.
func (s *Session) Fact(id uint64) (Fact, bool) {
	f, ok := s.byID[id]
	if !ok {
		return Fact{}, false
	}
	return s.fact(f), true
}

func (s *Session) fact(f uint32) Fact {
	k := &s.facts[f]
	out := Fact{ID: k.id, Tag: k.tag, Template: k.template, Logical: !k.stated}
	slots := s.engine.templates[k.template].slots
	for i, c := range s.values(f) {
		out.Slots = append(out.Slots, s.value(c, slots[i].Type))
	}
	return out
}

// Facts gives all facts in the order of their ids.
func (s *Session) Facts() []Fact {
	out := make([]Fact, 0, len(s.byID))
	for _, f := range s.byTag() {
		out = append(out, s.fact(f))
	}
	slices.SortFunc(out, func(a, b Fact) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// byTag gives all facts, the oldest tag first.
func (s *Session) byTag() []uint32 {
	list := make([]uint32, 0, len(s.byID))
	for f := range s.facts {
		if s.facts[f].id != 0 {
			list = append(list, uint32(f))
		}
	}
	slices.SortFunc(list, func(a, b uint32) int { return cmp.Compare(s.facts[a].tag, s.facts[b].tag) })
	return list
}

// Agenda gives the activations of an agenda group in the order in which they
// would fire if nothing changed.
func (s *Session) Agenda(group uint32) []Activation {
	if int(group) >= len(s.agenda) {
		return nil
	}
	var out []Activation
	for _, a := range s.ordered(&s.agenda[group]) {
		out = append(out, s.describe(a))
	}
	return out
}

func (s *Session) ordered(h *heap) []uint32 {
	var list []uint32
	for _, a := range h.items {
		if !s.acts[a].dead {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b uint32) int {
		switch {
		case a == b:
			return 0
		case s.before(a, b):
			return -1
		}
		return 1
	})
	return list
}

// Focus gives the focus stack, the top last; MAIN below it is not listed.
func (s *Session) Focus() []string {
	var out []string
	for _, g := range s.focus {
		out = append(out, s.engine.model.Groups[g])
	}
	return out
}
