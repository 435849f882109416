package rpc

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

const (
	maxSimulatedBlocks       = 256
	maxSimulatedCalls        = 5000 // in one block
	maxSimulatedCallsInTotal = 10000
)

// SimulateV1 executes blocks of calls on top of a block. Header fields and
// accounts may be overridden before each of them.
func (a *callAPI) SimulateV1(ctx context.Context, opts SimulateArgs, id *gethrpc.BlockNumberOrHash) ([]*SimulatedBlock, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	s, base, err := a.v.stateAt(orLatest(id))
	if err != nil {
		return nil, err
	}
	sim := &simulator{v: a.v, state: s, base: base, gas: a.v.cfg.CallGas, opts: &opts}
	return sim.run(ctx)
}

// simulator executes simulated blocks one after the other on one state.
type simulator struct {
	v     *view
	state *state.StateDB
	base  *types.Header
	gas   uint64 // left of the server's gas limit, over all blocks
	bytes int    // of the results so far
	opts  *SimulateArgs
	done  []*types.Header // simulated so far
}

func (sim *simulator) run(ctx context.Context) ([]*SimulatedBlock, error) {
	blocks, err := fillGaps(sim.base, sim.opts.Blocks)
	if err != nil {
		return nil, err
	}
	results := make([]*SimulatedBlock, len(blocks))
	parent := sim.base
	for i := range blocks {
		if results[i], err = sim.block(ctx, &blocks[i], parent); err != nil {
			return nil, err
		}
		parent = results[i].block.Header()
		sim.done = append(sim.done, parent)
	}
	return results, nil
}

// header starts the header of a simulated block; what follows from execution
// is filled in later.
func (sim *simulator) header(o *BlockOverrides, parent *types.Header) *types.Header {
	h := o.header(&types.Header{
		ParentHash:  parent.Hash(),
		UncleHash:   types.EmptyUncleHash,
		ReceiptHash: types.EmptyReceiptsHash,
		TxHash:      types.EmptyTxsHash,
		Coinbase:    parent.Coinbase,
		Difficulty:  new(big.Int),
		GasLimit:    parent.GasLimit,
	})
	if h.BaseFee == nil {
		// Without validation a zero gas price must not lie below the base fee.
		h.BaseFee = new(big.Int)
		if sim.opts.Validation {
			h.BaseFee = sim.v.b.NextBaseFee(parent)
		}
	}
	if parent.WithdrawalsHash != nil {
		h.WithdrawalsHash = &types.EmptyWithdrawalsHash
	}
	if parent.ParentBeaconRoot != nil {
		h.ParentBeaconRoot = new(common.Hash)
		set(&h.ParentBeaconRoot, o.BeaconRoot)
		h.ExcessBlobGas, h.BlobGasUsed = new(uint64), new(uint64)
	}
	if parent.RequestsHash != nil {
		h.RequestsHash = &types.EmptyRequestsHash
	}
	return h
}

// hash is BLOCKHASH inside the simulation: simulated blocks first, then the
// real ones.
func (sim *simulator) hash(number uint64) common.Hash {
	for _, h := range sim.done {
		if h.Number.Uint64() == number {
			return h.Hash()
		}
	}
	if number == sim.base.Number.Uint64() {
		return sim.base.Hash()
	}
	if number < sim.base.Number.Uint64() {
		if h := sim.v.b.Header(number); h != nil {
			return h.Hash()
		}
	}
	return common.Hash{}
}

// block executes one simulated block.
func (sim *simulator) block(ctx context.Context, b *SimulatedCalls, parent *types.Header) (*SimulatedBlock, error) {
	h := sim.header(b.BlockOverrides, parent)
	logs := &simulatedLogs{transfers: sim.opts.TraceTransfers, header: h}
	hooks := logs.hooks()
	cfg := vm.Config{NoBaseFee: !sim.opts.Validation, Tracer: hooks}
	// The context comes from the header, except for what a header lacks.
	probe := sim.v.b.NewEVM(sim.state, h, nil, vm.Config{})
	blockCtx, active := probe.Context, precompiles(probe)
	blockCtx.GetHash = sim.hash
	set(&blockCtx.BlobBaseFee, (*big.Int)(b.BlockOverrides.BlobBaseFee))
	if b.StateOverrides != nil {
		if err := b.StateOverrides.apply(sim.state, active); err != nil {
			return nil, err
		}
	}
	evm := sim.v.b.NewEVM(state.NewHookedState(sim.state, hooks), h, &blockCtx, cfg)
	evm.SetPrecompiles(active)
	core.ProcessParentBlockHash(h.ParentHash, evm)
	if h.ParentBeaconRoot != nil {
		core.ProcessBeaconBlockRoot(*h.ParentBeaconRoot, evm)
	}
	result := &SimulatedBlock{v: sim.v, fullTx: sim.opts.FullTransactions, senders: make(map[common.Hash]common.Address)}
	pool := core.NewGasPool(h.GasLimit)
	var (
		txs      types.Transactions
		receipts types.Receipts
	)
	for i := range b.Calls {
		tx, receipt, err := sim.call(ctx, evm, &b.Calls[i], i, logs, pool, result)
		if err != nil {
			return nil, err
		}
		txs, receipts = append(txs, tx), append(receipts, receipt)
	}
	h.GasUsed = pool.Used()
	for _, w := range *b.BlockOverrides.Withdrawals {
		wei := new(uint256.Int).Mul(uint256.NewInt(w.Amount), uint256.NewInt(1e9))
		sim.state.AddBalance(w.Address, wei, tracing.BalanceIncreaseWithdrawal)
	}
	h.Root = sim.state.IntermediateRoot(true)
	result.block = types.NewBlock(h, &types.Body{Transactions: txs, Withdrawals: *b.BlockOverrides.Withdrawals}, receipts, trie.NewStackTrie(nil))
	for _, c := range result.calls {
		for _, l := range c.Logs {
			l.BlockHash = result.block.Hash()
		}
	}
	return result, nil
}

// call executes one call of a simulated block as a transaction.
func (sim *simulator) call(ctx context.Context, evm *vm.EVM, args *TransactionArgs, index int, logs *simulatedLogs, pool *core.GasPool, out *SimulatedBlock) (*types.Transaction, *types.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, context.Cause(ctx)
	}
	capped, err := sim.defaults(args, pool)
	if err != nil {
		return nil, nil, err
	}
	tx, err := args.transaction()
	if err != nil {
		return nil, nil, invalidParams("%v", err)
	}
	out.senders[tx.Hash()] = args.from()
	logs.reset(tx.Hash(), uint(index))
	sim.state.SetTxContext(tx.Hash(), index)
	result, err := sim.v.apply(ctx, evm, args.message(logs.header.BaseFee, !sim.opts.Validation), pool)
	if err != nil {
		return nil, nil, invalidTxError(err)
	}
	if err := sim.state.Error(); err != nil {
		return nil, nil, err
	}
	evm.StateDB.Finalise(true)
	if result.UsedGas > sim.gas {
		return nil, nil, fmt.Errorf("RPC gas cap exhausted: need %d, remaining %d", result.UsedGas, sim.gas)
	}
	sim.gas -= result.UsedGas
	sim.bytes += len(result.ReturnData) + logs.bytes
	if limit := sim.v.cfg.ResultBytes; sim.bytes > limit {
		return nil, nil, coded(codeClientLimitExceeded, "the results are larger than this node serves in one answer (%d bytes)", limit)
	}
	out.calls = append(out.calls, simulatedCall(result, logs.all(), capped))
	receipt := core.MakeReceipt(evm, result, sim.state, logs.header.Number, common.Hash{}, logs.header.Time, tx, pool.CumulativeUsed(), nil)
	return tx, receipt, nil
}

// defaults fills in a call's missing fields and tells whether the server's gas
// limit cut its gas.
func (sim *simulator) defaults(args *TransactionArgs, pool *core.GasPool) (capped bool, err error) {
	if args.Nonce == nil {
		nonce := hexutil.Uint64(sim.state.GetNonce(args.from()))
		args.Nonce = &nonce
	}
	remaining := pool.Gas()
	gas := remaining
	if args.Gas != nil {
		gas = uint64(*args.Gas)
	}
	if remaining < gas {
		return false, coded(codeBlockGasLimitReached, "block gas limit reached: remaining: %d, required: %d", remaining, gas)
	}
	if gas > sim.gas {
		gas, capped = sim.gas, true
	}
	args.Gas = (*hexutil.Uint64)(&gas)
	return capped, args.callDefaults(gas, sim.v.b.ChainConfig().ChainID)
}

func simulatedCall(result *core.ExecutionResult, logs []*types.Log, capped bool) *SimulatedCall {
	c := &SimulatedCall{
		ReturnData: result.Return(),
		Logs:       logs,
		GasUsed:    hexutil.Uint64(result.UsedGas),
		MaxUsedGas: hexutil.Uint64(result.MaxUsedGas),
		Status:     hexutil.Uint64(types.ReceiptStatusSuccessful),
	}
	switch {
	case !result.Failed():
	case errors.Is(result.Err, vm.ErrExecutionReverted):
		c.Status = hexutil.Uint64(types.ReceiptStatusFailed)
		e := revertError(result.Revert())
		c.Error = &SimulatedError{Code: e.code, Message: e.message, Data: e.data}
	default:
		c.Status = hexutil.Uint64(types.ReceiptStatusFailed)
		c.Error = &SimulatedError{Code: codeVMError, Message: result.Err.Error()}
		if capped {
			c.Error.Message += " (gas limit was capped by the RPC server's global gas cap)"
		}
	}
	return c
}
