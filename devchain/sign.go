package devchain

import (
	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// Sign implements eth_sign (EIP-191) for development accounts.
func (a *accountAPI) Sign(account common.Address, message hexutil.Bytes) (hexutil.Bytes, error) {
	return a.signHash(account, accounts.TextHash(message))
}

// SignTypedData_v4 implements eth_signTypedData_v4 (EIP-712) for development
// accounts.
func (a *accountAPI) SignTypedData_v4(account common.Address, data apitypes.TypedData) (hexutil.Bytes, error) {
	hash, _, err := apitypes.TypedDataAndHash(data)
	if err != nil {
		return nil, err
	}
	return a.signHash(account, hash)
}

func (a *accountAPI) signHash(account common.Address, hash []byte) (hexutil.Bytes, error) {
	key, err := a.key(account)
	if err != nil {
		return nil, err
	}
	signature, err := crypto.Sign(hash, key)
	if err != nil {
		return nil, err
	}
	signature[crypto.RecoveryIDOffset] += 27 // wallets' convention
	return signature, nil
}
