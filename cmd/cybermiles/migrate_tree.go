package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network/migrate"
)

// treeResult is the JSON of `migrate tree`.
type treeResult struct {
	Root     common.Hash `json:"root" doc:"root of the tree, which the genesis names"`
	TotalWei string      `json:"totalWei" doc:"what all may claim together, which the genesis sets aside"`
	Count    int         `json:"count" doc:"holders in the tree"`
	File     string      `json:"file" doc:"the tree, with the proof of each holder"`
	Rest     string      `json:"rest,omitempty" doc:"the list of the holders that are not in the tree"`
}

const migrateTreeLong = `Build the Merkle tree of holders who claim their coins instead of having them from
the genesis on: exchanges and contracts, whose keys are not those of their customers.

They are those in --holders or, with --exclude, those of --holders whom that file
names (an address a line, then a remark if you like); --rest writes the others, for
the genesis.

The tree is that of OpenZeppelin's StandardMerkleTree over (address, uint256): a leaf
is keccak256(keccak256(abi.encode(holder, amountWei))), pairs are sorted before they
are hashed. StandardMerkleTree.load of the npm package @openzeppelin/merkle-tree
reads the file, and MerkleProof.sol verifies its proofs.`

func newMigrateTreeCommand() *cobra.Command {
	var lists []string
	var exclude, rest, out string
	cmd := &cobra.Command{
		Use:   "tree",
		Short: "Build the tree from which left-out holders claim their coins",
		Long:  withFields(migrateTreeLong, treeResult{}),
		Example: "  cybermiles migrate tree --holders left-out.csv --out claims.json\n" +
			"  cybermiles migrate tree --holders snapshot.csv --exclude exchanges.txt --rest genesis.csv --out claims.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (rest != "") != (exclude != "") {
				return misusef("--exclude and --rest belong together: who claims, and where to write who does not")
			}
			claimants, others, err := claimants(lists, exclude)
			if err != nil {
				return err
			}
			tree, err := migrate.NewTree(claimants)
			if err != nil {
				return err
			}
			err = writeNew(out, func(w io.Writer) error {
				if rest == "" {
					return tree.Write(w)
				}
				return errors.Join(writeNew(rest, others.Write), tree.Write(w))
			})
			if err != nil {
				return err
			}
			totalWei := claimants.TotalWei()
			result := treeResult{Root: tree.Root(), TotalWei: totalWei.String(), Count: len(claimants), File: out, Rest: rest}
			return emit(cmd, result, func(w io.Writer) {
				properties(w, row{"root", result.Root.Hex()}, row{"total", amount.CMT(totalWei)}, row{"holders", fmt.Sprint(result.Count)},
					row{"written to", result.File}, row{"the others", result.Rest})
			})
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&lists, "holders", nil, "`file` of holders (CSV: address,balance_wei); may be repeated")
	f.StringVar(&exclude, "exclude", "", "`file` of the addresses that claim (default: all of --holders)")
	f.StringVar(&rest, "rest", "", "`file` to write the other holders to, for the genesis")
	f.StringVar(&out, "out", "", "`file` to write the tree to")
	requireFlag(cmd, "holders")
	requireFlag(cmd, "out")
	return cmd
}

// claimants are those who claim and the others.
func claimants(lists []string, exclude string) (left, others migrate.Holders, err error) {
	all, err := migrate.ReadHolders(lists...)
	if err != nil || exclude == "" {
		return all, nil, err
	}
	chosen, err := migrate.ReadAddresses(exclude)
	if err != nil {
		return nil, nil, err
	}
	others, left, err = all.Split(chosen)
	return left, others, err
}

// proofResult is the JSON of `migrate proof`.
type proofResult struct {
	Holder    common.Address `json:"holder" doc:"the account that held the token"`
	AmountWei string         `json:"amountWei" doc:"what it may claim"`
	Root      common.Hash    `json:"root" doc:"root of the tree"`
	Proof     []common.Hash  `json:"proof" doc:"the siblings from the holder's leaf to the root"`
}

func newMigrateProofCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "proof ADDRESS",
		Short:   "Show what a holder may claim, and the proof",
		Long:    withFields("Show what a holder may claim, and the proof that a contract verifies. The file is\nchecked as a whole: root, sum and every proof must follow from its holders.", proofResult{}),
		Example: "  cybermiles migrate proof --tree claims.json 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := parseAccount("holder", args[0])
			if err != nil {
				return err
			}
			tree, err := migrate.ReadTree(path)
			if err != nil {
				return err
			}
			holder, proof, err := tree.Proof(address)
			if err != nil {
				return err
			}
			if !migrate.VerifyProof(tree.Root(), holder, proof) {
				return errors.New("the proof does not verify; build the tree again")
			}
			result := proofResult{Holder: address, AmountWei: holder.BalanceWei.String(), Root: tree.Root(), Proof: proof}
			return emit(cmd, result, func(w io.Writer) {
				properties(w, append([]row{{"holder", address.Hex()}, {"amount", amount.CMT(holder.BalanceWei)}, {"root", result.Root.Hex()}}, proofRows(proof)...)...)
			})
		},
	}
	cmd.Flags().StringVar(&path, "tree", "", "`file` that \"cybermiles migrate tree\" wrote")
	requireFlag(cmd, "tree")
	return cmd
}

func proofRows(proof []common.Hash) (rows []row) {
	for i, sibling := range proof {
		rows = append(rows, row{fmt.Sprintf("proof %d", i), sibling.Hex()})
	}
	return rows
}
