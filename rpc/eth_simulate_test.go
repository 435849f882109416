package rpc

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/stretchr/testify/require"
)

func simulated(t *testing.T, answer any) (blocks []map[string]any, calls [][]map[string]any) {
	t.Helper()
	for _, b := range answer.([]any) {
		block := b.(map[string]any)
		var list []map[string]any
		for _, c := range block["calls"].([]any) {
			list = append(list, c.(map[string]any))
		}
		blocks, calls = append(blocks, block), append(calls, list)
	}
	return blocks, calls
}

func TestSimulateCarriesStateFromCallToCall(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	stranger := common.Address{0x55}
	blocks, calls := simulated(t, n.ask("eth_simulateV1", map[string]any{
		"traceTransfers": true, "returnFullTransactions": true,
		"blockStateCalls": []any{
			map[string]any{
				"stateOverrides": map[string]any{stranger.Hex(): map[string]any{"balance": "0x64"}},
				"calls": []any{
					map[string]any{"from": stranger, "to": b.addr, "value": "0x3c"},
					map[string]any{"from": a.addr, "to": goCode},
					map[string]any{"from": a.addr, "to": goCode, "input": "0x00"},
				},
			},
			map[string]any{
				"blockOverrides": map[string]any{"number": "0x4", "time": "0x6553f2ff"},
				"calls":          []any{map[string]any{"from": a.addr, "to": goCode}},
			},
		},
	}, "latest"))
	require.Len(t, blocks, 4, "numbers 2 and 3 are filled in")
	require.Equal(t, "0x4", blocks[3]["number"])
	require.Equal(t, "0x6553f2ff", blocks[3]["timestamp"])
	for i := 1; i < 4; i++ {
		require.Equal(t, blocks[i-1]["hash"], blocks[i]["parentHash"])
	}
	require.Equal(t, "0x1", calls[0][0]["status"])
	log := calls[0][0]["logs"].([]any)[0].(map[string]any)
	require.Equal(t, hexutil.Encode(transferAddress[:]), log["address"])
	require.Equal(t, blocks[0]["hash"], log["blockHash"])
	require.Equal(t, hexutil.Encode(common.BytesToHash([]byte{1}).Bytes()), calls[0][1]["returnData"])
	require.Equal(t, "0x0", calls[0][2]["status"])
	require.Equal(t, map[string]any{"code": 3.0, "message": "execution reverted", "data": "0x6e6f"}, calls[0][2]["error"])
	require.Equal(t, hexutil.Encode(common.BytesToHash([]byte{2}).Bytes()), calls[3][0]["returnData"], "the second block sees the first one's state")
	tx := blocks[0]["transactions"].([]any)[0].(map[string]any)
	require.Equal(t, hexutil.Encode(stranger[:]), tx["from"])
	require.Equal(t, "0x0", n.object("eth_getBlockByNumber", "latest", false)["number"], "the chain has not moved")
}

func TestSimulateSeesItsOwnBlockHashes(t *testing.T) {
	n := newTestNode(t)
	n.seal()
	blockhash := program.New().Push(1).Op(vm.NUMBER, vm.SUB, vm.BLOCKHASH).Push0().Op(vm.MSTORE).Return(0, 32).Bytes()
	at := common.Address{0x42}
	call := []any{map[string]any{"to": at}}
	blocks, calls := simulated(t, n.ask("eth_simulateV1", map[string]any{"blockStateCalls": []any{
		map[string]any{"stateOverrides": map[string]any{at.Hex(): map[string]any{"code": hexutil.Encode(blockhash)}}, "calls": call},
		map[string]any{"calls": call},
	}}))
	require.Equal(t, n.Head().Hash().Hex(), calls[0][0]["returnData"])
	require.Equal(t, blocks[0]["hash"], calls[1][0]["returnData"])
}

func TestSimulateRefusals(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.CallGas = 1_000_000 })
	a := testAccount(0)
	block := func(calls ...any) map[string]any {
		return map[string]any{"blockStateCalls": []any{map[string]any{"calls": calls}}}
	}
	for _, c := range []struct {
		args    any
		code    int
		message string
	}{
		{map[string]any{"blockStateCalls": []any{}}, -32602, "empty input"},
		{map[string]any{"blockStateCalls": make([]struct{}, 257)}, -38026, "too many blocks"},
		{map[string]any{"blockStateCalls": []any{map[string]any{"blockOverrides": map[string]any{"number": "0x1000"}}}}, -38026, "too many blocks"},
		{map[string]any{"blockStateCalls": []any{map[string]any{"blockOverrides": map[string]any{"number": "0x0"}}}}, -38020, "block numbers must be in order: 0 <= 0"},
		{map[string]any{"blockStateCalls": []any{map[string]any{"blockOverrides": map[string]any{"time": "0x1"}}}}, -38021, "block timestamps must be in order: 1 <= 1700000000"},
		{block(map[string]any{"gas": "0x3938701"}), -38015, "block gas limit reached: remaining: 60000000, required: 60000001"},
		{block(map[string]any{"from": common.Address{1}, "value": "0x1", "to": a.addr}), -38014,
			"err: insufficient funds for gas * price + value: address 0x0100000000000000000000000000000000000000 have 0 want 1 (supplied gas 1000000)"},
		{block(map[string]any{"gas": "0x1", "to": a.addr}), -38013, "err: intrinsic gas too low: have 1, want 21000 (supplied gas 1)"},
		{block(map[string]any{"authorizationList": []any{}}), -32602, "EIP-7702 transaction cannot be used to create contract"},
	} {
		code, message, _ := n.fails("eth_simulateV1", c.args, "latest")
		require.Equal(t, c.code, code, message)
		require.Equal(t, c.message, message)
	}
	validation := block(map[string]any{"from": a.addr, "to": a.addr, "nonce": "0x5", "maxFeePerGas": "0x77359400", "gas": "0x5208"})
	validation["validation"] = true
	code, message, _ := n.fails("eth_simulateV1", validation)
	require.Equal(t, -38011, code, message)
}

func TestSimulatedLogsDropFailedFrames(t *testing.T) {
	l := &simulatedLogs{header: &types.Header{Number: common.Big1}}
	hooks := l.hooks()
	l.reset(common.Hash{1}, 0)
	hooks.OnEnter(0, byte(vm.CALL), common.Address{}, common.Address{}, nil, 0, nil)
	hooks.OnLog(&types.Log{Address: common.Address{1}})
	hooks.OnEnter(1, byte(vm.CALL), common.Address{}, common.Address{}, nil, 0, nil)
	hooks.OnLog(&types.Log{Address: common.Address{2}})
	hooks.OnExit(1, nil, 0, vm.ErrExecutionReverted, true)
	hooks.OnExit(0, nil, 0, nil, false)
	require.Len(t, l.all(), 1)
	require.Equal(t, common.Address{1}, l.all()[0].Address)
}
