package governance

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// busy is a world with proposals in every state.
func busy(t testing.TB) (*world, []*uint256.Int) {
	w := newWorld(t)
	w.Fund(address, wei(50))
	w.electorate.give(signer, 3, 0, 70, 0)
	changed := Default()
	changed.DepositWei = wei(7)
	executed := w.queued(w.change(changed))
	w.Must(erin, w.g, nil, "execute(uint256)", executed)
	passed := w.accepted(payment(erin, wei(1)))
	defeated := w.propose(bob, payment(erin, wei(2)))
	w.voting()
	w.vote(defeated, bob, Veto)
	w.ended()
	active := w.propose(bob, payment(erin, wei(3)))
	w.voting()
	w.vote(active, alice, For)
	w.vote(active, carol, Against)
	w.vote(active, dave, Veto)
	w.Must(erin, w.g, nil, "castVoteBySig", active, Abstain, signer, w.sign(signerKey, active, Abstain, signer, 0, nil, nil))
	canceled := w.propose(carol, payment(erin, wei(4)))
	w.Must(carol, w.g, nil, "cancel(uint256)", canceled)
	pending := w.propose(carol, payment(erin, wei(5)))
	return w, []*uint256.Int{executed, passed, defeated, active, canceled, pending}
}

func TestGenesisRoundTrip(t *testing.T) {
	w, ids := busy(t)
	exported, err := json.Marshal(w.g.Export(w.Open(w.g)))
	require.NoError(t, err)
	var genesis Genesis
	require.NoError(t, json.Unmarshal(exported, &genesis))

	again := newWorld(t)
	again.Chain = contracttest.New(t, again.g)
	again.electorate.give(signer, 3, 0, 70, 0)
	again.Number, again.Time = w.Number, w.Time
	again.DB.SetBalance(address, w.balance(address), 0)
	require.NoError(t, again.begin(genesis))
	second, err := json.Marshal(again.g.Export(again.Open(again.g)))
	require.NoError(t, err)
	require.JSONEq(t, string(exported), string(second))
	require.Equal(t, string(exported), string(second))
	w.DB.IntermediateRoot(true)
	again.DB.Finalise(true)
	again.DB.IntermediateRoot(true)
	require.Equal(t, w.DB.GetStorageRoot(address), again.DB.GetStorageRoot(address), "the same storage")
	for i, want := range []State{Executed, Succeeded, Defeated, Active, Canceled, Pending} {
		require.Equal(t, want, w.state(ids[i]), "%d", i)
		require.Equal(t, want, again.state(ids[i]), "%d", i)
	}
	// and it goes on: Bob's validator vote comes after Dave's own
	again.Fund(bob, wei(1))
	require.EqualValues(t, 250, again.vote(ids[3], bob, For))
	again.Fails(carol, again.g, nil, "GovernorAlreadyCastVote", "castVote", ids[3], For)
}

func TestGenesisIsChecked(t *testing.T) {
	for want, genesis := range map[string]Genesis{
		"no parameters":     {},
		"do not come after": {Versions: []Version{{5, Default()}, {5, Default()}}},
		"votingPeriod":      {Versions: []Version{{0, Parameters{ExecutionWindow: day}}}},
		"proposal 0":        {Versions: []Version{{0, Default()}}, Proposals: []ProposalRecord{{Proposer: alice}}},
	} {
		w := newWorld(t)
		w.Chain = contracttest.New(t, w.g)
		require.ErrorContains(t, w.begin(genesis), want)
	}
	w, _ := busy(t)
	for want, spoil := range map[string]func(*ProposalRecord){
		"an amount is missing": func(p *ProposalRecord) { p.Pools[0].WeightWei = nil },
		"a support is":         func(p *ProposalRecord) { p.Candidates[0].Support = 4 },
	} {
		genesis := w.g.Export(w.Open(w.g))
		spoil(&genesis.Proposals[3])
		require.ErrorContains(t, genesis.Proposals[3].check(), want)
	}
}

func TestLists(t *testing.T) {
	w, ids := busy(t)
	require.Equal(t, uint256.NewInt(6), contracttest.View[*uint256.Int](w.Chain, w.g, "proposalCount"))
	all := contracttest.View[[]Proposal](w.Chain, w.g, "proposals", new(uint256.Int), uint256.NewInt(1_000))
	require.Len(t, all, 6)
	for i, p := range all {
		require.Equal(t, ids[i], p.Id)
		require.Equal(t, p, contracttest.View[Proposal](w.Chain, w.g, "proposal", ids[i]))
	}
	require.Equal(t, "Change parameters", all[0].Title)
	require.True(t, all[0].DepositWei.IsZero(), "settled")
	require.Equal(t, wei(7), all[1].DepositWei)
	require.Equal(t, uint256.NewInt(357), all[3].QuorumVotes, "a third of 1,070, rounded up")
	require.True(t, all[5].QuorumVotes.IsZero())
	page := contracttest.View[[]Proposal](w.Chain, w.g, "proposals", uint256.NewInt(4), uint256.NewInt(1))
	require.Equal(t, all[4:5], page)
	require.Empty(t, contracttest.View[[]Proposal](w.Chain, w.g, "proposals", new(uint256.Int).Not(new(uint256.Int)), uint256.NewInt(1)))
	details := w.Must(erin, w.g, nil, "proposalDetails", ids[3])
	require.Equal(t, []common.Address{erin}, details[0])
	require.Equal(t, []*uint256.Int{wei(3)}, details[1])
	w.Fails(erin, w.g, nil, "GovernorNonexistentProposal", "proposalDetails", uint256.NewInt(1))
}

// The deposits that are counted are those of open proposals, and they are there.
func TestDepositsAddUp(t *testing.T) {
	w, ids := busy(t)
	check := func() {
		t.Helper()
		sum, open := new(uint256.Int), map[common.Address]uint32{}
		for _, p := range w.g.Export(w.Open(w.g)).Proposals {
			if !p.Settled {
				sum.Add(sum, p.DepositWei)
				open[p.Proposer]++
			}
		}
		held := contracttest.View[uint256.Int](w.Chain, w.g, "depositsWei")
		require.Equal(t, sum, &held)
		require.False(t, w.balance(address).Lt(sum))
		_ = contract.Run(w.Open(w.g), func(ctx *contract.Context) error {
			for _, account := range []common.Address{alice, bob, carol, dave, erin} {
				require.Equal(t, open[account], w.g.store.Open.Get(ctx, account))
			}
			return nil
		})
	}
	check()
	w.ended()
	w.Advance(1, Default().VotingPeriod)
	for _, id := range ids {
		w.Try(erin, w.g, nil, "settleDeposit", id)
		check()
	}
	require.Equal(t, uint256.Int{}, contracttest.View[uint256.Int](w.Chain, w.g, "depositsWei"))
}
