package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth/tracers"
	"github.com/ethereum/go-ethereum/eth/tracers/logger"
	"github.com/ethereum/go-ethereum/rlp"
	gethrpc "github.com/ethereum/go-ethereum/rpc"

	_ "github.com/ethereum/go-ethereum/eth/tracers/js"     // registers tracers
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // registers tracers
)

// traceAPI answers the debug_ methods that execute again and watch.
type traceAPI struct {
	v  *view
	js bool // the caller may bring a tracer written in JavaScript
}

// TraceConfig selects and configures a tracer; the struct logger by default.
type TraceConfig struct {
	*logger.Config
	Tracer       *string
	Timeout      *string         // Go duration; at most the server's trace timeout
	Reexec       *uint64         // accepted for compatibility, without effect
	TracerConfig json.RawMessage // specific to the tracer
}

// TracedTx is the trace of one transaction of a block.
type TracedTx struct {
	TxHash common.Hash     `json:"txHash"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// TraceTransaction traces a transaction of a block.
func (a *traceAPI) TraceTransaction(ctx context.Context, hash common.Hash, cfg *TraceConfig) (json.RawMessage, error) {
	_, blockHash, number, index, ok := a.v.b.Transaction(hash)
	if !ok {
		return nil, errTxNotFound
	}
	block, err := traceable(a.v.blockByHash(blockHash))
	if err != nil {
		return nil, err
	}
	if block == nil {
		return nil, fmt.Errorf("block #%d not found", number)
	}
	ctx, done, err := a.v.trace(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var result json.RawMessage
	err = a.v.replay(ctx, block, index, func(s *replayStep) error {
		result, err = a.trace(ctx, s, cfg, a.v.cfg.ResultBytes)
		return err
	})
	return result, err
}

// TraceBlockByNumber traces every transaction of a block.
func (a *traceAPI) TraceBlockByNumber(ctx context.Context, number gethrpc.BlockNumber, cfg *TraceConfig) ([]*TracedTx, error) {
	if number == gethrpc.PendingBlockNumber {
		return nil, errors.New("tracing the pending block is not supported; use debug_traceCall")
	}
	block, err := traceable(a.v.block(number))
	if err != nil {
		return nil, err
	}
	if block == nil {
		return nil, fmt.Errorf("block #%d not found", a.v.number(number))
	}
	return a.traceBlock(ctx, block, cfg)
}

// TraceBlockByHash traces every transaction of a block.
func (a *traceAPI) TraceBlockByHash(ctx context.Context, hash common.Hash, cfg *TraceConfig) ([]*TracedTx, error) {
	block, err := traceable(a.v.blockByHash(hash))
	if err != nil {
		return nil, err
	}
	if block == nil {
		return nil, fmt.Errorf("block %s not found", hash.Hex())
	}
	return a.traceBlock(ctx, block, cfg)
}

// TraceBlock traces every transaction of a block given in its RLP encoding.
func (a *traceAPI) TraceBlock(ctx context.Context, raw hexutil.Bytes, cfg *TraceConfig) ([]*TracedTx, error) {
	block := new(types.Block)
	if err := rlp.DecodeBytes(raw, block); err != nil {
		return nil, fmt.Errorf("could not decode block: %v", err)
	}
	if err := wellFormed(block); err != nil {
		return nil, err
	}
	if _, err := traceable(block, nil); err != nil {
		return nil, err
	}
	return a.traceBlock(ctx, block, cfg)
}

// wellFormed refuses a foreign block with fields that the EVM cannot represent.
func wellFormed(b *types.Block) error {
	words := []*big.Int{b.BaseFee()}
	for _, tx := range b.Transactions() {
		words = append(words, tx.GasFeeCap(), tx.GasTipCap(), tx.Value())
	}
	for _, w := range words {
		if w == nil || w.BitLen() > 256 {
			return errors.New("the block is not of this chain: base fee, gas prices and values must exist and fit into 256 bits")
		}
	}
	if b.Difficulty().Sign() != 0 || !b.Number().IsUint64() {
		return errors.New("the block is not of this chain: its difficulty must be zero and its number fit into 64 bits")
	}
	return nil
}

// traceable refuses the genesis block, which has no transactions to execute.
func traceable(b *types.Block, err error) (*types.Block, error) {
	if b != nil && b.NumberU64() == 0 {
		return nil, errGenesisTrace
	}
	return b, err
}

func (a *traceAPI) traceBlock(ctx context.Context, block *types.Block, cfg *TraceConfig) ([]*TracedTx, error) {
	ctx, done, err := a.v.trace(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	results := make([]*TracedTx, 0, len(block.Transactions()))
	budget := a.v.cfg.ResultBytes
	err = a.v.replayAll(ctx, block, func(s *replayStep) error {
		result, err := a.trace(ctx, s, cfg, budget)
		if err != nil {
			return err
		}
		budget -= len(result)
		results = append(results, &TracedTx{TxHash: s.tx.Hash(), Result: result})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// trace executes the step's transaction under a tracer.
func (a *traceAPI) trace(ctx context.Context, s *replayStep, cfg *TraceConfig, budget int) (json.RawMessage, error) {
	tracer, ctx, cancel, err := a.tracer(ctx, cfg, budget, s.context())
	if err != nil {
		return nil, err
	}
	defer cancel()
	defer context.AfterFunc(ctx, func() { tracer.Stop(errTraceTimeout) })()
	if _, _, err := s.replay.Step(tracer.Hooks); err != nil {
		return nil, fmt.Errorf("tracing failed: %w", err)
	}
	return limitedResult(tracer, budget)
}

var errTraceTimeout = errors.New("execution timeout")

// tracer makes the tracer that cfg asks for. The returned context ends when
// the trace has to.
func (a *traceAPI) tracer(ctx context.Context, cfg *TraceConfig, budget int, at *tracers.Context) (*tracers.Tracer, context.Context, context.CancelFunc, error) {
	if cfg == nil {
		cfg = &TraceConfig{}
	}
	timeout := a.v.cfg.TraceTimeout
	if cfg.Timeout != nil {
		asked, err := time.ParseDuration(*cfg.Timeout)
		if err != nil {
			return nil, nil, nil, err
		}
		timeout = min(timeout, asked)
	}
	tracer, err := a.newTracer(cfg, budget, at)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	return tracer, ctx, cancel, nil
}

func (a *traceAPI) newTracer(cfg *TraceConfig, budget int, at *tracers.Context) (*tracers.Tracer, error) {
	if cfg.Tracer == nil {
		var options logger.Config
		if cfg.Config != nil {
			options = *cfg.Config
		}
		if options.Limit <= 0 || options.Limit > budget {
			options.Limit = max(budget, 1)
		}
		l := logger.NewStructLogger(&options)
		return &tracers.Tracer{Hooks: l.Hooks(), GetResult: l.GetResult, Stop: l.Stop}, nil
	}
	if !a.js && runsScript(*cfg.Tracer, cfg.TracerConfig) {
		return nil, invalidParams("JavaScript tracers are off on this port; use a native tracer (callTracer, prestateTracer, 4byteTracer, flatCallTracer, muxTracer, noopTracer) or the node's IPC socket")
	}
	return tracers.DefaultDirectory.New(*cfg.Tracer, at, cfg.TracerConfig, a.v.b.ChainConfig())
}

// runsScript tells whether a tracer is written in JavaScript, or is go-ethereum's
// muxTracer with such a one among the tracers that its configuration names.
func runsScript(name string, config json.RawMessage) bool {
	if name != "muxTracer" {
		return tracers.DefaultDirectory.IsJS(name)
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal(config, &parts) != nil {
		return false // muxTracer refuses it too
	}
	for part, config := range parts {
		if runsScript(part, config) {
			return true
		}
	}
	return false
}

// limitedResult refuses results that would not fit into an answer.
func limitedResult(t *tracers.Tracer, budget int) (json.RawMessage, error) {
	result, err := t.GetResult()
	if err != nil {
		return nil, err
	}
	if len(result) > budget {
		return nil, coded(codeLimitExceeded, "the trace is larger than this node serves in one answer; use a tracer that records less, or trace single transactions")
	}
	return result, nil
}
