package network

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/core/types"
)

// Add adds the accounts of more to the genesis. Balances of an account in both are added up; code, storage or nonce
// may come from one of them only.
func (g *Genesis) Add(more types.GenesisAlloc) error {
	if g.Alloc == nil {
		g.Alloc = make(types.GenesisAlloc, len(more))
	}
	for address, account := range more {
		present, exists := g.Alloc[address]
		if !exists {
			g.Alloc[address] = account
			continue
		}
		merged, err := mergeAccounts(present, account)
		if err != nil {
			return fmt.Errorf("%w: alloc: account %s: %w", ErrGenesis, address, err)
		}
		g.Alloc[address] = merged
	}
	return nil
}

func mergeAccounts(a, b types.Account) (types.Account, error) {
	bare := func(x types.Account) bool { return len(x.Code) == 0 && len(x.Storage) == 0 && x.Nonce == 0 }
	if bare(a) {
		a, b = b, a
	}
	if !bare(b) {
		return a, errors.New("is given twice, each time with code, storage or a nonce")
	}
	sum := new(big.Int)
	for _, part := range []*big.Int{a.Balance, b.Balance} {
		if part != nil {
			sum.Add(sum, part)
		}
	}
	a.Balance = sum
	return a, nil
}

func totalWei(alloc types.GenesisAlloc) *big.Int {
	total := new(big.Int)
	for _, account := range alloc {
		if account.Balance != nil {
			total.Add(total, account.Balance)
		}
	}
	return total
}
