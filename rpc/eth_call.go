package rpc

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// callAPI answers the eth_ methods that execute without changing the chain.
type callAPI struct{ v *view }

// Call executes a message on a block's state and returns its output.
func (a *callAPI) Call(ctx context.Context, args TransactionArgs, id *gethrpc.BlockNumberOrHash, overrides *StateOverride, block *BlockOverrides) (hexutil.Bytes, error) {
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	sc, err := a.v.scene(orLatest(id), overrides, block)
	if err != nil {
		return nil, err
	}
	if err := args.callDefaults(a.v.cfg.CallGas, a.v.b.ChainConfig().ChainID); err != nil {
		return nil, err
	}
	result, err := sc.run(ctx, args.message(sc.header.BaseFee, true), sc.state, core.NewGasPool(a.v.cfg.CallGas))
	if err != nil {
		return nil, err
	}
	if errors.Is(result.Err, vm.ErrExecutionReverted) {
		return nil, revertError(result.Revert())
	}
	return result.Return(), result.Err
}

// scene is everything a call needs around its message: a state, the block it
// pretends to be in and the precompiles, with all overrides applied.
type scene struct {
	v           *view
	state       *state.StateDB
	header      *types.Header
	block       vm.BlockContext
	precompiles vm.PrecompiledContracts
}

// scene prepares the state after the block id.
func (v *view) scene(id gethrpc.BlockNumberOrHash, overrides *StateOverride, block *BlockOverrides) (*scene, error) {
	s, h, err := v.stateAt(id)
	if err != nil {
		return nil, err
	}
	return v.sceneAt(s, h, overrides, block)
}

// sceneAt prepares a given state. It changes s.
func (v *view) sceneAt(s *state.StateDB, h *types.Header, overrides *StateOverride, block *BlockOverrides) (*scene, error) {
	evm := v.b.NewEVM(s, h, nil, vm.Config{})
	sc := &scene{v: v, state: s, header: h, block: evm.Context, precompiles: precompiles(evm)}
	if err := block.apply(&sc.block); err != nil {
		return nil, err
	}
	if overrides != nil {
		if err := overrides.apply(s, sc.precompiles); err != nil {
			return nil, err
		}
	}
	return sc, nil
}

// precompiles copies the set that an EVM was made with.
func precompiles(evm *vm.EVM) vm.PrecompiledContracts {
	set := make(vm.PrecompiledContracts)
	for _, addr := range evm.ActivePrecompiles() {
		set[addr], _ = evm.Precompile(addr)
	}
	return set
}

// evm makes an EVM for one message. A message that offers no gas price runs
// with a zero base fee, since a fee cap below the base fee is invalid.
func (sc *scene) evm(s vm.StateDB, msg *core.Message, cfg vm.Config) *vm.EVM {
	block := sc.block
	if msg.GasPrice.Sign() == 0 {
		block.BaseFee = new(big.Int)
	}
	if msg.BlobGasFeeCap != nil && msg.BlobGasFeeCap.Sign() == 0 {
		block.BlobBaseFee = new(big.Int)
	}
	cfg.NoBaseFee = true
	evm := sc.v.b.NewEVM(s, sc.header, &block, cfg)
	evm.SetPrecompiles(sc.precompiles)
	return evm
}

// run executes a message on s until it ends or ctx does.
func (sc *scene) run(ctx context.Context, msg *core.Message, s *state.StateDB, pool *core.GasPool) (*core.ExecutionResult, error) {
	result, err := sc.v.apply(ctx, sc.evm(s, msg, vm.Config{}), msg, pool)
	// A state that cannot be read looks like a failed check; name the cause.
	if dbErr := s.Error(); dbErr != nil {
		return nil, dbErr
	}
	return result, err
}

// apply executes a message and stops it when ctx ends.
func (v *view) apply(ctx context.Context, evm *vm.EVM, msg *core.Message, pool *core.GasPool) (*core.ExecutionResult, error) {
	defer context.AfterFunc(ctx, evm.Cancel)()
	result, err := core.ApplyMessage(evm, msg, pool)
	if evm.Cancelled() {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return result, fmt.Errorf("err: %w (supplied gas %d)", err, msg.GasLimit)
	}
	return result, nil
}
