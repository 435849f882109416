package main

import (
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/test/statetest"
)

var (
	secret    = common.HexToHash("0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8")
	sender    = addressOf(secret)
	authority = common.HexToHash("0x7a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d81")
	target    = common.HexToAddress("0x000000000000000000000000000000000000c0de")
	other     = common.HexToAddress("0x0000000000000000000000000000000000000dad")
)

// forks under which every case is filled.
var forks = []string{"London", "Paris", "Shanghai", "Cancun", "Prague", "Osaka"}

func addressOf(key common.Hash) common.Address {
	k, err := crypto.ToECDSA(key[:])
	if err != nil {
		panic(err)
	}
	return crypto.PubkeyToAddress(k.PublicKey)
}

func number(v uint64) *math.HexOrDecimal256 {
	return (*math.HexOrDecimal256)(new(big.Int).SetUint64(v))
}

// option varies a case.
type option func(*statetest.Fixture)

// call is a fixture in which the sender calls code with some data.
func call(code []byte, options ...option) *statetest.Fixture {
	f := &statetest.Fixture{
		Env: statetest.Env{
			Coinbase: common.UnprefixedAddress(common.HexToAddress("0xc01bba5e")), Random: number(0xa11ce), GasLimit: 30_000_000, Number: 7, Timestamp: 1000, BaseFee: number(9),
			Difficulty: number(0),
		},
		Pre: types.GenesisAlloc{
			sender: {Balance: big.NewInt(1e18)},
			target: {Balance: big.NewInt(1000), Code: code, Nonce: 1, Storage: map[common.Hash]common.Hash{{31: 1}: {31: 0x11}}},
		},
		Transaction: statetest.Transaction{
			GasPrice: number(12), To: target.Hex(), Data: []string{"0x"}, GasLimit: []math.HexOrDecimal64{1_000_000}, Value: []string{"0x0"}, SecretKey: secret[:],
		},
	}
	for _, o := range options {
		o(f)
	}
	f.Post = make(map[string][]statetest.Post)
	for _, fork := range forks {
		f.Post[fork] = posts(&f.Transaction)
	}
	return f
}

// posts are all combinations of a transaction's indexes, outcomes to be filled in: any hash but the right one.
func posts(t *statetest.Transaction) (out []statetest.Post) {
	for data := range t.Data {
		for gas := range t.GasLimit {
			for value := range t.Value {
				out = append(out, statetest.Post{Root: common.UnprefixedHash{1}, Logs: common.UnprefixedHash{1},
					Indexes: statetest.Indexes{Data: data, Gas: gas, Value: value}})
			}
		}
	}
	return out
}

func data(words ...string) option {
	return func(f *statetest.Fixture) { f.Transaction.Data = words }
}

func gas(limits ...math.HexOrDecimal64) option {
	return func(f *statetest.Fixture) { f.Transaction.GasLimit = limits }
}

func value(values ...string) option {
	return func(f *statetest.Fixture) { f.Transaction.Value = values }
}

func pre(address common.Address, account types.Account) option {
	return func(f *statetest.Fixture) {
		if account.Balance == nil {
			account.Balance = new(big.Int)
		}
		f.Pre[address] = account
	}
}

func transaction(change func(*statetest.Transaction)) option {
	return func(f *statetest.Fixture) { change(&f.Transaction) }
}

// dynamic makes the transaction one of EIP-1559.
func dynamic(tip, cap uint64) option {
	return transaction(func(t *statetest.Transaction) {
		t.GasPrice, t.MaxFeePerGas, t.MaxPriorityFeePerGas = nil, number(cap), number(tip)
	})
}

// authorize signs EIP-7702 authorizations of the authority.
func authorize(delegate common.Address, chainIDs, nonces []uint64) option {
	return func(f *statetest.Fixture) {
		dynamic(1, 100)(f)
		key, err := crypto.ToECDSA(authority[:])
		if err != nil {
			panic(err)
		}
		for i := range chainIDs {
			a, err := types.SignSetCode(key, types.SetCodeAuthorization{ChainID: *uint256.NewInt(chainIDs[i]), Address: delegate, Nonce: nonces[i]})
			if err != nil {
				panic(err)
			}
			f.Transaction.AuthorizationList = append(f.Transaction.AuthorizationList, statetest.Authorization{
				ChainID: number(chainIDs[i]), Address: delegate, Nonce: math.HexOrDecimal64(nonces[i]), V: math.HexOrDecimal64(a.V),
				R: (*math.HexOrDecimal256)(a.R.ToBig()), S: (*math.HexOrDecimal256)(a.S.ToBig()),
			})
		}
	}
}

// files are the cases by the name of their file.
func files() map[string]map[string]*statetest.Fixture {
	return map[string]map[string]*statetest.Fixture{
		"storage":     storage(),
		"environment": environment(),
		"calls":       calls(),
		"creation":    creation(),
		"precompiled": precompiled(),
		"setcode":     setCode(),
		"invalid":     invalid(),
	}
}

func storage() map[string]*statetest.Fixture {
	copied := program.New().Op(vm.CALLDATASIZE).Push0().Push0().Op(vm.CALLDATACOPY, vm.CALLDATASIZE).Push0().Op(vm.LOG0).Bytes()
	return map[string]*statetest.Fixture{
		"set_clear_refund": call(program.New().Sstore(1, 0).Sstore(2, 5).Sstore(2, 0).Sstore(3, 7).Bytes(), gas(1_000_000, 21_000, 30_000, 45_000)),
		"logs": call(program.New().Push(4).Push(3).Push(2).Push(1).Push(64).Push0().Op(vm.LOG4).Push(9).Push(32).Push0().Op(vm.LOG1).Append(copied).Bytes(),
			data("0x", "0x0102030405", "0x"+strings.Repeat("00ff", 100))),
		"transient": call(program.New().Tstore(1, 42).Push(1).Op(vm.TLOAD).Push(2).Op(vm.SSTORE).Bytes()),
		"memory_copy": call(program.New().Push(uint64(0x1122334455667788)).Push0().Op(vm.MSTORE).Push(40).Push(20).Push(3).Op(vm.MCOPY).
			Push(64).Push0().Op(vm.KECCAK256).Push0().Op(vm.SSTORE).Bytes()),
		"leading_zeros": call(program.New().Push(1 << 40).Op(vm.CLZ).Push(2).Op(vm.SSTORE).Push0().Op(vm.CLZ).Push(3).Op(vm.SSTORE).Bytes()),
	}
}

func environment() map[string]*statetest.Fixture {
	p := program.New()
	for slot, op := range []vm.OpCode{vm.COINBASE, vm.TIMESTAMP, vm.NUMBER, vm.PREVRANDAO, vm.GASLIMIT, vm.CHAINID, vm.SELFBALANCE, vm.BASEFEE,
		vm.ORIGIN, vm.CALLER, vm.GASPRICE, vm.CALLVALUE, vm.CODESIZE, vm.MSIZE, vm.GAS} {
		p.Op(op).Push(slot).Op(vm.SSTORE)
	}
	blobs := program.New().Op(vm.BLOBBASEFEE).Push(1).Op(vm.SSTORE).Push0().Op(vm.BLOBHASH).Push(2).Op(vm.SSTORE).Bytes()
	hashes := program.New().Push(6).Op(vm.BLOCKHASH).Push(2).Op(vm.SSTORE).Push0().Op(vm.BLOCKHASH).Push(3).Op(vm.SSTORE).Push(7).Op(vm.BLOCKHASH).Push(4).Op(vm.SSTORE).Bytes()
	excess := func(f *statetest.Fixture) {
		amount := math.HexOrDecimal64(60_000_000)
		f.Env.ExcessBlobGas = &amount
	}
	noExcess := func(f *statetest.Fixture) { f.Env.ExcessBlobGas = new(math.HexOrDecimal64) }
	return map[string]*statetest.Fixture{
		"block":          call(p.Bytes(), value("0x0", "0x7"), dynamic(3, 100)),
		"blobs":          call(blobs, noExcess),
		"blobs_excess":   call(blobs, excess),
		"block_hash":     call(hashes),
		"push0":          call(program.New().Push0().Push0().Op(vm.SSTORE).Bytes()),
		"coinbase_warm":  call(program.New().Op(vm.COINBASE, vm.BALANCE).Op(vm.GAS).Push(2).Op(vm.SSTORE).Bytes()),
		"coinbase_calls": call(program.New().Call(nil, other, 1, 0, 0, 0, 0).Bytes(), func(f *statetest.Fixture) { f.Env.Coinbase = common.UnprefixedAddress(other) }),
	}
}

func calls() map[string]*statetest.Fixture {
	revert := program.New().Sstore(5, 5).Push0().Push0().Op(vm.LOG0).Mstore([]byte("no"), 0).Push(2).Push0().Op(vm.REVERT).Bytes()
	recursive := program.New().Push(1).Push(1).Op(vm.SLOAD, vm.ADD).Push(1).Op(vm.SSTORE).Call(nil, target, 0, 0, 0, 0, 0).Push(2).Op(vm.SSTORE).Bytes()
	all := program.New().Call(nil, other, 3, 0, 0, 0, 32).Push(16).Op(vm.SSTORE).DelegateCall(nil, other, 0, 0, 0, 32).Push(17).Op(vm.SSTORE).
		StaticCall(nil, other, 0, 0, 0, 32).Push(18).Op(vm.SSTORE).CallCode(nil, other, 3, 0, 0, 0, 32).Push(19).Op(vm.SSTORE).
		Op(vm.RETURNDATASIZE).Push(20).Op(vm.SSTORE).Bytes()
	writer := types.Account{Nonce: 1, Code: program.New().Sstore(7, 8).Op(vm.CALLER).Push0().Op(vm.MSTORE).Return(0, 32).Bytes()}
	return map[string]*statetest.Fixture{
		"transfer":          call(nil, value("0x0", "0x1", "0xde0b6b3a7640000"), gas(21_000, 20_999, 30_000)),
		"revert":            call(revert, gas(100_000, 22_000)),
		"invalid_opcode":    call([]byte{0xfe}, gas(50_000)),
		"recursion":         call(recursive, gas(200_000, 2_000_000)),
		"kinds":             call(all, pre(other, writer), value("0x0", "0x64")),
		"kinds_reverting":   call(all, pre(other, types.Account{Nonce: 1, Code: revert})),
		"kinds_nobody":      call(all),
		"kinds_too_poor":    call(program.New().Call(nil, other, 100_000, 0, 0, 0, 0).Push(2).Op(vm.SSTORE).Bytes()),
		"self_destruct":     call(program.New().Selfdestruct(other).Bytes(), value("0x0", "0x5")),
		"self_destruct_own": call(program.New().Selfdestruct(target).Bytes()),
		"access_list": call(program.New().Push(1).Op(vm.SLOAD).Push(2).Op(vm.SSTORE).Bytes(), data("0x", "0x00"), transaction(func(t *statetest.Transaction) {
			t.AccessLists = []*types.AccessList{{}, {{Address: target, StorageKeys: []common.Hash{{31: 1}, {31: 2}}}, {Address: other, StorageKeys: []common.Hash{}}}}
		})),
		"data_floor": call(nil, data("0x"+strings.Repeat("ff", 1000), "0x"+strings.Repeat("00", 1000)), gas(60_000, 61_000, 100_000, 30_000)),
	}
}

func creation() map[string]*statetest.Fixture {
	runtime := program.New().Sstore(1, 1).Bytes()
	init := program.New().Sstore(0, 3).ReturnViaCodeCopy(runtime).Bytes()
	dying := program.New().Selfdestruct(other).Bytes()
	create := transaction(func(t *statetest.Transaction) { t.To = "" })
	long := func(n int) string { return "0x" + strings.Repeat("00", n) }
	return map[string]*statetest.Fixture{
		"transaction":  call(nil, create, data(hexutil.Encode(init), "0x", hexutil.Encode([]byte{0xfe}), "0x60ef60005360016000f3"), gas(60_000, 200_000), value("0x0", "0x9")),
		"size":         call(nil, create, data(long(49152), long(49153)), gas(3_000_000)),
		"code_size":    call(nil, create, data("0x6160006000f3", "0x6160016000f3"), gas(10_000_000)),
		"create2":      call(program.New().Create2(init, 5).Push(1).Op(vm.SSTORE).Create2(init, 5).Push(2).Op(vm.SSTORE).Bytes(), gas(400_000, 90_000)),
		"create2_dies": call(program.New().Create2ThenCall(program.New().ReturnViaCodeCopy(dying).Bytes(), 1).Bytes()),
		"init_dies":    call(nil, create, data(hexutil.Encode(dying)), value("0x5")),
		"collision":    call(nil, create, data(hexutil.Encode(init)), pre(crypto.CreateAddress(sender, 0), types.Account{Nonce: 1, Code: []byte{0}})),
	}
}

func precompiled() map[string]*statetest.Fixture {
	// to calls a contract with the call data and keeps the result's hash and size and what the call cost.
	to := func(address any) []byte {
		return program.New().Op(vm.CALLDATASIZE).Push0().Push0().Op(vm.CALLDATACOPY, vm.GAS).
			Push0().Push0().Op(vm.CALLDATASIZE).Push0().Push0().Push(address).Op(vm.GAS, vm.CALL).Push(2).Op(vm.SSTORE).
			Op(vm.GAS, vm.SWAP1, vm.SUB).Push(3).Op(vm.SSTORE).
			Op(vm.RETURNDATASIZE).Push0().Push0().Op(vm.RETURNDATACOPY, vm.RETURNDATASIZE).Push0().Op(vm.KECCAK256).Push(4).Op(vm.SSTORE).
			Op(vm.RETURNDATASIZE).Push(5).Op(vm.SSTORE).Bytes()
	}
	word := func(n uint64) string { b := uint256.NewInt(n).Bytes32(); return hex.EncodeToString(b[:]) }
	power := func(base, exponent, modulus string) string {
		return "0x" + word(uint64(len(base)/2)) + word(uint64(len(exponent)/2)) + word(uint64(len(modulus)/2)) + base + exponent + modulus
	}
	// The first vector of EIP-7951: hash, r, s, x, y.
	p256 := "0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4da73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac" +
		"36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d604aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3" +
		"7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
	point := word(1) + word(2)
	return map[string]*statetest.Fixture{
		"modexp":     call(to(5), data("0x", power("03", "05", "07"), power(strings.Repeat("ab", 64), strings.Repeat("cd", 40), strings.Repeat("ef", 64)), power(strings.Repeat("ff", 1025), "03", "07"))),
		"p256verify": call(to(0x100), data("0x", p256, p256[:len(p256)-1]+"f")),
		"bn256_add":  call(to(6), data("0x", "0x"+point+point, "0x"+word(1)+word(1))),
		"bn256_mul":  call(to(7), data("0x"+point+word(77))),
		"sha256":     call(to(2), data("0x", "0x616263")),
		"ripemd160":  call(to(3), data("0x616263")),
		"identity":   call(to(4), data("0x", "0x"+strings.Repeat("ab", 99))),
		"blake2f":    call(to(9), data("0x", "0x0000000c"+strings.Repeat("01", 208)+"01", "0x0000000c"+strings.Repeat("01", 208)+"02")),
		"kzg":        call(to(0xa), data("0x", "0x"+strings.Repeat("00", 192))),
		"bls_g1_add": call(to(0xb), data("0x", "0x"+strings.Repeat("00", 256))),
		"bls_map_g2": call(to(0x11), data("0x"+strings.Repeat("00", 128))),
		"ecrecover":  call(to(1), data("0x"+word(5)+word(27)+word(9)+word(9), "0x"+word(5)+word(26)+word(9)+word(9))),
	}
}

func setCode() map[string]*statetest.Fixture {
	who := addressOf(authority)
	writer := program.New().Sstore(7, 8).Op(vm.CALLER).Push(8).Op(vm.SSTORE).Bytes()
	through := program.New().Call(nil, who, 0, 0, 0, 0, 0).Push(2).Op(vm.SSTORE).Push(who).Op(vm.EXTCODESIZE).Push(3).Op(vm.SSTORE).
		Push(who).Op(vm.EXTCODEHASH).Push(4).Op(vm.SSTORE).Bytes()
	fixtures := map[string]*statetest.Fixture{
		"delegate":       call(through, pre(other, types.Account{Nonce: 1, Code: writer}), authorize(other, []uint64{1}, []uint64{0})),
		"any_chain":      call(through, pre(other, types.Account{Nonce: 1, Code: writer}), authorize(other, []uint64{0}, []uint64{0})),
		"wrong":          call(through, authorize(other, []uint64{2, 1}, []uint64{0, 9})),
		"twice":          call(through, pre(other, types.Account{Nonce: 1, Code: writer}), authorize(other, []uint64{1, 1}, []uint64{0, 1})),
		"existing":       call(through, pre(who, types.Account{Balance: big.NewInt(5)}), authorize(target, []uint64{1}, []uint64{0})),
		"to_precompiled": call(through, authorize(common.Address{19: 4}, []uint64{1}, []uint64{0})),
		"clear": call(through, pre(who, types.Account{Nonce: 3, Balance: big.NewInt(5), Code: types.AddressToDelegation(other)}),
			pre(other, types.Account{Nonce: 1, Code: writer}), authorize(common.Address{}, []uint64{1}, []uint64{3})),
		"loop": call(through, pre(who, types.Account{Code: types.AddressToDelegation(who), Nonce: 1})),
	}
	for _, fixture := range fixtures {
		for fork := range fixture.Post {
			if fork != "Prague" && fork != "Osaka" {
				delete(fixture.Post, fork) // evm does not look at the kind of a transaction, a chain refuses it
			}
		}
	}
	return fixtures
}

func invalid() map[string]*statetest.Fixture {
	nonce := func(n math.HexOrDecimal64) option {
		return transaction(func(t *statetest.Transaction) { t.Nonce = n })
	}
	return map[string]*statetest.Fixture{
		"nonce_high":     call(nil, nonce(1)),
		"nonce_low":      call(nil, pre(sender, types.Account{Nonce: 2, Balance: big.NewInt(1e18)}), nonce(1)),
		"nonce_last":     call(nil, pre(sender, types.Account{Nonce: 1<<64 - 1, Balance: big.NewInt(1e18)}), nonce(1<<64-1)),
		"poor":           call(nil, value("0xde0b6b3a7640000", "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")),
		"fee_low":        call(nil, dynamic(0, 8)),
		"tip_above_cap":  call(nil, dynamic(20, 10)),
		"gas_above":      call(nil, gas(30_000_001, 30_000_000)),
		"gas_transacted": call(nil, gas(16_777_216, 16_777_217)),
		"sender_code":    call(nil, pre(sender, types.Account{Balance: big.NewInt(1e18), Code: []byte{0}, Nonce: 0})),
		"no_authorizations": call(nil, dynamic(1, 100), transaction(func(t *statetest.Transaction) {
			t.AuthorizationList = []statetest.Authorization{}
		})),
	}
}
