package staking

import (
	"math/big"
	"math/rand"
	"os"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// operations is how many random operations a property test makes: STAKING_OPS,
// 100,000 without it, fewer when tests are to be short.
func operations(t testing.TB) int {
	if set := os.Getenv("STAKING_OPS"); set != "" {
		n, err := strconv.Atoi(set)
		require.NoError(t, err)
		return n
	}
	if testing.Short() {
		return 5_000
	}
	return 100_000
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

// fresh forgets the state's logs, which a long test would drown in.
func (g *gambler) fresh() {
	root, err := g.DB.Commit(g.Number, true, false)
	require.NoError(g.T, err)
	g.DB, err = state.New(root, g.DB.Database())
	require.NoError(g.T, err)
}

// TestMoneyIsNeitherLostNorMade makes random operations and holds the contract
// to its invariant after each block.
func TestMoneyIsNeitherLostNorMade(t *testing.T) {
	g := newGambler(t, 3)
	for n := operations(t); g.succeeded+g.failed < n; {
		for range 1 + g.Intn(30) {
			g.play()
		}
		g.nextBlock()
		g.settleDue()
		g.checkMoney()
		if g.Number%500 == 0 {
			g.fresh()
		}
	}
	require.Greater(t, g.succeeded, g.failed/4, "most operations must do something")
	require.False(t, g.supply.burnedWei.IsZero(), "nobody was slashed")
	t.Logf("%d operations succeeded, %d failed, in %d blocks", g.succeeded, g.failed, g.Number)
}

// model is the same economy done the simple way: every reward is divided among
// all delegations one by one, in numbers with 400 bits.
type model struct {
	pending   map[uint64]*big.Float // by candidate, not yet divided
	positions map[positionKey]*modelPosition
	rates     map[uint64]uint16   // commissions by candidate
	grants    map[grantKey]uint16 // and those of single delegators
	divisions uint64
}

type modelPosition struct{ stake, rewards *big.Float }

func exact(v *uint256.Int) *big.Float { return new(big.Float).SetPrec(400).SetInt(v.ToBig()) }
func zero() *big.Float                { return new(big.Float).SetPrec(400) }

func (m *model) at(key positionKey) *modelPosition {
	if m.positions[key] == nil {
		m.positions[key] = &modelPosition{zero(), zero()}
	}
	return m.positions[key]
}

// divide shares out what a candidate has earned, delegation by delegation.
func (m *model) divide(id uint64) {
	pending := m.pending[id]
	m.pending[id] = zero()
	total := zero()
	for key, p := range m.positions {
		if key.candidate() == id {
			total.Add(total, p.stake)
		}
	}
	if pending.Sign() == 0 || total.Sign() == 0 {
		return
	}
	m.divisions++
	for key, p := range m.positions {
		if key.candidate() != id || p.stake.Sign() == 0 {
			continue
		}
		gross := zero().Mul(pending, zero().Quo(p.stake, total))
		rate := m.rates[id]
		if granted, ok := m.grants[grantKeyOf(id, key.delegator())]; ok && key.kind() != Compounding {
			rate = granted
		}
		net := zero().Quo(zero().Mul(gross, zero().SetInt64(int64(bps-rate))), zero().SetInt64(bps))
		if key.kind() == Compounding {
			p.stake.Add(p.stake, net)
		} else {
			p.rewards.Add(p.rewards, net)
		}
	}
}

// earn gives the pot to the set as it is.
func (m *model) earn(s *Staking, w *world, potWei *uint256.Int) {
	ctx := w.Open(s)
	sums := s.store.Sums.Get(ctx)
	active, standby := exact(potWei), zero()
	if sums.StandbyWeight > 0 {
		standby = exact(part(potWei, 1000))
		active.Sub(active, standby)
	}
	for _, id := range s.store.Set.Slice(ctx, 0, 100) {
		st := s.store.Standings.Get(ctx, id)
		pot, weight := active, sums.ActiveWeight
		if st.Role == roleStandby {
			pot, weight = standby, sums.StandbyWeight
		}
		part := zero().Quo(zero().Mul(pot, zero().SetUint64(st.Weight)), zero().SetUint64(weight))
		m.pending[id].Add(m.pending[id], part)
	}
}

// TestAgainstSimpleModel compares stakes, rewards and commissions with the
// model's. They may differ by the rounding of each division, never in the
// delegators' favour beyond it.
func TestAgainstSimpleModel(t *testing.T) {
	g := newGambler(t, 5)
	g.redelegates = false
	m := &model{map[uint64]*big.Float{}, map[positionKey]*modelPosition{}, map[uint64]uint16{}, map[grantKey]uint16{}, 0}
	paid := map[positionKey]*uint256.Int{} // by delegator and candidate
	for id := uint64(1); id <= 8; id++ {
		m.pending[id], m.rates[id] = zero(), 1000
		m.at(keyOf(ownerOf(id), id, Plain)).stake = exact(cmt(100_000))
	}
	steps := operations(t) / 20
	for range steps {
		for range 1 + g.Intn(10) {
			m.follow(g, paid)
		}
		g.Advance(1, 1+uint64(g.Intn(30)))
		m.earn(g.s, g.world, g.supply.perBlockWei)
		if g.Number%7 == 0 || g.s.store.Rhythm.Get(g.Open(g.s)).ElectionDue { // an election divides everybody's
			for _, id := range g.s.store.Set.Slice(g.Open(g.s), 0, 100) {
				m.divide(id)
			}
		}
		g.Number--
		g.Time--
		g.block(nil)
		g.settleDue()
	}
	m.compare(g, paid)
}

// follow makes a random operation and does the same in the model.
func (m *model) follow(g *gambler, paid map[positionKey]*uint256.Int) {
	result, method, who, inputs := g.play()
	if result.Err != nil {
		return
	}
	switch method {
	case "withdraw":
	case "claimAll":
		touched := map[uint64]bool{}
		for key := range m.positions {
			if id := key.candidate(); key.delegator() == who && !touched[id] {
				touched[id] = true
				m.divide(id)
			}
		}
	case "claimCommission", "setCommission", "grantCommission", "retire", "rejoin":
		m.divide(g.s.store.ByOwner.Get(g.Open(g.s), who))
	case "applySlashes":
		m.divide(inputs[1].(uint64))
	default:
		m.divide(inputs[0].(uint64))
	}
	wei := func(v any) *big.Float { return zero().SetInt(v.(*big.Int)) }
	for _, e := range g.Events(g.s, result, "RewardsPaid") {
		key := keyOf(e["delegator"].(common.Address), e["candidate"].(uint64), Plain)
		if paid[key] == nil {
			paid[key] = new(uint256.Int)
		}
		paid[key].Add(paid[key], uint256.MustFromBig(e["amountWei"].(*big.Int)))
	}
	for _, e := range g.Events(g.s, result, "CommissionChanged") {
		m.rates[e["candidate"].(uint64)] = e["commissionBps"].(uint16)
	}
	for _, e := range g.Events(g.s, result, "CommissionGranted") {
		m.grants[grantKeyOf(e["candidate"].(uint64), e["delegator"].(common.Address))] = e["commissionBps"].(uint16)
	}
	for _, e := range g.Events(g.s, result, "GrantEnded") {
		delete(m.grants, grantKeyOf(e["candidate"].(uint64), e["delegator"].(common.Address)))
	}
	for _, e := range g.Events(g.s, result, "Delegated") {
		p := m.at(keyOf(who, e["candidate"].(uint64), Kind(e["kind"].(uint8))))
		p.stake.Add(p.stake, wei(e["amountWei"]))
	}
	for _, e := range g.Events(g.s, result, "Undelegated") {
		key := keyOf(who, e["candidate"].(uint64), Kind(e["kind"].(uint8)))
		m.reduce(g, key, wei(e["amountWei"]))
	}
	for _, e := range g.Events(g.s, result, "CompoundingSwitched") {
		from, to := Plain, Compounding
		if !e["compounding"].(bool) {
			from, to = to, from
		}
		id := e["candidate"].(uint64)
		m.reduce(g, keyOf(who, id, from), wei(e["amountWei"]))
		p := m.at(keyOf(who, id, to))
		p.stake.Add(p.stake, wei(e["amountWei"]))
	}
}

func (m *model) reduce(g *gambler, key positionKey, amount *big.Float) {
	p := m.at(key)
	p.stake.Sub(p.stake, amount)
	if now := g.s.store.Positions.Get(g.Open(g.s), key); now.Shares.IsZero() {
		p.stake = zero() // the last fraction of a wei
	}
}

func (m *model) compare(g *gambler, paid map[positionKey]*uint256.Int) {
	t := g.T
	for id := uint64(1); id <= 8; id++ {
		m.divide(id)
	}
	tolerance := zero().SetUint64(4*m.divisions + 1000)
	near := func(what string, want *big.Float, got *uint256.Int) {
		t.Helper()
		d := zero().Sub(want, exact(got))
		require.Negative(t, d.Abs(d).Cmp(tolerance), "%s: the model has %s, the contract %s", what, want.Text('f', 3), got.Dec())
	}
	compared := 0
	rewards, got := map[positionKey]*big.Float{}, map[positionKey]*uint256.Int{}
	for key, p := range m.positions {
		d := g.delegation(key.delegator(), key.candidate(), key.kind())
		near("stake", p.stake, d.StakeWei)
		plain := keyOf(key.delegator(), key.candidate(), Plain)
		if rewards[plain] == nil {
			rewards[plain], got[plain] = zero(), new(uint256.Int)
			if paid[plain] != nil {
				got[plain].Set(paid[plain])
			}
		}
		rewards[plain].Add(rewards[plain], p.rewards)
		got[plain].Add(got[plain], d.RewardsWei)
		compared++
	}
	for key, want := range rewards {
		near("rewards", want, got[key])
	}
	require.Greater(t, compared, 60)
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
