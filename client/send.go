package client

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// ErrNotIncluded says that a transaction was accepted by the node but appeared
// in no block in the time given.
var ErrNotIncluded = errors.New("accepted, but not in a block yet")

// receiptPoll is how often WaitReceipt asks; blocks come every half second.
const receiptPoll = 100 * time.Millisecond

// Request is a transaction to be made. Nil and zero fields are filled in by
// Prepare; To nil creates a contract.
type Request struct {
	From      common.Address
	To        *common.Address
	ValueWei  *big.Int
	Data      []byte
	Nonce     *uint64
	Gas       uint64
	FeeCapWei *big.Int // most wei per gas in all
	TipWei    *big.Int // wei per gas for the proposer
}

// Signer turns a transaction into a signed one for the given chain.
type Signer func(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error)

// Prepare fills a request into an EIP-1559 transaction: the account's next
// nonce with pending ones counted, the node's gas estimate (with a quarter more
// for contract calls, whose cost moves with the state), the node's suggested
// tip, and a fee cap of twice the base fee plus the tip.
func (c *Client) Prepare(ctx context.Context, req Request) (*types.DynamicFeeTx, error) {
	chainID, err := c.ChainID(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask chain id: %w", c.wrap(err))
	}
	tx := &types.DynamicFeeTx{ChainID: chainID, To: req.To, Value: req.ValueWei, Data: req.Data, Gas: req.Gas}
	if tx.Value == nil {
		tx.Value = new(big.Int)
	}
	if err := c.fillFees(ctx, tx, req); err != nil {
		return nil, err
	}
	if req.Nonce != nil {
		tx.Nonce = *req.Nonce
	} else if tx.Nonce, err = c.PendingNonceAt(ctx, req.From); err != nil {
		return nil, fmt.Errorf("ask next nonce: %w", c.wrap(err))
	}
	if tx.Gas == 0 {
		if tx.Gas, err = c.estimate(ctx, req); err != nil {
			return nil, err
		}
	}
	return tx, nil
}

func (c *Client) fillFees(ctx context.Context, tx *types.DynamicFeeTx, req Request) error {
	tx.GasTipCap, tx.GasFeeCap = req.TipWei, req.FeeCapWei
	if tx.GasTipCap == nil {
		tip, err := c.SuggestGasTipCap(ctx)
		if err != nil {
			return fmt.Errorf("ask suggested tip: %w", c.wrap(err))
		}
		tx.GasTipCap = tip
	}
	if tx.GasFeeCap == nil {
		head, err := c.HeaderByNumber(ctx, nil)
		if err != nil {
			return fmt.Errorf("ask newest block: %w", c.wrap(err))
		}
		if head.BaseFee == nil {
			return errors.New("this chain has no base fee (EIP-1559); give the fee cap yourself")
		}
		tx.GasFeeCap = new(big.Int).Add(new(big.Int).Lsh(head.BaseFee, 1), tx.GasTipCap)
	}
	if tx.GasTipCap.Cmp(tx.GasFeeCap) > 0 {
		if req.TipWei != nil {
			return fmt.Errorf("the tip of %s wei exceeds the fee cap of %s wei per gas", tx.GasTipCap, tx.GasFeeCap)
		}
		tx.GasTipCap = new(big.Int).Set(tx.GasFeeCap)
	}
	return nil
}

func (c *Client) estimate(ctx context.Context, req Request) (uint64, error) {
	gas, err := c.EstimateGas(ctx, ethereum.CallMsg{From: req.From, To: req.To, Value: req.ValueWei, Data: req.Data})
	if err != nil {
		return 0, fmt.Errorf("estimate gas: %w", c.explainCall(req.To, err))
	}
	if gas > params.TxGas {
		gas += gas / 4
	}
	// EIP-7825 refuses larger transactions; an estimate below it must not be
	// pushed over it by the margin.
	if gas > params.MaxTxGas && gas*4/5 <= params.MaxTxGas {
		gas = params.MaxTxGas
	}
	return gas, nil
}

// SignAndSend signs a prepared transaction and hands it to the node.
func (c *Client) SignAndSend(ctx context.Context, prepared *types.DynamicFeeTx, sign Signer) (*types.Transaction, error) {
	tx, err := sign(types.NewTx(prepared), prepared.ChainID)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := c.SendTransaction(ctx, tx); err != nil {
		return nil, fmt.Errorf("send: %w", c.Explain(err))
	}
	return tx, nil
}

// WaitReceipt waits until a transaction is in a block, which on CyberMiles
// means final. When the context ends first the error wraps ErrNotIncluded.
func (c *Client) WaitReceipt(ctx context.Context, hash common.Hash) (*Receipt, error) {
	ticker := time.NewTicker(receiptPoll)
	defer ticker.Stop()
	for {
		receipt, err := c.Receipt(ctx, hash)
		if err == nil {
			return receipt, nil
		}
		// A node may answer with an error for a while, for example when it is
		// still indexing; one that is gone will not come back soon.
		var answered rpc.Error
		if ctx.Err() == nil && !errors.Is(err, ethereum.NotFound) && !errors.As(err, &answered) {
			return nil, fmt.Errorf("ask receipt of %s: %w", hash, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("transaction %s: %w", hash, ErrNotIncluded)
		case <-ticker.C:
		}
	}
}
