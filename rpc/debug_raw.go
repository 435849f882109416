package rpc

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rlp"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// rawAPI answers the debug_getRaw methods: the consensus encoding of things. As
// with go-ethereum the encoding of what does not exist is empty.
type rawAPI struct{ v *view }

// GetRawHeader returns the RLP encoding of a header.
func (a *rawAPI) GetRawHeader(id gethrpc.BlockNumberOrHash) (hexutil.Bytes, error) {
	h, err := a.v.headerAt(id)
	if errors.Is(err, errHeaderNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return rlp.EncodeToBytes(h)
}

// GetRawBlock returns the RLP encoding of a block.
func (a *rawAPI) GetRawBlock(id gethrpc.BlockNumberOrHash) (hexutil.Bytes, error) {
	b, err := a.v.blockAt(id)
	if b == nil || err != nil {
		return nil, err
	}
	return rlp.EncodeToBytes(b)
}

// GetRawReceipts returns the binary encodings of a block's receipts.
func (a *rawAPI) GetRawReceipts(id gethrpc.BlockNumberOrHash) ([]hexutil.Bytes, error) {
	b, err := a.v.blockAt(id)
	if b == nil || err != nil {
		return nil, err
	}
	receipts, err := a.v.receipts(b)
	if err != nil {
		return nil, err
	}
	result := make([]hexutil.Bytes, len(receipts))
	for i, r := range receipts {
		if result[i], err = r.MarshalBinary(); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// GetRawTransaction returns the binary encoding of a transaction.
func (a *rawAPI) GetRawTransaction(hash common.Hash) (hexutil.Bytes, error) {
	return a.v.rawTransaction(hash)
}

// GetBadBlocks returns an empty list: a block that consensus accepted is valid.
func (a *rawAPI) GetBadBlocks() []any { return []any{} }
