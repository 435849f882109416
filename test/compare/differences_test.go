package compare

import "strings"

// difference is one way in which the answers may differ: both texts occur, and the reason says why that is right.
type difference struct {
	method string // of the question; empty: any
	asked  string // in its parameters as JSON
	ours   string // in our answer
	geth   string // in geth's
	reason string
}

// differences is everything in which the two nodes are known to answer differently.
var differences = []difference{
	{"", "", "", "method handler crashed", "geth's handler panics on a set-code transaction without a receiver"},
	{"eth_getStorageAt", "", "-32602", "unable to decode storage key", "later go-ethereum: the code of an invalid parameter is -32602"},
	{"eth_getProof", "", "-32602", "hex string", "later go-ethereum: the code of an invalid parameter is -32602"},
	{"eth_getProof", "", `"storageHash"`, "missing trie node", "geth cannot prove in its pending state; ours is the latest block's, which is final"},
	{"", "", "JavaScript tracers are off", "ReferenceError", "a tracer geth does not know is taken for JavaScript, which is off here"},
	{"debug_traceTransaction", "", `"index"`, `"logs"`, "later go-ethereum: logs of callTracer have an index"},
	{"eth_simulateV1", "", ".blockStateCalls.", ".BlockStateCalls.", "Go's names of fields in the text"},
	{"eth_simulateV1", "", `"code": 3`, `"code": -32000`, "later go-ethereum: a reverted call has the code 3, as in eth_call"},
	{"eth_simulateV1", "", "required: 1099511627775", "block gas limit reached", "later go-ethereum: the text says what remains and what is required"},
	{"eth_simulateV1", "", `"transactions"`, `"chainId": "0x7fffffffffffffee"`, "geth takes a chain id from the empty signature of a simulated legacy transaction"},
	{"eth_estimateGas", "", `"0x52e9"`, `"0x5bb9"`, "geth's estimate forgets precompiles that an override moved"},
	{"eth_createAccessList", "", `"accessList"`, "is not a precompile", "geth applies the overrides twice and does not find a precompile that it moved"},
	{"", "", "AccountOverride.", "OverrideAccount.", "Go's names of types in the text"},
	{"debug_getRawBlock", "", "\"0xf9", "\"0xf9", "a header holds roots and hashes, so its bytes differ"},
	{"debug_getRawHeader", "", "\"0xf9", "\"0xf9", "a header holds roots and hashes, so its bytes differ"},
	{"debug_getRawBlock", "", `"0x"`, "not found", "the encoding of a block that does not exist is empty, by hash as by number"},
	{"debug_getRawHeader", "", "header for hash not found", "not found", "the text for an unknown hash"},
	{"debug_getRawReceipts", "", "null", "[]", "the receipts of a block that does not exist are none, by hash as by number"},
	{"", "\"finalized\"", "", "", "every block of ours is final at once; geth's development chain finalises after 32 blocks"},
	{"eth_simulateV1", "", "SimulateArgs.", "simOpts.", "Go's names of types in the text"},
	{"eth_getLogs", "", "field .topics", "field input.topics", "Go's names of types in the text"},
	{"eth_call", "", "rpc.TransactionArgs", "ethapi.TransactionArgs", "Go's names of types in the text"},
	{"eth_getLogs", "", "-32602", "-32000 \"invalid block range params\"", "later go-ethereum: the code of an invalid range is -32602, and one beyond the head says so"},
	{"eth_getLogs", "", "-32602", "-32000 \"pending logs", "later go-ethereum: the code of an invalid parameter is -32602"},
	{"eth_newFilter", "", "-32602", "-32000", "later go-ethereum: the code of an invalid range is -32602, and one beyond the head says so"},
	{"eth_baseFee", "", "0x", "-32601", "later go-ethereum: eth_baseFee exists"},
	{"eth_coinbase", "", "not a validator", "-32601", "ours answers for a validator; geth has no such method since the merge"},
	{"eth_accounts", "", "0xf39f", "0x7156", "the development chains hold other keys"},
	{"eth_config", "", "forkId", "forkId", "the fork id begins with the hash of the genesis block"},
	{"web3_clientVersion", "", "cybermiles", "Geth/", "the name of the program"},
	{"debug_traceCall", "", "header not found", "block #2457 not found", "the text for a block that does not exist, as in eth_call"},
}

// explain finds the reason of a difference.
func explain(method, asked, ours, geth string) *difference {
	for i := range differences {
		d := &differences[i]
		if (d.method == "" || d.method == method) && strings.Contains(asked, d.asked) && strings.Contains(ours, d.ours) && strings.Contains(geth, d.geth) {
			return d
		}
	}
	return nil
}
