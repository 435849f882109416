package main

import (
	"crypto/ecdsa"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/wallet"
)

func newKeysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make, import and export the keys of your accounts",
		Long: `Keys are kept encrypted under HOME/keystore, one Web3 Secret Storage file each,
which every Ethereum wallet can read. The password comes from --password-file,
the environment variable CYBERMILES_PASSWORD or the terminal, in this order.`,
	}
	cmd.AddCommand(newKeysNewCommand(), newKeysImportCommand(), newKeysListCommand(), newKeysExportCommand(), newKeysMnemonicCommand())
	return cmd
}

// storedKey is the JSON of a key in the keystore.
type storedKey struct {
	Address string `json:"address" doc:"the account's address"`
	File    string `json:"file" doc:"the encrypted key file"`
	Path    string `json:"path,omitempty" doc:"derivation path of a key made from a phrase"`
}

func (k storedKey) print(w io.Writer) {
	properties(w, row{"address", k.Address}, row{"path", k.Path}, row{"file", k.File})
}

func newKeysListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the accounts whose keys are stored",
		Long:  withFields("List the accounts whose keys are stored, oldest first.", []storedKey{}),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store := openStore(cmd)
			keys := []storedKey{}
			rows := [][]string{}
			for _, entry := range store.List() {
				keys = append(keys, storedKey{Address: entry.Address.Hex(), File: entry.File})
				rows = append(rows, []string{entry.Address.Hex(), entry.File})
			}
			return emit(cmd, keys, func(w io.Writer) {
				if len(keys) == 0 {
					fmt.Fprintf(w, "no keys in %s yet; make one with `cybermiles keys new`\n", store.Dir())
					return
				}
				table(w, []string{"ADDRESS", "FILE"}, rows)
			})
		},
	}
}

func newKeysNewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a key and store it encrypted",
		Long: withFields(`Make a random key and store it encrypted. Nobody can restore it without its file
and password; `+"`cybermiles keys mnemonic new`"+` makes keys that a written phrase restores.`, storedKey{}),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, err := password(cmd, "New password", true)
			if err != nil {
				return err
			}
			key, err := wallet.NewKey()
			if err != nil {
				return fmt.Errorf("draw a key: %w", err)
			}
			return storeKey(cmd, key, secret)
		},
	}
	addStoreFlags(cmd)
	return cmd
}

// storeKey stores one key and prints it.
func storeKey(cmd *cobra.Command, key *ecdsa.PrivateKey, secret string) error {
	entry, err := openStore(cmd).Add(key, secret)
	if err != nil {
		return err
	}
	stored := storedKey{Address: entry.Address.Hex(), File: entry.File}
	return emit(cmd, stored, stored.print)
}

func addStoreFlags(cmd *cobra.Command) {
	addPasswordFlags(cmd)
	cmd.Flags().Bool("light-kdf", false, "encrypt fast and weakly, for tests and tiny machines")
}

func openStore(cmd *cobra.Command) *wallet.Store {
	strength := wallet.Strong
	if light, err := cmd.Flags().GetBool("light-kdf"); err == nil && light {
		strength = wallet.Light
	}
	return wallet.Open(filepath.Join(homeDirectory(cmd), "keystore"), strength)
}

func homeDirectory(cmd *cobra.Command) string { return cmd.Flag("home").Value.String() }
