package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// FilledTransaction is an unsigned transaction, complete but for its signature.
type FilledTransaction struct {
	Raw hexutil.Bytes      `json:"raw"`
	Tx  *types.Transaction `json:"tx"`
}

// FillTransaction fills in a transaction's nonce, gas, fees and chain id for a
// wallet to sign.
func (a *callAPI) FillTransaction(ctx context.Context, args TransactionArgs) (*FilledTransaction, error) {
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := a.v.transactionDefaults(ctx, &args); err != nil {
		return nil, err
	}
	tx, err := args.transaction()
	if err != nil {
		return nil, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return &FilledTransaction{raw, tx}, nil
}

// transactionDefaults completes the arguments of a transaction to be sent next.
func (v *view) transactionDefaults(ctx context.Context, args *TransactionArgs) error {
	if args.BlobHashes != nil || args.BlobFeeCap != nil {
		return fmt.Errorf("%w: this chain has no blob transactions", core.ErrTxTypeNotSupported)
	}
	if err := v.feeDefaults(args, v.b.Head()); err != nil {
		return err
	}
	orNew(&args.Value)
	if args.Nonce == nil {
		nonce := hexutil.Uint64(v.b.PoolNonce(args.from()))
		args.Nonce = &nonce
	}
	if args.Data != nil && args.Input != nil && !bytes.Equal(*args.Data, *args.Input) {
		return errors.New(`both "data" and "input" are set and not equal. Please use "input" to pass transaction call data`)
	}
	if args.To == nil && len(args.data()) == 0 {
		return errors.New(`contract creation without any data provided`)
	}
	if args.Gas == nil {
		call := *args
		call.Nonce = nil
		gas, err := v.estimate(ctx, call, gethrpc.BlockNumberOrHashWithNumber(gethrpc.LatestBlockNumber), nil, nil)
		if err != nil {
			return err
		}
		args.Gas = &gas
	}
	return args.checkChainID(v.b.ChainConfig().ChainID)
}

// feeDefaults suggests the fees that the arguments leave open.
func (v *view) feeDefaults(args *TransactionArgs, head *types.Header) error {
	if args.BlobFeeCap != nil && args.BlobFeeCap.ToInt().Sign() == 0 {
		return errors.New("maxFeePerBlobGas, if specified, must be non-zero")
	}
	if args.BlobHashes != nil && args.BlobFeeCap == nil {
		args.BlobFeeCap = (*hexutil.Big)(big.NewInt(2 * params.BlobTxMinBlobGasprice))
	}
	if args.GasPrice != nil {
		if args.FeeCap != nil || args.TipCap != nil {
			return errTwoFeeStyles
		}
		if args.GasPrice.ToInt().Sign() == 0 {
			return errors.New("gasPrice must be non-zero after london fork")
		}
		return nil
	}
	if args.FeeCap != nil && args.TipCap != nil && args.FeeCap.ToInt().Sign() == 0 {
		return errors.New("maxFeePerGas must be non-zero")
	}
	if args.TipCap == nil {
		args.TipCap = (*hexutil.Big)(v.fees.suggestTip())
	}
	if args.FeeCap == nil {
		// Twice the base fee leaves room for it to rise.
		feeCap := new(big.Int).Lsh(head.BaseFee, 1)
		args.FeeCap = (*hexutil.Big)(feeCap.Add(feeCap, args.TipCap.ToInt()))
	}
	if args.FeeCap.ToInt().Cmp(args.TipCap.ToInt()) < 0 {
		return fmt.Errorf("maxFeePerGas (%v) < maxPriorityFeePerGas (%v)", args.FeeCap, args.TipCap)
	}
	return nil
}
