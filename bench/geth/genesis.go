package geth

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// GasLimit is the gas limit of a block; the EIP-1559 target is half of it.
const GasLimit = 500_000_000

// coins is a number of coins in wei.
func coins(n int64) *big.Int {
	return new(big.Int).Mul(big.NewInt(n), big.NewInt(params.Ether))
}

// newGenesis is a merged chain with Prague's rules from block 0, the system contracts those rules need, a rich
// funder, and the given accounts with 1,000 coins each.
func newGenesis(chainID int64, funder common.Address, funded []common.Address) *core.Genesis {
	config := *params.AllDevChainProtocolChanges
	config.ChainID = big.NewInt(chainID)
	config.OsakaTime = nil
	code := func(code []byte) types.Account {
		return types.Account{Nonce: 1, Code: code, Balance: new(big.Int)}
	}
	alloc := types.GenesisAlloc{
		params.BeaconRootsAddress:        code(params.BeaconRootsCode),
		params.HistoryStorageAddress:     code(params.HistoryStorageCode),
		params.WithdrawalQueueAddress:    code(params.WithdrawalQueueCode),
		params.ConsolidationQueueAddress: code(params.ConsolidationQueueCode),
	}
	for _, account := range funded {
		alloc[account] = types.Account{Balance: coins(1000)}
	}
	alloc[funder] = types.Account{Balance: coins(1_000_000_000)}
	return &core.Genesis{
		Config:     &config,
		GasLimit:   GasLimit,
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Difficulty: new(big.Int),
		Alloc:      alloc,
	}
}

func writeGenesis(path string, genesis *core.Genesis) error {
	text, err := json.Marshal(genesis)
	if err != nil {
		return fmt.Errorf("encode genesis: %w", err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write genesis: %w", err)
	}
	return nil
}
