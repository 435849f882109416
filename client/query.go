package client

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Block is a block's header with the hashes of its transactions.
type Block struct {
	Number       hexutil.Uint64 `json:"number"`
	Hash         common.Hash    `json:"hash"`
	ParentHash   common.Hash    `json:"parentHash"`
	StateRoot    common.Hash    `json:"stateRoot"`
	Miner        common.Address `json:"miner"`
	Timestamp    hexutil.Uint64 `json:"timestamp"`
	GasUsed      hexutil.Uint64 `json:"gasUsed"`
	GasLimit     hexutil.Uint64 `json:"gasLimit"`
	BaseFee      *hexutil.Big   `json:"baseFeePerGas"`
	Size         hexutil.Uint64 `json:"size"`
	Transactions []common.Hash  `json:"transactions"`
}

// Transaction is a transaction as the node reports it. Unlike go-ethereum's
// type it needs no signature, since system transactions carry none.
type Transaction struct {
	Hash        common.Hash     `json:"hash"`
	Type        hexutil.Uint64  `json:"type"`
	From        common.Address  `json:"from"`
	To          *common.Address `json:"to"`
	Nonce       hexutil.Uint64  `json:"nonce"`
	Value       *hexutil.Big    `json:"value"`
	Gas         hexutil.Uint64  `json:"gas"`
	GasPrice    *hexutil.Big    `json:"gasPrice"`
	FeeCap      *hexutil.Big    `json:"maxFeePerGas"`
	TipCap      *hexutil.Big    `json:"maxPriorityFeePerGas"`
	Input       hexutil.Bytes   `json:"input"`
	BlockHash   *common.Hash    `json:"blockHash"`
	BlockNumber *hexutil.Uint64 `json:"blockNumber"` // nil while pending
	Index       *hexutil.Uint64 `json:"transactionIndex"`
}

// Receipt is what a transaction did.
type Receipt struct {
	TxHash            common.Hash     `json:"transactionHash"`
	From              common.Address  `json:"from"`
	To                *common.Address `json:"to"`
	ContractAddress   *common.Address `json:"contractAddress"`
	BlockNumber       hexutil.Uint64  `json:"blockNumber"`
	BlockHash         common.Hash     `json:"blockHash"`
	Index             hexutil.Uint64  `json:"transactionIndex"`
	Status            hexutil.Uint64  `json:"status"`
	GasUsed           hexutil.Uint64  `json:"gasUsed"`
	EffectiveGasPrice *hexutil.Big    `json:"effectiveGasPrice"`
	Logs              []*types.Log    `json:"logs"`
}

// Succeeded reports whether the transaction took effect; otherwise it was
// reverted and only its fee was paid.
func (r *Receipt) Succeeded() bool { return uint64(r.Status) == types.ReceiptStatusSuccessful }

// FeeWei is what the sender paid for gas.
func (r *Receipt) FeeWei() *big.Int {
	if r.EffectiveGasPrice == nil {
		return new(big.Int)
	}
	gas := new(big.Int).SetUint64(uint64(r.GasUsed))
	return gas.Mul(gas, r.EffectiveGasPrice.ToInt())
}

// BlockRef names a block: a number in decimal, "latest", "safe", "finalized",
// "pending", "earliest", or a hash of 32 bytes.
type BlockRef struct {
	hash *common.Hash
	tag  string
}

// ParseBlockRef reads a block reference as people write it.
func ParseBlockRef(text string) (BlockRef, error) {
	switch text {
	case "latest", "safe", "finalized", "pending", "earliest":
		return BlockRef{tag: text}, nil
	}
	if len(text) == 66 {
		var hash common.Hash
		if err := hash.UnmarshalText([]byte(text)); err != nil {
			return BlockRef{}, fmt.Errorf("block hash %q: %w", text, err)
		}
		return BlockRef{hash: &hash}, nil
	}
	number, ok := new(big.Int).SetString(text, 0)
	if !ok || !number.IsUint64() {
		return BlockRef{}, fmt.Errorf("%q names no block: write a number, a hash of 32 bytes, latest or earliest", text)
	}
	return BlockRef{tag: hexutil.EncodeBig(number)}, nil
}

// MarshalJSON gives the form that the parameters of state reads take: a tag, a
// hex number, or an EIP-1898 object for a hash.
func (b BlockRef) MarshalJSON() ([]byte, error) {
	if b.hash != nil {
		return json.Marshal(map[string]common.Hash{"blockHash": *b.hash})
	}
	return json.Marshal(b.tag)
}

// Block returns a block; the error is ethereum.NotFound when there is none.
func (c *Client) Block(ctx context.Context, ref BlockRef) (*Block, error) {
	if ref.hash != nil {
		return lookup[Block](ctx, c, "eth_getBlockByHash", *ref.hash, false)
	}
	return lookup[Block](ctx, c, "eth_getBlockByNumber", ref.tag, false)
}

// Transaction returns a transaction, pending ones included; the error is
// ethereum.NotFound when the node knows none.
func (c *Client) Transaction(ctx context.Context, hash common.Hash) (*Transaction, error) {
	return lookup[Transaction](ctx, c, "eth_getTransactionByHash", hash)
}

// Receipt returns the receipt of an included transaction, or ethereum.NotFound.
func (c *Client) Receipt(ctx context.Context, hash common.Hash) (*Receipt, error) {
	return lookup[Receipt](ctx, c, "eth_getTransactionReceipt", hash)
}

// Call runs a read-only call on the state after a block and returns its output.
func (c *Client) Call(ctx context.Context, req Request, at BlockRef) ([]byte, error) {
	call := map[string]any{"from": req.From, "to": req.To, "input": hexutil.Bytes(req.Data)}
	if req.ValueWei != nil {
		call["value"] = (*hexutil.Big)(req.ValueWei)
	}
	if req.Gas != 0 {
		call["gas"] = hexutil.Uint64(req.Gas)
	}
	var output hexutil.Bytes
	if err := c.CallRPC(ctx, &output, "eth_call", call, at); err != nil {
		return nil, c.explainCall(req.To, err)
	}
	return output, nil
}

func lookup[T any](ctx context.Context, c *Client, method string, args ...any) (*T, error) {
	var found *T
	if err := c.CallRPC(ctx, &found, method, args...); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, ethereum.NotFound
	}
	return found, nil
}
