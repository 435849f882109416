package rpc

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// TransactionArgs describes a call or an unsigned transaction, as eth_call,
// eth_estimateGas and their relatives take it.
type TransactionArgs struct {
	From              *common.Address              `json:"from"`
	To                *common.Address              `json:"to"`
	Gas               *hexutil.Uint64              `json:"gas"`
	GasPrice          *hexutil.Big                 `json:"gasPrice"`
	FeeCap            *hexutil.Big                 `json:"maxFeePerGas"`
	TipCap            *hexutil.Big                 `json:"maxPriorityFeePerGas"`
	Value             *hexutil.Big                 `json:"value"`
	Nonce             *hexutil.Uint64              `json:"nonce"`
	Data              *hexutil.Bytes               `json:"data"`  // older name of input
	Input             *hexutil.Bytes               `json:"input"` // preferred when both are given
	AccessList        *types.AccessList            `json:"accessList,omitempty"`
	ChainID           *hexutil.Big                 `json:"chainId,omitempty"`
	BlobFeeCap        *hexutil.Big                 `json:"maxFeePerBlobGas"`
	BlobHashes        []common.Hash                `json:"blobVersionedHashes,omitempty"`
	AuthorizationList []types.SetCodeAuthorization `json:"authorizationList"`
}

func (a *TransactionArgs) from() common.Address {
	if a.From == nil {
		return common.Address{}
	}
	return *a.From
}

func (a *TransactionArgs) data() []byte {
	if a.Input != nil {
		return *a.Input
	}
	if a.Data != nil {
		return *a.Data
	}
	return nil
}

// errTwoFeeStyles refuses a gas price beside EIP-1559 fees.
var errTwoFeeStyles = errors.New("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")

// checkChainID fills in the chain id or compares the given one.
func (a *TransactionArgs) checkChainID(want *big.Int) error {
	if a.ChainID == nil {
		a.ChainID = (*hexutil.Big)(want)
		return nil
	}
	if have := a.ChainID.ToInt(); have.Cmp(want) != 0 {
		return fmt.Errorf("chainId does not match node's (have=%v, want=%v)", have, want)
	}
	return nil
}

// callDefaults fills in zero values for a call that is not a transaction and
// caps its gas.
func (a *TransactionArgs) callDefaults(gasCap uint64, chainID *big.Int) error {
	if a.GasPrice != nil && (a.FeeCap != nil || a.TipCap != nil) {
		return errTwoFeeStyles
	}
	if err := a.checkChainID(chainID); err != nil {
		return err
	}
	if a.Gas == nil || uint64(*a.Gas) > gasCap {
		a.Gas = (*hexutil.Uint64)(&gasCap)
	}
	orNew(&a.Nonce)
	orNew(&a.Value)
	orNew(&a.FeeCap)
	orNew(&a.TipCap)
	if a.BlobHashes != nil {
		orNew(&a.BlobFeeCap)
	}
	return nil
}

func orNew[T any](p **T) {
	if *p == nil {
		*p = new(T)
	}
}

// message converts the arguments, defaults filled in, to the form that the EVM
// executes.
func (a *TransactionArgs) message(baseFee *big.Int, skipNonceCheck bool) *core.Message {
	feeCap, tipCap, price := a.FeeCap.ToInt(), a.TipCap.ToInt(), new(big.Int)
	if a.GasPrice != nil {
		price = a.GasPrice.ToInt()
		feeCap, tipCap = price, price
	} else if feeCap.Sign() > 0 || tipCap.Sign() > 0 {
		if price.Add(tipCap, baseFee); price.Cmp(feeCap) > 0 {
			price = feeCap
		}
	}
	var accesses types.AccessList
	if a.AccessList != nil {
		accesses = *a.AccessList
	}
	return &core.Message{
		From:                  a.from(),
		To:                    a.To,
		Value:                 a.Value.ToInt(),
		Nonce:                 uint64(*a.Nonce),
		GasLimit:              uint64(*a.Gas),
		GasPrice:              price,
		GasFeeCap:             feeCap,
		GasTipCap:             tipCap,
		Data:                  a.data(),
		AccessList:            accesses,
		BlobGasFeeCap:         (*big.Int)(a.BlobFeeCap),
		BlobHashes:            a.BlobHashes,
		SetCodeAuthorizations: a.AuthorizationList,
		SkipNonceChecks:       skipNonceCheck,
		SkipTransactionChecks: true,
	}
}

// transaction converts the arguments, defaults filled in, to an unsigned
// transaction: legacy when a gas price is given, dynamic-fee otherwise.
func (a *TransactionArgs) transaction() (*types.Transaction, error) {
	var accesses types.AccessList
	if a.AccessList != nil {
		accesses = *a.AccessList
	}
	switch {
	case a.GasPrice != nil:
		return types.NewTx(&types.LegacyTx{
			To: a.To, Nonce: uint64(*a.Nonce), Gas: uint64(*a.Gas), GasPrice: a.GasPrice.ToInt(),
			Value: a.Value.ToInt(), Data: a.data(),
		}), nil
	case a.AuthorizationList != nil:
		if a.To == nil {
			return nil, core.ErrSetCodeTxCreate
		}
		return types.NewTx(&types.SetCodeTx{
			To: *a.To, ChainID: uint256Of(a.ChainID), Nonce: uint64(*a.Nonce), Gas: uint64(*a.Gas),
			GasFeeCap: uint256Of(a.FeeCap), GasTipCap: uint256Of(a.TipCap), Value: uint256Of(a.Value),
			Data: a.data(), AccessList: accesses, AuthList: a.AuthorizationList,
		}), nil
	case a.BlobHashes != nil:
		if a.To == nil {
			return nil, core.ErrBlobTxCreate
		}
		return types.NewTx(&types.BlobTx{
			To: *a.To, ChainID: uint256Of(a.ChainID), Nonce: uint64(*a.Nonce), Gas: uint64(*a.Gas),
			GasFeeCap: uint256Of(a.FeeCap), GasTipCap: uint256Of(a.TipCap), Value: uint256Of(a.Value),
			Data: a.data(), AccessList: accesses, BlobHashes: a.BlobHashes, BlobFeeCap: uint256Of(a.BlobFeeCap),
		}), nil
	}
	return types.NewTx(&types.DynamicFeeTx{
		To: a.To, ChainID: a.ChainID.ToInt(), Nonce: uint64(*a.Nonce), Gas: uint64(*a.Gas),
		GasFeeCap: a.FeeCap.ToInt(), GasTipCap: a.TipCap.ToInt(), Value: a.Value.ToInt(),
		Data: a.data(), AccessList: accesses,
	}), nil
}

// uint256Of cannot overflow: hexutil.Big refuses more than 256 bits when decoding.
func uint256Of(v *hexutil.Big) *uint256.Int {
	w, _ := uint256.FromBig(v.ToInt())
	return w
}
