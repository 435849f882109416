package contracts

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/protocol/gas"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/lockup"
	"github.com/cybermiles/cybermiles/protocol/schedule"
	"github.com/cybermiles/cybermiles/protocol/staking"
	"github.com/cybermiles/cybermiles/protocol/supply"
	"github.com/cybermiles/cybermiles/protocol/treasury"
	"github.com/cybermiles/cybermiles/protocol/upgrade"
)

// Economy is what the contracts of a new public chain begin with. NewEconomy
// has the main network's values.
type Economy struct {
	CeilingWei   *uint256.Int
	RateBps      uint16        // of the first year's mining, basis points
	MaxRateBps   uint16        // the highest that governance can set
	MaxBlockTime time.Duration // the most that the time between two blocks counts

	Locks      []Lock
	Staking    staking.Parameters
	Constants  staking.Constants
	Governance governance.Parameters
	Schedule   schedule.Parameters

	FloorWei    *uint256.Int // lowest base fee, wei per gas
	MaxFloorWei *uint256.Int // the highest that governance can set
}

// Lock is coins of a genesis account that stay locked. They are taken from the
// account's balance.
type Lock struct {
	Account   common.Address
	AmountWei *uint256.Int
	Until     time.Time
	Label     string
}

// Founder is a validator of a new chain.
type Founder struct {
	Owner         common.Address
	Key           [32]byte // ed25519
	Moniker       string
	CommissionBps uint16
	StakeWei      *uint256.Int // taken from the owner's balance
}

// NewEconomy is the main network's economy, without locks.
func NewEconomy() *Economy {
	parameters, constants := staking.Defaults()
	return &Economy{
		CeilingWei: cmt(10_000_000_000), RateBps: 800, MaxRateBps: 800, MaxBlockTime: time.Minute,
		Staking: parameters, Constants: constants, Governance: governance.Default(), Schedule: schedule.Defaults(),
		FloorWei: uint256.NewInt(2 * params.GWei), MaxFloorWei: uint256.NewInt(1_000 * params.GWei),
	}
}

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(params.Ether))
}

// Found makes the sections of a new chain and moves the coins that are locked or
// staked from their owners' balances to the contracts that hold them.
func (e *Economy) Found(at time.Time, accounts types.GenesisAlloc, founders []Founder) (Sections, types.GenesisAlloc, error) {
	f := founding{alloc: maps.Clone(accounts), sections: make(map[string]any)}
	locks := lockup.Genesis{LeastWei: cmt(1), Locks: []lockup.GenesisLock{}}
	for _, lock := range e.Locks {
		if err := f.move(lock.Account, LockupAddress, lock.AmountWei); err != nil {
			return nil, nil, fmt.Errorf("lock %q: %w", lock.Label, err)
		}
		locks.Locks = append(locks.Locks, lockup.GenesisLock{
			Account: lock.Account, AmountWei: lock.AmountWei, Until: uint64(lock.Until.Unix()), Label: lock.Label,
		})
	}
	stakes := staking.Genesis{Parameters: e.Staking, Constants: e.Constants}
	for _, founder := range founders {
		if err := f.move(founder.Owner, StakingAddress, founder.StakeWei); err != nil {
			return nil, nil, fmt.Errorf("validator %s: %w", founder.Moniker, err)
		}
		stakes.Candidates = append(stakes.Candidates, staking.GenesisCandidate{
			Owner: founder.Owner, ConsensusKey: founder.Key, Moniker: founder.Moniker,
			CommissionBps: founder.CommissionBps, SelfStakeWei: founder.StakeWei,
		})
	}
	f.sections["supply"] = supply.Genesis{
		CeilingWei: e.CeilingWei, InitialWei: f.total(), RateBps: e.RateBps, MaxRateBps: e.MaxRateBps,
		GenesisTimeNanos: uint64(at.UnixNano()), MaxBlockNanos: uint64(e.MaxBlockTime),
	}
	f.sections["lockup"] = locks
	f.sections["staking"] = stakes
	f.sections["governance"] = governance.Genesis{Versions: []governance.Version{{Parameters: e.Governance}}}
	f.sections["treasury"] = treasury.Genesis{}
	f.sections["schedule"] = schedule.Genesis{Parameters: e.Schedule}
	f.sections["upgrade"] = upgrade.Genesis{}
	f.sections["gas"] = gas.Genesis{FloorWei: e.FloorWei, MaxFloorWei: e.MaxFloorWei}
	return f.encode()
}

// founding is a genesis in the making.
type founding struct {
	alloc    types.GenesisAlloc
	sections map[string]any
}

// move takes coins from one genesis account to another.
func (f *founding) move(from, to common.Address, amountWei *uint256.Int) error {
	source, target := f.alloc[from], f.alloc[to]
	if source.Balance == nil || source.Balance.Cmp(amountWei.ToBig()) < 0 {
		return fmt.Errorf("account %s has %s wei in the genesis, %s are needed", from, source.Balance, amountWei.Dec())
	}
	if target.Balance == nil {
		target.Balance = new(big.Int)
	}
	source.Balance = new(big.Int).Sub(source.Balance, amountWei.ToBig())
	target.Balance = new(big.Int).Add(target.Balance, amountWei.ToBig())
	f.alloc[from], f.alloc[to] = source, target
	return nil
}

func (f *founding) total() *uint256.Int {
	sum := new(big.Int)
	for _, account := range f.alloc {
		if account.Balance != nil {
			sum.Add(sum, account.Balance)
		}
	}
	return uint256.MustFromBig(sum)
}

func (f *founding) encode() (Sections, types.GenesisAlloc, error) {
	sections := make(Sections, len(f.sections))
	for name, value := range f.sections {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, nil, fmt.Errorf("genesis section %s: %w", name, err)
		}
		sections[name] = raw
	}
	return sections, f.alloc, nil
}
