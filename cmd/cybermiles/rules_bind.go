package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/bind"
)

func newRulesBindCommand(*contracts.Contract) *cobra.Command {
	var target bind.Target
	var scales []string
	var out string
	var solidity bool
	cmd := &cobra.Command{
		Use:   "bind FILE.dmn DECISION --solidity",
		Short: "Write a Solidity library that evaluates a decision",
		Long: `Write a library with struct Input, struct Output and evaluate(Input) returns (Output)
for one decision of a model. It pins the model by its hash. Numbers are integers scaled
by a power of ten, which their names end in: with --decimals 4 the fee rate 0.015 is
feeRateE4 = 150. What does not fit is rounded half to even.`,
		Example: `  cybermiles rules bind pricing.dmn Terms --solidity --library Pricing --decimals 4 --scale "escrow days=0" --out Pricing.sol`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !solidity {
				return misusef("say what to write: --solidity")
			}
			model, err := compileModel(args[0])
			if err != nil {
				return err
			}
			target.Model, target.Hash, target.Decision, target.Scales = model.Model, model.Hash, args[1], map[string]int{}
			for _, scale := range scales {
				name, digits, _ := strings.Cut(scale, "=")
				if target.Scales[name], err = strconv.Atoi(digits); err != nil {
					return misusef("--scale: %q is not NAME=DECIMALS", scale)
				}
			}
			code, err := bind.Solidity(target)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = fmt.Fprint(cmd.OutOrStdout(), string(code))
				return err
			}
			note(cmd, "wrote %s", out)
			return os.WriteFile(out, code, 0o644)
		},
	}
	cmd.Flags().BoolVar(&solidity, "solidity", false, "write Solidity")
	cmd.Flags().StringVar(&target.Library, "library", "", "`name` of the library, default that of the model")
	cmd.Flags().IntVar(&target.Decimals, "decimals", 0, "`digits` after the point of every number")
	cmd.Flags().StringArrayVar(&scales, "scale", nil, "`NAME=DIGITS` after the point of one input, result or component; may be repeated")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default standard output")
	return cmd
}
