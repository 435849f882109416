package rete

import (
	"encoding/binary"
	"slices"
)

// Truth maintenance: a fact inserted logically lives as long as a match that
// inserted it holds. Logical facts of equal content are one fact with several
// supports.

// equals are the facts of one content: at most one logical, any number stated.
type equals struct {
	logical uint32
	stated  uint32
}

// contentKey spells a fact's template and slots.
func contentKey(template uint32, values []cell) string {
	key := binary.BigEndian.AppendUint32(make([]byte, 0, 4+8*len(values)), template)
	for _, v := range values {
		key = binary.BigEndian.AppendUint64(key, uint64(v))
	}
	return string(key)
}

func (s *Session) values(f uint32) []cell {
	k := &s.facts[f]
	return s.cells[k.cells : int(k.cells)+len(s.engine.templates[k.template].slots)]
}

// indexContent counts a fact among the equal ones, if its template can be
// inserted logically.
func (s *Session) indexContent(f uint32) {
	s.hold(s.symbolsOf(f))
	t := s.facts[f].template
	if !s.engine.templates[t].logical {
		return
	}
	key := contentKey(t, s.values(f))
	k := s.equal[key]
	if s.facts[f].stated {
		k.stated++
	} else {
		k.logical = f
	}
	s.equal[key] = k
}

func (s *Session) unindexContent(f uint32) {
	s.besides -= s.symbolsOf(f)
	t := s.facts[f].template
	if !s.engine.templates[t].logical {
		return
	}
	key := contentKey(t, s.values(f))
	k := s.equal[key]
	if s.facts[f].stated {
		k.stated--
	} else {
		k.logical = 0
	}
	if k == (equals{}) {
		delete(s.equal, key)
	} else {
		s.equal[key] = k
	}
}

// state makes a logical fact a stated one, which stays until it is retracted.
func (s *Session) state(f uint32) {
	if s.facts[f].stated {
		return
	}
	s.noteFact(f)
	s.unindexContent(f)
	s.facts[f].stated = true
	s.facts[f].supports = 0
	s.indexContent(f)
}

// insertLogical gives a fact the support of the match being fired, as long as
// that match still holds.
func (s *Session) insertLogical(template uint32, values []cell) {
	if s.firedToken == 0 {
		return
	}
	k := s.equal[contentKey(template, values)]
	switch {
	case k.logical != 0:
		s.support(s.firedToken, k.logical)
		return
	case k.stated > 0:
		return
	}
	f := s.newFact(values)
	s.facts[f].template = template
	s.admit(f)
	s.support(s.firedToken, f)
	s.enter(f)
	s.maintain()
}

// support records that match t supports fact f.
func (s *Session) support(t, f uint32) {
	id := s.facts[f].id
	if slices.Contains(s.supported[t], id) {
		return
	}
	s.supported[t] = append(s.supported[t], id)
	s.noteSupport(s.engine.nodes[s.tokens[t].node].rule, t, id, true)
	s.facts[f].supports++
}

// withdraw takes the support of match t from its facts.
func (s *Session) withdraw(t uint32) {
	ids, ok := s.supported[t]
	if !ok {
		return
	}
	delete(s.supported, t)
	for _, id := range ids {
		f, alive := s.byID[id]
		if !alive || s.facts[f].stated {
			continue
		}
		s.noteSupport(s.engine.nodes[s.tokens[t].node].rule, t, id, false)
		if s.facts[f].supports--; s.facts[f].supports == 0 {
			s.unsupported.push(id)
		}
	}
}

// maintain retracts facts that have lost their last support, oldest first, and
// what falls with them.
func (s *Session) maintain() {
	for len(s.unsupported) > 0 {
		f, alive := s.byID[s.unsupported.pop()]
		if alive && !s.facts[f].stated && s.facts[f].supports == 0 {
			s.remove(f)
		}
	}
}
