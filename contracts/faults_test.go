package contracts_test

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/protocol/gas"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

// Known faults of the first CyberMiles chain, each as a test on whole blocks.

// shop is a contract with an owner. Any other call stores 1 in slot 0 and then
// reverts if the first argument is not zero.
var shop = common.Address{0x54}

var setSelector = gas.Selector{1, 2, 3, 4}

func shopCode(owner common.Address) []byte {
	code := common.FromHex("5f3560e01c638da5cb5b14601d5760015f55600435601957005b5f5ffd5b73")
	return append(append(code, owner.Bytes()...), common.FromHex("5f5260205ff3")...)
}

func shopCall(from int, fails bool) order {
	data := append(setSelector[:], make([]byte, 32)...)
	if fails {
		data[35] = 1
	}
	return order{from: from, to: &shop, data: data, gas: 200_000, free: true}
}

// peopleOf are the accounts of every world.
func peopleOf(t *testing.T) ([]network.DevAccount, error) {
	t.Helper()
	people, err := network.DevAccounts(accounts)
	require.NoError(t, err)
	return people, nil
}

// newShop is a world whose account 4 owns a shop and whose account 11 has
// nothing.
func newShop(t *testing.T) *world {
	people, _ := peopleOf(t)
	return newWorld(t, func(_ *contracts.Economy, alloc types.GenesisAlloc) {
		alloc[shop] = types.Account{Code: shopCode(people[4].Address), Balance: cmt(0).ToBig()}
		delete(alloc, people[11].Address)
	})
}

// Fault 1: creating a contract at gas price zero stopped every node for 17 hours.
func TestCreationAtPriceZeroIsRefused(t *testing.T) {
	w := newShop(t)
	creation := order{from: 11, data: []byte{0}, free: true, impossible: true}
	for range 3 {
		out := w.block(nil, creation, order{from: 5, to: &shop, gas: 30_000, free: true, impossible: true}, w.call(5, "staking", cmt(1), "delegate", uint64(1), false))
		require.ErrorIs(t, out.refused[0], execution.ErrNotSponsored)
		require.ErrorIs(t, out.refused[1], execution.ErrNotSponsored, "a function that nobody sponsors")
		require.EqualValues(t, types.ReceiptStatusSuccessful, out.orders[2].Status, "the block goes on")
	}
	require.ErrorIs(t, w.x.Admit(w.Head().Header(), w.people[11].Address, w.sign(creation)), execution.ErrNotSponsored, "refused at the door")
}

// Fault 2: a failed call at price zero kept its changes. Here it keeps none, and
// the contract that sponsors it pays for the gas.
func TestFailedSponsoredCallKeepsNothing(t *testing.T) {
	w := newShop(t)
	policy := gas.Policy{Active: true, DailyCalls: 3, DailyCallsPerCaller: 2, MaxFeeWei: cmt(1)}
	impossible := shopCall(11, false)
	impossible.impossible = true
	w.block(nil, impossible)
	w.must(w.call(6, "gas", cmt(2), "deposit", shop), w.call(4, "gas", nil, "setPolicy", shop, setSelector, policy))
	w.fails(w.call(6, "gas", nil, "setPolicy", shop, setSelector, gas.Policy{MaxFeeWei: cmt(1)}))

	deposit := view[uint256.Int](w, "gas", "depositOf", shop)
	for _, fails := range []bool{true, false} {
		before, mined := w.balance(contracts.StakingAddress), view[uint256.Int](w, "supply", "mined")
		out := w.block(nil, shopCall(11, fails))
		price := new(uint256.Int).Mul(uint256.NewInt(out.orders[0].GasUsed), uint256.MustFromBig(out.Block.BaseFee()))
		deposit.Sub(&deposit, price)
		left := view[uint256.Int](w, "gas", "depositOf", shop)
		require.Equal(t, deposit.Dec(), left.Dec(), "the contract pays for the gas that was used")
		minedNow := view[uint256.Int](w, "supply", "mined")
		gain := new(uint256.Int).Sub(w.balance(contracts.StakingAddress), before)
		require.Equal(t, price.Add(price, minedNow.Sub(&minedNow, &mined)).Dec(), gain.Dec(), "validators get it")
		require.Equal(t, fails, out.orders[0].Status == types.ReceiptStatusFailed)
		require.Equal(t, fails, w.state().GetState(shop, common.Hash{}) == common.Hash{}, "a failed call keeps no change")
		require.True(t, w.balance(w.people[11].Address).IsZero(), "the caller has nothing and pays nothing")
	}
	impossible.impossible = true
	require.ErrorIs(t, w.block(nil, impossible).refused[0], gas.ErrDailyLimit)
}

// Fault 3: a proposal to move funds took them before the vote.
func TestGovernanceMovesNothingBeforeItHasPassed(t *testing.T) {
	w := newWorld(t)
	to := common.Address{0xbe, 0xef}
	spend := w.call(0, "treasury", nil, "spend", to, cmt(100), "a good cause")
	propose := func(title string) *uint256.Int {
		targets, values, data := []common.Address{contracts.TreasuryAddress}, []*uint256.Int{new(uint256.Int)}, [][]byte{spend.data}
		w.must(w.call(6, "governance", cmt(1_000), "propose", targets, values, data, title))
		id := view[uint256.Int](w, "governance", "hashProposal", targets, values, data, crypto.Keccak256Hash([]byte(title)))
		return &id
	}
	treasury := w.balance(contracts.TreasuryAddress)
	unmoved := func(when string) {
		t.Helper()
		require.True(t, w.balance(to).IsZero(), when)
		require.Equal(t, treasury.Dec(), w.balance(contracts.TreasuryAddress).Dec(), when)
	}
	queue := func(id *uint256.Int) order { return w.call(7, "governance", nil, "queue(uint256)", id) }
	execute := func(id *uint256.Int) order { return w.call(7, "governance", nil, "execute(uint256)", id) }
	pass := func(d time.Duration) { w.now = w.now.Add(d); w.must() }

	w.fails(spend)
	unmoved("without a proposal")
	refused, passing := propose("refused"), propose("passing")
	unmoved("proposed")
	w.fails(queue(passing), execute(passing))
	pass(2 * time.Second)
	for who := range founders {
		w.must(w.call(who, "governance", nil, "castVote", refused, uint8(0)), w.call(who, "governance", nil, "castVote", passing, uint8(1)))
	}
	unmoved("voted")
	w.fails(queue(passing), execute(passing))
	pass(time.Minute)
	w.fails(queue(refused), execute(refused), execute(passing))
	w.must(queue(passing))
	unmoved("queued")
	w.fails(execute(passing))
	pass(10 * time.Second)
	unmoved("due")
	w.fails(execute(refused))
	w.must(execute(passing))
	require.Equal(t, cmt(100).Dec(), w.balance(to).Dec())
	w.fails(execute(passing))
	require.Equal(t, cmt(100).Dec(), w.balance(to).Dec(), "once only")
}

// Fault 4: slashing for signing twice was never reached.
func TestSigningTwiceIsSlashed(t *testing.T) {
	w := newWorld(t)
	w.must(w.call(5, "staking", cmt(50_000), "delegate", uint64(2), false))
	for range 6 {
		w.must()
	}
	w.must(w.call(5, "staking", nil, "undelegate", uint64(2), uint8(0), cmt(10_000)))
	stake, burned := w.validator(1).StakeWei, view[uint256.Int](w, "supply", "burned")
	consensus := w.signed()
	consensus.Misbehavior = []execution.Misbehavior{{Validator: validatorAddress(1), Height: w.Head().NumberU64() - 3, Time: w.now.Add(-3 * time.Second)}}
	out := w.block(consensus)
	v := w.validator(1)
	require.Equal(t, staking.StatusBarred, v.Status)
	fifth := new(uint256.Int).Div(stake, uint256.NewInt(20))
	require.Equal(t, new(uint256.Int).Sub(stake, fifth).Dec(), v.StakeWei.Dec(), "5 % of the stake")
	burnedNow := view[uint256.Int](w, "supply", "burned")
	burnedNow.Sub(&burnedNow, &burned)
	require.Equal(t, fifth.Add(fifth, cmt(500)).Dec(), burnedNow.Dec(), "and of what was on its way out")
	require.Contains(t, w.c.Changes(out.Receipts), contracts.Power{ConsensusKey: consensusKey(1), Power: 0}, "consensus is told")
	w.fails(w.call(1, "staking", nil, "rejoin"))
	again := w.block(consensus)
	require.Equal(t, w.validator(1).StakeWei.Dec(), v.StakeWei.Dec(), "once only")
	require.Empty(t, w.c.Changes(again.Receipts))
}

// TestAbsenceIsSlashed: more than half of the window missed costs 0.1 %, and the
// validator is out until it asks back.
func TestAbsenceIsSlashed(t *testing.T) {
	w := newWorld(t)
	stake := w.validator(3).StakeWei
	for n := range windowLen/2 + 1 {
		require.Equal(t, staking.StatusActive, w.validator(3).Status, "block %d", n)
		w.block(w.signed(3))
	}
	v := w.validator(3)
	require.Equal(t, staking.StatusOut, v.Status)
	require.Equal(t, new(uint256.Int).Sub(stake, new(uint256.Int).Div(stake, uint256.NewInt(1000))).Dec(), v.StakeWei.Dec())
	w.fails(w.call(3, "staking", nil, "rejoin"))
	w.now = w.now.Add(10 * time.Minute)
	w.must()
	w.must(w.call(3, "staking", nil, "rejoin"))
	for range 6 {
		w.must()
	}
	require.Equal(t, staking.StatusActive, w.validator(3).Status)
}
