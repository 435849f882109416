package rpc

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// maxWatchedReceipts bounds the hashes of one transactionReceipts subscription.
const maxWatchedReceipts = 200

// subscribeAPI answers eth_subscribe. Every subscription reads the chain at its
// client's speed.
type subscribeAPI struct {
	v      *view
	follow *follower
}

// NewHeads announces the header of every new block.
func (a *subscribeAPI) NewHeads(ctx context.Context) (*gethrpc.Subscription, error) {
	return a.eachBlock(ctx, func(b *types.Block, send func(any) error) error {
		return send(b.Header())
	})
}

// Logs announces the logs of new blocks that a query selects.
func (a *subscribeAPI) Logs(ctx context.Context, q LogQuery) (*gethrpc.Subscription, error) {
	if err := liveQuery(&q); err != nil {
		return nil, err
	}
	return a.eachBlock(ctx, func(b *types.Block, send func(any) error) error {
		n := b.NumberU64()
		if from, end := q.clip(n, n+1); from >= end || !q.mayMatch(b.Bloom()) {
			return nil
		}
		for _, l := range q.selectLogs(nil, a.v.b.Receipts(b.Hash())) {
			if err := send(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReceiptQuery names transactions; an empty list means all.
type ReceiptQuery struct {
	TransactionHashes []common.Hash `json:"transactionHashes"`
}

// TransactionReceipts announces the receipts of new blocks, those of one block
// together.
func (a *subscribeAPI) TransactionReceipts(ctx context.Context, q *ReceiptQuery) (*gethrpc.Subscription, error) {
	wanted := make(map[common.Hash]bool)
	if q != nil {
		if len(q.TransactionHashes) > maxWatchedReceipts {
			return nil, invalidParams("exceed max number of transaction hashes allowed per transactionReceipts subscription (%d)", maxWatchedReceipts)
		}
		for _, hash := range q.TransactionHashes {
			wanted[hash] = true
		}
	}
	return a.eachBlock(ctx, func(b *types.Block, send func(any) error) error {
		var matched []map[string]any
		for i, r := range a.v.b.Receipts(b.Hash()) {
			if len(wanted) == 0 || wanted[r.TxHash] {
				matched = append(matched, a.v.receiptFields(r, b.Transactions()[i], b.BaseFee()))
			}
		}
		if len(matched) == 0 {
			return nil
		}
		return send(matched)
	})
}

// Syncing announces when the node starts and stops catching up.
func (a *subscribeAPI) Syncing(ctx context.Context) (*gethrpc.Subscription, error) {
	var known, last bool
	return a.eachBlock(ctx, func(_ *types.Block, send func(any) error) error {
		progress, syncing := a.v.b.Syncing()
		if known && syncing == last {
			return nil
		}
		known, last = true, syncing
		if !syncing {
			return send(false)
		}
		return send(map[string]any{"syncing": true, "status": syncStatus(progress)})
	})
}

// eachBlock starts a subscription that handles every new block in order.
func (a *subscribeAPI) eachBlock(ctx context.Context, handle func(*types.Block, func(any) error) error) (*gethrpc.Subscription, error) {
	notifier, ok := gethrpc.NotifierFromContext(ctx)
	if !ok {
		return nil, gethrpc.ErrNotificationsUnsupported
	}
	sub := notifier.CreateSubscription()
	send := func(data any) error { return notifier.Notify(sub.ID, data) }
	next := a.follow.position()
	go func() {
		for {
			changed := a.follow.changed()
			var end uint64
			for next, end = a.follow.window(next); next < end; next++ {
				b := a.v.b.Block(next)
				if b == nil {
					continue // pruned before this client came to it
				}
				if ended(sub) || handle(b, send) != nil {
					return
				}
			}
			select {
			case <-changed:
			case <-sub.Err():
				return
			case <-a.follow.quit:
				return
			}
		}
	}()
	return sub, nil
}

func ended(sub *gethrpc.Subscription) bool {
	select {
	case <-sub.Err():
		return true
	default:
		return false
	}
}

// NewPendingTransactions announces transactions that enter the pool, whole or
// as hashes. A client that cannot keep up misses some.
func (a *subscribeAPI) NewPendingTransactions(ctx context.Context, fullTx *bool) (*gethrpc.Subscription, error) {
	notifier, ok := gethrpc.NotifierFromContext(ctx)
	if !ok {
		return nil, gethrpc.ErrNotificationsUnsupported
	}
	sub := notifier.CreateSubscription()
	next := a.follow.listenTxs()
	go func() {
		defer a.follow.ignoreTxs()
		for {
			txs, after, more := a.follow.newTxs(next)
			next = after
			for _, tx := range txs {
				if ended(sub) || notifier.Notify(sub.ID, a.announce(tx, fullTx)) != nil {
					return
				}
			}
			select {
			case <-more:
			case <-sub.Err():
				return
			case <-a.follow.quit:
				return
			}
		}
	}()
	return sub, nil
}

func (a *subscribeAPI) announce(tx *types.Transaction, fullTx *bool) any {
	if fullTx != nil && *fullTx {
		return a.v.pendingTx(tx)
	}
	return tx.Hash()
}
