package bench

import (
	"encoding/binary"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

func TestLedgerFindsEachHash(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		l := newLedger(n)
		for i := range n {
			l.hashes[i] = crypto.Keccak256Hash(binary.BigEndian.AppendUint32(nil, uint32(i)))
		}
		l.index()
		for i := range n {
			if got := l.find(l.hashes[i]); got != i {
				t.Errorf("of %d: found %d at %d", n, i, got)
			}
			if l.sent[i] != never || l.seen[i] != never {
				t.Errorf("of %d: entry %d begins as sent at %d, seen at %d", n, i, l.sent[i], l.seen[i])
			}
		}
		if got := l.find(common.HexToHash("0x01")); got != -1 {
			t.Errorf("of %d: found an unknown hash at %d", n, got)
		}
	}
}

// TestLedgerCollisions fills one slot's neighbourhood, so that probing has to wrap around the end.
func TestLedgerCollisions(t *testing.T) {
	l := newLedger(4)
	for i := range l.hashes {
		binary.LittleEndian.PutUint64(l.hashes[i][:], uint64(len(l.slots)-1)) // the last slot
		l.hashes[i][31] = byte(i)
	}
	l.index()
	for i := range l.hashes {
		if got := l.find(l.hashes[i]); got != i {
			t.Errorf("found %d at %d", i, got)
		}
	}
	absent := l.hashes[0]
	absent[31] = 99
	if got := l.find(absent); got != -1 {
		t.Errorf("found a hash that was not added at %d", got)
	}
}
