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
	"slices"
	"sync/atomic"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cmtnode "github.com/cometbft/cometbft/node"
	rpccore "github.com/cometbft/cometbft/rpc/core"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/consensus"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/devchain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/rpc"
)

// Settings is what a node is assembled from; Config.Settings makes it of a
// configuration file, flags and environment.
type Settings struct {
	Home    network.Home
	Chain   chain.Options
	Pool    mempool.Config
	Comet   *cmtcfg.Config
	Pace    Pace
	RPC     rpc.Config
	Log     *slog.Logger
	Version string // as web3_clientVersion tells it
	Watch   Metrics

	Snapshot Snapshot // how the state is offered to nodes that join

	// Development is a chain without consensus, on which senders can be
	// impersonated.
	Development bool
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

	Chain     *chain.Chain
	Executor  *execution.Executor
	Contracts *contracts.Chain
	Pool      *mempool.Pool

	app         *consensus.App // nil on a development chain without consensus
	decisions   decisions
	comet       *cmtnode.Node
	environment *rpccore.Environment // CometBFT's parts, as its own RPC sees them
	state       *cmtconsensus.State
	dev         *devchain.Chain // nil on a chain with consensus
	rpc         *rpc.Server
	registry    *prometheus.Registry
	metrics     *blockMetrics
	startedAt   uint64      // head when the node started
	stop        []func()    // in reverse order, after everything else
	halted      chan error  // one, why the node must stop
	stopped     atomic.Bool // halted: consensus waits for ever
}

// Open opens a home's ledger and brings it to the newest block that is on disk,
// executing again what a crash left without state. Nothing is connected yet.
func Open(settings Settings) (*Node, error) {
	ledger, err := OpenLedger(settings)
	if err != nil {
		return nil, err
	}
	n := &Node{
		settings: settings, genesis: ledger.genesis, document: ledger.document,
		Chain: ledger.Chain, Executor: ledger.Executor, Contracts: ledger.Contracts,
		halted: make(chan error, 1),
	}
	n.Pool, err = mempool.New(settings.Pool, n.Chain.Config(), n.Executor.Signer(), n.Executor, n.Chain.States(), n.Chain.Head().Header(), n.Chain.StateRoot())
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
	n.stop = append(n.stop, cancel)
	if err := n.watch(); err != nil {
		return err
	}
	snapshots, err := n.openSnapshots()
	if err != nil {
		return err
	}
	n.app = consensus.New(ctx, consensus.Options{
		Chain:       n.Chain,
		Executor:    n.Executor,
		Pool:        n.Pool,
		Snapshots:   snapshots,
		Validators:  protocol{n},
		Halt:        n.halt,
		DecidedHash: n.decisions.hash,
		BuildTime:   n.settings.Pace.Interval,
		Log:         n.settings.Log.With("module", "consensus"),
		Observe:     n.metrics,
	})
	if err := (protocol{n}).Ready(n.Chain.Head().Header()); err != nil {
		return err
	}
	if err := n.newComet(ctx); err != nil {
		return err
	}
	// JSON-RPC answers while the node still catches up, and says so.
	if err := n.startRPC(); err != nil {
		return err
	}
	return n.comet.Start()
}

// StartDevelopment seals blocks here, without consensus, and serves the
// methods of a development chain.
func (n *Node) StartDevelopment(accounts []network.DevAccount) error {
	// Hardhat's helpers refuse a node that does not call itself one of theirs.
	n.settings.Version = "HardhatNetwork/" + n.settings.Version
	n.dev = devchain.New(n.Chain, n.Executor, n.Pool, n.firstOperator(), n.settings.Log.With("module", "devchain"))
	if err := n.watch(); err != nil {
		return err
	}
	known := make(devchain.Accounts, len(accounts))
	for i, account := range accounts {
		known[i] = devchain.Account(account)
	}
	return n.startRPC(n.dev.APIs(known)...)
}

// watch registers the metrics and serves them where the settings say.
func (n *Node) watch() error {
	n.registry = prometheus.NewRegistry()
	n.metrics = newBlockMetrics(n.registry)
	n.registerGauges(n.registry)
	stop, err := serveMetrics(n.settings.Watch, n.registry)
	n.stop = append(n.stop, stop)
	return err
}

func (n *Node) startRPC(extra ...gethrpc.API) (err error) {
	n.startedAt = n.Chain.Head().NumberU64()
	n.rpc, err = rpc.NewServer(backend{n.Chain, n}, n.settings.RPC, n.settings.Log.With("module", "rpc"), n.registry, extra...)
	if err != nil {
		return err
	}
	return n.rpc.Start()
}

// firstOperator is the coinbase of a chain without consensus.
func (n *Node) firstOperator() common.Address {
	return n.operator(network.ConsensusAddress(n.document.Validators[0].Address))
}

// Close stops the node in order: no more requests, no more blocks, then the
// pool and the files.
func (n *Node) Close() error {
	var errs []error
	if n.rpc != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		errs = append(errs, n.rpc.Stop(ctx))
	}
	if n.comet != nil && n.comet.IsRunning() && !n.stopped.Load() {
		errs = append(errs, n.comet.Stop())
		n.comet.Wait()
	}
	if n.dev != nil {
		n.dev.Close()
	}
	for _, stop := range slices.Backward(n.stop) {
		stop()
	}
	return errors.Join(append(errs, n.Pool.Close(), n.Chain.Close())...)
}

// stopTimeout bounds how long running requests may take to end.
const stopTimeout = 3 * time.Second

// Comet is the consensus engine.
func (n *Node) Comet() *cmtnode.Node { return n.comet }

// Genesis is the application's part of the genesis document.
func (n *Node) Genesis() *network.Genesis { return n.genesis }
