package chain

import (
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
)

// A development chain may change the state under its head, as Hardhat's and
// Foundry's cheat methods ask for. The block keeps its hash and header; the
// state that is read and built upon is another one, named in this table: a
// block's hash to the root of its state, and behind that to the root which it
// replaced, should the process die before the new state is on disk.
var replacedPrefix = []byte("cmt-replaced-state-")

func hasReplacedStates(db ethdb.Iteratee) bool {
	it := db.NewIterator(replacedPrefix, nil)
	defer it.Release()
	return it.Next()
}

func replacedKey(hash common.Hash) []byte {
	return append(append([]byte{}, replacedPrefix...), hash[:]...)
}

// stateRoot is the root of the state after a block.
func (c *Chain) stateRoot(header *types.Header) common.Hash {
	if c.replaced.Load() {
		if roots, err := c.db.Get(replacedKey(header.Hash())); err == nil && len(roots) >= common.HashLength {
			return common.BytesToHash(roots[:common.HashLength])
		}
	}
	return header.Root
}

// settleReplaced takes back the replacements of states that a death of the
// process left unfinished: the new state is not there, the old one still is.
func (c *Chain) settleReplaced() error {
	it := c.db.NewIterator(replacedPrefix, nil)
	defer it.Release()
	for it.Next() {
		roots := it.Value()
		if len(roots) != 2*common.HashLength || c.inMemoryOrBase(common.BytesToHash(roots[:common.HashLength])) {
			continue
		}
		if before := roots[common.HashLength:]; c.inMemoryOrBase(common.BytesToHash(before)) {
			if err := c.db.Put(it.Key(), common.CopyBytes(before)); err != nil {
				return fmt.Errorf("take back an unfinished replacement of a state: %w", err)
			}
		}
	}
	return it.Error()
}

// StateRoot is the root of the state after the head, which differs from the
// header's after ReplaceState.
func (c *Chain) StateRoot() common.Hash { return c.stateRoot(c.Head().Header()) }

// ReplaceState makes a changed copy of the head's state the state after the
// head. It is for development chains only: no proof verifies against it. When
// it returns, the state is on disk: no block leads to it, so that nothing could
// rebuild it.
func (c *Chain) ReplaceState(statedb *state.StateDB) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	head := c.Head()
	before, root := c.stateRoot(head.Header()), statedb.IntermediateRoot(true)
	if root == before {
		return nil
	}
	if c.inMemoryOrBase(root) {
		return c.SetStateRoot(head.Hash(), root)
	}
	if err := c.commitState(statedb, head.NumberU64(), root); err != nil {
		return err
	}
	// The name comes first: a state on disk that has none could not be found.
	if err := c.nameState(head.Hash(), root, before); err != nil {
		return err
	}
	if err := c.triedb.Commit(root, false); err != nil {
		return fmt.Errorf("write the replaced state: %w", err)
	}
	return c.awaitOnDisk(root)
}

// SetStateRoot names the state after a block; the caller knows that it exists.
func (c *Chain) SetStateRoot(block, root common.Hash) error { return c.nameState(block, root) }

func (c *Chain) nameState(block common.Hash, roots ...common.Hash) error {
	var value []byte
	for _, root := range roots {
		value = append(value, root[:]...)
	}
	if err := errors.Join(c.db.Put(replacedKey(block), value), c.db.SyncKeyValue()); err != nil {
		return fmt.Errorf("replace the state of block %s: %w", block, err)
	}
	c.replaced.Store(true)
	return nil
}

// flushTime bounds how long writing a state may take that is being written in
// the background.
const flushTime = 30 * time.Second

// awaitOnDisk waits until the state that was committed last is on disk: the
// path database writes in the background and tells nobody.
func (c *Chain) awaitOnDisk(root common.Hash) error {
	for deadline := time.Now().Add(flushTime); rawdb.ReadSnapshotRoot(c.db) != root; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("the replaced state %s is not on disk after %v: look at the log for the disk's error", root, flushTime)
		}
	}
	return c.db.SyncKeyValue()
}
