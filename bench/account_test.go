package bench

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// TestAccountKeysMatchAddresses compares the fast derivation with go-ethereum's own, for counts that divide
// differently between workers.
func TestAccountKeysMatchAddresses(t *testing.T) {
	var longest *Accounts
	for _, n := range []int{1, 2, 3, 7, 64} {
		accounts := DeriveAccounts("a seed", n)
		if accounts.Len() != n {
			t.Fatalf("%d accounts, want %d", accounts.Len(), n)
		}
		for i := range n {
			key, err := crypto.ToECDSA(common.LeftPadBytes(accounts.Key(i).D.Bytes(), 32))
			if err != nil {
				t.Fatal(err)
			}
			if want := crypto.PubkeyToAddress(key.PublicKey); accounts.Address(i) != want {
				t.Errorf("account %d of %d has address %s, its key belongs to %s", i, n, accounts.Address(i), want)
			}
		}
		longest = accounts
	}
	if DeriveAccounts("another seed", 1).Address(0) == longest.Address(0) {
		t.Error("two seeds give the same account")
	}
	if DeriveAccounts("a seed", 1).Address(0) != longest.Address(0) {
		t.Error("the number of accounts changes the first one")
	}
}

func TestAccountKeysSign(t *testing.T) {
	accounts := DeriveAccounts("a seed", 3)
	digest := crypto.Keccak256([]byte("message"))
	signature, err := crypto.Sign(digest, accounts.Key(2))
	if err != nil {
		t.Fatal(err)
	}
	public, err := crypto.SigToPub(digest, signature)
	if err != nil {
		t.Fatal(err)
	}
	if got := crypto.PubkeyToAddress(*public); got != accounts.Address(2) {
		t.Errorf("the signature belongs to %s, want %s", got, accounts.Address(2))
	}
}

// TestAllocIsGenesis checks that go-ethereum reads the fragment as a genesis allocation.
func TestAllocIsGenesis(t *testing.T) {
	accounts := DeriveAccounts("a seed", 5)
	balance := new(big.Int).Mul(big.NewInt(1000), big.NewInt(1e18))
	var text bytes.Buffer
	if err := accounts.WriteAlloc(&text, balance); err != nil {
		t.Fatal(err)
	}
	var alloc types.GenesisAlloc
	if err := json.Unmarshal(text.Bytes(), &alloc); err != nil {
		t.Fatal(err)
	}
	if len(alloc) != 5 {
		t.Errorf("%d accounts in the fragment, want 5", len(alloc))
	}
	for i := range accounts.Len() {
		if got := alloc[accounts.Address(i)].Balance; got == nil || got.Cmp(balance) != 0 {
			t.Errorf("account %d has %v, want %s", i, got, balance)
		}
	}
}

func BenchmarkDeriveAccounts(b *testing.B) {
	DeriveAccounts("a seed", b.N)
}
