package chain

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
)

// warmNodeBytes is what a node of a trie takes in the cache, with its share of
// the cache's own memory: a million accounts have 1.3 million nodes.
const warmNodeBytes = 192

// warmer reads a state once from end to end, so that the caches hold it, or as
// much of it as fits. A block's transactions touch accounts all over the state,
// and each first read costs a search on disk, which ends up between two blocks.
type warmer struct {
	db     *triedb.Database
	nodes  *nodeCache
	budget int // nodes that may still be read
}

// warm reads states until ctx ends or the caches are full. While blocks are
// committed it goes on where it was, in the newest state.
func (c *Chain) warm(ctx context.Context) {
	w := &warmer{db: c.triedb, nodes: c.nodes, budget: c.options.nodeCacheBytes() / warmNodeBytes}
	for position := []byte(nil); ; {
		reached, done := w.accounts(ctx, c.stateRoot(c.Head().Header()), position)
		if done || ctx.Err() != nil || string(reached) == string(position) {
			return
		}
		position = reached
	}
}

// accounts reads the accounts from a position on. Unless it is done, the state
// has left memory and the next one is to be read from the account it reached.
func (w *warmer) accounts(ctx context.Context, root common.Hash, position []byte) (reached []byte, done bool) {
	flat, err := w.db.StateReader(root)
	if err != nil {
		return position, false
	}
	return w.walk(ctx, trie.StateTrieID(root), position, func(key, value []byte) error {
		owner, account := common.BytesToHash(key), new(types.StateAccount)
		if _, err := flat.Account(owner); err != nil {
			return err
		}
		if err := rlp.DecodeBytes(value, account); err != nil || account.Root == types.EmptyRootHash {
			return err
		}
		_, complete := w.walk(ctx, trie.StorageTrieID(root, owner, account.Root), nil, func(key, _ []byte) error {
			_, err := flat.Storage(owner, common.BytesToHash(key))
			return err
		})
		if !complete {
			return context.Canceled
		}
		return nil
	})
}

// walk reads a trie from a key on, and its leaves with read.
func (w *warmer) walk(ctx context.Context, id *trie.ID, from []byte, read func(key, value []byte) error) (reached []byte, done bool) {
	reached = from
	tr, err := trie.New(id, w.nodes)
	if err != nil {
		return reached, false
	}
	nodes, err := tr.NodeIterator(from)
	if err != nil {
		return reached, false
	}
	for nodes.Next(true) {
		if w.budget--; w.budget < 0 {
			return reached, true
		}
		if !nodes.Leaf() {
			continue
		}
		if ctx.Err() != nil || read(nodes.LeafKey(), nodes.LeafBlob()) != nil {
			return reached, false
		}
		reached = common.CopyBytes(nodes.LeafKey())
	}
	return reached, nodes.Error() == nil
}
