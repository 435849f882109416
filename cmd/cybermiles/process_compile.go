package main

import (
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
)

func newProcessCompileCommand(*contracts.Contract) *cobra.Command {
	var tolerant, unsound bool
	var out string
	cmd := &cobra.Command{
		Use:   "compile FILE.bpmn",
		Short: "Compile a process model",
		Long: withFields(`Write the compiled, verified form of a model. The same source gives the same bytes on
every machine, so anybody can compare them. A model with faults is not written.`, checkedProcess{}),
		Example: `  cybermiles process compile sale.bpmn --out model.bin`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := openProcess(cmd, args[0], tolerant)
			if err != nil {
				return err
			}
			if err := file.refuseAll(unsound); err != nil {
				return err
			}
			result := file.describe()
			if result.Out = out; out == "" {
				result.Out = productName(args[0], ".model")
			}
			if err := writeProduct(cmd, args[0], result.Out, file.model.Encode()); err != nil {
				return err
			}
			return emit(cmd, result, result.print)
		},
	}
	addTolerantFlag(cmd, &tolerant)
	cmd.Flags().BoolVar(&unsound, "unsound", false, "write a model although a path through it is not sound")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default the source's name with the ending .model")
	return cmd
}
