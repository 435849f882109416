package main

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/amount"
)

func newSendCommand() *cobra.Command {
	var value, data string
	cmd := &cobra.Command{
		Use:   "send TO AMOUNT | send TO SIGNATURE [ARGUMENT…]",
		Short: "Send CMT, or call a contract in a transaction",
		Long: withFields(`Send CMT to an account, or call a function of a contract in a transaction and wait
until it is final. At a terminal what will be sent is shown and confirmed first.`, sentTransaction{}),
		Example: `  cybermiles send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 1.5cmt
  cybermiles send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 10gwei --from dev0 --yes
  cybermiles send $TOKEN "transfer(address,uint256)" 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 5`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := sendRequest(args, value, data)
			if err != nil {
				return err
			}
			return transact(cmd, req)
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	cmd.Flags().StringVar(&value, "value", "", "`amount` to send along with a contract call")
	cmd.Flags().StringVar(&data, "data", "", "call data in `hex`, instead of a signature and arguments")
	return cmd
}

// sendRequest reads TO and either an amount or a signature with arguments.
func sendRequest(args []string, value, data string) (client.Request, error) {
	to, err := abitext.ParseAddress(args[0])
	if err != nil {
		return client.Request{}, misusef("TO: %v", err)
	}
	req := client.Request{To: &to}
	isCall := len(args) > 1 && strings.Contains(args[1], "(")
	switch {
	case isCall && data != "":
		return req, misusef("a signature and --data both say what to call: give one")
	case isCall:
		if _, req.Data, err = encodeCall(args[1:]); err != nil {
			return req, err
		}
	case len(args) > 2:
		return req, misusef("%q is no signature: write it like \"transfer(address,uint256)\"", args[1])
	case len(args) == 2 && value != "":
		return req, misusef("the amount is given twice: %s and --value %s", args[1], value)
	case len(args) == 2:
		value = args[1]
	case value == "" && data == "":
		return req, misusef("say how much to send, such as 1.5cmt, or which function to call")
	}
	if data != "" {
		if req.Data, err = hexutil.Decode(data); err != nil {
			return req, misusef("--data: %v; write 0x and pairs of hex digits", err)
		}
	}
	if value != "" {
		if req.ValueWei, err = amount.Parse(value); err != nil {
			return req, misusef("%v", err)
		}
	}
	return req, nil
}

// encodeCall turns a signature and its arguments into call data.
func encodeCall(args []string) (*abitext.Function, []byte, error) {
	fn, err := abitext.ParseFunction(args[0])
	if err != nil {
		return nil, nil, misusef("%v", err)
	}
	data, err := fn.Encode(args[1:])
	if err != nil {
		return nil, nil, misusef("%v", err)
	}
	return fn, data, nil
}

// addressOf writes an optional address, "" for none.
func addressOf(address *common.Address) string {
	if address == nil {
		return ""
	}
	return address.Hex()
}
