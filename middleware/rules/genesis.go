package rules

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/cybermiles/cybermiles/contract"
)

// Sessions is what a genesis knows of sessions.
type Sessions struct {
	Opened   uint64         `json:"opened"`
	Epoch    uint32         `json:"epoch"`
	Resident uint64         `json:"resident"`
	List     []SavedSession `json:"list,omitempty"`
}

// SavedSession is a session as its storage has it.
type SavedSession struct {
	ID          uint64           `json:"id"`
	Model       common.Hash      `json:"model"`
	Owner       common.Address   `json:"owner"`
	Closing     bool             `json:"closing,omitempty"`
	NextID      uint64           `json:"nextId"`
	NextTag     uint64           `json:"nextTag"`
	Entries     uint32           `json:"entries"`
	Work        uint32           `json:"work"`
	Loaded      uint32           `json:"loaded"`
	Epoch       uint32           `json:"epoch"`
	Peak        uint8            `json:"peak"`
	Free        uint32           `json:"free"`
	Fingerprint hexutil.Bytes    `json:"fingerprint"`
	Focus       hexutil.Bytes    `json:"focus,omitempty"`
	Places      []SavedFact      `json:"places,omitempty"`
	Groups      []SavedGroup     `json:"groups,omitempty"`
	Guests      []common.Address `json:"guests,omitempty"`
}

// SavedFact is what lies at one place of a session: a fact, or nothing any more.
type SavedFact struct {
	ID       uint64        `json:"id"`
	Record   hexutil.Bytes `json:"record,omitempty"`
	Supports []common.Hash `json:"supports,omitempty"`
}

// SavedGroup is an agenda group's mark and exceptions.
type SavedGroup struct {
	Mark       uint64        `json:"mark"`
	Exceptions []common.Hash `json:"exceptions,omitempty"`
}

func (r *Rules) exportSessions(ctx *contract.Context) *Sessions {
	reg := r.store.Registry.Get(ctx)
	if reg.Opened == 0 {
		return nil
	}
	out := &Sessions{Opened: reg.Opened, Epoch: reg.Epoch, Resident: reg.Resident}
	for id := uint64(1); id <= reg.Opened; id++ {
		if h := r.store.Sessions.Get(ctx, id); h.Owner != (common.Address{}) {
			out.List = append(out.List, r.exportSession(ctx, id, h))
		}
	}
	return out
}

func (r *Rules) exportSession(ctx *contract.Context, id uint64, h head) SavedSession {
	s := SavedSession{ID: id, Model: h.Model, Owner: h.Owner, Closing: h.Closing, NextID: h.NextID, NextTag: h.NextTag,
		Entries: h.Entries, Work: h.Work, Loaded: h.Loaded, Epoch: h.Epoch, Peak: h.Peak, Free: h.Free,
		Fingerprint: h.Fingerprint[:], Focus: r.store.Focus.Get(ctx, id)}
	ids, records, supports := r.store.IDs.At(ctx, id), r.store.Facts.At(ctx, id), r.store.Supports.At(ctx, id)
	for place := range h.Places {
		four := ids.Get(ctx, uint64(place/4))
		fact := SavedFact{ID: four[place%4]}
		if fact.ID&freePlace == 0 {
			fact.Record = records.Get(ctx, fact.ID)
			k, _ := readRecord(fact.Record) // what the contract wrote
			by := supports.At(ctx, fact.ID)
			for i := range k.supports {
				fact.Supports = append(fact.Supports, by.Get(ctx, i))
			}
		}
		s.Places = append(s.Places, fact)
	}
	groups, lists := r.store.Groups.At(ctx, id), r.store.Exceptions.At(ctx, id)
	for g := range uint32(h.Groups) {
		record, list := groups.Get(ctx, g), lists.At(ctx, g)
		saved := SavedGroup{Mark: record.Mark}
		for i := range record.Exceptions {
			saved.Exceptions = append(saved.Exceptions, list.Get(ctx, i))
		}
		s.Groups = append(s.Groups, saved)
	}
	guests := r.store.GuestList.At(ctx, id)
	s.Guests = guests.Slice(ctx, 0, maxGuests)
	return s
}

func (r *Rules) beginSessions(ctx *contract.Context, saved *Sessions) error {
	if saved == nil {
		return nil
	}
	r.store.Registry.Set(ctx, registry{saved.Opened, saved.Epoch, saved.Resident})
	last := uint64(0)
	for _, s := range saved.List {
		if s.ID <= last || s.ID > saved.Opened || s.Owner == (common.Address{}) || len(s.Fingerprint) != len(fingerprint{}) {
			return fmt.Errorf("session %d: sessions have ascending numbers up to %d, an owner and a fingerprint of %d bytes", s.ID, saved.Opened, len(fingerprint{}))
		}
		last = s.ID
		h := r.beginSession(ctx, &s)
		if s.Closing {
			continue
		}
		if _, _, err := r.load(ctx, ctx, s.ID, &h); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rules) beginSession(ctx *contract.Context, s *SavedSession) head {
	h := head{Model: s.Model, Owner: s.Owner, Closing: s.Closing, Loaded: s.Loaded, Epoch: s.Epoch, Peak: s.Peak, Groups: uint16(len(s.Groups)),
		NextID: s.NextID, NextTag: s.NextTag, Entries: s.Entries, Places: uint32(len(s.Places)), Free: s.Free, Work: s.Work,
		Fingerprint: fingerprint(s.Fingerprint)}
	ids, records, supports := r.store.IDs.At(ctx, s.ID), r.store.Facts.At(ctx, s.ID), r.store.Supports.At(ctx, s.ID)
	for place, fact := range s.Places {
		four := ids.Get(ctx, uint64(place/4))
		four[place%4] = fact.ID
		ids.Set(ctx, uint64(place/4), four)
		if fact.ID&freePlace != 0 {
			continue
		}
		h.Facts++
		records.Set(ctx, fact.ID, fact.Record)
		by := supports.At(ctx, fact.ID)
		for i, match := range fact.Supports {
			by.Set(ctx, uint32(i), match)
		}
	}
	groups, lists := r.store.Groups.At(ctx, s.ID), r.store.Exceptions.At(ctx, s.ID)
	for g, saved := range s.Groups {
		n := uint32(len(saved.Exceptions))
		groups.Set(ctx, uint32(g), group{saved.Mark, n, n})
		list := lists.At(ctx, uint32(g))
		for i, match := range saved.Exceptions {
			list.Set(ctx, uint32(i), match)
		}
	}
	guests, list := r.store.Guests.At(ctx, s.ID), r.store.GuestList.At(ctx, s.ID)
	for _, guest := range s.Guests {
		guests.Set(ctx, guest, true)
		list.Push(ctx, guest)
	}
	r.store.Focus.Set(ctx, s.ID, s.Focus)
	r.store.Sessions.Set(ctx, s.ID, h)
	return h
}
