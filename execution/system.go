package execution

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// SystemCalls is the work the chain itself does in every block. Each call
// becomes a system transaction: an unsigned legacy transaction (v=r=s=0) from
// the system address at price zero, with a receipt and logs. A call that fails
// gets a failed receipt and never stops the block.
type SystemCalls interface {
	// Gas is reserved for system transactions in each block, in gas.
	Gas() uint64
	// Begin are the calls before the first user transaction. They carry what
	// consensus contributes, so that the block can be executed again from its
	// own content.
	Begin(header *types.Header, env Environment) []SystemCall
	// Next is the next call after the last user transaction, given the state so
	// far and the gas left; ok is false when there is none that fits. What did
	// not fit stays in state and is asked for again in the next block. failed
	// are the contracts of which a call failed in this block: asking them again
	// would repeat it.
	Next(statedb *state.StateDB, header *types.Header, gasLeft uint64, failed map[common.Address]bool) (call SystemCall, ok bool)
}

// SystemCall is one call from the system address.
type SystemCall struct {
	To   common.Address
	Data []byte
	Gas  uint64 // limit, in gas, intrinsic gas included
}

// IsSystem tells a system transaction by its signature, which is all zero.
func IsSystem(tx *types.Transaction) bool {
	if tx.Type() != types.LegacyTxType {
		return false
	}
	v, r, s := tx.RawSignatureValues()
	return v.Sign() == 0 && r.Sign() == 0 && s.Sign() == 0
}

func (x *Executor) systemGas() uint64 {
	if x.rules.System == nil {
		return 0
	}
	return x.rules.System.Gas()
}

func (b *Builder) beginSystem() error {
	if b.x.rules.System == nil {
		return nil
	}
	for _, call := range b.x.rules.System.Begin(b.Header(), b.env) {
		if err := b.addSystem(call); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) endSystem() error {
	if b.x.rules.System == nil {
		return nil
	}
	for {
		left := b.x.systemGas() - b.systemUsed
		call, ok := b.x.rules.System.Next(b.statedb, b.header, left, b.systemFailed)
		if !ok || call.Gas > left {
			return nil
		}
		if err := b.addSystem(call); err != nil {
			return err
		}
	}
}

// addSystem makes the system transaction of a call and executes it.
func (b *Builder) addSystem(call SystemCall) error {
	_, _, err := b.runSystem(types.NewTx(&types.LegacyTx{
		Nonce:    b.statedb.GetNonce(params.SystemAddress),
		GasPrice: new(big.Int),
		Gas:      call.Gas,
		To:       &call.To,
		Value:    new(big.Int),
		Data:     call.Data,
		V:        new(big.Int), R: new(big.Int), S: new(big.Int),
	}))
	return err
}

// runSystem executes a system transaction. An error means that the call cannot
// be a transaction at all, which is a defect of the chain's own code.
func (b *Builder) runSystem(tx *types.Transaction) (*core.ExecutionResult, *types.Receipt, error) {
	hooks := b.evm.Config.Tracer
	msg := &core.Message{
		To:                    tx.To(),
		From:                  params.SystemAddress,
		Nonce:                 tx.Nonce(),
		Value:                 new(big.Int),
		GasLimit:              tx.Gas(),
		GasPrice:              new(big.Int),
		GasFeeCap:             new(big.Int),
		GasTipCap:             new(big.Int),
		Data:                  tx.Data(),
		SkipTransactionChecks: true,
	}
	b.evm.Config.NoBaseFee = true
	defer func() { b.evm.Config.NoBaseFee = false }()
	b.begin(tx)
	onTxStart(hooks, b, tx, msg.From)
	result, err := core.ApplyMessage(b.evm, msg, core.NewGasPool(tx.Gas()))
	if err != nil {
		onTxEnd(hooks, nil, err)
		return nil, nil, fmt.Errorf("system call to %s in block %d: %w", tx.To(), b.Number(), err)
	}
	b.systemUsed += result.UsedGas
	if result.Failed() {
		b.systemFailed[*tx.To()] = true
	}
	receipt := b.finish(tx, result)
	onTxEnd(hooks, receipt, nil)
	return result, receipt, nil
}

func onTxStart(hooks *tracing.Hooks, b *Builder, tx *types.Transaction, from common.Address) {
	if hooks != nil && hooks.OnTxStart != nil {
		hooks.OnTxStart(b.evm.GetVMContext(), tx, from)
	}
}

func onTxEnd(hooks *tracing.Hooks, receipt *types.Receipt, err error) {
	if hooks != nil && hooks.OnTxEnd != nil {
		hooks.OnTxEnd(receipt, err)
	}
}
