package lockup

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Errors of staking locked coins; a caller's method reverts with their text.
var (
	// ErrStakingOff refuses to stake locked coins where the genesis forbids it.
	ErrStakingOff = errors.New("locked coins cannot be staked on this network")
	// ErrEnded refuses to stake coins whose lock has ended.
	ErrEnded = errors.New("a lock of the account has ended: release it, then stake its coins as free ones")
	// ErrTooFewLocked refuses to stake more than there is.
	ErrTooFewLocked = errors.New("the account has fewer locked coins that are not staked")
	// ErrNotTaken refuses to take back what was not staked.
	ErrNotTaken = errors.New("fewer locked coins of the account are staked")
)

// Take moves locked coins of an account to the contract that ctx is of, to be
// staked. Coins whose lock has ended are not locked any more and stay. The
// wiring decides who can call it: staking alone.
func (l *Lockup) Take(ctx *contract.Context, account common.Address, amountWei *uint256.Int) error {
	staking := ctx.Address()
	ctx = ctx.At(l.Address())
	if l.store.Head.Get(ctx).StakingOff {
		return ErrStakingOff
	}
	own := l.store.OfOwner.At(ctx, account)
	if first, ok := own.First(ctx, common.Hash{}); ok && untilOf(first) <= ctx.Time() {
		_, id := contract.SplitKey(first)
		return fmt.Errorf("lock %d: %w", id, ErrEnded)
	}
	before := l.store.Purses.Get(ctx, account)
	if before.HeldWei.Lt(amountWei) {
		return ErrTooFewLocked
	}
	after := before
	after.HeldWei.Sub(&after.HeldWei, amountWei)
	after.StakedWei.Add(&after.StakedWei, amountWei)
	l.save(ctx, account, before, after)
	l.emit.Taken(ctx, account, amountWei)
	return ctx.Transfer(staking, amountWei)
}

// Return takes coins back from the contract that ctx is of. What belongs to a
// lock that ended in the meantime goes on to the account at once.
func (l *Lockup) Return(ctx *contract.Context, account common.Address, amountWei *uint256.Int) error {
	staking := ctx
	ctx = ctx.At(l.Address())
	before := l.store.Purses.Get(ctx, account)
	if before.StakedWei.Lt(amountWei) {
		return ErrNotTaken
	}
	if err := staking.Transfer(l.Address(), amountWei); err != nil {
		return err
	}
	after := before
	after.StakedWei.Sub(&after.StakedWei, amountWei)
	paidWei := least(amountWei, &after.EndedWei)
	after.EndedWei.Sub(&after.EndedWei, &paidWei)
	after.HeldWei.Add(&after.HeldWei, new(uint256.Int).Sub(amountWei, &paidWei))
	l.save(ctx, account, before, after)
	l.emit.Returned(ctx, account, amountWei, &paidWei)
	if paidWei.IsZero() {
		return nil
	}
	return ctx.Transfer(account, &paidWei)
}

// Lost tells that staked coins of an account were slashed and will not return.
// The loss comes off coins whose lock has ended already, then off the lock that
// ends first.
func (l *Lockup) Lost(ctx *contract.Context, account common.Address, amountWei *uint256.Int) error {
	ctx = ctx.At(l.Address())
	before := l.store.Purses.Get(ctx, account)
	if before.StakedWei.Lt(amountWei) {
		return ErrNotTaken
	}
	after := before
	after.StakedWei.Sub(&after.StakedWei, amountWei)
	ended := least(amountWei, &after.EndedWei)
	after.EndedWei.Sub(&after.EndedWei, &ended)
	after.LostWei.Add(&after.LostWei, new(uint256.Int).Sub(amountWei, &ended))
	l.save(ctx, account, before, after)
	l.emit.Lost(ctx, account, amountWei)
	return nil
}
