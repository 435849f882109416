package bench

import (
	"encoding/binary"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// ledger remembers each signed transaction's hash, when it was sent and when its block was first seen.
// It holds no pointers, so that a million entries cost the garbage collector nothing. Senders write only the
// sent side of their own transactions and the watcher only the seen side; both are read after all have ended.
type ledger struct {
	hashes []common.Hash
	slots  []uint32 // open addressing: position+1 in hashes, 0 for a free slot
	sent   []time.Duration
	seen   []time.Duration
}

// never marks a transaction that was not sent, or not seen in a block.
const never = time.Duration(-1)

func newLedger(n int) *ledger {
	size := 1
	for size < 2*n {
		size *= 2
	}
	l := &ledger{
		hashes: make([]common.Hash, n),
		slots:  make([]uint32, size),
		sent:   make([]time.Duration, n),
		seen:   make([]time.Duration, n),
	}
	for i := range n {
		l.sent[i], l.seen[i] = never, never
	}
	return l
}

// index makes find work, once all hashes are set.
func (l *ledger) index() {
	for i := range l.hashes {
		slot := l.slot(l.hashes[i][:])
		for l.slots[slot] != 0 {
			slot = (slot + 1) & uint64(len(l.slots)-1)
		}
		l.slots[slot] = uint32(i + 1)
	}
}

func (l *ledger) slot(hash []byte) uint64 {
	return binary.LittleEndian.Uint64(hash) & uint64(len(l.slots)-1)
}

// find returns the position of a transaction, or -1 when it is not one of ours.
func (l *ledger) find(hash common.Hash) int {
	for slot := l.slot(hash[:]); l.slots[slot] != 0; slot = (slot + 1) & uint64(len(l.slots)-1) {
		if i := int(l.slots[slot] - 1); l.hashes[i] == hash {
			return i
		}
	}
	return -1
}
