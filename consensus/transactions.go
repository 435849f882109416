package consensus

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/mempool"
)

// decoding is a block's transactions being decoded in the background, in order.
type decoding struct {
	txs   []*types.Transaction
	errs  []error
	ready []chan struct{} // closed when the batch of that number is done
}

// decodeBatch is how many transactions one core decodes before the next batch.
const decodeBatch = 64

// decode turns proposed bytes into transactions. What waits in the pool is
// taken from there, its sender known; the rest is decoded and its senders are
// recovered on every core, while the caller may already execute the first ones.
func (a *App) decode(raws [][]byte) *decoding {
	d := &decoding{
		txs:   make([]*types.Transaction, len(raws)),
		errs:  make([]error, len(raws)),
		ready: make([]chan struct{}, (len(raws)+decodeBatch-1)/decodeBatch),
	}
	for i := range d.ready {
		d.ready[i] = make(chan struct{})
	}
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(d.ready)) {
		go func() {
			for batch := int(next.Add(1)) - 1; batch < len(d.ready); batch = int(next.Add(1)) - 1 {
				for i := batch * decodeBatch; i < min((batch+1)*decodeBatch, len(raws)); i++ {
					d.txs[i], d.errs[i] = a.decodeOne(raws[i])
				}
				close(d.ready[batch])
			}
		}()
	}
	return d
}

// at waits for transaction i.
func (d *decoding) at(i int) (*types.Transaction, error) {
	<-d.ready[i/decodeBatch]
	return d.txs[i], d.errs[i]
}

func (a *App) decodeOne(raw []byte) (*types.Transaction, error) {
	hash := crypto.Keccak256Hash(raw)
	if tx := a.Pool.Get(hash); tx != nil {
		return tx, nil
	}
	if tx := a.ahead.take(hash); tx != nil {
		return tx, nil
	}
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("malformed: %w", err)
	}
	return tx, a.checkForm(tx)
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
