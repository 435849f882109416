package contracttest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
)

// prices, when CONTRACT_PRICES is set, makes Generic measure what a unit of gas
// of each example buys in time. What it prints is compared with the EVM's own
// worst common opcodes, which Opcodes measures.
var prices = os.Getenv("CONTRACT_PRICES") != ""

const priceTime = 200 * time.Millisecond // of measuring one call

// price prints an example's gas and time.
func price(t *testing.T, of contract.Contract, start func(testing.TB) *Chain, example Example) {
	t.Helper()
	if !prices {
		return
	}
	c := start(t)
	call := example.call(c, of)
	gas, took := c.measure(call)
	report(of.Name()+"."+example.Method, gas, took)
}

func report(name string, gas uint64, took time.Duration) {
	fmt.Printf("price %-48s %9d gas %9d ns %8.2f ns/gas\n", name, gas, took.Nanoseconds(), float64(took.Nanoseconds())/float64(gas))
}

// measure is a call's gas and mean time, without what begins and ends a
// transaction. The state stays as it was.
func (c *Chain) measure(call Call) (gas uint64, mean time.Duration) {
	if call.Value == nil {
		call.Value = new(uint256.Int)
	}
	evm := c.EVM(c.DB, call.From)
	precompiles := vm.ActivePrecompiles(c.rules())
	transaction := func(execute func()) time.Duration {
		rounds, begin := 0, time.Now()
		for ; time.Since(begin) < priceTime; rounds++ {
			c.DB.Prepare(c.rules(), call.From, common.Address{0xc0}, &call.To, precompiles, nil)
			snapshot := c.DB.Snapshot()
			execute()
			c.DB.RevertToSnapshot(snapshot)
		}
		return time.Since(begin) / time.Duration(rounds)
	}
	empty := transaction(func() {})
	mean = transaction(func() {
		_, left, err := evm.Call(call.From, call.To, call.Data, Gas, call.Value)
		require.NoError(c.T, err)
		gas = Gas - left
	}) - empty
	return gas, mean
}

// Opcodes measures the EVM's own worst common opcodes, when CONTRACT_PRICES is
// set.
func Opcodes(t *testing.T) {
	if !prices {
		t.Skip("CONTRACT_PRICES is not set: no price is measured")
	}
	const loops = 1000
	for _, each := range []struct {
		name string
		body []byte // leaves the stack as it was; the loop's counter is on top
	}{
		{"KECCAK256 of a word", []byte{byte(vm.PUSH1), 32, byte(vm.PUSH0), byte(vm.KECCAK256), byte(vm.POP)}},
		{"SLOAD cold", []byte{byte(vm.DUP1), byte(vm.SLOAD), byte(vm.POP)}},
		{"SLOAD warm", []byte{byte(vm.PUSH0), byte(vm.SLOAD), byte(vm.POP)}},
		{"SSTORE new", []byte{byte(vm.DUP1), byte(vm.DUP1), byte(vm.SSTORE)}},
		{"BALANCE cold", []byte{byte(vm.DUP1), byte(vm.BALANCE), byte(vm.POP)}},
		{"MULMOD", []byte{byte(vm.DUP1), byte(vm.DUP1), byte(vm.NOT), byte(vm.DUP1), byte(vm.MULMOD), byte(vm.POP)}},
		{"EXTCODEHASH warm", []byte{byte(vm.ADDRESS), byte(vm.EXTCODEHASH), byte(vm.POP)}},
		{"LOG1 of a word", []byte{byte(vm.PUSH0), byte(vm.PUSH1), 32, byte(vm.PUSH0), byte(vm.LOG0 + 1)}},
	} {
		c := New(t)
		// PUSH2 loops, JUMPDEST, body, PUSH1 1, SWAP1, SUB, DUP1, PUSH1 3, JUMPI
		code := []byte{byte(vm.PUSH2), loops >> 8, loops & 0xff, byte(vm.JUMPDEST)}
		code = append(append(code, each.body...), byte(vm.PUSH1), 1, byte(vm.SWAP1), byte(vm.SUB), byte(vm.DUP1), byte(vm.PUSH1), 3, byte(vm.JUMPI))
		c.Deploy(proxy, code)
		gas, took := c.measure(Call{To: proxy})
		report("EVM "+each.name, gas, took)
	}
}
