package audit

import (
	"context"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client"
)

// The accounts of the node of these tests.
var (
	rich     = common.Address{19: 1} // holds more at each height
	holder   = common.Address{19: 2} // a contract with slots
	nobody   = common.Address{19: 3}
	firstOne = common.Hash{31: 1}
	wide     = common.Hash{0: 0xff, 31: 2}
	empty    = common.Hash{31: 3}
)

// proofList collects the nodes of a proof.
type proofList []hexutil.Bytes

func (p *proofList) Put(_, node []byte) error {
	*p = append(*p, append([]byte(nil), node...))
	return nil
}

func (p *proofList) Delete([]byte) error { panic("a proof only grows") }

// chainNode answers like a node with blocks 0 to 9, whose states are real tries.
type chainNode struct {
	t       testing.TB
	parents map[uint64]common.Hash
	// spoil changes an answer of eth_getProof before it is sent.
	spoil func(*AccountProof)
}

func newTrie(t testing.TB, leaves map[string][]byte) *trie.Trie {
	tr := trie.NewEmpty(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil))
	for key, leaf := range leaves {
		require.NoError(t, tr.Update(crypto.Keccak256([]byte(key)), leaf))
	}
	return tr
}

func (n *chainNode) encode(value any) []byte {
	encoded, err := rlp.EncodeToBytes(value)
	require.NoError(n.t, err)
	return encoded
}

func (n *chainNode) storage(height uint64) *trie.Trie {
	return newTrie(n.t, map[string][]byte{
		string(firstOne[:]): n.encode(new(big.Int).SetUint64(height + 1)), string(wide[:]): n.encode(common.Hash{1, 2, 3}.Bytes()),
	})
}

// state is the account trie of a height, with many accounts so that proofs have several nodes.
func (n *chainNode) state(height uint64) *trie.Trie {
	leaves := map[string][]byte{
		string(rich[:]):   n.encode(&types.StateAccount{Nonce: height, Balance: uint256.NewInt(1000 + height), Root: types.EmptyRootHash, CodeHash: types.EmptyCodeHash[:]}),
		string(holder[:]): n.encode(&types.StateAccount{Nonce: 1, Balance: uint256.NewInt(5), Root: n.storage(height).Hash(), CodeHash: crypto.Keccak256([]byte{0xfe})}),
	}
	for i := range 300 {
		leaves[string(common.BigToAddress(big.NewInt(int64(1000+i))).Bytes())] = n.encode(types.NewEmptyStateAccount())
	}
	return newTrie(n.t, leaves)
}

func (n *chainNode) header(height uint64) *types.Header {
	header := &types.Header{
		Number: new(big.Int).SetUint64(height), Root: n.state(height).Hash(), Difficulty: new(big.Int), BaseFee: big.NewInt(7), GasLimit: 30_000_000,
		UncleHash: types.EmptyUncleHash, TxHash: types.EmptyTxsHash, ReceiptHash: types.EmptyReceiptsHash, Extra: []byte{},
	}
	if height > 0 {
		parent, known := n.parents[height-1]
		if !known {
			parent = n.header(height - 1).Hash()
			n.parents[height-1] = parent
		}
		header.ParentHash = parent
	}
	return header
}

func (n *chainNode) block(height uint64) any {
	if height > 9 {
		return nil
	}
	header := n.header(height)
	encoded, err := json.Marshal(header)
	require.NoError(n.t, err)
	var object map[string]any
	require.NoError(n.t, json.Unmarshal(encoded, &object))
	object["hash"] = header.Hash()
	return object
}

func (n *chainNode) proof(address common.Address, slots []string, at common.Hash) any {
	for height := range uint64(10) {
		if n.header(height).Hash() != at {
			continue
		}
		answer := &AccountProof{Address: address, Balance: new(hexutil.Big), StorageProof: []SlotProof{}}
		var nodes proofList
		tr := n.state(height)
		require.NoError(n.t, tr.Prove(crypto.Keccak256(address[:]), &nodes))
		answer.AccountProof = nodes
		if leaf, err := tr.Get(crypto.Keccak256(address[:])); err == nil && leaf != nil {
			var account types.StateAccount
			require.NoError(n.t, rlp.DecodeBytes(leaf, &account))
			answer.Balance, answer.Nonce = (*hexutil.Big)(account.Balance.ToBig()), hexutil.Uint64(account.Nonce)
			answer.StorageHash, answer.CodeHash = account.Root, common.Hash(account.CodeHash)
		}
		for _, key := range slots {
			answer.StorageProof = append(answer.StorageProof, n.slotProof(address, height, key))
		}
		if n.spoil != nil {
			n.spoil(answer)
		}
		return answer
	}
	return nil
}

func (n *chainNode) slotProof(address common.Address, height uint64, key string) SlotProof {
	answer := SlotProof{Key: key, Value: new(hexutil.Big), Proof: []hexutil.Bytes{}}
	if address != holder {
		return answer
	}
	slot := common.HexToHash(key)
	var nodes proofList
	tr := n.storage(height)
	require.NoError(n.t, tr.Prove(crypto.Keccak256(slot[:]), &nodes))
	answer.Proof = nodes
	if leaf, err := tr.Get(crypto.Keccak256(slot[:])); err == nil && leaf != nil {
		var value []byte
		require.NoError(n.t, rlp.DecodeBytes(leaf, &value))
		answer.Value = (*hexutil.Big)(new(big.Int).SetBytes(value))
	}
	return answer
}

// serve answers JSON-RPC.
func (n *chainNode) serve(w http.ResponseWriter, r *http.Request) {
	var question struct {
		ID     json.RawMessage
		Method string
		Params []json.RawMessage
	}
	if err := json.NewDecoder(r.Body).Decode(&question); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var result any
	switch question.Method {
	case "eth_getBlockByNumber":
		var height hexutil.Uint64
		require.NoError(n.t, json.Unmarshal(question.Params[0], &height))
		result = n.block(uint64(height))
	case "eth_getProof":
		var address common.Address
		var slots []string
		var at struct{ BlockHash common.Hash }
		for i, target := range []any{&address, &slots, &at} {
			require.NoError(n.t, json.Unmarshal(question.Params[i], target))
		}
		result = n.proof(address, slots, at.BlockHash)
	}
	require.NoError(n.t, json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": question.ID, "result": result}))
}

// connect starts the node and connects to it.
func (n *chainNode) connect(t testing.TB) *client.Client {
	t.Helper()
	n.t, n.parents = t, make(map[uint64]common.Hash)
	server := httptest.NewServer(http.HandlerFunc(n.serve))
	t.Cleanup(server.Close)
	connection, err := client.Dial(context.Background(), server.URL)
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	return connection
}
