package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/wallet"
)

// exportedKey is the JSON of `keys export`.
type exportedKey struct {
	Address    string          `json:"address" doc:"the account's address"`
	Keystore   json.RawMessage `json:"keystore,omitempty" doc:"the encrypted key as a Web3 Secret Storage document"`
	PrivateKey string          `json:"privateKey,omitempty" doc:"the key itself in hex, with --unencrypted"`
}

func newKeysExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export ADDRESS",
		Short: "Print a stored key to take it elsewhere",
		Long: withFields(`Print a stored key: the encrypted document, under the same password, which other
wallets import; or the private key itself with --unencrypted. Whoever sees a
private key owns the account.`, exportedKey{}),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := abitext.ParseAddress(args[0])
			if err != nil {
				return misusef("%v", err)
			}
			secret, err := password(cmd, "Password of "+address.Hex(), false)
			if err != nil {
				return err
			}
			exported := exportedKey{Address: address.Hex()}
			if plain, _ := cmd.Flags().GetBool("unencrypted"); plain {
				key, err := openStore(cmd).Key(address, secret)
				if err != nil {
					return err
				}
				exported.PrivateKey = wallet.FormatKey(key)
			} else if exported.Keystore, err = openStore(cmd).Encrypted(address, secret, secret); err != nil {
				return err
			}
			return emit(cmd, exported, func(w io.Writer) {
				fmt.Fprintf(w, "%s%s\n", exported.Keystore, exported.PrivateKey)
			})
		},
	}
	addStoreFlags(cmd)
	cmd.Flags().Bool("unencrypted", false, "print the private key itself")
	return cmd
}
