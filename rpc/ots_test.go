package rpc

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

func TestOtterscanBlockPages(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	for i := range uint64(5) {
		n.send(n.sign(a, i, &b.addr, 1, []byte{1, 2, 3, 4, 5, 6}, 30_000))
	}
	block := n.seal()
	require.Equal(t, 8.0, n.ask("ots_getApiLevel"))
	require.Equal(t, false, n.ask("ots_hasCode", a.addr, "latest"))
	require.Equal(t, true, n.ask("ots_hasCode", goCode, "latest"))
	details := n.object("ots_getBlockDetails", "0x1")
	require.Equal(t, details, n.object("ots_getBlockDetailsByHash", block.Hash()))
	require.Equal(t, 5.0, details["block"].(map[string]any)["transactionCount"])
	var fee uint64
	for _, r := range n.Receipts(block.Hash()) {
		fee += r.GasUsed * 2_000_000_000
	}
	require.Equal(t, "0x"+common.Bytes2Hex(trimmed(fee)), padded(details["totalFees"].(string)))
	page := n.object("ots_getBlockTransactions", "0x1", 0, 3)
	txs := page["fullblock"].(map[string]any)["transactions"].([]any)
	require.Len(t, txs, 3)
	require.Equal(t, "0x2", txs[0].(map[string]any)["transactionIndex"], "page zero holds the last ones")
	require.Equal(t, "0x01020304", txs[0].(map[string]any)["input"])
	require.Len(t, page["receipts"], 3)
	page = n.object("ots_getBlockTransactions", "0x1", 1, 3)
	require.Len(t, page["fullblock"].(map[string]any)["transactions"], 2)
	page = n.object("ots_getBlockTransactions", "0x1", 9, 3)
	require.Empty(t, page["fullblock"].(map[string]any)["transactions"])
	require.Equal(t, "0x010203040506", n.object("eth_getTransactionByHash", block.Transactions()[2].Hash())["input"], "the stored transaction is intact")
}

func trimmed(v uint64) []byte { return common.TrimLeftZeroes(common.LeftPadBytes(bigEndian(v), 8)) }

func bigEndian(v uint64) (b []byte) {
	for ; v > 0; v >>= 8 {
		b = append([]byte{byte(v)}, b...)
	}
	return b
}

// padded gives a hex quantity an even number of digits.
func padded(s string) string {
	if len(s)%2 == 1 {
		return "0x0" + s[2:]
	}
	return s
}

func TestOtterscanTraces(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	child := program.New().Create2(initCode(returnSlot()), 1).Op(vm.POP).
		Call(nil, b.addr, 3, 0, 0, 0, 0).Op(vm.POP).StaticCall(nil, goCode, 0, 0, 0, 32).Op(vm.POP).Return(0, 32).Bytes()
	c := n.deploy(a, 0, child)
	n.seal()
	tx := n.sign(a, 1, &c, 10, nil, 500_000)
	n.send(tx)
	n.seal()
	made := crypto.CreateAddress2(c, common.BytesToHash([]byte{1}), crypto.Keccak256(initCode(returnSlot())))
	ops := n.ask("ots_getInternalOperations", tx.Hash()).([]any)
	require.Len(t, ops, 2)
	require.Equal(t, map[string]any{"type": 3.0, "from": lower(c), "to": lower(made), "value": "0x0"}, ops[0])
	require.Equal(t, map[string]any{"type": 0.0, "from": lower(c), "to": lower(b.addr), "value": "0x3"}, ops[1])
	entries := n.ask("ots_traceTransaction", tx.Hash()).([]any)
	require.Len(t, entries, 4)
	last := entries[3].(map[string]any)
	require.Equal(t, "STATICCALL", last["type"])
	require.Equal(t, 1.0, last["depth"])
	require.Nil(t, last["value"])
	require.Equal(t, word(0), last["output"])
	require.Equal(t, "0xa", entries[0].(map[string]any)["value"])

	creator := n.object("ots_getContractCreator", made)
	require.Equal(t, map[string]any{"hash": tx.Hash().Hex(), "creator": lower(c)}, creator)
	require.Equal(t, lower(a.addr), n.object("ots_getContractCreator", c)["creator"])
	require.Nil(t, n.ask("ots_getContractCreator", a.addr))
	require.Nil(t, n.ask("ots_getContractCreator", goCode), "there since genesis")

	reverting := n.deploy(a, 2, revertNo())
	failed := n.sign(a, 3, &reverting, 0, nil, 100_000)
	n.send(failed)
	n.seal()
	require.Equal(t, "0x08c379a0", n.ask("ots_getTransactionError", failed.Hash()).(string)[:10])
	require.Equal(t, "0x", n.ask("ots_getTransactionError", tx.Hash()))
	_, message, _ := n.fails("ots_traceTransaction", common.Hash{1})
	require.Equal(t, "transaction not found", message)
}

func TestOtterscanSearch(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.LogRange = 20 })
	a, b := testAccount(0), testAccount(1)
	var sent []*types.Transaction
	for i := range uint64(6) {
		sent = append(sent, n.sign(a, i, &b.addr, 1, nil, 21000))
	}
	n.send(sent[0], sent[1])
	n.seal()
	n.seal()
	n.send(sent[2], sent[3])
	n.seal()
	n.send(sent[4], sent[5])
	n.seal()
	hashes := func(page map[string]any) (nonces []any) {
		for i, tx := range page["txs"].([]any) {
			require.Equal(t, tx.(map[string]any)["hash"], page["receipts"].([]any)[i].(map[string]any)["transactionHash"])
			nonces = append(nonces, tx.(map[string]any)["nonce"])
		}
		return nonces
	}
	page := n.object("ots_searchTransactionsBefore", b.addr, 0, 3)
	require.Equal(t, []any{"0x5", "0x4", "0x3", "0x2"}, hashes(page), "whole blocks, newest first")
	require.Equal(t, []any{true, false}, []any{page["firstPage"], page["lastPage"]})
	page = n.object("ots_searchTransactionsBefore", b.addr, 3, 3)
	require.Equal(t, []any{"0x1", "0x0"}, hashes(page))
	require.Equal(t, []any{false, true}, []any{page["firstPage"], page["lastPage"]})
	page = n.object("ots_searchTransactionsAfter", a.addr, 1, 1)
	require.Equal(t, []any{"0x3", "0x2"}, hashes(page))
	require.Equal(t, []any{false, false}, []any{page["firstPage"], page["lastPage"]})
	page = n.object("ots_searchTransactionsAfter", a.addr, 0, 9)
	require.Equal(t, []any{"0x5", "0x4", "0x3", "0x2", "0x1", "0x0"}, hashes(page))
	require.Equal(t, []any{true, true}, []any{page["firstPage"], page["lastPage"]})
	require.Equal(t, sent[3].Hash().Hex(), n.ask("ots_getTransactionBySenderAndNonce", a.addr, 3))
	require.Nil(t, n.ask("ots_getTransactionBySenderAndNonce", a.addr, 6))
	for range 30 {
		n.seal()
	}
	code, message, _ := n.fails("ots_searchTransactionsBefore", b.addr, 0, 3)
	require.Equal(t, codeLimitExceeded, code)
	require.Equal(t, "no transaction of "+b.addr.Hex()+" in 20 blocks up to block 14; search on from there", message)
}
