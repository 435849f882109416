package rpc

import (
	"context"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

// logTwice emits LOG1(topic 0x11) and LOG2(0x11, caller) with a word of data.
func logTwice() []byte {
	return program.New().Push(0x11).Push(32).Push0().Op(vm.LOG1).
		Op(vm.CALLER).Push(0x11).Push(32).Push0().Op(vm.LOG2).Bytes()
}

func word(v byte) string { return hexutil.Encode(common.BytesToHash([]byte{v}).Bytes()) }

// emit seals count blocks with one call of the contract in each.
func (n *testNode) emit(from account, nonce uint64, to common.Address, count int) {
	n.t.Helper()
	for i := range uint64(count) {
		n.send(n.sign(from, nonce+i, &to, 0, nil, 100_000))
		n.seal()
	}
}

func TestGetLogsByIndexAndByBloom(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	c := n.deploy(a, 0, logTwice())
	n.emit(a, 1, c, 80)
	n.seal()
	topics := []any{word(0x11), "0x" + common.Bytes2Hex(common.LeftPadBytes(a.addr[:], 32))}
	count := func(q map[string]any) int {
		var logs []*types.Log
		n.call(&logs, "eth_getLogs", q)
		for i := 1; i < len(logs); i++ {
			before, l := logs[i-1], logs[i]
			require.True(t, before.BlockNumber < l.BlockNumber || before.BlockNumber == l.BlockNumber && before.Index < l.Index)
		}
		for _, l := range logs {
			h := n.Header(l.BlockNumber)
			require.Equal(t, h.Hash(), l.BlockHash)
			require.Equal(t, h.Time, l.BlockTimestamp)
			require.Equal(t, n.Block(l.BlockNumber).Transactions()[l.TxIndex].Hash(), l.TxHash)
		}
		return len(logs)
	}
	all := map[string]any{"fromBlock": "earliest", "toBlock": "latest"}
	with := func(extra map[string]any) map[string]any {
		q := map[string]any{"fromBlock": "0x0", "toBlock": "latest"}
		for k, v := range extra {
			q[k] = v
		}
		return q
	}
	require.Equal(t, 160, count(all), "every log, past the index")
	require.Equal(t, 160, count(with(map[string]any{"address": c})))
	require.Equal(t, 160, count(with(map[string]any{"address": []any{c, goCode}, "topics": []any{[]any{word(0x12), word(0x11)}}})))
	require.Equal(t, 80, count(with(map[string]any{"topics": topics})))
	require.Equal(t, 80, count(with(map[string]any{"topics": []any{nil, topics[1]}})))
	require.Equal(t, 0, count(with(map[string]any{"topics": []any{nil, word(1)}})))
	require.Equal(t, 0, count(with(map[string]any{"address": goCode})))
	require.Equal(t, 2, count(map[string]any{"fromBlock": "0x2", "toBlock": "0x2"}))
	require.Equal(t, 0, count(map[string]any{}), "latest only")
	require.Equal(t, 2, count(map[string]any{"blockHash": n.Header(5).Hash()}))
}

func TestGetLogsLimits(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.LogRange = 50; c.LogResults = 30 })
	a := testAccount(0)
	c := n.deploy(a, 0, logTwice())
	n.emit(a, 1, c, 60)
	for _, bad := range []struct {
		query   map[string]any
		code    int
		message string
	}{
		{map[string]any{"fromBlock": "0x1", "toBlock": "latest"}, -32000, "exceed maximum block range: 50 (asked for 61 blocks; split the query)"},
		{map[string]any{"fromBlock": "0x1", "toBlock": "0x20", "address": c}, -32005, "query returned more than 30 results; ask for fewer blocks or narrower topics"},
		{map[string]any{"fromBlock": "0x1", "toBlock": "0x32", "address": c}, -32005, "query returned more than 30 results; ask for fewer blocks or narrower topics"},
		{map[string]any{"fromBlock": "0x9", "toBlock": "0x2"}, -32602, "invalid block range params"},
		{map[string]any{"fromBlock": "0x9", "toBlock": "0x9999"}, -32602, "block range extends beyond current head block"},
		{map[string]any{"fromBlock": "pending"}, -32602, "pending logs are not supported"},
		{map[string]any{"blockHash": common.Hash{1}}, -32000, "unknown block"},
		{map[string]any{"blockHash": common.Hash{1}, "fromBlock": "0x1"}, -32602, "invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other"},
		{map[string]any{"address": "0x12"}, -32602, "invalid argument 0: invalid address: hex has invalid length 1 after decoding; expected 20 for address"},
		{map[string]any{"topics": []any{1}}, -32602, "invalid argument 0: invalid topic(s)"},
		{map[string]any{"topics": []any{nil, nil, nil, nil, nil}}, -32602, "invalid argument 0: exceed max topics"},
		{map[string]any{"address": make([]common.Address, 1001)}, -32602, "invalid argument 0: exceed max addresses or topics per search position"},
	} {
		code, message, _ := n.fails("eth_getLogs", bad.query)
		require.Equal(t, bad.code, code, message)
		require.Equal(t, bad.message, message)
	}
	require.Len(t, n.ask("eth_getLogs", map[string]any{"fromBlock": "0x2", "toBlock": "0x10", "address": c}), 30)
}

func TestPollingFilters(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	c := n.deploy(a, 0, logTwice())
	blocks, logs := n.ask("eth_newBlockFilter"), n.ask("eth_newFilter", map[string]any{"address": c})
	txs, full := n.ask("eth_newPendingTransactionFilter"), n.ask("eth_newPendingTransactionFilter", true)
	require.Empty(t, n.ask("eth_getFilterChanges", blocks))
	require.Empty(t, n.ask("eth_getFilterChanges", logs))

	tx := n.sign(a, 1, &c, 0, nil, 100_000)
	n.send(tx)
	require.Eventually(t, func() bool {
		changes := n.ask("eth_getFilterChanges", txs).([]any)
		return len(changes) == 1 && changes[0] == tx.Hash().Hex()
	}, 5*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		changes := n.ask("eth_getFilterChanges", full).([]any)
		return len(changes) == 1 && changes[0].(map[string]any)["hash"] == tx.Hash().Hex()
	}, 5*time.Second, time.Millisecond)
	n.seal()
	n.seal()
	head := n.Head().Number.Uint64()
	require.Equal(t, []any{n.Header(head - 1).Hash().Hex(), n.Header(head).Hash().Hex()}, n.ask("eth_getFilterChanges", blocks))
	require.Len(t, n.ask("eth_getFilterChanges", logs), 2)
	require.Empty(t, n.ask("eth_getFilterChanges", logs))
	require.Empty(t, n.ask("eth_getFilterLogs", logs), "the query is for the latest block only")

	for _, id := range []any{blocks, logs, txs, full} {
		require.Equal(t, true, n.ask("eth_uninstallFilter", id))
		require.Equal(t, false, n.ask("eth_uninstallFilter", id))
		_, message, _ := n.fails("eth_getFilterChanges", id)
		require.Equal(t, "filter not found", message)
	}
	require.Nil(t, n.server.follow.txSub, "nobody listens to the pool any more")
	_, message, _ := n.fails("eth_newFilter", map[string]any{"fromBlock": "0x9", "toBlock": "0x2"})
	require.Equal(t, "invalid block range params", message)
}

func TestFiltersAreBoundedAndExpire(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.Filters = 2; c.FilterLife = 100 * time.Millisecond })
	n.ask("eth_newBlockFilter")
	n.ask("eth_newPendingTransactionFilter")
	code, message, _ := n.fails("eth_newPendingTransactionFilter")
	require.Equal(t, codeLimitExceeded, code)
	require.Contains(t, message, "too many filters")
	require.Eventually(t, func() bool {
		var id string
		return n.client.Call(&id, "eth_newBlockFilter") == nil
	}, 5*time.Second, 10*time.Millisecond)
}

// next waits for a notification.
func next[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(5 * time.Second):
		t.Fatal("no notification came")
		panic("unreachable")
	}
}

func subscribe[T any](t *testing.T, c *gethrpc.Client, args ...any) <-chan T {
	t.Helper()
	ch := make(chan T, 1000)
	sub, err := c.EthSubscribe(context.Background(), ch, args...)
	require.NoError(t, err)
	t.Cleanup(sub.Unsubscribe)
	return ch
}

func TestSubscriptionsOverWebSocket(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	c := n.deploy(a, 0, logTwice())
	ws, err := gethrpc.Dial("ws://" + n.server.Addr().String())
	require.NoError(t, err)
	defer ws.Close()

	heads := subscribe[*types.Header](t, ws, "newHeads")
	logs := subscribe[types.Log](t, ws, "logs", map[string]any{"address": c, "topics": []any{word(0x11)}})
	hashes := subscribe[common.Hash](t, ws, "newPendingTransactions")
	whole := subscribe[map[string]any](t, ws, "newPendingTransactions", true)
	receipts := subscribe[[]map[string]any](t, ws, "transactionReceipts", map[string]any{})
	syncing := subscribe[any](t, ws, "syncing")

	tx := n.sign(a, 1, &c, 0, nil, 100_000)
	n.send(tx, n.sign(b, 0, &a.addr, 1, nil, 21000))
	require.Equal(t, tx.Hash(), next(t, hashes))
	require.Equal(t, tx.Hash().Hex(), next(t, whole)["hash"])
	block := n.seal()
	require.Equal(t, block.Hash(), next(t, heads).Hash())
	for i := range 2 {
		l := next(t, logs)
		require.Equal(t, block.Hash(), l.BlockHash)
		require.Equal(t, uint(i), l.Index)
	}
	require.Len(t, next(t, receipts), 2)
	require.Equal(t, false, next(t, syncing))
	for range 20 { // a burst arrives completely and in order
		n.seal()
	}
	for i := range uint64(20) {
		require.Equal(t, block.NumberU64()+1+i, next(t, heads).Number.Uint64())
	}

	err = ws.CallContext(context.Background(), nil, "eth_subscribe", "nothing")
	require.ErrorContains(t, err, `no "nothing" subscription in eth namespace`)
	_, answer := post(n.server.public, `{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}`)
	require.Contains(t, answer, `"code":-32601,"message":"notifications not supported"`)
}

// TestSlowSubscriberHoldsNobodyUp leaves one subscriber unread while blocks and
// transactions go on.
func TestSlowSubscriberHoldsNobodyUp(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	f := n.server.follow
	position := f.listenTxs()
	defer f.ignoreTxs()
	for i := range uint64(50) {
		n.send(n.sign(a, i, &a.addr, 1, nil, 21000))
		n.seal()
	}
	require.Equal(t, uint64(51), f.position())
	require.Eventually(t, func() bool {
		txs, _, _ := f.newTxs(position)
		return len(txs) == 50
	}, 5*time.Second, time.Millisecond)
	from, end := f.window(1)
	require.Equal(t, []uint64{1, 51}, []uint64{from, end})
	from, end = f.window(99)
	require.Equal(t, []uint64{50, 51}, []uint64{from, end}, "a chain that went back announces its head")
}
