package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
)

// contractExtras are commands that stand beside those made from a contract's
// ABI, or instead of the one whose name they have: by the contract's word.
var contractExtras = map[string][]func(*contracts.Contract) *cobra.Command{
	"process": processExtras,
	"rules":   rulesExtras,
	"staking": {newValidatorsCommand},
}

// contractCommands makes the words of every contract of the chain.
func contractCommands() []*cobra.Command {
	var list []*cobra.Command
	for _, contract := range contracts.All() {
		list = append(list, newContractCommand(contract))
	}
	return list
}

// newContractCommand makes the command of one contract: a word for each method
// that people can call.
func newContractCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   contract.Word,
		Short: headline(contract.Notice),
		Long: fmt.Sprintf("%s\n\nThe contract %s is at %s; docs/contracts.md lists all.",
			paragraph(contract.Notice), contract.Name, contract.Address.Hex()),
	}
	taken := map[string]bool{}
	for _, build := range contractExtras[contract.Word] {
		extra := build(contract)
		taken[extra.Name()] = true
		cmd.AddCommand(extra)
	}
	for _, method := range contract.Methods {
		if !taken[method.Word] && method.System == "" {
			cmd.AddCommand(newMethodCommand(contract, method))
		}
	}
	return cmd
}

// newMethodCommand makes the command of one method: a call when it only reads,
// else a transaction.
func newMethodCommand(contract *contracts.Contract, method *contracts.Method) *cobra.Command {
	cmd := &cobra.Command{
		Use:   method.Word,
		Short: headline(method.Notice),
		Long:  methodHelp(contract, method),
		Args:  cobra.NoArgs,
	}
	if method.View {
		addCallFlags(cmd)
	} else {
		addSenderFlags(cmd)
		addTransactionFlags(cmd)
	}
	if method.Payable {
		cmd.Flags().String("value", "", "`amount` to send along, such as 10cmt")
	}
	flags := addInputFlags(cmd, method)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		req, err := methodRequest(cmd, contract, method, flags)
		if err != nil {
			return err
		}
		if method.View {
			err = callMethod(cmd, method, req)
		} else {
			err = transact(cmd, req)
		}
		return refusedBy(contract, err)
	}
	return cmd
}

// addInputFlags gives each parameter a flag and returns their names in the
// parameters' order. A name that is a flag already gets the ending "-arg".
func addInputFlags(cmd *cobra.Command, method *contracts.Method) []string {
	reserved := map[string]bool{"home": true, "url": true, "output": true, "help": true}
	names := make([]string, len(method.Inputs))
	for i, input := range method.Inputs {
		name := input.Word()
		for reserved[name] || cmd.Flags().Lookup(name) != nil || name == "" {
			name += "-arg"
		}
		value := &inputFlag{unit: input.Unit()}
		value.text, value.optional = input.Default()
		cmd.Flags().Var(value, name, strings.ReplaceAll(paragraph(input.Notice), "`", "'"))
		if input.Bool() {
			cmd.Flag(name).NoOptDefVal = "true"
		}
		names[i] = name
	}
	return names
}

// inputFlag is the text of one parameter; its unit stands in the help.
type inputFlag struct {
	text, unit string
	optional   bool
}

func (f *inputFlag) String() string        { return f.text }
func (f *inputFlag) Set(text string) error { f.text = text; return nil }
func (f *inputFlag) Type() string          { return f.unit }

// methodHelp is a method's documentation with what it returns.
func methodHelp(contract *contracts.Contract, method *contracts.Method) string {
	text := paragraph(method.Notice)
	if method.Details != "" {
		text += "\n" + paragraph(method.Details)
	}
	if len(method.Outputs) > 0 {
		text += "\n\nReturns:"
		for _, output := range method.Outputs {
			text += "\n  " + strings.TrimSpace(strings.TrimSpace(output.Label()+"  "+output.Unit())+"  "+paragraph(output.Notice))
			for _, field := range output.Fields {
				text += "\n    " + strings.TrimSpace(field.Label()+"  "+field.Unit()+"  "+paragraph(field.Notice))
			}
		}
	}
	return fmt.Sprintf("%s\n\nCalls %s of %s (%s).", text, method.Signature, contract.Name, contract.Address.Hex())
}

// headline is the first sentence of a text, without its full stop.
func headline(text string) string {
	text = paragraph(text)
	if end := strings.Index(text, ". "); end >= 0 {
		text = text[:end]
	}
	return strings.TrimRight(text, ".")
}

// paragraph puts a text of several lines on one.
func paragraph(text string) string { return strings.Join(strings.Fields(text), " ") }
