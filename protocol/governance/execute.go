package governance

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// queue lets the delay of a proposal that has passed begin. Its deposit goes
// back.
func (g *Governance) queue(ctx *contract.Context, id *uint256.Int) error {
	r, current, err := g.find(ctx, id)
	if err != nil {
		return err
	}
	if err := g.expect(id, current, Succeeded); err != nil {
		return err
	}
	r.Eta = ctx.Time() + g.parametersAt(ctx, r.Snapshot).ExecutionDelay
	if !r.Settled {
		if err := g.settle(ctx, id, &r); err != nil {
			return err
		}
	}
	g.store.Records.Set(ctx, id, r)
	g.emit.ProposalQueued(ctx, id, uint256.NewInt(r.Eta))
	return nil
}

// cancel withdraws a proposal before its voting begins.
func (g *Governance) cancel(ctx *contract.Context, id *uint256.Int) error {
	r, current, err := g.find(ctx, id)
	if err != nil {
		return err
	}
	if ctx.Caller() != r.Proposer || current != Pending {
		return g.fail.GovernorUnableToCancel(id, ctx.Caller())
	}
	r.Canceled = true
	if err := g.settle(ctx, id, &r); err != nil {
		return err
	}
	g.store.Records.Set(ctx, id, r)
	g.emit.ProposalCanceled(ctx, id)
	return nil
}

// execute makes a queued proposal's calls. One that fails reverts them all, and
// the proposal stays queued.
func (g *Governance) execute(ctx *contract.Context, id *uint256.Int) error {
	r, current, err := g.find(ctx, id)
	switch {
	case err != nil:
		return err
	case current != Queued:
		return g.expect(id, current, Queued)
	case ctx.Time() < r.Eta:
		return g.fail.NotYetExecutable(id, uint256.NewInt(r.Eta))
	}
	r.Executed = true
	g.store.Records.Set(ctx, id, r)
	gas := g.parameters(ctx).CallGas
	for i, action := range g.store.Actions.Get(ctx, id) {
		if code, _ := ctx.Code(action.Target); len(code) == 0 && len(action.Data) > 0 {
			return g.fail.CallFailed(count(i), action.Target) // a call of nothing would seem to succeed
		}
		output, err := ctx.Call(action.Target, action.Data, action.ValueWei, gas)
		if err != nil && len(output) > 0 {
			return &contract.Revert{Data: output} // says itself why
		}
		if err != nil {
			return g.fail.CallFailed(count(i), action.Target)
		}
	}
	held := g.store.Deposits.Get(ctx)
	if left := ctx.Balance(ctx.Address()); left.Lt(&held) {
		return g.fail.DepositsNotSpendable(left, &held)
	}
	g.emit.ProposalExecuted(ctx, id)
	return nil
}

// byCalls makes a verb that takes a proposal's id one that takes its calls, as
// OpenZeppelin's governors do.
func (g *Governance) byCalls(
	ctx *contract.Context, verb func(*contract.Context, *uint256.Int) error,
	targets []common.Address, values []*uint256.Int, calldatas [][]byte, descriptionHash common.Hash,
) (*uint256.Int, error) {
	id, err := g.hashProposal(ctx, targets, values, calldatas, descriptionHash)
	if err != nil {
		return nil, err
	}
	return id, verb(ctx, id)
}

func (g *Governance) queueCalls(
	ctx *contract.Context, targets []common.Address, values []*uint256.Int, calldatas [][]byte, descriptionHash common.Hash,
) (*uint256.Int, error) {
	return g.byCalls(ctx, g.queue, targets, values, calldatas, descriptionHash)
}

func (g *Governance) executeCalls(
	ctx *contract.Context, targets []common.Address, values []*uint256.Int, calldatas [][]byte, descriptionHash common.Hash,
) (*uint256.Int, error) {
	return g.byCalls(ctx, g.execute, targets, values, calldatas, descriptionHash)
}

func (g *Governance) cancelCalls(
	ctx *contract.Context, targets []common.Address, values []*uint256.Int, calldatas [][]byte, descriptionHash common.Hash,
) (*uint256.Int, error) {
	return g.byCalls(ctx, g.cancel, targets, values, calldatas, descriptionHash)
}
