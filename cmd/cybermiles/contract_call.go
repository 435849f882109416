package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
)

// maxInputFile bounds what @FILE reads as a parameter.
const maxInputFile = 1 << 20

func addCallFlags(cmd *cobra.Command) {
	cmd.Flags().String("from", "", "`address` that the contract sees as its caller")
	cmd.Flags().String("block", "latest", "`block` whose state is asked: a number, a hash or a tag")
}

// methodRequest reads the flags of a method's command.
func methodRequest(cmd *cobra.Command, contract *contracts.Contract, method *contracts.Method, flags []string) (client.Request, error) {
	req := client.Request{To: &contract.Address}
	texts := make([]string, len(flags))
	for i, name := range flags {
		given := cmd.Flag(name).Value.(*inputFlag) // addInputFlags made it
		if !cmd.Flag(name).Changed && !given.optional {
			return req, misusef("--%s is missing\nusage: %s%s", name, cmd.CommandPath(), usageOf(method, flags))
		}
		text, err := fileOr(cmd, method.Inputs[i], given.text)
		if err != nil {
			return req, misusef("--%s: %v", name, err)
		}
		texts[i] = text
	}
	var err error
	if req.Data, err = method.Encode(texts); err != nil {
		return req, misusef("%v", err)
	}
	if value := cmd.Flag("value"); method.Payable && value.Value.String() != "" {
		if req.ValueWei, err = amount.Parse(value.Value.String()); err != nil {
			return req, misusef("--value: %v", err)
		}
	}
	if from := cmd.Flag("from").Value.String(); method.View && from != "" {
		if req.From, err = abitext.ParseAddress(from); err != nil {
			return req, misusef("--from: %v", err)
		}
	}
	return req, nil
}

// fileOr reads a parameter of bytes or text from a file when it begins with @.
func fileOr(cmd *cobra.Command, input *contracts.Param, text string) (string, error) {
	path, isFile := strings.CutPrefix(text, "@")
	if !isFile || input.Type() != "bytes" && input.Type() != "string" {
		return text, nil
	}
	content, err := readFile(cmd, path, maxInputFile)
	if err != nil || input.Type() == "string" {
		return string(content), err
	}
	return hexutil.Encode(content), nil
}

func usageOf(method *contracts.Method, flags []string) string {
	text := ""
	for i, name := range flags {
		if _, optional := method.Inputs[i].Default(); optional {
			continue
		}
		text += " --" + name + " " + strings.ToUpper(strings.ReplaceAll(method.Inputs[i].Unit(), " ", "-"))
	}
	return text
}

// callMethod asks a contract and prints its answer.
func callMethod(cmd *cobra.Command, method *contracts.Method, req client.Request) error {
	at, err := client.ParseBlockRef(cmd.Flag("block").Value.String())
	if err != nil {
		return misusef("--block: %v", err)
	}
	return withNode(cmd, func(ctx context.Context, node *client.Client) error {
		output, err := node.Call(ctx, req, at)
		if err != nil {
			return err
		}
		if len(output) == 0 && len(method.Outputs) > 0 {
			return fmt.Errorf("%s answers nothing: the contract is not active on this chain, or not yet at this block", req.To)
		}
		values, err := method.Decode(output)
		if err != nil {
			return err
		}
		return emit(cmd, valuesJSON(values), func(w io.Writer) { printValues(w, values) })
	})
}

// refusedBy puts a custom error of the contract into words.
func refusedBy(contract *contracts.Contract, err error) error {
	var reverted *client.RevertError
	if !errors.As(err, &reverted) {
		return err
	}
	if refused, known := contract.DecodeError(reverted.Data); known {
		return refused
	}
	return err
}
