package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
)

// startLogIndex opens the log index (EIP-7745's filter maps, go-ethereum's
// core/filtermaps) and follows the head with it in the background.
func (c *Chain) startLogIndex() error {
	head := c.Head()
	if err := c.seedLogIndex(); err != nil {
		return fmt.Errorf("open log index: %w", err)
	}
	view := filtermaps.NewChainView(c, head.NumberU64(), head.Hash())
	if view == nil {
		return fmt.Errorf("open log index: block %d is not readable", head.NumberU64())
	}
	index, err := filtermaps.NewFilterMaps(c.db, view, c.Earliest(), 0, filtermaps.DefaultParams, filtermaps.Config{})
	if err != nil {
		return fmt.Errorf("open log index: %w", err)
	}
	c.logIndex.Store(index)
	index.Start()
	c.targetLogIndex(head)
	return nil
}

func (c *Chain) targetLogIndex(head *types.Block) {
	index := c.logIndex.Load()
	if index == nil {
		return
	}
	if view := filtermaps.NewChainView(c, head.NumberU64(), head.Hash()); view != nil {
		index.SetTarget(view, c.Earliest(), head.NumberU64())
	}
}

// The dimensions of filtermaps.DefaultParams and the version of its tables,
// which the package does not export.
const (
	logMapsPerEpoch = 1 << 10
	logValuesPerMap = 1 << 16
	logIndexVersion = 2
)

// seedLogIndex makes an empty log index begin at the first block on disk when
// that is not genesis. To the index this looks like one of its own checkpoints:
// a first epoch whose last block is the one below, which has no logs.
func (c *Chain) seedLogIndex() error {
	earliest := c.Earliest()
	_, exists, err := rawdb.ReadFilterMapsRange(c.db)
	if err != nil || exists || earliest == 0 {
		return err
	}
	if err := rawdb.DeleteFilterMapsDb(c.db, false, func(bool) bool { return false }); err != nil {
		return err
	}
	below := earliest - 1
	hash, batch := c.Hash(below), c.db.NewBatch()
	if hash == (common.Hash{}) {
		return fmt.Errorf("header of block %d is missing", below)
	}
	if below > 0 {
		rawdb.WriteReceipts(batch, hash, below, types.Receipts{})
	}
	rawdb.WriteFilterMapLastBlock(batch, logMapsPerEpoch-1, below, hash)
	rawdb.WriteBlockLvPointer(batch, below, logMapsPerEpoch*logValuesPerMap)
	rawdb.WriteFilterMapsRange(batch, rawdb.FilterMapsRange{
		Version:         logIndexVersion,
		BlocksFirst:     earliest,
		BlocksAfterLast: earliest,
		MapsFirst:       logMapsPerEpoch,
		MapsAfterLast:   logMapsPerEpoch,
	})
	return batch.Write()
}
