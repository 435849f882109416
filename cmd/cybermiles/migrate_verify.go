package main

import (
	"fmt"
	"io"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network/migrate"
)

// conversionResult is the JSON of `migrate verify`.
type conversionResult struct {
	Exact        bool             `json:"exact" doc:"whether everybody gets what they held, to the wei, and nobody else anything"`
	Holders      int              `json:"holders" doc:"accounts that held the token"`
	Sums         conversionLine   `json:"sums" doc:"over all accounts: account (empty), tokenWei, balanceWei, lockedWei, stakedWei, claimableWei, moreWei"`
	Root         common.Hash      `json:"root" doc:"root of the claims that the genesis names, zero for none"`
	Differences  []conversionLine `json:"differences" doc:"accounts that get another amount, with the same fields as the sums"`
	ClaimsDiffer []string         `json:"claimsDiffer" doc:"how tree and genesis disagree about the claims"`
}

type conversionLine struct {
	Account      string `json:"account,omitempty"`
	TokenWei     string `json:"tokenWei"`
	BalanceWei   string `json:"balanceWei"`
	LockedWei    string `json:"lockedWei"`
	StakedWei    string `json:"stakedWei"`
	ClaimableWei string `json:"claimableWei"`
	MoreWei      string `json:"moreWei"`
}

func newConversionLine(d *migrate.Difference) conversionLine {
	line := conversionLine{
		TokenWei: d.TokenWei.String(), BalanceWei: d.BalanceWei.String(), LockedWei: d.LockedWei.String(),
		StakedWei: d.StakedWei.String(), ClaimableWei: d.ClaimableWei.String(), MoreWei: d.MoreWei().String(),
	}
	if d.Account != (common.Address{}) {
		line.Account = d.Account.Hex()
	}
	return line
}

const migrateVerifyLong = `Check a genesis against the holders of the ERC-20 token: for each account, what it can
spend from the start, what is locked for it, what it stakes and what it may claim are
together what it held of the token, to the wei; nobody else has anything; and root and sum of the claims
are those of the tree. The exit code is 1 when anything differs.

--holders are all holders of the token: the list, or the parts of it that "cybermiles
migrate tree" made.`

func newMigrateVerifyCommand() *cobra.Command {
	var lists []string
	var genesis, treeFile string
	cmd := &cobra.Command{
		Use:     "verify",
		Short:   "Check a genesis against the holders of the token",
		Long:    withFields(migrateVerifyLong, conversionResult{}),
		Example: "  cybermiles migrate verify --genesis genesis.json --holders snapshot.csv --tree claims.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := migrate.ReadHolders(lists...)
			if err != nil {
				return err
			}
			allocation, err := migrate.ReadAllocation(genesis)
			if err != nil {
				return err
			}
			var tree *migrate.Tree
			if treeFile != "" {
				if tree, err = migrate.ReadTree(treeFile); err != nil {
					return err
				}
			}
			report := migrate.Verify(token, tree, allocation)
			if err := emit(cmd, newConversionResult(report), func(w io.Writer) { printConversion(w, report) }); err != nil {
				return err
			}
			if !report.Exact() {
				return fmt.Errorf("the genesis does not follow from the token: accounts that differ: %d, faults of the claims: %d",
					len(report.Differences), len(report.ClaimsDiffer))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&genesis, "genesis", "", "`file` of the genesis")
	f.StringArrayVar(&lists, "holders", nil, "`file` of the token's holders (CSV: address,balance_wei); may be repeated")
	f.StringVar(&treeFile, "tree", "", "`file` of the claim tree (default: nobody claims)")
	requireFlag(cmd, "genesis")
	requireFlag(cmd, "holders")
	return cmd
}

func newConversionResult(r *migrate.Report) conversionResult {
	result := conversionResult{
		Exact: r.Exact(), Holders: r.Holders, Sums: newConversionLine(&r.Sums), Root: r.GenesisRoot,
		Differences: []conversionLine{}, ClaimsDiffer: append([]string{}, r.ClaimsDiffer...),
	}
	for i := range r.Differences {
		result.Differences = append(result.Differences, newConversionLine(&r.Differences[i]))
	}
	return result
}

// shownDifferences bounds what a person is shown; --output json has all.
const shownDifferences = 50

func printConversion(w io.Writer, r *migrate.Report) {
	rows := make([][]string, 0, len(r.Differences)+1)
	add := func(name string, d *migrate.Difference) {
		rows = append(rows, []string{name, amount.CMT(d.TokenWei), amount.CMT(d.BalanceWei), amount.CMT(d.LockedWei), amount.CMT(d.StakedWei), amount.CMT(d.ClaimableWei), signedCMT(d.MoreWei())})
	}
	for i := range min(len(r.Differences), shownDifferences) {
		add(r.Differences[i].Account.Hex(), &r.Differences[i])
	}
	add(fmt.Sprintf("all, %d holders", r.Holders), &r.Sums)
	table(w, []string{"ACCOUNT", "ERC-20", "SPENDABLE", "LOCKED", "STAKED", "CLAIMABLE", "DIFFERENCE"}, rows)
	if more := len(r.Differences) - shownDifferences; more > 0 {
		fmt.Fprintf(w, "and %d more accounts, which --output json lists\n", more)
	}
	fmt.Fprintln(w)
	for _, text := range r.ClaimsDiffer {
		fmt.Fprintln(w, text)
	}
	if r.Exact() {
		fmt.Fprintln(w, "Exact: every holder gets what it held, to the wei, and nobody else anything.")
	}
}

func signedCMT(wei *big.Int) string {
	if wei.Sign() > 0 {
		return "+" + amount.CMT(wei)
	}
	return amount.CMT(wei)
}
