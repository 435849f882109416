package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/bench"
	"github.com/cybermiles/cybermiles/bench/geth"
)

const benchLong = `Signs transactions beforehand, sends them to a node's JSON-RPC endpoint, and counts what the node includes
in blocks and how long that takes. It uses standard eth_ methods only, so the endpoint can be any Ethereum node;
with --compare-url two are measured in turn under the same load, and with --compare-geth the second one is a geth
that is built and started for the purpose.

The sending accounts are derived from --seed and funded by --funder-key, or by the genesis (see bench alloc) with
--prefunded.`

const benchExample = `  cybermiles bench --workload transfer --duration 60s
  cybermiles bench --workload erc20 --batch 50 --compare-geth --html report.html
  cybermiles bench --rate 1000 --url http://127.0.0.1:8545 --compare-url http://127.0.0.1:28545`

// benchOptions are the flags of bench that are not settings of the run itself.
type benchOptions struct {
	workload           string
	jsonFile, htmlFile string
	compareGeth        bool
}

func newBenchCommand() *cobra.Command {
	cfg := bench.DefaultConfig()
	options := benchOptions{workload: string(cfg.Workload)}
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure how many transactions a node includes, and how fast",
		Long:    benchLong,
		Example: benchExample,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runBench(cmd, cfg, options) },
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.CompareURL, "compare-url", "", "`address` of a second endpoint to measure in turn")
	flags.BoolVar(&options.compareGeth, "compare-geth", false, "build and start geth "+geth.Version+" as the second endpoint")
	flags.StringVar(&options.workload, "workload", options.workload, "transfer, erc20, mixed, rules or process (an instance is two transactions)")
	flags.IntVar(&cfg.Rate, "rate", cfg.Rate, "transactions a second; 0 is as fast as possible")
	flags.DurationVar(&cfg.Duration, "duration", cfg.Duration, "length of the measured window")
	flags.DurationVar(&cfg.Warmup, "warmup", cfg.Warmup, "load before the window")
	flags.DurationVar(&cfg.Drain, "drain", cfg.Drain, "wait without progress for what is pending after the window")
	flags.IntVar(&cfg.Transactions, "transactions", cfg.Transactions, "transactions to sign beforehand; 0 is what the rate needs, or 24000 a second")
	flags.IntVar(&cfg.InFlight, "inflight", cfg.InFlight, "most transactions accepted and not yet included")
	flags.IntVar(&cfg.Connections, "connections", cfg.Connections, "HTTP connections")
	flags.IntVar(&cfg.Batch, "batch", cfg.Batch, "transactions in one JSON-RPC request")
	flags.DurationVar(&cfg.Poll, "poll", cfg.Poll, "time between two questions for the newest block")
	flags.IntVar(&cfg.Rounds, "rounds", cfg.Rounds, "how often to measure the endpoints, in turn")
	flags.BoolVar(&cfg.Prefunded, "prefunded", false, "the genesis holds the accounts")
	flags.IntVar(&cfg.MaxFeeGwei, "max-fee-gwei", 0, "fee cap for each gas; 0 is 50 times the base fee")
	flags.StringVar(&options.jsonFile, "json", "", "`file` for the report as JSON")
	flags.StringVar(&options.htmlFile, "html", "", "`file` for the report as a page with plots")
	cmd.PersistentFlags().StringVar(&cfg.Seed, "seed", cfg.Seed, "`text` from which the accounts' keys are derived")
	cmd.PersistentFlags().IntVar(&cfg.Accounts, "accounts", cfg.Accounts, "sending and receiving accounts")
	cmd.PersistentFlags().StringVar(&cfg.FunderKey, "funder-key", cfg.FunderKey, "private `key` that funds the accounts")
	cmd.AddCommand(newBenchAllocCommand(&cfg), newBenchGethCommand(&cfg))
	return cmd
}

func runBench(cmd *cobra.Command, cfg bench.Config, options benchOptions) error {
	cfg.URL = cmd.Flag("url").Value.String()
	cfg.Workload = bench.Workload(options.workload)
	cfg.Logf = func(format string, args ...any) { note(cmd, format, args...) }
	if options.compareGeth {
		if cfg.CompareURL != "" {
			return misusef("--compare-geth and --compare-url exclude each other")
		}
		cfg.CompareURL = gethURL(benchGethPort)
	}
	if err := cfg.Validate(); err != nil {
		return misusef("%v", err)
	}
	if options.compareGeth {
		stop, err := startComparison(cmd, &cfg)
		if err != nil {
			return err
		}
		defer stop()
	}
	report, err := bench.Run(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	return writeReport(cmd, report, options.jsonFile, options.htmlFile)
}

// writeReport prints the report and writes the files that were asked for.
func writeReport(cmd *cobra.Command, report *bench.Report, jsonFile, htmlFile string) error {
	write := report.WriteText
	if asJSON(cmd) {
		write = report.WriteJSON
	}
	return errors.Join(
		write(cmd.OutOrStdout()),
		writeFile(jsonFile, report.WriteJSON),
		writeFile(htmlFile, report.WriteHTML),
	)
}

// writeFile creates a file from what write produces; no name, no file.
func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

func newBenchAllocCommand(cfg *bench.Config) *cobra.Command {
	var balance int64
	cmd := &cobra.Command{
		Use:   "alloc",
		Short: "Print the accounts as the alloc part of a genesis file",
		Long: `Prints a JSON object from address to balance for the accounts of --seed, to be merged into a genesis file's
"alloc"; a run with --prefunded and the same --seed and --accounts then needs no funding. A million accounts take
a few seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.Accounts < 1 || balance < 0 {
				return misusef("--accounts must be at least 1 and --balance not negative")
			}
			wei := new(big.Int).Mul(big.NewInt(balance), big.NewInt(params.Ether))
			return bench.DeriveAccounts(cfg.Seed, cfg.Accounts).WriteAlloc(cmd.OutOrStdout(), wei)
		},
	}
	cmd.Flags().Int64Var(&balance, "balance", 1000, "`coins` of each account")
	return cmd
}

// benchGethPort is where the geth of a comparison listens.
const benchGethPort = 28545

func gethURL(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

func newBenchGethCommand(cfg *bench.Config) *cobra.Command {
	var directory string
	var port int
	cmd := &cobra.Command{
		Use:   "geth",
		Short: "Build and run a geth to compare with, until interrupted",
		Long: `Builds geth ` + geth.Version + ` from the Go module proxy (once; the go command is needed), gives it a new chain whose genesis
holds the accounts of --seed, and runs it with settings that are fair for a comparison (docs/bench.md).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			node, err := startGeth(cmd, cfg, directory, port, true)
			if err != nil {
				return err
			}
			note(cmd, "geth %s answers at %s, its log is %s; interrupt to stop", geth.Version, node.URL, node.Log)
			<-waitFor(cmd.Context(), node)
			return node.Stop()
		},
	}
	cmd.Flags().StringVar(&directory, "dir", "", "`directory` for the chain; a temporary one when not given")
	cmd.Flags().IntVar(&port, "port", benchGethPort, "`port` of its JSON-RPC on 127.0.0.1")
	return cmd
}

// waitFor is closed when the node ends or the command is interrupted.
func waitFor(ctx context.Context, node *geth.Node) <-chan struct{} {
	ended, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		node.Wait()
	}()
	return ended.Done()
}

// startComparison starts a geth for one run and returns what stops it and removes its chain.
func startComparison(cmd *cobra.Command, cfg *bench.Config) (stop func(), err error) {
	directory, err := os.MkdirTemp("", "bench-geth")
	if err != nil {
		return nil, err
	}
	node, err := startGeth(cmd, cfg, directory, benchGethPort, cfg.Prefunded)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(directory))
	}
	return func() {
		if err := errors.Join(node.Stop(), os.RemoveAll(directory)); err != nil {
			note(cmd, "stop geth: %v", err)
		}
	}, nil
}

// startGeth builds and starts a geth whose genesis holds the funder and, when wanted, the accounts.
func startGeth(cmd *cobra.Command, cfg *bench.Config, directory string, port int, prefund bool) (*geth.Node, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(cfg.FunderKey, "0x"))
	if err != nil {
		return nil, misusef("--funder-key: %v", err)
	}
	if cfg.Accounts < 1 {
		return nil, misusef("--accounts must be at least 1")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a place for the geth binary: %w", err)
	}
	binary, err := geth.Build(cmd.Context(), filepath.Join(cache, "cybermiles"), cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	if directory == "" {
		if directory, err = os.MkdirTemp("", "bench-geth"); err != nil {
			return nil, err
		}
	}
	options := geth.Options{Binary: binary, Home: directory, Port: port, Funder: crypto.PubkeyToAddress(key.PublicKey)}
	if prefund {
		options.Funded = allAddresses(bench.DeriveAccounts(cfg.Seed, cfg.Accounts))
	}
	return geth.Start(cmd.Context(), options)
}

func allAddresses(accounts *bench.Accounts) []common.Address {
	addresses := make([]common.Address, accounts.Len())
	for i := range addresses {
		addresses[i] = accounts.Address(i)
	}
	return addresses
}
