package network

import (
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// Addresses of the predeployed contracts beside those that go-ethereum names (params.HistoryStorageAddress,
// BeaconRootsAddress, WithdrawalQueueAddress, ConsolidationQueueAddress).
var (
	Multicall3Address   = common.HexToAddress("0xcA11bde05977b3631167028862bE2a173976CA11")
	Create2ProxyAddress = common.HexToAddress("0x4e59b44847b379578588920cA78FbF26c0B4956C")
	Permit2Address      = common.HexToAddress("0x000000000022D473030F116dDEE9F6B43aC78BA3")

	// WCMTAddress holds wrapped CMT. It ends in the ASCII letters "WCMT".
	WCMTAddress = common.HexToAddress("0x0000000000000000000000000000000057434d54")
)

//go:embed predeploys/*.hex
var predeployFiles embed.FS

// requestsInhibited is the excess that EIP-7002 and EIP-7251 store when their contracts are created, until the first
// system call: requests revert meanwhile. A chain without a beacon chain never makes that call, and so nobody can pay
// for a request that nothing would read.
var requestsInhibited = map[common.Hash]common.Hash{
	{}: common.MaxHash,
}

// Predeploys returns the contracts every chain starts with, at their canonical addresses.
func Predeploys(chainID uint64) types.GenesisAlloc {
	alloc := make(types.GenesisAlloc)
	for address, code := range map[common.Address][]byte{
		Multicall3Address:            predeployCode("multicall3"),
		Create2ProxyAddress:          predeployCode("create2proxy"),
		Permit2Address:               permit2Code(chainID),
		WCMTAddress:                  predeployCode("wcmt"),
		params.HistoryStorageAddress: params.HistoryStorageCode,
		params.BeaconRootsAddress:    params.BeaconRootsCode,
	} {
		alloc[address] = types.Account{Balance: new(big.Int), Nonce: 1, Code: code}
	}
	for address, code := range map[common.Address][]byte{
		params.WithdrawalQueueAddress:    params.WithdrawalQueueCode,
		params.ConsolidationQueueAddress: params.ConsolidationQueueCode,
	} {
		alloc[address] = types.Account{Balance: new(big.Int), Nonce: 1, Code: code, Storage: maps.Clone(requestsInhibited)}
	}
	return alloc
}

// predeployCode reads an embedded file: hexadecimal lines, and comments after #. The files are part of the program,
// so that a broken one is a fault of the build.
func predeployCode(name string) []byte {
	content, err := predeployFiles.ReadFile("predeploys/" + name + ".hex")
	if err != nil {
		panic(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.TrimPrefix(strings.TrimSpace(line), "0x"))
		}
	}
	code, err := hex.DecodeString(digits.String())
	if err != nil || len(code) == 0 {
		panic(fmt.Sprintf("predeploys/%s.hex is not hexadecimal code: %v", name, err))
	}
	return code
}
