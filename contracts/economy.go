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

	"github.com/cybermiles/cybermiles/middleware/process"
	"github.com/cybermiles/cybermiles/middleware/rules"
	"github.com/cybermiles/cybermiles/protocol/access"
	"github.com/cybermiles/cybermiles/protocol/authority"
	"github.com/cybermiles/cybermiles/protocol/conversion"
	"github.com/cybermiles/cybermiles/protocol/gas"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/lockup"
	"github.com/cybermiles/cybermiles/protocol/schedule"
	"github.com/cybermiles/cybermiles/protocol/staking"
	"github.com/cybermiles/cybermiles/protocol/supply"
	"github.com/cybermiles/cybermiles/protocol/treasury"
	"github.com/cybermiles/cybermiles/protocol/upgrade"
)

// Parameters of the contracts, as a genesis has them.
type (
	StakingParameters    = staking.Parameters
	StakingConstants     = staking.Constants
	GovernanceParameters = governance.Parameters
	ScheduleParameters   = schedule.Parameters
	AccessGenesis        = access.Genesis
)

// Economy is what the contracts of a new public chain begin with. NewEconomy
// has the main network's values.
type Economy struct {
	CeilingWei   *uint256.Int
	RateBps      uint16        // of the first year's mining, basis points
	MaxRateBps   uint16        // the highest that governance can set
	MaxBlockTime time.Duration // the most that the time between two blocks counts

	Locks            []Lock
	LockedStakingOff bool // locked coins cannot be staked
	Claims           *Claims
	Staking          staking.Parameters
	Constants        staking.Constants
	Governance       governance.Parameters
	Schedule         schedule.Parameters
	Access           *access.Genesis // nil lets everyone send and deploy
	Authority        *Authority      // validators are named; nil: they stake

	FloorWei    *uint256.Int // lowest base fee, wei per gas
	MaxFloorWei *uint256.Int // the highest that governance can set
}

// Lock is coins of a genesis account that stay locked.
type Lock struct {
	From      common.Address // whose balance they are taken from
	Account   common.Address // who owns them, and gets them when the lock ends
	AmountWei *uint256.Int
	Until     time.Time
	Label     string
}

// Claims are coins of a genesis that holders of the ERC-20 token claim with a
// proof. The conversion contract's balance must hold them.
type Claims struct {
	Root         common.Hash  // of the Merkle tree; zero when governance will add it
	TotalWei     *uint256.Int // what all claims of the tree come to
	UnclaimedWei *uint256.Int // set aside for trees to come
	ConvertedWei *uint256.Int // tokens that the other accounts of the genesis stand for
}

// Authority is who names the validators of a private chain. Nothing is staked and
// nothing is mined there: its coins are those of its genesis.
type Authority struct {
	Administrator common.Address // zero: governance alone
	FeeReceiver   common.Address // zero: the validators in equal parts
	FeeBlocks     uint32         // fees are paid out after so many blocks
}

// DefaultFeeBlocks is how often a private chain's fees are paid out.
const DefaultFeeBlocks = 1000

// Founder is a validator of a new chain.
type Founder struct {
	Owner         common.Address
	Key           [32]byte // ed25519
	Moniker       string
	CommissionBps uint16
	StakeWei      *uint256.Int // taken from the owner's balance
	Locked        bool         // taken from the owner's locked coins instead
	Power         uint64       // where validators are named; it has no stake then
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
	if err := f.lock(e); err != nil {
		return nil, nil, err
	}
	if e.Authority != nil {
		f.name(e.Authority, founders)
	} else if err := f.stake(e, founders); err != nil {
		return nil, nil, err
	}
	if err := f.claim(e.Claims); err != nil {
		return nil, nil, err
	}
	initial, err := f.total()
	if err != nil {
		return nil, nil, err
	}
	coins := supply.Genesis{
		CeilingWei: e.CeilingWei, InitialWei: initial, RateBps: e.RateBps, MaxRateBps: e.MaxRateBps,
		GenesisTimeNanos: uint64(at.UnixNano()), MaxBlockNanos: uint64(e.MaxBlockTime),
	}
	if e.Authority != nil {
		coins.CeilingWei, coins.RateBps, coins.MaxRateBps = initial, 0, 0
	}
	f.sections["supply"] = coins
	f.sections["governance"] = governance.Genesis{Versions: []governance.Version{{Parameters: e.Governance}}}
	f.sections["treasury"] = treasury.Genesis{}
	f.sections["schedule"] = schedule.Genesis{Parameters: e.Schedule}
	f.sections["upgrade"] = upgrade.Genesis{}
	f.sections["rules"] = rules.Genesis{}
	f.sections["process"] = process.Genesis{}
	f.sections["gas"] = gas.Genesis{FloorWei: e.FloorWei, MaxFloorWei: e.MaxFloorWei}
	if e.Access != nil {
		f.sections["access"] = *e.Access
	}
	return f.encode()
}

// founding is a genesis in the making.
type founding struct {
	alloc    types.GenesisAlloc
	sections map[string]any
}

func (f *founding) lock(e *Economy) error {
	section := lockup.Genesis{StakingOff: e.LockedStakingOff, LeastWei: cmt(1), Locks: []lockup.GenesisLock{}}
	for _, lock := range e.Locks {
		if err := f.move(lock.From, LockupAddress, lock.AmountWei); err != nil {
			return fmt.Errorf("lock %q: %w", lock.Label, err)
		}
		section.Locks = append(section.Locks, lockup.GenesisLock{
			Account: lock.Account, AmountWei: lock.AmountWei, Until: uint64(lock.Until.Unix()), Label: lock.Label,
		})
	}
	f.sections["lockup"] = section
	return nil
}

func (f *founding) stake(e *Economy, founders []Founder) error {
	section := staking.Genesis{Parameters: e.Staking, Constants: e.Constants}
	for _, founder := range founders {
		if !founder.Locked { // the staking contract takes locked ones itself
			if err := f.move(founder.Owner, StakingAddress, founder.StakeWei); err != nil {
				return fmt.Errorf("validator %s: %w", founder.Moniker, err)
			}
		}
		section.Candidates = append(section.Candidates, staking.GenesisCandidate{
			Owner: founder.Owner, ConsensusKey: founder.Key, Moniker: founder.Moniker,
			CommissionBps: founder.CommissionBps, SelfStakeWei: founder.StakeWei, Locked: founder.Locked,
		})
	}
	f.sections["staking"] = section
	return nil
}

// name makes the founders the validators whom nobody stakes with.
func (f *founding) name(a *Authority, founders []Founder) {
	section := authority.Genesis{Administrator: a.Administrator, FeeReceiver: a.FeeReceiver, FeeBlocks: a.FeeBlocks}
	for _, founder := range founders {
		section.Validators = append(section.Validators, authority.GenesisValidator{
			Account: founder.Owner, ConsensusKey: founder.Key, Power: founder.Power, Name: founder.Moniker,
		})
	}
	f.sections["authority"] = section
}

func (f *founding) claim(c *Claims) error {
	if c == nil {
		return nil
	}
	section := conversion.Genesis{ConvertedWei: c.ConvertedWei, UnclaimedWei: c.UnclaimedWei, Trees: []conversion.GenesisTree{}}
	if c.Root != (common.Hash{}) {
		section.Trees = append(section.Trees, conversion.GenesisTree{Root: c.Root, TotalWei: c.TotalWei})
	}
	f.sections["conversion"] = section
	return nil
}

// move takes coins from one genesis account to another.
func (f *founding) move(from, to common.Address, amountWei *uint256.Int) error {
	source, target := f.alloc[from], f.alloc[to]
	if source.Balance == nil || source.Balance.Cmp(amountWei.ToBig()) < 0 {
		have := new(big.Int)
		if source.Balance != nil {
			have = source.Balance
		}
		return fmt.Errorf("account %s has %s wei in the genesis, %s are needed", from, have, amountWei.Dec())
	}
	if target.Balance == nil {
		target.Balance = new(big.Int)
	}
	source.Balance = new(big.Int).Sub(source.Balance, amountWei.ToBig())
	target.Balance = new(big.Int).Add(target.Balance, amountWei.ToBig())
	f.alloc[from], f.alloc[to] = source, target
	return nil
}

func (f *founding) total() (*uint256.Int, error) {
	sum := new(big.Int)
	for _, account := range f.alloc {
		if account.Balance != nil {
			sum.Add(sum, account.Balance)
		}
	}
	total, tooLarge := uint256.FromBig(sum)
	if tooLarge {
		return nil, fmt.Errorf("the genesis' balances come to %d wei, which does not fit in 256 bits", sum)
	}
	return total, nil
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
