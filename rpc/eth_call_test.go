package rpc

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/stretchr/testify/require"
)

// revertNo reverts with Error("no").
func revertNo() []byte {
	data := common.FromHex("08c379a0" + strings.Repeat("0", 62) + "20" + strings.Repeat("0", 63) + "2" + "6e6f" + strings.Repeat("0", 60))
	return program.New().Mstore(data, 0).Push(len(data)).Push0().Op(vm.REVERT).Bytes()
}

// returnSlot returns storage slot 1.
func returnSlot() []byte {
	return program.New().Push(1).Op(vm.SLOAD).Push0().Op(vm.MSTORE).Return(0, 32).Bytes()
}

func TestCallReadsStorageAndOverrides(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	c := n.deploy(a, 0, returnSlot())
	call := map[string]any{"to": c}

	require.Equal(t, word(0), n.ask("eth_call", call, "latest"))
	require.Equal(t, word(0), n.ask("eth_call", call), "the block is optional")
	require.Equal(t, word(0), n.ask("eth_call", call, "pending"))
	require.Equal(t, "0x", n.ask("eth_call", call, "0x0"), "not deployed yet")

	diff := map[string]any{c.Hex(): map[string]any{"stateDiff": map[string]any{word(1): word(7)}}}
	require.Equal(t, word(7), n.ask("eth_call", call, "latest", diff))
	whole := map[string]any{c.Hex(): map[string]any{"state": map[string]any{word(1): word(8)}}}
	require.Equal(t, word(8), n.ask("eth_call", call, "latest", whole))
	code := map[string]any{c.Hex(): map[string]any{"code": hexutil.Encode(program.New().Op(vm.NUMBER).Push0().Op(vm.MSTORE).Return(0, 32).Bytes())}}
	require.Equal(t, word(1), n.ask("eth_call", call, "latest", code))
	require.Equal(t, word(99), n.ask("eth_call", call, "latest", code, map[string]any{"number": "0x63"}))

	both := map[string]any{c.Hex(): map[string]any{"state": map[string]any{}, "stateDiff": map[string]any{}}}
	rc, message, _ := n.fails("eth_call", call, "latest", both)
	require.Equal(t, -32000, rc)
	require.Equal(t, "account "+c.Hex()+" has both 'state' and 'stateDiff'", message)
}

func TestCallErrorsAreThoseOfEthereum(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	reverting := n.deploy(a, 0, revertNo())
	looping := n.deploy(a, 1, common.FromHex("5b5f56")) // JUMPDEST PUSH0 JUMP
	invalid := n.deploy(a, 2, common.FromHex("fe"))

	code, message, data := n.fails("eth_call", map[string]any{"to": reverting}, "latest")
	require.Equal(t, 3, code)
	require.Equal(t, "execution reverted: no", message)
	require.Equal(t, "0x08c379a0", data.(string)[:10])

	code, message, data = n.fails("eth_call", map[string]any{"to": looping, "gas": "0xf4240"}, "latest")
	require.Equal(t, -32000, code)
	require.Equal(t, "out of gas", message)
	require.Nil(t, data)

	_, message, _ = n.fails("eth_call", map[string]any{"to": invalid}, "latest")
	require.Equal(t, "invalid opcode: INVALID", message)

	_, message, _ = n.fails("eth_call", map[string]any{"to": reverting, "gasPrice": "0x1", "maxFeePerGas": "0x1"}, "latest")
	require.Equal(t, "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified", message)

	_, message, _ = n.fails("eth_call", map[string]any{"to": reverting, "chainId": "0x1"}, "latest")
	require.Equal(t, "chainId does not match node's (have=1, want=1337)", message)

	poor := common.Address{0xde, 0xad}
	_, message, _ = n.fails("eth_call", map[string]any{"from": poor, "to": a.addr, "value": "0x1"}, "latest")
	require.Equal(t, "err: insufficient funds for gas * price + value: address "+poor.Hex()+" have 0 want 1 (supplied gas 500000000)", message)

	_, message, _ = n.fails("eth_call", map[string]any{"to": reverting}, "0x999999")
	require.Equal(t, "header not found", message)
	_, message, _ = n.fails("eth_call", map[string]any{"to": reverting}, common.Hash{1})
	require.Equal(t, "header for hash not found", message)
	code, _, _ = n.fails("eth_call", map[string]any{"to": "0x12"}, "latest")
	require.Equal(t, -32602, code)
	code, message, _ = n.fails("eth_call")
	require.Equal(t, -32602, code)
	require.Equal(t, "missing value for required argument 0", message)
}

func TestCallIsStoppedByTime(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.CallTimeout = 50_000_000; c.CallGas = 1 << 60 })
	loop := map[string]any{goCode.Hex(): map[string]any{"code": "0x5b5f56"}}
	_, message, _ := n.fails("eth_call", map[string]any{"to": goCode}, "latest", loop)
	require.Equal(t, "execution aborted (timeout = 50ms)", message)
}

func TestExecutionsWaitForASlotButNotForEver(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.CallTimeout = 100_000_000; c.Executions = 1 })
	_, done, err := n.server.view.execute(t.Context())
	require.NoError(t, err)
	code, message, _ := n.fails("eth_call", map[string]any{"to": goCode})
	require.Equal(t, codeLimitExceeded, code)
	require.Equal(t, "the node is busy with 1 other requests of this kind; try again later", message)
	require.Equal(t, "0x0", n.ask("eth_blockNumber"), "reads need no slot")
	done()
	require.Equal(t, word(1), n.ask("eth_call", map[string]any{"to": goCode}))
}

func TestCallReachesGoContracts(t *testing.T) {
	n := newTestNode(t)
	one := hexutil.Encode(common.BytesToHash([]byte{1}).Bytes())
	require.Equal(t, one, n.ask("eth_call", map[string]any{"to": goCode}, "latest"))
	code, message, data := n.fails("eth_call", map[string]any{"to": goCode, "data": "0x00"}, "latest")
	require.Equal(t, 3, code)
	require.Equal(t, "execution reverted", message)
	require.Equal(t, "0x6e6f", data)

	moved := common.Address{0x77}
	overrides := map[string]any{goCode.Hex(): map[string]any{"movePrecompileToAddress": moved}}
	require.Equal(t, "0x", n.ask("eth_call", map[string]any{"to": goCode, "data": "0x"}, "latest",
		map[string]any{goCode.Hex(): map[string]any{"movePrecompileToAddress": moved, "code": "0x00"}}))
	require.Equal(t, one, n.ask("eth_call", map[string]any{"to": moved}, "latest", overrides))
	_, message, _ = n.fails("eth_call", map[string]any{"to": moved}, "latest",
		map[string]any{moved.Hex(): map[string]any{"movePrecompileToAddress": goCode}})
	require.Equal(t, "account "+moved.Hex()+" is not a precompile", message)
}

func TestEstimateGasIsEnoughAndTight(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	require.Equal(t, "0x5208", n.ask("eth_estimateGas", map[string]any{"from": a.addr, "to": b.addr, "value": "0x1"}))

	store := n.deploy(a, 0, program.New().Sstore(1, 5).Sstore(2, 6).Bytes())
	for _, call := range []map[string]any{
		{"from": a.addr, "to": store},
		{"from": a.addr, "to": goCode},
		{"from": a.addr, "data": hexutil.Encode(initCode(returnSlot()))},
	} {
		var gas hexutil.Uint64
		n.call(&gas, "eth_estimateGas", call)
		call["gas"] = gas
		n.ask("eth_call", call, "latest")
		call["gas"] = gas * 97 / 100
		_, message, _ := n.fails("eth_call", call, "latest")
		require.Regexp(t, "out of gas|intrinsic gas too low|floor data gas", message)
	}

	reverting := n.deploy(a, 1, revertNo())
	code, message, data := n.fails("eth_estimateGas", map[string]any{"from": a.addr, "to": reverting})
	require.Equal(t, 3, code)
	require.Equal(t, "execution reverted: no", message)
	require.NotNil(t, data)

	looping := n.deploy(a, 2, common.FromHex("5b5f56"))
	_, message, _ = n.fails("eth_estimateGas", map[string]any{"from": a.addr, "to": looping})
	require.Equal(t, "gas required exceeds allowance (16777216)", message)
	_, message, _ = n.fails("eth_estimateGas", map[string]any{"from": common.Address{9}, "to": b.addr, "value": "0x1", "maxFeePerGas": "0x77359400"})
	require.Equal(t, "insufficient funds for transfer", message)
}

func TestCreateAccessList(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	inner := n.deploy(a, 0, returnSlot())
	outer := n.deploy(a, 1, program.New().Call(nil, inner, 0, 0, 0, 0, 0).Op(vm.POP).Push(3).Op(vm.SLOAD, vm.POP).Bytes())
	var result AccessListResult
	n.call(&result, "eth_createAccessList", map[string]any{"from": a.addr, "to": outer}, "latest")
	require.Empty(t, result.Error)
	require.Len(t, *result.AccessList, 2)
	slots := make(map[common.Address][]common.Hash)
	for _, entry := range *result.AccessList {
		slots[entry.Address] = entry.StorageKeys
	}
	require.Equal(t, []common.Hash{common.BytesToHash([]byte{1})}, slots[inner])
	require.Equal(t, []common.Hash{common.BytesToHash([]byte{3})}, slots[outer])

	reverting := n.deploy(a, 2, revertNo())
	n.call(&result, "eth_createAccessList", map[string]any{"from": a.addr, "to": reverting})
	require.Equal(t, "execution reverted", result.Error)
}
