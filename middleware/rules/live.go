package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// live is a session in memory: its network, and where its records are.
type live struct {
	model     *model.Model
	network   *rete.Session
	groups    []exceptions
	supports  map[uint64][]common.Hash // matches that support a logical fact, as stored
	supported uint32                   // their number
	focus     []byte
}

// exceptions are an agenda group's record and exceptions as stored.
type exceptions struct {
	group
	list   []common.Hash
	places map[common.Hash]uint32
}

func (x *exceptions) has(match common.Hash) bool {
	_, found := x.places[match]
	return found
}

func (l *live) clone(m rete.Meter) *live {
	c := *l
	c.network = l.network.Clone(m)
	c.groups = slices.Clone(l.groups)
	for i := range c.groups {
		c.groups[i].list, c.groups[i].places = slices.Clone(l.groups[i].list), maps.Clone(l.groups[i].places)
	}
	c.supports = maps.Clone(l.supports) // its lists are replaced, never changed
	return &c
}

func (l *live) bytes() int {
	bytes := l.network.Bytes() + 4096 + 256*len(l.groups)
	for i := range l.groups {
		bytes += 128 * len(l.groups[i].list)
	}
	return bytes + 128*int(l.supported)
}

// entries is what a session's limits and a call's price go by: facts, partial
// matches and what the network needs for them, exceptions, supports.
func (l *live) entries() uint64 {
	n := uint64(l.network.Len()) + l.network.Tokens() + l.network.Besides() + uint64(l.supported)
	for i := range l.groups {
		n += uint64(len(l.groups[i].list))
	}
	return n
}

// The work of reading a session from storage, in units like the engine's.
const (
	wordUnits = 20 // a word
	listUnits = 30 // an exception or a support
)

// factUnits is the work of reading a fact whose record has so many bytes: its
// place, its length and the record.
func factUnits(bytes int) uint64 { return wordUnits * (3 + uint64(bytes)/32) }

// freePlace marks what is listed at a place that no fact has.
const freePlace = 1 << 63

// loader reads a session from storage. pay is charged for it; it is without gas
// when a node makes up for what it has dropped from memory.
type loader struct {
	rules *Rules
	state *contract.Context // reads at no cost
	pay   *contract.Context
	id    uint64
	head  *head
	live  *live
	units uint64 // of reading
	facts []rete.Fact
	// supported are the facts that a match supports.
	supported map[common.Hash][]uint64
}

// read pays for reading.
func (l *loader) read(units uint64) {
	l.units += units
	l.pay.Charge(gasPerRuleUnit * units)
}

// load brings a session to memory and tells the work it took.
func (r *Rules) load(ctx, pay *contract.Context, id uint64, h *head) (*live, uint64, error) {
	engine, err := r.ruleSet(pay, h.Model)
	if err != nil {
		return nil, 0, err
	}
	l := loader{rules: r, state: ctx.Unmetered(), pay: pay, id: id, head: h, supported: map[common.Hash][]uint64{},
		live: &live{model: engine.Model(), supports: map[uint64][]common.Hash{}}}
	if err := l.readFacts(); err != nil {
		return nil, 0, fmt.Errorf("session %d: %w", id, err)
	}
	l.readGroups()
	l.live.focus = r.store.Focus.Get(l.state, id)
	state := rete.State{NextID: h.NextID, NextTag: h.NextTag, Facts: l.facts, Match: l.match}
	for _, g := range l.live.focus {
		state.Focus = append(state.Focus, uint32(g))
	}
	if l.live.network, err = engine.Restore(state, ruleMeter{pay}); err != nil {
		return nil, 0, fmt.Errorf("session %d: %w", id, err)
	}
	l.live.network.SetCapacity(maxFacts, maxEntries)
	l.live.network.Track()
	return l.live, l.units + l.live.network.Work(), nil
}

func (l *loader) readFacts() error {
	store := &l.rules.store
	ids, facts, supports := store.IDs.At(l.state, l.id), store.Facts.At(l.state, l.id), store.Supports.At(l.state, l.id)
	var four [4]uint64
	for place := range l.head.Places {
		if place%4 == 0 {
			four = ids.Get(l.state, uint64(place/4))
		}
		id := four[place%4]
		if id&freePlace != 0 {
			l.read(wordUnits)
			continue
		}
		data := facts.Get(l.state, id)
		l.read(factUnits(len(data)))
		k, err := readRecord(data)
		if err != nil {
			return fmt.Errorf("fact %d: %w", id, err)
		}
		k.fact.ID = id
		l.facts = append(l.facts, k.fact)
		if k.supports > 0 {
			by := supports.At(l.state, id)
			for i := range k.supports {
				l.read(listUnits)
				match := by.Get(l.state, i)
				l.live.supports[id] = append(l.live.supports[id], match)
				l.supported[match] = append(l.supported[match], id)
			}
			l.live.supported += k.supports
		}
	}
	return nil
}

func (l *loader) readGroups() {
	store := &l.rules.store
	records, lists := store.Groups.At(l.state, l.id), store.Exceptions.At(l.state, l.id)
	for g := range l.live.model.Groups {
		l.read(wordUnits)
		x := exceptions{group: records.Get(l.state, uint32(g)), places: map[common.Hash]uint32{}}
		if x.Exceptions > 0 {
			list := lists.At(l.state, uint32(g))
			for i := range x.Exceptions {
				l.read(listUnits)
				match := list.Get(l.state, i)
				x.list, x.places[match] = append(x.list, match), i
			}
		}
		l.live.groups = append(l.live.groups, x)
	}
}

// match tells the engine what the records say of a match.
func (l *loader) match(m rete.MatchChange) (pending bool, supports []uint64) {
	x := &l.live.groups[l.live.model.Rules[m.Rule].Group]
	pending = m.Top > x.Mark
	if len(x.list) == 0 && len(l.supported) == 0 {
		return pending, nil
	}
	hash := l.pay.Hash([]byte(m.Key))
	return pending != x.has(hash), l.supported[hash]
}
