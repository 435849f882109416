package staking

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

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
