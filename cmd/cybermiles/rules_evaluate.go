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
	Model  string                `json:"model" doc:"hash of the model"`
	Output json.RawMessage       `json:"output" doc:"what the decision answers"`
	Steps  []workbench.ShownStep `json:"steps,omitempty" doc:"how it came about, in order (explain)"`
	Graph  *workbench.Node       `json:"graph,omitempty" doc:"what the decision required, with the values that flowed (explain)"`
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
		Short:   "Evaluate a decision and show what it required, which rules matched and which values flowed",
		Long:    withFields("Evaluate and print the graph of what the decision requires with the values that\nflowed, and at each table the rules that matched, counted from 1.\n\n"+evaluateHelp, evaluatedModel{}),
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
	if !explain {
		return emit(cmd, result, result.print)
	}
	for _, step := range answer.Steps {
		shown := workbench.ShownStep{Element: step.Element, Rules: step.Matched}
		if step.Matched == nil {
			shown.Value = workbench.JSON(step.Value)
		}
		result.Steps = append(result.Steps, shown)
	}
	if result.Graph, err = model.Graph(decision, inputs, result.Steps); err != nil {
		return err
	}
	return emit(cmd, result, result.print)
}

func (r evaluatedModel) print(w io.Writer) {
	switch {
	case r.Graph == nil:
		fmt.Fprintln(w, string(r.Output))
	case r.Graph.Value == nil: // knowledge and services have none of their own
		r.Graph.Value = r.Output
		fallthrough
	default:
		r.Graph.Print(w)
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
	hash, err := resolveModel(q.ctx, q.node, name, q.at)
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
		shown := workbench.ShownStep{Element: step.Element, Rules: []int{}}
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
	result.Graph, err = model.Graph(q.decision, inputs, result.Steps)
	return result, err
}

func wireJSON(data []byte) (json.RawMessage, error) {
	value, err := wire.Decode(data)
	if err != nil {
		return nil, err
	}
	return workbench.JSON(value), nil
}

// model reads a deployed model, for the types of its inputs.
func (q question) model(hash common.Hash) (*workbench.Model, error) {
	code, err := deployedCode(q.ctx, q.node, hash, q.at)
	if err != nil {
		return nil, err
	}
	if workbench.IsRuleSet(code) {
		return nil, fmt.Errorf("%s is a set of production rules: `cybermiles rules run` runs it", hash)
	}
	return workbench.Decode(code)
}

// deployedCode reads the compiled form of a deployed model.
func deployedCode(ctx context.Context, node *client.Client, hash common.Hash, at client.BlockRef) ([]byte, error) {
	var code hexutil.Bytes
	if err := node.CallRPC(ctx, &code, "eth_getCode", common.BytesToAddress(hash[:]), at); err != nil {
		return nil, err
	}
	if len(code) == 0 {
		return nil, fmt.Errorf("no model %s is deployed on this chain; deploy it with `cybermiles rules deploy`", hash)
	}
	if workbench.HashOf(code[1:]) != hash {
		return nil, fmt.Errorf("the account of %s holds other code", hash)
	}
	return code[1:], nil
}

// resolveModel finds the hash that a name stands for; a hash stands for itself.
func resolveModel(ctx context.Context, node *client.Client, name string, at client.BlockRef) (common.Hash, error) {
	if raw, err := hexutil.Decode(name); err == nil && len(raw) == len(common.Hash{}) {
		return common.Hash(raw), nil
	}
	rules := contracts.NewRules()
	answer, err := client.Read(ctx, node, contracts.RulesAddress, rules.PackResolve(name), at, rules.UnpackResolve)
	if err != nil {
		return common.Hash{}, err
	}
	if answer.Version == 0 {
		return common.Hash{}, fmt.Errorf("%q is neither a file ending in .dmn or .rules, nor a hash, nor a name that was published", name)
	}
	return answer.Model, nil
}
