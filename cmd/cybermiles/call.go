package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/abitext"
)

// callResult is the JSON of `call`.
type callResult struct {
	Output string       `json:"output" doc:"what the contract returned, in hex"`
	Values []namedValue `json:"values,omitempty" doc:"the output decoded: type and value (integers as decimal strings)"`
}

type namedValue struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

func newCallCommand() *cobra.Command {
	var from, block string
	cmd := &cobra.Command{
		Use:   "call CONTRACT SIGNATURE [ARGUMENT…]",
		Short: "Ask a contract something, without a transaction",
		Long: withFields(`Call a function of a contract on the newest state, or that of an older block, and
print what it returns. The signature names inputs and outputs; without outputs the
answer is printed in hex. Arrays are written [1,2], tuples (1,true).`, callResult{}),
		Example: `  cybermiles call $TOKEN "balanceOf(address)(uint256)" 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
  cybermiles call $TOKEN "name()(string)" --block 1000`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := abitext.ParseAddress(args[0])
			if err != nil {
				return misusef("CONTRACT: %v", err)
			}
			at, err := client.ParseBlockRef(block)
			if err != nil {
				return misusef("--block: %v", err)
			}
			req := client.Request{To: &to}
			if from != "" {
				if req.From, err = abitext.ParseAddress(from); err != nil {
					return misusef("--from: %v", err)
				}
			}
			fn, data, err := encodeCall(args[1:])
			if err != nil {
				return err
			}
			req.Data = data
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				return runCall(ctx, cmd, node, req, at, fn)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "`address` that the contract sees as its caller")
	cmd.Flags().StringVar(&block, "block", "latest", "`block` whose state is asked: a number, a hash or a tag")
	return cmd
}

func runCall(ctx context.Context, cmd *cobra.Command, node *client.Client, req client.Request, at client.BlockRef, fn *abitext.Function) error {
	output, err := node.Call(ctx, req, at)
	if err != nil {
		return err
	}
	result := callResult{Output: hexutil.Encode(output)}
	if len(output) == 0 && len(fn.Outputs) > 0 {
		return fmt.Errorf("%s returned nothing: is it a contract with this function?", req.To)
	}
	values, err := fn.Decode(output)
	if err != nil {
		return err
	}
	for _, value := range values {
		result.Values = append(result.Values, namedValue{Type: value.Type, Value: value.JSON})
	}
	return emit(cmd, result, func(w io.Writer) {
		if fn.Outputs == nil {
			fmt.Fprintln(w, result.Output)
		}
		for _, value := range values {
			fmt.Fprintln(w, value.Text)
		}
	})
}
