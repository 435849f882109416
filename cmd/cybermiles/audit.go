package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/audit"
)

func newAuditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Export balances with proofs for an auditor, and check an export",
		Long: `Export what accounts held at a range of heights, each balance with the Merkle proof
that leads from it to a block's hash, and check such an export without a node.`,
	}
	cmd.AddCommand(newAuditExportCommand(), newAuditVerifyCommand())
	return cmd
}

// auditResult is the JSON of `audit export`.
type auditResult struct {
	Ledger    string      `json:"ledger" doc:"the CSV that was written"`
	Proofs    string      `json:"proofs" doc:"the proofs, JSON lines"`
	Heights   uint64      `json:"heights" doc:"heights exported"`
	Lines     uint64      `json:"lines" doc:"lines in the ledger, besides its header"`
	From      uint64      `json:"from" doc:"the first height"`
	FirstHash common.Hash `json:"firstHash" doc:"hash of the first block"`
	To        uint64      `json:"to" doc:"the last height"`
	LastHash  common.Hash `json:"lastHash" doc:"hash of the last block"`
}

func (r auditResult) print(w io.Writer) {
	properties(w, row{"ledger", r.Ledger}, row{"proofs", r.Proofs}, row{"heights", fmt.Sprint(r.Heights)}, row{"lines", fmt.Sprint(r.Lines)},
		row{"first block", fmt.Sprintf("%d %s", r.From, r.FirstHash)}, row{"last block", fmt.Sprintf("%d %s", r.To, r.LastHash)})
}

const auditExportLong = `Write a ledger (CSV) of what accounts held at the heights --from, --from + --step, …
up to --to, and beside it a file with the answer of eth_getProof for each line and the
header of each block. Every answer is checked by its proof before it is written. The
node must still have the state of these heights.

--accounts names addresses or files (CSV: address,label), --slots files of storage
slots (CSV: contract,slot,label), such as those in which a contract keeps its locks.

Columns: height, blockHash, stateRoot, account, label, balanceWei, nonce, storageHash,
codeHash, slot, slotValue. The last two are empty in the line of an account; in that of
a slot balanceWei, nonce and codeHash are, so that a column can be added up.`

func newAuditExportCommand() *cobra.Command {
	var accounts, slots []string
	var out, proofs string
	var plan audit.Plan
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Export balances at a range of heights, with proofs",
		Long:  withFields(auditExportLong, auditResult{}),
		Example: "  cybermiles audit export --accounts funds.csv --from 1 --to 100000 --step 1000 --out ledger.csv\n" +
			"  cybermiles audit export --accounts 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --slots locks.csv --from 7 --out ledger.csv",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if !cmd.Flag("to").Changed {
				plan.To = plan.From
			}
			if plan.Accounts, err = auditAccounts(accounts); err != nil {
				return err
			}
			for _, path := range slots {
				list, err := audit.ReadSlots(path)
				if err != nil {
					return err
				}
				plan.Slots = append(plan.Slots, list...)
			}
			if proofs == "" {
				proofs = proofsBeside(out)
			}
			return exportAudit(cmd, &plan, out, proofs)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVar(&accounts, "accounts", nil, "`address` or file of accounts; may be repeated, or a list with commas")
	f.StringArrayVar(&slots, "slots", nil, "`file` of storage slots; may be repeated")
	f.Uint64Var(&plan.From, "from", 0, "first `height`")
	f.Uint64Var(&plan.To, "to", 0, "last `height` (default: the first)")
	f.Uint64Var(&plan.Step, "step", 1, "`number` of heights from one to the next")
	f.StringVar(&out, "out", "", "`file` to write the ledger to")
	f.StringVar(&proofs, "proofs", "", "`file` to write the proofs to (default: that of the ledger, ending in .proofs.jsonl)")
	requireFlag(cmd, "from")
	requireFlag(cmd, "out")
	return cmd
}

// auditAccounts reads what --accounts names.
func auditAccounts(names []string) (list []audit.Account, err error) {
	for _, name := range names {
		if _, statErr := os.Stat(name); statErr != nil && strings.HasPrefix(name, "0x") {
			address, err := parseAccount("--accounts", name)
			if err != nil {
				return nil, err
			}
			list = append(list, audit.Account{Address: address})
			continue
		}
		more, err := audit.ReadAccounts(name)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// proofsBeside is where the proofs of a ledger are, unless said otherwise.
func proofsBeside(ledger string) string { return strings.TrimSuffix(ledger, ".csv") + ".proofs.jsonl" }

func exportAudit(cmd *cobra.Command, plan *audit.Plan, out, proofs string) error {
	node, err := dial(cmd)
	if err != nil {
		return err
	}
	defer node.Close()
	var summary *audit.Summary
	err = writeNew(out, func(ledger io.Writer) error {
		return writeNew(proofs, func(beside io.Writer) (err error) {
			summary, err = audit.Export(cmd.Context(), node, plan, ledger, beside)
			return err
		})
	})
	if errors.Is(err, audit.ErrList) {
		return misusef("%v", err)
	}
	if err != nil {
		return err
	}
	result := auditResult{
		Ledger: out, Proofs: proofs, Heights: summary.Heights, Lines: summary.Lines,
		From: plan.From, FirstHash: summary.FirstHash, To: plan.From + (summary.Heights-1)*plan.Step, LastHash: summary.LastHash,
	}
	return emit(cmd, result, result.print)
}
