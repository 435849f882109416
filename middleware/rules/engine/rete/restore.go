package rete

import (
	"cmp"
	"fmt"
	"slices"
)

// State is a session's state in records, as Changes tells what to write of it.
type State struct {
	NextID, NextTag uint64
	Focus           []uint32
	Facts           []Fact // in any order; Restore sorts them
	// Match tells of each match that holds whether it is on the agenda and the
	// logical facts that it supports. The matches come in no particular order.
	Match func(m MatchChange) (pending bool, supports []uint64)
}

// Restore builds a session from records. It goes on exactly as the session
// whose records they are, and costs about what inserting the facts would.
func (e *Engine) Restore(state State, meter Meter) (*Session, error) {
	s := e.emptySession(meter)
	err := s.change(func() error {
		s.importing = true
		defer func() { s.importing = false }()
		if err := s.start(); err != nil {
			return err
		}
		s.nextID, s.nextTag = state.NextID, state.NextTag
		for _, g := range state.Focus {
			if int(g) >= len(e.model.Groups) {
				return fmt.Errorf("%w: agenda group %d", ErrState, g)
			}
			s.pushFocus(g)
		}
		slices.SortFunc(state.Facts, func(a, b Fact) int { return cmp.Compare(a.Tag, b.Tag) })
		for i := range state.Facts {
			if err := s.restoreFact(&state.Facts[i]); err != nil {
				return err
			}
		}
		return s.restoreMatches(state.Match)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) restoreFact(k *Fact) error {
	cells, err := s.cellsOf(k.Template, k.Slots)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if _, known := s.byID[k.ID]; known || k.ID == 0 || k.ID >= s.nextID || k.Tag >= s.nextTag {
		return fmt.Errorf("%w: fact %d", ErrState, k.ID)
	}
	f := s.newFact(cells)
	to := &s.facts[f]
	to.id, to.tag, to.template, to.stated = k.ID, k.Tag, k.Template, !k.Logical
	s.byID[k.ID] = f
	s.indexContent(f)
	s.work += 1 + uint64(len(cells))
	s.pay()
	s.begin()
	s.enter(f)
	return nil
}

func (s *Session) restoreMatches(match func(MatchChange) (bool, []uint64)) (err error) {
	s.eachMatch(func(rule, t uint32) {
		s.work += trackWork + uint64(len(s.engine.rules[rule].facts))/2
		s.pay()
		key, top := s.matchKey(rule, t)
		pending, supports := match(MatchChange{Rule: rule, Key: key, Top: top})
		if pending {
			s.activate(&s.engine.rules[rule], rule, t)
		}
		for _, id := range supports {
			f, ok := s.byID[id]
			if !ok || s.facts[f].stated || !s.engine.rules[rule].logical {
				err = fmt.Errorf("%w: rule %d supports fact %d", ErrState, rule, id)
				return
			}
			s.step()
			s.support(t, f)
		}
	})
	return err
}
