package rpc

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// AccountProof is the answer of eth_getProof (EIP-1186).
type AccountProof struct {
	Address      common.Address `json:"address"`
	AccountProof proofNodes     `json:"accountProof"`
	Balance      *hexutil.Big   `json:"balance"`
	CodeHash     common.Hash    `json:"codeHash"`
	Nonce        hexutil.Uint64 `json:"nonce"`
	StorageHash  common.Hash    `json:"storageHash"`
	StorageProof []SlotProof    `json:"storageProof"`
}

// SlotProof proves one storage slot.
type SlotProof struct {
	Key   string       `json:"key"`
	Value *hexutil.Big `json:"value"`
	Proof proofNodes   `json:"proof"`
}

// proofNodes collects trie nodes, root first.
type proofNodes []hexutil.Bytes

// Put appends a node.
func (n *proofNodes) Put(_, value []byte) error {
	*n = append(*n, append([]byte(nil), value...))
	return nil
}

// Delete is never asked of a proof.
func (n *proofNodes) Delete([]byte) error { return errors.New("a proof only grows") }

// GetProof returns the Merkle proof of an account and of storage slots of it.
func (a *stateAPI) GetProof(ctx context.Context, addr common.Address, slots []string, id gethrpc.BlockNumberOrHash) (*AccountProof, error) {
	if len(slots) > maxStorageSlots {
		return nil, invalidParams("too many storage keys requested (max %d, got %d)", maxStorageSlots, len(slots))
	}
	keys, names := make([]common.Hash, len(slots)), make([]string, len(slots))
	for i, slot := range slots {
		key, size, err := decodeSlot(slot)
		if err != nil {
			return nil, invalidParams("%v: %q", err, slot)
		}
		// A 32-byte key is echoed as given; a shorter one as a quantity, which
		// is what the specification asks for.
		keys[i], names[i] = key, hexutil.EncodeBig(key.Big())
		if size == common.HashLength {
			names[i] = hexutil.Encode(key[:])
		}
	}
	s, h, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	root := a.v.stateHeader(id, h).Root
	storage, err := storageProofs(ctx, s, root, addr, keys, names)
	if err != nil {
		return nil, err
	}
	tr, err := s.Database().OpenTrie(root)
	if err != nil {
		return nil, err
	}
	var account proofNodes
	if err := tr.Prove(crypto.Keccak256(addr[:]), &account); err != nil {
		return nil, err
	}
	return &AccountProof{
		Address:      addr,
		AccountProof: account,
		Balance:      (*hexutil.Big)(s.GetBalance(addr).ToBig()),
		CodeHash:     s.GetCodeHash(addr),
		Nonce:        hexutil.Uint64(s.GetNonce(addr)),
		StorageHash:  s.GetStorageRoot(addr),
		StorageProof: storage,
	}, s.Error()
}

func storageProofs(ctx context.Context, s *state.StateDB, root common.Hash, addr common.Address, keys []common.Hash, names []string) ([]SlotProof, error) {
	proofs := make([]SlotProof, len(keys))
	for i, name := range names {
		proofs[i] = SlotProof{Key: name, Value: new(hexutil.Big), Proof: proofNodes{}}
	}
	storageRoot := s.GetStorageRoot(addr)
	if len(keys) == 0 || storageRoot == types.EmptyRootHash || storageRoot == (common.Hash{}) {
		return proofs, nil
	}
	tr, err := s.Database().OpenStorageTrie(root, addr, storageRoot, nil)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := tr.Prove(crypto.Keccak256(key[:]), &proofs[i].Proof); err != nil {
			return nil, err
		}
		proofs[i].Value = (*hexutil.Big)(s.GetState(addr, key).Big())
	}
	return proofs, nil
}
