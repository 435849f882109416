package rpc

import (
	"context"
	"fmt"

	"github.com/cybermiles/cybermiles/execution"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth/tracers"
)

// replayStep is a block being executed again, stopped before one of its
// transactions.
type replayStep struct {
	replay *execution.Replay
	block  *types.Block
	index  int
	tx     *types.Transaction
}

// context tells a tracer where it is.
func (s *replayStep) context() *tracers.Context {
	return &tracers.Context{
		BlockHash:   s.block.Hash(),
		BlockNumber: s.block.Number(),
		TxIndex:     s.index,
		TxHash:      s.tx.Hash(),
	}
}

// replay executes a block up to a transaction and calls do, which executes it.
func (v *view) replay(ctx context.Context, block *types.Block, index uint64, do func(*replayStep) error) error {
	r, err := v.b.Replay(block)
	if err != nil {
		return err
	}
	txs := r.Transactions()
	if index >= uint64(len(txs)) {
		return fmt.Errorf("transaction index %d out of range for block %#x", index, block.Hash())
	}
	for i := uint64(0); i < index; i++ {
		if err := v.untraced(ctx, r); err != nil {
			return err
		}
	}
	return do(&replayStep{replay: r, block: block, index: int(index), tx: txs[index]})
}

// replayAll executes a block and calls do before each transaction; do executes
// it.
func (v *view) replayAll(ctx context.Context, block *types.Block, do func(*replayStep) error) error {
	r, err := v.b.Replay(block)
	if err != nil {
		return err
	}
	for i, tx := range r.Transactions() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := do(&replayStep{replay: r, block: block, index: i, tx: tx}); err != nil {
			return err
		}
	}
	return nil
}

func (v *view) untraced(ctx context.Context, r *execution.Replay) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, _, err := r.Step(nil)
	return err
}
