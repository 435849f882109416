package rpc

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// FuzzFastPath posts the same bodies to two equal nodes, to one through the
// fast path and to the other past it, and compares the answers. Background work
// of the nodes looks like new coverage: run it with -fuzzminimizetime 5x.
func FuzzFastPath(f *testing.F) {
	fast, general := newTestNode(f), newTestNode(f)
	handler, _ := fast.handler()
	b := testAccount(1).addr
	f.Add(rawCall(1, raw(f, fast.sign(testAccount(0), 0, &b, 1, nil, 21000))))
	f.Add("[" + rawCall(7, raw(f, fast.sign(testAccount(0), 1, &b, 1, nil, 21000))) + "," + rawCall(`"x"`, "0x02c0") + "]")
	f.Add(rawCall(`"<"`, "0x"))
	f.Add(`{"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x01"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		if !strings.Contains(body, "eth_sendRawTransaction") {
			return
		}
		gotStatus, got := post(handler, body)
		wantStatus, want := post(general.server.public, body)
		if gotStatus != wantStatus || got != want {
			t.Fatalf("%q\nfast path:      %d %s\ngeneral server: %d %s", body, gotStatus, got, wantStatus, want)
		}
	})
}

// FuzzLogQuery holds that a query that decodes is within the limits and can be
// matched against any log.
func FuzzLogQuery(f *testing.F) {
	f.Add([]byte(`{"fromBlock":"0x1","toBlock":"latest","address":["0x0000000000000000000000000000000000000001"],"topics":[null,["0x0000000000000000000000000000000000000000000000000000000000000001",null]]}`))
	f.Add([]byte(`{"blockHash":"0x0000000000000000000000000000000000000000000000000000000000000001","topics":[]}`))
	logs := []*types.Log{{}, {Topics: []common.Hash{{1}}}, {Topics: make([]common.Hash, 4)}}
	f.Fuzz(func(t *testing.T, data []byte) {
		var q LogQuery
		if json.Unmarshal(data, &q) != nil {
			return
		}
		if len(q.Topics) > maxTopics || q.check() != nil || q.BlockHash != nil && (q.FromBlock != nil || q.ToBlock != nil) {
			t.Fatalf("%s was accepted as %+v", data, q)
		}
		for _, l := range logs {
			receipt := &types.Receipt{Logs: []*types.Log{l}}
			if q.matches(l) && !q.mayMatch(types.CreateBloom(receipt)) {
				t.Fatalf("%s matches a log that the bloom filter excludes", data)
			}
		}
	})
}

// FuzzTransactionArgs holds that arguments that decode become a message and, where
// one exists, a transaction.
func FuzzTransactionArgs(f *testing.F) {
	f.Add([]byte(`{"from":"0x0000000000000000000000000000000000000001","gasPrice":"0x1","input":"0x00"}`))
	f.Add([]byte(`{"maxFeePerGas":"0x2","maxPriorityFeePerGas":"0x1","authorizationList":[],"blobVersionedHashes":[]}`))
	f.Add([]byte(`{"to":"0x0000000000000000000000000000000000000001","accessList":[],"authorizationList":[{}],"value":"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var args TransactionArgs
		if json.Unmarshal(data, &args) != nil || args.callDefaults(1_000_000, big.NewInt(testChainID)) != nil {
			return
		}
		msg := args.message(big.NewInt(7), true)
		if msg.GasLimit > 1_000_000 || msg.GasPrice.BitLen() > 256 {
			t.Fatalf("%s became gas %d at price %v", data, msg.GasLimit, msg.GasPrice)
		}
		if tx, err := args.transaction(); err == nil && tx.Gas() != msg.GasLimit {
			t.Fatalf("%s became a transaction with gas %d", data, tx.Gas())
		}
	})
}

// FuzzSlot holds that a storage key that decodes has at most 32 bytes and means
// the same with and without its prefix.
func FuzzSlot(f *testing.F) {
	for _, seed := range []string{"0x", "0x1", "0xff", "1", "0Xab", "zz", strings.Repeat("f", 64), strings.Repeat("f", 65)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, size, err := decodeSlot(s)
		if err != nil {
			return
		}
		again, sizeAgain, err := decodeSlot(strings.TrimPrefix(s, "0x"))
		if size > common.HashLength || err != nil && !strings.HasPrefix(s, "0x0x") || err == nil && (again != key || sizeAgain != size) {
			t.Fatalf("%q: %v (%d bytes), without prefix %v (%d bytes) %v", s, key, size, again, sizeAgain, err)
		}
	})
}
