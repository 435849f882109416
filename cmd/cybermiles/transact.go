package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/wallet"
)

// sentTransaction is the JSON of every command that sends.
type sentTransaction struct {
	Hash     string      `json:"hash" doc:"transaction hash"`
	From     string      `json:"from" doc:"sender"`
	To       string      `json:"to,omitempty" doc:"receiver; absent when a contract is created"`
	ValueWei string      `json:"valueWei" doc:"amount sent, in wei"`
	Nonce    uint64      `json:"nonce" doc:"the sender's transaction count"`
	Status   string      `json:"status" doc:"success, or sent with --no-wait"`
	Block    *uint64     `json:"block,omitempty" doc:"number of the block that holds it"`
	GasUsed  *uint64     `json:"gasUsed,omitempty" doc:"gas it took"`
	FeeWei   string      `json:"feeWei,omitempty" doc:"fee paid, in wei"`
	Contract string      `json:"contract,omitempty" doc:"address of the contract created"`
	Events   []logResult `json:"events,omitempty" doc:"what contracts of the chain logged, decoded"`
}

func addTransactionFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Uint64("gas", 0, "gas `limit`; 0 takes the node's estimate and a margin")
	flags.Int64("nonce", -1, "transaction `count` to use; -1 takes the next")
	flags.String("fee-cap", "", "most to pay per gas, as an `amount`; default twice the base fee, and the tip")
	flags.String("tip", "", "tip per gas for the proposer, as an `amount`; default what the node suggests")
	flags.BoolP("yes", "y", false, "do not ask for confirmation")
	flags.Bool("no-wait", false, "return when the node has accepted the transaction")
	flags.Duration("timeout", time.Minute, "how `long` to wait for the block")
}

// readTransactionFlags fills a request with what the flags say.
func readTransactionFlags(cmd *cobra.Command, req *client.Request) error {
	flags := cmd.Flags()
	req.Gas, _ = flags.GetUint64("gas")
	if nonce, _ := flags.GetInt64("nonce"); nonce >= 0 {
		unsigned := uint64(nonce)
		req.Nonce = &unsigned
	}
	for name, target := range map[string]**big.Int{"fee-cap": &req.FeeCapWei, "tip": &req.TipWei} {
		text, _ := flags.GetString(name)
		if text == "" {
			continue
		}
		wei, err := amount.Parse(text)
		if err != nil {
			return misusef("--%s: %v", name, err)
		}
		*target = wei
	}
	return nil
}

// transact prepares, shows, signs and sends a transaction, waits for its block
// and prints what became of it.
func transact(cmd *cobra.Command, req client.Request) error {
	if err := readTransactionFlags(cmd, &req); err != nil {
		return err
	}
	from, err := findSender(cmd)
	if err != nil {
		return err
	}
	req.From = from.address
	node, err := dial(cmd)
	if err != nil {
		return err
	}
	defer node.Close()
	ctx, cancel := asking(cmd)
	defer cancel()
	prepared, err := node.Prepare(ctx, req)
	if err != nil {
		return err
	}
	preview(cmd, from.address, prepared)
	if err := confirm(cmd, "Send it?"); err != nil {
		return err
	}
	key, err := from.open()
	if err != nil {
		return err
	}
	sending, cancel := asking(cmd)
	defer cancel()
	tx, err := node.SignAndSend(sending, prepared, wallet.Signer(key))
	if err != nil {
		return err
	}
	return follow(cmd, node, from.address, tx)
}

func preview(cmd *cobra.Command, from common.Address, tx *types.DynamicFeeTx) {
	if asJSON(cmd) {
		return
	}
	to := "a new contract"
	if tx.To != nil {
		to = tx.To.Hex()
	}
	call := ""
	if len(tx.Data) > 0 {
		call = fmt.Sprintf("%d bytes", len(tx.Data))
	}
	feeMost := new(big.Int).Mul(tx.GasFeeCap, new(big.Int).SetUint64(tx.Gas))
	properties(cmd.ErrOrStderr(),
		row{"from", from.Hex()}, row{"to", to}, row{"amount", amount.CMT(tx.Value)}, row{"data", call},
		row{"fee", "at most " + amount.CMT(feeMost)}, row{"nonce", fmt.Sprint(tx.Nonce)}, row{"chain", tx.ChainID.String()})
}

// follow waits for a transaction's block and prints the result. A transaction
// that was included but failed is a failure.
func follow(cmd *cobra.Command, node *client.Client, from common.Address, tx *types.Transaction) error {
	sent := sentTransaction{Hash: tx.Hash().Hex(), From: from.Hex(), To: addressOf(tx.To()), ValueWei: tx.Value().String(), Nonce: tx.Nonce(), Status: "sent"}
	if noWait, _ := cmd.Flags().GetBool("no-wait"); noWait {
		return emit(cmd, sent, sent.print)
	}
	patience, _ := cmd.Flags().GetDuration("timeout")
	waiting, cancel := context.WithTimeout(cmd.Context(), patience)
	defer cancel()
	receipt, err := node.WaitReceipt(waiting, tx.Hash())
	if err != nil {
		return err
	}
	if !receipt.Succeeded() {
		return failure(cmd, node, receipt)
	}
	block, gas := uint64(receipt.BlockNumber), uint64(receipt.GasUsed)
	sent.Status, sent.Block, sent.GasUsed, sent.FeeWei = "success", &block, &gas, receipt.FeeWei().String()
	sent.Contract = addressOf(receipt.ContractAddress)
	for _, log := range receipt.Logs {
		if result := newLogResult(log); result.Event != "" {
			sent.Events = append(sent.Events, result)
		}
	}
	return emit(cmd, sent, sent.print)
}

func failure(cmd *cobra.Command, node *client.Client, receipt *client.Receipt) error {
	ctx, cancel := asking(cmd)
	defer cancel()
	message := fmt.Sprintf("transaction %s failed in block %d and paid a fee of %s", receipt.TxHash, uint64(receipt.BlockNumber), amount.CMT(receipt.FeeWei()))
	if reason, err := node.FailureReason(ctx, receipt.TxHash); err == nil && reason != "" {
		message += ": " + reason
	}
	return errors.New(message)
}

func (s sentTransaction) print(w io.Writer) {
	rows := []row{{"hash", s.Hash}, {"status", s.Status}, {"contract", s.Contract}}
	if s.Block != nil {
		fee, _ := new(big.Int).SetString(s.FeeWei, 10) // written by big.Int
		rows = append(rows, row{"block", fmt.Sprint(*s.Block)}, row{"gas used", fmt.Sprint(*s.GasUsed)}, row{"fee", amount.CMT(fee)})
	}
	properties(w, rows...)
	for _, event := range s.Events {
		event.printEvent(w)
	}
}
