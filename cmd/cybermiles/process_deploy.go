package main

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// isProcessFile tells a model in a file from one on the chain.
func isProcessFile(model string) bool {
	return strings.HasSuffix(model, ".bpmn") || strings.HasSuffix(model, ".xml")
}

func newProcessDeployCommand(contract *contracts.Contract) *cobra.Command {
	var tolerant, unsound bool
	cmd := &cobra.Command{
		Use:   "deploy FILE.bpmn",
		Short: "Compile a process model and deploy it",
		Long: withFields(`Compile a model and store it on the chain, where its hash names it for good, with the
hash of its source. A name for it is given by `+"`cybermiles process publish`"+`. A model with
faults is not deployed.`, sentTransaction{}),
		Example: `  cybermiles process deploy sale.bpmn --from dev0`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := openProcess(cmd, args[0], tolerant)
			if err != nil {
				return err
			}
			if err := file.refuseAll(unsound); err != nil {
				return err
			}
			model := workbench.New(file.model)
			note(cmd, "model     %s", model.Hash.Hex())
			return sendToProcess(cmd, contract, client.Request{To: &contract.Address, Data: processContract.PackDeploy(model.Code, workbench.SourceHash(file.source))})
		},
	}
	addTolerantFlag(cmd, &tolerant)
	cmd.Flags().BoolVar(&unsound, "unsound", false, "deploy a model although a path through it is not sound")
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// startFlags are what an instance is started with besides its variables.
type startFlags struct {
	process, node, value, deposit string
	roles                         []string
}

func newProcessStartCommand(contract *contracts.Contract) *cobra.Command {
	var flags startFlags
	cmd := &cobra.Command{
		Use:   "start MODEL [VARIABLES]",
		Short: "Start an instance of a process",
		Long: withFields(`Start an instance of a deployed model. MODEL is its BPMN file, its hash or a published
name; VARIABLES is a JSON object of what the start takes (`+"`cybermiles process check`"+` lists
it), or @FILE. Roles are accounts, dev0, dev1, … on a development chain, or everybody;
the role administrator may cancel, migrate and decide incidents.

--value is what the instance holds from the beginning, --deposit what pays for the gas
of its timers: without it a process with timers gets enough for twenty looks at today's
price of gas. What is left of the deposit comes back.`, sentTransaction{}),
		Example: `  cybermiles process start sale.bpmn '{"priceWei": 5e18}' --role seller=dev1 --role buyer=dev2 --from dev1`,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			variables, err := variablesArg(cmd, args, 1)
			if err != nil {
				return err
			}
			from, err := findSender(cmd)
			if err != nil {
				return err
			}
			var req client.Request
			err = withOffice(cmd, contract, func(o office) error {
				req, err = o.start(cmd, args[0], variables, flags, from.address)
				return err
			})
			if err != nil {
				return err
			}
			return sendToProcess(cmd, contract, req)
		},
	}
	cmd.Flags().StringArrayVar(&flags.roles, "role", nil, "`ROLE=ACCOUNT` who has a role; may be repeated")
	cmd.Flags().StringVar(&flags.process, "process", "", "`id` of the process, if the model has several")
	cmd.Flags().StringVar(&flags.node, "node", "", "`id` of the start event whose trigger you bring")
	cmd.Flags().StringVar(&flags.value, "value", "", "`amount` that the instance holds, such as 10cmt")
	cmd.Flags().StringVar(&flags.deposit, "deposit", "", "`amount` that pays for the gas of timers")
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// start makes the call that starts an instance.
func (o office) start(cmd *cobra.Command, name string, variables []byte, flags startFlags, from common.Address) (req client.Request, err error) {
	hash, err := o.hash(cmd, name)
	if err != nil {
		return req, err
	}
	model, err := o.model(hash)
	if err != nil {
		return req, err
	}
	process, err := model.Executable(flags.process)
	if err != nil {
		return req, err
	}
	roles := []contracts.ProcessRole{}
	for _, text := range flags.roles {
		role, who, _ := strings.Cut(text, "=")
		account, err := accountArg(cmd, who)
		if err != nil {
			return req, err
		}
		roles = append(roles, contracts.ProcessRole{Role: role, Account: account})
	}
	form := model.Start(process)
	if flags.node != "" {
		node := model.Lookup(flags.node)
		if node == bpmn.None {
			return req, fmt.Errorf("the model has no node %q", flags.node)
		}
		form, _ = model.Step(node)
	}
	packed, err := form.Pack(variables)
	if err != nil {
		return req, err
	}
	value, deposit, err := o.money(model, process, flags, from)
	if err != nil {
		return req, err
	}
	req = client.Request{To: &contracts.ProcessAddress, ValueWei: value.Add(value, deposit)}
	if id := model.Processes[process].ID; flags.node == "" {
		req.Data = processContract.PackStart(hash, id, roles, packed, deposit)
	} else {
		req.Data = processContract.PackStartAt(hash, id, flags.node, roles, packed, deposit)
	}
	return req, nil
}

// timerLooks is for how many timers a deposit suffices when nobody says how much
// it shall be.
const timerLooks = 20

// money reads the amounts of a start.
func (o office) money(model *workbench.Model, process int, flags startFlags, from common.Address) (value, deposit *big.Int, err error) {
	value, deposit = new(big.Int), new(big.Int)
	if flags.value != "" {
		if value, err = amount.Parse(flags.value); err != nil {
			return nil, nil, misusef("--value: %v", err)
		}
	}
	if flags.deposit != "" {
		if deposit, err = amount.Parse(flags.deposit); err != nil {
			return nil, nil, misusef("--deposit: %v", err)
		}
		return value, deposit, nil
	}
	if !model.Timed(process) {
		return value, deposit, nil
	}
	each, err := o.depositFor(from)
	if err != nil {
		return nil, nil, err
	}
	return value, deposit.Mul(each, big.NewInt(timerLooks)), nil
}

// depositFor asks what one look costs. Calls without a price of gas run at none,
// so this one has one, and somebody to pay it.
func (o office) depositFor(from common.Address) (*big.Int, error) {
	block, err := o.node.Block(o.ctx, o.at)
	if err != nil {
		return nil, err
	}
	call := map[string]any{
		"from": from, "to": contracts.ProcessAddress, "data": hexutil.Bytes(processContract.PackDepositFor()),
		"gas": hexutil.Uint64(depositForGas), "gasPrice": block.BaseFee,
	}
	var output hexutil.Bytes
	if err := o.node.CallRPC(o.ctx, &output, "eth_call", call, o.at); err != nil {
		return nil, err
	}
	return processContract.UnpackDepositFor(output)
}

// depositForGas is more than asking for the price takes.
const depositForGas = 100_000

func newProcessCompleteCommand(contract *contracts.Contract) *cobra.Command {
	var value string
	cmd := &cobra.Command{
		Use:   "complete INSTANCE STEP [VARIABLES]",
		Short: "Complete a task or a job",
		Long: withFields(`Complete an open task or job of an instance. STEP is the id of its node, or the number
of its token where several are open. VARIABLES is a JSON object of what the step
brings (`+"`cybermiles process check`"+` lists it), or @FILE.`, sentTransaction{}),
		Example: `  cybermiles process complete 1 ship '{"tracking": "XY 123"}' --from dev1
  cybermiles process complete 1 answer '{"answer": "buy"}' --value 5cmt --from dev2`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			instance, err := instanceArg(args[0])
			if err != nil {
				return err
			}
			from, err := findSender(cmd)
			if err != nil {
				return err
			}
			variables, err := variablesArg(cmd, args, 2)
			if err != nil {
				return err
			}
			req := client.Request{To: &contract.Address}
			if req.ValueWei, err = valueFlag(value); err != nil {
				return err
			}
			err = withOffice(cmd, contract, func(o office) error {
				task, form, err := o.task(instance, args[1], from.address)
				if err != nil {
					return err
				}
				packed, err := form.Pack(variables)
				req.Data = processContract.PackComplete(instance, task.Token, packed)
				return err
			})
			if err != nil {
				return err
			}
			return sendToProcess(cmd, contract, req)
		},
	}
	cmd.Flags().StringVar(&value, "value", "", "`amount` that goes to the instance, such as 10cmt")
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

func valueFlag(text string) (*big.Int, error) {
	if text == "" {
		return nil, nil
	}
	wei, err := amount.Parse(text)
	if err != nil {
		return nil, misusef("--value: %v", err)
	}
	return wei, nil
}

func newProcessCorrelateCommand(contract *contracts.Contract) *cobra.Command {
	var value string
	var receiver uint64
	cmd := &cobra.Command{
		Use:   "correlate MESSAGE KEY [VARIABLES]",
		Short: "Send a message to the instance that waits for it",
		Long: withFields(`Send a message to the first instance that waits for it with this key, "" for messages
without. VARIABLES is a JSON object of what the message brings, or @FILE. Anybody can wait for any
key, so coins go only to a receiver that --to names.`, sentTransaction{}),
		Example: `  cybermiles process correlate meter 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 '{"reading": 12}' --from dev1`,
		Args:    cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			variables, err := variablesArg(cmd, args, 2)
			if err != nil {
				return err
			}
			req := client.Request{To: &contract.Address}
			if req.ValueWei, err = valueFlag(value); err != nil {
				return err
			}
			if req.ValueWei != nil && req.ValueWei.Sign() > 0 && receiver == 0 {
				return misusef("--value: say with --to which instance is to have it")
			}
			err = withNode(cmd, func(ctx context.Context, node *client.Client) error {
				packed, err := office{ctx, node, client.Latest}.message(args[0], args[1], variables)
				if req.Data = processContract.PackCorrelate(args[0], args[1], packed); receiver != 0 {
					req.Data = processContract.PackDeliver(receiver, args[0], args[1], packed)
				}
				return err
			})
			if err != nil {
				return refusedBy(contract, err)
			}
			return sendToProcess(cmd, contract, req)
		},
	}
	cmd.Flags().Uint64Var(&receiver, "to", 0, "`number` of the instance or listener that is to have the message")
	cmd.Flags().StringVar(&value, "value", "", "`amount` that goes to the instance, such as 10cmt")
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// message packs what a message brings to whoever waits for it.
func (o office) message(name, key string, variables []byte) ([]byte, error) {
	waiting, err := askProcess(o, processContract.PackWaitingFor(name, key, false, 0, 1), processContract.UnpackWaitingFor)
	if err != nil {
		return nil, err
	}
	if len(waiting) == 0 {
		return nil, fmt.Errorf("no instance waits for the message %q with the key %q", name, key)
	}
	_, model, err := o.instance(waiting[0])
	if err != nil {
		return nil, err
	}
	state, err := askProcess(o, processContract.PackStateOf(waiting[0]), processContract.UnpackStateOf)
	if err != nil {
		return nil, err
	}
	for _, wait := range state.Waits {
		if wait.Kind != 0 || wait.Name != name || wait.Key != key {
			continue
		}
		if form, ok := model.Step(int(wait.Node)); ok {
			return form.Pack(variables)
		}
	}
	return (&workbench.Form{ID: name}).Pack(variables)
}
