package compare

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
)

// object is a JSON object.
type object = map[string]any

// list is a JSON array.
type list = []any

// question is a method and its parameters.
type question struct {
	method string
	params list
}

// inquiry collects questions.
type inquiry struct {
	*scenario
	all []question
}

func (q *inquiry) ask(method string, params ...any) {
	if params == nil {
		params = list{}
	}
	q.all = append(q.all, question{method, params})
}

// questions is everything that is asked of both nodes.
func questions(s *scenario) []question {
	q := &inquiry{scenario: s}
	q.blocks()
	q.accounts()
	q.transactions()
	q.executions()
	q.overrides()
	q.simulations()
	q.logs()
	q.fees()
	q.chain()
	q.malformed()
	return q.all
}

// tags are the ways to name a block that both can answer alike.
var tags = []any{"latest", "earliest", "pending", "safe", "finalized", "0x0", "0x1", "0x8", "0x10", "0x999", "", "0x", "0x01", 5, nil, "tomorrow"}

func (q *inquiry) blocks() {
	for _, at := range tags {
		if at == "pending" {
			continue // a block that is not there: asked in chain()
		}
		for _, full := range []any{true, false} {
			q.ask("eth_getBlockByNumber", at, full)
		}
		for _, method := range []string{"eth_getHeaderByNumber", "eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber", "eth_getUncleCountByBlockNumber", "debug_getRawReceipts"} {
			q.ask(method, at)
		}
		for _, index := range []any{"0x0", "0x1", "0xffffffff", 0} {
			q.ask("eth_getTransactionByBlockNumberAndIndex", at, index)
			q.ask("eth_getRawTransactionByBlockNumberAndIndex", at, index)
			q.ask("eth_getUncleByBlockNumberAndIndex", at, index)
		}
		q.ask("debug_traceBlockByNumber", at, object{"tracer": "callTracer"})
	}
	for _, hash := range []any{word(1), "0x12", nil} {
		q.ask("eth_getBlockByHash", hash, true)
		q.ask("eth_getHeaderByHash", hash)
		q.ask("eth_getBlockTransactionCountByHash", hash)
		q.ask("eth_getUncleCountByBlockHash", hash)
		q.ask("eth_getUncleByBlockHashAndIndex", hash, "0x0")
		q.ask("eth_getTransactionByBlockHashAndIndex", hash, "0x0")
		q.ask("eth_getRawTransactionByBlockHashAndIndex", hash, "0x0")
		q.ask("debug_traceBlockByHash", hash)
		q.ask("debug_getRawBlock", hash)
		q.ask("debug_getRawHeader", hash)
		q.ask("debug_getRawReceipts", hash)
	}
}

func (q *inquiry) accounts() {
	nobody := common.HexToAddress("0x00000000000000000000000000000000000ab5e7")
	objects := list{object{"blockNumber": "0x9"}, object{"blockHash": word(1)}, object{"blockHash": word(1), "requireCanonical": true}, object{"blockNumber": "0x1", "blockHash": word(1)}, object{}}
	for _, at := range append(objects, tags...) {
		for _, who := range []common.Address{q.a.addr, q.authors.addr, q.store, nobody} {
			q.ask("eth_getBalance", who, at)
			q.ask("eth_getCode", who, at)
			q.ask("eth_getTransactionCount", who, at)
			q.ask("eth_getStorageAt", who, "0x7", at)
			q.ask("eth_getProof", who, []string{"0x7", "0x08"}, at)
		}
		q.ask("eth_getProof", q.store, []string{}, at)
		q.ask("eth_call", object{"to": q.store}, at)
		q.ask("eth_estimateGas", object{"from": q.a.addr, "to": q.store}, at)
		q.ask("eth_createAccessList", object{"from": q.a.addr, "to": q.store}, at)
	}
	for _, slot := range []any{"0x0", "7", "zz", "0x", strings.Repeat("1", 65), "0x" + strings.Repeat("0", 63) + "7", nil, 7} {
		q.ask("eth_getStorageAt", q.store, slot, "latest")
		q.ask("eth_getProof", q.store, list{slot}, "latest")
	}
	q.ask("eth_getStorageAt", "0x12", "0x0", "latest")
	q.ask("eth_getProof", q.store, nil, "latest")
}

func (q *inquiry) transactions() {
	tracers := list{nil, object{}, object{"enableMemory": true, "enableReturnData": true}, object{"disableStorage": true, "disableStack": true}, object{"limit": 5},
		object{"tracer": "callTracer", "tracerConfig": object{"withLog": true}}, object{"tracer": "callTracer", "tracerConfig": object{"onlyTopCall": true}},
		object{"tracer": "prestateTracer"}, object{"tracer": "prestateTracer", "tracerConfig": object{"diffMode": true}},
		object{"tracer": "4byteTracer"}, object{"tracer": "flatCallTracer"}, object{"tracer": "noopTracer"}, object{"tracer": "muxTracer", "tracerConfig": object{"callTracer": object{}, "4byteTracer": object{}}},
		object{"tracer": "keccak256PreimageTracer"}, object{"tracer": "unknown"}, object{"timeout": "x"}, object{"tracer": "callTracer", "timeout": "10s"}}
	for _, hash := range append([]common.Hash{word(1)}, q.txs...) {
		q.ask("eth_getTransactionByHash", hash)
		q.ask("eth_getTransactionReceipt", hash)
		q.ask("eth_getRawTransactionByHash", hash)
		q.ask("debug_getRawTransaction", hash)
		for _, tracer := range tracers {
			q.ask("debug_traceTransaction", hash, tracer)
		}
	}
}

// requests are calls of many shapes.
func (q *inquiry) requests() []object {
	fees := func(more object) object {
		more["from"], more["to"] = q.a.addr, q.store
		return more
	}
	calls := []object{{"to": q.store}, {"from": q.a.addr, "data": "0x00"}, {"from": q.a.addr}, {"authorizationList": list{}}, {"to": "0x12"}, {"value": "12"}, {"to": q.store, "data": "0x1"}}
	for _, to := range []common.Address{q.token, q.silent, q.reason, q.custom, q.panics, q.invalid, q.factory, q.deep, q.b.addr, q.authors.addr, {19: 2}} {
		calls = append(calls, object{"from": q.a.addr, "to": to}, object{"from": q.a.addr, "to": to, "data": word(1)}, object{"from": q.a.addr, "to": to, "value": "0x1"})
	}
	calls = append(calls, object{"from": q.a.addr, "data": hexutil.Encode(initCode(storeCode))},
		object{"from": q.a.addr, "to": q.forward, "data": hexutil.Encode(append(word(5).Bytes(), common.LeftPadBytes([]byte{1}, 99)...))},
		object{"from": q.a.addr, "to": q.b.addr, "value": "0xffffffffffffffffffffffffffff"})
	for _, extra := range []object{{"gas": "0x5208"}, {"gas": "0x5209"}, {"gas": "0xffffffffff"}, {"gasPrice": "0x1"}, {"gasPrice": "0x0"}, {"gasPrice": "0x77359400"}, {"maxFeePerGas": "0x1"},
		{"maxFeePerGas": "0x1", "gasPrice": "0x1"}, {"maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x77359401"}, {"maxFeePerGas": "0x0"}, {"maxPriorityFeePerGas": "0x1"},
		{"chainId": "0x2"}, {"chainId": "0x539"}, {"nonce": "0x99"}, {"nonce": "0x0"}, {"data": "0x", "input": "0x00"}, {"input": "0x00"}, {"blobVersionedHashes": list{}}, {"blobVersionedHashes": list{word(1)}},
		{"accessList": list{object{"address": q.store, "storageKeys": list{word(7)}}}}, {"accessList": list{}}, {"authorizationList": list{}}} {
		calls = append(calls, fees(extra))
	}
	return calls
}

func (q *inquiry) executions() {
	for _, call := range q.requests() {
		q.ask("eth_call", call, "latest")
		q.ask("eth_call", call, "0x10")
		q.ask("eth_estimateGas", call)
		q.ask("eth_createAccessList", call, "latest")
		q.ask("debug_traceCall", call, "latest", object{"tracer": "callTracer"})
		q.ask("debug_traceCall", call, "0x10")
		q.ask("eth_simulateV1", object{"blockStateCalls": list{object{"calls": list{call, call}}}}, "latest")
		q.ask("eth_simulateV1", object{"blockStateCalls": list{object{"calls": list{call}}}, "validation": true, "traceTransfers": true, "returnFullTransactions": true}, "0x10")
	}
	for i := range 3 {
		q.ask("debug_traceCall", object{"from": q.a.addr, "to": q.store}, "0x10", object{"txIndex": hexutil.Uint(i)})
	}
}

func (q *inquiry) overrides() {
	context := program.New().Op(vm.NUMBER).Push0().Op(vm.MSTORE).Op(vm.BASEFEE).Push(32).Op(vm.MSTORE).Op(vm.GASLIMIT).Push(64).Op(vm.MSTORE).
		Op(vm.BLOBBASEFEE).Push(96).Op(vm.MSTORE).Op(vm.CHAINID).Push(128).Op(vm.MSTORE).Op(vm.GASPRICE).Push(160).Op(vm.MSTORE).
		Op(vm.COINBASE).Push(192).Op(vm.MSTORE).Op(vm.CALLER, vm.BALANCE).Push(224).Op(vm.MSTORE).Return(0, 256).Bytes()
	who := q.store.Hex()
	states := []object{nil, {}, {who: object{"code": hexutil.Encode(context)}}, {who: object{"balance": "0x1", "nonce": "0x5", "state": object{word(7).Hex(): word(3)}}},
		{who: object{"stateDiff": object{word(7).Hex(): word(4)}}}, {who: object{"state": object{}, "stateDiff": object{}}}, {q.a.addr.Hex(): object{"balance": "0x0"}},
		{"0x0000000000000000000000000000000000000002": object{"movePrecompileToAddress": q.store}}, {who: object{"movePrecompileToAddress": q.b.addr}}, {who: object{"nonce": "0x"}}, {"0x1": object{}}}
	blocks := []object{nil, {}, {"number": "0x63", "baseFeePerGas": "0x5", "gasLimit": "0x989680"}, {"blobBaseFee": "0x9"}, {"feeRecipient": q.b.addr, "prevRandao": word(9), "time": "0xffffffff"},
		{"beaconRoot": word(1)}, {"withdrawals": list{}}, {"unknown": "0x1"}}
	for _, state := range states {
		for _, block := range blocks {
			call := object{"from": q.a.addr, "to": q.store}
			q.ask("eth_call", call, "latest", state, block)
			q.ask("eth_estimateGas", call, "latest", state, block)
			q.ask("eth_createAccessList", call, "latest", state)
			q.ask("debug_traceCall", call, "latest", object{"tracer": "callTracer", "stateOverrides": state, "blockOverrides": block})
			q.ask("eth_simulateV1", object{"blockStateCalls": list{object{"calls": list{call}, "stateOverrides": state, "blockOverrides": block}}}, "latest")
		}
	}
}

func (q *inquiry) simulations() {
	call := object{"from": q.a.addr, "to": q.token, "data": word(1)}
	for _, request := range []object{{}, {"blockStateCalls": list{}}, {"blockStateCalls": list{object{}}}, {"blockStateCalls": list{object{"blockOverrides": object{"number": "0x1"}}}},
		{"blockStateCalls": list{object{"calls": list{call}}, object{"calls": list{call}}}}, {"blockStateCalls": list{object{"blockOverrides": object{"number": "0x100"}, "calls": list{call}}}},
		{"blockStateCalls": list{object{"blockOverrides": object{"time": "0x1"}}}}, {"blockStateCalls": list{object{"blockOverrides": object{"gasLimit": "0x5208"}, "calls": list{call, call}}}},
		{"blockStateCalls": list{object{"blockOverrides": object{"number": "0xffffff"}}}}, {"blockStateCalls": "no"}} {
		for _, at := range []any{"latest", "0x9", "0x999", "pending", nil} {
			q.ask("eth_simulateV1", request, at)
		}
	}
}

func (q *inquiry) logs() {
	filters := []object{{}, {"fromBlock": "0x0"}, {"fromBlock": "0x0", "toBlock": "latest", "address": q.token}, {"fromBlock": "earliest", "address": list{q.token, q.forward}}, {"address": list{}, "fromBlock": "0x0"},
		{"topics": list{transferTopic}, "fromBlock": "earliest"}, {"topics": list{nil, common.BytesToHash(q.a.addr[:])}, "fromBlock": "0x1"}, {"topics": list{list{transferTopic, word(1)}}, "fromBlock": "0x1"},
		{"topics": list{list{}, nil}, "fromBlock": "0x1"}, {"topics": list{nil, nil, nil}, "fromBlock": "0x1"}, {"topics": list{nil, nil, nil, nil, nil}}, {"topics": list{1}}, {"topics": list{"0x1"}}, {"topics": "0x1"},
		{"address": "0x1"}, {"address": list{1}}, {"fromBlock": "0x5", "toBlock": "0x2"}, {"fromBlock": "pending"}, {"fromBlock": "safe", "toBlock": "finalized"}, {"blockHash": word(1)},
		{"blockHash": word(1), "fromBlock": "0x1"}, {"toBlock": "0x999", "fromBlock": "0x1"}, {"fromBlock": "0x998", "toBlock": "0x999"}, {"fromBlock": "0xzz"}, {"fromBlock": 1}}
	for _, filter := range filters {
		q.ask("eth_getLogs", filter)
	}
	q.ask("eth_getLogs")
	q.ask("eth_newFilter", object{"fromBlock": "0x5", "toBlock": "0x2"})
	q.ask("eth_newFilter", object{"topics": list{1}})
	for _, method := range []string{"eth_getFilterChanges", "eth_getFilterLogs", "eth_uninstallFilter"} {
		q.ask(method, "0x1")
		q.ask(method)
	}
}

func (q *inquiry) fees() {
	for _, count := range []any{"0x0", "0x1", "0x5", "0x400", "0xffff", 3, "x"} {
		for _, newest := range []any{"latest", "0x4", "0x999", "earliest", "finalized"} {
			for _, rewards := range []any{nil, []float64{}, []float64{10, 50, 90}, []float64{0, 100}, []float64{5, 4}, []float64{101}, []float64{-1}} {
				q.ask("eth_feeHistory", count, newest, rewards)
			}
		}
	}
	for _, method := range []string{"eth_gasPrice", "eth_maxPriorityFeePerGas", "eth_blobBaseFee", "eth_baseFee"} {
		q.ask(method)
	}
}

func (q *inquiry) chain() {
	for _, method := range []string{"eth_chainId", "eth_blockNumber", "eth_syncing", "eth_accounts", "eth_config", "eth_pendingTransactions", "net_version", "net_listening", "net_peerCount", "txpool_status", "txpool_content", "txpool_inspect",
		"web3_clientVersion", "eth_nothing", "nothing", "eth_coinbase", "eth_mining", "eth_hashrate", "eth_protocolVersion", "eth_getWork"} {
		q.ask(method)
	}
	q.ask("txpool_contentFrom", q.a.addr)
	q.ask("web3_sha3", "0x1234")
	q.ask("web3_sha3", "1234")
	q.ask("eth_getBlockByNumber", "pending", false)
	q.ask("eth_getHeaderByNumber", "pending")
	q.ask("eth_getBlockTransactionCountByNumber", "pending")
	q.ask("eth_getBlockReceipts", "pending")
	for _, at := range []string{"0x0", "0x5", "0x999"} {
		for _, method := range []string{"debug_getRawBlock", "debug_getRawHeader", "debug_getRawReceipts"} {
			if at == "0x999" || method == "debug_getRawReceipts" { // the bytes of blocks differ, as their hashes do
				q.ask(method, at)
			}
		}
	}
}

func (q *inquiry) malformed() {
	for _, raw := range []any{"0x", "0x00", "0x02c0", "0x7f", "zz", nil, 5, "0x03c0", "0x04c0", "0xc0"} {
		q.ask("eth_sendRawTransaction", raw)
	}
	q.ask("eth_getBalance")
	q.ask("eth_getBalance", q.a.addr)
	q.ask("eth_getBalance", "0x12", "latest")
	q.ask("eth_getBalance", strings.Repeat("f", 40), "latest")
	q.ask("eth_getBalance", q.a.addr, "latest", 1)
	q.ask("eth_getBlockByNumber", "latest")
	q.ask("eth_getBlockByNumber", "latest", "yes")
	q.ask("eth_call")
	q.ask("eth_call", "0x12", "latest")
	q.ask("eth_call", list{}, "latest")
	q.ask("eth_fillTransaction", object{"from": q.a.addr})
	q.ask("eth_fillTransaction", object{"from": q.a.addr, "to": q.b.addr, "value": "0x1", "gas": "0x5208", "gasPrice": "0x77359400"})
	q.ask("debug_traceTransaction")
	q.ask("debug_traceTransaction", "0x12")
	q.ask("debug_traceCall", object{"to": q.store})
	q.ask("debug_traceCall", object{"to": q.store}, "0x999")
}
