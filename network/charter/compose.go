package charter

import (
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/network"
)

// Composed is what a charter says, its files read.
type Composed struct {
	Genesis    *network.Genesis
	Validators []network.Validator // a zero key is still to be made
	Time       time.Time
	Parts      []Sum

	FounderBalanceWei *big.Int // of each validator whose key and account are still to be made
}

// Sum is what a part comes to.
type Sum struct {
	Label    string
	Accounts int
	Wei      *big.Int
}

// Compose makes the genesis that the charter describes. now is its time unless the charter has one.
func (c *Charter) Compose(now time.Time) (*Composed, error) {
	composed, err := c.compose(now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCharter, err)
	}
	return composed, composed.Genesis.Validate()
}

func (c *Charter) compose(now time.Time) (*Composed, error) {
	at := c.GenesisTime
	if at.IsZero() {
		at = now
	}
	m := &Composed{Time: at.UTC().Truncate(time.Second), FounderBalanceWei: c.Founders.Balance.wei()}
	g := network.New(c.Name, c.ChainID)
	g.Symbol, g.GasLimit, g.BlockInterval = c.Symbol, c.GasLimit, c.BlockTime
	if !c.FloorGwei.wei().IsUint64() {
		return nil, fmt.Errorf("floorGwei %s is too high", c.FloorGwei)
	}
	g.BaseFeeFloorWei = c.FloorGwei.wei().Uint64()
	g.BaseFeeWei = g.BaseFeeFloorWei
	m.Genesis = g
	if err := c.addParts(m); err != nil {
		return nil, err
	}
	economy, err := c.economy(m)
	if err != nil {
		return nil, err
	}
	g.Economy = economy
	for _, v := range c.Validator {
		made := network.Validator{
			Name: v.Moniker, Owner: v.Owner.address, StakeWei: v.SelfStake.wei(), CommissionBps: uint16(v.Commission),
			Locked: v.Locked, Power: v.Power,
		}
		if v.Key != "" {
			if made.Key, err = parseKey(v.Key); err != nil {
				return nil, fmt.Errorf("validator %q: %w", v.Moniker, err)
			}
		}
		m.Validators = append(m.Validators, made)
	}
	return m, nil
}

// Preview is the genesis as it would be with the charter's validators. The contracts have accepted it.
func (m *Composed) Preview() (*network.Genesis, error) {
	return network.Preview(m.Genesis, m.Validators, m.Time)
}

// addParts reads the parts and holds them to the stated total.
func (c *Charter) addParts(m *Composed) error {
	sum := new(big.Int)
	add := func(label string, alloc types.GenesisAlloc) error {
		part := Sum{Label: label, Accounts: len(alloc), Wei: new(big.Int)}
		for _, account := range alloc {
			part.Wei.Add(part.Wei, orZero(account.Balance))
		}
		sum.Add(sum, part.Wei)
		m.Parts = append(m.Parts, part)
		return m.Genesis.Add(alloc)
	}
	for i := range c.Part {
		p := &c.Part[i]
		alloc, err := p.read(c.dir)
		if err == nil {
			err = add(p.Label, alloc)
		}
		if err != nil {
			return fmt.Errorf("part %d, %q: %w", i+1, p.Label, err)
		}
	}
	if c.Claims != nil {
		held := new(big.Int).Add(c.Claims.Total.wei(), c.Claims.Unclaimed.wei())
		if err := add("Claims", types.GenesisAlloc{contracts.ConversionAddress: {Balance: held}}); err != nil {
			return err
		}
	}
	if total := c.Supply.Total.wei(); sum.Cmp(total) != 0 {
		return fmt.Errorf("the parts add up to %s coins, supply.total is %s", literal(sum, 18), c.Supply.Total)
	}
	return nil
}

// read is a part's accounts.
func (p *Part) read(dir string) (types.GenesisAlloc, error) {
	if p.Account.given {
		return types.GenesisAlloc{p.Account.address: {Balance: p.Amount.wei()}}, nil
	}
	var total *big.Int
	if p.Total != nil {
		total = p.Total.wei()
	}
	if p.Snapshot != "" {
		return network.ReadSnapshot(within(dir, p.Snapshot), total)
	}
	alloc, err := network.ReadAlloc(within(dir, p.Alloc))
	if err != nil || total == nil {
		return alloc, err
	}
	sum := new(big.Int)
	for _, account := range alloc {
		sum.Add(sum, orZero(account.Balance))
	}
	if sum.Cmp(total) != 0 {
		return nil, fmt.Errorf("the accounts in %s add up to %s coins, total is %s", p.Alloc, literal(sum, 18), p.Total)
	}
	return alloc, nil
}

// within is a path relative to a directory.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// economy is what the chain's contracts begin with.
func (c *Charter) economy(m *Composed) (*network.Economy, error) {
	e := contracts.NewEconomy()
	var err error
	fit := func(name string, wei *big.Int) *uint256.Int {
		fitting, tooLarge := uint256.FromBig(wei)
		if tooLarge {
			err = errors.Join(err, fmt.Errorf("%s does not fit in 256 bits", name))
		}
		return fitting
	}
	e.CeilingWei, e.RateBps, e.MaxRateBps = fit("supply.ceiling", c.Supply.Ceiling.wei()), uint16(c.Supply.Rate), uint16(c.Supply.MaxRate)
	e.MaxBlockTime = time.Duration(c.Supply.MaxBlockTime)
	e.MaxFloorWei = fit("maxFloorGwei", c.MaxFloorGwei.wei())
	e.LockedStakingOff = !c.Staking.LockedCoins
	e.Staking, e.Constants, e.Governance, e.Schedule = c.Staking.StakingParameters, c.Staking.StakingConstants, c.Governance, c.Schedule
	for _, lock := range c.Lock {
		owner, until := lock.Owner, lock.Until
		if !owner.given {
			owner = lock.Account
		}
		if lock.Months > 0 {
			until = m.Time.AddDate(0, lock.Months, 0)
		}
		if !until.After(m.Time) {
			return nil, fmt.Errorf("lock %q ends %s, before the chain begins", lock.Label, until.Format(time.DateOnly))
		}
		e.Locks = append(e.Locks, contracts.Lock{
			From: lock.Account.address, Account: owner.address, AmountWei: fit("a lock's amount", lock.Amount.wei()), Until: until, Label: lock.Label,
		})
	}
	if c.Claims != nil {
		converted := new(big.Int).Sub(c.Supply.Total.wei(), c.Claims.Total.wei())
		e.Claims = &contracts.Claims{
			Root: c.Claims.Root, TotalWei: fit("claims.total", c.Claims.Total.wei()),
			UnclaimedWei: fit("claims.unclaimed", c.Claims.Unclaimed.wei()),
			ConvertedWei: fit("the converted coins", converted.Sub(converted, c.Claims.Unclaimed.wei())),
		}
	}
	if c.Access != nil {
		e.Access = c.Access.genesis()
	}
	if c.Kind == Private {
		e.Authority = &contracts.Authority{
			Administrator: c.Authority.Administrator.address, FeeReceiver: c.Authority.FeeReceiver.address, FeeBlocks: c.Authority.FeeBlocks,
		}
		if e.Access == nil {
			e.Access = new(contracts.AccessGenesis) // open to everyone, and governance may change that
		}
	}
	stakes := c.Founders.SelfStake.wei()
	return &network.Economy{Economy: e, SelfStakeWei: stakes, GrantStake: c.Kind == Public && len(c.Validator) == 0}, err
}

func (a *Access) genesis() *contracts.AccessGenesis {
	g := &contracts.AccessGenesis{
		ListedSenders: addresses(a.ListedSenders), ListedDeployers: addresses(a.ListedDeployers), ListedAdministrators: addresses(a.Administrators),
	}
	if a.Senders == "listed" {
		g.Senders = 1
	}
	if a.Deployers == "listed" {
		g.Deployers = 1
	}
	return g
}

func addresses(accounts []Account) (list []common.Address) {
	for _, account := range accounts {
		list = append(list, account.address)
	}
	return list
}
