package rpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

var errFilterNotFound = errors.New("filter not found")

// filterAPI answers eth_getLogs and the polling filters. A filter is a position
// in the chain or in the pool's stream; nothing is collected on its behalf.
type filterAPI struct {
	v      *view
	follow *follower

	mu      sync.Mutex
	filters map[gethrpc.ID]*pollFilter
}

// pollFilter is an installed filter: of logs when query is set, of pool
// transactions when pending is, else of blocks.
type pollFilter struct {
	query   *LogQuery
	pending bool
	fullTx  bool

	mu      sync.Mutex // one poll at a time
	next    uint64     // block number or pool position to continue at
	expires time.Time  // guarded by filterAPI.mu
}

func newFilterAPI(v *view, f *follower) *filterAPI {
	a := &filterAPI{v: v, follow: f, filters: make(map[gethrpc.ID]*pollFilter)}
	f.done.Go(func() {
		tick := time.NewTicker(v.cfg.FilterLife / 5)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				a.expire(now)
			case <-f.quit:
				return
			}
		}
	})
	return a
}

// GetLogs returns the logs that a query selects.
func (a *filterAPI) GetLogs(ctx context.Context, q LogQuery) ([]*types.Log, error) {
	return a.v.logs(ctx, &q)
}

// NewFilter installs a filter of logs.
func (a *filterAPI) NewFilter(q LogQuery) (gethrpc.ID, error) {
	if err := liveQuery(&q); err != nil {
		return "", err
	}
	return a.install(&pollFilter{query: &q, next: a.follow.position()})
}

// NewBlockFilter installs a filter of block hashes.
func (a *filterAPI) NewBlockFilter() (gethrpc.ID, error) {
	return a.install(&pollFilter{next: a.follow.position()})
}

// NewPendingTransactionFilter installs a filter of transactions that enter the
// pool, whole or as hashes.
func (a *filterAPI) NewPendingTransactionFilter(fullTx *bool) (gethrpc.ID, error) {
	id, err := a.install(&pollFilter{pending: true, fullTx: fullTx != nil && *fullTx, next: a.follow.listenTxs()})
	if err != nil {
		a.follow.ignoreTxs()
	}
	return id, err
}

// liveQuery refuses ranges that no new block can fall into.
func liveQuery(q *LogQuery) error {
	from, to := gethrpc.LatestBlockNumber, gethrpc.LatestBlockNumber
	setValue(&from, q.FromBlock)
	setValue(&to, q.ToBlock)
	if from == gethrpc.EarliestBlockNumber {
		from = 0
	}
	switch {
	case from == gethrpc.PendingBlockNumber || to == gethrpc.PendingBlockNumber:
		return errPendingLogs
	case to < 0 && to != gethrpc.LatestBlockNumber, from >= 0 && to >= 0 && from > to, from < 0 && to >= 0:
		return errInvalidRange
	}
	return nil
}

func (a *filterAPI) install(f *pollFilter) (gethrpc.ID, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.filters) >= a.v.cfg.Filters {
		return "", coded(codeLimitExceeded, "too many filters on this node (%d); uninstall unused ones or try later", len(a.filters))
	}
	id := gethrpc.NewID()
	f.expires = time.Now().Add(a.v.cfg.FilterLife)
	a.filters[id] = f
	return id, nil
}

func (a *filterAPI) expire(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, f := range a.filters {
		if now.After(f.expires) {
			a.remove(id, f)
		}
	}
}

// remove needs a.mu.
func (a *filterAPI) remove(id gethrpc.ID, f *pollFilter) {
	delete(a.filters, id)
	if f.pending {
		a.follow.ignoreTxs()
	}
}

// UninstallFilter removes a filter and tells whether it existed.
func (a *filterAPI) UninstallFilter(id gethrpc.ID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, ok := a.filters[id]
	if ok {
		a.remove(id, f)
	}
	return ok
}

// find returns a filter and postpones its expiry.
func (a *filterAPI) find(id gethrpc.ID) (*pollFilter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, ok := a.filters[id]
	if !ok {
		return nil, errFilterNotFound
	}
	f.expires = time.Now().Add(a.v.cfg.FilterLife)
	return f, nil
}

// GetFilterLogs returns all logs that a log filter's query selects.
func (a *filterAPI) GetFilterLogs(ctx context.Context, id gethrpc.ID) ([]*types.Log, error) {
	f, err := a.find(id)
	if err != nil {
		return nil, err
	}
	if f.query == nil {
		return nil, errFilterNotFound
	}
	return a.v.logs(ctx, f.query)
}

// GetFilterChanges returns what happened since the last poll.
func (a *filterAPI) GetFilterChanges(ctx context.Context, id gethrpc.ID) (any, error) {
	f, err := a.find(id)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pending {
		return a.pendingChanges(f), nil
	}
	from, end := a.follow.window(f.next)
	if f.query == nil {
		f.next = end
		return a.newHashes(from, end), nil
	}
	// A poll covers no more than a query may; the next one continues.
	end = min(end, from+a.v.cfg.LogRange)
	first, last := f.query.clip(from, end)
	found := []*types.Log{}
	if first < last {
		if found, err = a.v.logsBetween(ctx, f.query, first, last-1); err != nil {
			return nil, err
		}
	}
	f.next = end
	return found, nil
}

// clip cuts the blocks [from, end) down to those that the query names.
func (q *LogQuery) clip(from, end uint64) (uint64, uint64) {
	if q.FromBlock != nil && *q.FromBlock >= 0 {
		from = max(from, uint64(*q.FromBlock))
	}
	if q.ToBlock != nil && *q.ToBlock >= 0 {
		end = min(end, uint64(*q.ToBlock)+1)
	}
	return from, end
}

func (a *filterAPI) newHashes(from, end uint64) []common.Hash {
	hashes := []common.Hash{}
	for n := from; n < end; n++ {
		if h := a.v.b.Header(n); h != nil {
			hashes = append(hashes, h.Hash())
		}
	}
	return hashes
}

func (a *filterAPI) pendingChanges(f *pollFilter) any {
	txs, next, _ := a.follow.newTxs(f.next)
	f.next = next
	if f.fullTx {
		full := make([]*Transaction, len(txs))
		for i, tx := range txs {
			full[i] = a.v.pendingTx(tx)
		}
		return full
	}
	hashes := make([]common.Hash, len(txs))
	for i, tx := range txs {
		hashes[i] = tx.Hash()
	}
	return hashes
}
