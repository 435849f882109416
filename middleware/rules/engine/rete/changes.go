package rete

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Changes are what became different in a session since the last Changes: what
// whoever keeps its state in records has to write. Everything is in a fixed
// order, so that equal sessions tell the same.
type Changes struct {
	Facts    []uint64 // ids of facts that came, changed or went, ascending
	Matches  []MatchChange
	Supports []SupportChange
}

// MatchState is what has become of a match.
type MatchState uint8

// The states of a match.
const (
	Gone    MatchState = iota // it does not hold
	Spent                     // it holds and is not on the agenda
	Pending                   // it is on the agenda
)

// MatchChange is a match whose state changed. Key names it: the rule's number
// and the tags of its facts in the order of the patterns. Top is its highest tag.
type MatchChange struct {
	Rule          uint32
	Key           string
	Top           uint64
	Before, After MatchState
}

// SupportChange is a match that began or ceased to support a logical fact. Those
// of facts that are gone or stated by now are not told.
type SupportChange struct {
	Fact  uint64
	Match string // its key
	Added bool
}

// trackWork is what noting a change costs.
const trackWork = 2

type supportKey struct {
	fact  uint64
	match string
}

// changes collects. Only the state before and the state now of each thing are
// kept, so that nothing depends on the order in which the network works.
type changes struct {
	facts    map[uint64]struct{}
	size     int // bytes of the facts that came or changed, roughly and from above
	matches  map[string]*MatchChange
	supports map[supportKey]*[2]bool // before, now
}

func newChanges() *changes {
	return &changes{facts: map[uint64]struct{}{}, matches: map[string]*MatchChange{}, supports: map[supportKey]*[2]bool{}}
}

// Track begins to collect changes, which costs a little work for each.
func (s *Session) Track() { s.changes = newChanges() }

// NewTracked is NewSession with Track from the start, so that the activations of
// rules without patterns are among the changes.
func (e *Engine) NewTracked(meter Meter) (*Session, error) {
	s := e.emptySession(meter)
	s.Track()
	return s, s.change(s.start)
}

// Tracked tells how much Changes would give: facts, a bound for the bytes of
// their slots, matches and supports.
func (s *Session) Tracked() (facts, size, matches, supports int) {
	k := s.changes
	return len(k.facts), k.size, len(k.matches), len(k.supports)
}

// Changes gives what changed since Track or the last Changes.
func (s *Session) Changes() (out Changes) {
	k := s.changes
	s.changes = newChanges()
	out.Facts = slices.Sorted(maps.Keys(k.facts))
	for _, key := range slices.Sorted(maps.Keys(k.matches)) {
		if m := k.matches[key]; m.Before != m.After {
			out.Matches = append(out.Matches, *m)
		}
	}
	for key, state := range k.supports {
		f, alive := s.byID[key.fact]
		if state[0] != state[1] && alive && !s.facts[f].stated {
			out.Supports = append(out.Supports, SupportChange{key.fact, key.match, state[1]})
		}
	}
	slices.SortFunc(out.Supports, func(a, b SupportChange) int {
		return cmp.Or(cmp.Compare(a.Fact, b.Fact), cmp.Compare(a.Match, b.Match))
	})
	return out
}

// noteFact says that a fact came, changed or is about to go.
func (s *Session) noteFact(f uint32) {
	if s.changes == nil {
		return
	}
	k := &s.facts[f]
	s.work += trackWork
	s.changes.facts[k.id] = struct{}{}
	for i, c := range s.values(f) {
		s.changes.size += 12
		switch t := s.engine.templates[k.template].slots[i].Type; {
		case t == model.String:
			s.changes.size += len(s.sym.text(c))
		case t.Numeric() && !c.small():
			s.changes.size += 2 * model.MaxDigits
		}
	}
}

// matchKey names the match whose terminal token is t.
func (s *Session) matchKey(rule, t uint32) (key string, top uint64) {
	facts := s.engine.rules[rule].facts
	bytes := make([]byte, 4+8*len(facts))
	binary.BigEndian.PutUint32(bytes, rule)
	hops := uint16(1)
	for i := len(facts) - 1; i >= 0; i-- { // the last pattern is the nearest
		for ; hops < facts[i]; hops++ {
			t = s.tokens[t].parent
		}
		tag := s.facts[s.tokens[t].fact].tag
		binary.BigEndian.PutUint64(bytes[4+8*i:], tag)
		top = max(top, tag)
	}
	return string(bytes), top
}

// noteMatch says that a match passes from one state to another.
func (s *Session) noteMatch(rule, t uint32, before, after MatchState) {
	if s.changes == nil || s.importing {
		return
	}
	s.work += trackWork + uint64(len(s.engine.rules[rule].facts))/2
	key, top := s.matchKey(rule, t)
	if m, known := s.changes.matches[key]; known {
		m.After = after
		return
	}
	s.changes.matches[key] = &MatchChange{rule, key, top, before, after}
}

// noteSupport says that a match begins or ceases to support a fact.
func (s *Session) noteSupport(rule, t uint32, fact uint64, now bool) {
	if s.changes == nil || s.importing {
		return
	}
	s.work += trackWork
	key, _ := s.matchKey(rule, t)
	at := supportKey{fact, key}
	if state, known := s.changes.supports[at]; known {
		state[1] = now
		return
	}
	s.changes.supports[at] = &[2]bool{!now, now}
}

// Waiting is the number of activations of an agenda group.
func (s *Session) Waiting(group uint32) int {
	h := &s.agenda[group]
	return len(h.items) - h.dead
}

// Counters are the id and the tag that come next.
func (s *Session) Counters() (id, tag uint64) { return s.nextID, s.nextTag }

// Tokens is the number of partial matches held.
func (s *Session) Tokens() uint64 { return s.live }

// Besides is what the session holds besides facts and partial matches, about in
// the size of these: the places that facts take in the network's indexes and
// what these need, strings and long numbers in slots, the tags of long matches on
// the agenda.
func (s *Session) Besides() uint64 { return s.besides }

// Most is the most of partial matches and Besides that was held since the
// session was made or cloned. Its memory is kept for what comes.
func (s *Session) Most() uint64 { return s.most }

// FocusStack is the focus stack as numbers of agenda groups, the top last.
func (s *Session) FocusStack() []uint32 { return slices.Clone(s.focus) }

// PendingKeys names the matches on the agenda of a group, the first to fire
// first.
func (s *Session) PendingKeys(group uint32) []string {
	var out []string
	for _, a := range s.ordered(&s.agenda[group]) {
		key, _ := s.matchKey(s.acts[a].rule, s.acts[a].token)
		out = append(out, key)
	}
	return out
}
