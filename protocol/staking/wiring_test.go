package staking_test

import (
	"math/rand"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/lockup"
	"github.com/cybermiles/cybermiles/protocol/staking"
	"github.com/cybermiles/cybermiles/protocol/supply"
)

var (
	supplyAddress     = common.HexToAddress("0xc001")
	lockupAddress     = common.HexToAddress("0xc002")
	stakingAddress    = common.HexToAddress("0xc003")
	governanceAddress = common.HexToAddress("0xc004")
	treasuryAddress   = common.HexToAddress("0xc005")
	people            = []common.Address{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}}
)

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}

// electorate gives governance the votes of staking, as the wiring does.
type electorate struct{ *staking.Staking }

func shares(list []staking.Share) (converted []governance.Share) {
	for _, share := range list {
		converted = append(converted, governance.Share(share))
	}
	return converted
}

func (e electorate) VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []governance.Share {
	return shares(e.Staking.VotingShares(ctx, account, timepoint))
}

func (e electorate) CandidateShares(ctx *contract.Context, id, timepoint uint64) []governance.Share {
	return shares(e.Staking.CandidateShares(ctx, id, timepoint))
}

func (e electorate) Weight(ctx *contract.Context, share governance.Share) *uint256.Int {
	return e.Staking.Weight(ctx, staking.Share(share))
}

// economy is staking with its real neighbours.
type economy struct {
	*contracttest.Chain
	supply     *supply.Supply
	lockup     *lockup.Lockup
	staking    *staking.Staking
	governance *governance.Governance
}

// newEconomy has people with 10,000 CMT each, 1,000 CMT of it staked by the first
// two as candidates, and 500 CMT more that are locked for the third.
func newEconomy(t testing.TB) *economy {
	e := &economy{
		supply: supply.New(supplyAddress, supply.Needs{Governance: governanceAddress, Rewards: stakingAddress}),
		lockup: lockup.New(lockupAddress),
	}
	e.staking = staking.New(stakingAddress, e.supply, e.lockup, governanceAddress)
	e.governance = governance.New(governanceAddress, treasuryAddress, electorate{e.staking})
	e.Chain = contracttest.New(t, e.supply, e.lockup, e.staking, e.governance)
	for _, who := range people {
		e.Fund(who, cmt(10_000))
	}
	e.Fund(lockupAddress, cmt(500))
	e.Fund(stakingAddress, cmt(2_000))
	g := staking.Genesis{}
	g.Parameters, g.Constants = staking.Defaults()
	for i := range 2 {
		g.Candidates = append(g.Candidates, staking.GenesisCandidate{
			Owner: people[i], ConsensusKey: common.Hash{9, byte(i)}, Moniker: "node", CommissionBps: 500, SelfStakeWei: cmt(1_000),
		})
	}
	require.NoError(t, e.supply.Begin(e.Open(e.supply), supply.Genesis{
		CeilingWei: cmt(10_000_000), InitialWei: cmt(52_500), RateBps: 800, MaxRateBps: 800,
		GenesisTimeNanos: e.Time * 1e9, MaxBlockNanos: 60e9,
	}))
	require.NoError(t, e.lockup.Begin(e.Open(e.lockup), lockup.Genesis{
		LeastWei: cmt(1), Locks: []lockup.GenesisLock{{Account: people[2], AmountWei: cmt(500), Until: e.Time + 30*86_400}},
	}))
	require.NoError(t, e.staking.Begin(e.Open(e.staking), g))
	require.NoError(t, e.governance.Begin(e.Open(e.governance), governance.Genesis{Versions: []governance.Version{{Parameters: governance.Default()}}}))
	e.DB.Finalise(true)
	return e
}

func (e *economy) block(seconds uint64, evidence ...staking.Evidence) {
	e.T.Helper()
	e.Advance(1, seconds)
	if evidence == nil {
		evidence = []staking.Evidence{}
	}
	e.Must(params.SystemAddress, e.staking, nil, "beginBlock", e.Time*1e9, common.Address{}, []common.Address{}, evidence)
	for {
		data, gas, ok := e.staking.Due(e.Open(e.staking))
		if !ok {
			break
		}
		require.NoError(e.T, e.Do(contracttest.Call{From: params.SystemAddress, To: stakingAddress, Data: data, Gas: gas}).Err)
	}
	total := new(uint256.Int)
	for _, who := range append([]common.Address{lockupAddress, stakingAddress, governanceAddress, treasuryAddress}, people...) {
		total.Add(total, e.DB.GetBalance(who))
	}
	require.Equal(e.T, e.supply.Total(e.Open(e.supply)).Dec(), total.Dec(), "all balances together are the supply")
}

// TestBalancesAreTheSupply mints, stakes, locks, slashes and returns, with the
// sum of all balances compared with the supply after each block.
func TestBalancesAreTheSupply(t *testing.T) {
	e := newEconomy(t)
	random := rand.New(rand.NewSource(1))
	worked := 0
	for i := range 2_000 {
		who, id, amount := people[random.Intn(5)], 1+uint64(random.Intn(2)), cmt(1+uint64(random.Intn(50)))
		var result contracttest.Result
		switch random.Intn(7) {
		case 0, 1:
			result = e.Try(who, e.staking, amount, "delegate", id, random.Intn(2) == 0)
		case 2:
			result = e.Try(people[2], e.staking, nil, "delegateLocked", id, amount)
		case 3:
			result = e.Try(who, e.staking, nil, "undelegate", id, uint8(random.Intn(3)), amount)
		case 4:
			result = e.Try(who, e.staking, nil, "claimAll")
		case 5:
			result = e.Try(who, e.staking, nil, "redelegate", id, 3-id, uint8(random.Intn(3)), amount)
		case 6:
			result = e.Try(people[2], e.staking, nil, "undelegate", id, uint8(staking.Locked), amount)
		}
		if result.Err == nil {
			worked++
		}
		var evidence []staking.Evidence
		if i == 1_500 {
			evidence = append(evidence, staking.Evidence{Validator: staking.ConsensusAddress(common.Hash{9, 1}), Time: e.Time - 100_000})
		}
		e.block(uint64(random.Intn(4_000)), evidence...)
	}
	require.Greater(t, worked, 700)
	burned := contracttest.View[uint256.Int](e.Chain, e.supply, "burned")
	require.False(t, burned.IsZero())
}

// TestGovernanceCountsStake: a validator votes with what is delegated to it, a
// delegator overrides it, and what was delegated later does not count.
func TestGovernanceCountsStake(t *testing.T) {
	e := newEconomy(t)
	e.Must(people[3], e.staking, cmt(600), "delegate", uint64(1), false)
	e.Must(people[2], e.staking, nil, "delegateLocked", uint64(1), cmt(400))
	e.block(60)
	p := governance.Default()
	id := e.Must(people[4], e.governance, p.DepositWei, "propose", []common.Address{people[4]}, []*uint256.Int{new(uint256.Int)}, [][]byte{{}}, "nothing")[0].(*uint256.Int)
	e.block(p.VotingDelay + 2)
	e.Must(people[4], e.staking, cmt(3_000), "delegate", uint64(1), false)
	weight := func(who common.Address, support uint8) *uint256.Int {
		t.Helper()
		return e.Must(who, e.governance, nil, "castVote", id, support)[0].(*uint256.Int)
	}
	require.Equal(t, cmt(600), weight(people[3], 0), "against")
	require.Equal(t, cmt(1_400), weight(people[0], 1), "its own and the locked coins' vote")
	require.Equal(t, cmt(400), weight(people[2], 0), "which goes over")
	e.Fails(people[4], e.governance, nil, "NoVotingWeight", "castVote", id, uint8(1))
	votes := e.Must(people[4], e.governance, nil, "proposalVotes", id)
	require.Equal(t, []any{cmt(1_000), cmt(1_000), new(uint256.Int)}, votes)
}
