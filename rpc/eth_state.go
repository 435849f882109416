package rpc

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// maxStorageSlots bounds the slots of one eth_getStorageValues or eth_getProof.
const maxStorageSlots = 1024

// stateAPI answers the eth_ methods that read accounts.
type stateAPI struct{ v *view }

// GetBalance returns an account's balance in wei.
func (a *stateAPI) GetBalance(addr common.Address, id gethrpc.BlockNumberOrHash) (*hexutil.Big, error) {
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	return (*hexutil.Big)(s.GetBalance(addr).ToBig()), s.Error()
}

// GetTransactionCount returns an account's nonce; for the pending block with
// the pool's transactions counted.
func (a *stateAPI) GetTransactionCount(addr common.Address, id gethrpc.BlockNumberOrHash) (*hexutil.Uint64, error) {
	var nonce hexutil.Uint64
	if tag, ok := id.Number(); ok && tag == gethrpc.PendingBlockNumber {
		nonce = hexutil.Uint64(a.v.b.PoolNonce(addr))
		return &nonce, nil
	}
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	nonce = hexutil.Uint64(s.GetNonce(addr))
	return &nonce, s.Error()
}

// GetCode returns an account's code.
func (a *stateAPI) GetCode(addr common.Address, id gethrpc.BlockNumberOrHash) (hexutil.Bytes, error) {
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	return s.GetCode(addr), s.Error()
}

// AccountInfo is the answer of eth_getAccountInfo.
type AccountInfo struct {
	Balance *hexutil.Big   `json:"balance"` // in wei
	Nonce   hexutil.Uint64 `json:"nonce"`
	Code    hexutil.Bytes  `json:"code"`
}

// GetAccountInfo returns balance, nonce and code of an account in one answer, as
// reth and Anvil do; Foundry asks for it when it forks. An account that does not
// exist is empty. The pending block's nonce counts the pool's transactions.
func (a *stateAPI) GetAccountInfo(addr common.Address, id gethrpc.BlockNumberOrHash) (*AccountInfo, error) {
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	info := &AccountInfo{(*hexutil.Big)(s.GetBalance(addr).ToBig()), hexutil.Uint64(s.GetNonce(addr)), s.GetCode(addr)}
	if tag, ok := id.Number(); ok && tag == gethrpc.PendingBlockNumber {
		info.Nonce = hexutil.Uint64(a.v.b.PoolNonce(addr))
	}
	return info, s.Error()
}

// GetStorageAt returns one storage slot.
func (a *stateAPI) GetStorageAt(addr common.Address, slot string, id gethrpc.BlockNumberOrHash) (hexutil.Bytes, error) {
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	key, _, err := decodeSlot(slot)
	if err != nil {
		return nil, invalidParams("%v: %q", err, slot)
	}
	value := s.GetState(addr, key)
	return value[:], s.Error()
}

// GetStorageValues returns many storage slots of many accounts at one block.
func (a *stateAPI) GetStorageValues(slots map[common.Address][]common.Hash, id gethrpc.BlockNumberOrHash) (map[common.Address][]hexutil.Bytes, error) {
	total := 0
	for _, keys := range slots {
		if total += len(keys); total > maxStorageSlots {
			return nil, coded(codeClientLimitExceeded, "too many slots (max %d)", maxStorageSlots)
		}
	}
	if total == 0 {
		return nil, invalidParams("empty request")
	}
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return nil, err
	}
	result := make(map[common.Address][]hexutil.Bytes, len(slots))
	for addr, keys := range slots {
		values := make([]hexutil.Bytes, len(keys))
		for i, key := range keys {
			value := s.GetState(addr, key)
			values[i] = value[:]
		}
		result[addr] = values
	}
	return result, s.Error()
}

// decodeSlot parses a storage key leniently, as clients have always sent it:
// the 0x prefix and leading zeros are optional. It also returns the number of
// bytes given.
func decodeSlot(s string) (common.Hash, int, error) {
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		s = s[2:]
	}
	if len(s)&1 > 0 {
		s = "0" + s
	}
	if len(s) > 64 {
		return common.Hash{}, len(s) / 2, errors.New("storage key too long (want at most 32 bytes)")
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return common.Hash{}, 0, errors.New("invalid hex in storage key")
	}
	return common.BytesToHash(b), len(b), nil
}
