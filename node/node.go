// Package node assembles a running node from its parts: the ledger, execution,
// the pool, CometBFT and JSON-RPC. It is the only package that knows every
// part. It holds no logic of its own beyond starting, connecting and stopping.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	cmtnode "github.com/cometbft/cometbft/node"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/consensus"
	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
)

// Settings is what a node is assembled from; Config.Settings makes it of a
// configuration file, flags and environment.
type Settings struct {
	Home    network.Home
	Chain   chain.Options
	Pool    mempool.Config
	Comet   *cmtcfg.Config
	Pace    Pace
	Log     *slog.Logger
	Version string

	Contracts contract.Set          // contracts written in Go
	System    execution.SystemCalls // the chain's own work; nil for none
}

// Pace is the rhythm of blocks.
type Pace struct {
	Interval time.Duration // between blocks that have transactions
	Idle     time.Duration // between blocks that have none
}

// Node is a running node.
type Node struct {
	settings Settings
	genesis  *network.Genesis
	document *cmttypes.GenesisDoc

	Chain    *chain.Chain
	Executor *execution.Executor
	Pool     *mempool.Pool

	app    *consensus.App
	comet  *cmtnode.Node
	cancel context.CancelFunc
}

// Open opens a home's ledger and brings it to the newest block that is on disk,
// executing again what a crash left without state. Nothing is connected yet.
func Open(settings Settings) (*Node, error) {
	document, genesis, err := network.Load(settings.Home.Genesis())
	if err != nil {
		return nil, err
	}
	n := &Node{settings: settings, genesis: genesis, document: document}
	if n.Chain, err = chain.Open(settings.Chain, EthereumGenesis(genesis, document.GenesisTime)); err != nil {
		return nil, err
	}
	n.Executor = execution.New(execution.Rules{
		Config:    genesis.ChainConfig(),
		GasLimit:  genesis.GasLimit,
		BaseFee:   new(big.Int).SetUint64(genesis.BaseFeeFloorWei),
		Contracts: settings.Contracts,
		System:    settings.System,
	}, n.Chain)
	if err := Recover(n.Chain, n.Executor, settings.Log); err != nil {
		return nil, errors.Join(err, n.Chain.Close())
	}
	n.Pool, err = mempool.New(settings.Pool, genesis.ChainConfig(), n.Executor.PriceFloor(), n.Chain.States(), n.Chain.Head().Header())
	if err != nil {
		return nil, errors.Join(err, n.Chain.Close())
	}
	return n, nil
}

// EthereumGenesis is block 0 of a chain.
func EthereumGenesis(g *network.Genesis, at time.Time) *core.Genesis {
	return &core.Genesis{
		Config:     g.ChainConfig(),
		Timestamp:  uint64(at.Unix()),
		ExtraData:  []byte(g.Name)[:min(len(g.Name), 32)],
		GasLimit:   g.GasLimit,
		Difficulty: new(big.Int),
		BaseFee:    new(big.Int).SetUint64(g.BaseFeeWei),
		Alloc:      types.GenesisAlloc(g.Alloc),
	}
}

// Recover executes again the stored blocks whose state a crash lost.
func Recover(c *chain.Chain, executor *execution.Executor, log *slog.Logger) error {
	start, from := time.Now(), c.Head().NumberU64()
	for block := c.StoredAbove(); block != nil; block = c.StoredAbove() {
		replay, err := executor.Replay(block)
		if err != nil {
			return fmt.Errorf("recover block %d: %w", block.NumberU64(), err)
		}
		result, err := replay.Finish()
		if err != nil {
			return fmt.Errorf("recover: %w", err)
		}
		err = c.Commit(chain.Executed{
			Block: result.Block, Receipts: result.Receipts, State: result.State,
			ConsensusHash: c.ConsensusHash(block.NumberU64()),
		})
		if err != nil {
			return fmt.Errorf("recover block %d: %w", block.NumberU64(), err)
		}
	}
	if to := c.Head().NumberU64(); to > from {
		log.Info("executed blocks again after an unclean stop", "from", from+1, "to", to, "took", time.Since(start))
	}
	return nil
}

// Start connects the node to its peers and begins to take part.
func (n *Node) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	n.app = consensus.New(ctx, consensus.Options{
		Chain:     n.Chain,
		Executor:  n.Executor,
		Pool:      n.Pool,
		Coinbase:  n.coinbase,
		BuildTime: n.settings.Pace.Interval,
		Log:       n.settings.Log.With("module", "consensus"),
	})
	comet, err := n.newComet(ctx)
	if err != nil {
		return err
	}
	n.comet = comet
	return comet.Start()
}

// coinbase is the account of a proposer.
func (n *Node) coinbase(proposer []byte) common.Address {
	var address network.ConsensusAddress
	copy(address[:], proposer)
	if account, known := n.genesis.Operators[address]; known {
		return account
	}
	return common.BytesToAddress(proposer)
}

// Close stops the node in order: no more blocks, then the pool, then the files.
func (n *Node) Close() error {
	var err error
	if n.comet != nil && n.comet.IsRunning() {
		err = n.comet.Stop()
		n.comet.Wait()
	}
	if n.cancel != nil {
		n.cancel()
	}
	return errors.Join(err, n.Pool.Close(), n.Chain.Close())
}

// Comet is the consensus engine.
func (n *Node) Comet() *cmtnode.Node { return n.comet }

// Genesis is the application's part of the genesis document.
func (n *Node) Genesis() *network.Genesis { return n.genesis }
