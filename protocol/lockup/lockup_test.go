package lockup

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address = common.HexToAddress("0xc002")
	staking = common.HexToAddress("0xc003")
	alice   = common.HexToAddress("0xa11ce")
	bob     = common.HexToAddress("0xb0b")
)

const day = 86_400

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}

// newChain is a chain on which alice and bob have 1,000 CMT each.
func newChain(t testing.TB, l *Lockup, g Genesis) *contracttest.Chain {
	c := contracttest.New(t, l)
	c.Fund(alice, cmt(1000))
	c.Fund(bob, cmt(1000))
	for _, lock := range g.Locks {
		c.Fund(address, lock.AmountWei)
	}
	begin(t, c, l, g)
	return c
}

func begin(t testing.TB, c *contracttest.Chain, l *Lockup, g Genesis) {
	require.NoError(t, contract.Run(c.Open(l), func(ctx *contract.Context) error { return l.Begin(ctx, g) }))
	c.DB.Finalise(true)
}

// lock locks coins of from for an account and gives the lock's number.
func lock(c *contracttest.Chain, l *Lockup, from, account common.Address, amountWei *uint256.Int, days uint64) uint64 {
	c.T.Helper()
	return c.Must(from, l, amountWei, "lock", account, c.Time+days*day)[0].(uint64)
}

// work does the chain's work at a block's end.
func work(c *contracttest.Chain, l *Lockup) (released int) {
	c.T.Helper()
	for {
		data, gas, ok := l.Due(c.Open(l))
		if !ok {
			return released
		}
		result := c.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: gas})
		require.NoError(c.T, result.Err, c.Reason(l, result))
		released++
	}
}

func lockedOf(c *contracttest.Chain, l *Lockup, account common.Address) *uint256.Int {
	c.T.Helper()
	wei := contracttest.View[uint256.Int](c, l, "locked", account)
	return &wei
}

func TestLockAndRelease(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{LeastWei: cmt(1)})
	until := c.Time + day
	result := c.Try(alice, l, cmt(5), "lock", bob, until)
	require.NoError(t, result.Err)
	require.Equal(t, []map[string]any{{"id": uint64(1), "account": bob, "from": alice, "amountWei": cmt(5).ToBig(), "until": until}},
		c.Events(l, result, "Locked"))
	require.Equal(t, cmt(995), c.DB.GetBalance(alice))
	require.Equal(t, cmt(5), c.DB.GetBalance(address))
	require.Equal(t, cmt(5), lockedOf(c, l, bob))
	require.Equal(t, lockInfo{1, bob, *cmt(5), until, ""}, contracttest.View[lockInfo](c, l, "lockOf", uint64(1)))

	for _, caller := range []common.Address{alice, bob, params.SystemAddress} {
		c.Fails(caller, l, nil, "StillLocked", "release", uint64(1))
	}
	c.Fails(params.SystemAddress, l, nil, "StillLocked", "releaseNext")
	c.Time = until - 1
	c.Fails(bob, l, nil, "StillLocked", "release", uint64(1))
	c.Time = until
	released := c.Try(alice, l, nil, "release", uint64(1))
	require.NoError(t, released.Err)
	require.Equal(t, cmt(5).ToBig(), c.Events(l, released, "Released")[0]["paidWei"])
	require.Equal(t, cmt(1005), c.DB.GetBalance(bob), "it goes to the owner, whoever calls")
	require.True(t, lockedOf(c, l, bob).IsZero())
	c.Fails(bob, l, nil, "UnknownLock", "release", uint64(1))
	c.Fails(bob, l, nil, "UnknownLock", "lockOf", uint64(1))
	c.Fails(params.SystemAddress, l, nil, "UnknownLock", "releaseNext")
}

func TestLockRefuses(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{LeastWei: cmt(1)})
	c.Fails(alice, l, cmt(1), "NotAnAccount", "lock", common.Address{}, c.Time+day)
	c.Fails(alice, l, cmt(1), "NotAnAccount", "lock", address, c.Time+day)
	c.Fails(alice, l, cmt(1), "NotAnEnd", "lock", bob, c.Time)
	c.Fails(alice, l, cmt(1), "NotAnEnd", "lock", bob, (c.Time+day)*1000)
	c.Fails(alice, l, nil, "TooLittle", "lock", bob, c.Time+day)
	c.Fails(alice, l, new(uint256.Int).SubUint64(cmt(1), 1), "TooLittle", "lock", bob, c.Time+day)
	require.Equal(t, cmt(1000), c.DB.GetBalance(alice))
	require.Equal(t, []any{*cmt(1), true}, c.Must(alice, l, nil, "rules"))
}

// The chain releases what has ended, one lock a call, the first first.
func TestTheChainReleases(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	require.Zero(t, work(c, l))
	lock(c, l, alice, bob, cmt(1), 3)
	lock(c, l, alice, bob, cmt(2), 1)
	lock(c, l, alice, bob, cmt(4), 2)
	require.Zero(t, work(c, l))
	c.Advance(1, 2*day)
	require.Equal(t, 2, work(c, l))
	require.Equal(t, cmt(1006), c.DB.GetBalance(bob))
	require.Equal(t, cmt(1), lockedOf(c, l, bob))
	c.Advance(1, day)
	require.Equal(t, 1, work(c, l))
	require.Equal(t, cmt(1007), c.DB.GetBalance(bob))
	require.True(t, c.DB.GetBalance(address).IsZero())
}

// With many locks the chain's call has gas enough.
func TestReleaseGasSuffices(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	const many = 20_000
	g := Genesis{}
	for i := range uint64(many) {
		g.Locks = append(g.Locks, GenesisLock{Account: common.BigToAddress(uint256.NewInt(1<<20 + i%7).ToBig()), AmountWei: cmt(1), Until: c.Time + 1 + i*7919%many})
	}
	c.Fund(address, cmt(many))
	begin(t, c, l, g)
	c.Advance(1, many/2)
	for range 200 {
		data, gas, ok := l.Due(c.Open(l))
		require.True(t, ok)
		result := c.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: gas})
		require.NoError(t, result.Err, c.Reason(l, result))
		require.Less(t, result.GasUsed, uint64(releaseGas*2/3), "a tree of a million is 1.4 times as deep")
	}
}

func TestPages(t *testing.T) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	for i, days := range []uint64{5, 3, 9, 1, 3} {
		lock(c, l, alice, []common.Address{alice, bob}[i%2], cmt(1), days)
	}
	page := func(method string, inputs ...any) (ids []uint64, next *uint256.Int) {
		out := c.Must(alice, l, nil, method, inputs...)
		for _, each := range out[0].([]lockInfo) {
			ids = append(ids, each.Id)
		}
		return ids, out[1].(*uint256.Int)
	}
	ids, next := page("locks", new(uint256.Int), uint64(2))
	require.Equal(t, []uint64{4, 2}, ids)
	c.Advance(1, 3*day)
	work(c, l) // removes what was read, and the next one
	ids, next = page("locks", next, uint64(1))
	require.Equal(t, []uint64{1}, ids)
	ids, next = page("locks", next, uint64(9))
	require.Equal(t, []uint64{3}, ids)
	require.True(t, next.IsZero())
	ids, _ = page("locksOf", alice, new(uint256.Int), uint64(9))
	require.Equal(t, []uint64{1, 3}, ids)
	ids, _ = page("locksOf", bob, new(uint256.Int), uint64(9))
	require.Empty(t, ids)
}

// Every kind of call and every gas limit.
func TestGeneric(t *testing.T) {
	l := New(address)
	start := func(t testing.TB) *contracttest.Chain { return newChain(t, l, Genesis{LeastWei: cmt(1)}) }
	locked := func(c *contracttest.Chain) { lock(c, l, alice, bob, cmt(3), 1) }
	ended := func(c *contracttest.Chain) {
		locked(c)
		c.Advance(1, day)
	}
	examples := []contracttest.Example{
		{Method: "lock", From: alice, Value: cmt(2), Inputs: []any{bob, uint64(1_700_000_000 + day)}},
		{Method: "release", From: alice, Inputs: []any{uint64(1)}, Prepare: ended},
		{Method: "releaseNext", From: params.SystemAddress, Prepare: ended},
		{Method: "locked", From: alice, Inputs: []any{bob}, Prepare: locked},
		{Method: "holding", From: alice, Inputs: []any{bob}, Prepare: locked},
		{Method: "totals", From: alice, Prepare: locked},
		{Method: "lockOf", From: alice, Inputs: []any{uint64(1)}, Prepare: locked},
		{Method: "locks", From: alice, Inputs: []any{new(uint256.Int), uint64(10)}, Prepare: locked},
		{Method: "locksOf", From: alice, Inputs: []any{bob, new(uint256.Int), uint64(10)}, Prepare: locked},
		{Method: "rules", From: alice},
	}
	contracttest.Generic(t, l, start, examples)
	contracttest.ReadmeGas(t, l, start, examples)
}
