package contracttest

import (
	"os"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
)

// Example is a call of one method that succeeds, and the state it needs.
type Example struct {
	Method  string // name, or signature where overloaded
	From    common.Address
	Value   *uint256.Int // wei; nil is none
	Inputs  []any        // of the types its Go function takes
	Prepare func(*Chain) // brings the chain to where the call succeeds; nil: nothing
}

func parseTopics(into map[string]any, indexed abi.Arguments, topics []common.Hash) error {
	return abi.ParseTopicsIntoMap(into, indexed, topics)
}

// Generic holds a contract to what every contract in Go must do. There must be
// an example of each method of its interface; start makes a fresh chain.
func Generic(t *testing.T, of contract.Contract, start func(testing.TB) *Chain, examples []Example) {
	t.Helper()
	covered := make(map[string]bool)
	for _, example := range examples {
		f := functionOf(t, of, example.Method)
		covered[f.Sig] = true
		t.Run(f.Sig, func(t *testing.T) {
			prepared := func(t testing.TB) *Chain {
				c := start(t)
				if example.Prepare != nil {
					example.Prepare(c)
				}
				return c
			}
			callKinds(t, of, f, prepared, example)
			sweepGas(t, of, prepared, example)
			price(t, of, prepared, example)
		})
	}
	for _, f := range contract.Interface(of).Methods {
		if !covered[f.Sig] {
			t.Errorf("%s.%s has no example", of.Name(), f.Sig)
		}
	}
}

func functionOf(t testing.TB, of contract.Contract, method string) abi.Method {
	t.Helper()
	for _, f := range contract.Interface(of).Methods {
		if f.Sig == method || f.Name == method {
			return f
		}
	}
	require.FailNow(t, "the interface has no such method", "%s.%s", of.Name(), method)
	return abi.Method{}
}

func (e Example) call(c *Chain, of contract.Contract) Call {
	return Call{From: e.From, To: of.Address(), Value: e.Value, Data: c.Pack(of, e.Method, e.Inputs...)}
}

// proxy is where the code that calls by other opcodes lives.
var proxy = common.HexToAddress("0x00000000000000000000000000000000000f00d5")

// callKinds calls the example's method in every way the EVM knows.
func callKinds(t *testing.T, of contract.Contract, f abi.Method, start func(testing.TB) *Chain, example Example) {
	t.Helper()
	direct := func() (*Chain, Result) {
		c := start(t)
		return c, c.Do(example.call(c, of))
	}
	c, want := direct()
	require.NoError(t, want.Err, "the example fails: %s", c.Reason(of, want))
	if f.IsConstant() {
		require.Empty(t, want.Logs, "a view writes no logs")
	}
	for _, op := range []vm.OpCode{vm.STATICCALL, vm.DELEGATECALL, vm.CALLCODE} {
		c := start(t)
		c.Deploy(proxy, forwarder(op, of.Address()))
		before := c.DB.IntermediateRoot(true)
		call := example.call(c, of)
		call.To, call.Value = proxy, nil
		got := c.Do(call)
		if f.IsConstant() {
			require.NoError(t, got.Err, "%s of a view: %s", op, c.Reason(of, got))
			require.Equal(t, want.Output, got.Output, "%s of a view", op)
		}
		if !f.IsConstant() {
			require.Error(t, got.Err, "%s of a method that writes", op)
		}
		require.Equal(t, before, c.DB.IntermediateRoot(true), "%s left a trace", op)
	}
	c = start(t)
	if !f.IsPayable() {
		c.Fund(example.From, uint256.NewInt(1))
		call := example.call(c, of)
		call.Value = uint256.NewInt(1)
		before := c.DB.IntermediateRoot(true)
		require.ErrorIs(t, c.Do(call).Err, vm.ErrExecutionReverted, "a method that is not payable took value")
		require.Equal(t, before, c.DB.IntermediateRoot(true))
	}
	constructed(t, of, f, start, example, want)
	reentered(t, of, f, start, example)
}

// constructed calls the method from a constructor: the caller has no code yet.
func constructed(t *testing.T, of contract.Contract, f abi.Method, start func(testing.TB) *Chain, example Example, want Result) {
	t.Helper()
	c := start(t)
	data := c.Pack(of, example.Method, example.Inputs...)
	evm := c.EVM(c.DB, example.From)
	c.DB.Prepare(c.rules(), example.From, common.Address{}, nil, vm.ActivePrecompiles(c.rules()), nil)
	value := example.Value
	if value == nil {
		value = new(uint256.Int)
	}
	output, created, _, err := evm.Create(example.From, constructor(of.Address(), data), Gas, value)
	if f.IsConstant() {
		require.NoError(t, err, "a view from a constructor")
		require.Equal(t, want.Output, c.DB.GetCode(created), "a view from a constructor")
		return
	}
	// It acts as the contract under construction, which may or may not be
	// allowed; either way it must not break.
	if err != nil {
		require.ErrorIs(t, err, vm.ErrExecutionReverted, "%x", output)
	}
}

// reentered calls the method while the contract is already running.
func reentered(t *testing.T, of contract.Contract, f abi.Method, start func(testing.TB) *Chain, example Example) {
	t.Helper()
	c := start(t)
	evm := c.EVM(c.DB, example.From)
	call := example.call(c, of)
	c.DB.Prepare(c.rules(), call.From, common.Address{}, &call.To, vm.ActivePrecompiles(c.rules()), nil)
	contract.Entered(c.DB, of, true)
	value := call.Value
	if value == nil {
		value = new(uint256.Int)
	}
	output, _, err := evm.Call(call.From, call.To, call.Data, Gas, value)
	if f.IsConstant() || contract.IsReentrant(of, f.Sig) {
		require.NoError(t, err, "%q", output)
		return
	}
	require.ErrorIs(t, err, vm.ErrExecutionReverted)
	require.Contains(t, string(output), "already running")
}

// sweepGas calls the method with every gas limit up to enough: with too little
// it must leave the state as it was. GAS_SWEEP=full tries every limit, without
// it some 150 of them and those around what is enough.
func sweepGas(t *testing.T, of contract.Contract, start func(testing.TB) *Chain, example Example) {
	t.Helper()
	c := start(t)
	c.DB.IntermediateRoot(true)
	before := c.DB.Copy()
	enough := leastGas(c, of, before, example)
	c.DB = before.Copy()
	full := c.Do(withGas(example.call(c, of), enough))
	require.NoError(t, full.Err)
	rootBefore, rootAfter := before.Copy().IntermediateRoot(true), c.DB.IntermediateRoot(true)
	for _, gas := range limits(enough) {
		c.DB = before.Copy()
		result := c.Do(withGas(example.call(c, of), gas))
		root := c.DB.IntermediateRoot(true)
		if gas < enough {
			require.Error(t, result.Err, "gas %d of %d", gas, enough)
			require.Equal(t, rootBefore, root, "gas %d of %d left a trace", gas, enough)
			require.Empty(t, result.Logs, "gas %d of %d left a log", gas, enough)
			continue
		}
		require.NoError(t, result.Err, "gas %d, %d is enough", gas, enough)
		require.Equal(t, rootAfter, root, "gas %d, %d is enough", gas, enough)
		require.Equal(t, full.Output, result.Output)
	}
}

func withGas(call Call, gas uint64) Call {
	call.Gas = gas
	return call
}

// leastGas is the smallest limit with which the example succeeds.
func leastGas(c *Chain, of contract.Contract, before *state.StateDB, example Example) uint64 {
	succeeds := func(gas uint64) bool {
		c.DB = before.Copy()
		return c.Do(withGas(example.call(c, of), gas)).Err == nil
	}
	low, high := uint64(0), uint64(Gas)
	for low+1 < high {
		if middle := (low + high) / 2; succeeds(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

func limits(enough uint64) (list []uint64) {
	step := max(enough/150|1, 97)
	if os.Getenv("GAS_SWEEP") == "full" {
		step = 1
	}
	for gas := uint64(1); gas < enough; gas += step {
		list = append(list, gas)
	}
	for d := uint64(1); d <= 40 && d < enough; d++ {
		list = append(list, enough-d)
	}
	list = append(list, enough, enough+1, enough+params.SstoreSentryGasEIP2200, 2*enough)
	slices.Sort(list)
	return slices.Compact(list)
}

// forwarder passes its input on by an opcode and ends as the call ended.
func forwarder(op vm.OpCode, to common.Address) []byte {
	code := []byte{
		byte(vm.CALLDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATACOPY),
		byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATASIZE), byte(vm.PUSH0),
	}
	if op == vm.CALL || op == vm.CALLCODE {
		code = append(code, byte(vm.PUSH0))
	}
	code = append(append(append(code, byte(vm.PUSH20)), to[:]...), byte(vm.GAS), byte(op))
	return append(code, endAsCalled(len(code)+1)...)
}

// endAsCalled returns or reverts with the return data, by the success on the
// stack. at is the position of its first instruction.
func endAsCalled(at int) []byte {
	code := []byte{
		byte(vm.RETURNDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.RETURNDATACOPY),
		byte(vm.PUSH2), 0, 0, byte(vm.JUMPI),
		byte(vm.RETURNDATASIZE), byte(vm.PUSH0), byte(vm.REVERT),
		byte(vm.JUMPDEST), byte(vm.RETURNDATASIZE), byte(vm.PUSH0), byte(vm.RETURN),
	}
	target := at - 1 + 11
	code[5], code[6] = byte(target>>8), byte(target)
	return code
}

// constructor calls a contract with the data and all its value while it is being
// created; what came back becomes its code.
func constructor(to common.Address, data []byte) []byte {
	head := func(offset int) []byte {
		code := []byte{
			byte(vm.PUSH2), byte(len(data) >> 8), byte(len(data)), byte(vm.PUSH2), byte(offset >> 8), byte(offset), byte(vm.PUSH0), byte(vm.CODECOPY),
			byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH2), byte(len(data) >> 8), byte(len(data)), byte(vm.PUSH0), byte(vm.CALLVALUE), byte(vm.PUSH20),
		}
		code = append(append(code, to[:]...), byte(vm.GAS), byte(vm.CALL))
		return append(code, endAsCalled(len(code)+1)...)
	}
	return append(head(len(head(0))), data...)
}
