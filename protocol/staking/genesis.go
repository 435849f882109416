package staking

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Genesis is the contract's part of a genesis: candidates and delegations of a
// new network, or the state of one that was exported.
type Genesis struct {
	Parameters  Parameters          `json:"parameters"`
	Constants   Constants           `json:"constants"`
	Candidates  []GenesisCandidate  `json:"candidates,omitempty"` // numbered from 1 in this order
	Delegations []GenesisDelegation `json:"delegations,omitempty"`
	State       *State              `json:"state,omitempty"`
}

// GenesisCandidate is a candidate of a new network.
type GenesisCandidate struct {
	Owner         common.Address `json:"owner"`
	ConsensusKey  common.Hash    `json:"consensusKey"`
	Moniker       string         `json:"moniker"`
	Website       string         `json:"website,omitempty"`
	Details       string         `json:"details,omitempty"`
	CommissionBps uint16         `json:"commissionBps"`
	SelfStakeWei  *uint256.Int   `json:"selfStakeWei"`
	Locked        bool           `json:"locked,omitempty"` // the self-stake is of the owner's locked coins
}

// GenesisDelegation is a delegation of a new network. The coins of plain and
// compounding ones are the contract's balance; locked ones are taken from the
// lockup contract.
type GenesisDelegation struct {
	Delegator common.Address `json:"delegator"`
	Candidate uint64         `json:"candidate"`
	Kind      Kind           `json:"kind,omitempty"`
	AmountWei *uint256.Int   `json:"amountWei"`
}

// Begin writes a genesis. The contract's balance must be there already.
func (s *Staking) Begin(ctx *contract.Context, g Genesis) error {
	return contract.Run(ctx.At(s.Address()), func(ctx *contract.Context) error {
		if err := s.check(&g.Parameters); err != nil {
			return err
		}
		switch c := g.Constants; {
		case c.StandbyRewardBps > bps || c.CommissionRaiseBps > bps:
			return errors.New("staking: standbyRewardBps and commissionRaiseBps are at most 10,000 basis points")
		case c.WeiPerPower == nil || c.WeiPerPower.IsZero():
			return errors.New("staking: weiPerPower is the stake that makes one unit of power; 10^18 is usual")
		}
		s.store.Parameters.Set(ctx, g.Parameters)
		s.store.Constants.Set(ctx, g.Constants)
		if g.State != nil {
			return s.restore(ctx, g.State)
		}
		return s.found(ctx, &g)
	})
}

// found begins a new network.
func (s *Staking) found(ctx *contract.Context, g *Genesis) error {
	for i, c := range g.Candidates {
		l := s.open(ctx)
		id, err := l.declare(c.Owner, c.ConsensusKey, texts{c.Moniker, c.Website, c.Details}, c.CommissionBps)
		if err == nil {
			err = l.foundDelegation(id, c.Owner, genesisKind(c.Locked), c.SelfStakeWei)
		}
		if err != nil {
			return fmt.Errorf("staking: candidate %d, %s: %w", i+1, c.Moniker, err)
		}
	}
	for _, d := range g.Delegations {
		if err := s.open(ctx).foundDelegation(d.Candidate, d.Delegator, d.Kind, d.AmountWei); err != nil {
			return fmt.Errorf("staking: delegation of %s to candidate %d: %w", d.Delegator, d.Candidate, err)
		}
	}
	l := s.open(ctx)
	if err := l.election(&g.Parameters); err != nil {
		return err
	}
	l.close()
	return s.checkBalance(ctx)
}

func genesisKind(locked bool) Kind {
	if locked {
		return Locked
	}
	return Plain
}

func (l *ledger) foundDelegation(candidate uint64, delegator common.Address, kind Kind, amountWei *uint256.Int) error {
	if amountWei == nil {
		return errors.New("the amount is missing")
	}
	if kind != Locked {
		l.receive(amountWei)
	} else if err := l.takeLocked(delegator, amountWei); err != nil {
		return err
	}
	return l.delegateTo(candidate, delegator, kind, amountWei)
}

func (s *Staking) checkBalance(ctx *contract.Context) error {
	sums := s.store.Sums.Get(ctx)
	if have := ctx.Balance(s.Address()); have.Lt(&sums.AccountedWei) {
		return fmt.Errorf("staking: its account %s must hold %s wei of stake in the genesis, it holds %s", s.Address(), sums.AccountedWei.Dec(), have.Dec())
	}
	return nil
}
