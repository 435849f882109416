package rules

import "math/bits"

// Limits of sessions. A network within them takes some 30 MB.
const (
	maxFacts   = 1 << 15 // facts of a session
	maxEntries = 1 << 17 // of a session: what its network holds, see live.entries
	maxWork    = 3 << 20 // units to bring a session to memory, when it was last brought there
	maxGuests  = 64      // accounts that an owner ever allowed
)

// Which sessions are resident is part of the chain's state, so that bringing one
// to memory has one price on every node: who changes a session that is not
// resident pays for building its network from storage, and every node builds it
// then. A session stays resident while it is used: time runs in epochs, an epoch
// ends when the sessions used in it hold more than epochEntries, and a session
// is resident when it was used in this epoch or the one before. So a node needs
// room for at most two epochs' networks. The first use in an epoch pays keepGas
// for each entry, so that to displace others' sessions has its price.
//
// The work to bring a session to memory is known only when that is done;
// afterwards every change adds what it costs. When the work has grown by
// maxGrowth, or when little is left of what the network held, it is done, paid
// and measured anew. A session can never need more
// than mostWork, so that it can always be loaded within a transaction's gas.
const (
	epochEntries = 1 << 19
	keepGas      = 8
	maxGrowth    = 1 << 20
	mostWork     = maxWork + maxGrowth + maxGrowth/2
	weightStep   = 1 << 7
	leastPeak    = 1<<11 - 1 // entries that every network may take the memory of
)

// resident reports whether nodes have the session's network in memory.
func (g *registry) resident(h *head) bool {
	return h.Epoch > 0 && h.Epoch+1 >= g.Epoch && uint64(h.Work) <= uint64(h.Loaded)+maxGrowth && !h.hollow()
}

// hollow reports whether a network may take the memory of many more entries than
// it holds: a call's price, which goes by those, would not pay for the copy.
func (h *head) hollow() bool { return h.Peak > uint8(bits.Len32(h.Entries|leastPeak))+2 }

// use counts a session among those used in this epoch. entries is what it held
// when it was counted last.
func (g *registry) use(h *head, entries uint32) {
	grown := weight(h.Entries)
	if g.Epoch > 0 && h.Epoch == g.Epoch {
		grown -= min(grown, weight(entries))
	}
	if g.Resident += grown; g.Epoch == 0 || g.Resident > epochEntries {
		g.Epoch++
		g.Resident = weight(h.Entries)
	}
	h.Epoch = g.Epoch
}

// weight rounds entries up, so that the count changes rarely.
func weight(entries uint32) uint64 { return (uint64(entries)/weightStep + 1) * weightStep }
