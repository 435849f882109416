package staking

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Parameters are what governance changes; IStaking.sol explains each.
type Parameters struct {
	ActiveValidators    uint16       `json:"activeValidators"`
	StandbyValidators   uint16       `json:"standbyValidators"`
	MinSelfStakeBps     uint16       `json:"minSelfStakeBps"`
	MaxPowerBps         uint16       `json:"maxPowerBps"`
	PowerSlackBps       uint16       `json:"powerSlackBps"`
	DoubleSignSlashBps  uint16       `json:"doubleSignSlashBps"`
	AbsenceSlashBps     uint16       `json:"absenceSlashBps"`
	AbsenceMaxMissedBps uint16       `json:"absenceMaxMissedBps"`
	AbsenceWindowBlocks uint32       `json:"absenceWindowBlocks"`
	AbsenceOutSeconds   uint32       `json:"absenceOutSeconds"`
	EpochBlocks         uint32       `json:"epochBlocks"`
	UnbondingSeconds    uint32       `json:"unbondingSeconds"`
	MinDelegationWei    *uint256.Int `sol:"uint128" json:"minDelegationWei"`
}

// Constants are what a network decides in its genesis for good.
type Constants struct {
	StandbyRewardBps   uint16       `json:"standbyRewardBps"`
	CommissionRaiseBps uint16       `json:"commissionRaiseBps"`
	WeiPerPower        *uint256.Int `sol:"uint128" json:"weiPerPower"`
}

// Defaults are the main network's parameters and constants.
func Defaults() (Parameters, Constants) {
	return Parameters{
			ActiveValidators: 19, StandbyValidators: 5, MinSelfStakeBps: 1000,
			MaxPowerBps: 1200, PowerSlackBps: 500,
			DoubleSignSlashBps: 500, AbsenceSlashBps: 10, AbsenceMaxMissedBps: 5000,
			AbsenceWindowBlocks: 10_000, AbsenceOutSeconds: 600,
			EpochBlocks: 120, UnbondingSeconds: 7 * day, MinDelegationWei: uint256.NewInt(1e18),
		}, Constants{
			StandbyRewardBps: 1000, CommissionRaiseBps: 500, WeiPerPower: uint256.NewInt(1e18),
		}
}

// maxUnbonding is the longest unbonding time, in seconds.
const maxUnbonding = 60 * day

// check holds parameters to bounds within which the contract is sound.
func (s *Staking) check(p *Parameters) error {
	for _, each := range []struct {
		name                string
		value, lower, upper uint64
	}{
		{"activeValidators", uint64(p.ActiveValidators), 1, 200},
		{"standbyValidators", uint64(p.StandbyValidators), 0, 100},
		{"minSelfStakeBps", uint64(p.MinSelfStakeBps), 0, bps},
		{"maxPowerBps", uint64(p.MaxPowerBps), 1, bps},
		{"powerSlackBps", uint64(p.PowerSlackBps), 0, bps},
		{"doubleSignSlashBps", uint64(p.DoubleSignSlashBps), 0, bps / 2},
		{"absenceSlashBps", uint64(p.AbsenceSlashBps), 0, bps / 10},
		{"absenceMaxMissedBps", uint64(p.AbsenceMaxMissedBps), 1, bps},
		{"absenceWindowBlocks", uint64(p.AbsenceWindowBlocks), 10, 1_000_000},
		{"absenceOutSeconds", uint64(p.AbsenceOutSeconds), 0, 30 * day},
		{"epochBlocks", uint64(p.EpochBlocks), 1, 100_000},
		{"unbondingSeconds", uint64(p.UnbondingSeconds), 60, maxUnbonding},
	} {
		if each.value < each.lower || each.value > each.upper {
			return s.fail.ParameterInvalid(each.name, uint256.NewInt(each.lower), uint256.NewInt(each.upper))
		}
	}
	lower, upper := uint256.NewInt(1e9), new(uint256.Int).Lsh(uint256.NewInt(1), 90)
	if p.MinDelegationWei.Lt(lower) || p.MinDelegationWei.Gt(upper) {
		return s.fail.ParameterInvalid("minDelegationWei", lower, upper)
	}
	return nil
}

// setParameters changes the parameters. A new absence window starts empty.
func (s *Staking) setParameters(ctx *contract.Context, changed Parameters) error {
	if ctx.Caller() != s.governance {
		return s.fail.NotGovernance()
	}
	if err := s.check(&changed); err != nil {
		return err
	}
	if s.store.Parameters.Get(ctx).AbsenceWindowBlocks != changed.AbsenceWindowBlocks {
		s.restartWindow(ctx)
	}
	s.store.Parameters.Set(ctx, changed)
	s.emit.ParametersChanged(ctx, changed)
	return nil
}

func (s *Staking) restartWindow(ctx *contract.Context) {
	r := s.store.Rhythm.Get(ctx)
	r.Window++
	s.store.Rhythm.Set(ctx, r)
	for _, id := range s.store.Set.Slice(ctx, 0, uint64(s.store.Sums.Get(ctx).ActiveCount)) {
		s.store.Seats.Set(ctx, uint8(s.store.Standings.Get(ctx, id).Seat-1), seat{Since: ctx.BlockNumber()})
	}
}

func (s *Staking) parameters(ctx *contract.Context) Parameters { return s.store.Parameters.Get(ctx) }

func (s *Staking) constants(ctx *contract.Context) Constants { return s.store.Constants.Get(ctx) }
