package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// happened is the JSON of one line of `process history`.
type happened struct {
	Block     uint64          `json:"block" doc:"number of the block"`
	Time      string          `json:"time" doc:"of the block"`
	Event     string          `json:"event" doc:"name of the contract's event"`
	Text      string          `json:"text" doc:"what happened, in words"`
	Variables json.RawMessage `json:"variables,omitempty" doc:"what the step brought, of a transaction to the contract itself"`
	Tx        string          `json:"tx" doc:"hash of the transaction"`
}

func newProcessHistoryCommand(contract *contracts.Contract) *cobra.Command {
	var first uint64
	cmd := &cobra.Command{
		Use:   "history INSTANCE",
		Short: "What has happened in an instance",
		Long: withFields(`Tell what has happened in an instance, from the contract's logs: who did what and when,
the way of the tokens, payments, calls, timers and incidents.`, []happened{}),
		Example: `  cybermiles process history 7`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := instanceArg(args[0])
			if err != nil {
				return err
			}
			return withOffice(cmd, contract, func(o office) error {
				list, err := o.history(contract, number, first)
				if err != nil {
					return err
				}
				return emit(cmd, list, func(w io.Writer) { printHistory(w, list) })
			})
		},
	}
	cmd.Flags().Uint64Var(&first, "from-block", 0, "first `block`")
	return cmd
}

func printHistory(w io.Writer, list []happened) {
	for _, each := range list {
		fmt.Fprintf(w, "%s  %s", each.Time, each.Text)
		if each.Variables != nil {
			fmt.Fprintf(w, "  %s", contracts.Printable(string(each.Variables)))
		}
		fmt.Fprintln(w)
	}
}

// historian tells the history of an instance.
type historian struct {
	office
	contract *contracts.Contract
	model    *workbench.Model
	times    map[uint64]string
}

func (o office) history(contract *contracts.Contract, number, first uint64) ([]happened, error) {
	_, model, err := o.instance(number)
	if err != nil {
		return nil, err
	}
	logs, err := o.node.FilterLogs(o.ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(first), Addresses: []common.Address{contract.Address},
		Topics: [][]common.Hash{nil, {common.BigToHash(new(big.Int).SetUint64(number))}},
	})
	if err != nil {
		return nil, fmt.Errorf("find logs: %w", o.node.Explain(err))
	}
	h := historian{o, contract, model, map[uint64]string{}}
	list := []happened{}
	for i := range logs {
		told, ok, err := h.tell(&logs[i])
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, told)
		}
	}
	return list, nil
}

func (h *historian) tell(log *types.Log) (told happened, ok bool, err error) {
	logged, known := h.contract.DecodeLog(log)
	if !known {
		return told, false, nil
	}
	if err := h.follow(log); err != nil {
		return told, false, err
	}
	text := h.words(logged.Event.Name, log)
	if text == "" {
		return told, false, nil
	}
	told = happened{Block: log.BlockNumber, Event: logged.Event.Name, Text: contracts.Printable(text), Tx: log.TxHash.Hex()}
	if told.Time, err = h.time(log.BlockNumber); err != nil {
		return told, false, err
	}
	switch told.Event {
	case contracts.ProcessTaskCompletedEventName, contracts.ProcessCorrelatedEventName, contracts.ProcessStartedEventName:
		told.Variables, err = h.brought(h.ctx, log.TxHash)
	}
	return told, true, err
}

// follow takes the model that the instance runs from this event on: its nodes
// have other numbers than those of the model before.
func (h *historian) follow(log *types.Log) (err error) {
	if e, failed := processContract.UnpackStartedEvent(log); failed == nil {
		h.model, err = h.office.model(e.Model)
	} else if e, failed := processContract.UnpackMigratedEvent(log); failed == nil {
		h.model, err = h.office.model(e.Model)
	}
	return err
}

func (h *historian) time(block uint64) (string, error) {
	if text, known := h.times[block]; known {
		return text, nil
	}
	ref, err := client.ParseBlockRef(fmt.Sprint(block))
	if err != nil {
		return "", err
	}
	b, err := h.node.Block(h.ctx, ref)
	if err != nil {
		return "", err
	}
	h.times[block] = moment(uint64(b.Timestamp))
	return h.times[block], nil
}

// brought is what the call of a transaction brought along, nothing when another
// contract made the call.
func (h *historian) brought(ctx context.Context, hash common.Hash) (json.RawMessage, error) {
	tx, err := h.node.Transaction(ctx, hash)
	if err != nil || tx.To == nil || *tx.To != h.contract.Address || len(tx.Input) < 4 {
		return nil, err
	}
	abi, err := contracts.ProcessMetaData.ParseABI()
	if err != nil {
		return nil, err
	}
	method, err := abi.MethodById(tx.Input)
	if err != nil {
		return nil, nil
	}
	values := map[string]any{}
	if method.Inputs.UnpackIntoMap(values, tx.Input[4:]) != nil {
		return nil, nil
	}
	packed, _ := values["variables"].([]byte)
	if len(packed) == 0 {
		return nil, nil
	}
	return workbench.JSON(packed)
}

// title names a node for people.
func (h *historian) title(node uint16) string {
	if int(node) >= len(h.model.Nodes) { // of another model, before --from-block
		return fmt.Sprintf("node %d", node)
	}
	n := &h.model.Nodes[node]
	if n.Name == "" {
		return n.ID
	}
	return fmt.Sprintf("%q", n.Name)
}

// leftBit marks a node that a token has left.
const leftBit = 1 << 15

// way names the nodes that tokens came to.
func (h *historian) way(nodes []byte) string {
	var list []string
	for ; len(nodes) >= 2; nodes = nodes[2:] {
		if node := binary.BigEndian.Uint16(nodes); node&leftBit == 0 {
			list = append(list, h.title(node))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "  → " + strings.Join(list, " → ")
}

// words tells an event; "" for what people need not know.
func (h *historian) words(event string, log *types.Log) string {
	switch event {
	case contracts.ProcessStartedEventName:
		if e, err := processContract.UnpackStartedEvent(log); err == nil {
			return fmt.Sprintf("%s started %s", e.Starter, e.Process)
		}
	case contracts.ProcessMovedEventName:
		if e, err := processContract.UnpackMovedEvent(log); err == nil {
			return h.way(e.Nodes)
		}
	case contracts.ProcessTaskCompletedEventName:
		if e, err := processContract.UnpackTaskCompletedEvent(log); err == nil {
			return fmt.Sprintf("%s completed %s", e.By, h.title(e.Node))
		}
	case contracts.ProcessTaskOpenedEventName:
		if e, err := processContract.UnpackTaskOpenedEvent(log); err == nil {
			return fmt.Sprintf("  %s is up to %s", h.title(e.Node), accountName(e.Account))
		}
	case contracts.ProcessIncidentRaisedEventName:
		if e, err := processContract.UnpackIncidentRaisedEvent(log); err == nil {
			if e.Token == 0 {
				return "  the timers stand still: " + e.Reason
			}
			return fmt.Sprintf("  incident at %s: %s", h.title(e.Node), e.Reason)
		}
	}
	return h.money(event, log)
}

// money tells the events about coins, calls, messages and the end.
func (h *historian) money(event string, log *types.Log) string {
	switch event {
	case contracts.ProcessPaidEventName:
		if e, err := processContract.UnpackPaidEvent(log); err == nil {
			return fmt.Sprintf("  paid %s to %s", assetAmount(e.Asset, e.Amount), e.To)
		}
	case contracts.ProcessFundedEventName:
		if e, err := processContract.UnpackFundedEvent(log); err == nil {
			return fmt.Sprintf("  got %s from %s", assetAmount(e.Asset, e.Amount), e.From)
		}
	case contracts.ProcessDepositChargedEventName:
		if e, err := processContract.UnpackDepositChargedEvent(log); err == nil {
			return fmt.Sprintf("  its deposit paid %s for %d gas", amount.CMT(e.FeeWei), e.GasUsed)
		}
	case contracts.ProcessCalledEventName:
		if e, err := processContract.UnpackCalledEvent(log); err == nil {
			return fmt.Sprintf("  called %s: %s", e.Target, map[bool]string{true: "done", false: "refused"}[e.Ok])
		}
	case contracts.ProcessCorrelatedEventName:
		if e, err := processContract.UnpackCorrelatedEvent(log); err == nil {
			return fmt.Sprintf("%s sent the message %q", e.From, e.Name)
		}
	case contracts.ProcessEscalatedEventName:
		if e, err := processContract.UnpackEscalatedEvent(log); err == nil {
			return fmt.Sprintf("  escalation %q", e.Code)
		}
	case contracts.ProcessIncidentResolvedEventName:
		if e, err := processContract.UnpackIncidentResolvedEvent(log); err == nil {
			return fmt.Sprintf("%s had it tried again", e.By)
		}
	case contracts.ProcessMigratedEventName:
		if e, err := processContract.UnpackMigratedEvent(log); err == nil {
			return fmt.Sprintf("%s moved it to the model %s", e.By, common.Hash(e.Model))
		}
	case contracts.ProcessEndedEventName:
		if e, err := processContract.UnpackEndedEvent(log); err == nil {
			return strings.TrimSpace(fmt.Sprintf("ended: %s %s", statusName(e.Status), e.Code))
		}
	}
	return ""
}

// assetAmount writes coins in CMT, tokens in their smallest unit.
func assetAmount(asset common.Address, units *big.Int) string {
	if asset == (common.Address{}) {
		return amount.CMT(units)
	}
	return fmt.Sprintf("%s of token %s", units, asset)
}
