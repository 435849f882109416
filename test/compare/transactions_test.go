package compare

import (
	"crypto/ecdsa"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/network"
)

// account is a sender that counts its transactions.
type account struct {
	key   *ecdsa.PrivateKey
	addr  common.Address
	nonce uint64
}

// scenario is the common history of the two chains.
type scenario struct {
	*pair
	signer                                                                        types.Signer
	a, b                                                                          *account         // send everything
	authors                                                                       *account         // authorizes others to set its code
	txs                                                                           []common.Hash    // in order
	named                                                                         []common.Address // contracts, in the order of deployment
	token, silent, reason, custom, panics, store, forward, factory, deep, invalid common.Address
}

func word(v uint64) common.Hash { return common.BigToHash(new(big.Int).SetUint64(v)) }

// reverting is code that reverts with data.
func reverting(data []byte) []byte {
	return program.New().Mstore(data, 0).Push(len(data)).Push0().Op(vm.REVERT).Bytes()
}

// abiText is the ABI encoding of one string.
func abiText(text string) []byte {
	return append(append(word(32).Bytes(), word(uint64(len(text))).Bytes()...), common.RightPadBytes([]byte(text), 32)...)
}

var (
	transferTopic = crypto.Keccak256Hash([]byte("Transfer(address,address,uint256)"))

	// tokenCode logs Transfer(caller, word 1 of the data, word 2) and moves two balances kept by address.
	tokenCode = program.New().Push0().Op(vm.CALLDATALOAD).Push(1).Op(vm.SLOAD, vm.ADD).Push(1).Op(vm.SSTORE). // what was moved in all
			Push(32).Op(vm.CALLDATALOAD).Push0().Op(vm.MSTORE).
			Push0().Op(vm.CALLDATALOAD, vm.CALLER).Push(transferTopic).Push(32).Push0().Op(vm.LOG3).
			Push(1).Push0().Op(vm.MSTORE).Return(0, 32).Bytes()
	// storeCode keeps the data's first word, or returns what it keeps when there is no data.
	storeCode = program.New().Op(vm.CALLDATASIZE).Push(9).Op(vm.JUMPI).Push(7).Op(vm.SLOAD).Push(17).Op(vm.JUMP).
			Op(vm.JUMPDEST).Push0().Op(vm.CALLDATALOAD).Push(7).Op(vm.SSTORE, vm.STOP).
			Op(vm.JUMPDEST).Push0().Op(vm.MSTORE).Return(0, 32).Bytes()
	// forwardCode calls the address in the data's first word with the rest, logs and returns the result.
	forwardCode = program.New().Push(32).Op(vm.CALLDATASIZE, vm.SUB).Push(32).Push0().Op(vm.CALLDATACOPY).
			Push0().Push0().Push(32).Op(vm.CALLDATASIZE, vm.SUB).Push0().Op(vm.CALLVALUE).Push0().Op(vm.CALLDATALOAD, vm.GAS, vm.CALL).
			Push(3).Op(vm.SSTORE, vm.RETURNDATASIZE).Push0().Push0().Op(vm.RETURNDATACOPY, vm.RETURNDATASIZE).Push0().Op(vm.LOG0).
			Op(vm.RETURNDATASIZE).Push0().Op(vm.RETURN).Bytes()
	// deepCode calls itself with half of the gas until little is left, and counts.
	deepCode = program.New().Push(1).Op(vm.SLOAD).Push(1).Op(vm.ADD).Push(1).Op(vm.SSTORE).
			Push0().Push0().Push0().Push0().Push0().Op(vm.ADDRESS).Push(2).Op(vm.GAS, vm.DIV, vm.CALL, vm.POP, vm.STOP).Bytes()
	childCode = program.New().Selfdestruct(common.HexToAddress("0xbeef")).Bytes()
	// factoryCode makes a contract by CREATE2 and lets it destroy itself.
	factoryCode = program.New().Create2ThenCall(program.New().ReturnViaCodeCopy(childCode).Bytes(), 1).Bytes()
)

func initCode(code []byte) []byte { return program.New().ReturnViaCodeCopy(code).Bytes() }

// play makes the history.
func play(p *pair) *scenario {
	p.t.Helper()
	accounts, err := network.DevAccounts(6)
	require.NoError(p.t, err)
	use := func(i int) *account { return &account{key: accounts[i].Key, addr: accounts[i].Address} }
	s := &scenario{pair: p, signer: types.LatestSignerForChainID(new(big.Int).SetUint64(network.DevChainID)), a: use(1), b: use(2), authors: use(3)}
	s.send(s.a, &types.LegacyTx{GasPrice: big.NewInt(3 * params.GWei), Gas: 21000, To: &s.b.addr, Value: big.NewInt(12345)})
	s.token, s.silent, s.reason = s.deploy(tokenCode), s.deploy(reverting(nil)), s.deploy(reverting(append(crypto.Keccak256([]byte("Error(string)"))[:4], abiText("not paid")...)))
	s.custom = s.deploy(reverting(append(crypto.Keccak256([]byte("Unpaid(uint256)"))[:4], word(7).Bytes()...)))
	s.panics = s.deploy(reverting(append(crypto.Keccak256([]byte("Panic(uint256)"))[:4], word(0x11).Bytes()...)))
	s.store, s.forward, s.factory, s.deep, s.invalid = s.deploy(storeCode), s.deploy(forwardCode), s.deploy(factoryCode), s.deploy(deepCode), s.deploy([]byte{0xfe})
	for i := range uint64(3) {
		s.call(s.a, s.token, 0, 200_000, common.BytesToHash(s.b.addr[:]).Bytes(), word(100+i).Bytes())
	}
	for _, failing := range []common.Address{s.silent, s.reason, s.custom, s.panics, s.invalid} {
		s.call(s.b, failing, 0, 80_000)
	}
	s.call(s.a, s.store, 0, 100_000, word(0x2a).Bytes())
	s.call(s.a, s.store, 0, 22_500, word(0x2b).Bytes()) // out of gas
	s.call(s.a, s.factory, 0, 400_000)
	s.call(s.b, s.deep, 0, 3_000_000)
	s.call(s.a, s.forward, 9, 200_000, common.BytesToHash(s.b.addr[:]).Bytes())
	s.call(s.a, s.forward, 0, 200_000, common.BytesToHash(s.reason[:]).Bytes())
	s.call(s.a, s.forward, 0, 200_000, word(2).Bytes(), []byte("abc"))
	s.call(s.a, s.forward, 0, 200_000, word(5).Bytes(), word(1).Bytes(), word(1).Bytes(), word(1).Bytes(), []byte{3, 5, 7})
	s.call(s.a, s.forward, 0, 200_000, word(0x100).Bytes(), common.FromHex(p256))
	s.send(s.b, &types.AccessListTx{ChainID: s.signer.ChainID(), GasPrice: big.NewInt(3 * params.GWei), Gas: 100_000, To: &s.store,
		AccessList: types.AccessList{{Address: s.store, StorageKeys: []common.Hash{word(7), word(8)}}}})
	s.setCode()
	s.call(s.b, s.authors.addr, 0, 100_000, word(0x77).Bytes())
	s.send(s.a, &types.LegacyTx{GasPrice: big.NewInt(3 * params.GWei), Gas: 60_000, Data: common.FromHex("0x60016000fd")}) // fails to create
	for range 3 {                                                                                                          // beyond the block that geth finalises
		s.call(s.b, s.token, 0, 200_000, common.BytesToHash(s.a.addr[:]).Bytes(), word(9).Bytes())
	}
	s.follow(head(p.t, p.geth))
	return s
}

// p256 is the first vector of EIP-7951: hash, r, s, x, y.
var p256 = "0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4da73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac" +
	"36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d604aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3" +
	"7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"

// setCode makes the authors' account act by the store's code.
func (s *scenario) setCode() {
	s.t.Helper()
	authorization, err := types.SignSetCode(s.authors.key, types.SetCodeAuthorization{ChainID: *uint256.NewInt(network.DevChainID), Address: s.store})
	require.NoError(s.t, err)
	s.send(s.a, &types.SetCodeTx{ChainID: uint256.NewInt(network.DevChainID), GasTipCap: uint256.NewInt(1), GasFeeCap: uint256.NewInt(20 * params.GWei), Gas: 200_000, To: s.b.addr,
		Value: new(uint256.Int), AuthList: []types.SetCodeAuthorization{authorization}})
}

// deploy makes a contract and returns its address.
func (s *scenario) deploy(code []byte) common.Address {
	s.t.Helper()
	at := crypto.CreateAddress(s.a.addr, s.a.nonce)
	s.named = append(s.named, at)
	s.send(s.a, &types.DynamicFeeTx{ChainID: s.signer.ChainID(), GasTipCap: common.Big1, GasFeeCap: big.NewInt(20 * params.GWei), Gas: 1_000_000, Data: initCode(code)})
	return at
}

func (s *scenario) call(from *account, to common.Address, value int64, gas uint64, data ...[]byte) {
	s.t.Helper()
	s.send(from, &types.DynamicFeeTx{ChainID: s.signer.ChainID(), GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(20 * params.GWei), Gas: gas, To: &to,
		Value: big.NewInt(value), Data: []byte(strings.Join(texts(data), ""))})
}

func texts(parts [][]byte) []string {
	out := make([]string, len(parts))
	for i, part := range parts {
		out[i] = string(part)
	}
	return out
}

// send signs with the account's next nonce and includes the transaction on both sides.
func (s *scenario) send(from *account, inner types.TxData) {
	s.t.Helper()
	switch tx := inner.(type) {
	case *types.LegacyTx:
		tx.Nonce = from.nonce
	case *types.AccessListTx:
		tx.Nonce = from.nonce
	case *types.DynamicFeeTx:
		tx.Nonce = from.nonce
	case *types.SetCodeTx:
		tx.Nonce = from.nonce
	}
	from.nonce++
	tx, err := types.SignNewTx(from.key, s.signer, inner)
	require.NoError(s.t, err)
	s.include(encoded(s.t, tx), tx.Hash())
	s.txs = append(s.txs, tx.Hash())
}

func encoded(t *testing.T, tx *types.Transaction) string {
	t.Helper()
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	return hexutil.Encode(raw)
}
