package staking

import (
	"math/big"
	"math/rand"
	"os"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// operations is how many random operations a property test makes: STAKING_OPS,
// 30,000 without it, fewer when tests are to be short.
func operations(t testing.TB) int {
	if set := os.Getenv("STAKING_OPS"); set != "" {
		n, err := strconv.Atoi(set)
		require.NoError(t, err)
		return n
	}
	if testing.Short() {
		return 5_000
	}
	return 30_000
}

// gambler makes random operations.
type gambler struct {
	*world
	*rand.Rand
	delegators        uint64
	candidates        uint64
	redelegates       bool
	succeeded, failed int
}

func newGambler(t testing.TB, seed int64) *gambler {
	w := newWorld(t, 8, func(g *Genesis) {
		p := &g.Parameters
		p.ActiveValidators, p.StandbyValidators, p.EpochBlocks, p.AbsenceWindowBlocks, p.UnbondingSeconds = 4, 2, 7, 30, 300
		for i := range g.Candidates {
			g.Candidates[i].SelfStakeWei = cmt(100_000)
		}
	})
	w.supply.perBlockWei = uint256.NewInt(1_234_567_890_123_456_789)
	return &gambler{world: w, Rand: rand.New(rand.NewSource(seed)), delegators: 12, candidates: 8, redelegates: true}
}

func (g *gambler) anybody() common.Address { return person(uint64(g.Intn(int(g.delegators)))) }
func (g *gambler) anyID() uint64           { return 1 + uint64(g.Intn(int(g.candidates))) }

// amount is up to 4,000 CMT, at times all there is.
func (g *gambler) amount() *uint256.Int {
	if g.Intn(4) == 0 {
		return all
	}
	v := uint256.NewInt(g.Uint64())
	return v.Mul(v, uint256.NewInt(uint64(g.Intn(200))))
}

func (g *gambler) value() *uint256.Int {
	if v := g.amount(); v != all {
		return v
	}
	return cmt(1)
}

// op is one random call; calls may fail, as those of users do.
func (g *gambler) op() (who common.Address, method string, value *uint256.Int, inputs []any) {
	id, kind := g.anyID(), uint8(g.Intn(3))
	who = g.anybody()
	switch n := g.Intn(24); {
	case n < 6:
		if g.Intn(5) == 0 {
			who = ownerOf(id)
		}
		return who, "delegate", g.value(), []any{id, g.Intn(2) == 0}
	case n < 7:
		return who, "delegateLocked", nil, []any{id, g.value()}
	case n < 11:
		if g.Intn(20) == 0 {
			who = ownerOf(id)
		}
		return who, "undelegate", nil, []any{id, kind, g.amount()}
	case n < 13 && g.redelegates:
		return who, "redelegate", nil, []any{id, g.anyID(), kind, g.amount()}
	case n < 15:
		return who, "claim", nil, []any{id}
	case n < 16:
		return who, "claimAll", nil, nil
	case n < 17:
		return who, "setCompounding", nil, []any{id, g.Intn(2) == 0}
	case n < 18:
		return ownerOf(id), "setCommission", nil, []any{uint16(g.Intn(2000))}
	case n < 19:
		return ownerOf(id), "grantCommission", nil, []any{who, uint16(g.Intn(1000))}
	case n < 20:
		return who, "endGrant", nil, []any{id, who}
	case n < 21:
		return ownerOf(id), "claimCommission", nil, nil
	case n < 22:
		return who, "withdraw", nil, []any{1 + uint64(g.Intn(1+int(g.s.store.Sums.Get(g.Open(g.s)).LastUnbonding)))}
	case n < 23:
		return who, "applySlashes", nil, []any{g.anybody(), id, kind}
	}
	if g.Intn(8) == 0 {
		return ownerOf(id), "retire", nil, nil
	}
	return ownerOf(id), "rejoin", nil, nil
}

func (g *gambler) play() (contracttest.Result, string, common.Address, []any) {
	who, method, value, inputs := g.op()
	g.Fund(who, cmt(5_000))
	result := g.Try(who, g.s, value, method, inputs...)
	if result.Err == nil {
		g.succeeded++
	} else {
		g.failed++
		require.ErrorIs(g.T, result.Err, vm.ErrExecutionReverted, "%s: %s", method, g.Reason(g.s, result))
	}
	return result, method, who, inputs
}

// nextBlock is a block where some are absent and rarely somebody signed twice.
func (g *gambler) nextBlock() contracttest.Result {
	var absent []common.Address
	for id := uint64(1); id <= g.candidates; id++ {
		if g.Intn(4) == 0 || id == 3 && g.Intn(3) > 0 {
			absent = append(absent, consensusAddress(id))
		}
	}
	var evidence []Evidence
	if g.Intn(400) == 0 {
		evidence = append(evidence, Evidence{Validator: consensusAddress(g.anyID()), Time: g.Time - uint64(g.Intn(200))})
		g.candidates++ // somebody takes the barred one's place
		g.Fund(ownerOf(g.candidates), cmt(200_000))
		g.must(ownerOf(g.candidates), cmt(100_000), "declareCandidate", consensusKey(g.candidates), "new", "", "", uint16(700))
	}
	if g.Intn(50) == 0 {
		g.Fund(stakingAddress, uint256.NewInt(g.Uint64())) // fees
	}
	g.Time += uint64(g.Intn(3))
	if g.Intn(100) == 0 {
		g.Time += hour
	}
	return g.block(absent, evidence...)
}

// TestMoneyIsNeitherLostNorMade makes random operations and holds the contract
// to its invariant after each block; in a long run less often, as the check
// reads the whole history.
func TestMoneyIsNeitherLostNorMade(t *testing.T) {
	g, n := newGambler(t, 3), operations(t)
	every := uint64(1 + n/50_000)
	for g.succeeded+g.failed < n {
		for range 1 + g.Intn(30) {
			g.play()
		}
		g.nextBlock()
		g.settleDue()
		if g.Number%every == 0 {
			g.checkMoney()
		}
		if g.Number%500 == 0 {
			g.fresh()
		}
	}
	g.checkMoney()
	g.checkVotes()
	require.Greater(t, g.succeeded, g.failed/4, "most operations must do something")
	require.False(t, g.supply.burnedWei.IsZero(), "nobody was slashed")
	t.Logf("%d operations succeeded, %d failed, in %d blocks, checked every %d", g.succeeded, g.failed, g.Number, every)
}

// checkVotes compares each pool's shares of past times with its delegators'.
func (g *gambler) checkVotes() {
	ctx := g.Open(g.s)
	for _, timepoint := range []uint64{1, g.Time - 50_000, g.Time - 3_000, g.Time - 10, g.Time - 1} {
		type place struct {
			candidate uint64
			pool      uint8
		}
		sums := map[place]*uint256.Int{}
		for i := range g.s.store.Delegators.Len(ctx) {
			for _, share := range g.s.VotingShares(ctx, g.s.store.Delegators.Get(ctx, i), timepoint) {
				at := place{share.Candidate, share.Pool}
				if sums[at] == nil {
					sums[at] = new(uint256.Int)
				}
				sums[at].Add(sums[at], &share.Shares)
			}
		}
		pools := 0
		for id := uint64(1); id <= g.candidates; id++ {
			for _, share := range g.s.CandidateShares(ctx, id, timepoint) {
				require.Equal(g.T, share.Shares.Dec(), sums[place{id, share.Pool}].Dec(), "candidate %d, pool %d, at %d", id, share.Pool, timepoint)
				pools++
			}
		}
		require.Len(g.T, sums, pools)
	}
}

// TestCappedPowers: no validator has more than its part, whoever is below the
// cap keeps what it has, and the order stays.
func TestCappedPowers(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 20_000 {
		powers := make([]uint64, 1+random.Intn(40))
		last := uint64(1) << (20 + random.Intn(39))
		for i := range powers {
			last = 1 + uint64(random.Int63n(int64(last)))
			powers[i] = last
		}
		was := append([]uint64{}, powers...)
		capPowers(powers, 1200, 500)
		sum, limit := new(big.Int), max(1200, bps/uint64(len(powers))+500)
		for _, p := range powers {
			sum.Add(sum, new(big.Int).SetUint64(p))
		}
		sum.Mul(sum, new(big.Int).SetUint64(limit))
		for i, p := range powers {
			require.Positive(t, p)
			require.LessOrEqual(t, p, was[i])
			require.True(t, i == 0 || powers[i-1] >= p, "order")
			require.True(t, i+1 == len(powers) || p == was[i] || powers[i] == powers[0], "who is capped has the cap")
			require.LessOrEqual(t, new(big.Int).Mul(new(big.Int).SetUint64(p), big.NewInt(bps)).Cmp(sum), 0, "%d of %v", p, powers)
		}
	}
}
