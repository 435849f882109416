package governance

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// hold counts a proposal and its deposit as open.
func (g *Governance) hold(ctx *contract.Context, r *record) {
	held := g.store.Deposits.Get(ctx)
	g.store.Deposits.Set(ctx, *held.Add(&held, r.DepositWei))
	g.store.Open.Set(ctx, r.Proposer, g.store.Open.Get(ctx, r.Proposer)+1)
}

// settleDeposit settles the deposit of a proposal whose fate is known.
func (g *Governance) settleDeposit(ctx *contract.Context, id *uint256.Int) error {
	r, current, err := g.find(ctx, id)
	switch {
	case err != nil:
		return err
	case r.Settled:
		return g.fail.DepositAlreadySettled(id)
	case current == Pending || current == Active:
		return g.expect(id, current, Defeated, Succeeded, Expired)
	}
	if err := g.settle(ctx, id, &r); err != nil {
		return err
	}
	g.store.Records.Set(ctx, id, r)
	return nil
}

// settle pays a deposit out: to the treasury when the proposal was vetoed or
// missed the quorum, otherwise back to the proposer. The caller writes the
// record.
func (g *Governance) settle(ctx *contract.Context, id *uint256.Int, r *record) error {
	held := g.store.Deposits.Get(ctx)
	g.store.Deposits.Set(ctx, *held.Sub(&held, r.DepositWei))
	g.store.Open.Set(ctx, r.Proposer, g.store.Open.Get(ctx, r.Proposer)-1)
	r.Settled = true
	to, told := r.Proposer, g.emit.DepositRefunded
	if !r.Canceled {
		if outcome := g.count(ctx, id, r); outcome.vetoed || !outcome.quorate {
			to, told = g.treasury, g.emit.DepositForfeited
		}
	}
	if !r.DepositWei.IsZero() {
		if err := ctx.Transfer(to, r.DepositWei); err != nil {
			return err
		}
	}
	told(ctx, id, r.Proposer, r.DepositWei)
	return nil
}
