package rete

import (
	"encoding/binary"
	"slices"

	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// StateVersion is the version of the exported form of a session.
const StateVersion = 1

var stateMagic = []byte("CMRS")

// Export gives the session's state: facts, supports, focus stack and agenda. Two
// sessions that would behave alike from now on have the same bytes. The network
// is not part of it; Import builds it anew.
func (s *Session) Export() ([]byte, error) {
	if s.broken {
		return nil, ErrBroken
	}
	w := stateWriter{s: s, strings: map[cell]uint64{}, index: map[uint32]uint64{}}
	w.raw(stateMagic)
	w.raw([]byte{StateVersion})
	w.raw(s.engine.hash[:])
	w.uint(s.nextID)
	w.uint(s.nextTag)
	w.uint(uint64(len(s.focus)))
	for _, g := range s.focus {
		w.uint(uint64(g))
	}
	facts := s.byTag()
	w.texts(facts)
	w.uint(uint64(len(facts)))
	tag := uint64(0)
	for i, f := range facts {
		w.index[f] = uint64(i)
		w.fact(f, tag)
		tag = s.facts[f].tag
	}
	w.supports()
	for group := range s.agenda {
		list := s.ordered(&s.agenda[group])
		w.uint(uint64(len(list)))
		for _, a := range list {
			w.match(s.acts[a].rule, s.acts[a].token)
		}
	}
	return w.out, nil
}

type stateWriter struct {
	s       *Session
	out     []byte
	strings map[cell]uint64 // string to its place in the table of strings
	index   map[uint32]uint64
}

func (w *stateWriter) raw(b []byte)  { w.out = append(w.out, b...) }
func (w *stateWriter) uint(u uint64) { w.out = binary.AppendUvarint(w.out, u) }

func (w *stateWriter) text(t string) {
	w.uint(uint64(len(t)))
	w.out = append(w.out, t...)
}

// texts writes each string of the facts once, in the order of first use.
func (w *stateWriter) texts(facts []uint32) {
	var list []string
	for _, f := range facts {
		slots := w.s.engine.templates[w.s.facts[f].template].slots
		for i, c := range w.s.values(f) {
			if _, known := w.strings[c]; slots[i].Type == model.String && !known {
				w.strings[c] = uint64(len(list))
				list = append(list, w.s.sym.text(c))
			}
		}
	}
	w.uint(uint64(len(list)))
	for _, t := range list {
		w.text(t)
	}
}

func (w *stateWriter) fact(f uint32, previousTag uint64) {
	k := &w.s.facts[f]
	w.uint(k.id)
	w.uint(k.tag - previousTag)
	stated := uint64(0)
	if k.stated {
		stated = 1
	}
	w.uint(uint64(k.template)<<1 | stated)
	slots := w.s.engine.templates[k.template].slots
	for i, c := range w.s.values(f) {
		switch {
		case slots[i].Type == model.String:
			w.uint(w.strings[c])
		case slots[i].Type == model.Boolean:
			w.uint(uint64(c))
		case c.small():
			x := c.int()
			w.uint(uint64(x<<1^x>>63) << 1)
		default:
			var scratch apd.Decimal
			t := model.FormatNumber(w.s.sym.decimal(c, &scratch))
			w.uint(uint64(len(t))<<1 | 1)
			w.out = append(w.out, t...)
		}
	}
}

// match writes a rule's match as the places of its facts.
func (w *stateWriter) match(rule, t uint32) {
	w.uint(uint64(rule))
	for _, hops := range w.s.engine.rules[rule].facts {
		w.uint(w.index[w.s.factAbove(t, hops)])
	}
}

// supports writes the matches that support logical facts, in the order of rules
// and facts.
func (w *stateWriter) supports() {
	type support struct {
		match []byte
		facts []uint64
	}
	var list []support
	w.s.eachMatch(func(rule, t uint32) {
		var k support
		for _, id := range w.s.supported[t] {
			if f, ok := w.s.byID[id]; ok && !w.s.facts[f].stated {
				k.facts = append(k.facts, w.index[f])
			}
		}
		if len(k.facts) == 0 {
			return
		}
		slices.Sort(k.facts)
		start := len(w.out)
		w.match(rule, t)
		k.match = slices.Clone(w.out[start:])
		w.out = w.out[:start]
		list = append(list, k)
	})
	slices.SortFunc(list, func(a, b support) int { return compareMatches(a.match, b.match) })
	w.uint(uint64(len(list)))
	for _, k := range list {
		w.raw(k.match)
		w.uint(uint64(len(k.facts)))
		for _, f := range k.facts {
			w.uint(f)
		}
	}
}
