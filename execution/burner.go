package execution

import (
	"bytes"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
)

// keeper is a state that knows which coins self-destruction destroys in the
// current transaction: those of a contract that names itself as their receiver
// in the transaction that creates it (EIP-6780), and those that reach a contract
// after it destroyed itself. It changes nothing before the transaction's end.
type keeper struct {
	vm.StateDB
	snapshot int // the newest
	moves    []move
	gone     []common.Address // who destroyed themselves, perhaps undone since
}

// move is coins that a self-destruction took from or gave to an account.
type move struct {
	snapshot  int // the newest at that time
	taken     bool
	amountWei uint256.Int
}

func (k *keeper) begin() { k.snapshot, k.moves, k.gone = 0, k.moves[:0], k.gone[:0] }

func (k *keeper) Snapshot() int {
	k.snapshot = k.StateDB.Snapshot()
	return k.snapshot
}

// RevertToSnapshot undoes what happened since a snapshot. Their numbers only
// grow within a transaction.
func (k *keeper) RevertToSnapshot(id int) {
	for len(k.moves) > 0 && k.moves[len(k.moves)-1].snapshot >= id {
		k.moves = k.moves[:len(k.moves)-1]
	}
	k.StateDB.RevertToSnapshot(id)
}

func (k *keeper) SubBalance(account common.Address, amountWei *uint256.Int, reason tracing.BalanceChangeReason) uint256.Int {
	if reason == tracing.BalanceDecreaseSelfdestruct {
		k.moves = append(k.moves, move{k.snapshot, true, *amountWei})
	}
	return k.StateDB.SubBalance(account, amountWei, reason)
}

func (k *keeper) AddBalance(account common.Address, amountWei *uint256.Int, reason tracing.BalanceChangeReason) uint256.Int {
	if reason == tracing.BalanceIncreaseSelfdestruct {
		k.moves = append(k.moves, move{k.snapshot, false, *amountWei})
	}
	return k.StateDB.AddBalance(account, amountWei, reason)
}

func (k *keeper) SelfDestruct(account common.Address) {
	k.gone = append(k.gone, account)
	k.StateDB.SelfDestruct(account)
}

// destroyed is what the transaction has destroyed so far, in wei.
func (k *keeper) destroyed() *uint256.Int {
	taken, given := new(uint256.Int), new(uint256.Int)
	for i := range k.moves {
		if m := &k.moves[i]; m.taken {
			taken.Add(taken, &m.amountWei)
		} else {
			given.Add(given, &m.amountWei)
		}
	}
	slices.SortFunc(k.gone, func(a, b common.Address) int { return bytes.Compare(a[:], b[:]) })
	for _, account := range slices.Compact(k.gone) {
		if k.HasSelfDestructed(account) {
			taken.Add(taken, k.GetBalance(account))
		}
	}
	return taken.Sub(taken, given)
}

// keeping puts a keeper before a state when the rules name a burner.
func (b *Builder) keeping(db vm.StateDB) vm.StateDB {
	if b.x.rules.Burner == (common.Address{}) {
		return db
	}
	b.keeper = &keeper{StateDB: db}
	return b.keeper
}

// beginKeeping precedes each transaction.
func (b *Builder) beginKeeping() {
	if b.keeper != nil {
		b.keeper.begin()
	}
}

// giveDestroyed gives the coins that a transaction destroyed to the burner; it
// precedes the transaction's end.
func (b *Builder) giveDestroyed() {
	if b.keeper == nil {
		return
	}
	if amountWei := b.keeper.destroyed(); !amountWei.IsZero() {
		b.keeper.AddBalance(b.x.rules.Burner, amountWei, tracing.BalanceChangeTransfer)
	}
}
