package main

import (
	"fmt"
	"io"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/audit"
)

// auditVerified is the JSON of `audit verify`.
type auditVerified struct {
	Lines    int           `json:"lines" doc:"lines of the ledger, every one of them proven"`
	Accounts int           `json:"accounts" doc:"accounts in it"`
	Trusted  bool          `json:"trusted" doc:"whether every block hash is one of --hashes"`
	Blocks   []audit.Block `json:"blocks" doc:"the blocks on whose hashes the proofs rest: height, hash"`
}

const auditVerifyLong = `Check a ledger that "cybermiles audit export" wrote, without a node: the hash of each
block fixes its header, the header the root of the state, and Merkle proofs lead from
the root to each balance, nonce and slot. Every line must be proven, and everything
that was exported must have its line. Labels are words of whoever exported.

What remains to be trusted are the block hashes: compare them with those of another
node, of an explorer, or of a CometBFT light client (a block's hash is the application
hash in the header of the next height). --hashes does so with a file (CSV: height,hash).`

func newAuditVerifyCommand() *cobra.Command {
	var proofs, hashes string
	cmd := &cobra.Command{
		Use:     "verify LEDGER",
		Short:   "Check an export by its proofs, without a node",
		Long:    withFields(auditVerifyLong, auditVerified{}),
		Example: "  cybermiles audit verify ledger.csv\n  cybermiles audit verify ledger.csv --hashes hashes.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var trusted map[uint64]common.Hash
			if hashes != "" {
				if trusted, err = audit.ReadHashes(hashes); err != nil {
					return err
				}
			}
			if proofs == "" {
				proofs = proofsBeside(args[0])
			}
			verified, err := verifyAudit(args[0], proofs, trusted)
			if err != nil {
				return err
			}
			result := auditVerified{Lines: verified.Lines, Accounts: verified.Accounts, Trusted: verified.Trusted, Blocks: verified.Blocks}
			return emit(cmd, result, result.print)
		},
	}
	cmd.Flags().StringVar(&proofs, "proofs", "", "`file` of the proofs (default: that of the ledger, ending in .proofs.jsonl)")
	cmd.Flags().StringVar(&hashes, "hashes", "", "`file` of block hashes that you trust (CSV: height,hash)")
	return cmd
}

func verifyAudit(ledger, proofs string, trusted map[uint64]common.Hash) (*audit.Verified, error) {
	ledgerFile, err := os.Open(ledger)
	if err != nil {
		return nil, err
	}
	defer ledgerFile.Close()
	proofsFile, err := os.Open(proofs)
	if err != nil {
		return nil, err
	}
	defer proofsFile.Close()
	return audit.Verify(ledgerFile, proofsFile, trusted)
}

// print tells what was shown and which hashes are left to compare.
func (r auditVerified) print(w io.Writer) {
	fmt.Fprintf(w, "Proven: %d lines about %d accounts at %d heights.\n", r.Lines, r.Accounts, len(r.Blocks))
	if r.Trusted {
		fmt.Fprintln(w, "Every block hash is one of those that you trust.")
		return
	}
	fmt.Fprint(w, "It rests on these block hashes; compare them with a source of your own:\n\n")
	rows := make([][]string, len(r.Blocks))
	for i, b := range r.Blocks {
		rows[i] = []string{fmt.Sprint(b.Height), b.Hash.Hex()}
	}
	table(w, []string{"HEIGHT", "HASH"}, rows)
}
