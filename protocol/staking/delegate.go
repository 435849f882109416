package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// delegate adds the coins that came with the call to the caller's delegation.
func (s *Staking) delegate(ctx *contract.Context, candidate uint64, compounding bool) error {
	kind := Plain
	if compounding {
		kind = Compounding
	}
	l := s.open(ctx)
	l.receive(ctx.Value())
	return l.delegateTo(candidate, ctx.Caller(), kind, ctx.Value())
}

// delegateLocked takes coins of the caller out of the lockup contract.
func (s *Staking) delegateLocked(ctx *contract.Context, candidate uint64, amountWei *uint256.Int) error {
	l := s.open(ctx)
	if err := l.takeLocked(ctx.Caller(), amountWei); err != nil {
		return err
	}
	return l.delegateTo(candidate, ctx.Caller(), Locked, amountWei)
}

func (l *ledger) takeLocked(account common.Address, amountWei *uint256.Int) error {
	if amountWei.IsZero() {
		return l.fail.AmountTooSmall(amountWei, l.minimum())
	}
	if err := l.lockup.Take(l.ctx, account, amountWei); err != nil {
		return err
	}
	l.receive(amountWei)
	return nil
}

// delegateTo delegates coins that are accounted for and closes the ledger.
func (l *ledger) delegateTo(candidate uint64, delegator common.Address, kind Kind, amountWei *uint256.Int) error {
	a, err := l.account(candidate)
	if err != nil {
		return err
	}
	if a.Barred {
		return l.fail.CandidateBarred(candidate)
	}
	h, _, err := l.holding(a, delegator, kind)
	if err != nil {
		return err
	}
	if _, err := l.deposit(h, amountWei); err != nil {
		return err
	}
	if kind == Locked {
		h.PrincipalWei.Add(&h.PrincipalWei, amountWei)
	}
	if err := l.checkSelfStake(a, delegator, true); err != nil {
		return err
	}
	l.emit.Delegated(l.ctx, delegator, candidate, kind, amountWei)
	l.close()
	return nil
}
