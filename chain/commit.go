package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
)

// Executed is a block with what executing it produced.
type Executed struct {
	Block         *types.Block
	Receipts      types.Receipts
	State         *state.StateDB
	ConsensusHash common.Hash // hash of the consensus block that carried it; zero without consensus
}

// Commit appends a block to the ledger and makes it the head. It is durable
// against the process dying at any moment; against the machine losing power
// the newest blocks may have to be executed again from consensus' own store.
func (c *Chain) Commit(e Executed) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()

	head, block := c.Head(), e.Block
	if block.ParentHash() != head.Hash() {
		return fmt.Errorf("commit block %d on parent %s: the head is block %d %s",
			block.NumberU64(), block.ParentHash(), head.NumberU64(), head.Hash())
	}
	if known := rawdb.ReadCanonicalHash(c.db, block.NumberU64()); known != (common.Hash{}) && known != block.Hash() {
		return fmt.Errorf("%w: block %d was %s and is now %s; stop this node and compare its version with its peers'",
			ErrDiverged, block.NumberU64(), known, block.Hash())
	}
	if index := c.logIndex.Load(); index != nil {
		index.SetBlockProcessing(true)
		defer index.SetBlockProcessing(false)
	}
	if err := c.commitState(e.State, block.NumberU64(), block.Root()); err != nil {
		return err
	}
	if err := c.write(e); err != nil {
		return err
	}
	c.setHead(block, e.Receipts)
	return nil
}

// commitState adds a state to the newest ones. One that is there already, as
// when a development chain goes back and does the same again, is left alone.
func (c *Chain) commitState(statedb *state.StateDB, number uint64, want common.Hash) error {
	if c.inMemoryOrBase(want) {
		return nil
	}
	root, err := statedb.Commit(number, true, false)
	if err != nil {
		return fmt.Errorf("commit state of block %d: %w", number, err)
	}
	if root != want {
		return fmt.Errorf("commit state of block %d: root %s differs from the expected %s", number, root, want)
	}
	return nil
}

// write puts the block, its receipts and its indexes on disk in one batch.
func (c *Chain) write(e Executed) error {
	batch, hash, number := c.db.NewBatch(), e.Block.Hash(), e.Block.NumberU64()
	rawdb.WriteBlock(batch, e.Block)
	rawdb.WriteReceipts(batch, hash, number, e.Receipts)
	rawdb.WriteTxLookupEntriesByBlock(batch, e.Block)
	rawdb.WriteCanonicalHash(batch, hash, number)
	rawdb.WriteHeadHeaderHash(batch, hash)
	rawdb.WriteHeadBlockHash(batch, hash)
	if e.ConsensusHash != (common.Hash{}) {
		writeConsensusHash(batch, number, e.ConsensusHash)
	}
	c.pruneBlocks(batch, number)
	if err := batch.Write(); err != nil {
		return fmt.Errorf("write block %d: %w", number, err)
	}
	return nil
}

func (c *Chain) setHead(block *types.Block, receipts types.Receipts) {
	hash := block.Hash()
	c.blocks.Add(hash, block)
	c.receipts.Add(hash, receipts)
	c.head.Store(block)
	c.targetLogIndex(block)
	c.feed.Send(HeadEvent{Block: block, Receipts: receipts})
}

// flush writes every state up to the given block's to disk at once.
func (c *Chain) flush(block *types.Block) error {
	if err := c.triedb.Commit(c.stateRoot(block.Header()), false); err != nil {
		return fmt.Errorf("flush state of block %d: %w", block.NumberU64(), err)
	}
	return nil
}
