package gas

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

func (g *Gas) deposit(ctx *contract.Context, target common.Address) {
	g.credit(ctx, target, ctx.Value())
	g.emit.Deposited(ctx, target, ctx.Caller(), ctx.Value())
}

func (g *Gas) credit(ctx *contract.Context, target common.Address, amountWei *uint256.Int) {
	have := g.store.Deposits.Get(ctx, target)
	if have.IsZero() && !amountWei.IsZero() {
		g.store.Targets.Push(ctx, target)
	}
	g.store.Deposits.Set(ctx, target, *have.Add(&have, amountWei))
}

func (g *Gas) withdraw(ctx *contract.Context, target, to common.Address, amountWei *uint256.Int) error {
	if err := g.manager(ctx, target); err != nil {
		return err
	}
	if err := g.debit(ctx, target, amountWei); err != nil {
		return err
	}
	g.emit.Withdrawn(ctx, target, to, amountWei)
	return ctx.Transfer(to, amountWei)
}

func (g *Gas) debit(ctx *contract.Context, target common.Address, amountWei *uint256.Int) error {
	have := g.store.Deposits.Get(ctx, target)
	if have.Lt(amountWei) {
		return g.fail.InsufficientDeposit(&have, amountWei)
	}
	g.store.Deposits.Set(ctx, target, *have.Sub(&have, amountWei))
	return nil
}

func (g *Gas) depositOf(ctx *contract.Context, target common.Address) *uint256.Int {
	amount := g.store.Deposits.Get(ctx, target)
	return &amount
}

// ownerCall is the call data of ERC-173's owner(), ownerGas what it may use.
var ownerCall = crypto.Keccak256([]byte("owner()"))[:4]

const ownerGas = 50_000

// manager demands that the caller is the contract itself or its owner.
func (g *Gas) manager(ctx *contract.Context, target common.Address) error {
	if ctx.Caller() == target {
		return nil
	}
	output, err := ctx.View().Call(target, ownerCall, nil, ownerGas)
	if err != nil || len(output) != common.HashLength || common.BytesToHash(output) != common.BytesToHash(ctx.Caller().Bytes()) {
		return g.fail.NotManager(target, ctx.Caller())
	}
	return nil
}
