package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/wallet"
)

func newKeysImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import [FILE|-]",
		Short: "Store a key made elsewhere",
		Long: withFields(`Store a key made elsewhere: a private key in hex or a keystore file of any Ethereum
wallet, from FILE, from standard input (-) or typed at the terminal. A keystore
file keeps its password.`, storedKey{}),
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := secretText(cmd, args, "Private key (hex)")
			if err != nil {
				return err
			}
			if strings.HasPrefix(text, "{") {
				return importDocument(cmd, text)
			}
			key, err := wallet.ParseKey(text)
			if err != nil {
				return err
			}
			secret, err := password(cmd, "New password", true)
			if err != nil {
				return err
			}
			return storeKey(cmd, key, secret)
		},
	}
	addStoreFlags(cmd)
	return cmd
}

func importDocument(cmd *cobra.Command, document string) error {
	secret, err := password(cmd, "Password of the file", false)
	if err != nil {
		return err
	}
	key, err := wallet.DecryptKey([]byte(document), secret)
	if err != nil {
		return err
	}
	return storeKey(cmd, key, secret)
}

// secretText reads a secret from the file named or else from the terminal.
func secretText(cmd *cobra.Command, args []string, prompt string) (string, error) {
	var text string
	var err error
	if len(args) == 1 {
		text, err = readSecretFile(cmd, args[0])
	} else if text, err = askSecret(cmd, prompt); err != nil {
		err = misusef("name a file, or - for standard input (%v)", err)
	}
	return strings.TrimSpace(text), err
}
