package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/eth/tracers"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// TraceCallConfig adds to TraceConfig what the call pretends.
type TraceCallConfig struct {
	TraceConfig
	StateOverrides *StateOverride
	BlockOverrides *BlockOverrides
	TxIndex        *hexutil.Uint // trace on the state before this transaction of the block
}

// TraceCall traces a message on the state after a block, or inside it.
func (a *traceAPI) TraceCall(ctx context.Context, args TransactionArgs, id gethrpc.BlockNumberOrHash, cfg *TraceCallConfig) (json.RawMessage, error) {
	if tag, ok := id.Number(); ok && tag == gethrpc.PendingBlockNumber {
		return nil, errors.New("tracing on top of pending is not supported")
	}
	if cfg == nil {
		cfg = &TraceCallConfig{}
	}
	ctx, done, err := a.v.trace(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	s, h, err := a.stateInside(ctx, id, cfg.TxIndex)
	if err != nil {
		return nil, err
	}
	if o := cfg.BlockOverrides; o != nil && o.Number != nil && o.Number.ToInt().Cmp(new(big.Int).Add(h.Number, common.Big1)) == 0 {
		// The caller means the next block: BLOCKHASH of this one must answer.
		next := types.CopyHeader(h)
		next.ParentHash, next.Number = h.Hash(), o.Number.ToInt()
		h = next
	}
	sc, err := a.v.sceneAt(s, h, cfg.StateOverrides, cfg.BlockOverrides)
	if err != nil {
		return nil, err
	}
	if err := args.callDefaults(a.v.cfg.CallGas, a.v.b.ChainConfig().ChainID); err != nil {
		return nil, err
	}
	return a.traceScene(ctx, sc, &args, &cfg.TraceConfig)
}

// stateInside returns the state after a block, or before one of its
// transactions.
func (a *traceAPI) stateInside(ctx context.Context, id gethrpc.BlockNumberOrHash, index *hexutil.Uint) (*state.StateDB, *types.Header, error) {
	if index == nil {
		return a.v.stateAt(id)
	}
	block, err := traceable(a.v.blockAt(id))
	if err != nil {
		return nil, nil, err
	}
	if block == nil {
		return nil, nil, fmt.Errorf("block %s not found", id.String())
	}
	var s *state.StateDB
	err = a.v.replay(ctx, block, uint64(*index), func(r *replayStep) error {
		s = r.replay.State().Copy()
		return nil
	})
	return s, block.Header(), err
}

func (a *traceAPI) traceScene(ctx context.Context, sc *scene, args *TransactionArgs, cfg *TraceConfig) (json.RawMessage, error) {
	tx, err := args.transaction()
	if err != nil {
		return nil, err
	}
	tracer, ctx, cancel, err := a.tracer(ctx, cfg, a.v.cfg.ResultBytes, new(tracers.Context))
	if err != nil {
		return nil, err
	}
	defer cancel()
	msg := args.message(sc.block.BaseFee, true)
	evm := sc.evm(state.NewHookedState(sc.state, tracer.Hooks), msg, vm.Config{Tracer: tracer.Hooks})
	defer context.AfterFunc(ctx, func() { tracer.Stop(errTraceTimeout); evm.Cancel() })()
	sc.state.SetTxContext(common.Hash{}, 0)
	pool := core.NewGasPool(msg.GasLimit)
	if _, err := core.ApplyTransactionWithEVM(msg, pool, sc.state, sc.block.BlockNumber, common.Hash{}, sc.block.Time, tx, evm); err != nil {
		return nil, fmt.Errorf("tracing failed: %w", err)
	}
	return limitedResult(tracer, a.v.cfg.ResultBytes)
}
