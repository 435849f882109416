package chain

import (
	"encoding/binary"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/log"
)

// Keys of our own tables; go-ethereum's schema uses none with this prefix.
var (
	consensusHashPrefix = []byte("cmt-consensus-hash-")
	earliestKey         = []byte("cmt-earliest")
)

func numberKey(prefix []byte, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{}, prefix...), number)
}

func writeConsensusHash(db ethdb.KeyValueWriter, number uint64, hash common.Hash) {
	if err := db.Put(numberKey(consensusHashPrefix, number), hash[:]); err != nil {
		log.Crit("Failed to store consensus hash", "err", err)
	}
}

func readConsensusHash(db ethdb.KeyValueReader, number uint64) common.Hash {
	blob, _ := db.Get(numberKey(consensusHashPrefix, number))
	return common.BytesToHash(blob)
}

func writeEarliest(db ethdb.KeyValueWriter, number uint64) {
	if err := db.Put(earliestKey, binary.BigEndian.AppendUint64(nil, number)); err != nil {
		log.Crit("Failed to store earliest height", "err", err)
	}
}

func readEarliest(db ethdb.KeyValueReader) uint64 {
	blob, _ := db.Get(earliestKey)
	if len(blob) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(blob)
}

// loadHead makes the newest stored block whose state is available the head.
func (c *Chain) loadHead() error {
	if err := c.settleReplaced(); err != nil {
		return err
	}
	hash := rawdb.ReadHeadBlockHash(c.db)
	number, ok := rawdb.ReadHeaderNumber(c.db, hash)
	if !ok {
		return fmt.Errorf("head block %s is missing: restore the data directory or start with an empty one", hash)
	}
	for {
		header := rawdb.ReadHeader(c.db, hash, number)
		if header == nil {
			return fmt.Errorf("header of block %d is missing and no newer state is on disk: restore the data directory or start with an empty one", number)
		}
		if c.HasState(header) {
			break
		}
		if number == 0 {
			return fmt.Errorf("no block's state is on disk: restore the data directory or start with an empty one")
		}
		hash, number = header.ParentHash, number-1
	}
	block := rawdb.ReadBlock(c.db, hash, number)
	if block == nil {
		return fmt.Errorf("body of block %d is missing: restore the data directory or start with an empty one", number)
	}
	c.head.Store(block)
	return nil
}

// StoredAbove is the next stored block above the head, left there by a crash;
// nil when there is none. Executing and committing it again makes it the head.
func (c *Chain) StoredAbove() *types.Block {
	number := c.Head().NumberU64() + 1
	hash := rawdb.ReadCanonicalHash(c.db, number)
	if hash == (common.Hash{}) {
		return nil
	}
	block := rawdb.ReadBlock(c.db, hash, number)
	if block == nil || block.ParentHash() != c.Head().Hash() {
		return nil
	}
	return block
}

// Rewind makes an older block the head and forgets every block above it. It is
// for an operator's rollback and for development chains, never for consensus.
func (c *Chain) Rewind(number uint64) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	head := c.Head().NumberU64()
	if number > head {
		return fmt.Errorf("rewind to block %d: the head is block %d", number, head)
	}
	target := c.Block(number)
	if target == nil {
		return fmt.Errorf("rewind to block %d: %w", number, ErrPruned)
	}
	if !c.HasState(target.Header()) {
		if ok, err := c.triedb.Recoverable(c.stateRoot(target.Header())); err != nil || !ok {
			return fmt.Errorf("rewind to block %d: its state is %w", number, ErrPruned)
		}
		if err := c.triedb.Recover(c.stateRoot(target.Header())); err != nil {
			return fmt.Errorf("rewind to block %d: %w", number, err)
		}
	}
	batch := c.db.NewBatch()
	rawdb.WriteHeadHeaderHash(batch, target.Hash())
	rawdb.WriteHeadBlockHash(batch, target.Hash())
	for n := number + 1; ; n++ {
		hash := rawdb.ReadCanonicalHash(c.db, n)
		if hash == (common.Hash{}) {
			break
		}
		c.deleteBlock(batch, hash, n)
		rawdb.DeleteCanonicalHash(batch, n)
	}
	if err := batch.Write(); err != nil {
		return fmt.Errorf("rewind to block %d: %w", number, err)
	}
	c.head.Store(target)
	c.targetLogIndex(target)
	return nil
}

func (c *Chain) deleteBlock(batch ethdb.Batch, hash common.Hash, number uint64) {
	if body := rawdb.ReadBody(c.db, hash, number); body != nil {
		for _, tx := range body.Transactions {
			rawdb.DeleteTxLookupEntry(batch, tx.Hash())
		}
	}
	rawdb.DeleteBlock(batch, hash, number)
	c.blocks.Remove(hash)
	c.receipts.Remove(hash)
}

// pruneBlocks drops the body and receipts of the block that leaves the window
// of kept blocks; headers stay, so hashes and proofs can still be checked.
func (c *Chain) pruneBlocks(batch ethdb.Batch, number uint64) {
	if c.options.KeepBlocks == 0 || number <= c.options.KeepBlocks {
		return
	}
	old := number - c.options.KeepBlocks
	hash := rawdb.ReadCanonicalHash(c.db, old)
	if hash == (common.Hash{}) || old < c.Earliest() {
		return
	}
	if body := rawdb.ReadBody(c.db, hash, old); body != nil {
		for _, tx := range body.Transactions {
			rawdb.DeleteTxLookupEntry(batch, tx.Hash())
		}
	}
	rawdb.DeleteBody(batch, hash, old)
	rawdb.DeleteReceipts(batch, hash, old)
	writeEarliest(batch, old+1)
}
