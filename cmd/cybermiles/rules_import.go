package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench/sheet"
)

func newRulesImportCommand(*contracts.Contract) *cobra.Command {
	var options sheet.Options
	var out string
	cmd := &cobra.Command{
		Use:   "import TABLE.csv|TABLE.xlsx",
		Short: "Make a decision model of a table in a spreadsheet",
		Long: withFields(`Make a decision model (DMN) with one decision table of a CSV or XLSX file. The first
row has the headings of the columns, the second what each is: "input" or "output" with a
type (number, string, boolean, date, time, "date and time" or a duration; string when it
is left out), or "note" for a column to leave out. Every further row is a rule; an empty
input matches everything, and empty rows are skipped.

Inputs are FEEL tests (> 10, [1..5], not("a"), "a","b"). In a string column a plain word
stands for itself and in an output column the cell is the value, a text needing no
quotes; a cell that starts with = is taken as FEEL as it is. Dates are 2026-01-31.
The result is checked before it is written.`, checkedModel{}),
		Example: `  cybermiles rules import fees.csv --hit-policy first --out fees.dmn
  cybermiles rules import fees.xlsx --sheet "Fees 2026" --decision Fee`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			base := strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
			if options.Decision == "" {
				options.Decision = base
			}
			model, err := sheet.Import(args[0], options)
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + ".dmn"
			}
			return writeImported(cmd, out, model)
		},
	}
	cmd.Flags().StringVar(&options.Decision, "decision", "", "`name` of the decision, default that of the file")
	cmd.Flags().StringVar(&options.HitPolicy, "hit-policy", "unique", "`policy`: unique, any, first, priority, rule order, output order, collect, or collect with sum, count, min or max")
	cmd.Flags().StringVar(&options.Sheet, "sheet", "", "`name` of the sheet of an XLSX file, default the first")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default the table's name with the ending .dmn")
	return cmd
}

// writeImported writes a model when it compiles, and says what is wrong with its
// table.
func writeImported(cmd *cobra.Command, out string, model []byte) error {
	dir, err := os.MkdirTemp("", "cybermiles-import-")
	if err != nil {
		return err
	}
	trial := filepath.Join(dir, filepath.Base(out))
	defer func() { _, _ = os.Remove(trial), os.Remove(dir) }()
	if err := os.WriteFile(trial, model, 0o600); err != nil {
		return err
	}
	compiled, err := workbench.Compile(trial)
	if err != nil {
		return err
	}
	for _, finding := range compiled.Findings {
		return fmt.Errorf("a cell of the table is no FEEL that can hold: line %d of the model: %s: %s", finding.Line, finding.Element, finding.Message)
	}
	if err := os.WriteFile(out, model, 0o644); err != nil {
		return err
	}
	note(cmd, "wrote %s", out)
	result := newChecked(out, compiled)
	overlaps := result.addTables(compiled)
	if err := emit(cmd, result, result.print); err != nil {
		return err
	}
	if overlaps > 0 {
		return fmt.Errorf("%s has rules that overlap; give the table another --hit-policy or change the rules", out)
	}
	return nil
}
