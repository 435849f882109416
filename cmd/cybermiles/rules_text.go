package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// formattedText is the JSON of `rules format`.
type formattedText struct {
	File    string `json:"file" doc:"source"`
	Changed bool   `json:"changed" doc:"whether its layout was not the canonical one"`
	Text    string `json:"text,omitempty" doc:"the text in the canonical layout, unless it was written"`
}

func newRulesFormatCommand(*contracts.Contract) *cobra.Command {
	var write, check bool
	cmd := &cobra.Command{
		Use:   "format FILE.rules",
		Short: "Print a rule text in its canonical layout",
		Long: withFields(`Print a rule text (*.rules) in the one canonical layout, comments kept. --write puts it
into the file, --check only says whether it would change. DMN has no such layout: a
modeller writes it.`, formattedText{}),
		Example: "  cybermiles rules format risk.rules\n  cybermiles rules format risk.rules --write",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !workbench.IsRuleText(args[0]) {
				return misusef("%s is not a rule text (*.rules); decision models are laid out by the modeller that saves them: open it there and save it again", args[0])
			}
			before, after, err := workbench.FormatRules(args[0])
			if err != nil {
				return err
			}
			result := formattedText{File: args[0], Changed: before != after}
			switch {
			case check && result.Changed:
				return fmt.Errorf("%s is not in the canonical layout: `cybermiles rules format %s --write` makes it so", args[0], args[0])
			case check:
			case write && result.Changed:
				if err := os.WriteFile(args[0], []byte(after), 0o644); err != nil {
					return err
				}
				note(cmd, "wrote %s", args[0])
			case !write:
				result.Text = after
			}
			return emit(cmd, result, func(w io.Writer) { fmt.Fprint(w, result.Text) })
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "write the file instead of printing")
	cmd.Flags().BoolVar(&check, "check", false, "end with exit status 1 when the file would change")
	cmd.MarkFlagsMutuallyExclusive("write", "check")
	return cmd
}

// ranRules is what rules made of facts, for people and as JSON.
type ranRules struct {
	Status  string                    `json:"status,omitempty" doc:"done, paused or halted"`
	Firings *uint64                   `json:"firings,omitempty" doc:"how many rules fired"`
	Results []workbench.EmittedResult `json:"results" doc:"rule, name and fields of what rules emitted, in order"`
	Facts   []workbench.ShownFact     `json:"facts" doc:"id, template and slots of the facts at the end"`
}

func (r ranRules) print(w io.Writer) {
	if r.Firings != nil {
		fmt.Fprintf(w, "%s after %d firings\n", r.Status, *r.Firings)
	}
	printResults(w, r.Results)
	printFacts(w, r.Facts)
}

func printResults(w io.Writer, results []workbench.EmittedResult) {
	rows := make([][]string, len(results))
	for i, r := range results {
		rows[i] = []string{r.Name, string(r.Fields), r.Rule}
	}
	if len(rows) > 0 {
		table(w, []string{"result", "fields", "rule"}, rows)
	}
}

func printFacts(w io.Writer, facts []workbench.ShownFact) {
	rows := make([][]string, len(facts))
	for i, f := range facts {
		template := f.Template
		if f.Logical {
			template += " (concluded)"
		}
		rows[i] = []string{fmt.Sprint(f.ID), template, string(f.Slots)}
	}
	if len(rows) > 0 {
		table(w, []string{"fact", "template", "slots"}, rows)
	}
}

const factsHelp = `FACTS is a JSON list of objects by template, such as '[{"Order": {"id": 7, "amount": 99.5}}]',
or @FILE. What is left out has its default.`

// runFile runs a rule text here.
func runFile(cmd *cobra.Command, path string, content []byte) error {
	set, err := workbench.CompileRules(path)
	if err != nil {
		return err
	}
	facts, err := set.Facts(content)
	if err != nil {
		return err
	}
	got, err := set.Run(facts, workbench.RunLimits)
	if err != nil {
		return err
	}
	result := ranRules{got.Status, &got.Firings, got.Results, got.Facts}
	if err := emit(cmd, result, result.print); err != nil {
		return err
	}
	if got.Status == "paused" {
		return errors.New("the rules did not come to an end; look for two that undo what the other does")
	}
	return nil
}
