package rules

import (
	"math"
	"math/bits"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// change is one call that changes a session.
type change struct {
	rules  *Rules
	ctx    *contract.Context
	id     uint64
	head   head
	before head
	reg    registry
	live   *live  // the call's own
	work   uint64 // of the network when the call began
	units  uint64 // of reading what the call wrote
	shrink bool   // the call takes facts out, which the work must not forbid
}

// entriesPerGas is how many entries of its session's network a call pays a unit
// of gas for: a call changes a copy, so that a revert needs no undoing.
const entriesPerGas = 2

// noteGas is the price of handling one changed record, besides its storage.
const noteGas = 50

// maxChanges is how often a transaction can change sessions, calls that it
// reverts included: each makes a version of a network that a revert leaves in
// memory.
const maxChanges = 24

// counted refuses a transaction's change after the last one that it can make.
func (r *Rules) counted(ctx *contract.Context) error {
	if r.changes.Next(ctx) > maxChanges {
		return contract.Refuse("rules: a transaction changes sessions at most %d times, reverted calls included; insertMany takes many facts at once", maxChanges)
	}
	return nil
}

// change begins a call that changes a session.
func (r *Rules) change(ctx *contract.Context, id uint64) (*change, error) {
	h, err := r.session(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.isAllowed(ctx, id, ctx.Caller()) {
		return nil, r.fail.NotAllowed(id, ctx.Caller())
	}
	if err := r.counted(ctx); err != nil {
		return nil, err
	}
	c := &change{rules: r, ctx: ctx, id: id, head: h, before: h, reg: r.store.Registry.Get(ctx)}
	if !c.reg.resident(&h) {
		var units uint64
		if c.live, units, err = r.load(ctx, ctx, id, &h); err != nil {
			return nil, err
		}
		c.head.Loaded = uint32(min(units, mostWork))
		c.head.Work, c.head.Peak = c.head.Loaded, 0
	} else {
		ctx.Charge(uint64(h.Entries) / entriesPerGas)
		if h.Epoch != c.reg.Epoch {
			ctx.Charge(keepGas * uint64(h.Entries))
		}
		kept := r.networks.get(id, h.Fingerprint, ctx.BlockNumber())
		if kept == nil {
			if kept, _, err = r.load(ctx, ctx.Unmetered(), id, &h); err != nil {
				return nil, err
			}
			kept.network.SetMeter(nil)
			r.networks.put(id, h.Fingerprint, kept)
		}
		c.live = kept.clone(ruleMeter{ctx})
	}
	c.work = c.live.network.Work()
	return c, nil
}

// grows refuses a change that adds to a session which is as large as can be.
func (c *change) grows() error {
	if c.head.Loaded > maxWork {
		return c.rules.fail.SessionFull(c.id)
	}
	return nil
}

// commit writes what has changed. what says what the call did, for the session's
// fingerprint.
func (c *change) commit(what ...[]byte) error {
	h, network := &c.head, c.live.network
	changes := network.Changes()
	c.writeGroups(changes.Matches)
	c.writeFacts(changes)
	c.writeFocus()
	h.NextID, h.NextTag = network.Counters()
	h.Facts = uint32(network.Len())
	entries, work := c.live.entries(), uint64(h.Work)+network.Work()-c.work+c.units
	if entries > maxEntries || work > mostWork && !c.shrink {
		return c.rules.fail.SessionFull(c.id)
	}
	h.Entries, h.Work = uint32(entries), uint32(min(work, math.MaxUint32))
	most := max(entries, network.Most(), uint64(c.before.Entries))
	h.Peak = max(h.Peak, uint8(bits.Len32(uint32(min(most, math.MaxUint32))|leastPeak)))
	hash := c.ctx.Hash(append([][]byte{h.Fingerprint[:]}, what...)...)
	copy(h.Fingerprint[:], hash[:])
	c.reg.use(h, c.before.Entries)
	c.rules.store.Registry.Set(c.ctx, c.reg)
	c.rules.store.Sessions.Set(c.ctx, c.id, *h)
	network.SetMeter(nil)
	c.rules.networks.put(c.id, h.Fingerprint, c.live)
	return nil
}

// writeFacts writes the records of facts that came, changed, went, or have other
// supports.
func (c *change) writeFacts(changes rete.Changes) {
	ids := changes.Facts
	for _, s := range changes.Supports {
		ids = append(ids, s.Fact)
	}
	slices.Sort(ids)
	supports := changes.Supports
	for _, id := range slices.Compact(ids) {
		n := 0
		for n < len(supports) && supports[n].Fact == id {
			n++
		}
		c.writeFact(id, supports[:n])
		supports = supports[n:]
	}
}

func (c *change) writeFact(id uint64, supports []rete.SupportChange) {
	c.ctx.Charge(noteGas)
	records := c.rules.store.Facts.At(c.ctx, c.id)
	stored := records.Get(c.ctx, id)
	fact, alive := c.live.network.Fact(id)
	if len(stored) == 0 && !alive {
		return // it came and went
	}
	k := record{fact: fact}
	if len(stored) > 0 {
		former, _ := readRecord(stored) // what the contract wrote
		k.place = former.place
	} else {
		k.place = c.takePlace(id)
	}
	k.supports = c.writeSupports(id, alive && fact.Logical, supports)
	if !alive {
		c.leavePlace(k.place)
		records.Delete(c.ctx, id)
		return
	}
	data := k.append(nil)
	c.units += factUnits(len(data))
	c.ctx.Charge(gasPerByte * uint64(len(data)))
	records.Set(c.ctx, id, data)
}

// takePlace lists a new fact's id.
func (c *change) takePlace(id uint64) (place uint32) {
	ids := c.rules.store.IDs.At(c.ctx, c.id)
	if c.head.Free == 0 {
		place = c.head.Places
		c.head.Places++
	} else {
		place = c.head.Free - 1
	}
	four := ids.Get(c.ctx, uint64(place/4))
	if c.head.Free != 0 {
		c.head.Free = uint32(four[place%4] &^ freePlace)
	}
	four[place%4] = id
	ids.Set(c.ctx, uint64(place/4), four)
	return place
}

// leavePlace makes a place free again: it holds the next free one plus one.
func (c *change) leavePlace(place uint32) {
	ids := c.rules.store.IDs.At(c.ctx, c.id)
	four := ids.Get(c.ctx, uint64(place/4))
	four[place%4] = freePlace | uint64(c.head.Free)
	c.head.Free = place + 1
	c.units += wordUnits
	ids.Set(c.ctx, uint64(place/4), four)
}

// writeSupports writes the matches that support a fact and gives their number.
func (c *change) writeSupports(id uint64, logical bool, changes []rete.SupportChange) uint32 {
	before := c.live.supports[id]
	if len(before) == 0 && len(changes) == 0 {
		return 0
	}
	c.ctx.Charge(uint64(len(before))) // the list is copied
	byFact := c.rules.store.Supports.At(c.ctx, c.id)
	stored := byFact.At(c.ctx, id)
	now := slices.Clone(before)
	if !logical {
		now = nil
	}
	for _, s := range changes {
		c.ctx.Charge(noteGas + uint64(len(now))) // the list is searched
		match := c.ctx.Hash([]byte(s.Match))
		if s.Added {
			now = append(now, match)
		} else if i := slices.Index(now, match); i >= 0 {
			now[i] = now[len(now)-1]
			now = now[:len(now)-1]
		}
	}
	for i := range max(len(before), len(now)) {
		var match common.Hash
		if i < len(now) {
			match = now[i]
		}
		if i >= len(before) || before[i] != match {
			c.units += listUnits
			stored.Set(c.ctx, uint32(i), match)
		}
	}
	c.live.supported += uint32(len(now)) - uint32(len(before))
	if len(now) == 0 {
		delete(c.live.supports, id)
	} else {
		c.live.supports[id] = now
	}
	return uint32(len(now))
}

// writeFocus writes the focus stack.
func (c *change) writeFocus() {
	var focus []byte
	for _, g := range c.live.network.FocusStack() {
		focus = append(focus, byte(g)) // a model has at most 256 groups
	}
	if !slices.Equal(focus, c.live.focus) {
		c.live.focus = focus
		c.rules.store.Focus.Set(c.ctx, c.id, focus)
	}
}
