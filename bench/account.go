package bench

import (
	"bufio"
	"crypto/ecdsa"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Accounts are the senders and receivers of a run. Account i has the private key k+i (mod the curve's order)
// where k is the Keccak-256 hash of the seed, so that the public key of the next account is one point addition
// away and a million addresses take seconds instead of minutes. Whoever knows the seed or one key knows them
// all: never keep anything of value on them.
type Accounts struct {
	first     secp256k1.ModNScalar
	addresses []common.Address
}

// DeriveAccounts derives n accounts from a seed, on all cores.
func DeriveAccounts(seed string, n int) *Accounts {
	a := &Accounts{addresses: make([]common.Address, n)}
	a.first.SetByteSlice(crypto.Keccak256([]byte("cybermiles bench account 0 of " + seed)))

	workers := runtime.GOMAXPROCS(0)
	share := (n + workers - 1) / workers
	var wg sync.WaitGroup
	for start := 0; start < n; start += share {
		wg.Go(func() { a.derive(start, min(start+share, n)) })
	}
	wg.Wait()
	return a
}

// derive fills in the addresses of accounts start to end-1.
func (a *Accounts) derive(start, end int) {
	var one secp256k1.ModNScalar
	var generator, point, next secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(one.SetInt(1), &generator)
	scalar := a.scalar(start)
	secp256k1.ScalarBaseMultNonConst(&scalar, &point)

	hasher := crypto.NewKeccakState()
	var public [64]byte
	var digest common.Hash
	for i := start; i < end; i++ {
		point.ToAffine()
		point.X.PutBytesUnchecked(public[:32])
		point.Y.PutBytesUnchecked(public[32:])
		hasher.Reset()
		hasher.Write(public[:])
		hasher.Read(digest[:])
		copy(a.addresses[i][:], digest[12:])

		secp256k1.AddNonConst(&point, &generator, &next)
		point = next
	}
}

func (a *Accounts) scalar(i int) secp256k1.ModNScalar {
	var offset, sum secp256k1.ModNScalar
	offset.SetInt(uint32(i))
	sum.Add2(&a.first, &offset)
	return sum
}

// Len is the number of accounts.
func (a *Accounts) Len() int { return len(a.addresses) }

// Address is the address of account i.
func (a *Accounts) Address(i int) common.Address { return a.addresses[i] }

// Key is the private key of account i, fit for signing; its public part is left out because computing it
// takes longer than a signature.
func (a *Accounts) Key(i int) *ecdsa.PrivateKey {
	scalar := a.scalar(i)
	bytes := scalar.Bytes()
	return &ecdsa.PrivateKey{
		PublicKey: ecdsa.PublicKey{Curve: crypto.S256()},
		D:         new(big.Int).SetBytes(bytes[:]),
	}
}

// WriteAlloc writes the accounts as the "alloc" object of an Ethereum genesis file, each with the same
// balance in wei. A genesis that holds it makes a run with Config.Prefunded possible.
func (a *Accounts) WriteAlloc(w io.Writer, balanceWei *big.Int) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteByte('{')
	for i, address := range a.addresses {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "\n  \"0x%x\": {\"balance\": \"0x%x\"}", address[:], balanceWei)
	}
	out.WriteString("\n}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write genesis alloc: %w", err)
	}
	return nil
}
