package rete_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// ledger keeps a session in records: it writes only what Changes tells.
type ledger struct {
	facts    map[uint64]rete.Fact
	states   map[string]rete.MatchState
	supports map[string][]uint64 // facts by match
}

func newLedger() *ledger {
	return &ledger{map[uint64]rete.Fact{}, map[string]rete.MatchState{}, map[string][]uint64{}}
}

func (l *ledger) write(t *testing.T, s *rete.Session) {
	t.Helper()
	changes := s.Changes()
	for _, id := range changes.Facts {
		delete(l.facts, id)
		if f, ok := s.Fact(id); ok {
			l.facts[id] = f
		}
	}
	for _, m := range changes.Matches {
		if l.states[m.Key] != m.Before {
			t.Fatalf("match %x was %d, the changes say %d", m.Key, l.states[m.Key], m.Before)
		}
		l.states[m.Key] = m.After
		if m.After == rete.Gone {
			delete(l.states, m.Key)
		}
	}
	for _, k := range changes.Supports {
		without := slices.DeleteFunc(slices.Clone(l.supports[k.Match]), func(id uint64) bool { return id == k.Fact })
		if k.Added {
			without = append(without, k.Fact)
		}
		l.supports[k.Match] = without
	}
	for match, ids := range l.supports { // facts that are gone or stated have none
		l.supports[match] = slices.DeleteFunc(ids, func(id uint64) bool { return !l.facts[id].Logical })
	}
}

func (l *ledger) restore(t *testing.T, e *rete.Engine, like *rete.Session) *rete.Session {
	t.Helper()
	state := rete.State{Focus: like.FocusStack()}
	state.NextID, state.NextTag = like.Counters()
	for _, f := range l.facts {
		state.Facts = append(state.Facts, f)
	}
	seen := 0
	state.Match = func(m rete.MatchChange) (bool, []uint64) {
		if l.states[m.Key] == rete.Gone {
			t.Fatalf("the restored session has match %x, the records do not", m.Key)
		}
		seen++
		return l.states[m.Key] == rete.Pending, l.supports[m.Key]
	}
	s, err := e.Restore(state, nil)
	if err != nil {
		t.Fatal(err)
	}
	if seen != len(l.states) {
		t.Fatalf("the restored session has %d matches, the records %d", seen, len(l.states))
	}
	s.Track()
	return s
}

func export(t *testing.T, s *rete.Session) []byte {
	t.Helper()
	state, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// quartet runs the same operations on a session that lives on, on one restored
// from records before each operation, and on a clone made before each.
type quartet struct {
	t        *testing.T
	e        *rete.Engine
	living   *rete.Session
	restored *rete.Session
	ledger   *ledger
	rules    string
}

func newQuartet(t *testing.T, rules string) *quartet {
	t.Helper()
	q := &quartet{t: t, e: load(t, rules), ledger: newLedger(), rules: rules}
	var err error
	if q.living, err = q.e.NewTracked(nil); err != nil {
		t.Fatal(err)
	}
	q.restored = q.living.Clone(nil)
	first, err := q.e.NewTracked(nil)
	if err != nil {
		t.Fatal(err)
	}
	q.living.Changes()
	q.restored.Changes()
	q.ledger.write(t, first)
	return q
}

func (q *quartet) do(what string, f func(s *rete.Session) (string, error)) {
	q.t.Helper()
	before := export(q.t, q.living)
	clone := q.living.Clone(nil)
	q.restored = q.ledger.restore(q.t, q.e, q.living)
	if again := export(q.t, q.restored); !bytes.Equal(before, again) {
		q.t.Fatalf("before %s: the restored session exports other bytes\n%s", what, q.rules)
	}
	var answers, changes []string
	var states [][]byte
	var costs []uint64
	for _, s := range []*rete.Session{clone, q.restored} {
		start := s.Work()
		answer, err := f(s)
		costs = append(costs, s.Work()-start)
		answers = append(answers, fmt.Sprint(answer, err))
		states = append(states, export(q.t, s))
	}
	q.ledger.write(q.t, clone)
	if !bytes.Equal(before, export(q.t, q.living)) {
		q.t.Fatalf("%s on a clone changed the session it is of\n%s", what, q.rules)
	}
	start := q.living.Work()
	answer, err := f(q.living)
	costs = append(costs, q.living.Work()-start)
	answers = append(answers, fmt.Sprint(answer, err))
	states = append(states, export(q.t, q.living))
	for _, s := range []*rete.Session{q.restored, q.living} {
		written, err := json.Marshal(s.Changes())
		if err != nil {
			q.t.Fatal(err)
		}
		changes = append(changes, string(written))
	}
	for i := range 2 {
		if answers[i] != answers[2] || costs[i] != costs[2] || !bytes.Equal(states[i], states[2]) {
			q.t.Fatalf("%s: session %d of clone, restored, living differs: %v, cost %v\n%s", what, i, answers, costs, q.rules)
		}
	}
	if changes[0] != changes[1] {
		q.t.Fatalf("%s: other changes:\n%s\n%s\n%s", what, changes[0], changes[1], q.rules)
	}
}

func (q *quartet) step(r *rand.Rand) {
	slots := asValues([]any{r.Int64N(5), r.Int64N(5), []string{"p", "q"}[r.IntN(2)], r.IntN(2) == 0})
	facts := q.living.Facts()
	switch kind := r.IntN(10); {
	case kind < 4 || len(facts) == 0:
		if len(facts) >= 12 {
			return
		}
		template := uint32(r.IntN(len(randomTemplates)))
		q.do("insert", func(s *rete.Session) (string, error) {
			id, err := s.Insert(template, slots...)
			return fmt.Sprint(id), err
		})
	case kind < 5:
		id := facts[r.IntN(len(facts))].ID
		q.do("retract", func(s *rete.Session) (string, error) { return "", s.Retract(id) })
	case kind < 6:
		id := facts[r.IntN(len(facts))].ID
		q.do("update", func(s *rete.Session) (string, error) { return "", s.Update(id, slots...) })
	default:
		limits := rete.Limits{Firings: uint64(r.IntN(4) + 1)}
		q.do("fire", func(s *rete.Session) (string, error) {
			var trace strings.Builder
			out, err := s.Fire(limits, func(a rete.Activation) { fmt.Fprint(&trace, a) })
			return fmt.Sprint(out, trace.String()), err
		})
	}
}

// TestRecords: a session can be kept in records of which only the changed ones
// are written, and cloned, on random rule sets.
func TestRecords(t *testing.T) {
	runs := uint64(400)
	if testing.Short() {
		runs = 60
	}
	for seed := range runs {
		r := rand.New(rand.NewPCG(seed, 77))
		q := newQuartet(t, randomRuleText(r))
		for range 20 {
			if q.step(r); q.living.Len() > 25 {
				break
			}
		}
	}
}

func TestCapacity(t *testing.T) {
	d := newDesk(t, "template A\nx: int\nend\nrule \"grow\" when A($x : x) then insert A(x = $x + 1) end")
	d.s.SetCapacity(3, 1_000)
	d.add("A", 1)
	out, err := d.s.Fire(rete.Limits{}, nil)
	if err == nil || out.Firings != 2 || d.s.Len() != 3 {
		t.Errorf("%d firings, %d facts, %v", out.Firings, d.s.Len(), err)
	}
	asked := 0
	d = newDesk(t, "template A\nx: int\nend\nrule \"grow\" when A($x : x) then insert A(x = $x + 1) end")
	d.add("A", 1)
	out, err = d.s.Fire(rete.Limits{Stop: func(*rete.Outcome) bool { asked++; return asked == 5 }}, nil)
	if err != nil || out.Status != rete.Paused || out.Firings != 5 {
		t.Errorf("%+v, %v", out, err)
	}
}
