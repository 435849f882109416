package client

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Status is what a node says about itself.
type Status struct {
	Version     string
	ChainID     *big.Int
	BlockNumber uint64
	BlockHash   common.Hash
	BlockTime   time.Time
	BaseFeeWei  *big.Int // nil on chains without one
	Peers       uint64
	PeersKnown  bool                   // whether the node offers net_peerCount
	Sync        *ethereum.SyncProgress // nil when the node is up to date
	PoolKnown   bool                   // whether the node offers txpool_status
	PoolPending uint64
	PoolQueued  uint64
	Consensus   *Consensus // nil when the node does not offer cmt_status
}

// Consensus is a CyberMiles node's part in consensus.
type Consensus struct {
	Network     string          `json:"network"` // name of the chain among consensus nodes
	NodeID      string          `json:"nodeId"`
	Moniker     string          `json:"moniker"`
	CatchingUp  bool            `json:"catchingUp"`
	Validator   *common.Address `json:"validator"` // nil when the node is no validator
	VotingPower uint64          `json:"votingPower"`
}

// Status asks a node how it is. What a node does not offer stays unknown; only
// the chain id and the newest block are required.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	s := &Status{}
	var err error
	if s.ChainID, err = c.ChainID(ctx); err != nil {
		return nil, fmt.Errorf("ask chain id: %w", c.wrap(err))
	}
	head, err := c.Block(ctx, BlockRef{tag: "latest"})
	if err != nil {
		return nil, fmt.Errorf("ask newest block: %w", err)
	}
	s.BlockNumber, s.BlockHash = uint64(head.Number), head.Hash
	s.BlockTime = time.Unix(int64(head.Timestamp), 0).UTC()
	if head.BaseFee != nil {
		s.BaseFeeWei = head.BaseFee.ToInt()
	}
	return s, c.fillOptional(ctx, s)
}

func (c *Client) fillOptional(ctx context.Context, s *Status) error {
	if _, err := c.offered(ctx, &s.Version, "web3_clientVersion"); err != nil {
		return err
	}
	var peers hexutil.Uint64
	var err error
	if s.PeersKnown, err = c.offered(ctx, &peers, "net_peerCount"); err != nil {
		return err
	}
	s.Peers = uint64(peers)
	var pool struct{ Pending, Queued hexutil.Uint64 }
	if s.PoolKnown, err = c.offered(ctx, &pool, "txpool_status"); err != nil {
		return err
	}
	s.PoolPending, s.PoolQueued = uint64(pool.Pending), uint64(pool.Queued)
	var consensus Consensus
	offers, err := c.offered(ctx, &consensus, "cmt_status")
	if err != nil {
		return err
	}
	if offers {
		s.Consensus = &consensus
	}
	if s.Sync, err = c.SyncProgress(ctx); err != nil && !methodMissing(err) {
		return fmt.Errorf("ask sync progress: %w", c.wrap(err))
	}
	return nil
}

// offered makes a call that a node may not offer and reports whether it does.
func (c *Client) offered(ctx context.Context, result any, method string) (bool, error) {
	err := c.CallRPC(ctx, result, method)
	if err == nil {
		return true, nil
	}
	if methodMissing(err) {
		return false, nil
	}
	return false, fmt.Errorf("ask %s: %w", method, err)
}
