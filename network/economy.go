package network

import (
	"cmp"
	"fmt"
	"math/big"
	"time"

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

// PublicEconomy is the main network's economy for a chain whose founding validators get their stakes with the genesis.
func PublicEconomy() *Economy {
	return &Economy{Economy: contracts.NewEconomy(), SelfStakeWei: devSelfStakeWei, GrantStake: true}
}

// PrivateEconomy is that of a chain whose validators are named and whose transactions are free.
func PrivateEconomy() *Economy {
	e := contracts.NewEconomy()
	e.Authority = &contracts.Authority{FeeBlocks: contracts.DefaultFeeBlocks}
	e.Access = new(contracts.AccessGenesis)
	return &Economy{Economy: e}
}

// found fills in the contracts' sections.
func (g *Genesis) found(members []member, at time.Time) error {
	if g.Economy == nil {
		return nil
	}
	founders := make([]contracts.Founder, len(members))
	for i, m := range members {
		stake, tooLarge := uint256.FromBig(cmp.Or(m.stakeWei, g.Economy.SelfStakeWei, new(big.Int)))
		if tooLarge {
			return fmt.Errorf("%w: validator %s: a self-stake of %s wei", ErrGenesis, m.name, m.stakeWei)
		}
		founders[i] = contracts.Founder{
			Owner: m.operator, Key: [32]byte(m.identity.ValidatorKey.Bytes()), Moniker: m.name,
			CommissionBps: m.commissionBps, StakeWei: stake, Locked: m.locked, Power: cmp.Or(m.power, uint64(validatorPower)),
		}
	}
	if g.Economy.GrantStake {
		granted, err := g.funded(members, g.Economy.SelfStakeWei)
		if err != nil {
			return err
		}
		g.Alloc = granted.Alloc
	}
	g.Economy.FloorWei = new(uint256.Int).SetUint64(g.BaseFeeFloorWei)
	var err error
	g.Contracts, g.Alloc, err = g.Economy.Found(at.UTC().Truncate(time.Second), g.Alloc, founders)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return g.CheckContracts(at)
}

// CheckContracts lets the contracts read what they are to begin with.
func (g *Genesis) CheckContracts(at time.Time) error {
	chain, err := contracts.New(g.Contracts, g.ChainConfig(), g.GasLimit)
	if err == nil {
		_, err = chain.Begin(at, g.Alloc)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}
