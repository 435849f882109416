package wallet

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Errors of a Store.
var (
	ErrUnknownAccount = errors.New("no key of this account in the keystore")
	ErrKnownAccount   = errors.New("the keystore has a key of this account already")
	ErrPassword       = errors.New("wrong password")
)

// Strength is how much work it takes to try one password.
type Strength int

const (
	Strong Strength = iota // about a second and 256 MB; the default
	Light                  // milliseconds; for tests and tiny machines
)

// Store is a directory of encrypted keys, one Web3 Secret Storage file each.
type Store struct {
	dir  string
	keys *keystore.KeyStore
}

// Entry is a stored account.
type Entry struct {
	Address common.Address
	File    string
}

// Open opens a keystore directory; it is created when the first key is added.
func Open(dir string, strength Strength) *Store {
	n, p := keystore.StandardScryptN, keystore.StandardScryptP
	if strength == Light {
		n, p = keystore.LightScryptN, keystore.LightScryptP
	}
	return &Store{dir: dir, keys: keystore.NewKeyStore(dir, n, p)}
}

// Dir returns the keystore's directory.
func (s *Store) Dir() string { return s.dir }

// List returns the stored accounts, oldest file first.
func (s *Store) List() []Entry {
	found := s.keys.Accounts()
	entries := make([]Entry, len(found))
	for i, account := range found {
		entries[i] = Entry{Address: account.Address, File: account.URL.Path}
	}
	return entries
}

// Add encrypts a key with a password and stores it.
func (s *Store) Add(key *ecdsa.PrivateKey, password string) (Entry, error) {
	account, err := s.keys.ImportECDSA(key, password)
	if errors.Is(err, keystore.ErrAccountAlreadyExists) {
		return Entry{}, fmt.Errorf("%w: %s", ErrKnownAccount, crypto.PubkeyToAddress(key.PublicKey))
	}
	if err != nil {
		return Entry{}, fmt.Errorf("store key in %s: %w", s.dir, err)
	}
	return Entry{Address: account.Address, File: account.URL.Path}, nil
}

// Key decrypts the key of an account.
func (s *Store) Key(address common.Address, password string) (*ecdsa.PrivateKey, error) {
	account, err := s.keys.Find(accounts.Account{Address: address})
	if err != nil {
		return nil, fmt.Errorf("%w: %s in %s", ErrUnknownAccount, address, s.dir)
	}
	encrypted, err := os.ReadFile(account.URL.Path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	key, err := DecryptKey(encrypted, password)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", account.URL.Path, err)
	}
	if actual := crypto.PubkeyToAddress(key.PublicKey); actual != address {
		return nil, fmt.Errorf("key file %s holds the key of %s, not of %s", account.URL.Path, actual, address)
	}
	return key, nil
}

// Encrypted returns the key file's content for an account, encrypted anew with
// another password.
func (s *Store) Encrypted(address common.Address, password, newPassword string) ([]byte, error) {
	if _, err := s.Key(address, password); err != nil {
		return nil, err
	}
	return s.keys.Export(accounts.Account{Address: address}, password, newPassword)
}

// Signer returns the function that signs with a key for any chain.
func Signer(key *ecdsa.PrivateKey) func(*types.Transaction, *big.Int) (*types.Transaction, error) {
	return func(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
		return types.SignTx(tx, types.LatestSignerForChainID(chainID), key)
	}
}

// NewKey makes a key from the system's randomness.
func NewKey() (*ecdsa.PrivateKey, error) { return crypto.GenerateKey() }

// ParseKey reads a private key in hex, with or without 0x. Errors never repeat it.
func ParseKey(text string) (*ecdsa.PrivateKey, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(strings.TrimSpace(text), "0x"))
	if err != nil {
		return nil, errors.New("not a private key: it is 64 hex digits, with or without 0x")
	}
	return key, nil
}

// FormatKey writes a private key in hex.
func FormatKey(key *ecdsa.PrivateKey) string { return hexutil.Encode(crypto.FromECDSA(key)) }
