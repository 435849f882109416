package wallet

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

func TestDeriveKnownAccounts(t *testing.T) {
	// The accounts that Hardhat and Foundry print for the development phrase.
	for index, want := range []string{
		"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
		"0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
		"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
	} {
		key, err := Derive("  "+strings.ToUpper(DevMnemonic), uint32(index))
		if err != nil {
			t.Fatal(err)
		}
		if got := crypto.PubkeyToAddress(key.PublicKey).Hex(); got != want {
			t.Errorf("account %d is %s, want %s", index, got, want)
		}
	}
}

func TestDeriveRefuses(t *testing.T) {
	for phrase, hint := range map[string]string{
		"":     "0 words",
		"test": "1 words",
		strings.Replace(DevMnemonic, "junk", "jnuk", 1): "word 12",
		strings.Replace(DevMnemonic, "junk", "test", 1): "checksum",
	} {
		if _, err := Derive(phrase, 0); !errors.Is(err, ErrMnemonic) || !strings.Contains(err.Error(), hint) {
			t.Errorf("Derive(%q): %v; want %q", phrase, err, hint)
		}
	}
	if _, err := Derive(DevMnemonic, 1<<31); err == nil {
		t.Error("a hardened index was accepted")
	}
}

func TestNewMnemonic(t *testing.T) {
	for words := 0; words < 30; words++ {
		phrase, err := NewMnemonic(words)
		if valid := words >= 12 && words <= 24 && words%3 == 0; valid != (err == nil) {
			t.Errorf("%d words: %v", words, err)
		}
		if err != nil {
			continue
		}
		if got := len(strings.Fields(phrase)); got != words {
			t.Errorf("asked %d words, got %d", words, got)
		}
		if _, err := Derive(phrase, 0); err != nil {
			t.Errorf("a new phrase of %d words is refused: %v", words, err)
		}
	}
}

func TestStore(t *testing.T) {
	store := Open(t.TempDir(), Light)
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	entry, err := store.Add(key, "correct")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(entry.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	if _, err := store.Add(key, "other"); !errors.Is(err, ErrKnownAccount) {
		t.Errorf("added twice: %v", err)
	}
	if list := store.List(); len(list) != 1 || list[0] != entry {
		t.Errorf("list %v, want %v", list, entry)
	}
	if _, err := store.Key(entry.Address, "wrong"); !errors.Is(err, ErrPassword) {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := store.Key(common.Address{1}, "correct"); !errors.Is(err, ErrUnknownAccount) {
		t.Errorf("unknown account: %v", err)
	}
	opened, err := store.Key(entry.Address, "correct")
	if err != nil || !opened.Equal(key) {
		t.Errorf("key did not survive: %v", err)
	}
	document, err := store.Encrypted(entry.Address, "correct", "new")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := DecryptKey(document, "new"); err != nil || !again.Equal(key) {
		t.Errorf("exported document: %v", err)
	}
}
