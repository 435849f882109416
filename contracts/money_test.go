package contracts_test

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
)

// feesOf is what a block's users paid, in wei.
func feesOf(result *execution.Result) *uint256.Int {
	fees := new(uint256.Int)
	for i, receipt := range result.Receipts {
		if tx := result.Block.Transactions()[i]; !execution.IsSystem(tx) {
			fees.Add(fees, feeOf(result, tx, receipt))
		}
	}
	return fees
}

func feeOf(result *execution.Result, tx *types.Transaction, receipt *types.Receipt) *uint256.Int {
	price := uint256.MustFromBig(new(big.Int).Add(tx.EffectiveGasTipValue(result.Block.BaseFee()), result.Block.BaseFee()))
	return price.Mul(price, uint256.NewInt(receipt.GasUsed))
}

// TestFeesAndMinedCoinsGoToTheValidators looks at one block: what staking got is
// what was minted and every fee, base fee and tip.
func TestFeesAndMinedCoinsGoToTheValidators(t *testing.T) {
	w := newWorld(t)
	minedBefore, before := view[uint256.Int](w, "supply", "mined"), w.balance(contracts.StakingAddress)
	proposer := w.balance(w.people[0].Address)
	out := w.must(order{from: 5, to: &common.Address{0xaa}, value: cmt(3), gas: params.TxGas})
	mined := view[uint256.Int](w, "supply", "mined")
	mined.Sub(&mined, &minedBefore)
	require.False(t, mined.IsZero())
	fees := feesOf(out.Result)
	require.False(t, fees.IsZero())
	got := new(uint256.Int).Sub(w.balance(contracts.StakingAddress), before)
	require.Equal(t, new(uint256.Int).Add(&mined, fees).Dec(), got.Dec())
	require.Equal(t, proposer.Dec(), w.balance(w.people[0].Address).Dec(), "the proposer gets its share as a validator, not by itself")

	// 90 % is for the active by power and 10 % for the standby; nobody stands by.
	for range 5 {
		w.must()
	}
	commission := w.validator(0).CommissionWei
	require.False(t, commission.IsZero())
	require.Equal(t, commission.Dec(), w.validator(3).CommissionWei.Dec(), "equal stakes earn the same")
	earned := view[uint256.Int](w, "staking", "pendingRewards", w.people[0].Address)
	claimed := w.balance(w.people[0].Address)
	fee := feesOf(w.must(w.call(0, "staking", nil, "claim", uint64(1))).Result)
	paid := new(uint256.Int).Sub(new(uint256.Int).Add(w.balance(w.people[0].Address), fee), claimed)
	require.False(t, paid.Lt(&earned), "a claim pays at least what was pending before: %s, %s", paid.Dec(), earned.Dec())
}

// TestEveryCoinIsSomewhere lets people do things at random, while validators are
// absent and one signs twice; each block is checked by the world itself.
func TestEveryCoinIsSomewhere(t *testing.T) {
	blocks := 150
	if testing.Short() {
		blocks = 30
	}
	w := newWorld(t, func(e *contracts.Economy, alloc types.GenesisAlloc) {
		people, _ := peopleOf(t)
		e.Locks = []contracts.Lock{{From: people[9].Address, Account: people[9].Address, AmountWei: cmt(900_000), Until: began.AddDate(2, 6, 0), Label: "fund"}}
	})
	r, succeeded := rand.New(rand.NewSource(7)), 0
	for n := range blocks {
		consensus := w.signed()
		for i := range consensus.Votes {
			consensus.Votes[i].Signed = r.Intn(5) > 0
		}
		if n == blocks/2 {
			consensus.Misbehavior = []execution.Misbehavior{{Validator: validatorAddress(2), Height: w.Head().NumberU64(), Time: w.now}}
		}
		var orders []order
		for range r.Intn(6) {
			orders = append(orders, w.random(r))
		}
		for _, receipt := range w.block(consensus, orders...).orders {
			if receipt.Status == types.ReceiptStatusSuccessful {
				succeeded++
			}
		}
	}
	require.Greater(t, succeeded, blocks)
	burned := view[uint256.Int](w, "supply", "burned")
	require.False(t, burned.IsZero(), "slashed coins are burned")
	require.Equal(t, "4", uint256.NewInt(uint64(w.validator(2).Status)).Dec(), "who signed twice is barred")
}

// random is what somebody may do; it may fail.
func (w *world) random(r *rand.Rand) order {
	who, id, amount := r.Intn(accounts), uint64(1+r.Intn(founders)), cmt(uint64(1+r.Intn(2_000)))
	switch r.Intn(11) {
	case 0:
		return w.call(who, "staking", nil, "undelegate", id, uint8(r.Intn(3)), amount)
	case 1:
		return w.call(who, "staking", nil, "redelegate", id, uint64(1+r.Intn(founders)), uint8(r.Intn(2)), amount)
	case 2:
		return w.call(who, "staking", nil, "claimAll")
	case 3:
		return w.call(9, "staking", nil, "delegateLocked", id, amount)
	case 4:
		return order{from: who, to: &w.people[r.Intn(accounts)].Address, value: amount, gas: params.TxGas}
	case 5:
		return w.call(who, "treasury", amount, "deposit", "a gift")
	case 6:
		return w.call(who, "schedule", cmt(1), "schedule", common.Address{0xaa}, []byte{}, uint256.NewInt(5), uint64(w.now.Unix()+int64(r.Intn(20))), uint64(0), uint64(50_000))
	case 7:
		return w.call(who, "supply", uint256.NewInt(12345), "burn")
	case 8:
		return order{from: who, value: amount, data: vanishing}
	default:
		return w.call(who, "staking", amount, "delegate", id, r.Intn(2) == 0)
	}
}
