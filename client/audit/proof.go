package audit

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// ErrProof is wrapped by every error that says that something is not proven.
var ErrProof = errors.New("not proven")

// State is what a block's state says of an account. One that does not exist has nothing, no code and no storage.
type State struct {
	BalanceWei  *big.Int
	Nonce       uint64
	StorageHash common.Hash
	CodeHash    common.Hash
}

// AccountProof is an answer of eth_getProof (EIP-1186).
type AccountProof struct {
	Address      common.Address  `json:"address"`
	AccountProof []hexutil.Bytes `json:"accountProof"`
	Balance      *hexutil.Big    `json:"balance"`
	CodeHash     common.Hash     `json:"codeHash"`
	Nonce        hexutil.Uint64  `json:"nonce"`
	StorageHash  common.Hash     `json:"storageHash"`
	StorageProof []SlotProof     `json:"storageProof"`
}

// SlotProof proves one storage slot.
type SlotProof struct {
	Key   string          `json:"key"`
	Value *hexutil.Big    `json:"value"`
	Proof []hexutil.Bytes `json:"proof"`
}

// Verify checks the proof of the account and of each slot against a state's root, and that the answer says what they
// prove. It returns what is proven.
func (p *AccountProof) Verify(stateRoot common.Hash) (State, map[common.Hash]common.Hash, error) {
	state, err := proveAccount(stateRoot, p.Address, p.AccountProof)
	if err != nil {
		return State{}, nil, fmt.Errorf("%w: account %s: %w", ErrProof, p.Address, err)
	}
	if !p.says(state) {
		return State{}, nil, fmt.Errorf("%w: account %s: the answer beside the proof has another balance, nonce, storage or code than the proof", ErrProof, p.Address)
	}
	slots := make(map[common.Hash]common.Hash, len(p.StorageProof))
	for _, s := range p.StorageProof {
		slot, err := parseSlot(s.Key)
		if err != nil {
			return State{}, nil, fmt.Errorf("%w: account %s: %w", ErrProof, p.Address, err)
		}
		value, err := proveSlot(state.StorageHash, slot, s.Proof)
		if err != nil {
			return State{}, nil, fmt.Errorf("%w: account %s: slot %s: %w", ErrProof, p.Address, slot, err)
		}
		if s.Value == nil || s.Value.ToInt().Cmp(value.Big()) != 0 {
			return State{}, nil, fmt.Errorf("%w: account %s: slot %s: the answer beside the proof has another value than the proof, %s", ErrProof, p.Address, slot, value)
		}
		slots[slot] = value
	}
	return state, slots, nil
}

// says compares the answer with what is proven. For an account that does not exist nodes give zero hashes or those of
// nothing.
func (p *AccountProof) says(state State) bool {
	storage, code := p.StorageHash, p.CodeHash
	if storage == (common.Hash{}) {
		storage = types.EmptyRootHash
	}
	if code == (common.Hash{}) {
		code = types.EmptyCodeHash
	}
	return p.Balance != nil && p.Balance.ToInt().Cmp(state.BalanceWei) == 0 && uint64(p.Nonce) == state.Nonce &&
		storage == state.StorageHash && code == state.CodeHash
}

func proveAccount(stateRoot common.Hash, address common.Address, proof []hexutil.Bytes) (State, error) {
	leaf, err := prove(stateRoot, crypto.Keccak256(address[:]), proof)
	if err != nil {
		return State{}, err
	}
	if leaf == nil {
		return State{BalanceWei: new(big.Int), StorageHash: types.EmptyRootHash, CodeHash: types.EmptyCodeHash}, nil
	}
	var account types.StateAccount
	if err := rlp.DecodeBytes(leaf, &account); err != nil {
		return State{}, fmt.Errorf("what it proves is no account: %w", err)
	}
	if len(account.CodeHash) != common.HashLength {
		return State{}, errors.New("what it proves is no account: its code hash is not 32 bytes")
	}
	return State{
		BalanceWei: account.Balance.ToBig(), Nonce: account.Nonce, StorageHash: account.Root, CodeHash: common.Hash(account.CodeHash),
	}, nil
}

func proveSlot(storageHash, slot common.Hash, proof []hexutil.Bytes) (common.Hash, error) {
	if storageHash == types.EmptyRootHash {
		return common.Hash{}, nil // whose root is that of nothing has nothing
	}
	leaf, err := prove(storageHash, crypto.Keccak256(slot[:]), proof)
	if leaf == nil || err != nil {
		return common.Hash{}, err
	}
	_, value, rest, err := rlp.Split(leaf)
	if err != nil || len(rest) > 0 || len(value) > common.HashLength {
		return common.Hash{}, errors.New("what it proves is no value of a slot")
	}
	return common.BytesToHash(value), nil
}

// prove follows a proof from the root to a key's value, nil when it shows that there is none.
func prove(root common.Hash, key []byte, proof []hexutil.Bytes) ([]byte, error) {
	nodes := make(proofNodes, len(proof))
	for _, node := range proof {
		nodes[crypto.Keccak256Hash(node)] = node
	}
	return trie.VerifyProof(root, key, nodes)
}

// proofNodes finds the nodes of a proof by their hash, as a database would.
type proofNodes map[common.Hash][]byte

// Has reports whether there is a node of this hash.
func (n proofNodes) Has(hash []byte) (bool, error) {
	_, found := n[common.BytesToHash(hash)]
	return found, nil
}

// Get returns the node of a hash.
func (n proofNodes) Get(hash []byte) ([]byte, error) {
	node, found := n[common.BytesToHash(hash)]
	if !found {
		return nil, errors.New("the proof lacks a node")
	}
	return bytes.Clone(node), nil
}

// BlockProof fixes a block's state root by its hash.
type BlockProof struct {
	Height uint64        `json:"height"`
	Hash   common.Hash   `json:"hash"`
	Header hexutil.Bytes `json:"header"` // RLP
}

// Verify checks that the header is the one of this hash and height, and returns it.
func (b *BlockProof) Verify() (*types.Header, error) {
	if hash := crypto.Keccak256Hash(b.Header); hash != b.Hash {
		return nil, fmt.Errorf("%w: block %d: the header is not that of %s but of %s", ErrProof, b.Height, b.Hash, hash)
	}
	header := new(types.Header)
	if err := rlp.DecodeBytes(b.Header, header); err != nil {
		return nil, fmt.Errorf("%w: block %d: the header of %s is none of Ethereum's: %w", ErrProof, b.Height, b.Hash, err)
	}
	if header.Number == nil || !header.Number.IsUint64() || header.Number.Uint64() != b.Height {
		return nil, fmt.Errorf("%w: block %d: the header of %s is of height %v", ErrProof, b.Height, b.Hash, header.Number)
	}
	return header, nil
}
