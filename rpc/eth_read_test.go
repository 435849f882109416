package rpc

import (
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/stretchr/testify/require"
)

func lower(v interface{ Hex() string }) string { return strings.ToLower(v.Hex()) }

func TestBlocksByEveryName(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	n.send(n.sign(a, 0, &b.addr, 7, nil, 21000))
	block := n.seal()
	want := n.object("eth_getBlockByNumber", "0x1", true)
	for _, tag := range []string{"latest", "safe", "finalized"} {
		require.Equal(t, want, n.object("eth_getBlockByNumber", tag, true), tag)
	}
	require.Equal(t, want, n.object("eth_getBlockByHash", block.Hash(), true))
	require.Equal(t, block.Hash().Hex(), want["hash"])
	require.Equal(t, lower(coinbase), want["miner"])
	require.Equal(t, []any{}, want["uncles"])
	require.Equal(t, []any{}, want["withdrawals"])
	tx := want["transactions"].([]any)[0].(map[string]any)
	require.Equal(t, tx, n.object("eth_getTransactionByHash", block.Transactions()[0].Hash()))
	require.Equal(t, tx, n.object("eth_getTransactionByBlockNumberAndIndex", "latest", "0x0"))
	require.Equal(t, tx, n.object("eth_getTransactionByBlockHashAndIndex", block.Hash(), "0x0"))
	require.Equal(t, "0x77359400", tx["gasPrice"], "base fee plus tip")
	require.Equal(t, lower(a.addr), tx["from"])
	require.Equal(t, []any{tx["hash"]}, n.object("eth_getBlockByNumber", "0x1", false)["transactions"])

	header := n.object("eth_getHeaderByNumber", "latest")
	require.Equal(t, header, n.object("eth_getHeaderByHash", block.Hash()))
	require.Equal(t, header, n.object("erigon_getHeaderByNumber", "latest"))
	require.Equal(t, want["hash"], header["hash"])
	require.NotContains(t, header, "transactions")
	require.Equal(t, n.Header(0).Hash().Hex(), n.object("eth_getBlockByNumber", "earliest", false)["hash"])
	require.Equal(t, "0x1", n.ask("eth_blockNumber"))
	require.Equal(t, "0x1", n.ask("eth_getBlockTransactionCountByNumber", "latest"))
	require.Equal(t, "0x1", n.ask("eth_getBlockTransactionCountByHash", block.Hash()))
	require.Equal(t, "0x0", n.ask("eth_getUncleCountByBlockNumber", "latest"))
	require.Equal(t, raw(t, block.Transactions()[0]), n.ask("eth_getRawTransactionByHash", block.Transactions()[0].Hash()))
	require.Equal(t, raw(t, block.Transactions()[0]), n.ask("eth_getRawTransactionByBlockNumberAndIndex", "latest", "0x0"))
}

func TestUnknownThingsAreNull(t *testing.T) {
	n := newTestNode(t)
	unknown := common.Hash{1}
	for _, q := range [][]any{
		{"eth_getBlockByNumber", "0x99", true}, {"eth_getBlockByHash", unknown, true}, {"eth_getHeaderByNumber", "0x99"},
		{"eth_getHeaderByHash", unknown}, {"eth_getTransactionByHash", unknown}, {"eth_getTransactionReceipt", unknown},
		{"eth_getBlockReceipts", "0x99"}, {"eth_getBlockReceipts", unknown}, {"eth_getTransactionByBlockNumberAndIndex", "latest", "0x5"},
		{"eth_getBlockTransactionCountByNumber", "0x99"}, {"eth_getUncleCountByBlockHash", unknown},
		{"eth_getUncleByBlockNumberAndIndex", "latest", "0x0"}, {"ots_getBlockDetails", "0x99"},
	} {
		require.Nil(t, n.ask(q[0].(string), q[1:]...), "%v", q)
	}
	for _, q := range [][]any{{"eth_getBalance", coinbase}, {"eth_getCode", coinbase}, {"eth_getTransactionCount", coinbase},
		{"eth_getProof", coinbase, []string{}}, {"eth_getStorageAt", coinbase, "0x0"}} {
		_, message, _ := n.fails(q[0].(string), append(q[1:], "0x99")...)
		require.Equal(t, "header not found", message)
		_, message, _ = n.fails(q[0].(string), append(q[1:], map[string]any{"blockHash": unknown})...)
		require.Equal(t, "header for hash not found", message)
	}
}

func TestPrunedBlocksSaySo(t *testing.T) {
	n := openTestChain(t, chain.Options{CacheMB: 16, KeepBlocks: 5}, nil, oneGwei)
	a := testAccount(0)
	tx := n.sign(a, 0, &a.addr, 1, nil, 21000)
	n.send(tx)
	hash := n.seal().Hash()
	for range 80 { // beyond the newest blocks, which stay in memory
		n.seal()
	}
	earliest := n.chain.Earliest()
	require.Positive(t, earliest)
	require.Equal(t, hexutil.EncodeUint64(earliest), n.ask("cmt_earliestBlock"))
	require.Equal(t, hexutil.EncodeUint64(earliest), n.object("eth_getBlockByNumber", "earliest", false)["number"])
	for _, q := range [][]any{{"eth_getBlockByNumber", "0x1", true}, {"eth_getBlockReceipts", "0x1"},
		{"eth_getLogs", map[string]any{"fromBlock": "0x1", "toBlock": "0x2"}}, {"eth_feeHistory", "0x1", "0x1", []float64{}}} {
		code, message, _ := n.fails(q[0].(string), q[1:]...)
		require.Equal(t, []any{4444, "pruned history unavailable"}, []any{code, message}, q[0])
	}
	code, _, _ := n.fails("eth_getBlockByHash", hash, true)
	require.Equal(t, 4444, code, "its header is still known")
	require.Equal(t, hash.Hex(), n.object("eth_getHeaderByHash", hash)["hash"])
	require.Nil(t, n.ask("eth_getTransactionReceipt", tx.Hash()), "its index is gone too")
}

func TestPendingShowsThePool(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	n.seal()
	n.send(n.sign(a, 0, &b.addr, 1, nil, 21000), n.sign(a, 1, &b.addr, 1, nil, 21000), n.sign(b, 4, &a.addr, 1, nil, 21000))
	pending := n.object("eth_getBlockByNumber", "pending", false)
	require.Equal(t, "0x2", pending["number"])
	require.Nil(t, pending["hash"])
	require.Equal(t, n.Head().Hash().Hex(), pending["parentHash"])
	require.Len(t, pending["transactions"], 2)
	require.Equal(t, "0x2", n.ask("eth_getTransactionCount", a.addr, "pending"))
	require.Equal(t, "0x0", n.ask("eth_getTransactionCount", a.addr, "latest"))
	require.Equal(t, "0x0", n.ask("eth_getTransactionCount", b.addr, "pending"), "nonce 4 waits for its predecessors")
	require.Equal(t, map[string]any{"pending": "0x2", "queued": "0x1"}, n.object("txpool_status"))
	content := n.object("txpool_content")
	require.Len(t, content["pending"].(map[string]any)[a.addr.Hex()], 2)
	require.Contains(t, content["queued"].(map[string]any)[b.addr.Hex()], "4")
	require.Len(t, n.object("txpool_contentFrom", a.addr)["pending"], 2)
	line := n.object("txpool_inspect")["pending"].(map[string]any)[a.addr.Hex()].(map[string]any)["0"]
	require.Equal(t, b.addr.Hex()+": 1 wei + 21000 gas × 100000000000 wei", line)
	waiting := n.object("eth_getTransactionByHash", pending["transactions"].([]any)[0])
	require.Nil(t, waiting["blockHash"])
	require.Contains(t, waiting, "blockHash")
}

func TestReceipts(t *testing.T) {
	n := openTestNode(t, systemCalls{}, oneGwei)
	a := testAccount(0)
	c := n.deploy(a, 0, revertNo())
	created := n.Block(1).Transactions()[1]
	receipt := n.object("eth_getTransactionReceipt", created.Hash())
	require.Equal(t, "0x1", receipt["status"])
	require.Equal(t, lower(c), receipt["contractAddress"])
	require.Nil(t, receipt["to"])
	require.Equal(t, lower(a.addr), receipt["from"])
	require.Equal(t, "0x77359400", receipt["effectiveGasPrice"])
	require.Equal(t, []any{}, receipt["logs"])

	failed := n.sign(a, 1, &c, 0, nil, 100_000)
	n.send(failed)
	n.seal()
	receipt = n.object("eth_getTransactionReceipt", failed.Hash())
	require.Equal(t, "0x0", receipt["status"])
	all := n.ask("eth_getBlockReceipts", "latest").([]any)
	require.Len(t, all, 2)
	require.Equal(t, receipt, all[1])
	system := all[0].(map[string]any)
	require.Equal(t, "0xfffffffffffffffffffffffffffffffffffffffe", system["from"])
	require.Equal(t, "0x0", system["effectiveGasPrice"])
	require.Len(t, system["logs"], 1)
	tx := n.object("eth_getTransactionByHash", system["transactionHash"])
	require.Equal(t, "0xfffffffffffffffffffffffffffffffffffffffe", tx["from"])
	require.NotContains(t, tx, "chainId")
	require.Equal(t, "0x0", tx["v"])
}

func TestStateReads(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	c := n.deploy(a, 0, program.New().Sstore(1, 0x22).Bytes())
	n.send(n.sign(a, 1, &c, 0, nil, 100_000), n.sign(b, 0, &c, 0, nil, 100_000))
	n.seal()
	require.Equal(t, "0x2", n.ask("eth_getTransactionCount", a.addr, "latest"))
	require.Equal(t, "0x1", n.ask("eth_getTransactionCount", a.addr, "0x1"))
	require.Equal(t, hexutil.Encode(program.New().Sstore(1, 0x22).Bytes()), n.ask("eth_getCode", c, "latest"))
	require.Equal(t, "0x", n.ask("eth_getCode", c, "0x0"))
	require.Equal(t, word(0x22), n.ask("eth_getStorageAt", c, "0x1", "latest"))
	require.Equal(t, word(0x22), n.ask("eth_getStorageAt", c, word(1), map[string]any{"blockHash": n.Head().Hash(), "requireCanonical": true}))
	require.Equal(t, word(0), n.ask("eth_getStorageAt", c, "0x1", "0x1"))
	require.Equal(t, map[string]any{lower(c): []any{word(0x22), word(0)}},
		n.ask("eth_getStorageValues", map[string]any{lower(c): []any{word(1), word(2)}}, "latest"))
	code, message, _ := n.fails("eth_getStorageAt", c, "0x"+strings.Repeat("1", 65), "latest")
	require.Equal(t, -32602, code)
	require.Equal(t, `storage key too long (want at most 32 bytes): "0x`+strings.Repeat("1", 65)+`"`, message)
	code, message, _ = n.fails("eth_getStorageValues", map[string]any{lower(c): make([]common.Hash, 1025)}, "latest")
	require.Equal(t, -38026, code)
	require.Equal(t, "too many slots (max 1024)", message)
	code, _, _ = n.fails("eth_getStorageValues", map[string]any{}, "latest")
	require.Equal(t, -32602, code)
}

// movingNode includes a transaction in a block just before it is looked for in
// the pool.
type movingNode struct{ *testNode }

func (n movingNode) PoolTransaction(hash common.Hash) *types.Transaction {
	n.seal()
	return n.testNode.PoolTransaction(hash)
}

func TestTransactionIsFoundWhileItMovesIntoABlock(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	api := &transactionAPI{newView(movingNode{n}, DefaultConfig())}
	first, second := n.sign(a, 0, &a.addr, 1, nil, 21000), n.sign(a, 1, &a.addr, 1, nil, 21000)
	n.send(first)
	found, err := api.GetTransactionByHash(first.Hash())
	require.NoError(t, err)
	require.NotNil(t, found)
	require.NotNil(t, found.BlockHash)
	n.send(second)
	encoded, err := api.GetRawTransactionByHash(second.Hash())
	require.NoError(t, err)
	require.NotEmpty(t, encoded)
	found, err = api.GetTransactionByHash(common.Hash{1})
	require.NoError(t, err)
	require.Nil(t, found)
}

func TestAccountInfoIsOfOneBlock(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	code := program.New().Sstore(1, 0x22).Bytes()
	c := n.deploy(a, 0, code)
	require.Equal(t, map[string]any{
		"balance": n.ask("eth_getBalance", a.addr, "latest"), "nonce": "0x1", "code": "0x",
	}, n.ask("eth_getAccountInfo", a.addr, "latest"))
	require.Equal(t, map[string]any{"balance": "0x0", "nonce": "0x1", "code": n.ask("eth_getCode", c, "latest")}, n.ask("eth_getAccountInfo", c, "latest"))
	genesis := map[string]any{"blockHash": n.Header(0).Hash()}
	require.Equal(t, map[string]any{"balance": "0x0", "nonce": "0x0", "code": "0x"}, n.ask("eth_getAccountInfo", c, genesis))
	n.send(n.sign(a, 1, &c, 0, nil, 50_000))
	require.Equal(t, "0x2", n.ask("eth_getAccountInfo", a.addr, "pending").(map[string]any)["nonce"], "as eth_getTransactionCount")
	require.Equal(t, "0x1", n.ask("eth_getAccountInfo", a.addr, "latest").(map[string]any)["nonce"])
	_, message, _ := n.fails("eth_getAccountInfo", a.addr, "0x99")
	require.Equal(t, "header not found", message)
}

func TestProofsVerifyAgainstTheStateRoot(t *testing.T) {
	n := newTestNode(t)
	a := testAccount(0)
	c := n.deploy(a, 0, program.New().Sstore(1, 0x22).Bytes())
	n.emit(a, 1, c, 1)
	var p AccountProof
	n.call(&p, "eth_getProof", c, []string{"0x1", word(9)}, "latest")
	verify := func(root common.Hash, key []byte, nodes proofNodes) []byte {
		db := memorydb.New()
		for _, node := range nodes {
			require.NoError(t, db.Put(crypto.Keccak256(node), node))
		}
		value, err := trie.VerifyProof(root, crypto.Keccak256(key), db)
		require.NoError(t, err)
		return value
	}
	var acct types.StateAccount
	require.NoError(t, rlp.DecodeBytes(verify(n.Head().Root, c[:], p.AccountProof), &acct))
	require.Equal(t, p.StorageHash, acct.Root)
	require.Equal(t, p.CodeHash[:], acct.CodeHash)
	require.Equal(t, []byte{0x22}, verify(p.StorageHash, common.BytesToHash([]byte{1}).Bytes(), p.StorageProof[0].Proof))
	require.Equal(t, "0x1", p.StorageProof[0].Key)
	require.Equal(t, word(9), p.StorageProof[1].Key)
	require.Empty(t, verify(p.StorageHash, common.BytesToHash([]byte{9}).Bytes(), p.StorageProof[1].Proof))
	n.call(&p, "eth_getProof", common.Address{1, 2, 3}, []string{"0x0"}, "latest")
	require.Empty(t, verify(n.Head().Root, common.Address{1, 2, 3}.Bytes(), p.AccountProof))
	require.Empty(t, p.StorageProof[0].Proof)
	code, message, _ := n.fails("eth_getProof", c, make([]string, 1025), "latest")
	require.Equal(t, -32602, code)
	require.Equal(t, "too many storage keys requested (max 1024, got 1025)", message)
	code, message, _ = n.fails("eth_getProof", c, []string{"0xzz"}, "latest")
	require.Equal(t, -32602, code)
	require.Equal(t, `invalid hex in storage key: "0xzz"`, message)
}

func TestNamespacesAboutTheNode(t *testing.T) {
	n := newTestNode(t)
	require.Equal(t, "0x539", n.ask("eth_chainId"))
	require.Equal(t, "1337", n.ask("net_version"))
	require.Equal(t, true, n.ask("net_listening"))
	require.Equal(t, "0x1", n.ask("net_peerCount"))
	require.Equal(t, "cybermiles/test", n.ask("web3_clientVersion"))
	require.Equal(t, "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", n.ask("web3_sha3", "0x"))
	require.Equal(t, false, n.ask("eth_syncing"))
	require.Equal(t, lower(coinbase), n.ask("eth_coinbase"))
	require.Equal(t, []any{}, n.ask("eth_accounts"))
	require.Equal(t, "test", n.object("cmt_status")["network"])
	require.Equal(t, 10.0, n.ask("cmt_validators").([]any)[0].(map[string]any)["votingPower"])
	require.Len(t, n.ask("cmt_peers"), 1)
	require.Equal(t, "0x3b9aca00", n.ask("cmt_priceFloor"))
	require.Equal(t, "0x0", n.ask("cmt_earliestBlock"))
	config := n.object("eth_config")
	current := config["current"].(map[string]any)
	require.Equal(t, "0x539", current["chainId"])
	require.Equal(t, lower(goCode), current["precompiles"].(map[string]any)["COUNTER"])
	require.Nil(t, config["next"])
	for _, method := range []string{"eth_sendTransaction", "eth_signTransaction"} {
		_, message, _ := n.fails(method, map[string]any{"from": coinbase})
		require.Equal(t, errNoKeys.Error(), message)
	}
	_, message, _ := n.fails("eth_sign", coinbase, "0x00")
	require.Equal(t, errNoKeys.Error(), message)
}
