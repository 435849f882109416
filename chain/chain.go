// Package chain keeps the ledger on disk: blocks, receipts, indexes, state and
// the state's history. It appends what execution produced and answers reads at
// any height it still holds. It executes nothing, votes on nothing and never
// reorganises: a committed block is final.
package chain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/event"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
)

// Errors a caller can tell apart.
var (
	// ErrGenesisMismatch means the directory holds another chain.
	ErrGenesisMismatch = errors.New("the data directory belongs to another genesis")
	// ErrDiverged means a block executed again gave another hash than before.
	ErrDiverged = errors.New("a block executed again gave another hash")
	// ErrPruned means the state or block asked for is no longer on disk.
	ErrPruned = errors.New("no longer on disk")
)

// HeadEvent is sent once for each committed block, in order.
type HeadEvent struct {
	Block    *types.Block
	Receipts types.Receipts
}

// Chain is an open ledger. All methods are safe for concurrent use; Commit and
// Rewind have one caller at a time.
type Chain struct {
	options Options
	config  *params.ChainConfig
	genesis *types.Header

	db     ethdb.Database
	triedb *triedb.Database
	states *state.CachingDB
	codes  *state.CodeDB
	nodes  *nodeCache

	head      atomic.Pointer[types.Block]
	feed      event.Feed
	scope     event.SubscriptionScope
	writeLock sync.Mutex
	replaced  atomic.Bool // some block's state was replaced (development only)

	blocks   *lru.Cache[common.Hash, *types.Block]
	receipts *lru.Cache[common.Hash, types.Receipts]
	logIndex atomic.Pointer[filtermaps.FilterMaps] // nil: switched off

	background sync.WaitGroup
	stop       context.CancelFunc // of what runs in the background
}

// Open opens or creates the ledger in options.Dir for the given genesis. After
// a crash the head is the newest block whose state is on disk; blocks above it
// may exist (StoredAbove) and are executed again by the caller.
func Open(options Options, genesis *core.Genesis) (*Chain, error) {
	options = options.withDefaults()
	if err := discardIncomplete(options); err != nil {
		return nil, fmt.Errorf("open ledger in %s: %w", options.Dir, err)
	}
	db, err := openDatabase(options)
	if err != nil {
		return nil, fmt.Errorf("open ledger in %s: %w", options.Dir, err)
	}
	if err := begin(db, options, genesis); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger in %s: %w", options.Dir, err), db.Close())
	}
	tdb := triedb.NewDatabase(db, options.trieConfig())
	awaitFlatState(tdb)
	codes := state.NewCodeDB(db)
	c := &Chain{
		options:  options,
		config:   genesis.Config,
		db:       db,
		triedb:   tdb,
		codes:    codes,
		nodes:    newNodeCache(tdb, options.nodeCacheBytes()),
		states:   state.NewDatabase(tdb, codes),
		blocks:   lru.NewCache[common.Hash, *types.Block](blockCacheItems),
		receipts: lru.NewCache[common.Hash, types.Receipts](blockCacheItems),
	}
	if err := c.load(); err != nil {
		return nil, errors.Join(err, tdb.Close(), db.Close())
	}
	if options.LogIndex {
		if err := c.startLogIndex(); err != nil {
			return nil, errors.Join(err, tdb.Close(), db.Close())
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.background.Go(func() { c.warm(ctx) })
	return c, nil
}

// load finds the genesis block and then the head.
func (c *Chain) load() error {
	stored := rawdb.ReadCanonicalHash(c.db, 0)
	c.genesis = rawdb.ReadHeader(c.db, stored, 0)
	if c.genesis == nil {
		return fmt.Errorf("genesis header %s is missing: restore the data directory or start with an empty one", stored)
	}
	c.replaced.Store(hasReplacedStates(c.db))
	return c.loadHead()
}

// Config is the chain's fork schedule and EVM chain id.
func (c *Chain) Config() *params.ChainConfig { return c.config }

// Head is the newest committed block.
func (c *Chain) Head() *types.Block { return c.head.Load() }

// Genesis is the header of block 0.
func (c *Chain) Genesis() *types.Header { return c.genesis }

// SubscribeHead delivers a HeadEvent for each block committed from now on.
func (c *Chain) SubscribeHead(ch chan<- HeadEvent) event.Subscription {
	return c.scope.Track(c.feed.Subscribe(ch))
}

// LogIndex is the index behind log queries, nil when switched off.
func (c *Chain) LogIndex() *filtermaps.FilterMaps { return c.logIndex.Load() }

// Database is the store under the ledger, for the packages that index more.
func (c *Chain) Database() ethdb.Database { return c.db }

// States is the state database under the ledger.
func (c *Chain) States() *state.CachingDB { return c.states }

// Close writes what is only in memory and closes the files.
func (c *Chain) Close() error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	c.scope.Close()
	c.stop()
	c.background.Wait()
	if index := c.logIndex.Load(); index != nil {
		index.Stop()
	}
	// The journal keeps the newest states, which are only in memory, for the
	// next start.
	err := c.triedb.Journal(c.stateRoot(c.Head().Header()))
	return errors.Join(err, c.db.SyncKeyValue(), c.triedb.Close(), c.db.Close())
}
