package contracts

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
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

// Sections are the contracts' parts of a genesis document, by the contracts'
// names. A contract without a section is not active.
type Sections map[string]json.RawMessage

// Chain is the contracts of one chain.
type Chain struct {
	supply     *supply.Supply
	lockup     *lockup.Lockup
	staking    *staking.Staking
	authority  *authority.Authority
	governance *governance.Governance
	gas        *gas.Gas
	upgrade    *upgrade.Upgrade
	access     *access.Access

	set      contract.Set
	config   *params.ChainConfig
	sections Sections
	gasLimit uint64 // of a block
}

// validators is whoever says who makes blocks: staking or, on a chain whose
// validators are named, authority.
type validators interface {
	contract.Contract
	// Owner is the account behind a validator's consensus address.
	Owner(ctx *contract.Context, consensusAddress common.Address) (common.Address, bool)
}

// New wires the contracts of a chain with the sections of its genesis, its fork
// schedule and its block gas limit.
func New(sections Sections, config *params.ChainConfig, gasLimit uint64) (*Chain, error) {
	c := &Chain{sections: sections, config: config, gasLimit: gasLimit}
	c.wire()
	known := make(map[string]bool)
	for _, each := range c.set {
		known[each.Name()] = true
	}
	for name := range sections {
		if !known[name] {
			return nil, fmt.Errorf("genesis: there is no contract %q; there are %s", name, strings.Join(c.Names(), ", "))
		}
	}
	if c.has("staking") && c.has("authority") {
		return nil, fmt.Errorf("genesis: validators are either staked for (section staking) or named (section authority), not both")
	}
	return c, nil
}

// switchable are the contracts that governance can activate and retire; the
// others carry the chain.
var switchable = []common.Address{ConversionAddress, ScheduleAddress}

// wire makes every contract and hands each what it needs of the others. The
// order of the list is the order of genesis and of the work at a block's end.
func (c *Chain) wire() {
	c.lockup = lockup.New(LockupAddress)
	conversions := conversion.New(ConversionAddress, GovernanceAddress)
	c.supply = supply.New(SupplyAddress, supply.Needs{
		Governance:  GovernanceAddress,
		Rewards:     StakingAddress,
		Locked:      c.lockup.Locked,
		LockedStake: c.lockup.LockedStake,
		Unclaimed:   conversions.Unclaimed,
		Staked:      func(ctx *contract.Context) *uint256.Int { return c.staking.StakedWei(ctx) },
	})
	c.staking = staking.New(StakingAddress, c.supply, c.lockup, GovernanceAddress)
	c.authority = authority.New(AuthorityAddress, GovernanceAddress)
	c.governance = governance.New(GovernanceAddress, TreasuryAddress, c.electorate())
	c.gas = gas.New(GasAddress, GovernanceAddress, c.validators().Address())
	c.upgrade = upgrade.New(UpgradeAddress, GovernanceAddress, switchable)
	c.access = access.New(AccessAddress, GovernanceAddress)
	decisions := rules.New(RulesAddress)
	c.set = contract.Set{
		c.supply,
		c.lockup,
		c.staking,
		c.authority,
		c.governance,
		treasury.New(TreasuryAddress, GovernanceAddress),
		conversions,
		c.gas,
		c.upgrade,
		c.access,
		schedule.New(ScheduleAddress, GovernanceAddress, c.validators().Address()),
		decisions,
		process.New(ProcessAddress, c.validators().Address(), decide(decisions)),
		// make new-contract enters more here
	}
}

func (c *Chain) electorate() governance.Electorate {
	if c.has("authority") {
		return electorate[authority.Share]{c.authority}
	}
	return electorate[staking.Share]{c.staking}
}

func (c *Chain) validators() validators {
	if c.has("authority") {
		return c.authority
	}
	return c.staking
}

func (c *Chain) has(name string) bool {
	_, found := c.sections[name]
	return found
}

// Set is the ordered list.
func (c *Chain) Set() contract.Set { return c.set }

// Names are the names of all contracts, in the list's order.
func (c *Chain) Names() (names []string) {
	for _, each := range c.set {
		names = append(names, each.Name())
	}
	return names
}
