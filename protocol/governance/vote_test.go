package governance

import (
	"math/rand"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

func TestValidatorsVoteForTheirDelegators(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	w.Fails(alice, w.g, nil, "GovernorUnexpectedProposalState", "castVote", id, For)
	w.voting()
	require.EqualValues(t, 500, w.vote(id, alice, For), "with Carol's stake")
	require.EqualValues(t, 400, w.vote(id, bob, Against))
	require.Equal(t, [4]uint64{400, 500, 0, 0}, w.votes(id))
	w.Fails(alice, w.g, nil, "GovernorAlreadyCastVote", "castVote", id, Against)
	w.Fails(erin, w.g, nil, "NoVotingWeight", "castVote", id, For)
	w.Fails(carol, w.g, nil, "GovernorInvalidVoteType", "castVote", id, Support(4))
	require.Equal(t, []any{true, For}, w.Must(erin, w.g, nil, "voteOf", id, alice))
	require.False(t, contracttest.View[bool](w.Chain, w.g, "hasVoted", id, carol))
}

func TestDelegatorsOverrideAfterTheirValidator(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	w.voting()
	w.vote(id, alice, For)
	w.vote(id, bob, For)
	result := w.Try(carol, w.g, nil, "castVote", id, Veto)
	require.NoError(t, result.Err)
	require.Equal(t, [4]uint64{0, 800, 0, 100}, w.votes(id))
	reduced := w.Events(w.g, result, "VoteReduced")
	require.Len(t, reduced, 1)
	require.Equal(t, alice, reduced[0]["delegate"])
	require.EqualValues(t, uint8(For), reduced[0]["support"])
	require.Equal(t, "100", reduced[0]["weight"].(interface{ String() string }).String())
	require.EqualValues(t, 250, w.vote(id, dave, Abstain), "both of Dave's delegations, one to a candidate without a vote")
	require.Equal(t, [4]uint64{0, 650, 250, 100}, w.votes(id))
}

func TestDelegatorsOverrideBeforeTheirValidator(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	w.voting()
	w.vote(id, carol, Against)
	w.vote(id, dave, Against)
	require.EqualValues(t, 400, w.vote(id, alice, For))
	require.EqualValues(t, 250, w.vote(id, bob, For))
	require.Equal(t, [4]uint64{350, 650, 0, 0}, w.votes(id))
}

// What happens to the stake after the first vote of a pool changes nothing in
// the proposal, whichever votes come before and after it.
func TestSlashingDuringTheVote(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	w.voting()
	w.vote(id, alice, For)
	w.electorate.price[poolKey(1, 0)] = 10 // 99 % slashed
	w.vote(id, carol, Against)
	require.Equal(t, [4]uint64{100, 400, 0, 0}, w.votes(id))
	w.electorate.price[poolKey(2, 1)] = 900
	require.EqualValues(t, 235, w.vote(id, dave, Against), "slashed before the pool's first vote")
}

func TestSnapshot(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	snapshot := contracttest.View[*uint256.Int](w.Chain, w.g, "proposalSnapshot", id).Uint64()
	require.Equal(t, w.Time+Default().VotingDelay, snapshot)
	w.electorate.give(erin, 1, 0, 10_000, snapshot+1) // too late
	w.electorate.give(carol, 1, 0, 50, snapshot)      // in time
	w.Advance(1, Default().VotingDelay)
	require.Equal(t, Pending, w.state(id), "the snapshot's own second is not over")
	w.Advance(1, 1)
	w.Fails(erin, w.g, nil, "NoVotingWeight", "castVote", id, For)
	require.EqualValues(t, 550, w.vote(id, alice, For))
	require.Equal(t, uint256.NewInt(550), contracttest.View[*uint256.Int](w.Chain, w.g, "getVotes", alice, uint256.NewInt(snapshot)))
	require.Equal(t, uint256.NewInt(250), contracttest.View[*uint256.Int](w.Chain, w.g, "getVotesWithParams", dave, uint256.NewInt(snapshot), []byte{1}))
}

// A candidate that changes hands during the vote has one vote.
func TestCandidateChangesHands(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	w.voting()
	w.vote(id, alice, For)
	w.electorate.owners = map[common.Address]uint64{erin: 1, bob: 2}
	w.Fails(erin, w.g, nil, "NoVotingWeight", "castVote", id, Against)
	require.Equal(t, [4]uint64{0, 500, 0, 0}, w.votes(id))
}

func TestReasonsAndParams(t *testing.T) {
	w := newWorld(t)
	id := w.propose(erin, payment(erin, wei(1)))
	w.voting()
	cast := w.Events(w.g, w.Try(alice, w.g, nil, "castVoteWithReason", id, For, "good"), "VoteCast")
	require.Len(t, cast, 1)
	require.Equal(t, "good", cast[0]["reason"])
	withParams := w.Events(w.g, w.Try(bob, w.g, nil, "castVoteWithReasonAndParams", id, For, "too", []byte{1, 2}), "VoteCastWithParams")
	require.Len(t, withParams, 1)
	require.Equal(t, []byte{1, 2}, withParams[0]["params"])
	require.Len(t, w.Events(w.g, w.Try(carol, w.g, nil, "castVoteWithReasonAndParams", id, For, "", []byte{}), "VoteCast"), 1)
}

// However people vote, each share's weight is counted exactly once, where its
// holder or else its holder's validator put it.
func TestTallyProperty(t *testing.T) {
	rounds := 60
	for seed := range int64(rounds) {
		random := rand.New(rand.NewSource(seed))
		w := newWorld(t)
		e := w.electorate
		e.holdings, e.owners = nil, map[common.Address]uint64{}
		var people []common.Address
		for i := range byte(12) {
			account := common.Address{i + 1}
			people = append(people, account)
			if i < 4 {
				e.owners[account] = uint64(i) + 1
				e.give(account, uint64(i)+1, 0, 1+random.Uint64()%1e15, 0)
			}
			for range random.Intn(4) {
				candidate, pool := 1+random.Uint64()%6, uint8(random.Intn(3))
				if own := e.VotingShares(nil, account, 0); !holds(own, candidate, pool) {
					e.give(account, candidate, pool, 1+random.Uint64()%1e15, 0)
				}
			}
		}
		for key := uint64(1); key < 7; key++ {
			for pool := range uint8(3) {
				e.price[poolKey(key, pool)] = 1 + random.Uint64()%3_000
			}
		}
		id := w.propose(dave, payment(erin, wei(1)))
		w.voting()
		voted := map[common.Address]Support{}
		random.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		for _, account := range people[:random.Intn(len(people)+1)] {
			support := Support(random.Intn(4))
			if w.Try(account, w.g, nil, "castVote", id, support).Err == nil {
				voted[account] = support
			}
		}
		want, slack := naiveTally(e, voted)
		got := w.votes(id)
		for i := range want {
			require.InDelta(t, want[i], got[i], slack, "seed %d, kind %d: more than rounding", seed, i)
		}
		require.LessOrEqual(t, got[0]+got[1]+got[2]+got[3], weightOfAll(e), "seed %d: more votes than stake", seed)
	}
}

func holds(shares []Share, candidate uint64, pool uint8) bool {
	for _, s := range shares {
		if s.Candidate == candidate && s.Pool == pool {
			return true
		}
	}
	return false
}

// naiveTally counts holding by holding: its holder's vote, else its validator's.
// slack is how many roundings there can be.
func naiveTally(e *fakeElectorate, voted map[common.Address]Support) (sums [4]float64, slack float64) {
	for _, h := range e.holdings {
		support, own := voted[h.account]
		if !own {
			for owner, candidate := range e.owners {
				if candidate == h.Candidate {
					if s, cast := voted[owner]; cast {
						support, own = s, true
					}
				}
			}
		}
		if own {
			sums[support] += float64(e.Weight(nil, h.Share).Uint64())
		}
		slack += 2
	}
	return sums, slack
}

func weightOfAll(e *fakeElectorate) (sum uint64) {
	for candidate := range uint64(8) {
		for _, all := range e.CandidateShares(nil, candidate, 0) {
			sum += e.Weight(nil, all).Uint64()
		}
	}
	return sum
}

// The count of a fault: shares that the pool does not have never make a vote
// worth more than the pool.
func TestMoreSharesThanThePool(t *testing.T) {
	p := pool{Shares: uint256.NewInt(100), Weight: uint256.NewInt(50), Overridden: uint256.NewInt(20)}
	require.Equal(t, uint256.NewInt(30), p.weightOf(uint256.NewInt(1_000)))
	require.Equal(t, uint256.NewInt(5), p.weightOf(uint256.NewInt(10)))
	all := new(uint256.Int).Not(new(uint256.Int))
	require.Equal(t, uint256.NewInt(30), p.weightOf(all))
	require.True(t, (&pool{Shares: new(uint256.Int)}).weightOf(all).IsZero())
}

var _ Electorate = (*fakeElectorate)(nil)
var _ contract.Contract = (*Governance)(nil)
