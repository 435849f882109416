package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
)

// blockResult is the JSON of `block`.
type blockResult struct {
	Number       uint64        `json:"number" doc:"height of the block"`
	Hash         common.Hash   `json:"hash" doc:"block hash"`
	ParentHash   common.Hash   `json:"parentHash" doc:"hash of the block before"`
	StateRoot    common.Hash   `json:"stateRoot" doc:"root of the state after the block"`
	Proposer     string        `json:"proposer" doc:"account that receives the tips"`
	Time         time.Time     `json:"time" doc:"time of the block, RFC 3339"`
	GasUsed      uint64        `json:"gasUsed" doc:"gas of all its transactions"`
	GasLimit     uint64        `json:"gasLimit" doc:"most gas a block may use"`
	BaseFeeWei   string        `json:"baseFeeWei,omitempty" doc:"base fee per gas, in wei"`
	Size         uint64        `json:"size" doc:"size in bytes"`
	Transactions []common.Hash `json:"transactions" doc:"hashes of its transactions, in order"`
}

func newBlockCommand() *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use:   "block [NUMBER|HASH|latest|earliest]",
		Short: "Show a block",
		Long:  withFields("Show a block, the newest unless another is named.", blockResult{}),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "latest"
			if len(args) == 1 {
				name = args[0]
			}
			ref, err := client.ParseBlockRef(name)
			if err != nil {
				return misusef("%v", err)
			}
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				block, err := node.Block(ctx, ref)
				if err != nil {
					return absent(err, "block "+name)
				}
				result := newBlockResult(block)
				return emit(cmd, result, func(w io.Writer) { result.print(w, full) })
			})
		},
	}
	cmd.Flags().BoolVar(&full, "transactions", false, "list the hashes of the transactions (JSON always does)")
	return cmd
}

func newBlockResult(b *client.Block) blockResult {
	result := blockResult{
		Number: uint64(b.Number), Hash: b.Hash, ParentHash: b.ParentHash, StateRoot: b.StateRoot,
		Proposer: b.Miner.Hex(), Time: time.Unix(int64(b.Timestamp), 0).UTC(),
		GasUsed: uint64(b.GasUsed), GasLimit: uint64(b.GasLimit), Size: uint64(b.Size), Transactions: b.Transactions,
	}
	if b.BaseFee != nil {
		result.BaseFeeWei = b.BaseFee.ToInt().String()
	}
	return result
}

func (b blockResult) print(w io.Writer, full bool) {
	rows := []row{
		{"number", fmt.Sprint(b.Number)}, {"hash", b.Hash.Hex()}, {"parent", b.ParentHash.Hex()}, {"state root", b.StateRoot.Hex()},
		{"proposer", b.Proposer}, {"time", b.Time.Format(time.RFC3339)},
		{"gas used", fmt.Sprintf("%d of %d", b.GasUsed, b.GasLimit)}, {"size", fmt.Sprintf("%d bytes", b.Size)},
		{"transactions", fmt.Sprint(len(b.Transactions))},
	}
	if b.BaseFeeWei != "" {
		rows = append(rows, row{"base fee", amount.Gwei(weiOf(b.BaseFeeWei)) + " per gas"})
	}
	properties(w, rows...)
	if full {
		for i, hash := range b.Transactions {
			fmt.Fprintf(w, "  %d  %s\n", i, hash)
		}
	}
}
