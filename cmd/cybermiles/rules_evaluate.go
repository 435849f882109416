package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// evaluatedModel is the JSON of `rules evaluate` and `rules explain`.
type evaluatedModel struct {
	Model  string          `json:"model" doc:"hash of the model"`
	Output json.RawMessage `json:"output" doc:"what the decision answers"`
	Steps  []explainedStep `json:"steps,omitempty" doc:"how it came about, in order (explain)"`
}

type explainedStep struct {
	Element string          `json:"element"`
	Rules   []int           `json:"rules,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
}

const evaluateHelp = `MODEL is a file, which is evaluated here, or the hash or the name of a model on the
chain. INPUT is a JSON object of the inputs by their names, or @FILE; dates, times and
durations are texts as FEEL writes them.`

func newRulesEvaluateCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evaluate MODEL DECISION INPUT",
		Short: "Evaluate a decision of a model in a file or on the chain",
		Long:  withFields("Evaluate a decision, a decision service or a business knowledge model.\n\n"+evaluateHelp, evaluatedModel{}),
		Example: `  cybermiles rules evaluate pricing.dmn Terms '{"Seller level": "gold", "Amount": 1200}'
  cybermiles rules evaluate shop/pricing Terms @order.json`,
	}
	return asEvaluation(cmd, contract, false)
}

func newRulesExplainCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain MODEL DECISION INPUT",
		Short:   "Evaluate a decision and show which rules matched and what was decided on the way",
		Long:    withFields("Evaluate and print each table with the rules that matched, counted from 1, and each\ndecision with its value, in the order they were made.\n\n"+evaluateHelp, evaluatedModel{}),
		Example: `  cybermiles rules explain pricing.dmn Terms '{"Seller level": "gold", "Amount": 1200}'`,
	}
	return asEvaluation(cmd, contract, true)
}

func asEvaluation(cmd *cobra.Command, contract *contracts.Contract, explain bool) *cobra.Command {
	cmd.Args = cobra.ExactArgs(3)
	addCallFlags(cmd)
	cmd.Flags().String("time", "", "`time` of a model in a file, for its now() and today(); default this moment")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		input := []byte(args[2])
		if path, found := strings.CutPrefix(args[2], "@"); found {
			var err error
			if input, err = readFile(cmd, path, maxInputFile); err != nil {
				return err
			}
		}
		if isFile(args[0]) {
			return evaluateFile(cmd, args[0], args[1], input, explain)
		}
		at, err := client.ParseBlockRef(cmd.Flag("block").Value.String())
		if err != nil {
			return misusef("--block: %v", err)
		}
		return withNode(cmd, func(ctx context.Context, node *client.Client) error {
			q := question{ctx, node, at, args[1], input, explain}
			result, err := q.ask(args[0])
			if err != nil {
				return refusedBy(contract, err)
			}
			return emit(cmd, result, result.print)
		})
	}
	return cmd
}

func evaluateFile(cmd *cobra.Command, path, decision string, input []byte, explain bool) error {
	model, err := compileModel(path)
	if err != nil {
		return err
	}
	at, err := evaluationTime(cmd)
	if err != nil {
		return err
	}
	inputs, err := model.Inputs(decision, input)
	if err != nil {
		return err
	}
	answer, err := model.Evaluate(decision, inputs, at)
	if err != nil {
		return err
	}
	result := evaluatedModel{Model: model.Hash.Hex(), Output: workbench.JSON(answer.Value)}
	for _, step := range answer.Steps {
		if !explain {
			break
		}
		shown := explainedStep{Element: step.Element, Rules: step.Matched}
		if step.Matched == nil {
			shown.Value = workbench.JSON(step.Value)
		}
		result.Steps = append(result.Steps, shown)
	}
	return emit(cmd, result, result.print)
}

func (r evaluatedModel) print(w io.Writer) {
	for _, step := range r.Steps {
		if step.Value != nil {
			fmt.Fprintf(w, "%s = %s\n", step.Element, step.Value)
			continue
		}
		matched := "no rule"
		if len(step.Rules) > 0 {
			matched = "rule " + strings.Trim(strings.ReplaceAll(fmt.Sprint(step.Rules), " ", ", "), "[]")
		}
		fmt.Fprintf(w, "%s: %s\n", step.Element, matched)
	}
	if len(r.Steps) == 0 {
		fmt.Fprintln(w, string(r.Output))
	}
}

// question is what is asked of a model on the chain.
type question struct {
	ctx      context.Context
	node     *client.Client
	at       client.BlockRef
	decision string
	input    []byte
	explain  bool
}

func (q question) ask(name string) (*evaluatedModel, error) {
	hash, err := q.resolve(name)
	if err != nil {
		return nil, err
	}
	model, err := q.model(hash)
	if err != nil {
		return nil, err
	}
	inputs, err := model.Inputs(q.decision, q.input)
	if err != nil {
		return nil, err
	}
	packed, err := wire.Encode(inputs, nil)
	if err != nil {
		return nil, err
	}
	result := &evaluatedModel{Model: hash.Hex()}
	rules := contracts.NewRules()
	if !q.explain {
		output, err := client.Read(q.ctx, q.node, contracts.RulesAddress, rules.PackEvaluate(hash, q.decision, packed), q.at, rules.UnpackEvaluate)
		if err != nil {
			return nil, err
		}
		result.Output, err = wireJSON(output)
		return result, err
	}
	answer, err := client.Read(q.ctx, q.node, contracts.RulesAddress, rules.PackExplain(hash, q.decision, packed), q.at, rules.UnpackExplain)
	if err != nil {
		return nil, err
	}
	if result.Output, err = wireJSON(answer.Output); err != nil {
		return nil, err
	}
	for _, step := range answer.Steps {
		shown := explainedStep{Element: step.Element, Rules: []int{}}
		for _, rule := range step.Matched {
			shown.Rules = append(shown.Rules, int(rule))
		}
		if len(step.Value) > 0 {
			if shown.Value, err = wireJSON(step.Value); err != nil {
				return nil, err
			}
		}
		result.Steps = append(result.Steps, shown)
	}
	return result, nil
}

func wireJSON(data []byte) (json.RawMessage, error) {
	value, err := wire.Decode(data)
	if err != nil {
		return nil, err
	}
	return workbench.JSON(value), nil
}

// resolve finds the hash that a name stands for; a hash stands for itself.
func (q question) resolve(name string) (common.Hash, error) {
	if raw, err := hexutil.Decode(name); err == nil && len(raw) == len(common.Hash{}) {
		return common.Hash(raw), nil
	}
	rules := contracts.NewRules()
	answer, err := client.Read(q.ctx, q.node, contracts.RulesAddress, rules.PackResolve(name), q.at, rules.UnpackResolve)
	if err != nil {
		return common.Hash{}, err
	}
	if answer.Version == 0 {
		return common.Hash{}, fmt.Errorf("%q is neither a file ending in .dmn, nor a hash, nor a name that was published", name)
	}
	return answer.Model, nil
}

// model reads a deployed model, for the types of its inputs.
func (q question) model(hash common.Hash) (*workbench.Model, error) {
	var code hexutil.Bytes
	if err := q.node.CallRPC(q.ctx, &code, "eth_getCode", common.BytesToAddress(hash[:]), q.at); err != nil {
		return nil, err
	}
	if len(code) == 0 {
		return nil, fmt.Errorf("no model %s is deployed on this chain; deploy it with `cybermiles rules deploy`", hash)
	}
	model, err := workbench.Decode(code[1:])
	if err == nil && model.Hash != hash {
		err = fmt.Errorf("the account of %s holds other code", hash)
	}
	return model, err
}
