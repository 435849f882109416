// Package contracttest runs contracts written in Go on a state in memory, and
// holds the tests that every such contract must pass: each kind of call, and
// each gas limit.
package contracttest

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
)

// Gas is what a call gets when nothing else is said.
const Gas = 30_000_000

// Chain is a state in memory with Go contracts on it. Each call is a
// transaction of its own, without fees.
type Chain struct {
	T      testing.TB
	DB     *state.StateDB
	Number uint64
	Time   uint64 // seconds since 1970

	BaseFeeWei uint64 // of every block, wei per gas

	Contracts contract.Set
	config    *params.ChainConfig
	txs       uint64
}

// New makes a chain on which the contracts are active.
func New(t testing.TB, contracts ...contract.Contract) *Chain {
	t.Helper()
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	require.NoError(t, err)
	c := &Chain{T: t, DB: db, Number: 1, Time: 1_700_000_000, BaseFeeWei: params.GWei, Contracts: contracts, config: params.MergedTestChainConfig}
	for _, each := range contracts {
		c.Deploy(each.Address(), contract.Code)
	}
	return c
}

// Deploy puts code at an address.
func (c *Chain) Deploy(address common.Address, code []byte) {
	c.DB.CreateAccount(address)
	c.DB.SetNonce(address, 1, tracing.NonceChangeGenesis)
	c.DB.SetCode(address, code, tracing.CodeChangeGenesis)
	c.DB.Finalise(true)
}

// Fund gives an account wei.
func (c *Chain) Fund(address common.Address, amountWei *uint256.Int) {
	c.DB.AddBalance(address, amountWei, tracing.BalanceIncreaseGenesisBalance)
	c.DB.Finalise(true)
}

// Open is a context outside any transaction, for genesis and for reading.
func (c *Chain) Open(of contract.Contract) *contract.Context {
	return contract.Open(c.DB, c.config, contract.BlockInfo{Number: c.Number, Time: c.Time}).At(of.Address())
}

// Advance goes on by blocks and seconds.
func (c *Chain) Advance(blocks, seconds uint64) {
	c.Number += blocks
	c.Time += seconds
}

// Call is one transaction.
type Call struct {
	From  common.Address
	To    common.Address
	Value *uint256.Int // wei; nil is none
	Data  []byte
	Gas   uint64 // 0 is Gas
}

// Result is what a call did.
type Result struct {
	Output  []byte
	Logs    []*types.Log
	GasUsed uint64 // without intrinsic gas and refunds
	Err     error  // nil, vm.ErrExecutionReverted with Output, or another of the EVM's
}

// EVM is the block's EVM on a state.
func (c *Chain) EVM(db vm.StateDB, from common.Address) *vm.EVM {
	random := common.Hash{1}
	evm := vm.NewEVM(vm.BlockContext{
		CanTransfer: core.CanTransfer, Transfer: core.Transfer,
		GetHash:     func(n uint64) common.Hash { return common.BigToHash(new(big.Int).SetUint64(n)) },
		Coinbase:    common.Address{0xc0},
		GasLimit:    500_000_000,
		BlockNumber: new(big.Int).SetUint64(c.Number), Time: c.Time,
		Difficulty: new(big.Int), BaseFee: new(big.Int).SetUint64(c.BaseFeeWei), BlobBaseFee: big.NewInt(1), Random: &random,
	}, db, c.config, vm.Config{})
	set := vm.ActivePrecompiledContracts(c.rules())
	for _, p := range c.Contracts.Active(db, nil) {
		set[p.Address()] = p
	}
	evm.SetPrecompiles(set)
	evm.SetTxContext(vm.TxContext{Origin: from, GasPrice: uint256.NewInt(params.GWei)})
	return evm
}

func (c *Chain) rules() params.Rules {
	return c.config.Rules(new(big.Int).SetUint64(c.Number), true, c.Time)
}

// Do executes a call as a transaction.
func (c *Chain) Do(call Call) Result {
	if call.Value == nil {
		call.Value = new(uint256.Int)
	}
	if call.Gas == 0 {
		call.Gas = Gas
	}
	c.txs++
	hash := common.BigToHash(new(big.Int).SetUint64(c.txs))
	c.DB.SetTxContext(hash, int(c.txs))
	evm := c.EVM(c.DB, call.From)
	c.DB.Prepare(c.rules(), call.From, common.Address{0xc0}, &call.To, vm.ActivePrecompiles(c.rules()), nil)
	output, left, err := evm.Call(call.From, call.To, call.Data, call.Gas, call.Value)
	c.DB.Finalise(true)
	return Result{output, c.DB.GetLogs(hash, c.Number, common.Hash{}, c.Time), call.Gas - left, err}
}

// Pack is the call data of a contract's method; the inputs have the types its
// Go function takes.
func (c *Chain) Pack(of contract.Contract, method string, inputs ...any) []byte {
	c.T.Helper()
	data, err := contract.Pack(of, method, inputs...)
	require.NoError(c.T, err)
	return data
}

// Try calls a method with a value in wei, nil for none.
func (c *Chain) Try(from common.Address, of contract.Contract, value *uint256.Int, method string, inputs ...any) Result {
	c.T.Helper()
	return c.Do(Call{From: from, To: of.Address(), Value: value, Data: c.Pack(of, method, inputs...)})
}

// Must calls a method and fails the test unless it succeeds. It gives what the
// method returned.
func (c *Chain) Must(from common.Address, of contract.Contract, value *uint256.Int, method string, inputs ...any) []any {
	c.T.Helper()
	result := c.Try(from, of, value, method, inputs...)
	require.NoError(c.T, result.Err, "%s.%s: %s", of.Name(), method, c.Reason(of, result))
	output, err := contract.Unpack(of, method, result.Output)
	require.NoError(c.T, err)
	return output
}

// View reads a view method's first value.
func View[T any](c *Chain, of contract.Contract, method string, inputs ...any) T {
	c.T.Helper()
	return c.Must(common.Address{0xee}, of, nil, method, inputs...)[0].(T)
}

// Fails calls a method and fails the test unless it reverts with the named
// custom error of the interface, or with a text that contains the words.
func (c *Chain) Fails(from common.Address, of contract.Contract, value *uint256.Int, reason, method string, inputs ...any) {
	c.T.Helper()
	result := c.Try(from, of, value, method, inputs...)
	require.ErrorIs(c.T, result.Err, vm.ErrExecutionReverted, "%s.%s", of.Name(), method)
	require.Contains(c.T, c.Reason(of, result), reason, "%s.%s", of.Name(), method)
}

// Reason tells why a call failed, for people.
func (c *Chain) Reason(of contract.Contract, result Result) string {
	if result.Err == nil {
		return "it succeeded"
	}
	if len(result.Output) < 4 {
		return result.Err.Error()
	}
	for name, custom := range contract.Interface(of).Errors {
		if [4]byte(custom.ID[:4]) == [4]byte(result.Output) {
			values, err := custom.Inputs.Unpack(result.Output[4:])
			require.NoError(c.T, err)
			return name + fmt.Sprint(values)
		}
	}
	return fmt.Sprintf("%v: %q", result.Err, result.Output[4:])
}

// Events are a result's logs of one event as the interface decodes them, values
// by name.
func (c *Chain) Events(of contract.Contract, result Result, name string) (list []map[string]any) {
	c.T.Helper()
	event, found := contract.Interface(of).Events[name]
	require.True(c.T, found, "the interface has no event %s", name)
	for _, log := range result.Logs {
		if log.Address != of.Address() || log.Topics[0] != event.ID {
			continue
		}
		values := make(map[string]any)
		require.NoError(c.T, event.Inputs.UnpackIntoMap(values, log.Data))
		indexed := event.Inputs[:0:0]
		for _, input := range event.Inputs {
			if input.Indexed {
				indexed = append(indexed, input)
			}
		}
		require.NoError(c.T, parseTopics(values, indexed, log.Topics[1:]))
		list = append(list, values)
	}
	return list
}
