// Package devchain seals blocks without consensus: a block for each
// transaction, or when it is told to. It can jump in time, go back to a
// snapshot, change balances and act for any account, as the test helpers of
// Hardhat and Foundry expect. It is for development alone: nothing that runs a
// network imports it.
package devchain

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
)

// Chain is a development chain. All methods are safe for concurrent use.
type Chain struct {
	ledger   *chain.Chain
	executor *execution.Executor
	pool     *mempool.Pool
	log      *slog.Logger

	mu           sync.Mutex
	automine     bool
	offset       time.Duration // of the chain's clock to the machine's
	nextTime     uint64        // time of the next block, seconds; 0: by the clock
	coinbase     common.Address
	prevRandao   *common.Hash // of the next block; nil: derived
	impersonated map[common.Address]bool
	impersonate  bool // everybody
	snapshots    []snapshot
	interval     chan struct{} // closed when interval mining ends; nil: off
}

// New makes a development chain on an open ledger.
func New(ledger *chain.Chain, executor *execution.Executor, pool *mempool.Pool, coinbase common.Address, log *slog.Logger) *Chain {
	c := &Chain{
		ledger:       ledger,
		executor:     executor,
		pool:         pool,
		log:          log,
		automine:     true,
		coinbase:     coinbase,
		impersonated: make(map[common.Address]bool),
	}
	// The clock goes on where the chain left it, should it have jumped ahead.
	if ahead := time.Unix(int64(ledger.Head().Time()), 0).Sub(time.Now()); ahead > 0 {
		c.offset = ahead
	}
	return c
}

// Close stops interval mining.
func (c *Chain) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopInterval()
}

// SendTransactions takes transactions; with automine each is in a block of its
// own when the call returns.
func (c *Chain) SendTransactions(txs []*types.Transaction) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	errs := c.pool.Add(txs, mempool.Local)
	if !c.automine {
		return errs
	}
	for {
		mined, err := c.mine(1)
		if err != nil {
			c.log.Error("cannot seal a block", "err", err)
			return errs
		}
		if mined == 0 {
			return errs
		}
	}
}

// Mine seals blocks with everything that waits, spaced by the given seconds (0:
// by the clock, at least one second apart).
func (c *Chain) Mine(blocks uint64, spacing uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range blocks {
		if i > 0 && spacing > 0 {
			c.nextTime = c.ledger.Head().Time() + spacing
		}
		if err := c.seal(0); err != nil {
			return err
		}
	}
	return nil
}

// mine seals one block if anything can be executed and says how much it holds.
func (c *Chain) mine(limit int) (int, error) {
	if !c.pool.HasWork(c.executor.NextBaseFee(c.ledger.Head().Header())) {
		return 0, nil
	}
	before := c.ledger.Head().NumberU64()
	if err := c.seal(limit); err != nil {
		return 0, err
	}
	if head := c.ledger.Head(); head.NumberU64() > before {
		return len(head.Transactions()), nil
	}
	return 0, nil
}

// seal executes and commits the next block with at most limit transactions (0:
// as many as fit). A limited block that would be empty is not sealed.
func (c *Chain) seal(limit int) error {
	parent := c.ledger.Head().Header()
	env := execution.Environment{Time: c.blockTime(parent), Coinbase: c.coinbase, PrevRandao: c.randao(parent)}
	builder, err := c.executor.NewBlock(parent, env)
	if err != nil {
		return err
	}
	if c.fill(builder, limit) == 0 && limit > 0 {
		return nil
	}
	result, err := builder.Seal()
	if err != nil {
		return err
	}
	if err := c.ledger.Commit(chain.Executed{Block: result.Block, Receipts: result.Receipts, State: result.State}); err != nil {
		return err
	}
	c.nextTime, c.prevRandao = 0, nil
	return c.reset()
}

// fill adds the pool's best transactions, at most limit (0: as many as fit).
func (c *Chain) fill(builder *execution.Builder, limit int) (taken int) {
	c.pool.Fill(builder.Header().BaseFee, func(next mempool.Candidate) error {
		if limit > 0 && taken == limit {
			return mempool.ErrFull
		}
		err := builder.Add(next.Tx)
		if err == nil {
			taken++
		} else if !errors.Is(err, core.ErrGasLimitReached) {
			c.log.Warn("left out a transaction", "hash", next.Tx.Hash(), "reason", err)
		}
		return err
	})
	return taken
}

// reset moves the pool to the head and the state read there.
func (c *Chain) reset() error {
	return c.pool.Reset(c.ledger.Head(), c.ledger.StateRoot())
}

// blockTime is the time of the block after parent: what was asked for, else the
// chain's clock, but always later than the parent. The clock goes on from there.
func (c *Chain) blockTime(parent *types.Header) time.Time {
	now := time.Now()
	at, asked := c.nextTime, c.nextTime > 0
	if !asked {
		at = uint64(now.Add(c.offset).Unix())
	}
	if earliest := parent.Time + 1; at < earliest {
		at, asked = earliest, true
	}
	if asked {
		c.offset = time.Unix(int64(at), 0).Sub(now)
	}
	return time.Unix(int64(at), 0)
}

func (c *Chain) randao(parent *types.Header) common.Hash {
	if c.prevRandao != nil {
		return *c.prevRandao
	}
	return crypto.Keccak256Hash(parent.MixDigest[:], parent.Number.Bytes())
}

// SetAutomine switches a block for each transaction on or off.
func (c *Chain) SetAutomine(on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.automine = on
	for on {
		if mined, err := c.mine(1); err != nil || mined == 0 {
			return err
		}
	}
	return nil
}

// Automine reports whether each transaction gets a block at once.
func (c *Chain) Automine() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.automine
}

// SetInterval seals a block every so often; 0 ends it.
func (c *Chain) SetInterval(every time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopInterval()
	if every <= 0 {
		return
	}
	ended := make(chan struct{})
	c.interval = ended
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				c.tick(ended)
			case <-ended:
				return
			}
		}
	}()
}

// tick seals a block, unless the interval has ended in the meantime.
func (c *Chain) tick(interval chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interval != interval {
		return
	}
	if err := c.seal(0); err != nil {
		c.log.Error("cannot seal a block", "err", err)
	}
}

func (c *Chain) stopInterval() {
	if c.interval != nil {
		close(c.interval)
		c.interval = nil
	}
}

// IncreaseTime moves the chain's clock ahead and returns by how much it has
// moved in all, in seconds.
func (c *Chain) IncreaseTime(seconds uint64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += time.Duration(seconds) * time.Second
	if c.nextTime > 0 {
		c.nextTime += seconds
	}
	return int64(c.offset / time.Second)
}

// SetNextBlockTime fixes the time of the next block, in seconds since 1970; the
// clock goes on from there.
func (c *Chain) SetNextBlockTime(at uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if head := c.ledger.Head().Time(); at <= head {
		return fmt.Errorf("timestamp %d is not after the newest block's %d", at, head)
	}
	c.nextTime = at
	return nil
}

// SetCoinbase changes who receives the tips.
func (c *Chain) SetCoinbase(account common.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.coinbase = account
}

// SetPrevRandao fixes the random value of the next block.
func (c *Chain) SetPrevRandao(value common.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prevRandao = &value
}

// ChainID is the EVM chain id.
func (c *Chain) ChainID() *big.Int { return new(big.Int).Set(c.executor.Config().ChainID) }
