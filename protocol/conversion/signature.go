package conversion

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// The EIP-712 domain of signatures.
const (
	domainName    = "CyberMiles Conversion"
	domainVersion = "1"
	domainFields  = 0x0f // name, version, chainId, verifyingContract (EIP-5267)
)

var (
	domainTypeHash = crypto.Keccak256Hash([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	claimTypeHash  = crypto.Keccak256Hash([]byte("Claim(address holder,address recipient,uint256 amountWei)"))
	nameHash       = crypto.Keccak256Hash([]byte(domainName))
	versionHash    = crypto.Keccak256Hash([]byte(domainVersion))
)

// digest is what the holder signs.
func (c *Conversion) digest(ctx *contract.Context, holder, recipient common.Address, amountWei *uint256.Int) common.Hash {
	address := c.Address()
	domain := ctx.Hash(domainTypeHash[:], nameHash[:], versionHash[:],
		common.LeftPadBytes(ctx.ChainID().Bytes(), 32), common.LeftPadBytes(address[:], 32))
	amount := amountWei.Bytes32()
	message := ctx.Hash(claimTypeHash[:], common.LeftPadBytes(holder[:], 32), common.LeftPadBytes(recipient[:], 32), amount[:])
	return ctx.Hash([]byte{0x19, 0x01}, domain[:], message[:])
}

// signedBy reports whether a signature r, s, v with v of 27 or 28 and s in the
// lower half is of the holder's key. It costs what the ECRECOVER precompile does.
func signedBy(ctx *contract.Context, holder common.Address, digest common.Hash, signature []byte) bool {
	ctx.Charge(params.EcrecoverGas)
	if len(signature) != crypto.SignatureLength || signature[64] != 27 && signature[64] != 28 {
		return false
	}
	plain := common.CopyBytes(signature)
	plain[64] -= 27
	r, s := new(big.Int).SetBytes(plain[:32]), new(big.Int).SetBytes(plain[32:64])
	if !crypto.ValidateSignatureValues(plain[64], r, s, true) {
		return false
	}
	key, err := crypto.Ecrecover(digest[:], plain)
	return err == nil && common.BytesToAddress(crypto.Keccak256(key[1:])[12:]) == holder
}

// domain answers EIP-5267.
func (c *Conversion) domain(ctx *contract.Context) (fields [1]byte, name, version string, chainID *uint256.Int, verifying common.Address, salt common.Hash, extensions []uint256.Int) {
	chainID, _ = uint256.FromBig(ctx.ChainID())
	return [1]byte{domainFields}, domainName, domainVersion, chainID, c.Address(), common.Hash{}, nil
}
