package main

import (
	"fmt"
	"io"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/network/migrate"
)

const migrateSignLong = `Sign that what the holder of an ERC-20 token may claim goes to the account --to. Anybody
may hand the result in to the conversion contract, and whoever does pays the fee: the
holder's account needs no coins. The signature counts for this recipient, amount and
chain alone.

The key is the holder's, from the keystore (--from) or a file. A wallet that keeps its
key signs what --typed-data prints (eth_signTypedData_v4); its signature then goes
into --signature.`

// signFlags are the choices of `migrate sign`.
type signFlags struct {
	tree, to, signature string
	chainID             uint64
	typedData           bool
}

func newMigrateSignCommand() *cobra.Command {
	var flags signFlags
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Sign a claim with the key that held the token",
		Long:  withFields(migrateSignLong, migrate.SignedClaim{}),
		Example: "  cybermiles migrate sign --tree claims.json --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --output json\n" +
			"  cybermiles migrate sign --tree claims.json --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --from 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --typed-data",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.tree, "tree", "", "`file` that \"cybermiles migrate tree\" wrote")
	f.StringVar(&flags.to, "to", "", "`address` that receives the coins")
	f.Uint64Var(&flags.chainID, "chain-id", network.MainChainID, "EVM chain `id` of the chain that pays")
	f.BoolVar(&flags.typedData, "typed-data", false, "sign nothing: print what another wallet is to sign")
	f.StringVar(&flags.signature, "signature", "", "`signature` that another wallet made (65 bytes in hex)")
	addSenderFlags(cmd)
	f.Lookup("from").Usage = "`account` that held the token: an address, or dev0, dev1, … on a development chain"
	f.Lookup("key-file").Usage = "`file` with its private key in hex, instead of the keystore (env CYBERMILES_PRIVATE_KEY)"
	requireFlag(cmd, "tree")
	requireFlag(cmd, "to")
	return cmd
}

func (s *signFlags) run(cmd *cobra.Command) error {
	if s.typedData && s.signature != "" {
		return misusef("--typed-data prints what is to be signed, --signature takes what was: give one")
	}
	recipient, err := parseAccount("--to", s.to)
	if err != nil {
		return err
	}
	holder, err := findSender(cmd)
	if err != nil {
		return err
	}
	tree, err := migrate.ReadTree(s.tree)
	if err != nil {
		return err
	}
	claim, err := tree.Claim(holder.address, recipient)
	if err != nil {
		return err
	}
	if s.typedData {
		text, err := claim.TypedData(s.chainID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
		return err
	}
	signature, err := s.sign(claim, holder)
	if err != nil {
		return err
	}
	signed, err := tree.Signed(claim, s.chainID, signature)
	if err != nil {
		return err
	}
	return emit(cmd, signed, func(w io.Writer) { printClaim(w, signed, claim.AmountWei) })
}

// sign is the signature that another wallet made, or a new one.
func (s *signFlags) sign(claim migrate.Claim, holder *sender) ([]byte, error) {
	if s.signature != "" {
		signature, err := hexutil.Decode(s.signature)
		if err != nil {
			return nil, misusef("--signature: %v", err)
		}
		return signature, nil
	}
	key, err := holder.open()
	if err != nil {
		return nil, err
	}
	return claim.Sign(key, s.chainID)
}

func printClaim(w io.Writer, c *migrate.SignedClaim, amountWei *big.Int) {
	rows := []row{
		{"holder", c.Holder.Hex()}, {"recipient", c.Recipient.Hex()}, {"amount", amount.CMT(amountWei)},
		{"chain id", fmt.Sprint(c.ChainID)}, {"signature", c.Signature.String()}, {"root", c.Root.Hex()},
	}
	properties(w, append(rows, proofRows(c.Proof)...)...)
}
