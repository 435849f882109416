package rpc

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/tracers/logger"
	"github.com/ethereum/go-ethereum/params"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// AccessListResult is the answer of eth_createAccessList.
type AccessListResult struct {
	AccessList *types.AccessList `json:"accessList"`
	Error      string            `json:"error,omitempty"` // why the transaction itself fails
	GasUsed    hexutil.Uint64    `json:"gasUsed"`
}

// CreateAccessList returns the EIP-2930 access list of a transaction.
func (a *callAPI) CreateAccessList(ctx context.Context, args TransactionArgs, id *gethrpc.BlockNumberOrHash, overrides *StateOverride) (*AccessListResult, error) {
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	sc, err := a.v.scene(orLatest(id), overrides, nil)
	if err != nil {
		return nil, err
	}
	if err := a.v.feeDefaults(&args, sc.header); err != nil {
		return nil, err
	}
	if args.Nonce == nil {
		nonce := hexutil.Uint64(sc.state.GetNonce(args.from()))
		args.Nonce = &nonce
	}
	if err := args.callDefaults(a.v.cfg.CallGas, a.v.b.ChainConfig().ChainID); err != nil {
		return nil, err
	}
	exclude, err := a.v.alreadyWarm(&args, sc.precompiles)
	if err != nil {
		return nil, err
	}
	return sc.accessList(ctx, &args, exclude)
}

// alreadyWarm is the set of addresses that an access list need not name.
func (v *view) alreadyWarm(args *TransactionArgs, precompiles vm.PrecompiledContracts) (map[common.Address]struct{}, error) {
	warm := map[common.Address]struct{}{args.from(): {}}
	if args.To != nil {
		warm[*args.To] = struct{}{}
	} else {
		warm[crypto.CreateAddress(args.from(), uint64(*args.Nonce))] = struct{}{}
	}
	for addr := range precompiles {
		warm[addr] = struct{}{}
	}
	// Recovering an authority is costly: do no more than the gas would pay for.
	if uint64(len(args.AuthorizationList)) > uint64(*args.Gas)/params.CallNewAccountGas {
		return nil, errors.New("insufficient gas to process all authorizations")
	}
	chainID := v.b.ChainConfig().ChainID
	for _, auth := range args.AuthorizationList {
		if !auth.ChainID.IsZero() && auth.ChainID.CmpBig(chainID) != 0 || auth.Nonce+1 < auth.Nonce {
			continue
		}
		if authority, err := auth.Authority(); err == nil {
			warm[authority] = struct{}{}
		}
	}
	return warm, nil
}

// accessList executes with the list found so far until it stops growing.
func (sc *scene) accessList(ctx context.Context, args *TransactionArgs, exclude map[common.Address]struct{}) (*AccessListResult, error) {
	var given types.AccessList
	if args.AccessList != nil {
		given = *args.AccessList
	}
	previous := logger.NewAccessListTracer(given, exclude)
	for {
		list := previous.AccessList()
		args.AccessList = &list
		msg := args.message(sc.header.BaseFee, true)
		tracer := logger.NewAccessListTracer(list, exclude)
		result, err := sc.traceAccesses(ctx, msg, tracer)
		if err != nil {
			tx, txErr := args.transaction()
			if txErr != nil {
				return nil, txErr
			}
			return nil, fmt.Errorf("failed to apply transaction: %v err: %w", tx.Hash(), err)
		}
		if tracer.Equal(previous) {
			answer := &AccessListResult{AccessList: &list, GasUsed: hexutil.Uint64(result.UsedGas)}
			if result.Err != nil {
				answer.Error = result.Err.Error()
			}
			return answer, nil
		}
		previous = tracer
	}
}

func (sc *scene) traceAccesses(ctx context.Context, msg *core.Message, tracer *logger.AccessListTracer) (*core.ExecutionResult, error) {
	evm := sc.evm(sc.state.Copy(), msg, vm.Config{Tracer: tracer.Hooks()})
	defer context.AfterFunc(ctx, evm.Cancel)()
	result, err := core.ApplyMessage(evm, msg, nil)
	if evm.Cancelled() {
		return nil, context.Cause(ctx)
	}
	return result, err
}
