package governance_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/treasury"
)

var (
	governanceAddress = common.HexToAddress("0x000000000000000000000000000000000000c004")
	treasuryAddress   = common.HexToAddress("0x000000000000000000000000000000000000c005")

	voter    = common.Address{0xa1}
	proposer = common.Address{0xb0}
	receiver = common.Address{0x77}
)

// oneVoter has all the stake.
type oneVoter struct{}

func (oneVoter) VotingShares(_ *contract.Context, account common.Address, _ uint64) []governance.Share {
	if account != voter {
		return nil
	}
	return []governance.Share{{Candidate: 1, Shares: *uint256.NewInt(100)}}
}
func (oneVoter) CandidateOf(*contract.Context, common.Address) (uint64, bool) { return 0, false }
func (oneVoter) CandidateShares(*contract.Context, uint64, uint64) []governance.Share {
	return []governance.Share{{Candidate: 1, Shares: *uint256.NewInt(100)}}
}
func (oneVoter) Weight(_ *contract.Context, share governance.Share) *uint256.Int {
	return share.Shares.Clone()
}
func (oneVoter) TotalWeight(*contract.Context, uint64) *uint256.Int { return uint256.NewInt(100) }

// A proposal to move funds took them before the vote on the first chain. Here
// nothing moves in any state but execution, whoever asks, and once.
func TestNothingMovesBeforeItHasPassed(t *testing.T) {
	g := governance.New(governanceAddress, treasuryAddress, oneVoter{})
	funds := treasury.New(treasuryAddress, governanceAddress)
	million := uint256.MustFromDecimal("1000000000000000000000000")
	parameters := governance.Default()
	start := func() *contracttest.Chain {
		chain := contracttest.New(t, g, funds)
		require.NoError(t, contract.Run(chain.Open(g), func(ctx *contract.Context) error {
			return g.Begin(ctx, governance.Genesis{Versions: []governance.Version{{Parameters: parameters}}})
		}))
		chain.Fund(treasuryAddress, million)
		chain.Fund(proposer, million)
		return chain
	}
	propose := func(chain *contracttest.Chain) *uint256.Int {
		spend := chain.Pack(funds, "spend", receiver, million, "all of it")
		return chain.Must(proposer, g, parameters.DepositWei, "propose",
			[]common.Address{treasuryAddress}, []*uint256.Int{new(uint256.Int)}, [][]byte{spend}, "Spend")[0].(*uint256.Int)
	}
	still := func(chain *contracttest.Chain, id *uint256.Int, when string) {
		t.Helper()
		for _, who := range []common.Address{proposer, voter, receiver, treasuryAddress} {
			require.Error(t, chain.Try(who, g, nil, "execute(uint256)", id).Err, when)
			require.Error(t, chain.Try(who, funds, nil, "spend", receiver, uint256.NewInt(1), "").Err, when)
		}
		require.Equal(t, million, chain.DB.GetBalance(treasuryAddress), when)
		require.True(t, chain.DB.GetBalance(receiver).IsZero(), when)
	}

	chain := start()
	id := propose(chain)
	still(chain, id, "pending")
	chain.Advance(1, parameters.VotingDelay+1)
	still(chain, id, "without votes")
	chain.Must(voter, g, nil, "castVote", id, governance.For)
	still(chain, id, "with all votes for it")
	chain.Advance(1, parameters.VotingPeriod)
	still(chain, id, "passed")
	chain.Must(proposer, g, nil, "queue(uint256)", id)
	still(chain, id, "queued")
	chain.Advance(1, parameters.ExecutionDelay-1)
	still(chain, id, "a second too early")
	chain.Advance(1, 1)
	chain.Must(proposer, g, nil, "execute(uint256)", id)
	require.Equal(t, million, chain.DB.GetBalance(receiver))
	require.Error(t, chain.Try(proposer, g, nil, "execute(uint256)", id).Err, "once")

	for _, against := range []governance.Support{governance.Against, governance.Abstain, governance.Veto} {
		chain = start()
		id = propose(chain)
		chain.Advance(1, parameters.VotingDelay+1)
		chain.Must(voter, g, nil, "castVote", id, against)
		chain.Advance(1, parameters.VotingPeriod)
		require.Error(t, chain.Try(proposer, g, nil, "queue(uint256)", id).Err)
		chain.Advance(1, parameters.ExecutionDelay)
		require.Error(t, chain.Try(proposer, g, nil, "execute(uint256)", id).Err)
		require.True(t, chain.DB.GetBalance(receiver).IsZero(), "voted down")
	}
}
