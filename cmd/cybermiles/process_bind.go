package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/bind"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// bindLanguage is a language that bindings are written in.
type bindLanguage struct {
	flag, about string
	write       func(bind.Target) ([]byte, error)
	chosen      bool
}

func bindLanguages() []bindLanguage {
	return []bindLanguage{
		{flag: "solidity", about: "write a Solidity library", write: bind.Solidity},
		{flag: "go", about: "write a Go package", write: bind.Go},
		{flag: "ts", about: "write a TypeScript module", write: bind.TypeScript},
	}
}

func chosenLanguage(languages []bindLanguage) (write func(bind.Target) ([]byte, error), err error) {
	for _, language := range languages {
		if language.chosen && write != nil {
			return nil, misusef("choose one of --solidity, --go and --ts")
		}
		if language.chosen {
			write = language.write
		}
	}
	if write == nil {
		return nil, misusef("say what to write: --solidity, --go or --ts")
	}
	return write, nil
}

func newProcessBindCommand(*contracts.Contract) *cobra.Command {
	var target bind.Target
	var process, out string
	var scales []string
	languages := bindLanguages()
	cmd := &cobra.Command{
		Use:   "bind FILE.bpmn --solidity|--go|--ts",
		Short: "Write typed code that starts a process and completes its steps",
		Long: `Write a struct of what the start takes, one of its roles, and a function for each step.
The code pins the model by its hash. Types are those that the model declares with
properties or data objects; what has none is bytes in the wire form. In Solidity and
TypeScript numbers are integers scaled by a power of ten, which their names end in:
with --decimals 4 the rate 0.015 is rateE4 = 150.`,
		Example: `  cybermiles process bind sale.bpmn --solidity --out Sale.sol
  cybermiles process bind sale.bpmn --ts --out sale.ts`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, err := chosenLanguage(languages)
			if err != nil {
				return err
			}
			file, err := openProcess(cmd, args[0], false)
			if err != nil {
				return err
			}
			if err := file.refuseAll(true); err != nil {
				return err
			}
			target.Model = workbench.New(file.model)
			if target.Process, err = target.Model.Executable(process); err != nil {
				return err
			}
			if target.Scales, err = scalesOf(scales); err != nil {
				return err
			}
			code, err := write(target)
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
	for i := range languages {
		cmd.Flags().BoolVar(&languages[i].chosen, languages[i].flag, false, languages[i].about)
	}
	cmd.Flags().StringVar(&process, "process", "", "`id` of the process, if the model has several")
	cmd.Flags().StringVar(&target.Name, "name", "", "`name` of the library or package, default that of the process")
	cmd.Flags().IntVar(&target.Decimals, "decimals", 0, "`digits` after the point of every number")
	cmd.Flags().StringArrayVar(&scales, "scale", nil, "`NAME=DIGITS` after the point of one variable; may be repeated")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default standard output")
	return cmd
}

// scalesOf reads the decimals of single variables.
func scalesOf(texts []string) (scales map[string]int, err error) {
	scales = map[string]int{}
	for _, text := range texts {
		name, digits, _ := strings.Cut(text, "=")
		if scales[name], err = strconv.Atoi(digits); err != nil {
			return nil, misusef("--scale: %q is not NAME=DIGITS", text)
		}
	}
	return scales, nil
}
