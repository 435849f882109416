package rpc

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/history"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// view resolves block tags, numbers and hashes for every namespace and holds
// the limits they share.
type view struct {
	b    Backend
	cfg  Config
	fees *feeOracle

	pending pendingCache

	executions, traces chan struct{} // one slot for each that runs
}

func newView(b Backend, cfg Config) *view {
	v := &view{b: b, cfg: cfg, executions: make(chan struct{}, cfg.Executions), traces: make(chan struct{}, cfg.Traces)}
	v.fees = newFeeOracle(v)
	return v
}

// execute waits for an execution slot, at most as long as an execution may
// take. The returned context ends with the call timeout, whose cause is the
// error to answer; done must be called.
func (v *view) execute(ctx context.Context) (_ context.Context, done func(), err error) {
	return slot(ctx, v.executions, v.cfg.CallTimeout)
}

// trace waits for a trace slot, as execute does for an execution slot.
func (v *view) trace(ctx context.Context) (_ context.Context, done func(), err error) {
	return slot(ctx, v.traces, v.cfg.TraceTimeout)
}

func slot(ctx context.Context, slots chan struct{}, limit time.Duration) (context.Context, func(), error) {
	patience := time.NewTimer(limit)
	defer patience.Stop()
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-patience.C:
		return nil, nil, coded(codeLimitExceeded, "the node is busy with %d other requests of this kind; try again later", cap(slots))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("execution aborted (timeout = %v)", limit))
	return ctx, func() { cancel(); <-slots }, nil
}

// number turns a tag into a block number; pending is not a number.
func (v *view) number(tag gethrpc.BlockNumber) uint64 {
	switch tag {
	case gethrpc.LatestBlockNumber, gethrpc.SafeBlockNumber, gethrpc.FinalizedBlockNumber, gethrpc.PendingBlockNumber:
		return v.b.Head().Number.Uint64()
	case gethrpc.EarliestBlockNumber:
		return v.b.Earliest()
	}
	return uint64(tag)
}

// header returns the header of a tag or number; nil without an error when the
// block does not exist yet.
func (v *view) header(tag gethrpc.BlockNumber) (*types.Header, error) {
	if tag == gethrpc.PendingBlockNumber {
		return v.pendingHeader(), nil
	}
	n := v.number(tag)
	h := v.b.Header(n)
	if h == nil && n < v.b.Earliest() {
		return nil, &history.PrunedHistoryError{}
	}
	return h, nil
}

// block returns the block of a tag or number; nil without an error when it
// does not exist yet.
func (v *view) block(tag gethrpc.BlockNumber) (*types.Block, error) {
	if tag == gethrpc.PendingBlockNumber {
		return v.pendingBlock(), nil
	}
	n := v.number(tag)
	b := v.b.Block(n)
	if b == nil && n < v.b.Earliest() {
		return nil, &history.PrunedHistoryError{}
	}
	return b, nil
}

// blockByHash returns nil without an error when the hash is unknown.
func (v *view) blockByHash(hash common.Hash) (*types.Block, error) {
	b := v.b.BlockByHash(hash)
	if b == nil {
		if h := v.b.HeaderByHash(hash); h != nil && h.Number.Uint64() < v.b.Earliest() {
			return nil, &history.PrunedHistoryError{}
		}
	}
	return b, nil
}

// blockAt resolves an EIP-1898 block identifier; nil without an error when the
// block is unknown.
func (v *view) blockAt(id gethrpc.BlockNumberOrHash) (*types.Block, error) {
	if tag, ok := id.Number(); ok {
		return v.block(tag)
	}
	if hash, ok := id.Hash(); ok {
		return v.blockByHash(hash)
	}
	return nil, errNoBlockGiven
}

// headerAt resolves an EIP-1898 block identifier and fails when the block is
// unknown.
func (v *view) headerAt(id gethrpc.BlockNumberOrHash) (*types.Header, error) {
	if tag, ok := id.Number(); ok {
		h, err := v.header(tag)
		if h == nil && err == nil {
			err = errHeaderNotFound
		}
		return h, err
	}
	if hash, ok := id.Hash(); ok {
		if h := v.b.HeaderByHash(hash); h != nil {
			return h, nil
		}
		return nil, errHashNotFound
	}
	return nil, errNoBlockGiven
}

// stateAt returns the state after a block and the block's header. The pending
// state is the head's state under a header that follows it.
func (v *view) stateAt(id gethrpc.BlockNumberOrHash) (*state.StateDB, *types.Header, error) {
	h, err := v.headerAt(id)
	if err != nil {
		return nil, nil, err
	}
	s, err := v.b.StateAt(v.stateHeader(id, h))
	if err != nil {
		return nil, nil, err
	}
	return s, h, nil
}

// stateHeader is the header whose root describes the state after h.
func (v *view) stateHeader(id gethrpc.BlockNumberOrHash, h *types.Header) *types.Header {
	if tag, ok := id.Number(); ok && tag == gethrpc.PendingBlockNumber {
		if parent := v.b.HeaderByHash(h.ParentHash); parent != nil {
			return parent
		}
	}
	return h
}

// orLatest is the identifier that a missing optional block parameter means.
func orLatest(id *gethrpc.BlockNumberOrHash) gethrpc.BlockNumberOrHash {
	if id == nil {
		return gethrpc.BlockNumberOrHashWithNumber(gethrpc.LatestBlockNumber)
	}
	return *id
}

// sender is the account that sent tx, also for system transactions; the zero
// address when the signature is invalid.
func (v *view) sender(tx *types.Transaction) common.Address {
	from, _ := v.b.Sender(tx)
	return from
}
