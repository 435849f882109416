package consensus

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/mempool"
)

// decode turns proposed bytes into transactions. What waits in the pool is
// taken from there, its sender known; the rest is decoded and its senders are
// recovered on every core.
func (a *App) decode(raws [][]byte) ([]*types.Transaction, []error) {
	txs, errs := make([]*types.Transaction, len(raws)), make([]error, len(raws))
	parallel(len(raws), func(i int) {
		if tx := a.Pool.Get(crypto.Keccak256Hash(raws[i])); tx != nil {
			txs[i] = tx
			return
		}
		tx := new(types.Transaction)
		if err := tx.UnmarshalBinary(raws[i]); err != nil {
			errs[i] = fmt.Errorf("malformed: %w", err)
			return
		}
		txs[i], errs[i] = tx, a.checkForm(tx)
	})
	return txs, errs
}

// parallel calls f for 0 … n-1 on every core.
func parallel(n int, f func(i int)) {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// CheckTx serves CometBFT's own broadcast endpoints: the transaction goes to
// the pool like any other.
func (a *App) CheckTx(_ context.Context, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(req.Tx); err != nil {
		return &abci.ResponseCheckTx{Code: codeRefused, Log: err.Error()}, nil
	}
	if err := a.Pool.Add([]*types.Transaction{tx}, mempool.Local)[0]; err != nil {
		return &abci.ResponseCheckTx{Code: codeRefused, Log: err.Error()}, nil
	}
	return &abci.ResponseCheckTx{Code: abci.CodeTypeOK}, nil
}

// InsertTx takes a peer's transaction. It only queues: decoding and signature
// recovery happen on all cores, many at a time.
func (a *App) InsertTx(_ context.Context, req *abci.RequestInsertTx) (*abci.ResponseInsertTx, error) {
	select {
	case a.inbox <- req.Tx:
		return &abci.ResponseInsertTx{Code: abci.CodeTypeOK}, nil
	default:
		return &abci.ResponseInsertTx{Code: abci.CodeTypeRetry}, nil
	}
}

// intakeBatch bounds how many peers' transactions enter the pool together.
const intakeBatch = 256

func (a *App) takeIn(ctx context.Context) {
	for {
		var txs []*types.Transaction
		select {
		case raw := <-a.inbox:
			txs = appendDecoded(txs, raw)
		case <-ctx.Done():
			return
		}
		for more := true; more && len(txs) < intakeBatch; {
			select {
			case raw := <-a.inbox:
				txs = appendDecoded(txs, raw)
			default:
				more = false
			}
		}
		a.Pool.Add(txs, mempool.Peer)
	}
}

// appendDecoded drops what is no transaction: a peer that sends garbage gets
// no answer.
func appendDecoded(txs []*types.Transaction, raw []byte) []*types.Transaction {
	tx := new(types.Transaction)
	if tx.UnmarshalBinary(raw) != nil {
		return txs
	}
	return append(txs, tx)
}

// ReapTxs hands out transactions that peers should be told.
func (a *App) ReapTxs(_ context.Context, req *abci.RequestReapTxs) (*abci.ResponseReapTxs, error) {
	return &abci.ResponseReapTxs{Txs: a.Pool.Reap(req.MaxBytes)}, nil
}
