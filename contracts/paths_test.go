package contracts_test

import (
	"maps"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
)

// TestScheduledCallIsASystemTransaction schedules a call and waits for it.
func TestScheduledCallIsASystemTransaction(t *testing.T) {
	w := newShop(t)
	due := uint64(w.now.Unix()) + 3
	data := append(setSelector[:], make([]byte, 32)...)
	w.must(w.call(5, "schedule", cmt(1), "schedule", shop, data, new(uint256.Int), due, uint64(0), uint64(100_000)))
	w.must()
	require.Zero(t, w.state().GetState(shop, common.Hash{}))
	out := w.must()
	txs := out.Block.Transactions()
	last := txs[len(txs)-1]
	require.True(t, execution.IsSystem(last))
	require.Equal(t, contracts.ScheduleAddress, *last.To())
	require.EqualValues(t, types.ReceiptStatusSuccessful, out.Receipts[len(txs)-1].Status)
	require.Equal(t, common.Hash{31: 1}, w.state().GetState(shop, common.Hash{}), "the call was made")
	require.Len(t, w.must().Block.Transactions(), 1, "once only")
}

// TestLockedCoinsCannotBeSpent tries every way out.
func TestLockedCoinsCannotBeSpent(t *testing.T) {
	people, _ := peopleOf(t)
	holder := 10
	bomb := common.Address{0xb0}                                                 // a contract that gives all it has to account 7 and is gone
	bombCode := append(append([]byte{0x73}, people[7].Address.Bytes()...), 0xff) // PUSH20 SELFDESTRUCT
	until := began.Add(time.Hour)
	w := newWorld(t, func(e *contracts.Economy, alloc types.GenesisAlloc) {
		alloc[bomb] = types.Account{Balance: cmt(500).ToBig(), Code: bombCode}
		e.Locks = []contracts.Lock{
			{From: people[holder].Address, Account: people[holder].Address, AmountWei: cmt(1_000_000), Until: until, Label: "fund"},
			{From: bomb, Account: bomb, AmountWei: cmt(500), Until: until, Label: "contract"},
		}
	})
	locked := func() string { v := view[uint256.Int](w, "lockup", "locked", people[holder].Address); return v.Dec() }
	require.True(t, w.balance(people[holder].Address).IsZero())
	to := common.Address{0xaa}
	for _, out := range []order{
		{from: holder, to: &to, value: uint256.NewInt(1), gas: params.TxGas},
		{from: holder, to: &to, gas: params.TxGas}, // gas alone
		{from: holder, data: []byte{0}},            // creation
		{from: holder, value: uint256.NewInt(1), data: []byte{0}},
		w.call(holder, "staking", nil, "claimAll"),
	} {
		out.impossible = true
		w.block(nil, out)
	}
	require.Equal(t, cmt(1_000_000).Dec(), locked())

	// With coins for gas, no contract lets the locked ones out either.
	w.must(order{from: 5, to: &people[holder].Address, value: cmt(10), gas: params.TxGas})
	w.fails(
		w.call(holder, "lockup", nil, "release", uint64(1)),
		w.call(5, "lockup", nil, "release", uint64(1)),
		w.call(5, "lockup", nil, "releaseNext"),
		w.call(holder, "staking", nil, "delegate", uint64(1), false),
	)
	w.must(w.call(holder, "staking", nil, "delegateLocked", uint64(1), cmt(20_000)))
	w.must()
	w.must(w.call(holder, "staking", nil, "undelegate", uint64(1), uint8(2), cmt(20_000)))
	w.now = w.now.Add(2 * time.Minute)
	w.must()
	w.must()
	require.Equal(t, cmt(1_000_000).Dec(), locked(), "what was staked is locked again")
	require.True(t, w.balance(people[holder].Address).Lt(cmt(11)))

	// A contract that is gone leaves its locked coins where they are.
	seven := w.balance(people[7].Address)
	w.must(order{from: 6, to: &bomb})
	require.Equal(t, seven.Dec(), w.balance(people[7].Address).Dec())
	held := view[uint256.Int](w, "lockup", "locked", bomb)
	require.Equal(t, cmt(500).Dec(), held.Dec())

	w.now = until.Add(time.Second)
	w.must()
	w.must()
	require.Equal(t, "0", locked())
	require.True(t, w.balance(people[holder].Address).Gt(cmt(1_000_000)))
}

// vanishing initialises a contract that gives its coins to itself and is gone in
// the transaction that makes it (EIP-6780): ADDRESS SELFDESTRUCT.
var vanishing = []byte{0x30, 0xff}

// TestSelfDestructionBurns: coins that a contract destroys with itself are
// burned and counted, in the block where it happens, and the chain that is
// exported then goes on.
func TestSelfDestructionBurns(t *testing.T) {
	w := newWorld(t)
	created := crypto.CreateAddress(w.people[5].Address, 0)
	out := w.must(order{from: 5, value: cmt(7), data: vanishing}, order{from: 6, value: cmt(2), data: vanishing})
	require.True(t, w.balance(created).IsZero())
	require.True(t, w.balance(contracts.SupplyAddress).IsZero())
	burned := view[uint256.Int](w, "supply", "burned")
	require.Equal(t, cmt(9).Dec(), burned.Dec())
	txs := out.Block.Transactions()
	require.True(t, execution.IsSystem(txs[len(txs)-1]))
	require.Equal(t, contracts.SupplyAddress, *txs[len(txs)-1].To(), "one system transaction burns them all")
	logs := out.Receipts[len(txs)-1].Logs
	require.Len(t, logs, 1)
	require.Equal(t, contract.Interface(w.of("supply")).Events["Burned"].ID, logs[0].Topics[0])

	next := openWorld(t, w.export(), w.balances(), w.now, w.people)
	next.must(order{from: 7, value: cmt(1), data: vanishing})
	burned = view[uint256.Int](next, "supply", "burned")
	require.Equal(t, cmt(10).Dec(), burned.Dec())

	// Coins that are still to be burned when a chain is exported are burned by
	// the chain that goes on.
	alloc := w.balances()
	five := alloc[w.people[5].Address]
	alloc[w.people[5].Address] = types.Account{Balance: new(big.Int).Sub(five.Balance, cmt(3).ToBig())}
	alloc[contracts.SupplyAddress] = types.Account{Balance: cmt(3).ToBig()}
	next = openWorld(t, w.export(), alloc, w.now, w.people)
	next.must()
	burned = view[uint256.Int](next, "supply", "burned")
	require.Equal(t, cmt(12).Dec(), burned.Dec())
}

// TestExportedChainGoesOn: the contracts' sections of a chain that has lived,
// as a new genesis, are the same when they are exported again, and the chain
// they begin lives on.
func TestExportedChainGoesOn(t *testing.T) {
	people, _ := peopleOf(t)
	w := newWorld(t, func(e *contracts.Economy, alloc types.GenesisAlloc) {
		e.Locks = []contracts.Lock{{From: people[9].Address, Account: people[9].Address, AmountWei: cmt(900_000), Until: began.Add(time.Hour), Label: "fund"}}
	})
	spend := w.call(0, "treasury", nil, "spend", common.Address{0xbe}, cmt(1), "later").data
	w.must(
		w.call(5, "staking", cmt(500), "delegate", uint64(1), true), w.call(6, "staking", cmt(700), "delegate", uint64(2), false),
		w.call(9, "staking", nil, "delegateLocked", uint64(3), cmt(800)), w.call(7, "gas", cmt(3), "deposit", common.Address{0x54}),
		w.call(8, "schedule", cmt(1), "schedule", common.Address{0xaa}, []byte{1, 2}, uint256.NewInt(5), uint64(w.now.Unix()+1000), uint64(0), uint64(50_000)),
		w.call(6, "governance", cmt(1_000), "propose", []common.Address{contracts.TreasuryAddress}, []*uint256.Int{new(uint256.Int)}, [][]byte{spend}, "spend"),
	)
	consensus := w.signed()
	consensus.Misbehavior = []execution.Misbehavior{{Validator: validatorAddress(3), Height: 1, Time: w.now}}
	w.block(consensus)
	for range 12 {
		w.block(w.signed(2))
	}
	w.must(w.call(5, "staking", nil, "undelegate", uint64(1), uint8(1), cmt(20)))

	sections := w.export()
	next := openWorld(t, sections, w.balances(), w.now, people)
	require.Equal(t, len(sections), len(next.export()))
	for name, section := range next.export() {
		require.Equal(t, string(sections[name]), string(section), "section %s", name)
	}
	for range 3 {
		next.must(next.call(7, "staking", cmt(100), "delegate", uint64(1), false))
	}
	require.Equal(t, w.validator(1).StakeWei.Dec(), next.validator(1).StakeWei.Dec())
}

// export is the contracts' sections at the head.
func (w *world) export() contracts.Sections {
	w.t.Helper()
	sections, err := w.c.Export(w.state(), w.Head().Header())
	require.NoError(w.t, err)
	return sections
}

// balances are those of every account that ever had one.
func (w *world) balances() types.GenesisAlloc {
	db, alloc := w.state(), types.GenesisAlloc{}
	known := maps.Clone(w.alloc)
	for n := uint64(1); n <= w.Head().NumberU64(); n++ {
		for _, tx := range w.Block(n).Transactions() {
			if tx.To() != nil {
				known[*tx.To()] = types.Account{}
			}
		}
	}
	for account := range known {
		if balance := db.GetBalance(account); !balance.IsZero() {
			alloc[account] = types.Account{Balance: balance.ToBig()}
		}
	}
	return alloc
}
