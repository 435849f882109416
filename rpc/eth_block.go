package rpc

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// blockAPI answers the eth_ methods that read blocks, headers and receipts.
type blockAPI struct{ v *view }

// BlockNumber returns the number of the newest final block.
func (a *blockAPI) BlockNumber() hexutil.Uint64 {
	return hexutil.Uint64(a.v.b.Head().Number.Uint64())
}

// GetHeaderByNumber returns a header, or null when there is none.
func (a *blockAPI) GetHeaderByNumber(number gethrpc.BlockNumber) (map[string]any, error) {
	h, err := a.v.header(number)
	if h == nil || err != nil {
		return nil, err
	}
	if number == gethrpc.PendingBlockNumber {
		return hidePending(headerFields(h)), nil
	}
	return headerFields(h), nil
}

// GetHeaderByHash returns a header, or null when there is none.
func (a *blockAPI) GetHeaderByHash(hash common.Hash) map[string]any {
	if h := a.v.b.HeaderByHash(hash); h != nil {
		return headerFields(h)
	}
	return nil
}

// GetBlockByNumber returns a block, or null when there is none.
func (a *blockAPI) GetBlockByNumber(number gethrpc.BlockNumber, fullTx bool) (map[string]any, error) {
	b, err := a.v.block(number)
	if b == nil || err != nil {
		return nil, err
	}
	if number == gethrpc.PendingBlockNumber {
		return hidePending(a.v.blockFields(b, fullTx)), nil
	}
	return a.v.blockFields(b, fullTx), nil
}

// GetBlockByHash returns a block, or null when there is none.
func (a *blockAPI) GetBlockByHash(hash common.Hash, fullTx bool) (map[string]any, error) {
	b, err := a.v.blockByHash(hash)
	if b == nil || err != nil {
		return nil, err
	}
	return a.v.blockFields(b, fullTx), nil
}

// GetBlockReceipts returns the receipts of a block, or null when there is no
// such block.
func (a *blockAPI) GetBlockReceipts(id gethrpc.BlockNumberOrHash) ([]map[string]any, error) {
	if tag, ok := id.Number(); ok && tag == gethrpc.PendingBlockNumber {
		return []map[string]any{}, nil // nothing of the pool has been executed
	}
	b, err := a.v.blockAt(id)
	if b == nil || err != nil {
		return nil, err
	}
	receipts, err := a.v.receipts(b)
	if err != nil {
		return nil, err
	}
	result := make([]map[string]any, len(receipts))
	for i, r := range receipts {
		result[i] = a.v.receiptFields(r, b.Transactions()[i], b.BaseFee())
	}
	return result, nil
}

// receipts returns the receipts of a block, one for each transaction.
func (v *view) receipts(b *types.Block) (types.Receipts, error) {
	if len(b.Transactions()) == 0 {
		return types.Receipts{}, nil
	}
	receipts := v.b.Receipts(b.Hash())
	if receipts == nil {
		return nil, errReceiptsMissing
	}
	if len(receipts) != len(b.Transactions()) {
		return nil, fmt.Errorf("receipts length mismatch: %d vs %d", len(b.Transactions()), len(receipts))
	}
	return receipts, nil
}

// GetBlockTransactionCountByNumber returns how many transactions a block has.
func (a *blockAPI) GetBlockTransactionCountByNumber(number gethrpc.BlockNumber) (*hexutil.Uint, error) {
	return txCount(a.v.block(number))
}

// GetBlockTransactionCountByHash returns how many transactions a block has.
func (a *blockAPI) GetBlockTransactionCountByHash(hash common.Hash) (*hexutil.Uint, error) {
	return txCount(a.v.blockByHash(hash))
}

func txCount(b *types.Block, err error) (*hexutil.Uint, error) {
	if b == nil || err != nil {
		return nil, err
	}
	n := hexutil.Uint(len(b.Transactions()))
	return &n, nil
}

// GetUncleCountByBlockNumber returns zero for every block: there are no uncles.
func (a *blockAPI) GetUncleCountByBlockNumber(number gethrpc.BlockNumber) (*hexutil.Uint, error) {
	return uncleCount(a.v.block(number))
}

// GetUncleCountByBlockHash returns zero for every block: there are no uncles.
func (a *blockAPI) GetUncleCountByBlockHash(hash common.Hash) (*hexutil.Uint, error) {
	return uncleCount(a.v.blockByHash(hash))
}

func uncleCount(b *types.Block, err error) (*hexutil.Uint, error) {
	if b == nil || err != nil {
		return nil, err
	}
	return new(hexutil.Uint), nil
}

// GetUncleByBlockNumberAndIndex returns null: there are no uncles.
func (a *blockAPI) GetUncleByBlockNumberAndIndex(gethrpc.BlockNumber, hexutil.Uint) map[string]any {
	return nil
}

// GetUncleByBlockHashAndIndex returns null: there are no uncles.
func (a *blockAPI) GetUncleByBlockHashAndIndex(common.Hash, hexutil.Uint) map[string]any {
	return nil
}
