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

// callsToken says whether an account's transaction with this number is a token transfer.
func (w Workload) callsToken(account, number int) bool {
	switch w {
	case ERC20:
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
