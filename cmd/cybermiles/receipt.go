package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
)

// receiptResult is the JSON of `receipt`.
type receiptResult struct {
	Hash     common.Hash `json:"hash" doc:"transaction hash"`
	Status   string      `json:"status" doc:"success or failed"`
	Reason   string      `json:"reason,omitempty" doc:"why it fails when repeated on the state before its block"`
	Block    uint64      `json:"block" doc:"number of the block that holds it"`
	Index    uint64      `json:"index" doc:"its place in the block, from 0"`
	From     string      `json:"from" doc:"sender"`
	To       string      `json:"to,omitempty" doc:"receiver; absent when a contract is created"`
	Contract string      `json:"contract,omitempty" doc:"address of the contract created"`
	GasUsed  uint64      `json:"gasUsed" doc:"gas it took"`
	FeeWei   string      `json:"feeWei" doc:"fee paid, in wei"`
	Logs     []logResult `json:"logs" doc:"what contracts logged, as the logs command gives it"`
}

func newReceiptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "receipt HASH",
		Short: "Show what a transaction did",
		Long:  withFields("Show what a transaction did: whether it took effect, its fee and its logs.", receiptResult{}),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := parseHash(args[0])
			if err != nil {
				return err
			}
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				receipt, err := node.Receipt(ctx, hash)
				if err != nil {
					return absent(err, "receipt of "+hash.Hex()+": the transaction waits in the pool or never arrived")
				}
				result := newReceiptResult(receipt)
				if !receipt.Succeeded() {
					if result.Reason, err = node.FailureReason(ctx, hash); err != nil {
						note(cmd, "the reason could not be found out: %v", err)
					}
				}
				return emit(cmd, result, result.print)
			})
		},
	}
}

func newReceiptResult(r *client.Receipt) receiptResult {
	result := receiptResult{
		Hash: r.TxHash, Status: "success", Block: uint64(r.BlockNumber), Index: uint64(r.Index),
		From: r.From.Hex(), To: addressOf(r.To), Contract: addressOf(r.ContractAddress),
		GasUsed: uint64(r.GasUsed), FeeWei: r.FeeWei().String(), Logs: []logResult{},
	}
	if !r.Succeeded() {
		result.Status = "failed"
	}
	for _, log := range r.Logs {
		result.Logs = append(result.Logs, newLogResult(log))
	}
	return result
}

func (r receiptResult) print(w io.Writer) {
	properties(w,
		row{"hash", r.Hash.Hex()}, row{"status", r.Status}, row{"reason", r.Reason},
		row{"block", fmt.Sprintf("%d, place %d", r.Block, r.Index)}, row{"from", r.From}, row{"to", r.To},
		row{"contract", r.Contract}, row{"gas used", fmt.Sprint(r.GasUsed)}, row{"fee", amount.CMT(weiOf(r.FeeWei))},
		row{"logs", fmt.Sprint(len(r.Logs))})
	for _, log := range r.Logs {
		log.print(w)
	}
}

// logResult is the JSON of one log.
type logResult struct {
	Address string        `json:"address" doc:"contract that logged"`
	Topics  []common.Hash `json:"topics" doc:"the event's signature hash and indexed parameters"`
	Data    hexutil.Bytes `json:"data" doc:"the other parameters, in hex"`
	Event   string        `json:"event,omitempty" doc:"name of the event, when a contract of the chain logged it"`
	Fields  []logField    `json:"fields,omitempty" doc:"parameters decoded, of the chain's contracts or with --event: name, type, value"`
	Block   uint64        `json:"block" doc:"number of its block"`
	Tx      common.Hash   `json:"transaction" doc:"hash of its transaction"`
	Index   uint          `json:"index" doc:"its place among the block's logs, from 0"`
}

type logField struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value any    `json:"value"`
	text  string
	label string // the name for people
}

func newLogResult(log *types.Log) logResult {
	result := logResult{Address: log.Address.Hex(), Topics: log.Topics, Data: log.Data, Block: log.BlockNumber, Tx: log.TxHash, Index: log.Index}
	contract, known := contracts.At(log.Address)
	if !known {
		return result
	}
	if logged, ok := contract.DecodeLog(log); ok {
		result.Event = contract.Name + "." + logged.Event.Name
		for _, value := range logged.Values {
			result.Fields = append(result.Fields, logField{value.Name, value.Type(), value.JSON(), value.Text(), value.Label()})
		}
		showEmitted(&result)
	}
	return result
}

func (l logResult) print(w io.Writer) {
	fmt.Fprintf(w, "\n#%d of block %d, transaction %s\n", l.Index, l.Block, l.Tx)
	rows := []row{{"  contract", l.Address}, {"  event", l.Event}}
	for _, field := range l.Fields {
		rows = append(rows, row{"  " + field.Name, field.text})
	}
	if len(l.Fields) == 0 {
		for i, topic := range l.Topics {
			rows = append(rows, row{fmt.Sprintf("  topic %d", i), topic.Hex()})
		}
		rows = append(rows, row{"  data", l.Data.String()})
	}
	properties(w, rows...)
}
