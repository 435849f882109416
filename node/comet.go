package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	cmtstate "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/cybermiles/cybermiles/consensus"
	"github.com/cybermiles/cybermiles/network"
)

// CometConfig is CometBFT's configuration for a home, before an operator's
// settings: the application owns the pool, nothing is indexed twice.
func CometConfig(home network.Home, interval time.Duration) *cmtcfg.Config {
	c := cmtcfg.DefaultConfig()
	c.SetRoot(string(home))
	c.Genesis = "genesis.json"
	c.NodeKey = filepath.Join("keys", "node.json")
	c.PrivValidatorKey = filepath.Join("keys", "validator.json")
	c.PrivValidatorState = filepath.Join("data", "validator_state.json")
	c.DBPath = filepath.Join("data", "comet")
	c.Consensus.WalPath = filepath.Join("data", "comet", "cs.wal", "wal")
	c.P2P.AddrBook = filepath.Join("data", "addrbook.json")
	c.Mempool.Type = cmtcfg.MempoolTypeApp
	c.Mempool.MaxTxBytes = 256 * 1024
	c.Mempool.MaxBatchBytes = 1 << 20
	c.Mempool.ReapMaxBytes = 4 << 20
	c.Mempool.ReapInterval = 50 * time.Millisecond
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true
	c.Consensus.TimeoutCommit = interval
	c.Consensus.PeerGossipSleepDuration = 10 * time.Millisecond
	c.P2P.FlushThrottleTimeout = 10 * time.Millisecond
	c.P2P.SendRate, c.P2P.RecvRate = 100<<20, 100<<20
	c.P2P.AllowDuplicateIP = true
	c.StateSync.TempDir = snapshotFolder(home)
	return c
}

// newComet makes the consensus engine around the application.
func (n *Node) newComet(ctx context.Context) error {
	cfg := n.settings.Comet
	if err := keepReadableBook(cfg.P2P.AddrBookFile(), n.settings.Log); err != nil {
		return err
	}
	nodeKey, err := p2p.LoadNodeKey(cfg.NodeKeyFile())
	if err != nil {
		return fmt.Errorf("read the node key: %w; `cybermiles init` makes one", err)
	}
	// CometBFT ends the process when the file is missing.
	if _, err := os.Stat(cfg.PrivValidatorKeyFile()); err != nil {
		return fmt.Errorf("read the validator key: %w; `cybermiles init` makes one", err)
	}
	comet, err := cmtnode.NewNodeWithContext(ctx, cfg,
		privval.LoadFilePV(cfg.PrivValidatorKeyFile(), cfg.PrivValidatorStateFile()),
		nodeKey,
		proxy.NewConnSyncLocalClientCreator(n.app),
		func() (*cmttypes.GenesisDoc, error) { return n.document, nil },
		n.openStore,
		cmtnode.DefaultMetricsProvider(cfg.Instrumentation),
		cometLogger{n.settings.Log},
		n.watchBlockSync,
	)
	if err != nil {
		return fmt.Errorf("start consensus: %w", err)
	}
	n.comet = comet
	return n.setPace()
}

// openStore is CometBFT's database provider.
func (n *Node) openStore(ctx *cmtcfg.DBContext) (dbm.DB, error) {
	db, err := n.decisions.open(ctx)
	if err != nil {
		return nil, running(err)
	}
	if ctx.ID == "state" { // the store of blocks was opened before
		if err := n.checkAhead(db); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return &lateDB{DB: db}, nil
}

// checkAhead refuses a ledger that is ahead of consensus, with which CometBFT
// could not start.
func (n *Node) checkAhead(states dbm.DB) error {
	state, err := cmtstate.NewStore(states, cmtstate.StoreOptions{}).Load()
	if err != nil {
		return fmt.Errorf("read the state of consensus: %w", err)
	}
	decided := max(state.LastBlockHeight, store.NewBlockStore(n.decisions.blocks).Height())
	if head := n.Chain.Head().Number().Int64(); head > decided {
		return fmt.Errorf("the ledger has blocks that consensus in this home does not know (it is at %d, consensus at %d), as after `cybermiles import`; "+
			"to take part in the network make a new home with `cybermiles join`, or take the blocks back with `cybermiles rollback --blocks %d`",
			head, decided, head-decided)
	}
	return nil
}

// watchBlockSync shows the application the blocks that arrive by block sync.
func (n *Node) watchBlockSync(comet *cmtnode.Node) {
	const name = "BLOCKSYNC"
	if reactor, ok := comet.Switch().Reactor(name); ok {
		comet.Switch().RemoveReactor(name, reactor)
		comet.Switch().AddReactor(name, n.app.Prefetching(reactor))
	}
}

// setPace replaces the wait between two heights by our own rule.
func (n *Node) setPace() error {
	env, err := n.comet.ConfigureRPC()
	if err != nil {
		return fmt.Errorf("start consensus: %w", err)
	}
	state, ok := env.ConsensusState.(*cmtconsensus.State)
	if !ok {
		return fmt.Errorf("start consensus: CometBFT's consensus state is a %T", env.ConsensusState)
	}
	n.environment, n.state = env, state
	if err := anchorVotes(n.settings.Comet.Consensus.WalFile(), state.GetState().LastBlockHeight); err != nil {
		return fmt.Errorf("start consensus: %w", err)
	}
	state.SetTimeoutTicker(consensus.NewPacer(consensus.Pace{
		Interval: n.settings.Pace.Interval,
		Gather:   n.gather(),
		Idle:     n.settings.Pace.Idle,
		HasWork:  func() bool { return n.Pool.HasWork(n.Executor.NextBaseFee(n.Chain.Head().Header())) },
		Work:     n.Pool.Work(),
		Idled:    n.app.SetIdled,
	}))
	return nil
}

// gather is how long to wait for late votes after a commit: nothing when there
// is only one validator.
func (n *Node) gather() time.Duration {
	if len(n.document.Validators) == 1 {
		return 0
	}
	return n.settings.Pace.Interval / 5
}
