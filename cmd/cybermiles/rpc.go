package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
)

func newRPCCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rpc METHOD [PARAMETER…]",
		Short: "Call a method of the node's JSON-RPC",
		Long: `Call any method of the node's JSON-RPC and print its result as JSON. Parameters that
are JSON are sent as they are, others as texts.`,
		Example: `  cybermiles rpc eth_chainId
  cybermiles rpc eth_getBalance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 latest
  cybermiles rpc evm_increaseTime 604800`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			params := make([]any, len(args)-1)
			for i, arg := range args[1:] {
				if params[i] = json.RawMessage(arg); !json.Valid([]byte(arg)) {
					params[i] = arg
				}
			}
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				var result json.RawMessage
				if err := node.CallRPC(ctx, &result, args[0], params...); err != nil {
					return err
				}
				return emit(cmd, result, func(w io.Writer) { fmt.Fprintln(w, string(result)) })
			})
		},
	}
}
