package rpc

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// estimateError is the share by which an estimate may exceed the smallest
// sufficient gas limit, in exchange for fewer executions.
const estimateError = 0.015

// EstimateGas returns a gas limit with which the transaction succeeds, at most
// 1.5 % above the smallest one.
func (a *callAPI) EstimateGas(ctx context.Context, args TransactionArgs, id *gethrpc.BlockNumberOrHash, overrides *StateOverride, block *BlockOverrides) (hexutil.Uint64, error) {
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	return a.v.estimate(ctx, args, orLatest(id), overrides, block)
}

func (v *view) estimate(ctx context.Context, args TransactionArgs, id gethrpc.BlockNumberOrHash, overrides *StateOverride, block *BlockOverrides) (hexutil.Uint64, error) {
	sc, err := v.scene(id, overrides, block)
	if err != nil {
		return 0, err
	}
	orNew(&args.Gas) // zero means: not given
	if err := args.callDefaults(v.cfg.CallGas, v.b.ChainConfig().ChainID); err != nil {
		return 0, err
	}
	e := &estimator{scene: sc, msg: args.message(sc.header.BaseFee, true)}
	gas, revert, err := e.search(ctx)
	if errors.Is(err, vm.ErrExecutionReverted) {
		return 0, revertError(revert)
	}
	return hexutil.Uint64(gas), err
}

// estimator finds a sufficient gas limit for a message by bisection.
type estimator struct {
	*scene
	msg *core.Message
}

// ceiling is the highest gas limit worth trying: bounded by the caller, the
// block, the transaction gas cap of EIP-7825, the sender's balance and the
// server's limit.
func (e *estimator) ceiling() (uint64, error) {
	hi := e.header.GasLimit
	if e.msg.GasLimit >= params.TxGas {
		hi = e.msg.GasLimit
	}
	if hi > params.MaxTxGas && e.v.b.ChainConfig().IsOsaka(e.block.BlockNumber, e.block.Time) {
		hi = params.MaxTxGas
	}
	if e.msg.GasFeeCap.Sign() > 0 {
		available := e.state.GetBalance(e.msg.From).ToBig()
		if e.msg.Value.Cmp(available) >= 0 {
			return 0, core.ErrInsufficientFundsForTransfer
		}
		available.Sub(available, e.msg.Value)
		if allowance := new(big.Int).Div(available, e.msg.GasFeeCap); allowance.IsUint64() {
			hi = min(hi, allowance.Uint64())
		}
	}
	return min(hi, e.v.cfg.CallGas), nil
}

// search returns the gas limit, or the revert data with an error.
func (e *estimator) search(ctx context.Context) (uint64, []byte, error) {
	hi, err := e.ceiling()
	if err != nil {
		return 0, nil, err
	}
	if len(e.msg.Data) == 0 && e.msg.To != nil && e.state.GetCodeSize(*e.msg.To) == 0 {
		// A plain transfer, unless an odd field makes it dearer.
		if failed, _, err := e.try(ctx, params.TxGas); !failed && err == nil {
			return params.TxGas, nil, nil
		}
	}
	failed, result, err := e.try(ctx, hi)
	if err != nil {
		return 0, nil, err
	}
	if failed {
		if result != nil && !errors.Is(result.Err, vm.ErrOutOfGas) {
			return 0, result.Revert(), result.Err
		}
		return 0, nil, fmt.Errorf("gas required exceeds allowance (%d)", hi)
	}
	gas, err := e.bisect(ctx, result, hi)
	return gas, nil, err
}

// bisect narrows the limit down between what the unconstrained execution used
// and hi, which is known to suffice.
func (e *estimator) bisect(ctx context.Context, result *core.ExecutionResult, hi uint64) (uint64, error) {
	lo := result.UsedGas - 1
	// Most executions succeed with their peak plus what 63/64 and the stipend
	// withhold.
	mid := (result.MaxUsedGas + params.CallStipend) * 64 / 63
	for lo+1 < hi {
		if mid < hi {
			failed, _, err := e.try(ctx, mid)
			if err != nil {
				return 0, err
			}
			if failed {
				lo = mid
			} else {
				hi = mid
			}
		}
		if float64(hi-lo)/float64(hi) < estimateError {
			break
		}
		// Most transactions need little more than they use: favour the low side.
		mid = min(lo+(hi-lo)/2, lo*2)
	}
	return hi, nil
}

// try executes with a gas limit. An error means a failure that no gas limit
// would cure.
func (e *estimator) try(ctx context.Context, gas uint64) (failed bool, result *core.ExecutionResult, err error) {
	msg := *e.msg
	msg.GasLimit = gas
	s := e.state.Copy()
	evm := e.evm(s, &msg, vm.Config{})
	defer context.AfterFunc(ctx, evm.Cancel)()
	result, err = core.ApplyMessage(evm, &msg, nil)
	if dbErr := s.Error(); dbErr != nil {
		return true, nil, dbErr
	}
	if evm.Cancelled() {
		return true, nil, context.Cause(ctx)
	}
	switch {
	case errors.Is(err, core.ErrIntrinsicGas), errors.Is(err, core.ErrGasLimitTooHigh):
		return true, nil, nil
	case err != nil:
		return true, nil, fmt.Errorf("failed with %d gas: %w", gas, err)
	}
	return result.Failed(), result, nil
}
