package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/types"
)

// startLogIndex opens the log index (EIP-7745's filter maps, go-ethereum's
// core/filtermaps) and follows the head with it in the background.
func (c *Chain) startLogIndex() error {
	head := c.Head()
	view := filtermaps.NewChainView(c, head.NumberU64(), head.Hash())
	if view == nil {
		return fmt.Errorf("open log index: block %d is not readable", head.NumberU64())
	}
	index, err := filtermaps.NewFilterMaps(c.db, view, c.Earliest(), 0, filtermaps.DefaultParams, filtermaps.Config{})
	if err != nil {
		return fmt.Errorf("open log index: %w", err)
	}
	c.logIndex = index
	index.Start()
	c.targetLogIndex(head)
	return nil
}

func (c *Chain) targetLogIndex(head *types.Block) {
	if view := filtermaps.NewChainView(c, head.NumberU64(), head.Hash()); view != nil {
		c.logIndex.SetTarget(view, c.Earliest(), head.NumberU64())
	}
}
