package rpc

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// transactionAPI answers the eth_ methods that read transactions and receipts.
type transactionAPI struct{ v *view }

// GetTransactionByHash returns a transaction of a block or of the pool, or null.
func (a *transactionAPI) GetTransactionByHash(hash common.Hash) (*Transaction, error) {
	tx, blockHash, index, mined := a.v.transaction(hash)
	switch {
	case tx == nil:
		return nil, nil
	case !mined:
		return a.v.pendingTx(tx), nil
	}
	h := a.v.b.HeaderByHash(blockHash)
	if h == nil {
		return nil, errHeaderNotFound
	}
	return a.v.minedTx(tx, h, blockHash, index), nil
}

// transaction finds a transaction in a block or in the pool; nil when it is in
// neither. Blocks are searched again after the pool: one that moves from there
// into a block meanwhile would be missed in both.
func (v *view) transaction(hash common.Hash) (tx *types.Transaction, blockHash common.Hash, index uint64, mined bool) {
	if tx, blockHash, _, index, mined = v.b.Transaction(hash); mined {
		return tx, blockHash, index, true
	}
	if tx = v.b.PoolTransaction(hash); tx != nil {
		return tx, common.Hash{}, 0, false
	}
	tx, blockHash, _, index, mined = v.b.Transaction(hash)
	return tx, blockHash, index, mined
}

// GetRawTransactionByHash returns the binary encoding of a transaction.
func (a *transactionAPI) GetRawTransactionByHash(hash common.Hash) (hexutil.Bytes, error) {
	return a.v.rawTransaction(hash)
}

func (v *view) rawTransaction(hash common.Hash) (hexutil.Bytes, error) {
	tx, _, _, _ := v.transaction(hash)
	if tx == nil {
		return nil, nil
	}
	return tx.MarshalBinary()
}

// GetTransactionReceipt returns a receipt, or null when the transaction is not
// in a block.
func (a *transactionAPI) GetTransactionReceipt(_ context.Context, hash common.Hash) (map[string]any, error) {
	return a.v.receiptOf(hash)
}

func (v *view) receiptOf(hash common.Hash) (map[string]any, error) {
	tx, blockHash, _, index, ok := v.b.Transaction(hash)
	if !ok {
		return nil, nil
	}
	receipts := v.b.Receipts(blockHash)
	if index >= uint64(len(receipts)) {
		return nil, errReceiptsMissing
	}
	h := v.b.HeaderByHash(blockHash)
	if h == nil {
		return nil, errHeaderNotFound
	}
	return v.receiptFields(receipts[index], tx, h.BaseFee), nil
}

// GetTransactionByBlockNumberAndIndex returns a transaction by its position.
func (a *transactionAPI) GetTransactionByBlockNumberAndIndex(number gethrpc.BlockNumber, index hexutil.Uint) (*Transaction, error) {
	b, err := a.v.block(number)
	return a.at(b, err, index)
}

// GetTransactionByBlockHashAndIndex returns a transaction by its position.
func (a *transactionAPI) GetTransactionByBlockHashAndIndex(hash common.Hash, index hexutil.Uint) (*Transaction, error) {
	b, err := a.v.blockByHash(hash)
	return a.at(b, err, index)
}

func (a *transactionAPI) at(b *types.Block, err error, index hexutil.Uint) (*Transaction, error) {
	if b == nil || err != nil || uint64(index) >= uint64(len(b.Transactions())) {
		return nil, err
	}
	return a.v.minedTx(b.Transactions()[index], b.Header(), b.Hash(), uint64(index)), nil
}

// GetRawTransactionByBlockNumberAndIndex returns the binary encoding of a
// transaction by its position.
func (a *transactionAPI) GetRawTransactionByBlockNumberAndIndex(number gethrpc.BlockNumber, index hexutil.Uint) (hexutil.Bytes, error) {
	b, err := a.v.block(number)
	return rawAt(b, err, index)
}

// GetRawTransactionByBlockHashAndIndex returns the binary encoding of a
// transaction by its position.
func (a *transactionAPI) GetRawTransactionByBlockHashAndIndex(hash common.Hash, index hexutil.Uint) (hexutil.Bytes, error) {
	b, err := a.v.blockByHash(hash)
	return rawAt(b, err, index)
}

func rawAt(b *types.Block, err error, index hexutil.Uint) (hexutil.Bytes, error) {
	if b == nil || err != nil || uint64(index) >= uint64(len(b.Transactions())) {
		return nil, err
	}
	return b.Transactions()[index].MarshalBinary()
}
