package treasury

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout. The coins are the
// contract's balance.
type storage struct {
	Reserved  contract.Value[uint256.Int] // slot 0
	Spent     contract.Value[uint256.Int] // slot 1
	Spendings contract.Array[Spending]    // slot 2
	Grants    contract.Array[Grant]       // slot 3
}

// Spending is a payment that was made at once.
type Spending struct {
	To        common.Address `json:"to"`
	SpentAt   uint64         `json:"spentAt"` // seconds since 1970
	AmountWei *uint256.Int   `json:"amountWei"`
	Memo      string         `json:"memo"`
}

// Grant is coins that become payable evenly over a time.
type Grant struct {
	Beneficiary     common.Address `json:"beneficiary"`
	AmountWei       *uint256.Int   `json:"amountWei" sol:"uint128"`
	PaidWei         *uint256.Int   `json:"paidWei" sol:"uint128"`
	StartTime       uint64         `json:"startTime"`       // seconds since 1970
	DurationSeconds uint64         `json:"durationSeconds"` // seconds
	Memo            string         `json:"memo"`
}

// Genesis is the contract's whole state besides its balance; a new chain's is
// empty or has grants.
type Genesis struct {
	SpentWei  *uint256.Int `json:"spentWei,omitempty"`
	Spendings []Spending   `json:"spendings,omitempty"`
	Grants    []Grant      `json:"grants,omitempty"`
}

// Begin writes the state of a genesis. The contract's balance must cover its
// grants.
func (t *Treasury) Begin(ctx *contract.Context, genesis Genesis) error {
	if genesis.SpentWei != nil {
		t.store.Spent.Set(ctx, *genesis.SpentWei)
	}
	for i, spending := range genesis.Spendings {
		if spending.AmountWei == nil {
			return fmt.Errorf("treasury: spending %d has no amountWei", i)
		}
		t.store.Spendings.Push(ctx, spending)
	}
	reserved := new(uint256.Int)
	for i, g := range genesis.Grants {
		if g.AmountWei == nil || g.PaidWei == nil || g.PaidWei.Gt(g.AmountWei) || g.DurationSeconds == 0 || g.DurationSeconds > maxDuration || g.StartTime > maxStart {
			return fmt.Errorf("treasury: grant %d: it needs amountWei, paidWei up to it, and a duration of at most ten years", i)
		}
		reserved.Add(reserved, g.owed())
		t.store.Grants.Push(ctx, g)
	}
	t.store.Reserved.Set(ctx, *reserved)
	if balance := ctx.Balance(ctx.Address()); balance.Lt(reserved) {
		return errors.New("treasury: its balance does not cover its grants")
	}
	return nil
}

// Export reads the whole state.
func (t *Treasury) Export(ctx *contract.Context) Genesis {
	spent := t.store.Spent.Get(ctx)
	return Genesis{
		SpentWei:  &spent,
		Spendings: t.store.Spendings.Slice(ctx, 0, t.store.Spendings.Len(ctx)),
		Grants:    t.store.Grants.Slice(ctx, 0, t.store.Grants.Len(ctx)),
	}
}
