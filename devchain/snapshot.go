package devchain

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// snapshot is a point to which Revert can go back.
type snapshot struct {
	id     uint64
	number uint64
	hash   common.Hash
	root   common.Hash // of the state, which may have been replaced
	offset time.Duration
}

// Snapshot remembers the chain as it is and returns the snapshot's number.
func (c *Chain) Snapshot() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := uint64(1)
	if n := len(c.snapshots); n > 0 {
		id = c.snapshots[n-1].id + 1
	}
	head := c.ledger.Head()
	c.snapshots = append(c.snapshots, snapshot{
		id: id, number: head.NumberU64(), hash: head.Hash(), root: c.ledger.StateRoot(), offset: c.offset,
	})
	return id
}

// Revert goes back to a snapshot, which is then used up, as are later ones. It
// reports false when there is no such snapshot.
func (c *Chain) Revert(id uint64) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range c.snapshots {
		if s.id != id {
			continue
		}
		c.snapshots = c.snapshots[:i]
		if err := c.ledger.SetStateRoot(s.hash, s.root); err != nil {
			return false, err
		}
		if err := c.ledger.Rewind(s.number); err != nil {
			return false, fmt.Errorf("revert to snapshot %d: %w", id, err)
		}
		c.offset, c.nextTime, c.prevRandao = s.offset, 0, nil
		c.pool.Clear()
		return true, c.reset()
	}
	return false, nil
}
