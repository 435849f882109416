package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// Hash is the hash of the block at a height, zero when there is none.
func (c *Chain) Hash(number uint64) common.Hash {
	if number > c.Head().NumberU64() {
		return common.Hash{}
	}
	return rawdb.ReadCanonicalHash(c.db, number)
}

// Header is the header at a height, nil when there is none.
func (c *Chain) Header(number uint64) *types.Header {
	if head := c.Head(); number == head.NumberU64() {
		return head.Header()
	}
	hash := c.Hash(number)
	if hash == (common.Hash{}) {
		return nil
	}
	return c.headerOf(hash, number)
}

// HeaderByHash is the header with a hash, nil when there is none.
func (c *Chain) HeaderByHash(hash common.Hash) *types.Header {
	number, ok := rawdb.ReadHeaderNumber(c.db, hash)
	if !ok || c.Hash(number) != hash {
		return nil
	}
	return c.headerOf(hash, number)
}

func (c *Chain) headerOf(hash common.Hash, number uint64) *types.Header {
	if block, ok := c.blocks.Get(hash); ok {
		return block.Header()
	}
	return rawdb.ReadHeader(c.db, hash, number)
}

// Block is the block at a height, nil when there is none or it was pruned.
func (c *Chain) Block(number uint64) *types.Block {
	if head := c.Head(); number == head.NumberU64() {
		return head
	}
	hash := c.Hash(number)
	if hash == (common.Hash{}) {
		return nil
	}
	return c.blockOf(hash, number)
}

// BlockByHash is the block with a hash, nil when there is none or it was pruned.
func (c *Chain) BlockByHash(hash common.Hash) *types.Block {
	number, ok := rawdb.ReadHeaderNumber(c.db, hash)
	if !ok || c.Hash(number) != hash {
		return nil
	}
	return c.blockOf(hash, number)
}

func (c *Chain) blockOf(hash common.Hash, number uint64) *types.Block {
	if block, ok := c.blocks.Get(hash); ok {
		return block
	}
	block := rawdb.ReadBlock(c.db, hash, number)
	if block != nil {
		c.blocks.Add(hash, block)
	}
	return block
}

// Receipts are the receipts of a block with every derived field set, nil when
// the block is unknown or pruned. They are shared: do not modify them.
func (c *Chain) Receipts(hash common.Hash) types.Receipts {
	if receipts, ok := c.receipts.Get(hash); ok {
		return receipts
	}
	block := c.BlockByHash(hash)
	if block == nil {
		return nil
	}
	receipts := rawdb.ReadReceipts(c.db, hash, block.NumberU64(), block.Time(), c.config)
	if receipts != nil {
		c.receipts.Add(hash, receipts)
	}
	return receipts
}

// Transaction finds a committed transaction; ok is false when it is unknown.
func (c *Chain) Transaction(hash common.Hash) (tx *types.Transaction, blockHash common.Hash, number, index uint64, ok bool) {
	at := rawdb.ReadTxLookupEntry(c.db, hash)
	if at == nil {
		return nil, common.Hash{}, 0, 0, false
	}
	block := c.Block(*at)
	if block == nil {
		return nil, common.Hash{}, 0, 0, false
	}
	for i, candidate := range block.Transactions() {
		if candidate.Hash() == hash {
			return candidate, block.Hash(), *at, uint64(i), true
		}
	}
	return nil, common.Hash{}, 0, 0, false
}

// Earliest is the lowest height whose block is on disk besides block 0.
func (c *Chain) Earliest() uint64 { return readEarliest(c.db) }

// ConsensusHash is the hash of the consensus block that carried the block at a
// height, zero when there was no consensus (genesis, development chain).
func (c *Chain) ConsensusHash(number uint64) common.Hash { return readConsensusHash(c.db, number) }

// The methods below serve go-ethereum's interfaces (core.ChainContext and the
// log index), whose names they carry.

// GetHeader is the header with a hash at a height.
func (c *Chain) GetHeader(hash common.Hash, number uint64) *types.Header {
	return c.headerOf(hash, number)
}

// GetCanonicalHash is Hash under the log index's name.
func (c *Chain) GetCanonicalHash(number uint64) common.Hash { return c.Hash(number) }

// GetReceiptsByHash is Receipts under the log index's name.
func (c *Chain) GetReceiptsByHash(hash common.Hash) types.Receipts { return c.Receipts(hash) }

// GetRawReceipts are a block's receipts without derived fields.
func (c *Chain) GetRawReceipts(hash common.Hash, number uint64) types.Receipts {
	if receipts, ok := c.receipts.Get(hash); ok {
		return receipts
	}
	return rawdb.ReadRawReceipts(c.db, hash, number)
}

// ChainConfig is Config under go-ethereum's name.
func (c *Chain) ChainConfig() *params.ChainConfig { return c.config }
