package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

// gethVariable names a geth binary to compare with.
const gethVariable = "CYBERMILES_GETH"

// startGeth runs geth as a development chain with the test genesis.
func startGeth(t *testing.T) *gethrpc.Client {
	t.Helper()
	binary := os.Getenv(gethVariable)
	if binary == "" {
		t.Skipf("NOT COMPARED with geth: set %s to a geth binary (go build github.com/ethereum/go-ethereum/cmd/geth)", gethVariable)
	}
	dir := t.TempDir()
	genesis, err := json.Marshal(testGenesis())
	require.NoError(t, err)
	file := filepath.Join(dir, "genesis.json")
	require.NoError(t, os.WriteFile(file, genesis, 0o600))
	out, err := exec.Command(binary, "--datadir", dir, "init", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(ln.Addr().String())
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	cmd := exec.Command(binary, "--datadir", dir, "--dev", "--dev.period", "0", "--http", "--http.port", port,
		"--http.api", "eth,net,web3,txpool,debug", "--ipcdisable", "--gcmode", "archive", "--rpc.gascap", "500000000", "--verbosity", "1")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	client, err := gethrpc.Dial("http://127.0.0.1:" + port)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	var number string
	require.Eventually(t, func() bool { return client.Call(&number, "eth_blockNumber") == nil }, 30*time.Second, 50*time.Millisecond)
	return client
}

// pair is our node and geth with the same blocks, but for what geth makes of
// the clock and of its own coinbase.
type pair struct {
	*testNode
	geth *gethrpc.Client
}

// include puts one transaction into a block of the same number on both sides.
// geth seals empty blocks now and then; ours follows.
func (p *pair) include(tx *types.Transaction) {
	p.t.Helper()
	require.NoError(p.t, p.geth.Call(nil, "eth_sendRawTransaction", raw(p.t, tx)))
	var receipt struct {
		BlockNumber hexutil.Uint64 `json:"blockNumber"`
	}
	require.Eventually(p.t, func() bool {
		return p.geth.Call(&receipt, "eth_getTransactionReceipt", tx.Hash()) == nil && receipt.BlockNumber > 0
	}, 30*time.Second, 5*time.Millisecond)
	p.sealTo(uint64(receipt.BlockNumber) - 1)
	p.send(tx)
	p.seal()
}

// sealTo makes empty blocks up to a number.
func (p *pair) sealTo(number uint64) {
	p.t.Helper()
	for p.Head().Number.Uint64() < number {
		p.seal()
	}
}

// masked are fields that differ between two chains by nature, since they follow
// from the clock, the proposer and the roots, or that only the newer
// go-ethereum has.
var masked = map[string]bool{
	"timestamp": true, "blockTimestamp": true, "miner": true, "stateRoot": true, "mixHash": true, "extraData": true,
	"parentBeaconBlockRoot": true, "size": true, "accountProof": true, "maxUsedGas": true,
}

// explained gives the reason why one question is answered differently.
func explained(method, ours, theirs string) string {
	for _, d := range []struct{ method, ours, theirs, reason string }{
		{"", "", "method handler crashed", "geth's handler panics on a set-code transaction without a receiver"},
		{"eth_getStorageAt", "-32602", "unable to decode storage key", "newer go-ethereum: code of invalid parameters"},
		{"eth_getProof", "-32602", "hex string invalid", "newer go-ethereum: code of invalid parameters"},
		{"eth_getLogs", "-32602", "-32000", "newer go-ethereum: code of invalid parameters"},
		{"eth_newFilter", "-32602", "-32000", "newer go-ethereum: code of invalid parameters"},
		{"eth_getLogs", "extends beyond current head", "[]", "newer go-ethereum: a range beyond the head is an error"},
		{"eth_simulateV1", "intrinsic gas too low", "gas limit reached", "newer go-ethereum: a gas budget over all blocks"},
		{"eth_simulateV1", "argument", "argument", "the names of Go fields in the text"},
		{"debug_traceTransaction", `"index"`, `"logs"`, "newer go-ethereum: logs of callTracer have an index"},
		{"eth_estimateGas", `"0x52e9"`, `"0x5bf7"`, "geth's estimate forgets moved precompiles"},
	} {
		if (d.method == "" || d.method == method) && strings.Contains(ours, d.ours) && strings.Contains(theirs, d.theirs) {
			return d.reason
		}
	}
	return ""
}

// normal replaces what differs by nature: masked fields and hashes of blocks.
func normal(v any, hashes map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		if calls, ok := v["calls"].([]any); ok && v["gasLimit"] != nil {
			maskSimulated(v, calls)
		}
		for key, value := range v {
			if masked[key] {
				delete(v, key)
			} else {
				v[key] = normal(value, hashes)
			}
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i], hashes)
		}
	case string:
		if name, ok := hashes[v]; ok {
			return name
		}
	}
	return v
}

// maskSimulated removes the hashes of a simulated block, which follow from the
// clock, also from its logs and transactions.
func maskSimulated(block map[string]any, calls []any) {
	delete(block, "hash")
	delete(block, "parentHash")
	parts, _ := block["transactions"].([]any)
	for _, c := range calls {
		logs, _ := c.(map[string]any)["logs"].([]any)
		parts = append(parts, logs...)
	}
	for _, part := range parts {
		if part, ok := part.(map[string]any); ok {
			delete(part, "blockHash")
		}
	}
}

// answer is a result or an error in a comparable form.
func answer(c *gethrpc.Client, hashes map[string]string, method string, args ...any) string {
	var result any
	err := c.Call(&result, method, args...)
	if err != nil {
		var coded gethrpc.Error
		code := 0
		if errors.As(err, &coded) {
			code = coded.ErrorCode()
		}
		var data any
		if e, ok := err.(gethrpc.DataError); ok {
			data = e.ErrorData()
		}
		return fmt.Sprintf("error %d %q %v", code, err.Error(), data)
	}
	blob, _ := json.MarshalIndent(normal(result, hashes), "", " ")
	return string(blob)
}

// blockHashes names the blocks of a chain by number.
func blockHashes(t *testing.T, c *gethrpc.Client, head uint64) map[string]string {
	t.Helper()
	names := make(map[string]string)
	for n := range head + 1 {
		var b map[string]any
		require.NoError(t, c.Call(&b, "eth_getBlockByNumber", hexutil.EncodeUint64(n), false))
		names[b["hash"].(string)] = fmt.Sprintf("block %d", n)
	}
	return names
}

// TestAnswersAgreeWithGeth asks both nodes the same questions about the same
// transactions.
func TestAnswersAgreeWithGeth(t *testing.T) {
	geth := startGeth(t)
	p := &pair{openTestNode(t, nil, common.Big1), geth}
	a, b := testAccount(0), testAccount(1)
	contracts := [][]byte{logTwice(), revertNo(), program.New().Sstore(1, 0x22).Bytes(), callsGoContract(), common.FromHex("fe")}
	for i, code := range contracts {
		p.include(p.sign(a, uint64(i), nil, 0, initCode(code), 2_000_000))
	}
	logs, reverting, store, outer, invalid := created(a, 0), created(a, 1), created(a, 2), created(a, 3), created(a, 4)
	calls := []*types.Transaction{
		p.sign(a, 5, &logs, 0, nil, 100_000),
		p.sign(a, 6, &reverting, 0, nil, 100_000),
		p.sign(a, 7, &store, 0, nil, 100_000),
		p.sign(a, 8, &b.addr, 12345, []byte{1, 2, 3, 4}, 50_000),
		p.sign(a, 9, &invalid, 0, nil, 60_000),
	}
	legacy, err := types.SignNewTx(b.key, p.exec.Signer(), &types.LegacyTx{GasPrice: big.NewInt(3e9), Gas: 21000, To: &a.addr, Value: common.Big1})
	require.NoError(t, err)
	listed, err := types.SignNewTx(b.key, p.exec.Signer(), &types.AccessListTx{ChainID: big.NewInt(testChainID), Nonce: 1, GasPrice: big.NewInt(3e9), Gas: 100_000, To: &store,
		AccessList: types.AccessList{{Address: store, StorageKeys: []common.Hash{{31: 1}}}}})
	require.NoError(t, err)
	calls = append(calls, legacy, listed)
	for _, tx := range calls {
		p.include(tx)
	}
	var end hexutil.Uint64
	require.NoError(t, geth.Call(&end, "eth_blockNumber"))
	p.sealTo(uint64(end))
	head := p.Head().Number.Uint64()
	questions := questions(a, b, logs, reverting, store, outer, invalid, calls)
	ours, theirs := blockHashes(t, p.client, head), blockHashes(t, geth, head)
	differences := make(map[string]int)
	for _, q := range questions {
		mine, other := answer(p.client, ours, q[0].(string), q[1:]...), answer(geth, theirs, q[0].(string), q[1:]...)
		if mine == other {
			continue
		}
		asked, _ := json.Marshal(q)
		if reason := explained(q[0].(string), mine, other); reason != "" {
			differences[reason]++
			continue
		}
		t.Errorf("%s\ncybermiles %s\ngeth       %s", asked, mine, other)
	}
	t.Logf("%d questions; differences explained: %v", len(questions), differences)
}

func created(a account, nonce uint64) common.Address {
	return crypto.CreateAddress(a.addr, nonce)
}

// questions is the list of everything that is asked.
func questions(a, b account, logs, reverting, store, outer, invalid common.Address, txs []*types.Transaction) [][]any {
	var out [][]any
	add := func(q ...any) { out = append(out, q) }
	type m = map[string]any
	blocks := []string{"latest", "earliest", "0x0", "0x3", "0xc", "0x999"}
	for _, at := range blocks {
		for _, full := range []bool{true, false} {
			add("eth_getBlockByNumber", at, full)
		}
		for _, method := range []string{"eth_getHeaderByNumber", "eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber", "eth_getUncleCountByBlockNumber", "debug_getRawReceipts"} {
			add(method, at)
		}
		add("eth_getTransactionByBlockNumberAndIndex", at, "0x0")
		add("eth_getRawTransactionByBlockNumberAndIndex", at, "0x0")
		for _, addr := range []common.Address{a.addr, b.addr, store, {1, 2}} {
			add("eth_getBalance", addr, at)
			add("eth_getCode", addr, at)
			add("eth_getTransactionCount", addr, at)
			add("eth_getStorageAt", addr, "0x1", at)
			add("eth_getProof", addr, []string{"0x1", "0x02"}, at)
		}
		add("eth_call", m{"to": store}, at)
		add("eth_call", m{"to": reverting}, at)
		add("eth_estimateGas", m{"from": a.addr, "to": store}, at)
	}
	for _, tx := range txs {
		add("eth_getTransactionByHash", tx.Hash())
		add("eth_getTransactionReceipt", tx.Hash())
		add("eth_getRawTransactionByHash", tx.Hash())
		add("debug_getRawTransaction", tx.Hash())
		for _, cfg := range []any{m{}, m{"enableMemory": true, "enableReturnData": true}, m{"tracer": "callTracer", "tracerConfig": m{"withLog": true}},
			m{"tracer": "4byteTracer"}, m{"tracer": "flatCallTracer"}, m{"tracer": "noopTracer"}, m{"tracer": "unknown"}, m{"timeout": "x"}} {
			add("debug_traceTransaction", tx.Hash(), cfg)
		}
	}
	from := m{"from": a.addr}
	with := func(extra m) m {
		q := m{}
		for k, v := range from {
			q[k] = v
		}
		for k, v := range extra {
			q[k] = v
		}
		return q
	}
	code := func(c []byte) m { return m{store.Hex(): m{"code": hexutil.Encode(c)}} }
	number := program.New().Op(vm.NUMBER).Push0().Op(vm.MSTORE).Op(vm.BASEFEE).Push(32).Op(vm.MSTORE).Op(vm.GASLIMIT).Push(64).Op(vm.MSTORE).
		Op(vm.BLOBBASEFEE).Push(96).Op(vm.MSTORE).Op(vm.CHAINID).Push(128).Op(vm.MSTORE).Op(vm.GASPRICE).Push(160).Op(vm.MSTORE).Return(0, 192).Bytes()
	for _, call := range []m{
		{"to": logs}, {"to": invalid}, {"data": "0x00"}, {"to": reverting, "gas": "0x5208"}, {"to": store, "gas": "0x5209"},
		{"to": b.addr, "value": "0x1"}, {"to": b.addr, "value": "0xffffffffffffffffffffffffffff"}, {"to": store, "gasPrice": "0x1"},
		{"to": store, "maxFeePerGas": "0x1"}, {"to": store, "maxFeePerGas": "0x1", "gasPrice": "0x1"}, {"to": store, "chainId": "0x2"},
		{"to": store, "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x77359401"}, {"to": store, "nonce": "0x99"},
		{"to": store, "accessList": []any{m{"address": store, "storageKeys": []any{word(1)}}}}, {"data": "0x", "input": "0x00", "to": store},
		{"to": "0x0000000000000000000000000000000000000002", "data": "0x01"}, {"authorizationList": []any{}}, {"to": "0x12"}, {"value": "12"},
		{"to": store, "blobVersionedHashes": []any{}},
	} {
		add("eth_call", with(call), "latest")
		add("eth_estimateGas", with(call))
		add("eth_createAccessList", with(call), "latest")
		add("debug_traceCall", with(call), "latest", m{"tracer": "callTracer"})
		add("debug_traceCall", with(call), "0x5")
		add("eth_simulateV1", m{"blockStateCalls": []any{m{"calls": []any{with(call), with(call)}}}}, "latest")
		add("eth_simulateV1", m{"blockStateCalls": []any{m{"calls": []any{with(call)}}}, "validation": true, "traceTransfers": true, "returnFullTransactions": true}, "0x6")
	}
	for _, o := range []m{code(number), {store.Hex(): m{"balance": "0x1", "nonce": "0x5", "state": m{word(1): word(3)}}}, {store.Hex(): m{"state": m{}, "stateDiff": m{}}},
		{"0x0000000000000000000000000000000000000002": m{"movePrecompileToAddress": store}}, {store.Hex(): m{"movePrecompileToAddress": store}}} {
		for _, block := range []m{{}, {"number": "0x63", "baseFeePerGas": "0x5", "gasLimit": "0x989680"}, {"blobBaseFee": "0x9"}, {"beaconRoot": word(1)}, {"withdrawals": []any{}}} {
			add("eth_call", with(m{"to": store}), "latest", o, block)
			add("eth_estimateGas", with(m{"to": store}), "latest", o, block)
			add("debug_traceCall", with(m{"to": store}), "latest", m{"tracer": "callTracer", "stateOverrides": o, "blockOverrides": block})
		}
	}
	for _, q := range []m{{}, {"fromBlock": "0x0"}, {"fromBlock": "0x0", "toBlock": "latest", "address": logs}, {"topics": []any{word(0x11)}, "fromBlock": "earliest"},
		{"topics": []any{nil, nil, nil}, "fromBlock": "0x1"}, {"topics": []any{1}}, {"address": "0x1"}, {"address": []any{1}}, {"fromBlock": "0x5", "toBlock": "0x2"},
		{"fromBlock": "pending"}, {"blockHash": word(1)}, {"blockHash": word(1), "fromBlock": "0x1"}, {"topics": []any{nil, nil, nil, nil, nil}}, {"toBlock": "0x999"}} {
		add("eth_getLogs", q)
	}
	for _, s := range [][]any{{"eth_chainId"}, {"net_version"}, {"net_listening"}, {"eth_syncing"}, {"eth_blobBaseFee"}, {"web3_sha3", "0x1234"}, {"txpool_status"}, {"txpool_content"},
		{"eth_getBlockByHash", word(1), true}, {"eth_getTransactionByHash", word(1)}, {"eth_getTransactionReceipt", word(1)}, {"eth_getHeaderByHash", word(1)},
		{"eth_getBalance", a.addr, m{"blockHash": word(1)}}, {"eth_getBalance", a.addr, m{"blockNumber": "0x1"}}, {"eth_getBalance", a.addr, m{"blockNumber": "0x1", "blockHash": word(1)}},
		{"eth_getBalance", a.addr, "0xzz"}, {"eth_getBalance", a.addr}, {"eth_getBalance"}, {"eth_getBalance", a.addr, "latest", 1}, {"eth_nothing"},
		{"eth_getStorageAt", store, "zz", "latest"}, {"eth_getStorageAt", store, strings.Repeat("1", 65), "latest"}, {"eth_getProof", store, []string{"zz"}, "latest"},
		{"eth_feeHistory", "0x5", "latest", []float64{10, 50, 90}}, {"eth_feeHistory", "0x5", "0x4", []float64{}}, {"eth_feeHistory", "0x0", "latest", []float64{}},
		{"eth_feeHistory", "0x5", "0x999", []float64{}}, {"eth_feeHistory", "0x5", "latest", []float64{5, 4}}, {"eth_feeHistory", "0x5", "latest", []float64{101}},
		{"debug_traceTransaction", word(1)}, {"debug_traceBlockByNumber", "0x0"}, {"debug_traceBlockByNumber", "0x999"}, {"debug_traceBlockByHash", word(1)}, {"debug_traceBlockByNumber", "0x6", m{"tracer": "callTracer"}},
		{"debug_getRawBlock", "0x999"}, {"debug_getRawHeader", "0x999"}, {"debug_getRawReceipts", "0x999"}, {"debug_getRawTransaction", word(1)},
		{"eth_sendRawTransaction", "0x"}, {"eth_sendRawTransaction", "0x00"}, {"eth_sendRawTransaction", "0x02c0"}, {"eth_sendRawTransaction", "0x7f"}, {"eth_sendRawTransaction", "zz"},
		{"eth_newFilter", m{"fromBlock": "0x5", "toBlock": "0x2"}}, {"eth_getFilterChanges", "0x1"}, {"eth_getFilterLogs", "0x1"}, {"eth_uninstallFilter", "0x1"},
		{"eth_simulateV1", m{"blockStateCalls": []any{}}}, {"eth_simulateV1", m{"blockStateCalls": []any{m{"blockOverrides": m{"number": "0x1"}}}}}, {"eth_simulateV1", m{}, "0x999"},
		{"eth_getTransactionCount", a.addr, "pending"}, {"eth_fillTransaction", m{"from": a.addr}}, {"eth_getUncleByBlockNumberAndIndex", "latest", "0x0"},
	} {
		add(s...)
	}
	_ = outer
	return out
}
