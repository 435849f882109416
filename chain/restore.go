package chain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/log"
)

// originKey holds the number of the block that Restore began the ledger with.
var originKey = []byte("cmt-origin")

// incompleteFile marks a ledger directory whose beginning, genesis or a restored
// block, is not written completely.
const incompleteFile = "incomplete"

// AtOrigin reports whether the ledger holds nothing beyond the block it began
// with, so that Restore may replace it.
func (c *Chain) AtOrigin() bool { return c.Head().NumberU64() == readOrigin(c.db) }

// Restore begins the ledger anew at the origin's block, which must have the
// given hash. Before anything is changed the whole origin is verified: an
// ErrRefused leaves the ledger as it was. After any other error, and when the
// process dies meanwhile, the ledger is unusable until it is opened again, and
// then has only genesis.
func (c *Chain) Restore(hash common.Hash, o *Origin) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	if !c.AtOrigin() {
		return fmt.Errorf("%w: this ledger has %d blocks already; start with an empty data directory", ErrRefused, c.Head().NumberU64())
	}
	if err := o.Verify(hash); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if n := len(o.Ancestors); n > 0 && o.Ancestors[n-1].Number.Sign() == 0 && o.Ancestors[n-1].Hash() != c.genesis.Hash() {
		return fmt.Errorf("%w: it is of a chain with genesis %s, this one's is %s", ErrRefused, o.Ancestors[n-1].Hash(), c.genesis.Hash())
	}
	if err := c.options.markIncomplete(); err != nil {
		return err
	}
	c.dropLogIndex()
	if err := c.restoreState(o); err != nil {
		return fmt.Errorf("restore state of block %d: %w; start the node again to begin anew", o.Block.NumberU64(), err)
	}
	if err := c.restoreBlocks(o); err != nil {
		return fmt.Errorf("restore block %d: %w; start the node again to begin anew", o.Block.NumberU64(), err)
	}
	if err := c.options.markComplete(); err != nil {
		return err
	}
	c.setHead(o.Block, rawdb.ReadReceipts(c.db, hash, o.Block.NumberU64(), o.Block.Time(), c.config))
	if c.options.LogIndex {
		if err := c.startLogIndex(); err != nil {
			log.Error("Logs are searched without an index until the next start", "err", err)
		}
	}
	return nil
}

// restoreState swaps the state on disk, the way go-ethereum's snap sync does.
// The flat state is complete at once, but the path database insists on checking
// it against the trie, which ends before the first block is committed.
func (c *Chain) restoreState(o *Origin) error {
	if err := c.triedb.Disable(); err != nil {
		return err
	}
	if err := c.wipeState(); err != nil {
		return err
	}
	root, err := buildState(c.db, o.State)
	if err != nil {
		return err
	}
	if root != o.Block.Root() {
		return fmt.Errorf("its root is %s on second reading, the header's %s", root, o.Block.Root())
	}
	if err := c.triedb.Enable(root); err != nil {
		return err
	}
	awaitFlatState(c.triedb)
	return nil
}

// wipeState removes every account, slot and trie node from disk.
func (c *Chain) wipeState() error {
	tables := []struct {
		prefix []byte
		owns   func(key []byte) bool
	}{
		{rawdb.SnapshotAccountPrefix, func(key []byte) bool { return len(key) == 1+common.HashLength }},
		{rawdb.SnapshotStoragePrefix, func(key []byte) bool { return len(key) == 1+2*common.HashLength }},
		{rawdb.TrieNodeAccountPrefix, rawdb.IsAccountTrieNode},
		{rawdb.TrieNodeStoragePrefix, rawdb.IsStorageTrieNode},
	}
	batch := c.db.NewBatch()
	for _, table := range tables {
		if err := wipe(c.db, batch, table.prefix, table.owns); err != nil {
			return err
		}
	}
	return batch.Write()
}

func wipe(db ethdb.Iteratee, batch ethdb.Batch, prefix []byte, owns func(key []byte) bool) error {
	it := db.NewIterator(prefix, nil)
	defer it.Release()
	for it.Next() {
		if !owns(it.Key()) {
			continue
		}
		if err := batch.Delete(it.Key()); err != nil {
			return err
		}
		if batch.ValueSize() > ethdb.IdealBatchSize {
			if err := batch.Write(); err != nil {
				return err
			}
			batch.Reset()
		}
	}
	return it.Error()
}

// restoreBlocks writes the origin's block and headers and makes it the head.
func (c *Chain) restoreBlocks(o *Origin) error {
	batch, hash, number := c.db.NewBatch(), o.Block.Hash(), o.Block.NumberU64()
	rawdb.WriteBlock(batch, o.Block)
	rawdb.WriteReceipts(batch, hash, number, o.Receipts)
	rawdb.WriteTxLookupEntriesByBlock(batch, o.Block)
	rawdb.WriteCanonicalHash(batch, hash, number)
	for _, header := range o.Ancestors {
		if header.Number.Sign() == 0 {
			break // genesis is there with its body
		}
		rawdb.WriteHeader(batch, header)
		rawdb.WriteCanonicalHash(batch, header.Hash(), header.Number.Uint64())
	}
	rawdb.WriteHeadHeaderHash(batch, hash)
	rawdb.WriteHeadBlockHash(batch, hash)
	writeEarliest(batch, number)
	if err := batch.Put(originKey, binary.BigEndian.AppendUint64(nil, number)); err != nil {
		return err
	}
	if err := batch.Write(); err != nil {
		return err
	}
	return c.db.SyncKeyValue()
}

func readOrigin(db ethdb.KeyValueReader) uint64 {
	blob, _ := db.Get(originKey)
	if len(blob) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(blob)
}

// markIncomplete leaves a mark that survives a crash at any later moment.
func (o Options) markIncomplete() error {
	if o.Dir == "" {
		return nil
	}
	path := filepath.Join(o.Dir, incompleteFile)
	if err := os.WriteFile(path, []byte("The ledger beside this file is incomplete and is begun anew at the next start.\n"), 0o600); err != nil {
		return fmt.Errorf("mark the ledger as incomplete: %w", err)
	}
	return errors.Join(syncFile(path), syncFile(o.Dir))
}

func (o Options) markComplete() error {
	if o.Dir == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(o.Dir, incompleteFile)); err != nil {
		return fmt.Errorf("mark the ledger as complete: %w", err)
	}
	return syncFile(o.Dir)
}

func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// discardIncomplete removes what a beginning that did not finish has left.
func discardIncomplete(o Options) error {
	mark := filepath.Join(o.Dir, incompleteFile)
	if _, err := os.Stat(mark); o.Dir == "" || errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	log.Warn("Discarding a ledger whose beginning was not written completely", "dir", o.Dir)
	for _, name := range []string{ledgerFolder, historyFolder} {
		if err := os.RemoveAll(filepath.Join(o.Dir, name)); err != nil {
			return err
		}
	}
	return os.Remove(mark)
}

// dropLogIndex stops the log index and forgets all of it.
func (c *Chain) dropLogIndex() {
	if index := c.logIndex.Swap(nil); index != nil {
		index.Stop()
	}
	rawdb.DeleteFilterMapsRange(c.db)
}
