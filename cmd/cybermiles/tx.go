package main

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
)

// txResult is the JSON of `tx`.
type txResult struct {
	Hash        common.Hash   `json:"hash" doc:"transaction hash"`
	Type        uint64        `json:"type" doc:"transaction type of EIP-2718; 0 is legacy, 2 is EIP-1559"`
	From        string        `json:"from" doc:"sender"`
	To          string        `json:"to,omitempty" doc:"receiver; absent when a contract is created"`
	Nonce       uint64        `json:"nonce" doc:"the sender's transaction count"`
	ValueWei    string        `json:"valueWei" doc:"amount sent, in wei"`
	Gas         uint64        `json:"gas" doc:"gas limit"`
	GasPriceWei string        `json:"gasPriceWei" doc:"price per gas, in wei"`
	FeeCapWei   string        `json:"feeCapWei,omitempty" doc:"most the sender pays per gas, in wei"`
	TipWei      string        `json:"tipWei,omitempty" doc:"tip per gas, in wei"`
	Input       hexutil.Bytes `json:"input" doc:"call data, in hex"`
	Block       *uint64       `json:"block,omitempty" doc:"number of the block that holds it; absent while it waits"`
	Index       *uint64       `json:"index,omitempty" doc:"its place in the block, from 0"`
}

func newTxCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tx HASH",
		Short: "Show a transaction",
		Long:  withFields("Show a transaction, whether in a block or waiting in the node's pool.", txResult{}),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := parseHash(args[0])
			if err != nil {
				return err
			}
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				tx, err := node.Transaction(ctx, hash)
				if err != nil {
					return absent(err, "transaction "+hash.Hex())
				}
				result := newTxResult(tx)
				return emit(cmd, result, result.print)
			})
		},
	}
}

func parseHash(text string) (common.Hash, error) {
	var hash common.Hash
	if err := hash.UnmarshalText([]byte(text)); err != nil {
		return hash, misusef("%q is no transaction hash: write 0x and 64 hex digits", text)
	}
	return hash, nil
}

func newTxResult(tx *client.Transaction) txResult {
	return txResult{
		Hash: tx.Hash, Type: uint64(tx.Type), From: tx.From.Hex(), To: addressOf(tx.To), Nonce: uint64(tx.Nonce),
		ValueWei: decimalOf(tx.Value), Gas: uint64(tx.Gas), GasPriceWei: decimalOf(tx.GasPrice),
		FeeCapWei: decimalOf(tx.FeeCap), TipWei: decimalOf(tx.TipCap), Input: tx.Input,
		Block: (*uint64)(tx.BlockNumber), Index: (*uint64)(tx.Index),
	}
}

func (t txResult) print(w io.Writer) {
	block, input := "none yet: it waits in the pool", ""
	if t.Block != nil && t.Index != nil {
		block = fmt.Sprintf("%d, place %d", *t.Block, *t.Index)
	}
	if len(t.Input) > 0 {
		input = t.Input.String()
	}
	properties(w,
		row{"hash", t.Hash.Hex()}, row{"block", block}, row{"from", t.From}, row{"to", t.To},
		row{"amount", amount.CMT(weiOf(t.ValueWei))}, row{"nonce", fmt.Sprint(t.Nonce)}, row{"gas limit", fmt.Sprint(t.Gas)},
		row{"gas price", amount.Gwei(weiOf(t.GasPriceWei))}, row{"data", input})
}

// decimalOf writes an optional number in decimal, "" for none.
func decimalOf(number *hexutil.Big) string {
	if number == nil {
		return ""
	}
	return number.ToInt().String()
}

// weiOf reads a number that decimalOf wrote; none counts as zero.
func weiOf(text string) *big.Int {
	wei, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return new(big.Int)
	}
	return wei
}
