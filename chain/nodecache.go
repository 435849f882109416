package chain

import (
	"github.com/VictoriaMetrics/fastcache"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/ethereum/go-ethereum/triedb/database"
)

// nodeCache keeps trie nodes by their hash, which no later state can make
// wrong. The path database looks for a node in each of the 128 newest states
// before it comes to its own cache: for accounts that are rarely used this is
// most of the work of computing a state's root.
type nodeCache struct {
	db    *triedb.Database
	nodes *fastcache.Cache
}

func newNodeCache(db *triedb.Database, bytes int) *nodeCache {
	return &nodeCache{db: db, nodes: fastcache.New(bytes)}
}

// NodeReader reads the tries of a state through the cache.
func (c *nodeCache) NodeReader(root common.Hash) (database.NodeReader, error) {
	reader, err := c.db.NodeReader(root)
	if err != nil {
		return nil, err
	}
	return &cachedReader{reader, c.nodes}, nil
}

type cachedReader struct {
	reader database.NodeReader
	nodes  *fastcache.Cache
}

func (r *cachedReader) Node(owner common.Hash, path []byte, hash common.Hash) ([]byte, error) {
	if blob, found := r.nodes.HasGet(nil, hash[:]); found {
		return blob, nil
	}
	blob, err := r.reader.Node(owner, path, hash)
	if err == nil && len(blob) > 0 {
		r.nodes.Set(hash[:], blob)
	}
	return blob, err
}

// cachedStates is the state database whose tries are read through the cache.
type cachedStates struct {
	*state.CachingDB
	nodes *nodeCache
}

// OpenTrie opens the trie of accounts.
func (s *cachedStates) OpenTrie(root common.Hash) (state.Trie, error) {
	return s.open(trie.StateTrieID(root))
}

// OpenStorageTrie opens the trie of an account's slots.
func (s *cachedStates) OpenStorageTrie(stateRoot common.Hash, address common.Address, root common.Hash, _ state.Trie) (state.Trie, error) {
	return s.open(trie.StorageTrieID(stateRoot, crypto.Keccak256Hash(address.Bytes()), root))
}

func (s *cachedStates) open(id *trie.ID) (state.Trie, error) {
	tr, err := trie.NewStateTrie(id, s.nodes)
	if err != nil {
		return nil, err // not a nil trie in an interface
	}
	return tr, nil
}
