package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// rulesExtras are the words of `rules` that work on models; the contract's other
// methods have theirs from its ABI.
var rulesExtras = []func(*contracts.Contract) *cobra.Command{
	newRulesCheckCommand, newRulesCompileCommand, newRulesTestCommand, newRulesBindCommand,
	newRulesDeployCommand, newRulesEvaluateCommand, newRulesExplainCommand,
}

// checkedModel is the JSON of `rules check` and `rules compile`.
type checkedModel struct {
	File      string         `json:"file" doc:"source"`
	Hash      string         `json:"hash" doc:"names the compiled model on every chain"`
	Bytes     int            `json:"bytes" doc:"size of the compiled model"`
	Inputs    []modelElement `json:"inputs" doc:"name and type of each input"`
	Decisions []modelElement `json:"decisions" doc:"name and type of each decision, service and business knowledge model"`
	Findings  []string       `json:"findings,omitempty" doc:"what is wrong or can only be null, with its place"`
}

type modelElement struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func newChecked(path string, model *workbench.Model) checkedModel {
	result := checkedModel{File: path, Hash: model.Hash.Hex(), Bytes: len(model.Code), Inputs: []modelElement{}, Decisions: []modelElement{}}
	for i := range model.Elements {
		e := &model.Elements[i]
		entry := modelElement{e.Name, workbench.TypeName(e.Type)}
		if e.Kind == dmn.InputData {
			result.Inputs = append(result.Inputs, entry)
		} else {
			result.Decisions = append(result.Decisions, entry)
		}
	}
	for _, finding := range model.Findings {
		result.Findings = append(result.Findings, finding.String())
	}
	return result
}

func (c checkedModel) print(w io.Writer) {
	properties(w, row{"model", c.File}, row{"hash", c.Hash}, row{"size", fmt.Sprintf("%d bytes", c.Bytes)})
	rows := [][]string{}
	for _, e := range c.Inputs {
		rows = append(rows, []string{"input", e.Name, e.Type})
	}
	for _, e := range c.Decisions {
		rows = append(rows, []string{"decision", e.Name, e.Type})
	}
	table(w, []string{"kind", "name", "type"}, rows)
	for _, finding := range c.Findings {
		fmt.Fprintln(w, finding)
	}
}

// compileModel compiles a file; a source with errors is refused.
func compileModel(path string) (*workbench.Model, error) {
	model, err := workbench.Compile(path)
	if err != nil {
		return nil, err
	}
	for _, finding := range model.Findings {
		if finding.Severity == compiler.Error {
			return nil, errors.New(finding.String())
		}
	}
	return model, nil
}

func newRulesCheckCommand(*contracts.Contract) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE.dmn",
		Short: "Say what is wrong with a decision model, and what it takes and decides",
		Long: withFields(`Compile a decision model (DMN 1.1 to 1.5) without deploying it. Findings name file,
line, column and element; a finding that is an error ends with exit status 1. Models
that it imports are looked for beside it.`, checkedModel{}),
		Example: `  cybermiles rules check pricing.dmn`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			model, err := workbench.Compile(args[0])
			if err != nil {
				return err
			}
			result := newChecked(args[0], model)
			if err := emit(cmd, result, result.print); err != nil {
				return err
			}
			for _, finding := range model.Findings {
				if finding.Severity == compiler.Error {
					return fmt.Errorf("%s has errors", args[0])
				}
			}
			return nil
		},
	}
}

func newRulesCompileCommand(*contracts.Contract) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "compile FILE.dmn",
		Short:   "Compile a decision model to what is deployed",
		Long:    withFields("Write the compiled form of a model. The same source gives the same bytes on every\nmachine, so anybody can compare them with what is deployed.", checkedModel{}),
		Example: `  cybermiles rules compile pricing.dmn --out pricing.model`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			model, err := compileModel(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(args[0], ".dmn") + ".model"
			}
			if err := os.WriteFile(out, model.Code, 0o644); err != nil {
				return err
			}
			note(cmd, "wrote %s", out)
			result := newChecked(args[0], model)
			return emit(cmd, result, result.print)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default the source's name with the ending .model")
	return cmd
}

// testedModel is the JSON of `rules test`.
type testedModel struct {
	Name   string `json:"name" doc:"of the example"`
	Passed bool   `json:"passed" doc:"whether the decision answers what the example wants"`
	Reason string `json:"reason,omitempty" doc:"why not"`
}

func newRulesTestCommand(*contracts.Contract) *cobra.Command {
	var examples string
	cmd := &cobra.Command{
		Use:   "test FILE.dmn",
		Short: "Run the examples kept beside a decision model",
		Long: withFields(`Run a model's examples: a JSON list of objects with "name", "decision", "input",
"want" and, for models that use now(), "time". They are in FILE.test.json unless
--examples says otherwise.`, []testedModel{}),
		Example: `  cybermiles rules test pricing.dmn`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			model, err := compileModel(args[0])
			if err != nil {
				return err
			}
			if examples == "" {
				examples = workbench.ExamplesOf(args[0])
			}
			outcomes, err := model.RunExamples(examples)
			if err != nil {
				return err
			}
			return reportOutcomes(cmd, outcomes)
		},
	}
	cmd.Flags().StringVar(&examples, "examples", "", "`file` of examples")
	return cmd
}

func reportOutcomes(cmd *cobra.Command, outcomes []workbench.Outcome) error {
	results, failed := make([]testedModel, len(outcomes)), 0
	for i, o := range outcomes {
		results[i] = testedModel{o.Name, o.Failed == "", o.Failed}
		if o.Failed != "" {
			failed++
		}
	}
	err := emit(cmd, results, func(w io.Writer) {
		for _, r := range results {
			if r.Passed {
				fmt.Fprintf(w, "ok    %s\n", r.Name)
			} else {
				fmt.Fprintf(w, "FAIL  %s: %s\n", r.Name, r.Reason)
			}
		}
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d examples fail", failed, len(outcomes))
	}
	return err
}

func newRulesDeployCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deploy FILE.dmn",
		Short: "Compile a decision model and deploy it",
		Long: withFields(`Compile a model and store it on the chain, where its hash names it for good. A name
for it is given by `+"`cybermiles rules publish`"+`.`, sentTransaction{}),
		Example: `  cybermiles rules deploy pricing.dmn --from dev0`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			model, err := compileModel(args[0])
			if err != nil {
				return err
			}
			note(cmd, "model     %s", model.Hash.Hex())
			err = transact(cmd, client.Request{To: &contract.Address, Data: contracts.NewRules().PackDeploy(model.Code)})
			return refusedBy(contract, err)
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// isFile tells a model in a file from one on the chain.
func isFile(model string) bool {
	return strings.HasSuffix(model, ".dmn") || strings.HasSuffix(model, ".xml")
}

// evaluationTime is when a model in a file is evaluated.
func evaluationTime(cmd *cobra.Command) (time.Time, error) {
	text := cmd.Flag("time").Value.String()
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, misusef("--time: %q is not a time such as 2026-01-31T12:00:00Z", text)
	}
	return at, nil
}
