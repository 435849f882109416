// Package treasury is the contract that holds common coins. Only governance
// spends them, at once or as grants that are paid little by little, and every
// spending is on record. It calls nobody and cannot spend what grants are owed.
package treasury

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed ITreasury.json
var compiled []byte

// Treasury is the contract.
type Treasury struct {
	*contract.Base
	governance common.Address
	store      storage
	emit       struct {
		Received   func(ctx *contract.Context, from common.Address, amountWei *uint256.Int, memo string)
		Spent      func(ctx *contract.Context, number *uint256.Int, to common.Address, amountWei *uint256.Int, memo string)
		Granted    func(ctx *contract.Context, number *uint256.Int, beneficiary common.Address, amountWei *uint256.Int, start, duration uint64, memo string)
		GrantPaid  func(ctx *contract.Context, number *uint256.Int, beneficiary common.Address, amountWei *uint256.Int)
		GrantEnded func(ctx *contract.Context, number, keptWei *uint256.Int)
	}
	fail struct {
		OnlyGovernance func(account common.Address) error
		NotEnough      func(amountWei, freeWei *uint256.Int) error
		WrongReceiver  func(to common.Address) error
		MemoTooLong    func(length, limit *uint256.Int) error
		WrongGrant     func(amountWei *uint256.Int, duration uint64) error
		NoSuchGrant    func(number *uint256.Int) error
		NothingPayable func(number *uint256.Int) error
	}
}

// New makes the contract for its address; only the governance contract spends.
func New(address, governance common.Address) *Treasury {
	t := &Treasury{governance: governance}
	t.Base = contract.Must(contract.Spec{
		Name: "treasury", Address: address, Interface: compiled,
		Storage: &t.store, Events: &t.emit, Errors: &t.fail,
		Methods: contract.Methods{
			"deposit":       t.deposit,
			"spend":         t.spend,
			"grant":         t.grant,
			"payGrant":      t.payGrant,
			"endGrant":      t.endGrant,
			"freeWei":       t.free,
			"reservedWei":   func(ctx *contract.Context) uint256.Int { return t.store.Reserved.Get(ctx) },
			"spentWei":      func(ctx *contract.Context) uint256.Int { return t.store.Spent.Get(ctx) },
			"spendingCount": func(ctx *contract.Context) *uint256.Int { return uint256.NewInt(t.store.Spendings.Len(ctx)) },
			"spendings":     t.spendings,
			"grantCount":    func(ctx *contract.Context) *uint256.Int { return uint256.NewInt(t.store.Grants.Len(ctx)) },
			"grants":        t.grants,
			"payableWei":    t.payableWei,
		},
		Receive: func(ctx *contract.Context) error { return t.deposit(ctx, "") },
	})
	return t
}
