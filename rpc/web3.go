package rpc

import (
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// web3API answers the web3_ namespace.
type web3API struct{ v *view }

// ClientVersion returns the program's name and version.
func (a *web3API) ClientVersion() string { return a.v.b.ClientVersion() }

// Sha3 returns the Keccak-256 hash of its input.
func (a *web3API) Sha3(input hexutil.Bytes) hexutil.Bytes { return crypto.Keccak256(input) }
