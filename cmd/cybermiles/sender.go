package main

import (
	"crypto/ecdsa"
	"os"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/wallet"
)

// sender is the account that a transaction comes from and the way to its key,
// which is opened only when there is something to sign.
type sender struct {
	address common.Address
	open    func() (*ecdsa.PrivateKey, error)
}

func addSenderFlags(cmd *cobra.Command) {
	cmd.Flags().String("from", "", "sending `account`: an address in the keystore, or dev0, dev1, … on a development chain")
	cmd.Flags().String("key-file", "", "`file` with the sender's private key in hex, instead of the keystore (env CYBERMILES_PRIVATE_KEY)")
	addPasswordFlags(cmd)
}

// findSender decides who sends: --key-file, --from, the private key of the
// environment, or the only account of the keystore.
func findSender(cmd *cobra.Command) (*sender, error) {
	from, _ := cmd.Flags().GetString("from")
	if path, _ := cmd.Flags().GetString("key-file"); path != "" {
		if from != "" {
			return nil, misusef("--from and --key-file both name a sender: give one")
		}
		text, err := readSecretFile(cmd, path)
		if err != nil {
			return nil, err
		}
		return parsedSender(text)
	}
	if from != "" {
		return namedSender(cmd, from)
	}
	if text := os.Getenv("CYBERMILES_PRIVATE_KEY"); text != "" {
		return parsedSender(text)
	}
	entries := openStore(cmd).List()
	switch len(entries) {
	case 0:
		return nil, misusef("there is no account to send from: make one with `cybermiles keys new`, or pass --from dev0 on a development chain")
	case 1:
		return storedSender(cmd, entries[0].Address), nil
	default:
		return nil, misusef("the keystore holds %d accounts: choose one with --from ADDRESS (`cybermiles keys list` shows them)", len(entries))
	}
}

func namedSender(cmd *cobra.Command, from string) (*sender, error) {
	if digits, isDev := strings.CutPrefix(from, "dev"); isDev {
		index, err := strconv.ParseUint(digits, 10, 31)
		if err != nil {
			return nil, misusef("--from %q: development accounts are dev0, dev1, …", from)
		}
		key, err := wallet.Derive(wallet.DevMnemonic, uint32(index))
		if err != nil {
			return nil, err
		}
		return keySender(key), nil
	}
	address, err := abitext.ParseAddress(from)
	if err != nil {
		return nil, misusef("--from: %v", err)
	}
	return storedSender(cmd, address), nil
}

func parsedSender(text string) (*sender, error) {
	key, err := wallet.ParseKey(text)
	if err != nil {
		return nil, err
	}
	return keySender(key), nil
}

func keySender(key *ecdsa.PrivateKey) *sender {
	return &sender{
		address: crypto.PubkeyToAddress(key.PublicKey),
		open:    func() (*ecdsa.PrivateKey, error) { return key, nil },
	}
}

func storedSender(cmd *cobra.Command, address common.Address) *sender {
	return &sender{address: address, open: func() (*ecdsa.PrivateKey, error) {
		secret, err := password(cmd, "Password of "+address.Hex(), false)
		if err != nil {
			return nil, err
		}
		return openStore(cmd).Key(address, secret)
	}}
}
