package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network/migrate"
)

func newMigrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Convert the holders of an ERC-20 token to a chain of its own",
		Long: `Read who held an ERC-20 token, build the Merkle tree from which holders left out of
the genesis claim their coins, sign claims, and check a genesis against the token to
the wei. No node is asked.`,
	}
	cmd.AddCommand(newMigrateSnapshotCommand(), newMigrateTreeCommand(), newMigrateProofCommand(), newMigrateSignCommand(), newMigrateVerifyCommand())
	return cmd
}

// snapshotResult is the JSON of `migrate snapshot`.
type snapshotResult struct {
	File       string `json:"file" doc:"the list that was written"`
	Holders    int    `json:"holders" doc:"accounts that hold the token"`
	TotalWei   string `json:"totalWei" doc:"sum of their balances"`
	Token      string `json:"token,omitempty" doc:"the token's contract"`
	Transfers  int    `json:"transfers,omitempty" doc:"Transfer logs that were added up"`
	LastBlock  uint64 `json:"lastBlock,omitempty" doc:"the last block with such a log"`
	Repeated   int    `json:"repeated,omitempty" doc:"logs that came more than once, counted once"`
	Later      int    `json:"later,omitempty" doc:"Transfer logs after --to-block, not counted"`
	Other      int    `json:"other,omitempty" doc:"logs of other events, not counted"`
	InitialWei string `json:"initialWei,omitempty" doc:"held before the first log, from --initial"`
	MintedWei  string `json:"mintedWei,omitempty" doc:"moved from the zero address"`
	BurnedWei  string `json:"burnedWei,omitempty" doc:"moved to the zero address"`
	totalWei   *big.Int
}

func (r *snapshotResult) print(w io.Writer) {
	rows := []row{{"holders", fmt.Sprint(r.Holders)}, {"total", amount.CMT(r.totalWei)}, {"token", r.Token}}
	if r.Token != "" {
		rows = append(rows, row{"transfers", fmt.Sprintf("%d, the last in block %d", r.Transfers, r.LastBlock)},
			row{"not counted", fmt.Sprintf("%d repeated, %d later, %d of other events", r.Repeated, r.Later, r.Other)},
			row{"first coins", fmt.Sprintf("%s wei given, %s wei minted, %s wei burned", r.InitialWei, r.MintedWei, r.BurnedWei)})
	}
	properties(w, append(rows, row{"written to", r.File})...)
}

const migrateSnapshotLong = `Write the list of a token's holders, as --snapshot of "cybermiles init" takes it: a
line an account (address,balance_wei), in ascending order.

It comes from lists (--holders, several are joined) or from the token's Transfer
logs (--logs): logs as eth_getLogs returns them, one a line or in JSON arrays, in any
order. Each transfer is applied in the order of the chain; from the zero address
coins are minted, to it they are burned. A balance below zero is an error that names
the log. A token that logged nothing for its first coins needs their holders as
--initial.`

func newMigrateSnapshotCommand() *cobra.Command {
	var lists []string
	var logs, out, total string
	var source archiveFlags
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Write the list of a token's holders",
		Long:  withFields(migrateSnapshotLong, snapshotResult{}),
		Example: "  cybermiles migrate snapshot --logs transfers.jsonl --to-block 6486489 --total 1000000000cmt --out snapshot.csv\n" +
			"  cybermiles migrate snapshot --holders one.csv --holders two.csv --out snapshot.csv",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (len(lists) > 0) == (logs != "") {
				return misusef("give the holders either as lists (--holders) or as Transfer logs (--logs)")
			}
			var result *snapshotResult
			holders, err := migrate.ReadHolders(lists...)
			if logs != "" {
				holders, result, err = source.sum(cmd, logs)
			} else {
				result = new(snapshotResult)
			}
			if err != nil {
				return err
			}
			if err := checkTotal(holders, total); err != nil {
				return err
			}
			if err := writeNew(out, holders.Write); err != nil {
				return err
			}
			result.File, result.Holders, result.totalWei = out, len(holders), holders.TotalWei()
			result.TotalWei = result.totalWei.String()
			return emit(cmd, result, result.print)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&lists, "holders", nil, "`file` of holders (CSV: address,balance_wei); may be repeated")
	f.StringVar(&logs, "logs", "", "`file` of Transfer logs, - for standard input")
	f.StringVar(&source.token, "token", "", "`address` of the token (default: that of the first log)")
	f.Uint64Var(&source.height, "to-block", 0, "`number` of the last Ethereum block that counts (default: all)")
	f.StringVar(&source.initial, "initial", "", "`file` of holders before the first log")
	f.StringVar(&total, "total", "", "`amount` that all must have together, with its unit")
	f.StringVar(&out, "out", "", "`file` to write")
	requireFlag(cmd, "out")
	return cmd
}

// archiveFlags say how Transfer logs are added up.
type archiveFlags struct {
	token, initial string
	height         uint64
}

func (a *archiveFlags) sum(cmd *cobra.Command, path string) (migrate.Holders, *snapshotResult, error) {
	var opts migrate.ArchiveOptions
	if a.token != "" {
		token, err := parseAccount("--token", a.token)
		if err != nil {
			return nil, nil, err
		}
		opts.Token = &token
	}
	if cmd.Flag("to-block").Changed {
		opts.Height = &a.height
	}
	if a.initial != "" {
		initial, err := migrate.ReadHolders(a.initial)
		if err != nil {
			return nil, nil, err
		}
		opts.Initial = initial
	}
	in := cmd.InOrStdin()
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		defer file.Close()
		in = file
	}
	sum, err := migrate.SumTransfers(in, opts)
	if errors.Is(err, migrate.ErrOverdrawn) {
		return nil, nil, fmt.Errorf("%w\nadd the missing logs, or the holders of the token's first coins as --initial", err)
	}
	if err != nil {
		return nil, nil, err
	}
	return sum.Holders, &snapshotResult{
		Token: sum.Token.Hex(), Transfers: sum.Transfers, LastBlock: sum.LastBlock, Repeated: sum.Repeated, Later: sum.Later,
		Other: sum.Other, InitialWei: sum.InitialWei.String(), MintedWei: sum.MintedWei.String(), BurnedWei: sum.BurnedWei.String(),
	}, nil
}

// checkTotal compares a list with the sum that --total expects, "" for any.
func checkTotal(holders migrate.Holders, total string) error {
	if total == "" {
		return nil
	}
	wantWei, err := amount.Parse(total)
	if err != nil {
		return misusef("--total: %v", err)
	}
	if gotWei := holders.TotalWei(); gotWei.Cmp(wantWei) != 0 {
		return fmt.Errorf("the %d holders have %s together, not %s", len(holders), amount.CMT(gotWei), amount.CMT(wantWei))
	}
	return nil
}

// writeNew writes a file, whole or not at all, and refuses to replace one.
func writeNew(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already; choose another name", path)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// parseAccount reads an address that an argument or flag names.
func parseAccount(name, text string) (common.Address, error) {
	address, err := abitext.ParseAddress(text)
	if err != nil {
		return address, misusef("%s: %v", name, err)
	}
	return address, nil
}
