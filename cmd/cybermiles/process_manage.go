package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

func newProcessCancelCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cancel INSTANCE",
		Short:   "Cancel an instance",
		Long:    withFields(`Cancel an instance, which its administrator may. What it holds goes where the model says.`, sentTransaction{}),
		Example: `  cybermiles process cancel 7 --from dev0`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			instance, err := instanceArg(args[0])
			if err != nil {
				return err
			}
			return sendToProcess(cmd, contract, client.Request{To: &contract.Address, Data: processContract.PackCancel(instance)})
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

func newProcessRetryCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retry INSTANCE [STEP [VARIABLES]]",
		Short: "Try again what an incident stopped",
		Long: withFields(`Have a token with an incident tried again, which every party of the instance may. STEP
is the id of its node or the number of the token; without it the instance's timers are
started again. VARIABLES, which only the administrator may set, is a JSON object of
variables of the process, or @FILE.`, sentTransaction{}),
		Example: `  cybermiles process retry 7 settle --from dev1`,
		Args:    cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			instance, err := instanceArg(args[0])
			if err != nil {
				return err
			}
			variables, err := variablesArg(cmd, args, 2)
			if err != nil {
				return err
			}
			req := client.Request{To: &contract.Address, Data: processContract.PackRetry(instance, 0, nil)}
			if len(args) > 1 {
				err = withOffice(cmd, contract, func(o office) error {
					token, packed, err := o.incident(instance, args[1], variables)
					req.Data = processContract.PackRetry(instance, token, packed)
					return err
				})
			}
			if err != nil {
				return err
			}
			return sendToProcess(cmd, contract, req)
		},
	}
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}

// incident finds the token of a step that has one, and packs the variables that
// shall help.
func (o office) incident(instance uint64, step string, variables []byte) (uint32, []byte, error) {
	_, model, err := o.instance(instance)
	if err != nil {
		return 0, nil, err
	}
	state, err := askProcess(o, processContract.PackStateOf(instance), processContract.UnpackStateOf)
	if err != nil {
		return 0, nil, err
	}
	form := workbench.Form{ID: "the process"}
	for _, variable := range model.Variables {
		if variable.Meaning == bpmn.Plain {
			form.Fields = append(form.Fields, feel.Field{Name: variable.Name, Type: variable.Type})
		}
	}
	packed, err := form.Pack(variables)
	if err != nil {
		return 0, nil, err
	}
	for _, token := range state.Tokens {
		if token.Reason != "" && (token.Id == step || strconv.FormatUint(uint64(token.Token), 10) == step) {
			return token.Token, packed, nil
		}
	}
	return 0, nil, fmt.Errorf("instance %d has no incident at %q", instance, step)
}

func newProcessMigrateCommand(contract *contracts.Contract) *cobra.Command {
	var moves []string
	cmd := &cobra.Command{
		Use:   "migrate INSTANCE MODEL",
		Short: "Let a running instance go on in another model",
		Long: withFields(`Let a running instance go on in another deployed model, which its administrator may.
MODEL is its BPMN file, hash or name. Nodes keep their ids unless --move says otherwise;
what the instance waits at needs a counterpart of the same kind.`, sentTransaction{}),
		Example: `  cybermiles process migrate 7 sale-2.bpmn --move ship=dispatch --from dev0`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			instance, err := instanceArg(args[0])
			if err != nil {
				return err
			}
			plan := []contracts.ProcessMove{}
			for _, move := range moves {
				from, to, found := strings.Cut(move, "=")
				if !found {
					return misusef("--move: %q is not OLD=NEW", move)
				}
				plan = append(plan, contracts.ProcessMove{From: from, To: to})
			}
			req := client.Request{To: &contract.Address}
			err = withOffice(cmd, contract, func(o office) error {
				hash, err := o.hash(cmd, args[1])
				req.Data = processContract.PackMigrate(instance, hash, plan)
				return err
			})
			if err != nil {
				return err
			}
			return sendToProcess(cmd, contract, req)
		},
	}
	cmd.Flags().StringArrayVar(&moves, "move", nil, "`OLD=NEW` ids of a node or flow; may be repeated")
	addSenderFlags(cmd)
	addTransactionFlags(cmd)
	return cmd
}
