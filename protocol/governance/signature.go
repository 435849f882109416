package governance

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// The EIP-712 domain and types that votes are signed with, OpenZeppelin's.
const (
	domainName    = "CyberMiles Governance"
	domainVersion = "1"

	// signatureGas is what a contract may use to check a signature (ERC-1271).
	signatureGas = 200_000
)

var (
	domainType   = crypto.Keccak256Hash([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	ballotType   = crypto.Keccak256Hash([]byte("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)"))
	extendedType = crypto.Keccak256Hash([]byte(
		"ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params)"))

	nameHash    = crypto.Keccak256Hash([]byte(domainName))
	versionHash = crypto.Keccak256Hash([]byte(domainVersion))

	// validSignature is isValidSignature(bytes32,bytes)'s selector and its answer.
	validSignature = []byte{0x16, 0x26, 0xba, 0x7e}
)

func (g *Governance) castVoteBySig(
	ctx *contract.Context, id *uint256.Int, support Support, voter common.Address, signature []byte,
) (*uint256.Int, error) {
	err := g.verify(ctx, voter, signature, g.ballot(ctx, ballotType, id, support, voter))
	if err != nil {
		return nil, err
	}
	return g.cast(ctx, id, voter, support, "", nil)
}

func (g *Governance) castVoteWithReasonAndParamsBySig(
	ctx *contract.Context, id *uint256.Int, support Support, voter common.Address, reason string, params, signature []byte,
) (*uint256.Int, error) {
	message := g.ballot(ctx, extendedType, id, support, voter, ctx.Hash([]byte(reason)), ctx.Hash(params))
	if err := g.verify(ctx, voter, signature, message); err != nil {
		return nil, err
	}
	return g.cast(ctx, id, voter, support, reason, params)
}

// ballot is the hash that a voter signs with its next nonce, EIP-712.
func (g *Governance) ballot(
	ctx *contract.Context, kind common.Hash, id *uint256.Int, support Support, voter common.Address, more ...common.Hash,
) common.Hash {
	words := [][]byte{kind[:], word(id), word(uint256.NewInt(uint64(support))), common.LeftPadBytes(voter[:], 32), word(g.nonces(ctx, voter))}
	for i := range more {
		words = append(words, more[i][:])
	}
	message := ctx.Hash(words...)
	chainID, _ := uint256.FromBig(ctx.ChainID())
	domain := ctx.Hash(domainType[:], nameHash[:], versionHash[:], word(chainID), common.LeftPadBytes(ctx.Address().Bytes(), 32))
	return ctx.Hash([]byte("\x19\x01"), domain[:], message[:])
}

func word(v *uint256.Int) []byte {
	b := v.Bytes32()
	return b[:]
}

// verify checks a voter's signature and uses its nonce up.
func (g *Governance) verify(ctx *contract.Context, voter common.Address, signature []byte, hash common.Hash) error {
	code, _ := ctx.Code(voter)
	valid := false
	if len(code) == 0 {
		ctx.Charge(params.EcrecoverGas)
		valid = signedBy(voter, hash, signature)
	} else {
		var err error
		if valid, err = approvedBy(ctx, voter, hash, signature); err != nil {
			return err
		}
	}
	if !valid {
		return g.fail.GovernorInvalidSignature(voter)
	}
	n := g.store.Nonces.Get(ctx, voter)
	if n.Next == 0 {
		n.Previous = g.store.LastSigner.Get(ctx)
		g.store.LastSigner.Set(ctx, voter)
	}
	n.Next++
	g.store.Nonces.Set(ctx, voter, n)
	return nil
}

// signedBy reports whether a signature (r, s, v) is an account's. The upper half
// of s is refused, as everywhere since EIP-2.
func signedBy(voter common.Address, hash common.Hash, signature []byte) bool {
	if len(signature) != crypto.SignatureLength || (signature[64] != 27 && signature[64] != 28) {
		return false
	}
	var r, s uint256.Int
	r.SetBytes(signature[:32])
	s.SetBytes(signature[32:64])
	recovery := signature[64] - 27
	if !crypto.ValidateSignatureValues(recovery, r.ToBig(), s.ToBig(), true) {
		return false
	}
	plain := append(bytes.Clone(signature[:64]), recovery)
	key, err := crypto.SigToPub(hash[:], plain)
	return err == nil && crypto.PubkeyToAddress(*key) == voter
}

// approvedBy asks a contract whether a signature is its own (ERC-1271), without
// letting it change anything. An error means that the gas did not suffice.
func approvedBy(ctx *contract.Context, voter common.Address, hash common.Hash, signature []byte) (bool, error) {
	input := bytes.Join([][]byte{
		validSignature, hash[:], word(uint256.NewInt(64)), word(count(len(signature))), signature,
		make([]byte, (32-len(signature)%32)%32),
	}, nil)
	if ctx.GasLeft() < signatureGas+signatureGas/32 {
		return false, vm.ErrOutOfGas
	}
	output, err := ctx.View().Call(voter, input, nil, signatureGas)
	if err != nil || len(output) < 32 {
		return false, nil
	}
	return bytes.Equal(output[:32], common.RightPadBytes(validSignature, 32)), nil
}

func (g *Governance) nonces(ctx *contract.Context, owner common.Address) *uint256.Int {
	return uint256.NewInt(g.store.Nonces.Get(ctx, owner).Next)
}

func (g *Governance) eip712Domain(ctx *contract.Context) (
	fields [1]byte, name, version string, chainID *uint256.Int, verifyingContract common.Address, salt common.Hash, extensions []*uint256.Int,
) {
	chainID, _ = uint256.FromBig(ctx.ChainID())
	return [1]byte{0x0f}, domainName, domainVersion, chainID, ctx.Address(), common.Hash{}, nil
}

// What supportsInterface knows: ERC-165, EIP-6372, and IGovernor of OpenZeppelin
// 5.7 with and without getProposalId.
var interfaces = [][4]byte{
	{0x01, 0xff, 0xc9, 0xa7},
	{0xda, 0x28, 0x7a, 0x1d},
	{0xcd, 0xbd, 0xfc, 0xee},
	{0x65, 0x45, 0x5a, 0x86},
}

func (g *Governance) supportsInterface(_ *contract.Context, id [4]byte) bool {
	for _, each := range interfaces {
		if each == id {
			return true
		}
	}
	return false
}
