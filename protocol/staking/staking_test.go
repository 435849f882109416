package staking

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// TestRewards: of 10 CMT a block, two validators of equal power get half each;
// one has a delegator of half its stake and keeps a tenth of that one's reward.
func TestRewards(t *testing.T) {
	w := newWorld(t, 2)
	w.must(person(1), cmt(1000), "delegate", uint64(1), false)
	w.epoch() // power follows at the epoch's end
	w.must(person(1), nil, "claim", uint64(1))
	w.must(ownerOf(1), nil, "claimCommission")
	before, owner := w.balance(person(1)), w.validator(1).CommissionWei
	require.True(t, owner.IsZero())
	w.blocks(30)
	// 2 of 3 parts of power, capped at 1/2 + 5 % = 55 %: 1222 of 2222.
	v1, v2 := w.validator(1), w.validator(2)
	require.EqualValues(t, 1222, v1.Power)
	require.EqualValues(t, 1000, v2.Power)
	gross := mulDiv(cmt(300), uint256.NewInt(1222), uint256.NewInt(2222))
	half := new(uint256.Int).Rsh(gross, 1)
	want := new(uint256.Int).Sub(half, part(half, 1000))
	pending := contracttest.View[*uint256.Int](w.Chain, w.s, "pendingRewards", person(1))
	close := func(a, b *uint256.Int) {
		t.Helper()
		d := new(uint256.Int).Sub(a, b)
		require.Truef(t, d.Abs(d).LtUint64(4), "%s and %s", a.Dec(), b.Dec())
	}
	close(want, pending)
	close(part(gross, 1000), v1.CommissionWei)
	paid := w.must(person(1), nil, "claim", uint64(1))[0].(*uint256.Int)
	require.Equal(t, pending, paid)
	require.Equal(t, new(uint256.Int).Add(before, paid), w.balance(person(1)))
	w.checkMoney()
}

// TestFeesAreRewards: whatever reaches the balance is shared out.
func TestFeesAreRewards(t *testing.T) {
	w := newWorld(t, 1)
	w.supply.perBlockWei = new(uint256.Int)
	w.Fund(stakingAddress, cmt(90))
	w.must(ownerOf(1), nil, "claim", uint64(1))
	w.must(ownerOf(1), nil, "claimCommission")
	require.Equal(t, new(uint256.Int).Add(cmt(10_000_000), cmt(90)), w.balance(ownerOf(1)))
	w.checkMoney()
}

// TestStandbyEarnATenth: 5 of 24 stand by and share 10 %.
func TestStandbyEarnATenth(t *testing.T) {
	w := newWorld(t, 25)
	list := w.must(person(0), nil, "activeSet")[0].([]uint64)
	standby := contracttest.View[[]uint64](w.Chain, w.s, "standbySet")
	require.Len(t, list, 19)
	require.Equal(t, []uint64{20, 21, 22, 23, 24}, standby, "the first to come wins a tie")
	w.blocks(19)
	got := contracttest.View[*uint256.Int](w.Chain, w.s, "pendingRewards", ownerOf(20))
	got.Add(got, w.validator(20).CommissionWei)
	require.Equal(t, part(cmt(190), 1000).Div(part(cmt(190), 1000), uint256.NewInt(5)).Dec(), got.Dec())
	got = contracttest.View[*uint256.Int](w.Chain, w.s, "pendingRewards", ownerOf(1))
	got.Add(got, w.validator(1).CommissionWei)
	require.Equal(t, cmt(9).Dec(), got.Dec())
	none := contracttest.View[*uint256.Int](w.Chain, w.s, "pendingRewards", ownerOf(25))
	require.True(t, none.IsZero(), "who is in no set earns nothing")
	w.checkMoney()
}

func TestQuietBlocksWriteNothing(t *testing.T) {
	w := newWorld(t, 3)
	w.block(nil)
	w.DB.IntermediateRoot(true)
	before := w.DB.GetStorageRoot(stakingAddress)
	w.blocks(50)
	w.DB.IntermediateRoot(true)
	require.Equal(t, before, w.DB.GetStorageRoot(stakingAddress))
}

func TestUndelegateReturnsBySystemTransaction(t *testing.T) {
	w := newWorld(t, 2)
	w.must(person(1), cmt(500), "delegate", uint64(1), false)
	out := w.must(person(1), nil, "undelegate", uint64(1), uint8(Plain), cmt(200))
	id, matures := out[0].(uint64), out[1].(uint64)
	require.Equal(t, w.Time+7*day, matures)
	w.fails(person(1), nil, "NotMature", "withdraw", id)
	require.Zero(t, w.settleDue())
	list := contracttest.View[[]Unbonding](w.Chain, w.s, "unbondings", person(1), uint64(0), uint64(10))
	require.Equal(t, []Unbonding{{id, 1, Plain, cmt(200), matures}}, list)
	for i := range uint64(40) { // more than one batch
		w.must(person(2), cmt(2), "delegate", 1+i%2, false)
		w.must(person(2), nil, "undelegate", 1+i%2, uint8(Plain), all)
	}
	w.checkMoney()
	w.Advance(7000, 7*day)
	before := w.balance(person(1))
	require.Equal(t, 3, w.settleDue())
	require.Equal(t, new(uint256.Int).Add(before, cmt(200)), w.balance(person(1)))
	w.fails(person(1), nil, "UnbondingMissing", "withdraw", id)
	require.Empty(t, w.s.Export(w.Open(w.s)).State.Unbondings)
	w.checkMoney()
}

func TestAmounts(t *testing.T) {
	w := newWorld(t, 1)
	w.fails(person(1), uint256.NewInt(1e17), "AmountTooSmall", "delegate", uint64(1), false)
	w.fails(person(1), nil, "AmountTooSmall", "delegate", uint64(1), true)
	w.fails(person(1), cmt(1), "CandidateMissing", "delegate", uint64(9), false)
	w.fails(person(1), nil, "StakeTooSmall", "undelegate", uint64(1), uint8(Plain), cmt(1))
	w.fails(person(1), nil, "KindInvalid", "undelegate", uint64(1), uint8(3), cmt(1))
	w.must(person(1), cmt(2), "delegate", uint64(1), false)
	w.fails(person(1), nil, "StakeTooSmall", "undelegate", uint64(1), uint8(Plain), cmt(3))
	w.fails(person(1), nil, "AmountTooSmall", "undelegate", uint64(1), uint8(Plain), uint256.NewInt(15e17))
	w.must(person(1), nil, "undelegate", uint64(1), uint8(Plain), all)
	w.fails(person(1), cmt(9001), "SelfStakeTooSmall", "delegate", uint64(1), false)
	w.must(person(1), cmt(9000), "delegate", uint64(1), false)
	w.checkMoney()
}

// TestTooLittleSelfStake: the owner who takes its own stake out is out.
func TestTooLittleSelfStake(t *testing.T) {
	w := newWorld(t, 3)
	w.must(person(1), cmt(9000), "delegate", uint64(2), false)
	w.epoch()
	require.Equal(t, StatusActive, w.validator(2).Status)
	w.must(ownerOf(2), nil, "undelegate", uint64(2), uint8(Plain), cmt(100))
	result := w.block(nil) // at once, not at the epoch's end
	require.Equal(t, StatusOut, w.validator(2).Status)
	changes := w.Events(w.s, result, "PowerChanged")
	require.Equal(t, [32]byte(consensusKey(2)), changes[0]["consensusKey"])
	require.EqualValues(t, 0, changes[0]["power"])
	w.must(ownerOf(2), cmt(200), "delegate", uint64(2), false)
	w.epoch()
	require.Equal(t, StatusActive, w.validator(2).Status)
	w.checkMoney()
}

func TestCompounding(t *testing.T) {
	w := newWorld(t, 1)
	w.must(person(1), cmt(1000), "delegate", uint64(1), true)
	w.epoch()
	d := w.delegation(person(1), 1, Compounding)
	require.True(t, d.StakeWei.Gt(cmt(1000)))
	require.True(t, d.RewardsWei.IsZero())
	w.must(person(1), nil, "setCompounding", uint64(1), false)
	plain := w.delegation(person(1), 1, Plain)
	require.False(t, plain.StakeWei.Lt(d.StakeWei))
	w.fails(person(1), nil, "StakeTooSmall", "setCompounding", uint64(1), false)
	w.must(person(1), nil, "setCompounding", uint64(1), true)
	w.checkMoney()
}

func TestLockedCoins(t *testing.T) {
	w := newWorld(t, 2)
	w.must(person(1), nil, "delegateLocked", uint64(1), cmt(100))
	w.epoch()
	before := w.balance(person(1))
	paid := w.must(person(1), nil, "claim", uint64(1))[0].(*uint256.Int)
	require.False(t, paid.IsZero(), "rewards are free")
	w.must(person(1), nil, "undelegate", uint64(1), uint8(Locked), cmt(40))
	w.block(nil, Evidence{Validator: consensusAddress(1), Time: w.Time})
	w.Advance(1, 8*day)
	require.Equal(t, 1, w.settleDue())
	require.Equal(t, cmt(38).Dec(), w.lockup.returnedWei.Dec(), "5 % of 40 is lost")
	require.Equal(t, cmt(2).Dec(), w.lockup.lostWei.Dec())
	require.Equal(t, new(uint256.Int).Add(before, paid), w.balance(person(1)), "the principal stays locked")
	w.must(person(1), nil, "undelegate", uint64(1), uint8(Locked), all)
	w.Advance(1, 8*day)
	w.lockup.refuse = errors.New("no")
	require.Equal(t, 1, w.settleDue())
	w.checkMoney()
	w.lockup.refuse = nil
	w.must(person(9), nil, "withdraw", uint64(2))
	require.Equal(t, cmt(95).Dec(), w.lockup.returnedWei.Dec())
	require.Equal(t, cmt(5).Dec(), w.lockup.lostWei.Dec())
	w.checkMoney()
}

func TestGrantedCommission(t *testing.T) {
	w := newWorld(t, 1)
	w.must(person(1), cmt(1000), "delegate", uint64(1), false)
	w.must(person(2), cmt(1000), "delegate", uint64(1), false)
	w.epoch()
	w.fails(ownerOf(1), nil, "CommissionTooHigh", "grantCommission", person(1), uint16(1000))
	w.must(ownerOf(1), nil, "grantCommission", person(1), uint16(100))
	w.must(person(1), nil, "claim", uint64(1))
	w.must(person(2), nil, "claim", uint64(1))
	w.blocks(30)
	got := contracttest.View[*uint256.Int](w.Chain, w.s, "pendingRewards", person(1))
	other := contracttest.View[*uint256.Int](w.Chain, w.s, "pendingRewards", person(2))
	ratio := mulDiv(got, uint256.NewInt(9000), other)
	require.InDelta(t, 9900, float64(ratio.Uint64()), 50, "99 % and 90 % of the same")
	require.EqualValues(t, 100, w.delegation(person(1), 1, Plain).CommissionBps)
	w.fails(person(3), nil, "NotOwner", "endGrant", uint64(1), person(1))
	w.must(person(1), nil, "endGrant", uint64(1), person(1))
	w.fails(person(1), nil, "GrantMissing", "endGrant", uint64(1), person(1))
	require.EqualValues(t, 1000, w.delegation(person(1), 1, Plain).CommissionBps)
	require.Equal(t, cmt(1000), w.delegation(person(1), 1, Plain).StakeWei)
	w.checkMoney()
}

func TestCommissionRisesSlowly(t *testing.T) {
	w := newWorld(t, 1)
	w.fails(ownerOf(1), nil, "CommissionTooHigh", "setCommission", uint16(1501))
	w.must(ownerOf(1), nil, "setCommission", uint16(1500))
	w.fails(ownerOf(1), nil, "CommissionRaisedToday", "setCommission", uint16(1501))
	w.must(ownerOf(1), nil, "setCommission", uint16(0))
	w.fails(ownerOf(1), nil, "CommissionRaisedToday", "setCommission", uint16(1))
	w.Advance(1, day)
	w.must(ownerOf(1), nil, "setCommission", uint16(500))
	w.fails(person(1), nil, "NotOwner", "setCommission", uint16(500))
}

// TestKeyRotation: the set keeps the validator, consensus swaps the keys at the
// epoch, and the old key is still answered for.
func TestKeyRotation(t *testing.T) {
	w := newWorld(t, 2)
	w.fails(ownerOf(1), nil, "KeyTaken", "rotateKey", consensusKey(2))
	w.fails(ownerOf(1), nil, "KeyInvalid", "rotateKey", common.Hash{})
	w.must(ownerOf(1), nil, "rotateKey", consensusKey(100))
	require.Equal(t, consensusKey(1), w.validator(1).ConsensusKey)
	changes := w.Events(w.s, w.epoch(), "PowerChanged")
	require.Len(t, changes, 2)
	require.Equal(t, [32]byte(consensusKey(1)), changes[0]["consensusKey"])
	require.EqualValues(t, 0, changes[0]["power"])
	require.Equal(t, [32]byte(consensusKey(100)), changes[1]["consensusKey"])
	require.EqualValues(t, 1000, changes[1]["power"])
	w.block(nil, Evidence{Validator: consensusAddress(1), Time: w.Time})
	require.Equal(t, StatusBarred, w.validator(1).Status)
	require.EqualValues(t, 1, contracttest.View[uint64](w.Chain, w.s, "validatorByConsensusAddress", consensusAddress(100)))
}

func TestOwnership(t *testing.T) {
	w := newWorld(t, 2)
	w.fails(person(1), nil, "NotOffered", "acceptOwnership", uint64(1))
	w.must(ownerOf(1), nil, "offerOwnership", person(1))
	w.must(ownerOf(1), cmt(50), "delegate", uint64(1), true)
	w.block(nil)
	w.must(person(1), nil, "acceptOwnership", uint64(1))
	v := w.validator(1)
	require.Equal(t, person(1), v.Owner)
	require.Equal(t, StatusActive, v.Status)
	require.False(t, v.SelfStakeWei.Lt(cmt(1050)))
	w.fails(ownerOf(1), nil, "NotOwner", "retire")
	w.must(ownerOf(2), nil, "offerOwnership", person(1))
	w.fails(person(1), nil, "OwnsCandidate", "acceptOwnership", uint64(2))
	w.checkMoney()
}

func TestDeclareCandidate(t *testing.T) {
	w := newWorld(t, 2)
	declare := func(from common.Address, value *uint256.Int, reason string, key common.Hash, moniker string, commission uint16) {
		t.Helper()
		inputs := []any{key, moniker, "https://example.com", "details", commission}
		if reason != "" {
			w.fails(from, value, reason, "declareCandidate", inputs...)
			return
		}
		require.EqualValues(t, 3, w.must(from, value, "declareCandidate", inputs...)[0])
	}
	declare(ownerOf(1), cmt(5000), "OwnsCandidate", consensusKey(3), "x", 0)
	declare(ownerOf(3), cmt(5000), "KeyTaken", consensusKey(2), "x", 0)
	declare(ownerOf(3), cmt(5000), "CommissionTooHigh", consensusKey(3), "x", 10_001)
	declare(ownerOf(3), cmt(5000), "TextTooLong", consensusKey(3), string(make([]byte, 65)), 0)
	declare(ownerOf(3), nil, "AmountTooSmall", consensusKey(3), "x", 0)
	declare(ownerOf(3), cmt(5000), "", consensusKey(3), "x", 0)
	require.Equal(t, StatusCandidate, w.validator(3).Status)
	result := w.epoch()
	require.Equal(t, StatusActive, w.validator(3).Status)
	require.Len(t, w.Events(w.s, result, "SetChanged"), 1)
	require.Equal(t, []uint64{3, 1, 2}, contracttest.View[[]uint64](w.Chain, w.s, "ranking", uint64(9)))
	w.must(ownerOf(3), nil, "describe", "y", "w", "d")
	require.Equal(t, "y", contracttest.View[Profile](w.Chain, w.s, "profile", uint64(3)).Moniker)
	out := w.must(person(1), nil, "validators", uint64(2), uint64(1))
	require.EqualValues(t, 3, out[1])
	require.EqualValues(t, 2, out[0].([]Validator)[0].Id)
	w.checkMoney()
}

func TestParametersAreGovernances(t *testing.T) {
	w := newWorld(t, 2)
	p, _ := Defaults()
	p.EpochBlocks, p.AbsenceWindowBlocks = 10, 50
	w.fails(person(1), nil, "NotGovernance", "setParameters", p)
	w.block([]common.Address{consensusAddress(2)})
	w.must(governor, nil, "setParameters", p)
	require.Zero(t, w.validator(2).MissedBlocks)
	require.Equal(t, p, contracttest.View[Parameters](w.Chain, w.s, "parameters"))
	for _, spoil := range []func(*Parameters){
		func(p *Parameters) { p.ActiveValidators = 0 },
		func(p *Parameters) { p.ActiveValidators = 201 },
		func(p *Parameters) { p.EpochBlocks = 0 },
		func(p *Parameters) { p.DoubleSignSlashBps = 5001 },
		func(p *Parameters) { p.MinDelegationWei = new(uint256.Int) },
	} {
		bad := p
		spoil(&bad)
		w.fails(governor, nil, "ParameterInvalid", "setParameters", bad)
	}
}

// TestPastStake: what governance counts is what was, at its present worth.
func TestPastStake(t *testing.T) {
	w := newWorld(t, 2)
	w.must(person(1), cmt(100), "delegate", uint64(1), false)
	then := w.Time
	w.Advance(1, 10)
	w.must(person(1), cmt(50), "delegate", uint64(1), false)
	w.must(person(1), nil, "delegateLocked", uint64(1), cmt(7))
	w.must(person(1), cmt(30), "delegate", uint64(2), true)
	w.Advance(1, 10)
	w.must(person(1), nil, "undelegate", uint64(1), uint8(Plain), all)
	at := func(time uint64) string {
		return contracttest.View[*uint256.Int](w.Chain, w.s, "pastStake", person(1), time).Dec()
	}
	w.Advance(1, 10)
	require.Equal(t, "0", at(then-1))
	require.Equal(t, cmt(100).Dec(), at(then))
	require.Equal(t, cmt(100).Dec(), at(then+9))
	require.Equal(t, cmt(187).Dec(), at(then+10))
	require.Equal(t, cmt(37).Dec(), at(then+20))
	ctx := w.Open(w.s)
	require.Equal(t, cmt(2100).Dec(), w.s.TotalWeight(ctx, then).Dec())
	require.Equal(t, []Share{{1, poolPlain, *cmt(1157)}}, w.s.CandidateShares(ctx, 1, then+10))
	require.Len(t, w.s.VotingShares(ctx, person(1), then+10), 2, "plain and locked are one pool")
	require.Equal(t, cmt(2000).Dec(), w.s.TotalWeight(ctx, 0).Dec(), "genesis has always been so")
	id, ok := w.s.CandidateOf(ctx, ownerOf(2))
	require.True(t, ok)
	require.EqualValues(t, 2, id)
	_, ok = w.s.CandidateOf(ctx, person(1))
	require.False(t, ok)
	require.Equal(t, cmt(2187).Dec(), w.s.StakedWei(ctx).Dec())
}

func TestGenesis(t *testing.T) {
	s, _, _ := newContract()
	chain := contracttest.New(t, s)
	g := Genesis{Candidates: []GenesisCandidate{{Owner: ownerOf(1), ConsensusKey: consensusKey(1), SelfStakeWei: cmt(10)}}}
	g.Parameters, g.Constants = Defaults()
	require.ErrorContains(t, s.Begin(chain.Open(s), g), "must hold 10000000000000000000 wei")
	g.Constants.WeiPerPower = nil
	require.ErrorContains(t, s.Begin(chain.Open(s), g), "weiPerPower")
}

// TestExport: export, begin, export gives the same bytes, and the second chain
// goes on like the first.
func TestExport(t *testing.T) {
	w := newWorld(t, 5)
	w.must(person(1), cmt(100), "delegate", uint64(1), false)
	w.must(person(1), cmt(100), "delegate", uint64(2), true)
	w.must(ownerOf(1), nil, "grantCommission", person(1), uint16(10))
	w.must(person(2), nil, "delegateLocked", uint64(3), cmt(100))
	w.blocks(130)
	w.must(person(2), nil, "undelegate", uint64(3), uint8(Locked), cmt(10))
	w.must(person(1), nil, "redelegate", uint64(1), uint64(4), uint8(Plain), cmt(10))
	w.block(nil, Evidence{Validator: consensusAddress(3), Time: w.Time})
	w.must(ownerOf(2), nil, "rotateKey", consensusKey(77))
	w.must(ownerOf(4), nil, "retire")
	first, err := json.Marshal(w.s.Export(w.Open(w.s)))
	require.NoError(t, err)

	var g Genesis
	require.NoError(t, json.Unmarshal(first, &g))
	other := newWorld(t, 0)
	s, _, _ := newContract()
	other.Chain = contracttest.New(t, s)
	other.s = s
	other.Fund(stakingAddress, w.balance(stakingAddress))
	other.Time, other.Number = w.Time, 0
	require.NoError(t, s.Begin(other.Open(s), g))
	second, err := json.Marshal(s.Export(other.Open(s)))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	require.Equal(t, w.s.ActiveSet(w.Open(w.s)), s.ActiveSet(other.Open(s)))
	other.checkMoney()
}
