package rpc

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/stretchr/testify/require"
)

// callsGoContract stores 5, then calls the Go contract.
func callsGoContract() []byte {
	return program.New().Sstore(1, 5).Call(nil, goCode, 0, 0, 0, 0, 32).Op(vm.POP).Return(0, 32).Bytes()
}

func TestTraceTransactionThroughAGoContract(t *testing.T) {
	n := openTestNode(t, systemCalls{}, oneGwei)
	a, b := testAccount(0), testAccount(1)
	outer := n.deploy(a, 0, callsGoContract())
	before := n.sign(a, 1, &b.addr, 1, nil, 21000)
	tx := n.sign(a, 2, &outer, 0, nil, 200_000)
	n.send(before, tx)
	block := n.seal()
	require.Len(t, block.Transactions(), 3, "a system transaction and two others")

	trace := n.object("debug_traceTransaction", tx.Hash(), map[string]any{"tracer": "callTracer", "tracerConfig": map[string]any{"withLog": true}})
	require.Equal(t, strings.ToLower(outer.Hex()), trace["to"])
	inner := trace["calls"].([]any)[0].(map[string]any)
	require.Equal(t, strings.ToLower(goCode.Hex()), inner["to"])
	require.Equal(t, hexutil.Encode(common.BytesToHash([]byte{3}).Bytes()), inner["output"], "two system calls came first")
	require.Len(t, inner["logs"], 1)
	receipt := n.object("eth_getTransactionReceipt", tx.Hash())
	require.Equal(t, receipt["gasUsed"], trace["gasUsed"])

	structs := n.object("debug_traceTransaction", tx.Hash())
	require.NotEmpty(t, structs["structLogs"])
	require.Equal(t, false, structs["failed"])
	pre := n.object("debug_traceTransaction", tx.Hash(), map[string]any{"tracer": "prestateTracer", "tracerConfig": map[string]any{"diffMode": true}})
	require.Contains(t, pre["post"], strings.ToLower(outer.Hex()))
	four := n.object("debug_traceTransaction", tx.Hash(), map[string]any{"tracer": "4byteTracer"})
	require.Empty(t, four)

	system := block.Transactions()[0]
	trace = n.object("debug_traceTransaction", system.Hash(), map[string]any{"tracer": "callTracer"})
	require.Equal(t, "0xfffffffffffffffffffffffffffffffffffffffe", trace["from"])
	require.Equal(t, strings.ToLower(goCode.Hex()), trace["to"])
}

func TestTraceBlockAgreesWithTraceTransaction(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	outer := n.deploy(a, 0, callsGoContract())
	n.send(n.sign(a, 1, &outer, 0, nil, 200_000), n.sign(a, 2, &outer, 0, nil, 200_000))
	block := n.seal()
	cfg := map[string]any{"tracer": "callTracer"}
	encoded, err := rlp.EncodeToBytes(block)
	require.NoError(t, err)
	var byNumber, byHash, byRLP []TracedTx
	n.call(&byNumber, "debug_traceBlockByNumber", "latest", cfg)
	n.call(&byHash, "debug_traceBlockByHash", block.Hash(), cfg)
	n.call(&byRLP, "debug_traceBlock", hexutil.Encode(encoded), cfg)
	require.Len(t, byNumber, 2)
	require.Equal(t, byNumber, byHash)
	require.Equal(t, byNumber, byRLP)
	for i, tx := range block.Transactions() {
		var single json.RawMessage
		n.call(&single, "debug_traceTransaction", tx.Hash(), cfg)
		require.Equal(t, tx.Hash(), byNumber[i].TxHash)
		require.JSONEq(t, string(single), string(byNumber[i].Result))
	}
}

func TestTraceCall(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	outer := n.deploy(a, 0, callsGoContract())
	n.send(n.sign(a, 1, &outer, 0, nil, 200_000), n.sign(a, 2, &outer, 0, nil, 200_000))
	n.seal()
	call := map[string]any{"from": a.addr, "to": outer}
	output := func(cfg map[string]any, block string) any {
		cfg["tracer"] = "callTracer"
		return n.object("debug_traceCall", call, block, cfg)["output"]
	}
	require.Equal(t, word(3), output(map[string]any{}, "latest"))
	require.Equal(t, word(1), output(map[string]any{}, "0x1"))
	require.Equal(t, word(1), output(map[string]any{"txIndex": "0x0"}, "latest"))
	require.Equal(t, word(2), output(map[string]any{"txIndex": "0x1"}, "latest"))
	overrides := map[string]any{goCode.Hex(): map[string]any{"code": hexutil.Encode(program.New().Op(vm.NUMBER).Push0().Op(vm.MSTORE).Return(0, 32).Bytes())}}
	require.Equal(t, word(77), output(map[string]any{"stateOverrides": overrides, "blockOverrides": map[string]any{"number": "0x4d"}}, "latest"))
	_, message, _ := n.fails("debug_traceCall", call, "pending")
	require.Equal(t, "tracing on top of pending is not supported", message)
	_, message, _ = n.fails("debug_traceCall", call, "latest", map[string]any{"txIndex": "0x9"})
	require.Regexp(t, "^transaction index 9 out of range for block", message)
}

func TestTraceRefusals(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.ResultBytes = 600 })
	a := testAccount(0)
	outer := n.deploy(a, 0, callsGoContract())
	tx := n.sign(a, 1, &outer, 0, nil, 200_000)
	n.send(tx)
	n.seal()
	_, message, _ := n.fails("debug_traceTransaction", common.Hash{1})
	require.Equal(t, "transaction not found", message)
	_, message, _ = n.fails("debug_traceBlockByNumber", "0x0")
	require.Equal(t, "genesis is not traceable", message)
	_, message, _ = n.fails("debug_traceBlockByNumber", "0x99")
	require.Equal(t, "block #153 not found", message)
	_, message, _ = n.fails("debug_traceBlock", "0x00")
	require.Regexp(t, "^could not decode block", message)
	code, _, _ := n.fails("debug_traceTransaction", tx.Hash(), map[string]any{"tracer": "prestateTracer"})
	require.Equal(t, codeLimitExceeded, code)

	js := map[string]any{"tracer": "{count: 0, step: function() { this.count += 1 }, fault: function() {}, result: function() { return this.count }}"}
	require.Positive(t, n.ask("debug_traceTransaction", tx.Hash(), js), "allowed in process")
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "debug_traceTransaction", "params": []any{tx.Hash(), js}})
	require.NoError(t, err)
	_, answer := post(n.server.public, string(body))
	require.Contains(t, answer, "JavaScript tracers are off on this port")
	for _, hidden := range []map[string]any{
		{"tracer": "muxTracer", "tracerConfig": map[string]any{js["tracer"].(string): nil}},
		{"tracer": "muxTracer", "tracerConfig": map[string]any{"noopTracer": nil, "muxTracer": map[string]any{"bigramTracer": nil}}},
	} {
		body, err = json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "debug_traceTransaction", "params": []any{tx.Hash(), hidden}})
		require.NoError(t, err)
		_, answer = post(n.server.public, string(body))
		require.Contains(t, answer, "JavaScript tracers are off on this port")
	}
	mux := map[string]any{"tracer": "muxTracer", "tracerConfig": map[string]any{"noopTracer": nil}}
	require.Contains(t, n.object("debug_traceTransaction", tx.Hash(), mux), "noopTracer")
	endless := map[string]any{"tracer": "{step: function() { while(true){} }, fault: function() {}, result: function() { return 1 }}", "timeout": "50ms"}
	_, message, _ = n.fails("debug_traceTransaction", tx.Hash(), endless)
	require.Contains(t, message, "execution timeout")
}

func TestRawEncodingsDecodeToTheSameThings(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	n.deploy(a, 0, callsGoContract())
	want := n.chain.Head()
	var blob hexutil.Bytes
	n.call(&blob, "debug_getRawBlock", "latest")
	var block types.Block
	require.NoError(t, rlp.DecodeBytes(blob, &block))
	require.Equal(t, want.Hash(), block.Hash())
	n.call(&blob, "debug_getRawHeader", want.Hash())
	var header types.Header
	require.NoError(t, rlp.DecodeBytes(blob, &header))
	require.Equal(t, want.Hash(), header.Hash())
	var receipts []hexutil.Bytes
	n.call(&receipts, "debug_getRawReceipts", "0x1")
	require.Len(t, receipts, 1)
	var receipt types.Receipt
	require.NoError(t, receipt.UnmarshalBinary(receipts[0]))
	require.Equal(t, types.ReceiptStatusSuccessful, receipt.Status)
	n.call(&blob, "debug_getRawTransaction", want.Transactions()[0].Hash())
	require.Equal(t, raw(t, want.Transactions()[0]), blob.String())
}

func TestTracesHaveATimeOfTheirOwn(t *testing.T) {
	n := newTestNode(t, func(c *Config) {
		c.TraceTimeout = 50 * time.Millisecond
		c.CallTimeout = time.Hour
		c.CallGas = 1 << 60
	})
	loop := map[string]any{"tracer": "callTracer", "stateOverrides": map[string]any{goCode.Hex(): map[string]any{"code": "0x5b5f56"}}}
	_, message, _ := n.fails("debug_traceCall", map[string]any{"to": goCode}, "latest", loop)
	require.Equal(t, "execution timeout", message)
	require.Equal(t, 2*time.Hour+5*time.Second, n.server.http.WriteTimeout, "an answer that may take long is not cut off")
}
