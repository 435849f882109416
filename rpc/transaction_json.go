package rpc

import (
	"math/big"

	"github.com/cybermiles/cybermiles/execution"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Transaction is the JSON object of a transaction. The block fields are null
// while it waits in the pool.
type Transaction struct {
	BlockHash         *common.Hash                 `json:"blockHash"`
	BlockNumber       *hexutil.Big                 `json:"blockNumber"`
	BlockTimestamp    *hexutil.Uint64              `json:"blockTimestamp"`
	From              common.Address               `json:"from"`
	Gas               hexutil.Uint64               `json:"gas"`
	GasPrice          *hexutil.Big                 `json:"gasPrice"`
	GasFeeCap         *hexutil.Big                 `json:"maxFeePerGas,omitempty"`
	GasTipCap         *hexutil.Big                 `json:"maxPriorityFeePerGas,omitempty"`
	BlobFeeCap        *hexutil.Big                 `json:"maxFeePerBlobGas,omitempty"`
	Hash              common.Hash                  `json:"hash"`
	Input             hexutil.Bytes                `json:"input"`
	Nonce             hexutil.Uint64               `json:"nonce"`
	To                *common.Address              `json:"to"`
	TransactionIndex  *hexutil.Uint64              `json:"transactionIndex"`
	Value             *hexutil.Big                 `json:"value"`
	Type              hexutil.Uint64               `json:"type"`
	Accesses          *types.AccessList            `json:"accessList,omitempty"`
	ChainID           *hexutil.Big                 `json:"chainId,omitempty"`
	BlobHashes        []common.Hash                `json:"blobVersionedHashes,omitempty"`
	AuthorizationList []types.SetCodeAuthorization `json:"authorizationList,omitempty"`
	V                 *hexutil.Big                 `json:"v"`
	R                 *hexutil.Big                 `json:"r"`
	S                 *hexutil.Big                 `json:"s"`
	YParity           *hexutil.Uint64              `json:"yParity,omitempty"`
}

// pendingTx is the JSON object of a transaction that waits in the pool.
func (v *view) pendingTx(tx *types.Transaction) *Transaction {
	return newTransaction(tx, v.sender(tx))
}

// minedTx is the JSON object of a transaction in a block.
func (v *view) minedTx(tx *types.Transaction, h *types.Header, hash common.Hash, index uint64) *Transaction {
	t := newTransaction(tx, v.sender(tx))
	time := h.Time
	t.BlockHash = &hash
	t.BlockNumber = (*hexutil.Big)(h.Number)
	t.BlockTimestamp = (*hexutil.Uint64)(&time)
	t.TransactionIndex = (*hexutil.Uint64)(&index)
	if tx.Type() >= types.DynamicFeeTxType && h.BaseFee != nil {
		t.GasPrice = (*hexutil.Big)(effectiveGasPrice(tx, h.BaseFee))
	}
	return t
}

func newTransaction(tx *types.Transaction, from common.Address) *Transaction {
	v, r, s := tx.RawSignatureValues()
	t := &Transaction{
		Type:     hexutil.Uint64(tx.Type()),
		From:     from,
		Gas:      hexutil.Uint64(tx.Gas()),
		GasPrice: (*hexutil.Big)(tx.GasPrice()),
		Hash:     tx.Hash(),
		Input:    tx.Data(),
		Nonce:    hexutil.Uint64(tx.Nonce()),
		To:       tx.To(),
		Value:    (*hexutil.Big)(tx.Value()),
		V:        (*hexutil.Big)(v),
		R:        (*hexutil.Big)(r),
		S:        (*hexutil.Big)(s),
	}
	if tx.Type() == types.LegacyTxType {
		// No chain id follows from the missing signature of a system transaction.
		if !execution.IsSystem(tx) && tx.ChainId().Sign() != 0 {
			t.ChainID = (*hexutil.Big)(tx.ChainId())
		}
		return t
	}
	accesses, parity := tx.AccessList(), hexutil.Uint64(v.Sign())
	t.Accesses = &accesses
	t.ChainID = (*hexutil.Big)(tx.ChainId())
	t.YParity = &parity
	if tx.Type() >= types.DynamicFeeTxType {
		t.GasFeeCap = (*hexutil.Big)(tx.GasFeeCap())
		t.GasTipCap = (*hexutil.Big)(tx.GasTipCap())
		t.GasPrice = t.GasFeeCap
	}
	switch tx.Type() {
	case types.BlobTxType: // only eth_simulateV1 can contain one
		t.BlobFeeCap = (*hexutil.Big)(tx.BlobGasFeeCap())
		t.BlobHashes = tx.BlobHashes()
	case types.SetCodeTxType:
		t.AuthorizationList = tx.SetCodeAuthorizations()
	}
	return t
}

// effectiveGasPrice is min(tip cap + base fee, fee cap).
func effectiveGasPrice(tx *types.Transaction, baseFee *big.Int) *big.Int {
	price := new(big.Int).Add(tx.GasTipCap(), baseFee)
	if feeCap := tx.GasFeeCap(); feeCap.Cmp(price) < 0 {
		return feeCap
	}
	return price
}

// receiptFields is the JSON object of a receipt in a block with the given base
// fee.
func (v *view) receiptFields(r *types.Receipt, tx *types.Transaction, baseFee *big.Int) map[string]any {
	f := map[string]any{
		"blockHash":         r.BlockHash,
		"blockNumber":       (*hexutil.Big)(r.BlockNumber),
		"transactionHash":   tx.Hash(),
		"transactionIndex":  hexutil.Uint64(r.TransactionIndex),
		"from":              v.sender(tx),
		"to":                tx.To(),
		"gasUsed":           hexutil.Uint64(r.GasUsed),
		"cumulativeGasUsed": hexutil.Uint64(r.CumulativeGasUsed),
		"contractAddress":   nil,
		"logs":              r.Logs,
		"logsBloom":         r.Bloom,
		"type":              hexutil.Uint(tx.Type()),
		"effectiveGasPrice": (*hexutil.Big)(effectiveGasPrice(tx, baseFee)),
		"status":            hexutil.Uint(r.Status),
	}
	if r.Logs == nil {
		f["logs"] = []*types.Log{}
	}
	if r.ContractAddress != (common.Address{}) {
		f["contractAddress"] = r.ContractAddress
	}
	return f
}
