package devchain

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// An impersonated transaction carries its sender where the signature would be:
// r is the address and s this mark, which no signature has (it is above half
// the curve's order, which Ethereum refuses). So blocks can still be executed
// again from their own content.
var impersonationMark = func() *big.Int {
	mark := new(big.Int).SetBytes(crypto.Keccak256([]byte("cybermiles development impersonation")))
	return mark.SetBit(mark, 255, 1)
}()

// Signer recovers ordinary senders and impersonated ones.
type Signer struct{ types.Signer }

// NewSigner is the signer of a development chain.
func NewSigner(config *params.ChainConfig) Signer { return Signer{types.LatestSigner(config)} }

// Sender implements types.Signer.
func (s Signer) Sender(tx *types.Transaction) (common.Address, error) {
	if _, r, mark := tx.RawSignatureValues(); mark.Cmp(impersonationMark) == 0 {
		return common.BigToAddress(r), nil
	}
	return s.Signer.Sender(tx)
}

// Equal implements types.Signer.
func (s Signer) Equal(other types.Signer) bool {
	o, ok := other.(Signer)
	return ok && s.Signer.Equal(o.Signer)
}

// SignatureValues implements types.Signer; it also takes Impersonate's.
func (s Signer) SignatureValues(tx *types.Transaction, sig []byte) (r, sv, v *big.Int, err error) {
	if len(sig) == common.AddressLength {
		return new(big.Int).SetBytes(sig), new(big.Int).Set(impersonationMark), new(big.Int), nil
	}
	return s.Signer.SignatureValues(tx, sig)
}

// Impersonate makes tx a transaction of the given account without its key.
func (s Signer) Impersonate(tx *types.Transaction, from common.Address) (*types.Transaction, error) {
	return tx.WithSignature(s, from[:])
}

// Impersonate lets transactions be sent for an account without its key.
func (c *Chain) Impersonate(account common.Address, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.impersonated[account] = true
	} else {
		delete(c.impersonated, account)
	}
}

// ImpersonateAll lets transactions be sent for every account.
func (c *Chain) ImpersonateAll(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.impersonate = on
}

// Impersonates reports whether transactions of an account need no key.
func (c *Chain) Impersonates(account common.Address) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.impersonate || c.impersonated[account]
}
