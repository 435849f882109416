package rules

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// query lists facts of a template. A fact stays at its place, so that pages are
// consistent.
func (r *Rules) query(ctx *contract.Context, session uint64, template uint32, cursor, limit uint64) (facts []Fact, next uint64, err error) {
	h, err := r.session(ctx, session)
	if err != nil {
		return nil, 0, err
	}
	places := uint64(h.Places)
	cursor = min(cursor, places)
	end := cursor + min(limit, places-cursor)
	ids := r.store.IDs.At(ctx, session)
	var four [4]uint64
	for place := cursor; place < end; place++ {
		if place == cursor || place%4 == 0 {
			four = ids.Get(ctx, place/4)
		}
		if id := four[place%4]; id&freePlace == 0 {
			fact, err := r.stored(ctx, session, id)
			if err != nil {
				return nil, 0, err
			}
			if fact.Template == template {
				facts = append(facts, fact)
			}
		}
	}
	if end < places {
		next = end
	}
	return facts, next, nil
}

// stored is a fact as it lies in storage.
func (r *Rules) stored(ctx *contract.Context, session, id uint64) (Fact, error) {
	records := r.store.Facts.At(ctx, session)
	data := records.Get(ctx, id)
	ctx.Charge(noteGas + gasPerByte*uint64(len(data)))
	k, err := readRecord(data)
	if err != nil {
		return Fact{}, r.fail.NoFact(session, id)
	}
	k.fact.ID = id
	return r.given(ctx, k.fact)
}

// factOf is one fact.
func (r *Rules) factOf(ctx *contract.Context, session, id uint64) (Fact, error) {
	if _, err := r.session(ctx, session); err != nil {
		return Fact{}, err
	}
	return r.stored(ctx, session, id)
}

// sessionOf is what is known about a session.
func (r *Rules) sessionOf(ctx *contract.Context, session uint64) (Session, error) {
	h, err := r.session(ctx, session)
	if err != nil {
		return Session{}, err
	}
	info := Session{Model: h.Model, Owner: h.Owner, Facts: uint64(h.Facts), Entries: uint64(h.Entries)}
	if reg := r.store.Registry.Get(ctx); !reg.resident(&h) {
		info.LoadGas = gasPerRuleUnit * uint64(h.Work)
	}
	return info, nil
}

// close clears a session's storage as far as the gas goes.
func (r *Rules) close(ctx *contract.Context, session uint64) (bool, error) {
	h, err := r.owned(ctx, session)
	if err != nil {
		return false, err
	}
	e := eraser{r, ctx, session, &h}
	h.Closing = true
	if !e.facts() || !e.exceptions() || !e.guests() {
		r.store.Sessions.Set(ctx, session, h)
		return false, nil
	}
	r.store.Focus.Delete(ctx, session)
	r.store.Sessions.Set(ctx, session, head{})
	r.emit.Closed(ctx, session)
	return true, nil
}

// eraser clears a session's storage from the ends of its lists, so that what is
// left is always a shorter list.
type eraser struct {
	rules *Rules
	ctx   *contract.Context
	id    uint64
	head  *head
}

// eraseGas bounds what clearing a slot takes; finishGas what ending the call does.
const (
	eraseGas  = 8_000
	finishGas = 60_000
)

// may reports whether the gas suffices to clear so many slots and end the call.
func (e *eraser) may(slots int) bool { return e.ctx.GasLeft() >= finishGas+eraseGas*uint64(slots) }

func (e *eraser) facts() bool {
	store := &e.rules.store
	ids, records, supports := store.IDs.At(e.ctx, e.id), store.Facts.At(e.ctx, e.id), store.Supports.At(e.ctx, e.id)
	for e.head.Places > 0 {
		place := e.head.Places - 1
		if !e.may(4) {
			return false
		}
		four := ids.Get(e.ctx, uint64(place/4))
		if id := four[place%4]; id&freePlace == 0 {
			data := records.Get(e.ctx, id)
			k, _ := readRecord(data) // what the contract wrote
			by, before := supports.At(e.ctx, id), k.supports
			for k.supports > 0 && e.may(6+len(data)/32) {
				k.supports--
				by.Delete(e.ctx, k.supports)
			}
			if k.supports > 0 || !e.may(4+len(data)/32) {
				if k.supports < before {
					records.Set(e.ctx, id, k.append(nil))
				}
				return false
			}
			records.Delete(e.ctx, id)
		}
		four[place%4] = 0
		ids.Set(e.ctx, uint64(place/4), four)
		e.head.Places--
	}
	return true
}

func (e *eraser) exceptions() bool {
	store := &e.rules.store
	groups, lists := store.Groups.At(e.ctx, e.id), store.Exceptions.At(e.ctx, e.id)
	for e.head.Groups > 0 {
		if !e.may(3) {
			return false
		}
		g := uint32(e.head.Groups - 1)
		record, list := groups.Get(e.ctx, g), lists.At(e.ctx, g)
		for record.Used > 0 && e.may(3) {
			record.Used--
			list.Delete(e.ctx, record.Used)
		}
		if record.Used > 0 {
			groups.Set(e.ctx, g, record)
			return false
		}
		groups.Delete(e.ctx, g)
		e.head.Groups--
	}
	return true
}

func (e *eraser) guests() bool {
	guests, list := e.rules.store.Guests.At(e.ctx, e.id), e.rules.store.GuestList.At(e.ctx, e.id)
	for n := list.Len(e.ctx); n > 0; n-- {
		if !e.may(4) {
			return false
		}
		guests.Delete(e.ctx, list.Pop(e.ctx))
	}
	return e.may(len(common.Hash{}) / 4) // focus stack and head
}
