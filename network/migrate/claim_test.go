package migrate

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/stretchr/testify/require"
)

// claimTree is a tree of a few holders, one of whom has the returned key.
func claimTree(t *testing.T) (*Tree, common.Address, func(Claim, uint64) []byte) {
	t.Helper()
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	holder := crypto.PubkeyToAddress(key.PublicKey)
	holders, err := newHolders(append(randomHolders(rand.New(rand.NewPCG(1, 1)), 6), Holder{holder, big.NewInt(5)}))
	require.NoError(t, err)
	tree, err := NewTree(holders)
	require.NoError(t, err)
	return tree, holder, func(c Claim, chainID uint64) []byte {
		signature, err := c.Sign(key, chainID)
		require.NoError(t, err)
		return signature
	}
}

// A wallet that is given the typed data signs the same hash.
func TestDigestIsThatOfTheTypedData(t *testing.T) {
	amountWei, _ := new(big.Int).SetString("340282366920938463463374607431768211456000000000000000000", 10)
	for _, chainID := range []uint64{1, 18, 1 << 63} {
		claim := Claim{common.Address{1, 2}, common.Address{3, 4}, amountWei}
		text, err := claim.TypedData(chainID)
		require.NoError(t, err)
		var typed apitypes.TypedData
		require.NoError(t, json.Unmarshal(text, &typed))
		hash, _, err := apitypes.TypedDataAndHash(typed)
		require.NoError(t, err)
		require.Equal(t, common.BytesToHash(hash), claim.Digest(chainID))
	}
}

func TestSignedClaim(t *testing.T) {
	tree, holder, sign := claimTree(t)
	recipient := common.Address{9}
	claim, err := tree.Claim(holder, recipient)
	require.NoError(t, err)
	require.Equal(t, big.NewInt(5), claim.AmountWei)
	signed, err := tree.Signed(claim, 18, sign(claim, 18))
	require.NoError(t, err)
	require.NoError(t, signed.Verify())

	for name, edit := range map[string]func(*SignedClaim){
		"another recipient":      func(s *SignedClaim) { s.Recipient[0]++ },
		"another holder":         func(s *SignedClaim) { s.Holder[0]++ },
		"another amount":         func(s *SignedClaim) { s.AmountWei = "6" },
		"no amount":              func(s *SignedClaim) { s.AmountWei = "all" },
		"another chain":          func(s *SignedClaim) { s.ChainID = 19 },
		"another tree":           func(s *SignedClaim) { s.Root[0]++ },
		"another proof":          func(s *SignedClaim) { s.Proof = append([]common.Hash{{1}}, s.Proof[1:]...) },
		"another signature":      func(s *SignedClaim) { s.Signature[3]++ },
		"a short signature":      func(s *SignedClaim) { s.Signature = s.Signature[:64] },
		"a v of 0 or 1":          func(s *SignedClaim) { s.Signature[64] -= 27 },
		"the other of the two s": func(s *SignedClaim) { s.Signature = mirrored(s.Signature) },
	} {
		changed := *signed
		changed.Signature = append([]byte(nil), signed.Signature...)
		edit(&changed)
		require.ErrorIs(t, changed.Verify(), ErrClaim, name)
	}
}

// mirrored is the second signature that the curve accepts for the same message.
func mirrored(signature []byte) []byte {
	s := new(big.Int).Sub(crypto.S256().Params().N, new(big.Int).SetBytes(signature[32:64]))
	changed := append([]byte(nil), signature...)
	s.FillBytes(changed[32:64])
	changed[64] = 27 + 28 - changed[64]
	return changed
}

func TestClaimRefuses(t *testing.T) {
	tree, holder, _ := claimTree(t)
	_, err := tree.Claim(common.Address{1}, common.Address{2})
	require.ErrorIs(t, err, ErrTree)
	_, err = tree.Claim(holder, common.Address{})
	require.ErrorIs(t, err, ErrClaim)
	claim, err := tree.Claim(tree.Holders()[0].Address, common.Address{2})
	require.NoError(t, err)
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	if _, err = claim.Sign(key, 18); err == nil {
		t.Error("signed with the key of another account")
	}
	_, err = tree.Signed(claim, 18, make([]byte, 65))
	require.ErrorIs(t, err, ErrClaim)
}
