package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
)

// statusResult is the JSON of `status`.
type statusResult struct {
	URL         string      `json:"url" doc:"where the node answered"`
	Version     string      `json:"version,omitempty" doc:"the node's program and version"`
	ChainID     string      `json:"chainId" doc:"EVM chain id"`
	Network     string      `json:"network,omitempty" doc:"name of the chain among consensus nodes"`
	Moniker     string      `json:"moniker,omitempty" doc:"name of the node among its peers"`
	NodeID      string      `json:"nodeId,omitempty" doc:"id of the node among its peers"`
	Validator   string      `json:"validator,omitempty" doc:"account of the validator that the node runs"`
	VotingPower uint64      `json:"votingPower,omitempty" doc:"its voting power"`
	Block       uint64      `json:"block" doc:"number of the newest block"`
	BlockHash   common.Hash `json:"blockHash" doc:"its hash"`
	BlockTime   time.Time   `json:"blockTime" doc:"its time, RFC 3339"`
	BaseFeeWei  string      `json:"baseFeeWei,omitempty" doc:"base fee per gas, in wei"`
	Syncing     bool        `json:"syncing" doc:"whether the node still catches up"`
	SyncTarget  uint64      `json:"syncTarget,omitempty" doc:"the block that it catches up to"`
	Peers       *uint64     `json:"peers,omitempty" doc:"nodes that it is connected to"`
	PoolPending *uint64     `json:"poolPending,omitempty" doc:"transactions ready for a block"`
	PoolQueued  *uint64     `json:"poolQueued,omitempty" doc:"transactions that wait for an earlier nonce"`
}

func newStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how a node is",
		Long:  withFields("Show how a node is: its chain, newest block, peers and pool.", statusResult{}),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				status, err := node.Status(ctx)
				if err != nil {
					return err
				}
				result := newStatusResult(node.URL(), status)
				return emit(cmd, result, result.print)
			})
		},
	}
}

func newStatusResult(url string, s *client.Status) statusResult {
	result := statusResult{
		URL: url, Version: s.Version, ChainID: s.ChainID.String(),
		Block: s.BlockNumber, BlockHash: s.BlockHash, BlockTime: s.BlockTime, Syncing: s.Sync != nil,
	}
	if s.BaseFeeWei != nil {
		result.BaseFeeWei = s.BaseFeeWei.String()
	}
	if c := s.Consensus; c != nil {
		result.Network, result.Moniker, result.NodeID = c.Network, c.Moniker, c.NodeID
		result.Validator, result.VotingPower = addressOf(c.Validator), c.VotingPower
		result.Syncing = result.Syncing || c.CatchingUp
	}
	if s.Sync != nil {
		result.SyncTarget = s.Sync.HighestBlock
	}
	if s.PeersKnown {
		result.Peers = &s.Peers
	}
	if s.PoolKnown {
		result.PoolPending, result.PoolQueued = &s.PoolPending, &s.PoolQueued
	}
	return result
}

func (s statusResult) print(w io.Writer) {
	age := time.Since(s.BlockTime).Truncate(time.Second)
	rows := []row{
		{"node", s.URL}, {"version", s.Version}, {"chain id", s.ChainID},
		{"network", s.Network}, {"moniker", s.Moniker}, {"node id", s.NodeID},
		{"block", fmt.Sprint(s.Block)}, {"hash", s.BlockHash.Hex()},
		{"time", fmt.Sprintf("%s (%s ago)", s.BlockTime.Format(time.RFC3339), max(age, 0))},
	}
	if s.BaseFeeWei != "" {
		rows = append(rows, row{"base fee", amount.Gwei(weiOf(s.BaseFeeWei)) + " per gas"})
	}
	if s.Peers != nil {
		rows = append(rows, row{"peers", fmt.Sprint(*s.Peers)})
	}
	if s.PoolPending != nil {
		rows = append(rows, row{"pool", fmt.Sprintf("%d ready, %d waiting", *s.PoolPending, *s.PoolQueued)})
	}
	if s.Validator != "" {
		rows = append(rows, row{"validator", fmt.Sprintf("%s, voting power %d", s.Validator, s.VotingPower)})
	}
	switch {
	case s.SyncTarget > 0:
		rows = append(rows, row{"syncing", fmt.Sprintf("block %d of %d", s.Block, s.SyncTarget)})
	case s.Syncing:
		rows = append(rows, row{"syncing", "catching up with its peers"})
	}
	properties(w, rows...)
}
