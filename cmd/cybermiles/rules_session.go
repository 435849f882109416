package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// factsOf is a parameter with facts in JSON: the text, or @FILE.
func factsOf(cmd *cobra.Command, text string) ([]byte, error) {
	if path, found := strings.CutPrefix(text, "@"); found {
		return readFile(cmd, path, maxInputFile)
	}
	return []byte(text), nil
}

func newRulesRunCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run MODEL FACTS",
		Short: "Run production rules on facts and show what they made of them",
		Long: withFields(`Insert facts into an empty working memory, fire rules until nothing is left, and print
what they emitted and the facts at the end. Nothing stays: a session keeps facts.

MODEL is a rule text (*.rules), which is run here, or the hash or the name of a rule set
on the chain. `+factsHelp, ranRules{}),
		Example: `  cybermiles rules run risk.rules '[{"Order": {"id": 7, "amount": 99.5}}]'
  cybermiles rules run shop/risk @orders.json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := factsOf(cmd, args[1])
			if err != nil {
				return err
			}
			if workbench.IsRuleText(args[0]) {
				return runFile(cmd, args[0], content)
			}
			at, err := client.ParseBlockRef(cmd.Flag("block").Value.String())
			if err != nil {
				return misusef("--block: %v", err)
			}
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				result, err := runOnChain(ctx, node, args[0], content, at)
				if err != nil {
					return refusedBy(contract, err)
				}
				return emit(cmd, result, result.print)
			})
		},
	}
	addCallFlags(cmd)
	return cmd
}

func runOnChain(ctx context.Context, node *client.Client, name string, content []byte, at client.BlockRef) (*ranRules, error) {
	hash, err := resolveModel(ctx, node, name, at)
	if err != nil {
		return nil, err
	}
	set, err := deployedRules(ctx, node, hash, at)
	if err != nil {
		return nil, err
	}
	packed, err := packFacts(set, content)
	if err != nil {
		return nil, err
	}
	rules := contracts.NewRules()
	answer, err := client.Read(ctx, node, contracts.RulesAddress, rules.PackRun(hash, packed), at, rules.UnpackRun)
	if err != nil {
		return nil, err
	}
	result := &ranRules{Results: []workbench.EmittedResult{}}
	for _, r := range answer.Results {
		fields, err := wireJSON(r.Fields)
		if err != nil {
			return nil, err
		}
		result.Results = append(result.Results, workbench.EmittedResult{Rule: r.Rule, Name: r.Name, Fields: fields})
	}
	result.Facts, err = unpackFacts(set, answer.Left)
	return result, err
}

func packFacts(set *workbench.RuleSet, content []byte) ([][]byte, error) {
	facts, err := set.Facts(content)
	if err != nil {
		return nil, err
	}
	packed := make([][]byte, len(facts))
	for i, fact := range facts {
		if packed[i], err = workbench.Pack(fact); err != nil {
			return nil, err
		}
	}
	return packed, nil
}

func unpackFacts(set *workbench.RuleSet, facts []contracts.RulesFact) ([]workbench.ShownFact, error) {
	shown := []workbench.ShownFact{}
	for _, f := range facts {
		one, err := set.Unpack(f.Id, f.Template, f.Logical, f.Slots)
		if err != nil {
			return nil, err
		}
		shown = append(shown, one)
	}
	return shown, nil
}

func deployedRules(ctx context.Context, node *client.Client, hash common.Hash, at client.BlockRef) (*workbench.RuleSet, error) {
	code, err := deployedCode(ctx, node, hash, at)
	if err != nil {
		return nil, err
	}
	if !workbench.IsRuleSet(code) {
		return nil, fmt.Errorf("%s is a decision model: `cybermiles rules evaluate` evaluates it", hash)
	}
	return workbench.DecodeRules(code)
}

// sessionRules is the rule set of a session.
func sessionRules(ctx context.Context, node *client.Client, session uint64, at client.BlockRef) (*workbench.RuleSet, error) {
	rules := contracts.NewRules()
	info, err := client.Read(ctx, node, contracts.RulesAddress, rules.PackSessionOf(session), at, rules.UnpackSessionOf)
	if err != nil {
		return nil, err
	}
	return deployedRules(ctx, node, info.Model, at)
}

func sessionNumber(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, misusef("%q is not the number of a session, from 1; `cybermiles rules open` makes one", text)
	}
	return n, nil
}

func newRulesInsertCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "insert SESSION FACTS",
		Short: "Insert facts into a session",
		Long: withFields(`Insert facts into a session, in one transaction. What rules make of them waits for
`+"`cybermiles rules fire`"+`.

`+factsHelp, sentTransaction{}),
		Example: `  cybermiles rules insert 1 '[{"Order": {"id": 7, "amount": 99.5}}]' --from dev0`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := factsOf(cmd, args[1])
			if err != nil {
				return err
			}
			return changeSession(cmd, contract, args[0], func(session uint64, set *workbench.RuleSet) ([]byte, error) {
				packed, err := packFacts(set, content)
				if err != nil {
					return nil, err
				}
				return contracts.NewRules().PackInsertMany(session, packed), nil
			})
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

func newRulesUpdateCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update SESSION FACT SLOTS",
		Short: "Change slots of a fact of a session",
		Long: withFields(`Change slots of a fact, which keeps its number and is new to every rule. SLOTS is a
JSON object by template, such as '{"Order": {"amount": 80}}'; what is left out stays.`, sentTransaction{}),
		Example: `  cybermiles rules update 1 3 '{"Order": {"amount": 80}}' --from dev0`,
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			fact, err := strconv.ParseUint(args[1], 10, 64)
			if err != nil {
				return misusef("%q is not the number of a fact; `cybermiles rules query` lists them", args[1])
			}
			return changeSession(cmd, contract, args[0], func(session uint64, set *workbench.RuleSet) ([]byte, error) {
				packed, err := packFacts(set, []byte("["+args[2]+"]"))
				if err != nil {
					return nil, err
				}
				if len(packed) != 1 {
					return nil, misusef("want one object, such as '{\"Order\": {\"amount\": 80}}'")
				}
				return contracts.NewRules().PackUpdate(session, fact, packed[0]), nil
			})
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// changeSession sends what is made of a session's number and rule set.
func changeSession(cmd *cobra.Command, contract *contracts.Contract, number string, pack func(uint64, *workbench.RuleSet) ([]byte, error)) error {
	session, err := sessionNumber(number)
	if err != nil {
		return err
	}
	var data []byte
	err = withNode(cmd, func(ctx context.Context, node *client.Client) error {
		set, err := sessionRules(ctx, node, session, client.Latest)
		if err != nil {
			return err
		}
		data, err = pack(session, set)
		return err
	})
	if err == nil {
		err = transact(cmd, client.Request{To: &contract.Address, Data: data})
	}
	return refusedBy(contract, err)
}

func newRulesQueryCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "query SESSION [TEMPLATE]",
		Short:   "List the facts of a session",
		Long:    withFields("List the facts of a session, of one template or of all in the rule set's order.", []workbench.ShownFact{}),
		Example: `  cybermiles rules query 1 Alert`,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := sessionNumber(args[0])
			if err != nil {
				return err
			}
			at, err := client.ParseBlockRef(cmd.Flag("block").Value.String())
			if err != nil {
				return misusef("--block: %v", err)
			}
			return withNode(cmd, func(ctx context.Context, node *client.Client) error {
				set, err := sessionRules(ctx, node, session, at)
				if err != nil {
					return refusedBy(contract, err)
				}
				templates := make([]uint32, 0, len(set.Templates))
				for i := range set.Templates {
					if len(args) == 1 || set.Templates[i].Name == args[1] {
						templates = append(templates, uint32(i))
					}
				}
				if len(templates) == 0 {
					_, err := set.TemplateNamed(args[1])
					return err
				}
				facts, err := sessionFacts(ctx, node, set, session, templates, at)
				if err != nil {
					return refusedBy(contract, err)
				}
				return emit(cmd, facts, func(w io.Writer) {
					if len(facts) == 0 {
						fmt.Fprintln(w, "(none)")
					}
					printFacts(w, facts)
				})
			})
		},
	}
	addCallFlags(cmd)
	return cmd
}

// factsAPage is how many facts of a session one call looks at.
const factsAPage = 200

func sessionFacts(ctx context.Context, node *client.Client, set *workbench.RuleSet, session uint64, templates []uint32, at client.BlockRef) ([]workbench.ShownFact, error) {
	rules := contracts.NewRules()
	all := []workbench.ShownFact{}
	for _, template := range templates {
		for cursor := uint64(0); ; {
			page, err := client.Read(ctx, node, contracts.RulesAddress, rules.PackQuery(session, template, cursor, factsAPage), at, rules.UnpackQuery)
			if err != nil {
				return nil, err
			}
			facts, err := unpackFacts(set, page.Facts)
			if err != nil {
				return nil, err
			}
			all = append(all, facts...)
			if cursor = page.Next; cursor == 0 {
				break
			}
		}
	}
	return all, nil
}

// showEmitted gives people what a rule emitted as an object instead of its wire
// form.
func showEmitted(log *logResult) {
	if log.Event != "Rules.Emitted" {
		return
	}
	for i := range log.Fields {
		if field := &log.Fields[i]; field.Name == "fields" {
			if data, err := hexutil.Decode(fmt.Sprint(field.Value)); err == nil {
				if object, err := wireJSON(data); err == nil {
					field.text = string(object)
				}
			}
		}
	}
}
