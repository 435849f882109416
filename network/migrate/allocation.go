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

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/network"
)

// Allocation is what the check of a genesis needs to know of it: who begins with what.
type Allocation struct {
	ChainID       uint64
	BalancesWei   map[common.Address]*big.Int // spendable from the start
	LockedWei     map[common.Address]*big.Int // theirs, and locked; some of it may be staked
	StakedWei     map[common.Address]*big.Int // theirs, staked from the start, and not locked
	ClaimRoot     common.Hash                 // zero without claims
	ClaimTotalWei *big.Int
}

// sections are what the contracts' parts of a genesis say of locks, stakes and claims.
type sections struct {
	Lockup struct {
		Locks []struct {
			Account   common.Address `json:"account"`
			AmountWei string         `json:"amountWei"`
		} `json:"locks"`
	} `json:"lockup"`
	Staking struct {
		State      json.RawMessage `json:"state"`
		Candidates []struct {
			Owner        common.Address `json:"owner"`
			SelfStakeWei string         `json:"selfStakeWei"`
			Locked       bool           `json:"locked"`
		} `json:"candidates"`
		Delegations []struct {
			Delegator common.Address `json:"delegator"`
			Kind      uint8          `json:"kind"`
			AmountWei string         `json:"amountWei"`
		} `json:"delegations"`
	} `json:"staking"`
	Conversion struct {
		UnclaimedWei string `json:"unclaimedWei"`
		Trees        []struct {
			Root     common.Hash `json:"root"`
			TotalWei string      `json:"totalWei"`
		} `json:"trees"`
	} `json:"conversion"`
}

// kindLocked is how staking writes a delegation of locked coins.
const kindLocked = 2

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
		ChainID   uint64             `json:"chainId"`
		Alloc     types.GenesisAlloc `json:"alloc"`
		Contracts sections           `json:"contracts"`
	}
	if err := json.Unmarshal(document.AppState, &state); err != nil {
		return nil, err
	}
	a := &Allocation{
		ChainID: state.ChainID, BalancesWei: make(map[common.Address]*big.Int),
		LockedWei: make(map[common.Address]*big.Int), StakedWei: make(map[common.Address]*big.Int),
	}
	for address, account := range state.Alloc {
		if account.Balance != nil && account.Balance.Sign() > 0 {
			a.BalancesWei[address] = account.Balance
		}
	}
	return a, a.addSections(&state.Contracts)
}

func (a *Allocation) addSections(s *sections) error {
	if len(s.Staking.State) > 0 {
		return errors.New("contracts.staking.state: the genesis goes on from another chain; only a first one follows from the token")
	}
	for i, lock := range s.Lockup.Locks { // an account may have several
		if err := credit(a.LockedWei, lock.Account, lock.AmountWei); err != nil {
			return fmt.Errorf("contracts.lockup.locks[%d].amountWei: %w", i, err)
		}
	}
	lockedStake := make(map[common.Address]*big.Int)
	for i, c := range s.Staking.Candidates {
		into := a.StakedWei
		if c.Locked {
			into = lockedStake
		}
		if err := credit(into, c.Owner, c.SelfStakeWei); err != nil {
			return fmt.Errorf("contracts.staking.candidates[%d].selfStakeWei: %w", i, err)
		}
	}
	for i, d := range s.Staking.Delegations {
		into := a.StakedWei
		if d.Kind == kindLocked {
			into = lockedStake
		}
		if err := credit(into, d.Delegator, d.AmountWei); err != nil {
			return fmt.Errorf("contracts.staking.delegations[%d].amountWei: %w", i, err)
		}
	}
	// The genesis leaves staked locked coins with the lockup contract, from which staking takes them.
	a.dropEscrow(contracts.LockupAddress, sumWei(a.LockedWei))
	a.dropEscrow(contracts.StakingAddress, sumWei(a.StakedWei))
	return a.addClaims(s)
}

func (a *Allocation) addClaims(s *sections) (err error) {
	a.ClaimTotalWei = new(big.Int)
	if len(s.Conversion.Trees) > 1 {
		return fmt.Errorf("contracts.conversion.trees: there are %d; a genesis is checked with one claim tree", len(s.Conversion.Trees))
	}
	for _, tree := range s.Conversion.Trees {
		a.ClaimRoot = tree.Root
		if a.ClaimTotalWei, err = parseWei(tree.TotalWei); err != nil {
			return fmt.Errorf("contracts.conversion.trees: totalWei: %w", err)
		}
	}
	a.dropEscrow(ConversionAddress, a.ClaimTotalWei)
	return nil
}

// credit adds an amount to an account's.
func credit(to map[common.Address]*big.Int, account common.Address, text string) error {
	wei, err := parseWei(text)
	if err != nil {
		return err
	}
	if wei.Sign() > 0 {
		to[account] = wei.Add(wei, orZero(to[account]))
	}
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
