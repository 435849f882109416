package lockup

import (
	"encoding/json"
	"math/rand"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// staker does what the staking contract does with locked coins. Its balance is
// what it has taken.
type staker struct {
	c *contracttest.Chain
	l *Lockup
}

func (s staker) context() *contract.Context { return s.c.Open(s.l).At(staking) }

func (s staker) take(account common.Address, amountWei *uint256.Int) error {
	return s.l.Take(s.context(), account, amountWei)
}

func (s staker) giveBack(account common.Address, amountWei *uint256.Int) error {
	return s.l.Return(s.context(), account, amountWei)
}

// slash burns staked coins of an account.
func (s staker) slash(account common.Address, amountWei *uint256.Int) error {
	if err := s.l.Lost(s.context(), account, amountWei); err != nil {
		return err
	}
	return s.context().Burn(amountWei)
}

func TestStakedCoinsComeBackLocked(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	s := staker{c, l}
	id := lock(c, l, alice, bob, cmt(100), 10)
	require.ErrorIs(t, s.take(bob, cmt(101)), ErrTooFewLocked)
	require.ErrorIs(t, s.take(alice, cmt(1)), ErrTooFewLocked)
	require.NoError(t, s.take(bob, cmt(60)))
	require.Equal(t, cmt(60), c.DB.GetBalance(staking))
	require.Equal(t, cmt(40), c.DB.GetBalance(address))
	require.Equal(t, cmt(100), lockedOf(c, l, bob))
	require.Equal(t, holding{*cmt(100), *cmt(40), *cmt(60), uint256.Int{}, uint256.Int{}}, contracttest.View[holding](c, l, "holding", bob))
	require.Equal(t, cmt(60), l.LockedStake(c.Open(l)))
	require.Equal(t, cmt(100), l.Locked(c.Open(l)))

	require.ErrorIs(t, s.giveBack(bob, cmt(61)), ErrNotTaken)
	require.NoError(t, s.giveBack(bob, cmt(60)))
	require.Equal(t, cmt(1000), c.DB.GetBalance(bob), "undelegating frees nothing")
	require.Equal(t, cmt(100), c.DB.GetBalance(address))
	c.Fails(bob, l, nil, "StillLocked", "release", id)
}

func TestALockEndsWhileItIsStaked(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	s := staker{c, l}
	lock(c, l, alice, bob, cmt(100), 10)
	lock(c, l, alice, bob, cmt(50), 20)
	require.NoError(t, s.take(bob, cmt(130)))
	c.Advance(1, 10*day)
	require.ErrorIs(t, s.take(bob, cmt(1)), ErrEnded, "before the chain has released it")
	require.Equal(t, 1, work(c, l))
	require.Equal(t, cmt(1020), c.DB.GetBalance(bob), "what is here is paid")
	require.Equal(t, holding{*cmt(50), uint256.Int{}, *cmt(130), *cmt(80), uint256.Int{}}, contracttest.View[holding](c, l, "holding", bob))
	require.ErrorIs(t, s.take(bob, cmt(1)), ErrTooFewLocked)
	require.NoError(t, s.giveBack(bob, cmt(90)))
	require.Equal(t, cmt(1100), c.DB.GetBalance(bob), "the first lock's coins go on at once, no more")
	require.Equal(t, cmt(50), lockedOf(c, l, bob))
	require.NoError(t, s.giveBack(bob, cmt(40)))
	require.Equal(t, cmt(1100), c.DB.GetBalance(bob))
	require.Equal(t, cmt(50), c.DB.GetBalance(address))
}

// A loss comes off the lock that ends first: being slashed frees no coins.
func TestSlashingFreesNothing(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	s := staker{c, l}
	lock(c, l, alice, bob, cmt(100), 10)
	lock(c, l, alice, bob, cmt(100), 20)
	require.NoError(t, s.take(bob, cmt(150)))
	require.ErrorIs(t, s.slash(bob, cmt(151)), ErrNotTaken)
	require.NoError(t, s.slash(bob, cmt(30)))
	require.NoError(t, s.giveBack(bob, cmt(120)))
	require.Equal(t, cmt(1000), c.DB.GetBalance(bob))
	require.Equal(t, cmt(170), lockedOf(c, l, bob))
	c.Advance(1, 10*day)
	work(c, l)
	require.Equal(t, cmt(1070), c.DB.GetBalance(bob))
	require.Equal(t, cmt(100), lockedOf(c, l, bob))
	c.Advance(1, 10*day)
	work(c, l)
	require.Equal(t, cmt(1170), c.DB.GetBalance(bob))
	require.Equal(t, holding{}, contracttest.View[holding](c, l, "totals"))
}

func TestANetworkMayForbidStaking(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{StakingOff: true})
	lock(c, l, alice, bob, cmt(100), 10)
	require.ErrorIs(t, staker{c, l}.take(bob, cmt(1)), ErrStakingOff)
	require.Equal(t, []any{uint256.Int{}, false}, c.Must(alice, l, nil, "rules"))
}

// account is the model of an account in TestNothingEscapes.
type account struct{ in, ended, paid, lost, staked uint256.Int }

// TestNothingEscapes does random operations and holds after each of them: an
// account was paid no more than its ended locks, the contract's balance is what
// the books say, and no coin is lost or made.
func TestNothingEscapes(t *testing.T) {
	var (
		random   = rand.New(rand.NewSource(4))
		l        = New(address)
		c        = newChain(t, l, Genesis{})
		s        = staker{c, l}
		payer    = common.HexToAddress("0xfa7")
		owners   = []common.Address{{1}, {2}, {3}, {4}}
		accounts = make([]account, len(owners))
		amount   = func(most *uint256.Int) *uint256.Int {
			wei := new(uint256.Int).SetUint64(random.Uint64())
			return wei.Mod(wei, new(uint256.Int).AddUint64(most, 1))
		}
		counts [6]int
	)
	c.Fund(payer, cmt(1_000_000))
	endAll := func() { // in the model
		now := c.Time
		for key := range l.store.ByEnd.Ascend(c.Open(l), common.Hash{}) {
			_, id := contract.SplitKey(key)
			if r := l.store.Locks.Get(c.Open(l), id); r.Until <= now {
				for i := range owners {
					if owners[i] == r.Account {
						accounts[i].ended.Add(&accounts[i].ended, &r.AmountWei)
					}
				}
			}
		}
	}
	for op := range 6000 {
		i := random.Intn(len(owners))
		a, p := &accounts[i], l.store.Purses.Get(c.Open(l), owners[i])
		kind := random.Intn(6)
		switch kind {
		case 0:
			wei := new(uint256.Int).AddUint64(amount(uint256.NewInt(1000)), 1)
			lock(c, l, payer, owners[i], wei, 1+uint64(random.Intn(40)))
			a.in.Add(&a.in, wei)
		case 1:
			if wei := amount(&p.HeldWei); !wei.IsZero() {
				require.NoError(t, s.take(owners[i], wei))
				a.staked.Add(&a.staked, wei)
			}
		case 2:
			wei := amount(&p.StakedWei)
			require.NoError(t, s.giveBack(owners[i], wei))
			a.staked.Sub(&a.staked, wei)
		case 3:
			wei := amount(&p.StakedWei)
			wei.Rsh(wei, uint(random.Intn(6)))
			require.NoError(t, s.slash(owners[i], wei))
			a.staked.Sub(&a.staked, wei)
			a.lost.Add(&a.lost, wei)
		case 4:
			require.ErrorIs(t, s.take(owners[i], new(uint256.Int).AddUint64(&p.HeldWei, 1)), ErrTooFewLocked)
		case 5:
			c.Advance(1, uint64(random.Intn(3*day)))
			endAll()
			counts[kind] += work(c, l)
		}
		counts[kind]++
		holds(t, c, l, owners, accounts, op)
		if op%500 == 499 {
			reimported(t, c, l)
		}
	}
	for kind, n := range counts {
		require.Greater(t, n, 500, "operation %d", kind)
	}
}

func holds(t *testing.T, c *contracttest.Chain, l *Lockup, owners []common.Address, accounts []account, op int) {
	t.Helper()
	var sum purse
	ctx := c.Open(l)
	for i, owner := range owners {
		a, p := &accounts[i], l.store.Purses.Get(ctx, owner)
		a.paid = *c.DB.GetBalance(owner)
		require.False(t, a.paid.Gt(&a.ended), "operation %d: paid %s, ended %s", op, a.paid.Dec(), a.ended.Dec())
		require.Equal(t, a.staked, p.StakedWei)
		var all uint256.Int
		for _, part := range []*uint256.Int{&a.paid, &a.lost, &p.HeldWei, &p.StakedWei} {
			all.Add(&all, part)
		}
		require.Equal(t, a.in, all, "operation %d", op)
		require.True(t, p.EndedWei.IsZero() || p.LostWei.IsZero())
		require.False(t, p.EndedWei.Gt(&p.StakedWei))
		for _, add := range [][2]*uint256.Int{{&sum.HeldWei, &p.HeldWei}, {&sum.StakedWei, &p.StakedWei}, {&sum.EndedWei, &p.EndedWei}, {&sum.LostWei, &p.LostWei}} {
			add[0].Add(add[0], add[1])
		}
	}
	require.Equal(t, sum, l.store.All.Get(ctx))
	require.Equal(t, sum.HeldWei, *c.DB.GetBalance(address))
	require.Equal(t, sum.StakedWei, *c.DB.GetBalance(staking))
}

// reimported: a chain that begins with the export exports the same.
func reimported(t *testing.T, c *contracttest.Chain, l *Lockup) {
	t.Helper()
	first, err := json.Marshal(l.Export(c.Open(l)))
	require.NoError(t, err)
	var g Genesis
	require.NoError(t, json.Unmarshal(first, &g))
	again := contracttest.New(t, l)
	held := l.store.All.Get(c.Open(l)).HeldWei
	again.Fund(address, &held)
	begin(t, again, l, g)
	second, err := json.Marshal(l.Export(again.Open(l)))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	require.Equal(t, l.store.All.Get(c.Open(l)), l.store.All.Get(again.Open(l)))
	require.Equal(t, l.store.Head.Get(c.Open(l)), l.store.Head.Get(again.Open(l)))
}
