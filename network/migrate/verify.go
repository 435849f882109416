package migrate

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// Difference is an account that a genesis does not give exactly what it held of the token.
type Difference struct {
	Account      common.Address
	TokenWei     *big.Int // held of the ERC-20 token
	BalanceWei   *big.Int // spendable from the genesis on
	LockedWei    *big.Int
	StakedWei    *big.Int // not locked ones
	ClaimableWei *big.Int
}

// MoreWei is how much more than the token's balance the genesis gives; below zero it gives less.
func (d *Difference) MoreWei() *big.Int {
	more := new(big.Int).Add(d.BalanceWei, d.LockedWei)
	return more.Add(more, d.StakedWei).Add(more, d.ClaimableWei).Sub(more, d.TokenWei)
}

// Report says how a genesis follows from the token's holders.
type Report struct {
	Holders      int
	Sums         Difference // of all accounts; its Account is zero
	TreeRoot     common.Hash
	GenesisRoot  common.Hash
	Differences  []Difference // in ascending order of account
	ClaimsDiffer []string     // how tree and genesis disagree about claims as a whole
}

// Exact reports whether every holder gets, to the wei, what it held, and nobody else anything.
func (r *Report) Exact() bool {
	return len(r.Differences) == 0 && len(r.ClaimsDiffer) == 0 && r.Sums.MoreWei().Sign() == 0
}

// Verify compares a genesis with the token's holders: balance, locked and claimable coins of each account together must be
// what it held. The tree is nil when nothing is to be claimed.
func Verify(token Holders, tree *Tree, genesis *Allocation) *Report {
	var claims Holders
	r := &Report{Holders: len(token), GenesisRoot: genesis.ClaimRoot}
	if tree != nil {
		claims, r.TreeRoot = tree.Holders(), tree.Root()
	}
	r.Sums = Difference{
		TokenWei: token.TotalWei(), BalanceWei: sumWei(genesis.BalancesWei), LockedWei: sumWei(genesis.LockedWei),
		StakedWei: sumWei(genesis.StakedWei), ClaimableWei: claims.TotalWei(),
	}
	if r.TreeRoot != r.GenesisRoot {
		r.ClaimsDiffer = append(r.ClaimsDiffer, fmt.Sprintf("the root of the claim tree is %s, but the genesis names %s",
			rootText(r.TreeRoot), rootText(r.GenesisRoot)))
	}
	if r.Sums.ClaimableWei.Cmp(genesis.ClaimTotalWei) != 0 {
		r.ClaimsDiffer = append(r.ClaimsDiffer, fmt.Sprintf("the claim tree adds up to %d wei, but the genesis sets aside %d",
			r.Sums.ClaimableWei, genesis.ClaimTotalWei))
	}
	accounts := make(map[common.Address]bool)
	for _, list := range []Holders{token, claims} {
		for _, holder := range list {
			accounts[holder.Address] = true
		}
	}
	for _, parts := range []map[common.Address]*big.Int{genesis.BalancesWei, genesis.LockedWei, genesis.StakedWei} {
		for address := range parts {
			accounts[address] = true
		}
	}
	for _, address := range slices.SortedFunc(maps.Keys(accounts), common.Address.Cmp) {
		d := Difference{address, orZero(token.BalanceWei(address)), orZero(genesis.BalancesWei[address]),
			orZero(genesis.LockedWei[address]), orZero(genesis.StakedWei[address]), orZero(claims.BalanceWei(address))}
		if d.MoreWei().Sign() != 0 {
			r.Differences = append(r.Differences, d)
		}
	}
	return r
}

func orZero(wei *big.Int) *big.Int {
	if wei == nil {
		return new(big.Int)
	}
	return wei
}

func rootText(root common.Hash) string {
	if root == (common.Hash{}) {
		return "none"
	}
	return root.Hex()
}
