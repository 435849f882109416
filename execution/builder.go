package execution

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/trie"
)

// ErrForgedSystem refuses a system transaction that the chain did not make.
var ErrForgedSystem = errors.New("system transactions are made by the chain itself")

// Result is an executed block.
type Result struct {
	Block    *types.Block
	Receipts types.Receipts
	State    *state.StateDB // not yet committed
}

// Builder executes one block, transaction by transaction.
type Builder struct {
	x       *Executor
	env     Environment
	header  *types.Header
	statedb *state.StateDB
	evm     *vm.EVM
	keeper  *keeper                  // of the EVM's state, nil when destroyed coins are nobody's concern
	active  []vm.PrecompiledContract // Go contracts, the same through the block
	gas     *core.GasPool            // left for user transactions
	used    uint64                   // by every transaction so far

	transactions types.Transactions
	receipts     types.Receipts
	systemUsed   uint64
	systemFailed map[common.Address]bool // contracts of which a call failed in this block
}

// NewBlock begins the block after parent: it opens the parent's state and does
// the work that precedes the first transaction.
func (x *Executor) NewBlock(parent *types.Header, env Environment) (*Builder, error) {
	statedb, err := x.ledger.StateAt(parent)
	if err != nil {
		return nil, fmt.Errorf("build block %d: %w", parent.Number.Uint64()+1, err)
	}
	b := x.builder(statedb, x.header(parent, statedb, env))
	b.env = env
	if err := b.beginSystem(); err != nil {
		return nil, err
	}
	return b, nil
}

// builder opens a block with a given header on a state.
func (x *Executor) builder(statedb *state.StateDB, header *types.Header) *Builder {
	b := &Builder{
		x:       x,
		header:  header,
		statedb: statedb,
		active:  x.active(statedb, header),
		gas:     core.NewGasPool(x.UserGasLimit()),

		transactions: types.Transactions{},
		receipts:     types.Receipts{}, // empty, not absent, when nothing is added
		systemFailed: make(map[common.Address]bool),
	}
	b.evm = x.newEVM(b.keeping(statedb), header, nil, vm.Config{}, b.active)
	core.ProcessBeaconBlockRoot(*header.ParentBeaconRoot, b.evm)
	core.ProcessParentBlockHash(header.ParentHash, b.evm)
	return b
}

// Number is the height of the block being built.
func (b *Builder) Number() uint64 { return b.header.Number.Uint64() }

// Header is the header so far, without the roots.
func (b *Builder) Header() *types.Header { return types.CopyHeader(b.header) }

// GasLeft is what is left for user transactions, in gas.
func (b *Builder) GasLeft() uint64 { return b.gas.Gas() }

// Add executes a user transaction as the next of the block. With an error the
// transaction is not part of the block and has left no trace in it;
// core.ErrGasLimitReached means that it may fit the next one.
func (b *Builder) Add(tx *types.Transaction) error {
	if IsSystem(tx) {
		return ErrForgedSystem
	}
	msg, err := core.TransactionToMessage(tx, b.x.signer, b.header.BaseFee)
	if err != nil {
		return err
	}
	// The check comes before anything is bought, as the state transition
	// buys gas first and a block's leftover is no reason to touch the state.
	if b.gas.Gas() < msg.GasLimit {
		return core.ErrGasLimitReached
	}
	snapshot, gas := b.statedb.Snapshot(), b.gas.Snapshot()
	b.begin(tx)
	result, err := b.apply(msg)
	if err != nil {
		b.statedb.RevertToSnapshot(snapshot)
		b.gas.Set(gas)
		return err
	}
	b.finish(tx, result)
	return nil
}

// begin starts a transaction.
func (b *Builder) begin(tx *types.Transaction) {
	b.statedb.SetTxContext(tx.Hash(), len(b.transactions))
	b.beginKeeping()
}

// finish ends a transaction that is part of the block.
func (b *Builder) finish(tx *types.Transaction, result *core.ExecutionResult) *types.Receipt {
	b.giveDestroyed()
	b.statedb.Finalise(true)
	b.used += result.UsedGas
	receipt := core.MakeReceipt(b.evm, result, b.statedb, b.header.Number, common.Hash{}, b.header.Time, tx, b.used, nil)
	b.transactions = append(b.transactions, tx)
	b.receipts = append(b.receipts, receipt)
	return receipt
}

// Seal does the work that follows the last transaction and closes the block.
func (b *Builder) Seal() (*Result, error) {
	if err := b.endSystem(); err != nil {
		return nil, err
	}
	b.header.GasUsed = b.used
	return b.result(b.seal()), nil
}

// result stamps the block's hash, known only now, on receipts and logs.
func (b *Builder) result(block *types.Block) *Result {
	hash := block.Hash()
	for _, receipt := range b.receipts {
		receipt.BlockHash = hash
		for _, log := range receipt.Logs {
			log.BlockHash = hash
		}
	}
	return &Result{Block: block, Receipts: b.receipts, State: b.statedb}
}

// seal computes the roots. The state root and the roots of the two lists are
// independent, so they are computed side by side.
func (b *Builder) seal() *types.Block {
	header, lists := b.header, make(chan *types.Block, 1)
	go func() {
		body := &types.Body{Transactions: b.transactions, Withdrawals: []*types.Withdrawal{}}
		lists <- types.NewBlock(header, body, b.receipts, trie.NewStackTrie(nil))
	}()
	root := b.statedb.IntermediateRoot(true)
	block := <-lists
	sealed := block.Header()
	sealed.Root = root
	return block.WithSeal(sealed)
}

// Execute builds the block after parent from the given transactions. skipped
// names those that are individually invalid and therefore not in the block, by
// their index.
func (x *Executor) Execute(parent *types.Header, env Environment, txs []*types.Transaction) (result *Result, skipped map[int]error, err error) {
	b, err := x.NewBlock(parent, env)
	if err != nil {
		return nil, nil, err
	}
	for i, tx := range txs {
		if err := b.Add(tx); err != nil {
			if skipped == nil {
				skipped = make(map[int]error)
			}
			skipped[i] = err
		}
	}
	result, err = b.Seal()
	return result, skipped, err
}

// trace switches tracing hooks on for the next transaction, nil for none.
func (b *Builder) trace(hooks *tracing.Hooks) {
	var db vm.StateDB = b.statedb
	if hooks != nil {
		db = state.NewHookedState(b.statedb, hooks)
	}
	ctx := b.evm.Context
	b.evm = b.x.newEVM(b.keeping(db), b.header, &ctx, vm.Config{Tracer: hooks}, b.active)
}
