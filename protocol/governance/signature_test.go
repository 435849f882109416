package governance

import (
	"crypto/ecdsa"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var signerKey, _ = crypto.ToECDSA(common.LeftPadBytes([]byte{7}, 32))
var signer = crypto.PubkeyToAddress(signerKey.PublicKey)

// sign signs a ballot as a wallet does, by an implementation of EIP-712 that is
// not this package's.
func (w *world) sign(key *ecdsa.PrivateKey, id *uint256.Int, support Support, voter common.Address, nonce uint64, reason *string, params []byte) []byte {
	w.T.Helper()
	fields := []apitypes.Type{{Name: "proposalId", Type: "uint256"}, {Name: "support", Type: "uint8"}, {Name: "voter", Type: "address"}, {Name: "nonce", Type: "uint256"}}
	message := apitypes.TypedDataMessage{
		"proposalId": id.ToBig(), "support": math.NewHexOrDecimal256(int64(support)), "voter": voter.Hex(), "nonce": math.NewHexOrDecimal256(int64(nonce)),
	}
	message["proposalId"] = (*math.HexOrDecimal256)(id.ToBig())
	kind := "Ballot"
	if reason != nil {
		kind = "ExtendedBallot"
		fields = append(fields, apitypes.Type{Name: "reason", Type: "string"}, apitypes.Type{Name: "params", Type: "bytes"})
		message["reason"], message["params"] = *reason, params
	}
	domain := w.Must(erin, w.g, nil, "eip712Domain")
	hash, _, err := apitypes.TypedDataAndHash(apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"}},
			kind:           fields,
		},
		PrimaryType: kind,
		Domain: apitypes.TypedDataDomain{
			Name: domain[1].(string), Version: domain[2].(string),
			ChainId: (*math.HexOrDecimal256)(domain[3].(*uint256.Int).ToBig()), VerifyingContract: domain[4].(common.Address).Hex(),
		},
		Message: message,
	})
	require.NoError(w.T, err)
	signature, err := crypto.Sign(hash, key)
	require.NoError(w.T, err)
	signature[64] += 27
	return signature
}

// signing is a world with a proposal being voted on, in which the signer has 70
// votes.
func signing(t testing.TB) (*world, *uint256.Int) {
	w := newWorld(t)
	w.electorate.give(signer, 3, 0, 70, 0)
	id := w.propose(erin, payment(erin, wei(1)))
	w.voting()
	return w, id
}

func TestSignedVote(t *testing.T) {
	w, id := signing(t)
	signature := w.sign(signerKey, id, For, signer, 0, nil, nil)
	for name, wrong := range map[string][]byte{
		"another support": w.sign(signerKey, id, Against, signer, 0, nil, nil),
		"a later nonce":   w.sign(signerKey, id, For, signer, 1, nil, nil),
		"another voter":   w.sign(signerKey, id, For, alice, 0, nil, nil),
		"short":           signature[:64],
		"v of 0":          append(append([]byte{}, signature[:64]...), 0),
		"the other s":     malleated(signature),
		"nothing":         {},
	} {
		t.Run(name, func(t *testing.T) {
			w.Fails(erin, w.g, nil, "GovernorInvalidSignature", "castVoteBySig", id, For, signer, wrong)
		})
	}
	require.Equal(t, uint256.NewInt(70), w.Must(erin, w.g, nil, "castVoteBySig", id, For, signer, signature)[0])
	require.Equal(t, [4]uint64{0, 70, 0, 0}, w.votes(id))
	require.Equal(t, uint256.NewInt(1), contracttest.View[*uint256.Int](w.Chain, w.g, "nonces", signer))
	w.Fails(erin, w.g, nil, "GovernorInvalidSignature", "castVoteBySig", id, For, signer, signature)
	w.Fails(erin, w.g, nil, "GovernorAlreadyCastVote", "castVoteBySig", id, For, signer, w.sign(signerKey, id, For, signer, 1, nil, nil))
	require.Equal(t, uint256.NewInt(1), contracttest.View[*uint256.Int](w.Chain, w.g, "nonces", signer), "a vote that fails uses no nonce")
}

func malleated(signature []byte) []byte {
	s := new(uint256.Int).SetBytes(signature[32:64])
	order, _ := uint256.FromBig(crypto.S256().Params().N)
	other := new(uint256.Int).Sub(order, s).Bytes32()
	return append(append(append([]byte{}, signature[:32]...), other[:]...), 55-signature[64])
}

func TestSignedVoteWithReason(t *testing.T) {
	w, id := signing(t)
	reason, params := "because", []byte{1, 2}
	signature := w.sign(signerKey, id, Veto, signer, 0, &reason, params)
	w.Fails(erin, w.g, nil, "GovernorInvalidSignature", "castVoteWithReasonAndParamsBySig", id, Veto, signer, "another", params, signature)
	w.Must(erin, w.g, nil, "castVoteWithReasonAndParamsBySig", id, Veto, signer, reason, params, signature)
	require.Equal(t, [4]uint64{0, 0, 0, 70}, w.votes(id))
}

// answering is a contract that answers every call with a word.
func answering(word [4]byte) []byte {
	return append(append([]byte{byte(vm.PUSH4)}, word[:]...),
		byte(vm.PUSH1), 224, byte(vm.SHL), byte(vm.PUSH0), byte(vm.MSTORE), byte(vm.PUSH1), 32, byte(vm.PUSH0), byte(vm.RETURN))
}

func TestContractsSign(t *testing.T) {
	w, id := signing(t)
	w.electorate.give(probe, 3, 0, 30, 0)
	w.Deploy(probe, answering([4]byte{1, 2, 3, 4}))
	w.Fails(erin, w.g, nil, "GovernorInvalidSignature", "castVoteBySig", id, For, probe, []byte("any"))
	w.Deploy(probe, []byte{byte(vm.PUSH1), 1, byte(vm.PUSH0), byte(vm.SSTORE)}) // tries to write
	w.Fails(erin, w.g, nil, "GovernorInvalidSignature", "castVoteBySig", id, For, probe, []byte("any"))
	w.Deploy(probe, answering([4]byte(validSignature)))
	w.Must(erin, w.g, nil, "castVoteBySig", id, For, probe, []byte("any"))
	require.Equal(t, [4]uint64{0, 30, 0, 0}, w.votes(id))
}

func FuzzSignedBy(f *testing.F) {
	w, id := signing(f)
	hash := common.Hash{1}
	good, err := crypto.Sign(hash[:], signerKey)
	require.NoError(f, err)
	good[64] += 27
	f.Add(good)
	f.Add(w.sign(signerKey, id, For, signer, 0, nil, nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, signature []byte) {
		if signedBy(signer, hash, signature) {
			require.Equal(t, good, signature, "another signature is accepted")
		}
	})
}

// Every kind of call and every gas limit.
func TestGeneric(t *testing.T) {
	p := payment(common.Address{0x77}, wei(1))
	var reason = "why"
	make_ := func() *world {
		w := newWorld(t)
		w.electorate.give(signer, 3, 0, 70, 0)
		return w
	}
	w := make_()
	start := func(t testing.TB) *contracttest.Chain {
		fresh := contracttest.New(t, w.g)
		require.NoError(t, contract.Run(fresh.Open(w.g), func(ctx *contract.Context) error {
			return w.g.Begin(ctx, Genesis{Versions: []Version{{0, Default()}}})
		}))
		for _, account := range []common.Address{alice, bob, carol, dave, erin, address} {
			fresh.Fund(account, wei(100_000))
		}
		return fresh
	}
	id := w.propose(erin, p)
	on := func(c *contracttest.Chain) *world { return &world{c, w.g, w.electorate} }
	proposed := func(c *contracttest.Chain) { on(c).propose(erin, p) }
	voting := func(c *contracttest.Chain) { proposed(c); on(c).voting() }
	passed := func(c *contracttest.Chain) { on(c).accepted(p) }
	queued := func(c *contracttest.Chain) { on(c).queued(p) }
	none := new(uint256.Int)
	examples := []contracttest.Example{
		{Method: "propose", From: erin, Value: wei(1_000), Inputs: p.inputs()},
		{Method: "queue(address[],uint256[],bytes[],bytes32)", From: erin, Inputs: p.hashed(), Prepare: passed},
		{Method: "queue(uint256)", From: erin, Inputs: []any{id}, Prepare: passed},
		{Method: "execute(address[],uint256[],bytes[],bytes32)", From: erin, Inputs: p.hashed(), Prepare: queued},
		{Method: "execute(uint256)", From: erin, Inputs: []any{id}, Prepare: queued},
		{Method: "cancel(address[],uint256[],bytes[],bytes32)", From: erin, Inputs: p.hashed(), Prepare: proposed},
		{Method: "cancel(uint256)", From: erin, Inputs: []any{id}, Prepare: proposed},
		{Method: "settleDeposit", From: erin, Inputs: []any{id}, Prepare: passed},
		{Method: "castVote", From: alice, Inputs: []any{id, For}, Prepare: voting},
		{Method: "castVoteWithReason", From: alice, Inputs: []any{id, For, reason}, Prepare: voting},
		{Method: "castVoteWithReasonAndParams", From: alice, Inputs: []any{id, For, reason, []byte{1}}, Prepare: voting},
		{Method: "castVoteBySig", From: erin, Inputs: []any{id, For, signer, w.sign(signerKey, id, For, signer, 0, nil, nil)}, Prepare: voting},
		{
			Method: "castVoteWithReasonAndParamsBySig", From: erin, Prepare: voting,
			Inputs: []any{id, For, signer, reason, []byte{1}, w.sign(signerKey, id, For, signer, 0, &reason, []byte{1})},
		},
		{Method: "setParameters", From: address, Inputs: []any{Default()}},
		{Method: "supportsInterface", Inputs: []any{[4]byte{1}}},
		{Method: "nonces", Inputs: []any{signer}},
		{Method: "hashProposal", Inputs: p.hashed()},
		{Method: "getProposalId", Inputs: p.hashed()},
		{Method: "proposalNeedsQueuing", Inputs: []any{id}},
		{Method: "quorum", Inputs: []any{none}},
		{Method: "quorumNumerator(uint256)", Inputs: []any{none}},
		{Method: "getVotes", Inputs: []any{alice, none}},
		{Method: "getVotesWithParams", Inputs: []any{alice, none, []byte{}}},
		{Method: "hasVoted", Inputs: []any{id, alice}, Prepare: voting},
		{Method: "voteOf", Inputs: []any{id, alice}, Prepare: voting},
		{Method: "proposals", Inputs: []any{none, uint256.NewInt(10)}, Prepare: queued},
	}
	for _, method := range []string{
		"state", "proposalSnapshot", "proposalDeadline", "proposalProposer", "proposalEta", "proposalVotes", "proposalVetoVotes", "proposalDetails", "proposal",
	} {
		examples = append(examples, contracttest.Example{Method: method, Inputs: []any{id}, Prepare: voting})
	}
	for _, method := range []string{
		"clock", "CLOCK_MODE", "name", "version", "COUNTING_MODE", "eip712Domain", "votingDelay", "votingPeriod", "proposalThreshold",
		"quorumNumerator()", "quorumDenominator", "proposalCount", "parameters", "depositsWei",
	} {
		examples = append(examples, contracttest.Example{Method: method})
	}
	contracttest.Generic(t, w.g, start, examples)
	contracttest.ReadmeGas(t, w.g, start, examples)
}
