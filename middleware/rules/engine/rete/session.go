package rete

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Errors of a session.
var (
	ErrBroken   = errors.New("the session stopped in the middle of a change; import its last exported state")
	ErrNoFact   = errors.New("no such fact")
	ErrFacts    = fmt.Errorf("working memory is full: the limit is %d facts", MaxFacts)
	ErrTokens   = fmt.Errorf("the rules have more than %d partial matches on these facts", MaxTokens)
	ErrTemplate = errors.New("no such template")
	ErrGroup    = errors.New("no such agenda group")
)

// Meter is charged for the work of a session. An error stops the work at once
// and leaves the session broken.
type Meter interface {
	Charge(units uint64) error
}

// Session is a working memory with its network and agenda. It is not safe for
// concurrent use.
type Session struct {
	engine *Engine
	meter  Meter
	sym    *symbols

	work    uint64 // units since the session was made
	charged uint64 // of these, told to the meter
	due     uint64 // work at which the meter is told next
	broken  bool

	nextID, nextTag uint64
	byID            map[uint64]uint32
	equal           map[string]equals   // facts of logical templates by content
	supported       map[uint32][]uint64 // terminal token to the facts it supports
	unsupported     minHeap             // ids of facts that lost their last support

	// Arenas, and their current backing slices for direct access.
	factArena   arena[fact]
	tokenArena  arena[token]
	bucketArena arena[bucket]
	entryArena  arena[entry]
	ownerArena  arena[owner]
	actArena    arena[activation]
	facts       []fact
	tokens      []token
	buckets     []bucket
	entries     []entry
	owners      []owner
	acts        []activation
	cells       []cell
	cellBlocks  blocks
	lefts       []uint32 // heads of the lists of tokens in buckets
	leftBlocks  blocks
	tags        []uint64 // of activations
	tagBlocks   blocks
	lists       [][]cell
	freeLists   []uint32

	live      uint64 // tokens
	besides   uint64 // what else is held, see hold
	most      uint64 // of both together, since the session was made or cloned
	created   uint64 // tokens, over the session's life
	mayCreate uint64 // of them at the end of the current change

	table []uint32 // heads of the bucket chains, 1<<(32-shift) of them
	shift uint8
	used  int // buckets

	agenda []heap // by group
	focus  []uint32

	dirty    minHeap // owners to decide about, see settle
	targets  []target
	blockers []blocking
	results  []cell
	effects  effects

	changes *changes // what Track collects, or nil
	limits  capacity

	importing  bool
	firing     bool
	firedRule  uint32
	firedGroup uint32
	firedToken uint32
}

// capacity is how much a session may hold.
type capacity struct {
	facts  int
	tokens uint64
}

// SetCapacity sets narrower limits than MaxFacts and MaxTokens.
func (s *Session) SetCapacity(facts int, tokens uint64) {
	s.limits = capacity{min(facts, MaxFacts), min(tokens, MaxTokens)}
}

const (
	rootToken = 1
	// payEvery is how much work may pass before the meter is told.
	payEvery = 512
)

// abort unwinds a change that the meter or a limit stops. It never leaves the
// package: the entry points turn it into an error and break the session.
type abort struct{ err error }

// NewSession gives an empty session that charges meter, or nobody when meter is
// nil. Only the error of the meter is possible.
func (e *Engine) NewSession(meter Meter) (*Session, error) {
	s := e.emptySession(meter)
	return s, s.change(s.start)
}

func (e *Engine) emptySession(meter Meter) *Session {
	s := &Session{
		engine: e, meter: meter, sym: newSymbols(e.sym), due: payEvery, nextID: 1, nextTag: 1,
		byID: map[uint64]uint32{}, equal: map[string]equals{}, supported: map[uint32][]uint64{},
		table: make([]uint32, 64), shift: 26,
		agenda: make([]heap, len(e.model.Groups)), limits: capacity{MaxFacts, MaxTokens},
	}
	s.factArena.take()
	s.facts = s.factArena.items
	s.tokenArena.take()
	s.tokens = s.tokenArena.items
	return s
}

// start brings the root token to the nodes that begin with no pattern.
func (s *Session) start() error {
	for _, id := range s.engine.roots {
		s.activateLeft(id, rootToken, 0)
	}
	s.settle()
	return nil
}

// SetMeter replaces the meter that is charged from now on.
func (s *Session) SetMeter(meter Meter) { s.meter = meter }

// Work is the number of units the session has cost so far.
func (s *Session) Work() uint64 { return s.work }

func (s *Session) step() {
	s.work++
	if s.work >= s.due {
		s.pay()
	}
}

// pay tells the meter, unless little has happened since the last time.
func (s *Session) pay() {
	if s.work < s.due {
		return
	}
	if err := s.tell(); err != nil {
		panic(abort{err})
	}
}

func (s *Session) tell() error {
	units := s.work - s.charged
	s.charged, s.due = s.work, s.work+payEvery
	if s.meter == nil || units == 0 {
		return nil
	}
	return s.meter.Charge(units)
}

// change runs f, which changes the session, and settles with the meter.
func (s *Session) change(f func() error) (err error) {
	if s.broken {
		return ErrBroken
	}
	defer func() {
		if fault := recover(); fault != nil {
			stop, ok := fault.(abort)
			if !ok {
				panic(fault)
			}
			s.broken, err = true, stop.err
		}
	}()
	s.begin()
	err = f()
	s.finish()
	if stop := s.tell(); stop != nil {
		panic(abort{stop})
	}
	return err
}

// begin and finish enclose one change: an operation, a firing, a fact of an
// import. How many tokens a change makes and leaves is a property of rules and
// facts, so that every machine stops at the same one.
func (s *Session) begin() { s.mayCreate = s.created + s.limits.tokens }

func (s *Session) finish() {
	if s.live > s.limits.tokens {
		panic(abort{ErrTokens})
	}
}

// cellsOf checks and interns the slots of a new fact.
func (s *Session) cellsOf(template uint32, slots []Value) ([]cell, error) {
	if int(template) >= len(s.engine.templates) {
		return nil, fmt.Errorf("template %d: %w", template, ErrTemplate)
	}
	t := &s.engine.templates[template]
	name := s.engine.model.Templates[template].Name
	if len(slots) != len(t.slots) {
		return nil, fmt.Errorf("%s: %d values, expected %d", name, len(slots), len(t.slots))
	}
	cells := make([]cell, len(slots))
	for i, v := range slots {
		if v.Type == model.String && !utf8.ValidString(v.Text) {
			return nil, fmt.Errorf("%s.%s: the string is not UTF-8", name, t.slots[i].Name)
		}
		c, err := s.intern(v, t.slots[i].Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, t.slots[i].Name, err)
		}
		s.work += uint64(len(v.Text)) / 32
		cells[i] = c
	}
	return cells, nil
}

// Insert adds a fact, its slots in the order of the template, and gives its id.
// Where an equal fact exists only logically, that one becomes a stated fact.
func (s *Session) Insert(template uint32, slots ...Value) (id uint64, err error) {
	err = s.change(func() error {
		cells, err := s.cellsOf(template, slots)
		if err != nil {
			return err
		}
		if len(s.byID) >= s.limits.facts {
			return ErrFacts
		}
		id = s.insert(template, cells)
		return nil
	})
	return id, err
}

// Update replaces all slots of a fact. The fact keeps its id; to the rules it is
// retracted and inserted again, so it is the most recent one.
func (s *Session) Update(id uint64, slots ...Value) error {
	return s.change(func() error {
		f, ok := s.byID[id]
		if !ok {
			return fmt.Errorf("fact %d: %w", id, ErrNoFact)
		}
		cells, err := s.cellsOf(s.facts[f].template, slots)
		if err != nil {
			return err
		}
		s.update(f, cells)
		return nil
	})
}

// Retract removes a fact.
func (s *Session) Retract(id uint64) error {
	return s.change(func() error {
		f, ok := s.byID[id]
		if !ok {
			return fmt.Errorf("fact %d: %w", id, ErrNoFact)
		}
		s.remove(f)
		s.maintain()
		return nil
	})
}

// SetFocus moves an agenda group to the top of the focus stack.
func (s *Session) SetFocus(group string) error {
	return s.change(func() error {
		i := slices.Index(s.engine.model.Groups, group)
		if i < 0 {
			return fmt.Errorf("%q: %w", group, ErrGroup)
		}
		s.step()
		s.pushFocus(uint32(i))
		return nil
	})
}

// admit gives a new fact its id and tag and makes it known.
func (s *Session) admit(f uint32) {
	k := &s.facts[f]
	k.id, k.tag = s.nextID, s.nextTag
	s.nextID++
	s.nextTag++
	s.byID[k.id] = f
	s.noteFact(f)
	s.indexContent(f)
	s.work += 1 + uint64(len(s.engine.templates[k.template].slots))
	s.pay()
}

func (s *Session) insert(template uint32, values []cell) uint64 {
	if s.engine.templates[template].logical {
		s.step()
		if f := s.equal[contentKey(template, values)].logical; f != 0 {
			s.state(f)
			return s.facts[f].id
		}
	}
	f := s.newFact(values)
	s.facts[f].template, s.facts[f].stated = template, true
	s.admit(f)
	id := s.facts[f].id
	s.enter(f)
	s.maintain()
	return id
}

func (s *Session) update(f uint32, values []cell) {
	s.step()
	s.state(f)
	s.unindexContent(f)
	s.leave(f)
	copy(s.cells[s.facts[f].cells:], values)
	s.facts[f].tag = s.nextTag
	s.nextTag++
	s.noteFact(f)
	s.indexContent(f)
	s.maintain()
	s.enter(f)
	s.maintain()
}

// remove takes a fact out of working memory.
func (s *Session) remove(f uint32) {
	s.step()
	s.noteFact(f)
	s.unindexContent(f)
	delete(s.byID, s.facts[f].id)
	s.leave(f)
	s.releaseFact(f, len(s.engine.templates[s.facts[f].template].slots))
}
