// Package wallet keeps the keys of the command line's users: BIP-39 phrases,
// the accounts derived from them, and an encrypted keystore in the format that
// every Ethereum wallet reads. It never writes a key unencrypted and never
// sends one anywhere.
package wallet

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/tyler-smith/go-bip39"
)

// DevMnemonic is the phrase behind the accounts of development chains, the same
// as in Hardhat and Foundry. Everybody knows it: it protects nothing.
const DevMnemonic = "test test test test test test test test test test test junk"

// ErrMnemonic is wrapped by errors about a phrase that is not valid.
var ErrMnemonic = errors.New("not a BIP-39 phrase")

// NewMnemonic makes a phrase of 12, 15, 18, 21 or 24 English words from the
// system's randomness.
func NewMnemonic(words int) (string, error) {
	if words < 12 || words > 24 || words%3 != 0 {
		return "", fmt.Errorf("a phrase has 12, 15, 18, 21 or 24 words, not %d", words)
	}
	entropy, err := bip39.NewEntropy(words / 3 * 32)
	if err != nil {
		return "", fmt.Errorf("draw entropy: %w", err)
	}
	return bip39.NewMnemonic(entropy)
}

// Derive returns the key at m/44'/60'/0'/0/index of a phrase, where Ethereum
// wallets keep their accounts. Case and spaces of the phrase do not matter; its
// words and checksum do.
func Derive(phrase string, index uint32) (*ecdsa.PrivateKey, error) {
	phrase = strings.Join(strings.Fields(strings.ToLower(phrase)), " ")
	if err := checkPhrase(phrase); err != nil {
		return nil, err
	}
	if index >= hdkeychain.HardenedKeyStart {
		return nil, fmt.Errorf("account index %d exceeds %d", index, hdkeychain.HardenedKeyStart-1)
	}
	key, err := hdkeychain.NewMaster(bip39.NewSeed(phrase, ""), &chaincfg.MainNetParams)
	if err != nil {
		return nil, fmt.Errorf("derive master key: %w", err)
	}
	const hardened = hdkeychain.HardenedKeyStart
	for _, child := range []uint32{hardened + 44, hardened + 60, hardened, 0, index} {
		if key, err = key.Derive(child); err != nil {
			return nil, fmt.Errorf("derive %s: %w", Path(index), err)
		}
	}
	private, err := key.ECPrivKey()
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", Path(index), err)
	}
	return private.ToECDSA(), nil
}

// Path names the derivation path of an account.
func Path(index uint32) string { return fmt.Sprintf("m/44'/60'/0'/0/%d", index) }

// checkPhrase says which word is wrong, without repeating the phrase.
func checkPhrase(phrase string) error {
	words := strings.Fields(phrase)
	for i, word := range words {
		if _, known := bip39.GetWordIndex(word); !known {
			return fmt.Errorf("%w: word %d is not in the English word list", ErrMnemonic, i+1)
		}
	}
	if len(words) < 12 || len(words) > 24 || len(words)%3 != 0 {
		return fmt.Errorf("%w: it has %d words instead of 12, 15, 18, 21 or 24", ErrMnemonic, len(words))
	}
	if !bip39.IsMnemonicValid(phrase) {
		return fmt.Errorf("%w: its checksum is wrong, so a word is mistaken or out of place", ErrMnemonic)
	}
	return nil
}
