package staking

import (
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	stakingAddress = common.HexToAddress("0xc003")
	lockupAddress  = common.HexToAddress("0xc002")
	governor       = common.HexToAddress("0xc004")
)

// fakeSupply mints the same amount each block and counts what is burned.
type fakeSupply struct {
	perBlockWei *uint256.Int
	burnedWei   *uint256.Int
}

func (f *fakeSupply) Emit(ctx *contract.Context, _ uint64) *uint256.Int {
	ctx.Mint(stakingAddress, f.perBlockWei)
	return f.perBlockWei
}

func (f *fakeSupply) Burn(ctx *contract.Context, amountWei *uint256.Int) error {
	f.burnedWei.Add(f.burnedWei, amountWei)
	return ctx.Burn(amountWei)
}

// fakeLockup holds coins for everybody in its balance.
type fakeLockup struct {
	returnedWei, lostWei *uint256.Int
	refuse               error
}

func (f *fakeLockup) Take(ctx *contract.Context, _ common.Address, amountWei *uint256.Int) error {
	return ctx.At(lockupAddress).Transfer(ctx.Address(), amountWei)
}

func (f *fakeLockup) Return(ctx *contract.Context, _ common.Address, amountWei *uint256.Int) error {
	if f.refuse != nil {
		return f.refuse
	}
	f.returnedWei.Add(f.returnedWei, amountWei)
	return ctx.Transfer(lockupAddress, amountWei)
}

func (f *fakeLockup) Lost(_ *contract.Context, _ common.Address, amountWei *uint256.Int) error {
	f.lostWei.Add(f.lostWei, amountWei)
	return nil
}

// world is a chain with the contract on it and some candidates.
type world struct {
	*contracttest.Chain
	s      *Staking
	supply *fakeSupply
	lockup *fakeLockup
}

// cmt is an amount in wei.
func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}

func ownerOf(id uint64) common.Address {
	return common.BigToAddress(new(big.Int).SetUint64(0xa000 + id))
}
func person(i uint64) common.Address { return common.BigToAddress(new(big.Int).SetUint64(0xb000 + i)) }

func consensusKey(n uint64) (key common.Hash) {
	key[0] = 0xed
	binary.BigEndian.PutUint64(key[24:], n)
	return key
}

func consensusAddress(n uint64) common.Address { return ConsensusAddress(consensusKey(n)) }

func newContract() (*Staking, *fakeSupply, *fakeLockup) {
	supply := &fakeSupply{perBlockWei: cmt(10), burnedWei: new(uint256.Int)}
	lockup := &fakeLockup{returnedWei: new(uint256.Int), lostWei: new(uint256.Int)}
	return New(stakingAddress, supply, lockup, governor), supply, lockup
}

// newWorld begins with candidates 1 … n of 1,000 CMT self-stake each, at 10 %
// commission. A change of the genesis may follow.
func newWorld(t testing.TB, n uint64, changes ...func(*Genesis)) *world {
	s, supply, lockup := newContract()
	return newWorldOf(t, s, supply, lockup, n, changes...)
}

func newWorldOf(t testing.TB, s *Staking, supply *fakeSupply, lockup *fakeLockup, n uint64, changes ...func(*Genesis)) *world {
	w := &world{Chain: contracttest.New(t, s), s: s, supply: supply, lockup: lockup}
	g := Genesis{}
	g.Parameters, g.Constants = Defaults()
	for id := uint64(1); id <= n; id++ {
		g.Candidates = append(g.Candidates, GenesisCandidate{
			Owner: ownerOf(id), ConsensusKey: consensusKey(id), Moniker: "validator", CommissionBps: 1000, SelfStakeWei: cmt(1000),
		})
	}
	for _, change := range changes {
		change(&g)
	}
	total := new(uint256.Int)
	for _, c := range g.Candidates {
		total.Add(total, c.SelfStakeWei)
	}
	for _, d := range g.Delegations {
		total.Add(total, d.AmountWei)
	}
	w.Fund(stakingAddress, total)
	w.Fund(lockupAddress, cmt(1_000_000_000))
	w.DB.SetNonce(lockupAddress, 1, 0)
	w.Number = 0
	require.NoError(t, s.Begin(w.Open(s), g))
	w.DB.Finalise(true)
	w.Number = 1
	for i := range uint64(20) {
		w.Fund(person(i), cmt(10_000_000))
	}
	for id := range n + 20 {
		w.Fund(ownerOf(id), cmt(10_000_000))
	}
	return w
}

// block begins the next block a second later.
func (w *world) block(absent []common.Address, evidence ...Evidence) contracttest.Result {
	w.T.Helper()
	w.Advance(1, 1)
	if evidence == nil {
		evidence = []Evidence{}
	}
	result := w.Do(contracttest.Call{From: params.SystemAddress, To: stakingAddress, Gas: 300_000_000,
		Data: w.Pack(w.s, "beginBlock", w.Time*1e9, common.Address{}, append([]common.Address{}, absent...), evidence)})
	require.NoError(w.T, result.Err, w.Reason(w.s, result))
	return result
}

// blocks begins n blocks where everybody signs.
func (w *world) blocks(n int) {
	w.T.Helper()
	for range n {
		w.block(nil)
	}
}

// epoch goes on to the next epoch.
func (w *world) epoch() contracttest.Result {
	w.T.Helper()
	for {
		result := w.block(nil)
		if w.Number%uint64(w.s.store.Parameters.Get(w.Open(w.s)).EpochBlocks) == 0 {
			return result
		}
	}
}

// settleDue does the work that is due, as the chain does at a block's end.
func (w *world) settleDue() (calls int) {
	w.T.Helper()
	for {
		data, gas, ok := w.s.Due(w.Open(w.s).View())
		if !ok {
			return calls
		}
		result := w.Do(contracttest.Call{From: params.SystemAddress, To: stakingAddress, Data: data, Gas: gas})
		require.NoError(w.T, result.Err, w.Reason(w.s, result))
		calls++
	}
}

// fresh forgets the state's logs, which a long test would drown in.
func (w *world) fresh() {
	root, err := w.DB.Commit(w.Number, true, false)
	require.NoError(w.T, err)
	w.DB, err = state.New(root, w.DB.Database())
	require.NoError(w.T, err)
}

func (w *world) must(from common.Address, valueWei *uint256.Int, method string, inputs ...any) []any {
	w.T.Helper()
	return w.Must(from, w.s, valueWei, method, inputs...)
}

func (w *world) fails(from common.Address, valueWei *uint256.Int, reason, method string, inputs ...any) {
	w.T.Helper()
	w.Fails(from, w.s, valueWei, reason, method, inputs...)
}

func (w *world) validator(id uint64) Validator {
	return contracttest.View[Validator](w.Chain, w.s, "validator", id)
}

func (w *world) delegation(who common.Address, id uint64, kind Kind) Delegation {
	return contracttest.View[Delegation](w.Chain, w.s, "delegation", who, id, uint8(kind))
}

func (w *world) balance(of common.Address) *uint256.Int { return w.DB.GetBalance(of).Clone() }

// scaled is wei × poolScale.
func scaled(v *uint256.Int) *big.Int { return new(big.Int).Mul(v.ToBig(), poolScale.ToBig()) }

// checkMoney holds the contract to its invariant: what it accounts for is
// exactly the sum of all stake, unbonding stake, commissions, rewards of each
// delegation and carried rests, to the 10^-27th part of a wei.
func (w *world) checkMoney() {
	w.T.Helper()
	ctx := w.Open(w.s)
	state := w.s.Export(ctx).State
	total, stake, leaving := new(big.Int), new(uint256.Int), new(uint256.Int)
	add := func(v *big.Int) { total.Add(total, v) }
	addRole := func(v *big.Int) { add(v.Mul(v, big.NewInt(1e9))) } // from roleScale
	times := func(v *uint256.Int, n *uint256.Int) *big.Int { return new(big.Int).Mul(v.ToBig(), n.ToBig()) }
	type place struct{ candidate, part uint64 }
	shares := map[place]*uint256.Int{}
	count := func(at place, n *uint256.Int) {
		if shares[at] == nil {
			shares[at] = new(uint256.Int)
		}
		shares[at].Add(shares[at], n)
	}
	addRole(new(big.Int).SetUint64(state.Sums.ActiveRem))
	addRole(new(big.Int).SetUint64(state.Sums.StandbyRem))
	for i, c := range state.Candidates {
		add(scaled(&c.Book.CommissionWei))
		add(c.Book.PlainRem.ToBig())
		add(c.Book.GrantedRem.ToBig())
		addRole(new(big.Int).SetUint64(c.Book.Rem))
		acc := state.Sums.StandbyAcc
		if c.Standing.Role == roleActive {
			acc = state.Sums.ActiveAcc
		}
		if c.Standing.Role != roleNone {
			addRole(times(new(uint256.Int).Sub(&acc, &c.Book.Acc), uint256.NewInt(c.Standing.Weight)))
		}
		for j, p := range c.Book.Pools {
			add(scaled(&p.StakeWei))
			stake.Add(stake, &p.StakeWei)
			count(place{uint64(i) + 1, uint64(j)}, new(uint256.Int))
		}
	}
	for _, p := range state.Positions {
		h := holding{key: keyOf(p.Delegator, p.Candidate, p.Kind), position: p.Position}
		pool := state.Candidates[p.Candidate-1].Book.Pools[h.poolNumber()]
		if p.Kind != Compounding {
			add(times(new(uint256.Int).Sub(&pool.Acc, &p.Position.Acc), &p.Position.Shares))
		}
		count(place{p.Candidate, uint64(h.poolNumber())}, &p.Position.Shares)
	}
	for _, b := range state.Buckets {
		add(scaled(&b.Bucket.StakeWei))
		leaving.Add(leaving, &b.Bucket.StakeWei)
		count(place{b.Candidate, b.Hour}, new(uint256.Int))
	}
	for _, u := range state.Unbondings {
		count(place{u.Unbonding.Candidate, u.Unbonding.Hour}, &u.Unbonding.Shares)
	}
	for i, c := range state.Candidates {
		for j, p := range c.Book.Pools {
			require.Equal(w.T, p.Shares.Dec(), shares[place{uint64(i) + 1, uint64(j)}].Dec(), "shares of candidate %d, pool %d", i+1, j)
		}
	}
	for _, b := range state.Buckets {
		require.Equal(w.T, b.Bucket.Shares.Dec(), shares[place{b.Candidate, b.Hour}].Dec(), "shares of a bucket")
	}
	require.Equal(w.T, scaled(&state.Sums.AccountedWei).String(), total.String(), "what is accounted for is the sum of its parts")
	require.Equal(w.T, stake.Dec(), state.Sums.StakeWei.Dec())
	require.Equal(w.T, leaving.Dec(), state.Sums.UnbondingWei.Dec())
	require.False(w.T, w.balance(stakingAddress).Lt(&state.Sums.AccountedWei), "more is accounted for than there is")
}
