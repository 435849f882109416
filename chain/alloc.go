package chain

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
)

// hashed is a key of a trie beside what it is the hash of.
type hashed[K any] struct {
	hash common.Hash
	key  K
}

// byHash are the keys of a map in the order of their hashes.
func byHash[K interface {
	comparable
	Bytes() []byte
}, V any](m map[K]V) []hashed[K] {
	keys, hasher := make([]hashed[K], 0, len(m)), crypto.NewKeccakState()
	for key := range m {
		keys = append(keys, hashed[K]{crypto.HashData(hasher, key.Bytes()), key})
	}
	slices.SortFunc(keys, func(a, b hashed[K]) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	return keys
}

// allocState hands the accounts of a genesis to a sink, as go-ethereum puts
// them into a state: accounts stay even when they are empty, slots that hold
// zero do not.
func allocState(alloc types.GenesisAlloc) func(StateSink) error {
	return func(sink StateSink) error {
		sent := map[common.Hash]struct{}{types.EmptyCodeHash: {}}
		for _, owner := range byHash(alloc) {
			account := alloc[owner.key]
			if err := sendAccount(sink, owner.hash, &account, sent); err != nil {
				return fmt.Errorf("account %s: %w", owner.key, err)
			}
		}
		return nil
	}
}

func sendAccount(sink StateSink, hash common.Hash, account *types.Account, sent map[common.Hash]struct{}) error {
	balance := new(uint256.Int)
	if account.Balance != nil && (account.Balance.Sign() < 0 || balance.SetFromBig(account.Balance)) {
		return fmt.Errorf("balance %d is negative or does not fit in 256 bits", account.Balance)
	}
	codeHash := types.EmptyCodeHash
	if len(account.Code) > 0 {
		codeHash = crypto.Keccak256Hash(account.Code)
	}
	if err := sink.Account(hash, account.Nonce, balance, codeHash); err != nil {
		return err
	}
	if _, known := sent[codeHash]; !known {
		sent[codeHash] = struct{}{}
		if err := sink.Code(account.Code); err != nil {
			return err
		}
	}
	for _, slot := range byHash(account.Storage) {
		value := common.TrimLeftZeroes(account.Storage[slot.key].Bytes())
		if len(value) == 0 {
			continue
		}
		blob, err := rlp.EncodeToBytes(value)
		if err != nil {
			return err
		}
		if err := sink.Slot(slot.hash, blob); err != nil {
			return err
		}
	}
	return nil
}
