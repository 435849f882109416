package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/bind"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// bindOptions are the flags of `rules bind`.
type bindOptions struct {
	solidity, golang, typescript bool
	name                         string
	decimals                     int
	scales                       []string
	out                          string
}

func newRulesBindCommand(*contracts.Contract) *cobra.Command {
	var o bindOptions
	cmd := &cobra.Command{
		Use:   "bind FILE [DECISION] --solidity|--go|--ts",
		Short: "Write typed code for a decision or a rule set",
		Long: `Write typed code that pins a model by its hash. For one decision of a model: struct
Input, struct Output and evaluate(Input) returns (Output). For a rule text (*.rules): a
struct for each template and each result, and functions to open a session, insert, update
and list its facts and fire its rules.

In Solidity numbers are integers scaled by a power of ten, which their names end in: with
--decimals 4 the fee rate 0.015 is feeRateE4 = 150. What does not fit is rounded half to
even. Go and TypeScript have all digits of a number. Go code uses this repository's
module; TypeScript code stands alone and takes a client of viem, or anything with its
readContract.`,
		Example: `  cybermiles rules bind pricing.dmn Terms --solidity --name Pricing --decimals 4 --scale "escrow days=0" --out Pricing.sol
  cybermiles rules bind pricing.dmn Terms --go --name pricing --out pricing/pricing.go
  cybermiles rules bind risk.rules --solidity --decimals 2 --out Risk.sol`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := o.write(args)
			if err != nil {
				return err
			}
			if o.out == "" {
				_, err = fmt.Fprint(cmd.OutOrStdout(), string(code))
				return err
			}
			note(cmd, "wrote %s", o.out)
			return os.WriteFile(o.out, code, 0o644)
		},
	}
	cmd.Flags().BoolVar(&o.solidity, "solidity", false, "write a Solidity library")
	cmd.Flags().BoolVar(&o.golang, "go", false, "write a Go package")
	cmd.Flags().BoolVar(&o.typescript, "ts", false, "write a TypeScript module")
	cmd.MarkFlagsMutuallyExclusive("solidity", "go", "ts")
	cmd.Flags().StringVar(&o.name, "name", "", "`name` of the library or package, default that of the model")
	cmd.Flags().IntVar(&o.decimals, "decimals", 0, "`digits` after the point of every number in Solidity")
	cmd.Flags().StringArrayVar(&o.scales, "scale", nil, "`NAME=DIGITS` after the point of one input, result, component or slot; may be repeated")
	cmd.Flags().StringVar(&o.out, "out", "", "`file` to write, default standard output")
	return cmd
}

func (o *bindOptions) write(args []string) ([]byte, error) {
	if !o.solidity && !o.golang && !o.typescript {
		return nil, misusef("say what to write: --solidity, --go or --ts")
	}
	scales := map[string]int{}
	for _, scale := range o.scales {
		name, digits, _ := strings.Cut(scale, "=")
		n, err := strconv.Atoi(digits)
		if err != nil {
			return nil, misusef("--scale: %q is not NAME=DECIMALS", scale)
		}
		scales[name] = n
	}
	if workbench.IsRuleText(args[0]) {
		if len(args) > 1 {
			return nil, misusef("a rule text is bound as a whole: leave %q out", args[1])
		}
		return o.writeRules(args[0], scales)
	}
	if len(args) < 2 {
		return nil, misusef("say which decision to bind: `cybermiles rules check %s` lists them", args[0])
	}
	model, err := compileModel(args[0])
	if err != nil {
		return nil, err
	}
	target := bind.Target{Model: model.Model, Hash: model.Hash, Decision: args[1], Library: o.name, Decimals: o.decimals, Scales: scales}
	switch {
	case o.golang:
		return bind.Go(target)
	case o.typescript:
		return bind.TypeScript(target)
	}
	return bind.Solidity(target)
}

func (o *bindOptions) writeRules(path string, scales map[string]int) ([]byte, error) {
	set, err := workbench.CompileRules(path)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".rules")
	target := bind.RuleTarget{Rules: set.Model, Hash: set.Hash, Name: name, Library: o.name, Decimals: o.decimals, Scales: scales}
	switch {
	case o.golang:
		return bind.RulesGo(target)
	case o.typescript:
		return bind.RulesTypeScript(target)
	}
	return bind.RulesSolidity(target)
}
