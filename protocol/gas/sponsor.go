package gas

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Reasons why nobody pays for a call at gas price zero.
var (
	ErrNoPolicy   = errors.New("the contract does not sponsor this function")
	ErrFeeTooHigh = errors.New("the gas limit asks for more than the contract sponsors in one call")
	ErrDailyLimit = errors.New("the contract has sponsored all it does in one day")
	ErrNoDeposit  = errors.New("the contract's deposit does not suffice")
)

// selectorOf is the function that a transaction's data calls.
func selectorOf(input []byte) (s Selector) {
	copy(s[:], input)
	return s
}

// Reserve takes the whole price of a transaction's gas limit out of the deposit
// of the contract it calls, and counts the call against the contract's limits.
// An error, one of the above, says why the contract does not pay.
func (g *Gas) Reserve(ctx *contract.Context, from, to common.Address, input []byte, feeWei *uint256.Int) error {
	ctx = ctx.At(g.Address())
	selector := selectorOf(input)
	policy := g.policyOf(ctx, to, selector)
	switch {
	case !policy.Active:
		return fmt.Errorf("%w: %s %#x", ErrNoPolicy, to, selector)
	case feeWei.Gt(policy.MaxFeeWei):
		return fmt.Errorf("%w: %s wei, at most %s", ErrFeeTooHigh, feeWei.Dec(), policy.MaxFeeWei.Dec())
	}
	calls, callsByCaller := g.usageOf(ctx, to, selector, from)
	if over(calls, policy.DailyCalls) || over(callsByCaller, policy.DailyCallsPerCaller) {
		return fmt.Errorf("%w: %d calls, %d by %s", ErrDailyLimit, calls, callsByCaller, from)
	}
	if have := g.depositOf(ctx, to); have.Lt(feeWei) {
		return fmt.Errorf("%w: %s wei of %s", ErrNoDeposit, have.Dec(), feeWei.Dec())
	}
	if err := g.debit(ctx, to, feeWei); err != nil {
		return err
	}
	day := ctx.Time() / secondsPerDay
	usage := g.store.Usage.At(ctx, to)
	bySelector := g.store.UsageBy.At(ctx, to)
	byCaller := bySelector.At(ctx, selector)
	usage.Set(ctx, selector, tally{day, calls + 1})
	byCaller.Set(ctx, from, tally{day, callsByCaller + 1})
	return nil
}

func over(calls, limit uint64) bool { return limit > 0 && calls >= limit }

// Settle pays what was used of a reserved price to the collector of fees and
// gives the rest back to the deposit.
func (g *Gas) Settle(ctx *contract.Context, from, to common.Address, input []byte, reservedWei, usedWei *uint256.Int) error {
	ctx = ctx.At(g.Address())
	left := g.depositOf(ctx, to)
	g.store.Deposits.Set(ctx, to, *left.Add(left, new(uint256.Int).Sub(reservedWei, usedWei)))
	g.emit.Sponsored(ctx, to, from, selectorOf(input), usedWei)
	return ctx.Transfer(g.collector, usedWei)
}
