package main

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/abitext"
)

// logFlags are what `logs` is asked for.
type logFlags struct {
	addresses, topics []string
	event, from, to   string
}

func newLogsCommand() *cobra.Command {
	var flags logFlags
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Find what contracts logged",
		Long: withFields(`Find the logs of contracts in a range of blocks, the newest thousand unless said
otherwise. With an event's signature they are decoded; mark indexed parameters.`, []logResult{}),
		Example: `  cybermiles logs --address $TOKEN --event "Transfer(address indexed from, address indexed to, uint256 value)"`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runLogs(cmd, flags) },
	}
	cmd.Flags().StringSliceVar(&flags.addresses, "address", nil, "`contract` that logged; may be repeated")
	cmd.Flags().StringVar(&flags.event, "event", "", "`signature` of the event")
	cmd.Flags().StringArrayVar(&flags.topics, "topic", nil, "value of the next topic in `hex`, - for any; may be repeated")
	cmd.Flags().StringVar(&flags.from, "from-block", "", "first `block`")
	cmd.Flags().StringVar(&flags.to, "to-block", "latest", "last `block`")
	return cmd
}

// defaultLogBlocks is how far back `logs` looks by itself.
const defaultLogBlocks = 1000

func runLogs(cmd *cobra.Command, flags logFlags) error {
	query, event, err := flags.query()
	if err != nil {
		return err
	}
	for flag, text := range map[string]string{"from-block": flags.from, "to-block": flags.to} {
		if text == "" {
			continue
		}
		if _, err := client.ParseBlockRef(text); err != nil {
			return misusef("--%s: %v", flag, err)
		}
	}
	return withNode(cmd, func(ctx context.Context, node *client.Client) error {
		last, err := blockNumber(ctx, node, flags.to)
		if err != nil {
			return err
		}
		first := last - min(last, defaultLogBlocks-1)
		if flags.from != "" {
			if first, err = blockNumber(ctx, node, flags.from); err != nil {
				return err
			}
		}
		query.FromBlock, query.ToBlock = new(big.Int).SetUint64(first), new(big.Int).SetUint64(last)
		logs, err := node.FilterLogs(ctx, query)
		if err != nil {
			return fmt.Errorf("find logs: %w", node.Explain(err))
		}
		return printLogs(cmd, logs, event)
	})
}

// query turns the flags into a filter without its range.
func (f logFlags) query() (query ethereum.FilterQuery, event *abitext.Event, err error) {
	for _, text := range f.addresses {
		address, err := abitext.ParseAddress(text)
		if err != nil {
			return query, nil, misusef("--address: %v", err)
		}
		query.Addresses = append(query.Addresses, address)
	}
	if f.event != "" {
		if event, err = abitext.ParseEvent(f.event); err != nil {
			return query, nil, misusef("--event: %v", err)
		}
		query.Topics = append(query.Topics, []common.Hash{event.Topic()})
	}
	for _, text := range f.topics {
		topic, err := parseTopic(text)
		if err != nil {
			return query, nil, err
		}
		query.Topics = append(query.Topics, topic)
	}
	if len(query.Topics) > 4 {
		return query, nil, misusef("a log has at most 4 topics, the event's signature included; %d are given", len(query.Topics))
	}
	return query, event, nil
}

func parseTopic(text string) ([]common.Hash, error) {
	if text == "-" {
		return nil, nil
	}
	if address, err := abitext.ParseAddress(text); err == nil {
		return []common.Hash{common.BytesToHash(address[:])}, nil
	}
	var topic common.Hash
	if err := topic.UnmarshalText([]byte(text)); err != nil {
		return nil, misusef("--topic %q is neither 32 bytes in hex nor an address nor -", text)
	}
	return []common.Hash{topic}, nil
}

// blockNumber asks for the number of a block named as ParseBlockRef reads it.
func blockNumber(ctx context.Context, node *client.Client, name string) (uint64, error) {
	ref, err := client.ParseBlockRef(name)
	if err != nil {
		return 0, err
	}
	block, err := node.Block(ctx, ref)
	if err != nil {
		return 0, absent(err, "block "+name)
	}
	return uint64(block.Number), nil
}

func printLogs(cmd *cobra.Command, logs []types.Log, event *abitext.Event) error {
	results := make([]logResult, len(logs))
	for i := range logs {
		results[i] = newLogResult(&logs[i])
		if event == nil {
			continue
		}
		fields, err := event.Decode(&logs[i])
		if err != nil {
			note(cmd, "not decoded: %v", err)
		}
		results[i].Event, results[i].Fields = "", nil // as --event reads it
		for _, f := range fields {
			results[i].Fields = append(results[i].Fields, logField{Name: f.Name, Type: f.Value.Type, Value: f.Value.JSON, text: f.Value.Text})
		}
	}
	return emit(cmd, results, func(w io.Writer) {
		fmt.Fprintf(w, "%d logs\n", len(results))
		for _, log := range results {
			log.print(w)
		}
	})
}
