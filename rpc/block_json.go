package rpc

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// headerFields is the JSON object of a header, as eth_getHeaderByNumber and the
// block methods return it.
func headerFields(h *types.Header) map[string]any {
	f := map[string]any{
		"number":           (*hexutil.Big)(h.Number),
		"hash":             h.Hash(),
		"parentHash":       h.ParentHash,
		"nonce":            h.Nonce,
		"mixHash":          h.MixDigest,
		"sha3Uncles":       h.UncleHash,
		"logsBloom":        h.Bloom,
		"stateRoot":        h.Root,
		"miner":            h.Coinbase,
		"difficulty":       (*hexutil.Big)(h.Difficulty),
		"extraData":        hexutil.Bytes(h.Extra),
		"gasLimit":         hexutil.Uint64(h.GasLimit),
		"gasUsed":          hexutil.Uint64(h.GasUsed),
		"timestamp":        hexutil.Uint64(h.Time),
		"transactionsRoot": h.TxHash,
		"receiptsRoot":     h.ReceiptHash,
	}
	if h.BaseFee != nil {
		f["baseFeePerGas"] = (*hexutil.Big)(h.BaseFee)
	}
	if h.WithdrawalsHash != nil {
		f["withdrawalsRoot"] = h.WithdrawalsHash
	}
	if h.BlobGasUsed != nil {
		f["blobGasUsed"] = hexutil.Uint64(*h.BlobGasUsed)
	}
	if h.ExcessBlobGas != nil {
		f["excessBlobGas"] = hexutil.Uint64(*h.ExcessBlobGas)
	}
	if h.ParentBeaconRoot != nil {
		f["parentBeaconBlockRoot"] = h.ParentBeaconRoot
	}
	if h.RequestsHash != nil {
		f["requestsHash"] = h.RequestsHash
	}
	return f
}

// blockFields is the JSON object of a block, with whole transactions or only
// their hashes.
func (v *view) blockFields(b *types.Block, fullTx bool) map[string]any {
	f := headerFields(b.Header())
	f["size"] = hexutil.Uint64(b.Size())
	f["uncles"] = []common.Hash{}
	if b.Withdrawals() != nil {
		f["withdrawals"] = b.Withdrawals()
	}
	txs := make([]any, len(b.Transactions()))
	for i, tx := range b.Transactions() {
		if fullTx {
			txs[i] = v.minedTx(tx, b.Header(), b.Hash(), uint64(i))
		} else {
			txs[i] = tx.Hash()
		}
	}
	f["transactions"] = txs
	return f
}

// hidePending blanks the fields that a block under construction does not have.
func hidePending(f map[string]any) map[string]any {
	for _, name := range []string{"hash", "nonce", "miner"} {
		f[name] = nil
	}
	return f
}
