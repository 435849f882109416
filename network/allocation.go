package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contracts"
)

// Allocation is who begins with what.
type Allocation struct {
	Shares     []Share  // of all coins there are; together they are TotalWei
	TotalWei   *big.Int // at genesis
	CeilingWei *big.Int // that there will ever be; nil when the chain has no such rule
	Founders   []FounderShare
}

// Share is a part of the coins.
type Share struct {
	Part     string
	Accounts int // 0 for a contract's
	Wei      *big.Int
	Until    time.Time // locked until then; zero is not locked
}

// FounderShare is a validator of the genesis.
type FounderShare struct {
	Moniker       string
	Owner         common.Address
	Key           common.Hash
	StakeWei      *big.Int
	CommissionBps uint16
	Power         uint64 // where validators are named
}

// sections is what an Allocation needs to know of the contracts' parts.
type sections struct {
	supply struct {
		CeilingWei *uint256.Int `json:"ceilingWei"`
	}
	lockup struct {
		Locks []struct {
			Account   common.Address `json:"account"`
			AmountWei *uint256.Int   `json:"amountWei"`
			Until     int64          `json:"until"`
			Label     string         `json:"label"`
		} `json:"locks"`
	}
	staking struct {
		Candidates []struct {
			Owner         common.Address `json:"owner"`
			ConsensusKey  common.Hash    `json:"consensusKey"`
			Moniker       string         `json:"moniker"`
			CommissionBps uint16         `json:"commissionBps"`
			SelfStakeWei  *uint256.Int   `json:"selfStakeWei"`
		} `json:"candidates"`
	}
	authority struct {
		Validators []struct {
			Account      common.Address `json:"account"`
			ConsensusKey common.Hash    `json:"consensusKey"`
			Name         string         `json:"name"`
			Power        uint64         `json:"power"`
		} `json:"validators"`
	}
}

// Allocation sums up who begins with what. Locked coins that are staked count as locked.
func (g *Genesis) Allocation() (*Allocation, error) {
	var s sections
	for name, into := range map[string]any{"supply": &s.supply, "lockup": &s.lockup, "staking": &s.staking, "authority": &s.authority} {
		if raw, found := g.Contracts[name]; found {
			if err := json.Unmarshal(raw, into); err != nil {
				return nil, fmt.Errorf("%w: contracts.%s: %w", ErrGenesis, name, err)
			}
		}
	}
	a := &Allocation{TotalWei: g.TotalWei()}
	if s.supply.CeilingWei != nil {
		a.CeilingWei = s.supply.CeilingWei.ToBig()
	}
	free := Share{Part: "Free from the start", Wei: new(big.Int)}
	held := make(map[common.Address]*big.Int)
	for address, account := range g.Alloc {
		switch address {
		case contracts.LockupAddress, contracts.StakingAddress, contracts.TreasuryAddress, contracts.ConversionAddress:
			held[address] = account.Balance
		default:
			if account.Balance != nil && account.Balance.Sign() > 0 {
				free.Accounts++
				free.Wei.Add(free.Wei, account.Balance)
			}
		}
	}
	a.Shares = append(a.Shares, free)
	locked := new(big.Int)
	for _, lock := range s.lockup.Locks {
		if lock.AmountWei == nil {
			return nil, fmt.Errorf("%w: contracts.lockup: a lock has no amountWei", ErrGenesis)
		}
		wei := lock.AmountWei.ToBig()
		locked.Add(locked, wei)
		a.Shares = append(a.Shares, Share{lock.Label, 1, wei, time.Unix(lock.Until, 0).UTC()})
	}
	stakeOfOthers := held[contracts.StakingAddress]
	if escrow := held[contracts.LockupAddress]; stakeOfOthers != nil || escrow != nil {
		// What the locks say and their contract does not hold is staked.
		stake := new(big.Int).Add(orNone(stakeOfOthers), orNone(escrow))
		a.add("Staked", stake.Sub(stake, locked))
	}
	a.add("Treasury", held[contracts.TreasuryAddress])
	a.add("Claims", held[contracts.ConversionAddress])
	for _, c := range s.staking.Candidates {
		stake := new(big.Int)
		if c.SelfStakeWei != nil {
			stake = c.SelfStakeWei.ToBig()
		}
		a.Founders = append(a.Founders, FounderShare{c.Moniker, c.Owner, c.ConsensusKey, stake, c.CommissionBps, 0})
	}
	for _, v := range s.authority.Validators {
		a.Founders = append(a.Founders, FounderShare{v.Name, v.Account, v.ConsensusKey, new(big.Int), 0, v.Power})
	}
	return a, nil
}

// add adds a contract's coins.
func (a *Allocation) add(part string, wei *big.Int) {
	if wei != nil && wei.Sign() != 0 {
		a.Shares = append(a.Shares, Share{Part: part, Wei: wei})
	}
}

func orNone(wei *big.Int) *big.Int {
	if wei == nil {
		return new(big.Int)
	}
	return wei
}

// Parameters are the contracts' parameters by contract: what their parts of the genesis hold besides accounts.
func (g *Genesis) Parameters() (map[string]any, error) {
	all := make(map[string]any)
	for name, raw := range g.Contracts {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		section := make(map[string]any)
		if err := decoder.Decode(&section); err != nil {
			return nil, fmt.Errorf("%w: contracts.%s: %w", ErrGenesis, name, err)
		}
		found := make(map[string]any)
		flatten(section, found)
		if len(found) > 0 {
			all[name] = found
		}
	}
	return all, nil
}

// flatten collects single values and the newest version of what has versions; lists of accounts are no parameters.
func flatten(section, into map[string]any) {
	for key, value := range section {
		switch v := value.(type) {
		case map[string]any:
			flatten(v, into)
		case []any:
			if key == "versions" && len(v) > 0 {
				if newest, ok := v[len(v)-1].(map[string]any); ok {
					flatten(newest, into)
				}
			}
		case nil:
		default:
			into[key] = v
		}
	}
}
