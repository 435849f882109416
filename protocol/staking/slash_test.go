package staking

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// TestDoubleSign: all stake and what left since is slashed, what left before is
// not, and the validator is barred for good.
func TestDoubleSign(t *testing.T) {
	w := newWorld(t, 3)
	w.must(person(1), cmt(1000), "delegate", uint64(1), false)
	w.must(person(1), nil, "undelegate", uint64(1), uint8(Plain), cmt(100)) // before the deed
	w.Advance(1, 2*hour)
	deed := w.Time
	w.Advance(1, 2*hour)
	w.must(person(1), nil, "undelegate", uint64(1), uint8(Plain), cmt(200)) // after it
	result := w.block(nil, Evidence{Validator: consensusAddress(1), Height: 1, Time: deed}, Evidence{Validator: common.Address{7}})
	slashed := w.Events(w.s, result, "Slashed")
	require.Len(t, slashed, 1)
	require.Equal(t, cmt(85).ToBig(), slashed[0]["slashedWei"])
	require.Equal(t, cmt(10).ToBig(), slashed[0]["unbondingSlashedWei"])
	require.Equal(t, cmt(95).Dec(), w.supply.burnedWei.Dec())
	require.Equal(t, cmt(665), w.delegation(person(1), 1, Plain).StakeWei)
	v := w.validator(1)
	require.Equal(t, StatusBarred, v.Status)
	require.Zero(t, v.Power)
	list := contracttest.View[[]Unbonding](w.Chain, w.s, "unbondings", person(1), uint64(0), uint64(10))
	require.Equal(t, []*uint256.Int{cmt(100), cmt(190)}, []*uint256.Int{list[0].AmountWei, list[1].AmountWei})
	w.block(nil, Evidence{Validator: consensusAddress(1), Height: 1, Time: deed})
	require.Equal(t, cmt(95).Dec(), w.supply.burnedWei.Dec(), "once is enough")
	w.fails(ownerOf(1), nil, "CandidateBarred", "rejoin")
	w.fails(person(1), cmt(5), "CandidateBarred", "delegate", uint64(1), false)
	w.checkMoney()
}

func smallWindow(g *Genesis) { g.Parameters.AbsenceWindowBlocks = 20 }

// TestAbsence: more than half of the window missed sends a validator out; a
// standby takes its place in the same block.
func TestAbsence(t *testing.T) {
	w := newWorld(t, 4, smallWindow, func(g *Genesis) { g.Parameters.ActiveValidators, g.Parameters.StandbyValidators = 3, 1 })
	away := []common.Address{consensusAddress(2), {9}}
	for range 10 {
		w.block(away)
	}
	require.EqualValues(t, 10, w.validator(2).MissedBlocks)
	w.blocks(20)
	require.Zero(t, w.validator(2).MissedBlocks, "what is past is forgotten")
	for range 10 {
		w.block(away)
	}
	require.Equal(t, StatusActive, w.validator(2).Status)
	result := w.block(away)
	require.Equal(t, StatusOut, w.validator(2).Status)
	require.Equal(t, StatusActive, w.validator(4).Status)
	require.Len(t, w.Events(w.s, result, "PowerChanged"), 2)
	require.Equal(t, cmt(1), w.supply.burnedWei, "0.1 % of 1,000")
	w.fails(ownerOf(2), nil, "OutUntil", "rejoin")
	w.Advance(1, 600)
	w.must(ownerOf(2), nil, "rejoin")
	w.fails(ownerOf(2), nil, "NotOut", "rejoin")
	w.epoch()
	require.Equal(t, StatusStandby, w.validator(2).Status, "it has less stake now")
	w.checkMoney()
}

// TestSeatsChangeHands: what the former occupant of a seat missed is not its
// successor's.
func TestSeatsChangeHands(t *testing.T) {
	w := newWorld(t, 3, smallWindow, func(g *Genesis) { g.Parameters.ActiveValidators, g.Parameters.StandbyValidators = 2, 1 })
	for range 8 {
		w.block([]common.Address{consensusAddress(2)})
	}
	w.must(ownerOf(2), nil, "retire")
	w.block(nil)
	require.Equal(t, StatusActive, w.validator(3).Status)
	w.block([]common.Address{consensusAddress(3)})
	require.EqualValues(t, 1, w.validator(3).MissedBlocks)
	for range 18 {
		w.block([]common.Address{consensusAddress(2)}) // it has no seat any more
	}
	require.EqualValues(t, 1, w.validator(3).MissedBlocks)
	w.blocks(2)
	require.Zero(t, w.validator(3).MissedBlocks)
}

func TestTheLastValidatorStays(t *testing.T) {
	w := newWorld(t, 1)
	w.must(ownerOf(1), nil, "retire")
	w.fails(ownerOf(1), nil, "HasRetired", "retire")
	w.epoch()
	require.EqualValues(t, 1000, w.validator(1).Power)
	w.must(ownerOf(1), nil, "rejoin")
	w.checkMoney()
}

func TestRedelegation(t *testing.T) {
	w := newWorld(t, 3)
	w.must(person(1), cmt(100), "delegate", uint64(1), false)
	w.fails(person(1), nil, "SameCandidate", "redelegate", uint64(1), uint64(1), uint8(Plain), cmt(10))
	w.must(person(1), nil, "redelegate", uint64(1), uint64(2), uint8(Plain), cmt(60))
	w.must(person(1), cmt(5), "delegate", uint64(2), false)
	require.Equal(t, cmt(60), w.delegation(person(1), 2, Plain).HeldWei)
	w.fails(person(1), nil, "StakeTooSmall", "redelegate", uint64(2), uint64(3), uint8(Plain), cmt(6))
	w.fails(person(1), nil, "StakeTooSmall", "undelegate", uint64(2), uint8(Plain), cmt(6))
	w.must(person(1), nil, "redelegate", uint64(2), uint64(3), uint8(Plain), cmt(5))
	deed := w.Time - 10
	w.Advance(5, 3600)
	w.block(nil, Evidence{Validator: consensusAddress(1), Time: deed})
	burned := w.supply.burnedWei.Clone()
	slashed := w.must(person(5), nil, "applySlashes", person(1), uint64(2), uint8(Plain))[0].(*uint256.Int)
	require.Equal(t, cmt(3).Dec(), slashed.Dec(), "5 % of the 60 that came from there")
	require.Equal(t, cmt(3), burned.Sub(w.supply.burnedWei, burned))
	require.True(t, w.must(person(5), nil, "applySlashes", person(1), uint64(2), uint8(Plain))[0].(*uint256.Int).IsZero())
	w.Advance(1, 7*day)
	w.must(person(1), nil, "undelegate", uint64(2), uint8(Plain), all)
	w.checkMoney()
}

func TestTooManyRedelegations(t *testing.T) {
	w := newWorld(t, 2)
	w.must(person(1), cmt(100), "delegate", uint64(1), false)
	for range maxRedelegations {
		w.must(person(1), nil, "redelegate", uint64(1), uint64(2), uint8(Plain), cmt(1))
	}
	w.fails(person(1), nil, "TooManyRedelegations", "redelegate", uint64(1), uint64(2), uint8(Plain), cmt(1))
	w.Advance(1, 7*day)
	w.must(person(1), nil, "redelegate", uint64(1), uint64(2), uint8(Plain), cmt(1))
	w.checkMoney()
}
