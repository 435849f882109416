package main

import (
	"encoding/json"
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
	"github.com/cybermiles/cybermiles/middleware/rules/workbench/coverage"
)

// rulesExtras are the words of `rules` that work on models; the contract's other
// methods have theirs from its ABI.
var rulesExtras = []func(*contracts.Contract) *cobra.Command{
	newRulesCheckCommand, newRulesCompileCommand, newRulesTestCommand, newRulesFormatCommand, newRulesImportCommand,
	newRulesBindCommand, newRulesDeployCommand, newRulesEvaluateCommand, newRulesExplainCommand,
	newRulesRunCommand, newRulesInsertCommand, newRulesUpdateCommand, newRulesQueryCommand,
}

// checkedModel is the JSON of `rules check` and `rules compile`.
type checkedModel struct {
	File      string         `json:"file" doc:"source"`
	Hash      string         `json:"hash" doc:"names the compiled model on every chain"`
	Bytes     int            `json:"bytes" doc:"size of the compiled model"`
	Inputs    []modelElement `json:"inputs,omitempty" doc:"name and type of each input"`
	Decisions []modelElement `json:"decisions,omitempty" doc:"name and type of each decision, service and business knowledge model"`
	Templates []modelElement `json:"templates,omitempty" doc:"name and slots of each template of a rule set"`
	Rules     []modelElement `json:"rules,omitempty" doc:"name and agenda group of each rule of a rule set"`
	Findings  []string       `json:"findings,omitempty" doc:"what is wrong or can only be null, with its place"`
	Tables    []tableFinding `json:"tables,omitempty" doc:"gaps, overlaps and unreachable rules of decision tables, and what is undecided"`
}

type modelElement struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// tableFinding is something about a decision table, with an input that shows it.
type tableFinding struct {
	Kind    string                     `json:"kind" doc:"gap, overlap, unreachable or undecided"`
	Line    int                        `json:"line"`
	Element string                     `json:"element"`
	Rules   []int                      `json:"rules,omitempty" doc:"from 1"`
	Example map[string]json.RawMessage `json:"example,omitempty" doc:"value of each input column"`
	Message string                     `json:"message"`
}

func newChecked(path string, model *workbench.Model) checkedModel {
	result := checkedModel{File: path, Hash: model.Hash.Hex(), Bytes: len(model.Code)}
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

// addTables adds what is wrong with the tables of a model; it tells how many rules
// overlap that must not.
func (c *checkedModel) addTables(model *workbench.Model) (overlaps int) {
	for _, f := range model.Coverage() {
		shown := tableFinding{Kind: f.Kind.String(), Line: f.Line, Element: f.Element, Rules: f.Rules, Message: f.Message}
		for _, in := range f.Example {
			if shown.Example == nil {
				shown.Example = map[string]json.RawMessage{}
			}
			shown.Example[in.Name] = workbench.JSON(in.Value)
		}
		if f.Kind == coverage.Overlap {
			overlaps++
		}
		c.Tables = append(c.Tables, shown)
	}
	return overlaps
}

func newCheckedRules(path string, set *workbench.RuleSet) checkedModel {
	result := checkedModel{File: path, Hash: set.Hash.Hex(), Bytes: len(set.Code)}
	for _, t := range set.Templates {
		var slots []string
		for _, slot := range t.Slots {
			slots = append(slots, slot.Name+": "+slot.Type.String())
		}
		result.Templates = append(result.Templates, modelElement{t.Name, strings.Join(slots, ", ")})
	}
	for _, r := range set.Rules {
		result.Rules = append(result.Rules, modelElement{r.Name, set.Groups[r.Group]})
	}
	return result
}

func (c checkedModel) print(w io.Writer) {
	properties(w, row{"model", c.File}, row{"hash", c.Hash}, row{"size", fmt.Sprintf("%d bytes", c.Bytes)})
	rows := [][]string{}
	for _, group := range []struct {
		kind string
		list []modelElement
	}{{"input", c.Inputs}, {"decision", c.Decisions}, {"template", c.Templates}, {"rule", c.Rules}} {
		for _, e := range group.list {
			rows = append(rows, []string{group.kind, e.Name, e.Type})
		}
	}
	table(w, []string{"kind", "name", "type"}, rows)
	for _, finding := range c.Findings {
		fmt.Fprintln(w, finding)
	}
	for _, f := range c.Tables {
		fmt.Fprintf(w, "%s:%d: %s: %s: %s\n", c.File, f.Line, f.Element, f.Kind, f.Message)
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

// compileSource compiles a file of either kind to what is deployed.
func compileSource(path string) ([]byte, checkedModel, error) {
	if workbench.IsRuleText(path) {
		set, err := workbench.CompileRules(path)
		if err != nil {
			return nil, checkedModel{}, err
		}
		return set.Code, newCheckedRules(path, set), nil
	}
	model, err := compileModel(path)
	if err != nil {
		return nil, checkedModel{}, err
	}
	return model.Code, newChecked(path, model), nil
}

func newRulesCheckCommand(*contracts.Contract) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say what is wrong with a model or rule text, and what it takes and decides",
		Long: withFields(`Compile decisions (DMN 1.1 to 1.5) or production rules (*.rules) without deploying
them. Findings name file, line and element; one that is an error ends with exit status 1.
Models that a model imports are looked for beside it.

Each decision table is searched for gaps, for overlaps that its hit policy makes a fault
(these are errors) and for rules that never decide, each with an input that shows it.
Tests of constants, ranges, lists and not(…) are decided exactly; what hangs on another
expression is said to be undecided. Columns are taken as independent of each other, and
null as an input only where a test of the column names it.`, checkedModel{}),
		Example: "  cybermiles rules check pricing.dmn\n  cybermiles rules check risk.rules",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if workbench.IsRuleText(args[0]) {
				_, result, err := compileSource(args[0])
				if err != nil {
					return err
				}
				return emit(cmd, result, result.print)
			}
			model, err := workbench.Compile(args[0])
			if err != nil {
				return err
			}
			result := newChecked(args[0], model)
			overlaps := result.addTables(model)
			if err := emit(cmd, result, result.print); err != nil {
				return err
			}
			for _, finding := range model.Findings {
				if finding.Severity == compiler.Error {
					return fmt.Errorf("%s has errors", args[0])
				}
			}
			if overlaps > 0 {
				return fmt.Errorf("%s has rules that overlap", args[0])
			}
			return nil
		},
	}
}

func newRulesCompileCommand(*contracts.Contract) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "compile FILE",
		Short:   "Compile a decision model or rule text to what is deployed",
		Long:    withFields("Write the compiled form of a model. The same source gives the same bytes on every\nmachine, so anybody can compare them with what is deployed.", checkedModel{}),
		Example: "  cybermiles rules compile pricing.dmn --out pricing.model\n  cybermiles rules compile risk.rules",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, result, err := compileSource(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(strings.TrimSuffix(args[0], ".dmn"), ".rules") + ".model"
			}
			if err := os.WriteFile(out, code, 0o644); err != nil {
				return err
			}
			note(cmd, "wrote %s", out)
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
		Use:   "test FILE",
		Short: "Run the examples kept beside a decision model or rule text",
		Long: withFields(`Run a model's examples: a JSON list of objects with "name", "decision", "input",
"want" and, for models that use now(), "time". Those of a rule text have "name", "facts"
as `+"`cybermiles rules run`"+` takes them and "want" with "results", a list of objects with
"name" and "fields", with "facts", or with both. They are in the file with the ending
.test.json beside the source, unless --examples says otherwise.`, []testedModel{}),
		Example: "  cybermiles rules test pricing.dmn\n  cybermiles rules test risk.rules",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if examples == "" {
				examples = workbench.ExamplesOf(args[0])
			}
			if workbench.IsRuleText(args[0]) {
				set, err := workbench.CompileRules(args[0])
				if err != nil {
					return err
				}
				outcomes, err := set.RunExamples(examples)
				if err != nil {
					return err
				}
				return reportOutcomes(cmd, outcomes)
			}
			model, err := compileModel(args[0])
			if err != nil {
				return err
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
		Use:   "deploy FILE",
		Short: "Compile a decision model or rule text and deploy it",
		Long: withFields(`Compile a model and store it on the chain, where its hash names it for good. A name
for it is given by `+"`cybermiles rules publish`"+`.`, sentTransaction{}),
		Example: `  cybermiles rules deploy pricing.dmn --from dev0`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, model, err := compileSource(args[0])
			if err != nil {
				return err
			}
			note(cmd, "model     %s", model.Hash)
			err = transact(cmd, client.Request{To: &contract.Address, Data: contracts.NewRules().PackDeploy(code)})
			return refusedBy(contract, err)
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// isFile tells a model in a file from one on the chain.
func isFile(model string) bool {
	return strings.HasSuffix(model, ".dmn") || strings.HasSuffix(model, ".xml") || workbench.IsRuleText(model)
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
