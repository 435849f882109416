package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
)

// A development chain may change the state under its head, as Hardhat's and
// Foundry's cheat methods ask for. The block keeps its hash and header; the
// state that is read and built upon is another one, named in this table.
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
		if root, err := c.db.Get(replacedKey(header.Hash())); err == nil && len(root) == common.HashLength {
			return common.BytesToHash(root)
		}
	}
	return header.Root
}

// StateRoot is the root of the state after the head, which differs from the
// header's after ReplaceState.
func (c *Chain) StateRoot() common.Hash { return c.stateRoot(c.Head().Header()) }

// ReplaceState makes a changed copy of the head's state the state after the
// head. It is for development chains only: no proof verifies against it.
func (c *Chain) ReplaceState(statedb *state.StateDB) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	head := c.Head()
	root := statedb.IntermediateRoot(true)
	if root == c.stateRoot(head.Header()) {
		return nil
	}
	if !c.inMemoryOrBase(root) {
		if err := c.commitState(statedb, head.NumberU64(), root); err != nil {
			return err
		}
		// No block leads to this state, so a crash could not rebuild it.
		if err := c.triedb.Commit(root, false); err != nil {
			return fmt.Errorf("flush the replaced state: %w", err)
		}
	}
	return c.SetStateRoot(head.Hash(), root)
}

// SetStateRoot names the state after a block; the caller knows that it exists.
func (c *Chain) SetStateRoot(block, root common.Hash) error {
	if err := c.db.Put(replacedKey(block), root[:]); err != nil {
		return fmt.Errorf("replace the state of block %s: %w", block, err)
	}
	c.replaced.Store(true)
	return nil
}
