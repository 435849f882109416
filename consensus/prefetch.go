package consensus

import (
	"context"
	"sync"

	"github.com/cometbft/cometbft/p2p"
	bcproto "github.com/cometbft/cometbft/proto/tendermint/blocksync"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// A node that catches up receives blocks well before it executes them. Their
// senders are recovered meanwhile, on the core that CometBFT leaves idle.

// prefetchLimit bounds the transactions that wait decoded, about 1 KB each.
const prefetchLimit = 150_000

// prefetched are decoded transactions of blocks that are still to come.
type prefetched struct {
	blocks chan early

	mu  sync.Mutex
	txs map[common.Hash]*types.Transaction
}

// early is a block that has arrived and is not executed yet.
type early struct {
	height uint64
	raws   [][]byte
}

func newPrefetched() *prefetched {
	return &prefetched{blocks: make(chan early, 64), txs: make(map[common.Hash]*types.Transaction)}
}

// take hands out a transaction once; nil when it is not here.
func (p *prefetched) take(hash common.Hash) *types.Transaction {
	p.mu.Lock()
	defer p.mu.Unlock()
	tx := p.txs[hash]
	delete(p.txs, hash)
	return tx
}

// put keeps a transaction. Those of a block that never came are forgotten with
// the others when there are too many.
func (p *prefetched) put(hash common.Hash, tx *types.Transaction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.txs) >= prefetchLimit {
		clear(p.txs)
	}
	p.txs[hash] = tx
}

// prefetch decodes announced blocks until ctx ends.
func (a *App) prefetch(ctx context.Context) {
	for {
		select {
		case block := <-a.ahead.blocks:
			for _, raw := range block.raws {
				// From its turn on the block is decoded by its execution.
				if a.Chain.Head().NumberU64()+1 >= block.height {
					break
				}
				tx := new(types.Transaction)
				if tx.UnmarshalBinary(raw) == nil && a.checkForm(tx) == nil {
					a.ahead.put(crypto.Keccak256Hash(raw), tx)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// Prefetching is CometBFT's block sync reactor, watched: the application is shown
// each block as it arrives. A block that does not fit is decoded when it is due.
func (a *App) Prefetching(blocksync p2p.Reactor) p2p.Reactor {
	return &watchedReactor{Reactor: blocksync, ahead: a.ahead}
}

type watchedReactor struct {
	p2p.Reactor
	ahead *prefetched
}

// Receive implements p2p.Reactor.
func (r *watchedReactor) Receive(e p2p.Envelope) {
	if response, ok := e.Message.(*bcproto.BlockResponse); ok && response.Block != nil {
		select {
		case r.ahead.blocks <- early{uint64(response.Block.Header.Height), response.Block.Data.Txs}:
		default:
		}
	}
	r.Reactor.Receive(e)
}
