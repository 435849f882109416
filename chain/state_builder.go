package chain

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

// builderBatch is how many bytes the builder collects before it writes them.
const builderBatch = 4 << 20

// stateBuilder is the StateSink that builds the tries over what it is given,
// and writes nodes, flat state and code to a database when it has one.
type stateBuilder struct {
	batch    ethdb.Batch // nil: only the root is computed
	accounts *trie.StackTrie
	slots    *trie.StackTrie
	codes    map[common.Hash]struct{}

	begun    bool // an account was begun and not yet finished
	hash     common.Hash
	account  types.StateAccount
	slotted  bool // the account has a slot
	needCode bool // the account's code must come next
}

var errOrder = errors.New("code or slot without its account")

// buildState runs a state through a builder and returns its root. db may be
// nil.
func buildState(db ethdb.KeyValueStore, state func(StateSink) error) (common.Hash, error) {
	b := &stateBuilder{codes: make(map[common.Hash]struct{})}
	if db == nil {
		b.accounts, b.slots = trie.NewStackTrie(nil), trie.NewStackTrie(nil)
	} else {
		b.batch = db.NewBatchWithSize(builderBatch + builderBatch/4)
		b.accounts = trie.NewStackTrie(func(path []byte, _ common.Hash, blob []byte) {
			rawdb.WriteAccountTrieNode(b.batch, path, blob)
		})
		b.slots = trie.NewStackTrie(func(path []byte, _ common.Hash, blob []byte) {
			rawdb.WriteStorageTrieNode(b.batch, b.hash, path, blob)
		})
	}
	if err := state(b); err != nil {
		return common.Hash{}, err
	}
	if err := b.finishAccount(); err != nil {
		return common.Hash{}, err
	}
	root := b.accounts.Hash()
	return root, b.flush(0)
}

func (b *stateBuilder) Account(hash common.Hash, nonce uint64, balance *uint256.Int, codeHash common.Hash) error {
	if err := b.finishAccount(); err != nil {
		return err
	}
	_, known := b.codes[codeHash]
	b.begun, b.slotted = true, false
	b.needCode = codeHash != types.EmptyCodeHash && !known
	b.hash = hash
	b.account = types.StateAccount{Nonce: nonce, Balance: balance, Root: types.EmptyRootHash, CodeHash: codeHash.Bytes()}
	return nil
}

func (b *stateBuilder) Code(code []byte) error {
	if !b.begun || !b.needCode {
		return errOrder
	}
	hash := crypto.Keccak256Hash(code)
	if hash != common.BytesToHash(b.account.CodeHash) {
		return fmt.Errorf("account %s: its code has hash %s, expected %x", b.hash, hash, b.account.CodeHash)
	}
	b.needCode = false
	b.codes[hash] = struct{}{}
	if b.batch != nil {
		rawdb.WriteCode(b.batch, hash, code)
	}
	return b.flush(builderBatch)
}

func (b *stateBuilder) Slot(hash common.Hash, value []byte) error {
	if !b.begun || b.needCode {
		return errOrder
	}
	if err := b.slots.Update(hash[:], value); err != nil {
		return fmt.Errorf("account %s, slot %s: %w", b.hash, hash, err)
	}
	b.slotted = true
	if b.batch != nil {
		rawdb.WriteStorageSnapshot(b.batch, b.hash, hash, value)
	}
	return b.flush(builderBatch)
}

// finishAccount closes the account begun last: its slots are complete now.
func (b *stateBuilder) finishAccount() error {
	if !b.begun {
		return nil
	}
	if b.needCode {
		return fmt.Errorf("account %s: its code %x is missing", b.hash, b.account.CodeHash)
	}
	if b.slotted {
		b.account.Root = b.slots.Hash()
		b.slots.Reset()
	}
	blob, err := rlp.EncodeToBytes(&b.account)
	if err != nil {
		return err
	}
	if err := b.accounts.Update(b.hash[:], blob); err != nil {
		return fmt.Errorf("account %s: %w", b.hash, err)
	}
	if b.batch != nil {
		rawdb.WriteAccountSnapshot(b.batch, b.hash, types.SlimAccountRLP(b.account))
	}
	b.begun = false
	return b.flush(builderBatch)
}

// flush writes the batch when it holds more than limit bytes.
func (b *stateBuilder) flush(limit int) error {
	if b.batch == nil || b.batch.ValueSize() <= limit {
		return nil
	}
	if err := b.batch.Write(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	b.batch.Reset()
	return nil
}
