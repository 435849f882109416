package rules

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// What is on the agenda is stored as little as possible: of each agenda group a
// mark, such that matches with a fact more recent than it are on the agenda and
// others are not, and a list of the matches of which it is the other way round.
// A group whose agenda is empty has its mark at the newest fact and no
// exceptions. A session that is fired until nothing is left therefore writes
// nothing for a firing; one that pauses writes an exception for each rule it
// fired, or for each it did not, whichever are fewer.

// writeGroups brings the records of agenda groups in line with the matches that
// changed.
func (c *change) writeGroups(matches []rete.MatchChange) {
	byGroup := make([][]rete.MatchChange, len(c.live.groups))
	for _, m := range matches {
		c.ctx.Charge(noteGas)
		g := c.live.model.Rules[m.Rule].Group
		byGroup[g] = append(byGroup[g], m)
	}
	for g, list := range byGroup {
		if len(list) > 0 {
			c.writeGroup(uint32(g), list)
		}
	}
}

func (c *change) writeGroup(g uint32, matches []rete.MatchChange) {
	x := &c.live.groups[g]
	stored := c.rules.store.Exceptions.At(c.ctx, c.id)
	w := exceptionWriter{x, func(place uint32, match common.Hash) {
		c.units += listUnits
		list := stored.At(c.ctx, g)
		list.Set(c.ctx, place, match)
	}}
	before := x.group
	var come, leave []string
	for _, m := range matches {
		was, is := x.exceptional(m.Top, m.Before), x.exceptional(m.Top, m.After)
		switch {
		case is && !was:
			come = append(come, m.Key)
		case was && !is:
			leave = append(leave, m.Key)
		}
	}
	if waiting := c.live.network.Waiting(g); waiting == 0 || waiting < len(come) {
		come, leave = c.live.network.PendingKeys(g), nil
		w.clear()
		_, next := c.live.network.Counters()
		x.Mark = next - 1
	}
	for _, key := range leave {
		w.remove(c.ctx.Hash([]byte(key)))
	}
	for _, key := range come {
		c.ctx.Charge(noteGas)
		w.add(c.ctx.Hash([]byte(key)))
	}
	x.Used = max(x.Used, x.Exceptions)
	if x.group != before {
		records := c.rules.store.Groups.At(c.ctx, c.id)
		records.Set(c.ctx, g, x.group)
	}
}

// exceptional reports whether a match in a state needs to be listed.
func (x *exceptions) exceptional(top uint64, state rete.MatchState) bool {
	return state != rete.Gone && (state == rete.Pending) != (top > x.Mark)
}

// exceptionWriter changes a list of exceptions. What lies behind its end stays in
// storage until it is overwritten or the session closes.
type exceptionWriter struct {
	*exceptions
	store func(place uint32, match common.Hash)
}

func (w exceptionWriter) clear() {
	w.list, w.Exceptions = nil, 0
	clear(w.places)
}

func (w exceptionWriter) add(match common.Hash) {
	w.store(w.Exceptions, match)
	w.places[match] = w.Exceptions
	w.list = append(w.list, match)
	w.Exceptions++
}

func (w exceptionWriter) remove(match common.Hash) {
	place, found := w.places[match]
	if !found {
		return
	}
	last := w.list[len(w.list)-1]
	w.list[place], w.places[last] = last, place
	w.list = w.list[:len(w.list)-1]
	delete(w.places, match)
	w.Exceptions--
	if last != match {
		w.store(place, last)
	}
}

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
