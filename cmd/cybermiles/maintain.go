package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/node"
)

// withLedger runs the maintenance of a stopped node. The ledger is closed
// afterwards, unless work did so.
func withLedger(cmd *cobra.Command, work func(*node.Ledger) (closed bool, err error)) (err error) {
	config, err := node.LoadConfig(homeOf(cmd), nil)
	if err != nil {
		return err
	}
	config.Node.LogLevel = "warn"
	settings, err := nodeSettings(&config)
	if err != nil {
		return err
	}
	ledger, err := node.OpenLedger(settings)
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, ledger.Close())
		}
	}()
	closed, err = work(ledger)
	return err
}

// transferResult is the JSON of `export` and `import`.
type transferResult struct {
	File         string      `json:"file" doc:"the block file"`
	First        uint64      `json:"first" doc:"number of its first block"`
	Last         uint64      `json:"last" doc:"number of its last block"`
	Transactions uint64      `json:"transactions" doc:"transactions in its blocks"`
	Head         uint64      `json:"head" doc:"number of the newest block in the home"`
	HeadHash     common.Hash `json:"headHash" doc:"its hash"`
	Seconds      float64     `json:"seconds" doc:"how long it took"`
}

func (r transferResult) print(w io.Writer) {
	properties(w, row{"file", r.File}, row{"blocks", fmt.Sprintf("%d to %d", r.First, r.Last)},
		row{"transactions", fmt.Sprint(r.Transactions)},
		row{"head", fmt.Sprintf("%d %s", r.Head, r.HeadHash)},
		row{"took", (time.Duration(r.Seconds * float64(time.Second))).Round(time.Millisecond).String()})
}

// transferBlocks runs an export or import with a progress bar.
func transferBlocks(cmd *cobra.Command, verb, file string, run func(l *node.Ledger, report func(node.Progress)) error) error {
	return withLedger(cmd, func(ledger *node.Ledger) (bool, error) {
		bar, begun, result := newProgressBar(cmd, verb), time.Now(), transferResult{File: file}
		err := run(ledger, func(p node.Progress) {
			result.First, result.Last, result.Transactions = p.First, p.Last, p.Transactions
			bar.show(p.Block-p.First+1, p.Last-p.First+1, p.Transactions)
		})
		bar.end()
		if err != nil {
			return false, err
		}
		head := ledger.Chain.Head()
		result.Head, result.HeadHash, result.Seconds = head.NumberU64(), head.Hash(), time.Since(begun).Seconds()
		return false, emit(cmd, result, result.print)
	})
}

func newExportCommand() *cobra.Command {
	var blocks node.ExportRange
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write a stopped node's blocks to a file",
		Long: withFields(`Write the blocks of --home to a new file, compressed when its name ends with .gz,
for "cybermiles import". The node must be stopped.`, transferResult{}),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return transferBlocks(cmd, "export", args[0], func(l *node.Ledger, report func(node.Progress)) error {
				return l.Export(cmd.Context(), args[0], blocks, report)
			})
		},
	}
	cmd.Flags().Uint64Var(&blocks.From, "from", 0, "`number` of the first block (default: the lowest there is above 0)")
	cmd.Flags().Uint64Var(&blocks.To, "to", 0, "`number` of the last block (default: the newest)")
	return cmd
}

const importLong = `Execute the blocks of a file that "cybermiles export" wrote on the ledger of --home,
whose genesis must be the same, and check that each comes to the hash in the file.
The node must be stopped. An interrupted import goes on where it stopped.

It is for two things. To audit a chain: import it into a fresh home (see "cybermiles
init --genesis"). Every block then follows from genesis by the chain's rules; that
its validators decided them is not in the file, so compare the head's hash with a
source you trust. Such a home has the ledger but no consensus data: it cannot join
the network, for which use "cybermiles join". And to rebuild the ledger of a node
whose folders data/ledger and data/history are lost but whose data/comet is intact:
blocks up to the newest one that consensus decided there are taken, and "cybermiles
start" goes on.`

func newImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Execute the blocks of a file on a stopped node",
		Long:  withFields(importLong, transferResult{}),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return transferBlocks(cmd, "import", args[0], func(l *node.Ledger, report func(node.Progress)) error {
				return l.Import(cmd.Context(), args[0], report)
			})
		},
	}
}

// rollbackResult is the JSON of `rollback`.
type rollbackResult struct {
	From           uint64 `json:"from" doc:"number of the newest block before"`
	To             uint64 `json:"to" doc:"number of the newest block now"`
	VotesForgotten bool   `json:"votesForgotten" doc:"whether the validator may vote again at the heights taken back"`
}

const rollbackLong = `Take back the newest blocks of the node in --home, from its ledger and from
consensus. The node must be stopped. It is for a node that went wrong, say by a
defect of its program: after the defect is mended it fetches the blocks again from
its peers when it starts, and executes them again.

A final block stays final for everybody else. The record of the validator's votes is
kept, so that it does not sign twice; only a chain's single validator forgets it, as
it could not go on otherwise. When all validators of a network agree to take blocks
back, each does so with --forget-votes before the first one starts again.`

func newRollbackCommand() *cobra.Command {
	var options node.RollbackOptions
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Take back the newest blocks of a stopped node",
		Long:  withFields(rollbackLong, rollbackResult{}),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Blocks == 0 {
				return misusef("--blocks: at least one block")
			}
			return withLedger(cmd, func(ledger *node.Ledger) (bool, error) {
				done, err := ledger.Rollback(options)
				if err != nil {
					return false, err
				}
				result := rollbackResult(*done)
				return false, emit(cmd, result, func(w io.Writer) {
					fmt.Fprintf(w, "The newest block is %d now; it was %d.\n", result.To, result.From)
					if result.VotesForgotten {
						fmt.Fprintln(w, "The validator may vote again at the heights taken back.")
					}
				})
			})
		},
	}
	cmd.Flags().Uint64Var(&options.Blocks, "blocks", 1, "`number` of blocks to take back")
	cmd.Flags().BoolVar(&options.ForgetVotes, "forget-votes", false, "let the validator vote again at these heights: double signing, unless all validators take them back together")
	return cmd
}

// compactResult is the JSON of `compact`.
type compactResult struct {
	LedgerBefore    uint64 `json:"ledgerBefore" doc:"bytes of blocks and state before"`
	LedgerAfter     uint64 `json:"ledgerAfter" doc:"bytes of blocks and state now"`
	ConsensusBefore uint64 `json:"consensusBefore" doc:"bytes of consensus' own data before"`
	ConsensusAfter  uint64 `json:"consensusAfter" doc:"bytes of consensus' own data now"`
}

func newCompactCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Make a stopped node's databases smaller",
		Long: withFields(`Rewrite the databases of the node in --home without what was deleted or overwritten.
The node must be stopped. A running node does the same bit by bit; this is for after
a change of its settings that deletes much, such as --chain.keep-blocks.`, compactResult{}),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withLedger(cmd, func(ledger *node.Ledger) (bool, error) {
				done, err := ledger.Compact()
				if err != nil {
					return true, err
				}
				result := compactResult{done.Before.Ledger, done.After.Ledger, done.Before.Consensus, done.After.Consensus}
				return true, emit(cmd, result, func(w io.Writer) {
					size := func(bytes uint64) string { return common.StorageSize(bytes).String() }
					table(w, []string{"DATA", "BEFORE", "AFTER"}, [][]string{
						{"ledger", size(result.LedgerBefore), size(result.LedgerAfter)},
						{"consensus", size(result.ConsensusBefore), size(result.ConsensusAfter)},
						{"all", size(done.Before.Total()), size(done.After.Total())},
					})
				})
			})
		},
	}
}
