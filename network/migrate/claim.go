package migrate

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// ErrClaim is wrapped by every error about a signed claim.
var ErrClaim = errors.New("invalid claim")

// ConversionAddress is the contract that pays claims; signatures are made for it alone.
var ConversionAddress = common.HexToAddress("0x000000000000000000000000000000000000c006")

// The EIP-712 domain and type of a claim.
const (
	domainName    = "CyberMiles Conversion"
	domainVersion = "1"
	domainType    = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
	claimType     = "Claim(address holder,address recipient,uint256 amountWei)"
)

// Claim says that what a holder of the ERC-20 token may claim goes to a recipient on the chain.
type Claim struct {
	Holder    common.Address
	Recipient common.Address
	AmountWei *big.Int
}

// Digest is the hash that the holder signs (EIP-712) for the conversion contract of a chain.
func (c Claim) Digest(chainID uint64) common.Hash {
	word := func(b []byte) []byte { return common.LeftPadBytes(b, 32) }
	domain := crypto.Keccak256(
		crypto.Keccak256([]byte(domainType)), crypto.Keccak256([]byte(domainName)), crypto.Keccak256([]byte(domainVersion)),
		word(new(big.Int).SetUint64(chainID).Bytes()), word(ConversionAddress[:]))
	message := crypto.Keccak256(crypto.Keccak256([]byte(claimType)), word(c.Holder[:]), word(c.Recipient[:]), word(c.AmountWei.Bytes()))
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, domain, message)
}

// TypedData is the claim as eth_signTypedData_v4 takes it, for a wallet that keeps its key.
func (c Claim) TypedData(chainID uint64) ([]byte, error) {
	type field struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	return json.MarshalIndent(map[string]any{
		"types": map[string][]field{
			"EIP712Domain": {{"name", "string"}, {"version", "string"}, {"chainId", "uint256"}, {"verifyingContract", "address"}},
			"Claim":        {{"holder", "address"}, {"recipient", "address"}, {"amountWei", "uint256"}},
		},
		"primaryType": "Claim",
		"domain": map[string]any{
			"name": domainName, "version": domainVersion, "chainId": chainID, "verifyingContract": ConversionAddress,
		},
		"message": map[string]any{"holder": c.Holder, "recipient": c.Recipient, "amountWei": c.AmountWei.String()},
	}, "", "  ")
}

// SignedClaim is a claim that anybody may hand in: it carries the holder's signature and the proof of the amount.
type SignedClaim struct {
	Holder    common.Address `json:"holder" doc:"the account that held the ERC-20 token"`
	Recipient common.Address `json:"recipient" doc:"the account that receives the coins"`
	AmountWei string         `json:"amountWei" doc:"how much, in wei"`
	ChainID   uint64         `json:"chainId" doc:"the chain for which it was signed"`
	Root      common.Hash    `json:"root" doc:"root of the claim tree"`
	Proof     []common.Hash  `json:"proof" doc:"the way from the holder's leaf to the root"`
	Signature hexutil.Bytes  `json:"signature" doc:"the holder's EIP-712 signature: r, s, v (27 or 28)"`
}

// Claim is what a holder of the tree signs to receive its coins at recipient.
func (t *Tree) Claim(holder, recipient common.Address) (Claim, error) {
	leaf, _, err := t.Proof(holder)
	if err != nil {
		return Claim{}, err
	}
	if recipient == (common.Address{}) {
		return Claim{}, fmt.Errorf("%w: the recipient is the zero address, which nobody controls", ErrClaim)
	}
	return Claim{holder, recipient, leaf.BalanceWei}, nil
}

// Sign signs a claim with the holder's key.
func (c Claim) Sign(key *ecdsa.PrivateKey, chainID uint64) ([]byte, error) {
	if signer := crypto.PubkeyToAddress(key.PublicKey); signer != c.Holder {
		return nil, fmt.Errorf("%w: the key is of %s, but the coins are those of %s", ErrClaim, signer, c.Holder)
	}
	digest := c.Digest(chainID)
	signature, err := crypto.Sign(digest[:], key)
	if err != nil {
		return nil, err
	}
	signature[64] += 27
	return signature, nil
}

// Signed joins a claim of this tree with its signature, from Sign or from a wallet, and checks both.
func (t *Tree) Signed(c Claim, chainID uint64, signature []byte) (*SignedClaim, error) {
	_, proof, err := t.Proof(c.Holder)
	if err != nil {
		return nil, err
	}
	signed := &SignedClaim{
		Holder: c.Holder, Recipient: c.Recipient, AmountWei: c.AmountWei.String(), ChainID: chainID,
		Root: t.Root(), Proof: proof, Signature: signature,
	}
	return signed, signed.Verify()
}

// Verify says what is wrong with the claim's proof or signature.
func (s *SignedClaim) Verify() error {
	amountWei, ok := new(big.Int).SetString(s.AmountWei, 10)
	if !ok || !VerifyProof(s.Root, Holder{s.Holder, amountWei}, s.Proof) {
		return fmt.Errorf("%w: the proof does not show that %s may claim %s wei", ErrClaim, s.Holder, s.AmountWei)
	}
	if len(s.Signature) != crypto.SignatureLength || s.Signature[64] != 27 && s.Signature[64] != 28 {
		return fmt.Errorf("%w: the signature is not 65 bytes that end in 27 or 28", ErrClaim)
	}
	normal := append([]byte(nil), s.Signature...)
	normal[64] -= 27
	r, sValue := new(big.Int).SetBytes(normal[:32]), new(big.Int).SetBytes(normal[32:64])
	if !crypto.ValidateSignatureValues(normal[64], r, sValue, true) {
		return fmt.Errorf("%w: the signature's s is above half of the curve's order, or a value is out of range", ErrClaim)
	}
	digest := Claim{s.Holder, s.Recipient, amountWei}.Digest(s.ChainID)
	public, err := crypto.SigToPub(digest[:], normal)
	if err != nil || crypto.PubkeyToAddress(*public) != s.Holder {
		return fmt.Errorf("%w: the signature is not of %s for this recipient, amount and chain %d", ErrClaim, s.Holder, s.ChainID)
	}
	return nil
}
