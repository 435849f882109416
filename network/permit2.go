package network

import (
	"bytes"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// permit2Code returns Permit2's runtime code as its constructor would leave it on the given chain. The code keeps two
// immutables as PUSH32 operands: the chain id it was deployed on and the domain separator for it. On any other chain
// it computes the separator at each call instead; patching both makes the code equal to a fresh deployment's and
// spares that gas.
func permit2Code(chainID uint64) []byte {
	code := predeployCode("permit2")
	for _, immutable := range []func(uint64) common.Hash{permit2ChainID, permit2DomainSeparator} {
		push := func(id uint64) []byte {
			value := immutable(id)
			return append([]byte{0x7f}, value[:]...) // PUSH32
		}
		if bytes.Count(code, push(1)) != 1 {
			panic("predeploys/permit2.hex does not hold the immutables of chain id 1 exactly once")
		}
		code = bytes.Replace(code, push(1), push(chainID), 1)
	}
	return code
}

func permit2ChainID(chainID uint64) common.Hash {
	return common.BigToHash(new(big.Int).SetUint64(chainID))
}

// permit2DomainSeparator is the EIP-712 domain separator of Permit2, whose domain has no version.
func permit2DomainSeparator(chainID uint64) common.Hash {
	typeHash := crypto.Keccak256([]byte("EIP712Domain(string name,uint256 chainId,address verifyingContract)"))
	nameHash := crypto.Keccak256([]byte("Permit2"))
	return crypto.Keccak256Hash(typeHash, nameHash, permit2ChainID(chainID).Bytes(),
		common.LeftPadBytes(Permit2Address[:], 32))
}
