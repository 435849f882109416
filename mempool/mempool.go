// Package mempool keeps transactions that wait for a block: valid by what the
// newest state says, ordered by nonce within an account and by tip between
// accounts, bounded in number and per account. It proposes and forgets; whether
// a transaction is included is decided by execution, never here.
package mempool

import (
	"cmp"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/event"
	"github.com/ethereum/go-ethereum/params"
)

// Config bounds the pool; what is zero has DefaultConfig's value.
type Config struct {
	Slots        int           // transactions in all
	AccountSlots int           // transactions of one account that can be executed
	AccountQueue int           // transactions of one account behind a missing nonce
	PriceBump    uint64        // percent by which a replacement must pay more
	Lifetime     time.Duration // how long a transaction that cannot be executed stays
	RelayDelay   time.Duration // a peer's transaction still waiting after this is passed on
	MinTip       *big.Int      // lowest tip accepted, wei
	Journal      string        // file that keeps the pool over a restart; "" keeps nothing
}

// DefaultConfig are the bounds of a node of ordinary size.
func DefaultConfig() Config {
	return Config{
		Slots:        100_000,
		AccountSlots: 1024,
		AccountQueue: 64,
		PriceBump:    10,
		Lifetime:     3 * time.Hour,
		RelayDelay:   time.Second,
		MinTip:       new(big.Int),
	}
}

// withDefaults replaces what is not set.
func (c Config) withDefaults() Config {
	d := DefaultConfig()
	c.Slots = cmp.Or(c.Slots, d.Slots)
	c.AccountSlots = cmp.Or(c.AccountSlots, d.AccountSlots)
	c.AccountQueue = cmp.Or(c.AccountQueue, d.AccountQueue)
	c.PriceBump = cmp.Or(c.PriceBump, d.PriceBump)
	c.Lifetime = cmp.Or(c.Lifetime, d.Lifetime)
	c.RelayDelay = cmp.Or(c.RelayDelay, d.RelayDelay)
	c.MinTip = cmp.Or(c.MinTip, d.MinTip)
	return c
}

// maxTransactionBytes bounds one transaction (go-ethereum's pool limit).
const maxTransactionBytes = 128 * 1024

// States opens the account reader of a state root.
type States interface {
	Reader(root common.Hash) (state.Reader, error)
}

// Rules are what the chain's own state says of transactions.
type Rules interface {
	// PriceFloor is the lowest base fee after a block, in wei.
	PriceFloor(head *types.Header) *big.Int
	// Admit says why a transaction cannot follow a block: its sender is not
	// allowed, or its gas price is zero and nobody sponsors it.
	Admit(head *types.Header, from common.Address, tx *types.Transaction) error
}

// Pool is the set of waiting transactions, safe for concurrent use.
type Pool struct {
	config Config
	chain  *params.ChainConfig
	signer types.Signer
	rules  Rules
	states States

	mu     sync.RWMutex
	head   *types.Header
	floor  *big.Int // lowest base fee from head on, wei
	reader state.Reader

	// generation counts states: what an account looked like in an older one is
	// read again.
	generation uint64

	accounts map[common.Address]*account
	byHash   map[common.Hash]*entry
	gossip   gossip
	journal  *journal

	work  chan struct{}
	feed  event.Feed
	scope event.SubscriptionScope
}

// New makes a pool on the given head, whose state has the given root. What a journal holds from before is
// added again.
func New(config Config, chain *params.ChainConfig, signer types.Signer, rules Rules, states States, head *types.Header, root common.Hash) (*Pool, error) {
	p := &Pool{
		config:   config.withDefaults(),
		chain:    chain,
		signer:   signer,
		rules:    rules,
		states:   states,
		accounts: make(map[common.Address]*account),
		byHash:   make(map[common.Hash]*entry),
		work:     make(chan struct{}, 1),
	}
	if err := p.moveTo(head, root); err != nil {
		return nil, err
	}
	if config.Journal == "" {
		return p, nil
	}
	kept, err := loadJournal(config.Journal)
	if err != nil {
		return nil, err
	}
	p.Add(kept, Local)
	return p, p.openJournal()
}

func (p *Pool) moveTo(head *types.Header, root common.Hash) error {
	reader, err := p.states.Reader(root)
	if err != nil {
		return fmt.Errorf("mempool: state of block %d: %w", head.Number, err)
	}
	p.head, p.reader, p.floor = head, reader, p.rules.PriceFloor(head)
	p.generation++
	return nil
}

// Source says where a transaction came from.
type Source int

// Sources of transactions.
const (
	Local Source = iota // this node's RPC: broadcast at once
	Peer                // another node: passed on when it is not included soon
)

// Add validates transactions and takes those that are valid. The answer holds
// one error for each, nil when it was taken; the texts are go-ethereum's.
func (p *Pool) Add(txs []*types.Transaction, source Source) []error {
	errs := make([]error, len(txs))
	entries := p.precheck(txs, errs)

	p.mu.Lock()
	added, replaced := make([]*types.Transaction, 0, len(txs)), make([]*entry, len(txs))
	for i, e := range entries {
		if e == nil {
			continue
		}
		if replaced[i], errs[i] = p.insert(e); errs[i] == nil {
			added = append(added, e.tx)
			p.gossip.add(e, source)
			p.journal.add(e)
		}
	}
	if err := p.journal.flush(p.byHash); err != nil {
		added = nil
		p.refuse(err, entries, replaced, errs)
	}
	p.mu.Unlock()

	if len(added) > 0 {
		p.signal()
		p.feed.Send(core.NewTxsEvent{Txs: added})
	}
	return errs
}

// refuse takes back what was added and could not be written to the journal:
// what the pool accepts it keeps. What had made room for it stays out. The lock
// is held.
func (p *Pool) refuse(cause error, entries, replaced []*entry, errs []error) {
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i] == nil || errs[i] != nil {
			continue
		}
		errs[i] = fmt.Errorf("this node cannot keep transactions now: %w", cause)
		if p.byHash[entries[i].hash] == entries[i] {
			p.remove(entries[i])
		}
		if replaced[i] != nil {
			_, _ = p.insert(replaced[i]) // its place is free again
		}
	}
}

// precheck does the checks that need no state, signature recovery above all,
// on every core.
func (p *Pool) precheck(txs []*types.Transaction, errs []error) []*entry {
	entries := make([]*entry, len(txs))
	options := &txpool.ValidationOptions{
		Config:  p.chain,
		Accept:  1<<types.LegacyTxType | 1<<types.AccessListTxType | 1<<types.DynamicFeeTxType | 1<<types.SetCodeTxType,
		MaxSize: maxTransactionBytes,
		MinTip:  p.config.MinTip,
	}
	p.mu.RLock()
	head, floor := p.head, p.floor
	for i, tx := range txs {
		if p.byHash[tx.Hash()] != nil {
			errs[i] = txpool.ErrAlreadyKnown
		}
	}
	p.mu.RUnlock()
	parallel(len(txs), func(i int) {
		if errs[i] != nil {
			return
		}
		if errs[i] = p.stateless(txs[i], head, floor, options); errs[i] != nil {
			return
		}
		e, err := newEntry(txs[i], p.signer)
		if err == nil {
			err = p.rules.Admit(head, e.from, e.tx)
		}
		if errs[i] = err; err == nil {
			entries[i] = e
		}
	})
	return entries
}

func (p *Pool) stateless(tx *types.Transaction, head *types.Header, floor *big.Int, options *txpool.ValidationOptions) error {
	// The cheap check first: what pays less than the base fee can ever be is
	// not worth a signature recovery. A price of zero asks for a sponsor.
	if tx.GasFeeCap().Sign() == 0 {
		free := *options
		free.MinTip = new(big.Int)
		options = &free
	} else if tx.GasFeeCapIntCmp(floor) < 0 {
		return fmt.Errorf("%w: maxFeePerGas: %s, lowest baseFee: %s", core.ErrFeeCapTooLow, tx.GasFeeCap(), floor)
	}
	return txpool.ValidateTransaction(tx, head, p.signer, options)
}

// insert places a prechecked transaction and returns the one that it replaces,
// if any. The lock is held.
func (p *Pool) insert(e *entry) (replaced *entry, err error) {
	if p.byHash[e.hash] != nil {
		return nil, txpool.ErrAlreadyKnown
	}
	acct, err := p.account(e.from)
	if err != nil {
		return nil, err
	}
	if err := acct.accept(e, &p.config); err != nil {
		p.forgetIfEmpty(e.from, acct)
		return nil, err
	}
	if len(p.byHash) >= p.config.Slots && !p.makeRoom(e) {
		p.forgetIfEmpty(e.from, acct)
		return nil, txpool.ErrUnderpriced
	}
	p.accounts[e.from] = acct
	if replaced = acct.put(e); replaced != nil {
		delete(p.byHash, replaced.hash)
	}
	p.byHash[e.hash] = e
	return replaced, nil
}

// account is the pool's view of an account at the current head.
func (p *Pool) account(addr common.Address) (*account, error) {
	acct := p.accounts[addr]
	if acct != nil && acct.generation == p.generation {
		return acct, nil
	}
	stored, err := p.reader.Account(addr)
	if err != nil {
		return nil, fmt.Errorf("read account %s: %w", addr, err)
	}
	if acct == nil {
		acct = new(account)
	}
	for _, old := range acct.update(stored, p.generation) {
		delete(p.byHash, old.hash)
	}
	return acct, nil
}

func (p *Pool) forgetIfEmpty(addr common.Address, acct *account) {
	if len(acct.txs) == 0 {
		delete(p.accounts, addr)
	}
}

// Reset moves the pool to a new head: what the block included, and what shares
// a nonce with it, is gone.
//
// root is the state after the block, the header's but on development chains.
func (p *Pool) Reset(block *types.Block, root common.Hash) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.moveTo(block.Header(), root); err != nil {
		return err
	}
	for _, tx := range block.Transactions() {
		from, err := types.Sender(p.signer, tx)
		if err != nil {
			continue // a system transaction
		}
		acct := p.accounts[from]
		if acct == nil {
			continue
		}
		for _, old := range acct.advance(tx.Nonce() + 1) {
			delete(p.byHash, old.hash)
		}
		p.forgetIfEmpty(from, acct)
	}
	p.expire(time.Now())
	if len(p.byHash) > 0 {
		p.signal()
	}
	return nil
}

// Clear empties the pool.
func (p *Pool) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.accounts)
	clear(p.byHash)
}

// Drop removes transactions that execution found invalid.
func (p *Pool) Drop(hashes []common.Hash) {
	if len(hashes) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, hash := range hashes {
		if e := p.byHash[hash]; e != nil {
			p.remove(e)
		}
	}
}

func (p *Pool) remove(e *entry) {
	delete(p.byHash, e.hash)
	if acct := p.accounts[e.from]; acct != nil {
		acct.remove(e)
		p.forgetIfEmpty(e.from, acct)
	}
}

// Work is signalled when a transaction may have become executable.
func (p *Pool) Work() <-chan struct{} { return p.work }

func (p *Pool) signal() {
	select {
	case p.work <- struct{}{}:
	default:
	}
}

// Subscribe delivers the transactions that are added from now on.
func (p *Pool) Subscribe(ch chan<- core.NewTxsEvent) event.Subscription {
	return p.scope.Track(p.feed.Subscribe(ch))
}

// Close ends subscriptions and closes the journal.
func (p *Pool) Close() error {
	p.scope.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.journal.close()
}
