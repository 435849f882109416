package execution_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/execution"
)

// probe is a contract in Go that does one thing for each first byte of input.
type probe struct{}

var (
	probeAddress  = common.HexToAddress("0x0000000000000000000000000000000000001234")
	forwarder     = common.HexToAddress("0x00000000000000000000000000000000000f0001") // calls what its input says
	recorder      = common.HexToAddress("0x00000000000000000000000000000000000f0002") // stores its caller in slot 0
	probeSlot     = common.Hash{31: 7}
	probeTopic    = common.Hash{0x70}
	errProbeInput = errors.New("unknown input")
)

const (
	opWrite = iota + 1
	opRead
	opRevert
	opLog
	opBurn
	opCallBack
	opFail
)

func (probe) Address() common.Address { return probeAddress }
func (probe) Name() string            { return "probe" }

func (probe) Run(ctx *contract.Context, input []byte) ([]byte, error) {
	if len(input) == 0 {
		return nil, errProbeInput
	}
	switch input[0] {
	case opWrite:
		ctx.Store(probeSlot, common.BytesToHash(input[1:]))
		return nil, nil
	case opRead:
		value := ctx.Load(probeSlot)
		return value[:], nil
	case opRevert:
		ctx.Store(probeSlot, common.Hash{1})
		return nil, &contract.Revert{Data: []byte("sorry")}
	case opLog:
		ctx.Log([]common.Hash{probeTopic, common.BytesToHash(ctx.Caller().Bytes())}, input[1:])
		return nil, nil
	case opBurn:
		for {
			ctx.Load(probeSlot)
		}
	case opCallBack:
		return ctx.Call(common.BytesToAddress(input[1:21]), input[21:], nil, 100_000)
	default:
		return nil, errProbeInput
	}
}

// forwarderCode calls the probe with its own input by the given opcode, stores
// 1 + success in slot 1 and returns what came back.
func forwarderCode(op vm.OpCode) []byte {
	code := []byte{
		byte(vm.CALLDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATACOPY),
		byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATASIZE), byte(vm.PUSH0),
	}
	if op == vm.CALL || op == vm.CALLCODE {
		code = append(code, byte(vm.PUSH0)) // value
	}
	code = append(code, byte(vm.PUSH2), 0x12, 0x34, byte(vm.GAS), byte(op))
	return append(code, byte(vm.PUSH1), 1, byte(vm.ADD), byte(vm.PUSH1), 1, byte(vm.SSTORE),
		byte(vm.RETURNDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.RETURNDATACOPY),
		byte(vm.RETURNDATASIZE), byte(vm.PUSH0), byte(vm.RETURN))
}

func newProbeChain(t *testing.T, op vm.OpCode) *testChain {
	rules := execution.Rules{Contracts: contract.Set{probe{}}}
	return newTestChain(t, rules, types.GenesisAlloc{
		probeAddress: {Code: contract.Code, Balance: new(big.Int)},
		forwarder:    {Code: forwarderCode(op), Balance: new(big.Int)},
		recorder:     {Code: []byte{byte(vm.CALLER), byte(vm.PUSH0), byte(vm.SSTORE)}, Balance: new(big.Int)},
	})
}

// sawSuccess is what a forwarder's call of the probe returned.
func sawSuccess(t *testing.T, c *testChain) bool {
	t.Helper()
	result := c.slot(t, forwarder, 1).Big().Int64()
	require.Contains(t, []int64{1, 2}, result, "the forwarder was not called")
	return result == 2
}

func TestGoContractReadsAndWritesItsStorage(t *testing.T) {
	c := newProbeChain(t, vm.CALL)
	receipt := c.call(t, probeAddress, []byte{opWrite, 42})
	require.EqualValues(t, types.ReceiptStatusSuccessful, receipt.Status)
	require.EqualValues(t, 42, c.slot(t, probeAddress, 7).Big().Int64())
	require.EqualValues(t, params.TxGas+2*16+params.SstoreSetGasEIP2200+params.ColdSloadCostEIP2929, receipt.GasUsed, "SSTORE's price")

	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	evm := c.x.NewEVM(statedb, c.Head().Header(), nil, vm.Config{})
	output, _, err := evm.StaticCall(c.owner, probeAddress, []byte{opRead}, 100_000)
	require.NoError(t, err)
	require.Equal(t, common.BigToHash(big.NewInt(42)).Bytes(), output)
}

func TestGoContractRevertsWithItsCaller(t *testing.T) {
	c := newProbeChain(t, vm.CALL)
	receipt := c.call(t, probeAddress, []byte{opRevert})
	require.EqualValues(t, types.ReceiptStatusFailed, receipt.Status)
	require.Less(t, receipt.GasUsed, uint64(callGas), "a revert keeps the remaining gas")
	require.Zero(t, c.slot(t, probeAddress, 7))

	// The caller of a call that reverts goes on, and sees the data.
	receipt = c.call(t, forwarder, []byte{opRevert})
	require.EqualValues(t, types.ReceiptStatusSuccessful, receipt.Status)
	require.False(t, sawSuccess(t, c))
	require.Zero(t, c.slot(t, probeAddress, 7))

	// A write and a log by the probe are undone when its caller reverts.
	reverter := common.HexToAddress("0x00000000000000000000000000000000000f0003")
	code := append(forwarderCode(vm.CALL), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.REVERT))
	code[len(code)-4] = byte(vm.JUMPDEST) // instead of RETURN: fall through to the REVERT
	c = newTestChain(t, execution.Rules{Contracts: contract.Set{probe{}}}, types.GenesisAlloc{
		probeAddress: {Code: contract.Code, Balance: new(big.Int)}, reverter: {Code: code, Balance: new(big.Int)},
	})
	for _, op := range []byte{opWrite, opLog} {
		receipt = c.call(t, reverter, []byte{op, 42})
		require.EqualValues(t, types.ReceiptStatusFailed, receipt.Status)
		require.Empty(t, receipt.Logs)
		require.Zero(t, c.slot(t, probeAddress, 7))
	}
}

func TestGoContractCannotWriteInReadOnlyContexts(t *testing.T) {
	for _, op := range []vm.OpCode{vm.STATICCALL, vm.DELEGATECALL, vm.CALLCODE} {
		for _, input := range [][]byte{{opWrite, 42}, {opLog, 42}} {
			c := newProbeChain(t, op)
			c.call(t, forwarder, input)
			require.False(t, sawSuccess(t, c), "%s input %x", op, input)
			require.Zero(t, c.slot(t, probeAddress, 7), "%s wrote to the probe", op)
			require.Zero(t, c.slot(t, forwarder, 7), "%s wrote to the caller", op)
		}
		c := newProbeChain(t, op)
		c.call(t, forwarder, []byte{opRead})
		require.True(t, sawSuccess(t, c), "%s may read", op)
	}
	// A static context also holds for what the probe calls.
	c := newProbeChain(t, vm.STATICCALL)
	c.call(t, forwarder, append([]byte{opCallBack}, recorder.Bytes()...))
	require.Zero(t, c.slot(t, recorder, 0))
}

func TestGoContractRunsOutOfGas(t *testing.T) {
	c := newProbeChain(t, vm.CALL)
	receipt := c.call(t, probeAddress, []byte{opBurn})
	require.EqualValues(t, types.ReceiptStatusFailed, receipt.Status)
	require.EqualValues(t, callGas, receipt.GasUsed, "all of it")

	receipt = c.call(t, probeAddress, []byte{opFail})
	require.EqualValues(t, types.ReceiptStatusFailed, receipt.Status)
	require.Less(t, receipt.GasUsed, uint64(callGas), "any other error reverts with its text")
}

func TestGoContractEmitsLogs(t *testing.T) {
	c := newProbeChain(t, vm.CALL)
	receipt := c.call(t, forwarder, []byte{opLog, 1, 2, 3})
	require.Len(t, receipt.Logs, 1)
	log := receipt.Logs[0]
	require.Equal(t, probeAddress, log.Address)
	require.Equal(t, []common.Hash{probeTopic, common.BytesToHash(forwarder.Bytes())}, log.Topics)
	require.Equal(t, []byte{1, 2, 3}, log.Data)
	require.Equal(t, c.Head().Hash(), log.BlockHash)
}

func TestGoContractCallsSolidity(t *testing.T) {
	c := newProbeChain(t, vm.CALL)
	receipt := c.call(t, probeAddress, append([]byte{opCallBack}, recorder.Bytes()...))
	require.EqualValues(t, types.ReceiptStatusSuccessful, receipt.Status)
	require.Equal(t, probeAddress, common.BytesToAddress(c.slot(t, recorder, 0).Bytes()), "the probe is the caller")
}

func TestGoContractIsTraced(t *testing.T) {
	c := newProbeChain(t, vm.CALL)
	c.call(t, forwarder, append([]byte{opCallBack}, recorder.Bytes()...))
	replay, err := c.x.Replay(c.Head())
	require.NoError(t, err)
	var entered []common.Address
	var stores int
	_, _, err = replay.Step(&tracing.Hooks{
		OnEnter: func(_ int, _ byte, _, to common.Address, _ []byte, _ uint64, _ *big.Int) {
			entered = append(entered, to)
		},
		OnStorageChange: func(common.Address, common.Hash, common.Hash, common.Hash) { stores++ },
	})
	require.NoError(t, err)
	require.Equal(t, []common.Address{forwarder, probeAddress, recorder}, entered)
	require.Equal(t, 2, stores)
}

func TestGoContractIsActiveWhileItsAccountHasCode(t *testing.T) {
	c := newTestChain(t, execution.Rules{Contracts: contract.Set{probe{}}}, nil)
	require.EqualValues(t, types.ReceiptStatusSuccessful, c.call(t, probeAddress, []byte{opWrite, 42}).Status)
	require.Zero(t, c.slot(t, probeAddress, 7), "a plain account does nothing")
}
