package rpc

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// Kinds of internal operations, as Otterscan numbers them.
const (
	otsTransfer = iota
	otsSelfDestruct
	otsCreate
	otsCreate2
)

// InternalOperation is a movement of coins or a change of contracts inside a
// transaction.
type InternalOperation struct {
	Type  int            `json:"type"`
	From  common.Address `json:"from"`
	To    common.Address `json:"to"`
	Value *hexutil.Big   `json:"value"`
}

// GetInternalOperations lists the coin transfers, creations and destructions
// below a transaction's own call.
func (a *otsAPI) GetInternalOperations(ctx context.Context, hash common.Hash) ([]*InternalOperation, error) {
	found := []*InternalOperation{}
	hooks := &tracing.Hooks{OnEnter: func(depth int, op byte, from, to common.Address, _ []byte, _ uint64, value *big.Int) {
		kind := -1
		switch vm.OpCode(op) {
		case vm.CALL:
			if value != nil && value.Sign() > 0 {
				kind = otsTransfer
			}
		case vm.SELFDESTRUCT:
			kind = otsSelfDestruct
		case vm.CREATE:
			kind = otsCreate
		case vm.CREATE2:
			kind = otsCreate2
		}
		if depth > 0 && kind >= 0 {
			found = append(found, &InternalOperation{kind, from, to, bigOrZero(value)})
		}
	}}
	err := a.watch(ctx, hash, hooks)
	return found, err
}

// TraceEntry is one call of a transaction, in the order of entering.
type TraceEntry struct {
	Type   string         `json:"type"`
	Depth  int            `json:"depth"`
	From   common.Address `json:"from"`
	To     common.Address `json:"to"`
	Value  *hexutil.Big   `json:"value"` // null where the call cannot carry any
	Input  hexutil.Bytes  `json:"input"`
	Output hexutil.Bytes  `json:"output"`
}

// TraceTransaction lists every call of a transaction.
func (a *otsAPI) TraceTransaction(ctx context.Context, hash common.Hash) ([]*TraceEntry, error) {
	entries := []*TraceEntry{}
	var open []*TraceEntry
	size := 0
	hooks := &tracing.Hooks{
		OnEnter: func(depth int, op byte, from, to common.Address, input []byte, _ uint64, value *big.Int) {
			e := &TraceEntry{Type: vm.OpCode(op).String(), Depth: depth, From: from, To: to, Output: hexutil.Bytes{}}
			if size += len(input) + 256; size <= a.v.cfg.ResultBytes {
				e.Input = common.CopyBytes(input)
				entries = append(entries, e)
			}
			if vm.OpCode(op) != vm.STATICCALL && vm.OpCode(op) != vm.DELEGATECALL {
				e.Value = bigOrZero(value)
			}
			open = append(open, e)
		},
		OnExit: func(_ int, output []byte, _ uint64, _ error, _ bool) {
			e := open[len(open)-1]
			open = open[:len(open)-1]
			if size += len(output); size <= a.v.cfg.ResultBytes {
				e.Output = common.CopyBytes(output)
			}
		},
	}
	if err := a.watch(ctx, hash, hooks); err != nil {
		return nil, err
	}
	if size > a.v.cfg.ResultBytes {
		return nil, coded(codeLimitExceeded, "the trace is larger than this node serves in one answer (%d bytes)", a.v.cfg.ResultBytes)
	}
	return entries, nil
}

// GetTransactionError returns the revert data of a failed transaction; empty
// when it succeeded or failed without data.
func (a *otsAPI) GetTransactionError(ctx context.Context, hash common.Hash) (hexutil.Bytes, error) {
	output := hexutil.Bytes{}
	err := a.watch(ctx, hash, &tracing.Hooks{OnExit: func(depth int, data []byte, _ uint64, err error, reverted bool) {
		if depth == 0 && reverted && err != nil {
			output = common.CopyBytes(data)
		}
	}})
	return output, err
}

// watch executes a transaction again under hooks.
func (a *otsAPI) watch(ctx context.Context, hash common.Hash, hooks *tracing.Hooks) error {
	_, blockHash, _, index, ok := a.v.b.Transaction(hash)
	if !ok {
		return errTxNotFound
	}
	b, err := a.v.blockByHash(blockHash)
	if err != nil {
		return err
	}
	if b == nil {
		return errHeaderNotFound
	}
	ctx, done, err := a.v.trace(ctx)
	if err != nil {
		return err
	}
	defer done()
	return a.v.replay(ctx, b, index, func(s *replayStep) error {
		_, _, err := s.replay.Step(hooks)
		return err
	})
}

// creatorIn finds who created a contract in a block.
func (a *otsAPI) creatorIn(ctx context.Context, b *types.Block, addr common.Address) (*Creator, error) {
	var creator *Creator
	err := a.v.replayAll(ctx, b, func(s *replayStep) error {
		hooks := &tracing.Hooks{OnEnter: func(_ int, op byte, from, to common.Address, _ []byte, _ uint64, _ *big.Int) {
			if to == addr && (vm.OpCode(op) == vm.CREATE || vm.OpCode(op) == vm.CREATE2) {
				creator = &Creator{s.tx.Hash(), from}
			}
		}}
		_, _, err := s.replay.Step(hooks)
		return err
	})
	return creator, err
}

func bigOrZero(v *big.Int) *hexutil.Big {
	if v == nil {
		return new(hexutil.Big)
	}
	return (*hexutil.Big)(new(big.Int).Set(v))
}
