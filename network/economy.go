package network

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contracts"
)

// Economy is what a new chain's contracts begin with, and what each founding validator stakes.
type Economy struct {
	*contracts.Economy
	SelfStakeWei *big.Int // of each founding validator, out of its operator's balance
	GrantStake   bool     // the operator gets what it stakes with the genesis
}

// devSelfStakeWei is what each validator of a development chain stakes: 1,000,000 CMT.
var devSelfStakeWei = new(big.Int).Mul(big.NewInt(1_000_000), big.NewInt(params.Ether))

// Rhythm of a development chain, so that nobody waits for days.
const (
	devEpochBlocks     = 10
	devUnbonding       = 120 // seconds
	devVotingDelay     = 1   // seconds
	devVotingPeriod    = 60  // seconds
	devExecutionDelay  = 10  // seconds
	devExecutionWindow = 3600
)

// DevEconomy is the main network's economy at the speed of a development chain.
func DevEconomy() *Economy {
	e := contracts.NewEconomy()
	e.Staking.EpochBlocks, e.Staking.UnbondingSeconds = devEpochBlocks, devUnbonding
	e.Governance.VotingDelay, e.Governance.VotingPeriod = devVotingDelay, devVotingPeriod
	e.Governance.ExecutionDelay, e.Governance.ExecutionWindow = devExecutionDelay, devExecutionWindow
	return &Economy{Economy: e, SelfStakeWei: devSelfStakeWei, GrantStake: true}
}

// found fills in the contracts' sections.
func (g *Genesis) found(members []member, at time.Time) error {
	if g.Economy == nil {
		return nil
	}
	founders := make([]contracts.Founder, len(members))
	for i, m := range members {
		stake, tooLarge := uint256.FromBig(g.Economy.SelfStakeWei)
		if tooLarge {
			return fmt.Errorf("%w: a self-stake of %s wei", ErrGenesis, g.Economy.SelfStakeWei)
		}
		founders[i] = contracts.Founder{Owner: m.operator, Key: [32]byte(m.identity.ValidatorKey.Bytes()), Moniker: m.name, StakeWei: stake}
	}
	if g.Economy.GrantStake {
		granted := make(types.GenesisAlloc, len(members))
		for _, m := range members {
			granted[m.operator] = types.Account{Balance: g.Economy.SelfStakeWei}
		}
		copied := *g
		copied.Alloc = make(types.GenesisAlloc, len(g.Alloc)+len(members))
		if err := copied.Add(g.Alloc); err != nil {
			return err
		}
		if err := copied.Add(granted); err != nil {
			return err
		}
		g.Alloc = copied.Alloc
	}
	floor := new(uint256.Int).SetUint64(g.BaseFeeFloorWei)
	g.Economy.FloorWei = floor
	var err error
	g.Contracts, g.Alloc, err = g.Economy.Found(at.UTC().Truncate(time.Second), g.Alloc, founders)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}
