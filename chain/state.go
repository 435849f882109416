package chain

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
)

// indexWait bounds how long a read of a state that has just left memory waits
// for its history to be indexed.
const indexWait = 3 * time.Second

// StateAt opens the state after the given block: from memory for the newest
// blocks, from the state history for older ones. A state that was pruned is an
// ErrPruned that says from which height on state is kept.
func (c *Chain) StateAt(header *types.Header) (*state.StateDB, error) {
	root := c.stateRoot(header)
	statedb, err := state.New(root, &cachedStates{c.states, c.nodes})
	if err == nil {
		return statedb, nil
	}
	historic := state.NewHistoricDatabase(c.triedb, c.codes)
	for deadline := time.Now().Add(indexWait); ; time.Sleep(20 * time.Millisecond) {
		if statedb, err = state.New(root, historic); err == nil {
			return statedb, nil
		}
		if time.Now().After(deadline) || header.Number.Uint64()+stateLayers < c.Head().NumberU64() {
			break
		}
	}
	return nil, fmt.Errorf("state of block %d: %w; this node keeps the state of the last %s (start a node with --chain.archive to keep all): %v",
		header.Number, ErrPruned, c.options.historyWords(), err)
}

// stateLayers is how many of the newest states may be on their way from memory
// to the history (the path database's number of layers, and a margin).
const stateLayers = 256

func (o Options) historyWords() string {
	if o.StateHistory == 0 {
		return "every block"
	}
	return fmt.Sprintf("%d blocks", o.StateHistory)
}

// HasState reports whether the state after the given block can be built upon.
func (c *Chain) HasState(header *types.Header) bool {
	return c.inMemoryOrBase(c.stateRoot(header))
}

// inMemoryOrBase reports whether a root is among the states that can be built
// upon: the newest ones, or the one on disk.
func (c *Chain) inMemoryOrBase(root common.Hash) bool {
	_, err := c.triedb.NodeReader(root)
	return err == nil
}
