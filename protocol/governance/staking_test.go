package governance_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

var (
	stakingAddress = common.HexToAddress("0x000000000000000000000000000000000000c003")

	first, second = common.Address{1, 1}, common.Address{1, 2} // own candidates 1 and 2
	plain         = common.Address{2, 1}                       // delegates to candidate 1
	compounding   = common.Address{2, 2}                       // delegates to candidate 2
)

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(params.Ether))
}

// noMining mints nothing; what is slashed is burned.
type noMining struct{}

func (noMining) Emit(*contract.Context, uint64) *uint256.Int { return new(uint256.Int) }
func (noMining) Burn(ctx *contract.Context, amountWei *uint256.Int) error {
	return ctx.Burn(amountWei)
}

// noLocks has nothing locked.
type noLocks struct{}

func (noLocks) Take(*contract.Context, common.Address, *uint256.Int) error {
	return contract.Refuse("nothing is locked")
}
func (noLocks) Return(*contract.Context, common.Address, *uint256.Int) error { return nil }
func (noLocks) Lost(*contract.Context, common.Address, *uint256.Int) error   { return nil }

// stakers are staking's delegators as governance knows them.
type stakers struct{ *staking.Staking }

func (s stakers) VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []governance.Share {
	return shares(s.Staking.VotingShares(ctx, account, timepoint))
}
func (s stakers) CandidateShares(ctx *contract.Context, id, timepoint uint64) []governance.Share {
	return shares(s.Staking.CandidateShares(ctx, id, timepoint))
}
func (s stakers) Weight(ctx *contract.Context, share governance.Share) *uint256.Int {
	return s.Staking.Weight(ctx, staking.Share(share))
}

func shares(list []staking.Share) (converted []governance.Share) {
	for _, share := range list {
		converted = append(converted, governance.Share(share))
	}
	return converted
}

// staked is a chain on which two candidates have 1,000 CMT each of their own,
// the first 500 more delegated and the second 300.
func staked(t *testing.T) (*contracttest.Chain, *staking.Staking, *governance.Governance) {
	s := staking.New(stakingAddress, noMining{}, noLocks{}, governanceAddress)
	g := governance.New(governanceAddress, treasuryAddress, stakers{s})
	chain := contracttest.New(t, s, g)
	stakes, constants := staking.Defaults()
	chain.Fund(stakingAddress, cmt(2_000))
	require.NoError(t, contract.Run(chain.Open(s), func(ctx *contract.Context) error {
		return s.Begin(ctx, staking.Genesis{Parameters: stakes, Constants: constants, Candidates: []staking.GenesisCandidate{
			{Owner: first, ConsensusKey: common.Hash{1}, Moniker: "first", SelfStakeWei: cmt(1_000)},
			{Owner: second, ConsensusKey: common.Hash{2}, Moniker: "second", SelfStakeWei: cmt(1_000)},
		}})
	}))
	require.NoError(t, contract.Run(chain.Open(g), func(ctx *contract.Context) error {
		return g.Begin(ctx, governance.Genesis{Versions: []governance.Version{{Parameters: governance.Default()}}})
	}))
	for _, account := range []common.Address{first, second, plain, compounding, proposer} {
		chain.Fund(account, cmt(10_000))
	}
	chain.Must(plain, s, cmt(500), "delegate", uint64(1), false)
	chain.Must(compounding, s, cmt(300), "delegate", uint64(2), true)
	return chain, s, g
}

func proposeNothing(chain *contracttest.Chain, g *governance.Governance) *uint256.Int {
	return chain.Must(proposer, g, governance.Default().DepositWei, "propose",
		[]common.Address{receiver}, []*uint256.Int{new(uint256.Int)}, [][]byte{{}}, "Nothing")[0].(*uint256.Int)
}

func tallied(chain *contracttest.Chain, g *governance.Governance, id *uint256.Int) [3]*uint256.Int {
	three := chain.Must(proposer, g, nil, "proposalVotes", id)
	return [3]*uint256.Int{three[0].(*uint256.Int), three[1].(*uint256.Int), three[2].(*uint256.Int)}
}

// Votes with the stake that protocol/staking had at the snapshot.
func TestStakersVote(t *testing.T) {
	chain, s, g := staked(t)
	chain.Advance(5, 10)
	id := proposeNothing(chain, g)
	chain.Advance(10, governance.Default().VotingDelay+1)
	snapshot := contracttest.View[*uint256.Int](chain, g, "proposalSnapshot", id)
	none := new(uint256.Int)

	chain.Must(plain, s, cmt(5_000), "delegate", uint64(2), false)                          // after the snapshot: does not count
	chain.Must(compounding, s, nil, "undelegate", uint64(2), staking.Compounding, cmt(100)) // counts still
	require.Equal(t, cmt(1_500), contracttest.View[*uint256.Int](chain, g, "getVotes", first, snapshot))
	require.Equal(t, cmt(934), ceilCMT(contracttest.View[*uint256.Int](chain, g, "quorum", snapshot)), "a third of 2,800")

	require.Equal(t, cmt(1_500), chain.Must(first, g, nil, "castVote", id, governance.For)[0])
	require.Equal(t, cmt(1_300), chain.Must(second, g, nil, "castVote", id, governance.Against)[0])
	require.Equal(t, [3]*uint256.Int{cmt(1_300), cmt(1_500), none}, tallied(chain, g, id))
	require.Equal(t, cmt(300), chain.Must(compounding, g, nil, "castVote", id, governance.For)[0])
	require.Equal(t, cmt(500), chain.Must(plain, g, nil, "castVote", id, governance.Abstain)[0])
	require.Equal(t, [3]*uint256.Int{cmt(1_000), cmt(1_300), cmt(500)}, tallied(chain, g, id))
	chain.Advance(10, governance.Default().VotingPeriod)
	require.Equal(t, governance.Succeeded, contracttest.View[governance.State](chain, g, "state", id))
}

// ceilCMT rounds up to whole CMT.
func ceilCMT(v *uint256.Int) *uint256.Int {
	one := uint256.NewInt(params.Ether)
	whole := new(uint256.Int).AddUint64(v, params.Ether-1)
	return whole.Mul(whole.Div(whole, one), one)
}

// A proposal changes staking's parameters.
func TestGovernanceChangesStaking(t *testing.T) {
	chain, s, g := staked(t)
	chain.Advance(5, 10)
	changed, _ := staking.Defaults()
	changed.ActiveValidators = 7
	call := chain.Pack(s, "setParameters", changed)
	require.Error(t, chain.Try(first, s, nil, "setParameters", changed).Err)
	id := chain.Must(proposer, g, governance.Default().DepositWei, "propose",
		[]common.Address{stakingAddress}, []*uint256.Int{new(uint256.Int)}, [][]byte{call}, "Seven validators")[0].(*uint256.Int)
	chain.Advance(10, governance.Default().VotingDelay+1)
	chain.Must(first, g, nil, "castVote", id, governance.For)
	chain.Advance(10, governance.Default().VotingPeriod)
	chain.Must(proposer, g, nil, "queue(uint256)", id)
	chain.Advance(10, governance.Default().ExecutionDelay)
	chain.Must(proposer, g, nil, "execute(uint256)", id)
	require.Equal(t, changed, contracttest.View[staking.Parameters](chain, s, "parameters"))
}
