package network

import (
	"encoding/hex"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// genesisState executes calls on the state that a genesis describes.
type genesisState struct {
	t     *testing.T
	chain *params.ChainConfig
	state *state.StateDB
}

var caller = common.HexToAddress("0x00000000000000000000000000000000ca11e400")

func newGenesisState(t *testing.T, chainID uint64) *genesisState {
	t.Helper()
	g := New("test", chainID)
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	require.NoError(t, err)
	for address, account := range g.Alloc {
		db.SetCode(address, account.Code, tracing.CodeChangeGenesis)
		db.SetNonce(address, account.Nonce, tracing.NonceChangeGenesis)
		for slot, value := range account.Storage {
			db.SetState(address, slot, value)
		}
	}
	db.AddBalance(caller, uint256.NewInt(params.Ether), tracing.BalanceIncreaseGenesisBalance)
	return &genesisState{t: t, chain: g.ChainConfig(), state: db}
}

func (s *genesisState) call(to common.Address, valueWei int64, input []byte) ([]byte, error) {
	output, _, err := runtime.Call(to, input, &runtime.Config{
		ChainConfig: s.chain, State: s.state, Origin: caller, Value: big.NewInt(valueWei), GasLimit: 10_000_000,
		BlockNumber: big.NewInt(100),
	})
	return output, err
}

// method packs a call like cast does: method("transfer(address,uint256)", to, amount).
func (s *genesisState) method(signature string, words ...any) []byte {
	s.t.Helper()
	types := strings.Split(strings.TrimSuffix(signature[strings.Index(signature, "(")+1:], ")"), ",")
	var arguments abi.Arguments
	for i := range words {
		kind, err := abi.NewType(types[i], "", nil)
		require.NoError(s.t, err)
		arguments = append(arguments, abi.Argument{Type: kind})
	}
	packed, err := arguments.Pack(words...)
	require.NoError(s.t, err)
	return append(crypto.Keccak256([]byte(signature))[:4], packed...)
}

func (s *genesisState) number(to common.Address, input []byte) *big.Int {
	s.t.Helper()
	output, err := s.call(to, 0, input)
	require.NoError(s.t, err)
	require.Len(s.t, output, 32)
	return new(big.Int).SetBytes(output)
}

// The first two hashes are the well-known ones of these contracts. Permit2's pins code that was checked once by its
// address: with zero immutables, behind its constructor, and with the salt 0xd3af2663da51c10215000000, the
// deterministic deployment proxy puts it at Permit2Address.
func TestPredeployCodeIsPinned(t *testing.T) {
	for name, hash := range map[string]string{
		"multicall3":   "0xd5c15df687b16f2ff992fc8d767b4216323184a2bbc6ee2f9c398c318e770891",
		"create2proxy": "0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989",
		"permit2":      "0xc67d1657868aa5146eaf24fb879fb1fdec3d2d493b3683a61c9c2f4fb2851131",
	} {
		require.Equal(t, hash, crypto.Keccak256Hash(predeployCode(name)).Hex(), name)
	}
	require.Equal(t, predeployCode("permit2"), Predeploys(1)[Permit2Address].Code)
}

func TestWCMTIsTheCompiledContract(t *testing.T) {
	compiled, err := os.ReadFile("../solidity/wcmt/runtime.hex")
	require.NoError(t, err)
	require.Equal(t, strings.TrimPrefix(strings.TrimSpace(string(compiled)), "0x"), hex.EncodeToString(predeployCode("wcmt")))
}

func TestPredeploysAreValidAndComplete(t *testing.T) {
	g := New("test", MainChainID)
	require.NoError(t, g.Validate())
	require.Len(t, g.Alloc, 8)
	require.Zero(t, g.TotalWei().Sign())
	for address, account := range g.Alloc {
		require.NotEmpty(t, account.Code, address)
		require.EqualValues(t, 1, account.Nonce, address)
	}
}

func TestMulticall3Aggregate3(t *testing.T) {
	s := newGenesisState(t, MainChainID)
	type call3 struct {
		Target       common.Address
		AllowFailure bool
		CallData     []byte
	}
	type result struct {
		Success    bool
		ReturnData []byte
	}
	calls := []call3{
		{Multicall3Address, false, s.method("getChainId()")},
		{WCMTAddress, true, s.method("withdraw(uint256)", big.NewInt(1))}, // reverts: nothing deposited
	}
	input, err := abi.NewType("tuple[]", "", []abi.ArgumentMarshaling{
		{Name: "target", Type: "address"}, {Name: "allowFailure", Type: "bool"}, {Name: "callData", Type: "bytes"}})
	require.NoError(t, err)
	packed, err := abi.Arguments{{Type: input}}.Pack(calls)
	require.NoError(t, err)
	output, err := s.call(Multicall3Address, 0, append(crypto.Keccak256([]byte("aggregate3((address,bool,bytes)[])"))[:4], packed...))
	require.NoError(t, err)

	returned, err := abi.NewType("tuple[]", "", []abi.ArgumentMarshaling{
		{Name: "success", Type: "bool"}, {Name: "returnData", Type: "bytes"}})
	require.NoError(t, err)
	values, err := abi.Arguments{{Type: returned}}.Unpack(output)
	require.NoError(t, err)
	results := *abi.ConvertType(values[0], new([]result)).(*[]result)
	require.Len(t, results, 2)
	require.True(t, results[0].Success)
	require.Equal(t, common.BigToHash(big.NewInt(int64(MainChainID))).Bytes(), results[0].ReturnData)
	require.False(t, results[1].Success)
}

func TestCreate2ProxyDeploysAtTheComputedAddress(t *testing.T) {
	s := newGenesisState(t, MainChainID)
	salt := crypto.Keccak256Hash([]byte("salt"))
	initCode := common.FromHex("0x60018060095f395ff3fe") // deploys the one byte 0xfe
	want := crypto.CreateAddress2(Create2ProxyAddress, salt, crypto.Keccak256(initCode))

	output, err := s.call(Create2ProxyAddress, 0, append(salt.Bytes(), initCode...))
	require.NoError(t, err)
	require.Equal(t, want, common.BytesToAddress(output))
	require.Equal(t, []byte{0xfe}, s.state.GetCode(want))

	_, err = s.call(Create2ProxyAddress, 0, append(salt.Bytes(), initCode...))
	require.Error(t, err, "the same address twice")
}

func TestPermit2DomainSeparator(t *testing.T) {
	for _, chainID := range []uint64{1, MainChainID, TestChainID, DevChainID, 1 << 40} {
		s := newGenesisState(t, chainID)
		separator, err := s.call(Permit2Address, 0, s.method("DOMAIN_SEPARATOR()"))
		require.NoError(t, err)
		require.Equal(t, permit2DomainSeparator(chainID).Bytes(), separator, "chain id %d", chainID)
	}
	// Ethereum's, as its Permit2 answers.
	require.Equal(t, "0x866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28", permit2DomainSeparator(1).Hex())
}

// The unpatched code computes the separator itself on another chain, and comes to the same: a check of the patch by
// Permit2's own arithmetic.
func TestPermit2PatchAgreesWithItsFallback(t *testing.T) {
	patched, fallback := newGenesisState(t, MainChainID), newGenesisState(t, MainChainID)
	fallback.state.SetCode(Permit2Address, predeployCode("permit2"), tracing.CodeChangeUnspecified)
	input := patched.method("DOMAIN_SEPARATOR()")
	want, err := fallback.call(Permit2Address, 0, input)
	require.NoError(t, err)
	got, err := patched.call(Permit2Address, 0, input)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestPermit2TransfersWCMT(t *testing.T) {
	s := newGenesisState(t, MainChainID)
	to := common.HexToAddress("0x70")
	_, err := s.call(WCMTAddress, 1000, s.method("deposit()"))
	require.NoError(t, err)
	_, err = s.call(WCMTAddress, 0, s.method("approve(address,uint256)", Permit2Address, big.NewInt(1000)))
	require.NoError(t, err)
	transfer := s.method("transferFrom(address,address,uint160,address)", caller, to, big.NewInt(400), WCMTAddress)
	_, err = s.call(Permit2Address, 0, transfer)
	require.Error(t, err, "before Permit2 knows of an allowance")
	_, err = s.call(Permit2Address, 0, s.method("approve(address,address,uint160,uint48)", WCMTAddress, caller, big.NewInt(400), big.NewInt(1<<40)))
	require.NoError(t, err)
	_, err = s.call(Permit2Address, 0, transfer)
	require.NoError(t, err)
	require.EqualValues(t, 400, s.number(WCMTAddress, s.method("balanceOf(address)", to)).Int64())
}

func TestWCMTDepositAndWithdraw(t *testing.T) {
	s := newGenesisState(t, MainChainID)
	before := s.state.GetBalance(caller).Clone()
	_, err := s.call(WCMTAddress, 500, nil) // a plain transfer deposits too
	require.NoError(t, err)
	_, err = s.call(WCMTAddress, 500, s.method("deposit()"))
	require.NoError(t, err)
	require.EqualValues(t, 1000, s.number(WCMTAddress, s.method("balanceOf(address)", caller)).Int64())
	require.EqualValues(t, 1000, s.number(WCMTAddress, s.method("totalSupply()")).Int64())
	require.EqualValues(t, 18, s.number(WCMTAddress, s.method("decimals()")).Int64())

	_, err = s.call(WCMTAddress, 0, s.method("withdraw(uint256)", big.NewInt(1001)))
	require.Error(t, err)
	_, err = s.call(WCMTAddress, 0, s.method("withdraw(uint256)", big.NewInt(1000)))
	require.NoError(t, err)
	require.Equal(t, before, s.state.GetBalance(caller))
	require.Zero(t, s.number(WCMTAddress, s.method("totalSupply()")).Sign())
}

func TestHistoryContractsAnswer(t *testing.T) {
	s := newGenesisState(t, MainChainID)
	hash, stamp := crypto.Keccak256Hash([]byte("block 99")), common.BigToHash(big.NewInt(1234))
	asSystem := func(to common.Address, input common.Hash) {
		_, _, err := runtime.Call(to, input[:], &runtime.Config{ChainConfig: s.chain, State: s.state,
			Origin: params.SystemAddress, GasLimit: 1_000_000, BlockNumber: big.NewInt(100), Time: 1234})
		require.NoError(t, err)
	}
	asSystem(params.HistoryStorageAddress, hash)
	asSystem(params.BeaconRootsAddress, hash)
	ninetyNine := common.BigToHash(big.NewInt(99))
	require.Equal(t, hash.Big(), s.number(params.HistoryStorageAddress, ninetyNine[:]))
	require.Equal(t, hash.Big(), s.number(params.BeaconRootsAddress, stamp[:]))
}

func TestRequestContractsRefuseUntilTheFirstSystemCall(t *testing.T) {
	for _, contract := range []common.Address{params.WithdrawalQueueAddress, params.ConsolidationQueueAddress} {
		s := newGenesisState(t, MainChainID)
		_, err := s.call(contract, 0, nil) // asks for the fee
		require.Error(t, err, contract)
		_, _, err = runtime.Call(contract, nil, &runtime.Config{ChainConfig: s.chain, State: s.state,
			Origin: params.SystemAddress, GasLimit: 1_000_000})
		require.NoError(t, err)
		require.EqualValues(t, 1, s.number(contract, nil).Int64())
	}
}
