package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/wallet"
)

// maxAccounts bounds how many accounts one command makes of a phrase.
const maxAccounts = 1000

// mnemonicKeys is the JSON of `keys mnemonic`.
type mnemonicKeys struct {
	Mnemonic string      `json:"mnemonic,omitempty" doc:"the new phrase"`
	Keys     []storedKey `json:"keys" doc:"the stored keys: address, file, path"`
}

func newKeysMnemonicCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mnemonic",
		Short: "Make accounts of a phrase of words (BIP-39)",
		Long: `A BIP-39 phrase restores its accounts in every wallet. Account i is at the path
m/44'/60'/0'/0/i, where Ethereum wallets look for it.`,
	}
	cmd.AddCommand(newMnemonicNewCommand(), newMnemonicImportCommand())
	return cmd
}

func newMnemonicNewCommand() *cobra.Command {
	var words int
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a new phrase and store its first accounts",
		Long: withFields(`Make a new phrase, print it once and store its first accounts encrypted. Write the
phrase down and keep it secret: it is not stored.`, mnemonicKeys{}),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			phrase, err := wallet.NewMnemonic(words)
			if err != nil {
				return misusef("--words: %v", err)
			}
			keys, err := storePhrase(cmd, phrase)
			if err != nil {
				return err
			}
			return emit(cmd, mnemonicKeys{Mnemonic: phrase, Keys: keys}, func(w io.Writer) {
				fmt.Fprintf(w, "Write this down and keep it secret; it is shown only now:\n\n    %s\n\n", phrase)
				printDerived(w, keys)
			})
		},
	}
	addDerivationFlags(cmd)
	cmd.Flags().IntVar(&words, "words", 24, "`length` of the phrase: 12, 15, 18, 21 or 24")
	return cmd
}

func newMnemonicImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import [FILE|-]",
		Short: "Store accounts of a phrase that you have",
		Long: withFields(`Store accounts of a phrase, read from FILE, standard input (-), the environment
variable CYBERMILES_MNEMONIC or the terminal.`, mnemonicKeys{}),
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			phrase := os.Getenv("CYBERMILES_MNEMONIC")
			if len(args) == 1 || phrase == "" {
				var err error
				if phrase, err = secretText(cmd, args, "Phrase"); err != nil {
					return err
				}
			}
			keys, err := storePhrase(cmd, phrase)
			if err != nil {
				return err
			}
			return emit(cmd, mnemonicKeys{Keys: keys}, func(w io.Writer) { printDerived(w, keys) })
		},
	}
	addDerivationFlags(cmd)
	return cmd
}

func addDerivationFlags(cmd *cobra.Command) {
	addStoreFlags(cmd)
	cmd.Flags().Uint32("index", 0, "first `account` to store")
	cmd.Flags().Uint32("count", 1, "`number` of accounts to store")
}

// storePhrase stores the accounts of a phrase that the flags name.
func storePhrase(cmd *cobra.Command, phrase string) ([]storedKey, error) {
	first, err := cmd.Flags().GetUint32("index")
	if err != nil {
		return nil, err
	}
	count, err := cmd.Flags().GetUint32("count")
	if err != nil {
		return nil, err
	}
	if count < 1 || count > maxAccounts {
		return nil, misusef("--count is from 1 to %d, not %d", maxAccounts, count)
	}
	if _, err := wallet.Derive(phrase, first); err != nil { // before asking for a password
		return nil, err
	}
	secret, err := password(cmd, "New password", true)
	if err != nil {
		return nil, err
	}
	store := openStore(cmd)
	stored := make([]storedKey, count)
	for i := range stored {
		index := first + uint32(i)
		key, err := wallet.Derive(phrase, index)
		if err != nil {
			return nil, err
		}
		entry, err := store.Add(key, secret)
		if err != nil {
			return nil, err
		}
		stored[i] = storedKey{Address: entry.Address.Hex(), File: entry.File, Path: wallet.Path(index)}
	}
	return stored, nil
}

func printDerived(w io.Writer, keys []storedKey) {
	rows := make([][]string, len(keys))
	for i, key := range keys {
		rows[i] = []string{key.Path, key.Address, key.File}
	}
	table(w, []string{"PATH", "ADDRESS", "FILE"}, rows)
}
