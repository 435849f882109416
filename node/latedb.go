package node

import (
	"sync"

	dbm "github.com/cometbft/cometbft-db"
)

// lateDB is a database of CometBFT's that may still be read after it was closed:
// it is empty then. CometBFT's gossip routines do so while the node stops, and
// panic at an error.
type lateDB struct {
	dbm.DB
	mu     sync.RWMutex
	closed bool
}

func (d *lateDB) Get(key []byte) ([]byte, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return nil, nil
	}
	return d.DB.Get(key)
}

func (d *lateDB) Has(key []byte) (bool, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return false, nil
	}
	return d.DB.Has(key)
}

func (d *lateDB) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return d.DB.Close()
}
