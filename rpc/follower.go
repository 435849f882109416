package rpc

import (
	"sync"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/event"
)

// recentTxs is how many of the newest pool transactions filters and
// subscriptions can look back on.
const recentTxs = 65_536

// follower watches the chain and the pool on behalf of all filters and
// subscriptions. Each of them keeps only a position and reads at its own speed:
// a slow client holds up neither the chain nor the others, and costs no memory.
type follower struct {
	b    Backend
	quit chan struct{}
	once sync.Once // guards quit
	done sync.WaitGroup

	mu   sync.Mutex
	wake chan struct{} // closed at the next block

	txs     []*types.Transaction // ring; position p is at p % recentTxs
	txEnd   uint64               // position after the newest transaction
	txWake  chan struct{}        // closed at the next transaction
	txUsers int                  // the pool is watched only while someone listens
	txSub   event.Subscription
}

func newFollower(b Backend) *follower {
	f := &follower{
		b:      b,
		quit:   make(chan struct{}),
		wake:   make(chan struct{}),
		txWake: make(chan struct{}),
	}
	heads := make(chan chain.HeadEvent, 16)
	sub := b.SubscribeHead(heads)
	f.done.Go(func() {
		defer sub.Unsubscribe()
		for {
			select {
			case <-heads:
				f.advance()
			case <-sub.Err():
				return
			case <-f.quit:
				return
			}
		}
	})
	return f
}

// stop ends all waiting; nobody is woken for a block afterwards.
func (f *follower) stop() {
	f.mu.Lock()
	f.once.Do(func() { close(f.quit) })
	if f.txSub != nil {
		f.txSub.Unsubscribe()
	}
	f.mu.Unlock()
	f.done.Wait()
}

func (f *follower) advance() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.wake)
	f.wake = make(chan struct{})
}

// changed is closed when the next block arrives.
func (f *follower) changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wake
}

// position is the number of the block after the newest one.
func (f *follower) position() uint64 { return f.b.Head().Number.Uint64() + 1 }

// window corrects a position that the chain has jumped away from and returns
// the blocks from there to the head: [from, end).
func (f *follower) window(from uint64) (uint64, uint64) {
	end := f.position()
	if from > end {
		from = end - 1 // a development chain went back: its new head is news
	}
	return max(from, f.b.Earliest()), end
}

// listenTxs starts watching the pool and returns the current position in its
// stream of transactions. Every listenTxs needs one ignoreTxs.
func (f *follower) listenTxs() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.txUsers++; f.txUsers == 1 && !f.stopped() {
		f.txs = make([]*types.Transaction, recentTxs)
		ch := make(chan core.NewTxsEvent, 256)
		sub := f.b.PoolSubscribe(ch)
		f.txSub = sub
		f.done.Go(func() { f.recordTxs(ch, sub) })
	}
	return f.txEnd
}

func (f *follower) ignoreTxs() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.txUsers--; f.txUsers == 0 && f.txSub != nil {
		f.txSub.Unsubscribe()
		f.txSub, f.txs = nil, nil
	}
}

func (f *follower) stopped() bool {
	select {
	case <-f.quit:
		return true
	default:
		return false
	}
}

func (f *follower) recordTxs(ch <-chan core.NewTxsEvent, sub event.Subscription) {
	for {
		select {
		case ev := <-ch:
			f.mu.Lock()
			if f.txSub == sub {
				for _, tx := range ev.Txs {
					f.txs[f.txEnd%recentTxs] = tx
					f.txEnd++
				}
				close(f.txWake)
				f.txWake = make(chan struct{})
			}
			f.mu.Unlock()
		case <-sub.Err():
			return
		case <-f.quit:
			return
		}
	}
}

// newTxs returns the transactions since a position, the new position and a
// channel that is closed when there are more. Whoever falls more than
// recentTxs behind misses the oldest.
func (f *follower) newTxs(from uint64) ([]*types.Transaction, uint64, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.txs == nil {
		return nil, f.txEnd, f.txWake
	}
	if f.txEnd > recentTxs {
		from = max(from, f.txEnd-recentTxs)
	}
	out := make([]*types.Transaction, 0, f.txEnd-from)
	for ; from < f.txEnd; from++ {
		if tx := f.txs[from%recentTxs]; tx != nil {
			out = append(out, tx)
		}
	}
	return out, f.txEnd, f.txWake
}
