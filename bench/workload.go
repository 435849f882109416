package bench

import (
	_ "embed" // the compiled contracts
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// The contracts' creation code, compiled by contract/build.js.
var (
	//go:embed contract/Disperse.bin
	disperseHex string
	//go:embed contract/BenchToken.bin
	tokenHex string
	//go:embed contract/BenchRules.bin
	shopHex string
	//go:embed contract/Fees.model.hex
	feesHex string
	//go:embed contract/BenchProcess.bin
	clerkHex string
	//go:embed contract/Task.model.hex
	taskHex string
)

func creationCode(compiled string) ([]byte, error) {
	code, err := hex.DecodeString(strings.TrimSpace(compiled))
	if err != nil {
		return nil, fmt.Errorf("decode embedded contract (run node bench/contract/build.js): %w", err)
	}
	return code, nil
}

func selector(signature string) []byte { return crypto.Keccak256([]byte(signature))[:4] }

var transferSelector = selector("transfer(address,uint256)")

// word is a number as one ABI word.
func word(n int64) []byte { return common.LeftPadBytes(big.NewInt(n).Bytes(), 32) }

// appendAddresses appends the ABI encoding of a dynamic address array without its head.
func appendAddresses(data []byte, accounts []common.Address) []byte {
	data = append(data, word(int64(len(accounts)))...)
	for _, account := range accounts {
		data = append(data, common.LeftPadBytes(account[:], 32)...)
	}
	return data
}

func disperseData(accounts []common.Address) []byte {
	data := append(selector("disperse(address[])"), word(32)...)
	return appendAddresses(data, accounts)
}

func mintData(accounts []common.Address, each *big.Int) []byte {
	data := append(selector("mint(address[],uint256)"), word(64)...)
	data = append(data, common.LeftPadBytes(each.Bytes(), 32)...)
	return appendAddresses(data, accounts)
}

func tokenTransferData(to common.Address, value int64) []byte {
	data := make([]byte, 0, 68)
	data = append(data, transferSelector...)
	data = append(data, common.LeftPadBytes(to[:], 32)...)
	return append(data, word(value)...)
}

// rulesAddress is where the rules contract is.
var rulesAddress = common.HexToAddress("0xc101")

// deployModelData is the call that deploys a compiled decision model.
func deployModelData(model []byte) []byte {
	return append(selector("deploy(bytes)"), bytesArgument(model)...)
}

// bytesArgument is the ABI encoding of bytes as the only argument.
func bytesArgument(content []byte) []byte {
	data := append(word(32), word(int64(len(content)))...)
	data = append(data, content...)
	return append(data, make([]byte, (32-len(content)%32)%32)...)
}

// processAddress is where the process contract is.
var processAddress = common.HexToAddress("0xc102")

var beginData, finishData = selector("begin()"), selector("finish()")

// clerkData is the call of the clerk that is an account's turn: each instance is begun and then finished.
func clerkData(number int) []byte {
	if number%2 == 0 {
		return beginData
	}
	return finishData
}

var orderSelector = selector("order(uint256,int128,bool)")

// orderData is an order of a level and an amount that follow from the account and the number, so that all rules of
// the table match now and then.
func orderData(account, number int) []byte {
	mixed := int64(recipient(account, number, 1<<20))
	return packOrder(mixed%3, 1+mixed/3%1500, mixed>>12&1)
}

func packOrder(level, amount, first int64) []byte {
	data := make([]byte, 0, 100)
	data = append(data, orderSelector...)
	data = append(data, word(level)...)
	data = append(data, word(amount)...)
	return append(data, word(first)...)
}

// dearest is the call of the workload's contract that takes the most gas, a margin aside.
func (w Workload) dearest(to common.Address) []byte {
	switch w {
	case Rules:
		return packOrder(1, 1500, 1) // it has a fee, which is the account's first
	case Process:
		return beginData
	}
	return tokenTransferData(to, 1)
}

// contractData is the call of a transaction to the workload's contract.
func (w Workload) contractData(account, number int, to common.Address) []byte {
	switch w {
	case Rules:
		return orderData(account, number)
	case Process:
		return clerkData(number)
	}
	return tokenTransferData(to, 1)
}

// callsContract says whether an account's transaction with this number goes to the workload's contract.
func (w Workload) callsContract(account, number int) bool {
	switch w {
	case ERC20, Rules, Process:
		return true
	case Mixed:
		return (account+number)%2 == 1
	default:
		return false
	}
}

// recipient picks the receiving account of a transaction: any account but the sender, each equally likely,
// and the same one whenever the run is repeated.
func recipient(sender, number, accounts int) int {
	mixed := uint64(sender)<<32 ^ uint64(number)
	mixed += 0x9e3779b97f4a7c15 // splitmix64
	mixed = (mixed ^ mixed>>30) * 0xbf58476d1ce4e5b9
	mixed = (mixed ^ mixed>>27) * 0x94d049bb133111eb
	mixed ^= mixed >> 31
	other := int(mixed % uint64(accounts-1))
	if other >= sender {
		other++
	}
	return other
}
