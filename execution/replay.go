package execution

import (
	"fmt"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// Replay executes a block again from its own content, one transaction at a
// time: to trace it, or to rebuild a state that a crash lost.
type Replay struct {
	b    *Builder
	txs  types.Transactions
	next int
}

// Replay opens a block on its parent's state; the work that precedes the first
// transaction has been done.
func (x *Executor) Replay(block *types.Block) (*Replay, error) {
	parent := x.ledger.GetHeader(block.ParentHash(), block.NumberU64()-1)
	if block.NumberU64() == 0 || parent == nil {
		return nil, fmt.Errorf("block %d has no parent on disk to execute it on", block.NumberU64())
	}
	statedb, err := x.ledger.StateAt(parent)
	if err != nil {
		return nil, err
	}
	return &Replay{b: x.builder(statedb, block.Header()), txs: block.Transactions()}, nil
}

// Transactions are the block's transactions, system transactions included.
func (r *Replay) Transactions() types.Transactions { return r.txs }

// State is the state before the next transaction. It may be copied, not changed.
func (r *Replay) State() *state.StateDB { return r.b.statedb }

// BlockContext is the context the block's transactions see.
func (r *Replay) BlockContext() vm.BlockContext { return r.b.evm.Context }

// EVM is an EVM on the current state, for calls beside the block's own.
func (r *Replay) EVM(cfg vm.Config) *vm.EVM {
	return r.b.x.newEVM(r.b.statedb, r.b.header, nil, cfg, r.b.active)
}

// Step executes the next transaction, traced by hooks when they are not nil.
func (r *Replay) Step(hooks *tracing.Hooks) (*core.ExecutionResult, *types.Receipt, error) {
	if r.next == len(r.txs) {
		return nil, nil, fmt.Errorf("block %d has only %d transactions", r.b.Number(), len(r.txs))
	}
	tx := r.txs[r.next]
	r.next++
	if hooks != nil || r.b.evm.Config.Tracer != nil {
		r.b.trace(hooks)
	}
	if IsSystem(tx) {
		return r.b.runSystem(tx)
	}
	msg, err := core.TransactionToMessage(tx, r.b.x.signer, r.b.header.BaseFee)
	if err != nil {
		return nil, nil, err
	}
	r.b.begin(tx)
	onTxStart(hooks, r.b, tx, msg.From)
	result, err := r.b.apply(msg)
	if err != nil {
		onTxEnd(hooks, nil, err)
		return nil, nil, fmt.Errorf("transaction %d of block %d: %w", r.next-1, r.b.Number(), err)
	}
	receipt := r.b.finish(tx, result)
	onTxEnd(hooks, receipt, nil)
	return result, receipt, nil
}

// Finish executes the remaining transactions and returns the block as executed
// again. An error says where it differs from the block that was stored.
func (r *Replay) Finish() (*Result, error) {
	want := r.b.header
	for r.next < len(r.txs) {
		if _, _, err := r.Step(nil); err != nil {
			return nil, err
		}
	}
	header := types.CopyHeader(want)
	r.b.header = header
	header.GasUsed = r.b.used
	block := r.b.seal()
	if block.Hash() != want.Hash() {
		return nil, fmt.Errorf("block %d executed again is %s, stored is %s", block.NumberU64(), block.Hash(), want.Hash())
	}
	return r.b.result(block), nil
}
