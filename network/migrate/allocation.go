package migrate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/network"
)

// LockupAddress is the contract that holds locked coins.
var LockupAddress = common.HexToAddress("0x000000000000000000000000000000000000c002")

// Allocation is what the check of a genesis needs to know of it: who begins with what.
type Allocation struct {
	ChainID       uint64
	BalancesWei   map[common.Address]*big.Int // spendable from the start
	LockedWei     map[common.Address]*big.Int // theirs, and locked
	ClaimRoot     common.Hash                 // zero without claims
	ClaimTotalWei *big.Int
}

// economy is what a genesis says of locks and claims.
type economy struct {
	Locks []struct {
		Account   common.Address `json:"account"`
		AmountWei string         `json:"amountWei"`
	} `json:"locks"`
	Claims struct {
		Root     common.Hash `json:"root"`
		TotalWei string      `json:"totalWei"`
	} `json:"claims"`
}

// ReadAllocation reads a genesis file. How a genesis writes balances, locks and claims is known here only.
func ReadAllocation(path string) (*Allocation, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	allocation, err := ParseAllocation(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, network.ErrGenesis, err)
	}
	return allocation, nil
}

// ParseAllocation reads a CometBFT genesis document.
func ParseAllocation(content []byte) (*Allocation, error) {
	var document cmttypes.GenesisDoc
	if err := cmtjson.Unmarshal(content, &document); err != nil {
		return nil, err
	}
	if len(document.AppState) == 0 {
		return nil, errors.New("app_state is missing; is this the genesis of another kind of chain?")
	}
	var state struct {
		ChainID uint64             `json:"chainId"`
		Alloc   types.GenesisAlloc `json:"alloc"`
		Economy economy            `json:"economy"`
	}
	if err := json.Unmarshal(document.AppState, &state); err != nil {
		return nil, err
	}
	a := &Allocation{ChainID: state.ChainID, BalancesWei: make(map[common.Address]*big.Int), LockedWei: make(map[common.Address]*big.Int)}
	for address, account := range state.Alloc {
		if account.Balance != nil && account.Balance.Sign() > 0 {
			a.BalancesWei[address] = account.Balance
		}
	}
	return a, a.addEconomy(&state.Economy)
}

func (a *Allocation) addEconomy(e *economy) (err error) {
	for i, lock := range e.Locks {
		amountWei, err := parseWei(lock.AmountWei)
		if err != nil {
			return fmt.Errorf("economy.locks[%d].amountWei: %w", i, err)
		}
		if sum := a.LockedWei[lock.Account]; sum != nil { // an account may have several locks
			amountWei.Add(amountWei, sum)
		}
		a.LockedWei[lock.Account] = amountWei
	}
	a.ClaimRoot = e.Claims.Root
	if a.ClaimTotalWei, err = parseWei(e.Claims.TotalWei); err != nil {
		return fmt.Errorf("economy.claims.totalWei: %w", err)
	}
	a.dropEscrow(LockupAddress, sumWei(a.LockedWei))
	a.dropEscrow(ConversionAddress, a.ClaimTotalWei)
	return nil
}

// dropEscrow leaves out the balance of a contract that holds the coins of others, which are counted as theirs. A balance
// of another size stays and will be reported.
func (a *Allocation) dropEscrow(contract common.Address, owedWei *big.Int) {
	if held := a.BalancesWei[contract]; held != nil && held.Cmp(owedWei) == 0 {
		delete(a.BalancesWei, contract)
	}
}

// parseWei reads a whole number of wei; "" is none.
func parseWei(text string) (*big.Int, error) {
	if text == "" {
		return new(big.Int), nil
	}
	wei, ok := new(big.Int).SetString(text, 10)
	if !ok || wei.Sign() < 0 || wei.BitLen() > 256 {
		return nil, fmt.Errorf("%q is no whole number of wei", text)
	}
	return wei, nil
}

func sumWei(parts map[common.Address]*big.Int) *big.Int {
	sum := new(big.Int)
	for _, part := range parts {
		sum.Add(sum, part)
	}
	return sum
}
