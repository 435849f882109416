package contracts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/execution"
)

// fees are the chain's rules about fees.
type fees struct{ *Chain }

// Fees are the chain's rules about fees; nil when they are Ethereum's.
func (c *Chain) Fees() execution.Fees {
	if !c.has("gas") {
		return nil
	}
	return fees{c}
}

func (f fees) Floor(ctx *contract.Context) *uint256.Int { return f.gas.Floor(ctx) }

// Collector is the validators' contract, which distributes the fees.
func (f fees) Collector() common.Address { return f.validators().Address() }

func (f fees) Reserve(ctx *contract.Context, call execution.SponsoredCall, feeWei *uint256.Int) error {
	return contract.Run(ctx, func(ctx *contract.Context) error {
		return f.gas.Reserve(ctx, call.From, call.To, call.Input, feeWei)
	})
}

func (f fees) Settle(ctx *contract.Context, call execution.SponsoredCall, reservedWei, usedWei *uint256.Int) error {
	return contract.Run(ctx, func(ctx *contract.Context) error {
		return f.gas.Settle(ctx, call.From, call.To, call.Input, reservedWei, usedWei)
	})
}

// Owner is the account behind a validator's consensus address; ok is false when
// the contracts do not know it.
func (c *Chain) Owner(ctx *contract.Context, validator execution.ValidatorAddress) (owner common.Address, ok bool) {
	if c.System() == nil {
		return owner, false
	}
	err := contract.Run(ctx, func(ctx *contract.Context) error {
		owner, ok = c.validators().Owner(ctx, common.Address(validator))
		return nil
	})
	return owner, ok && err == nil
}

// Power is a validator's new voting power; zero removes it.
type Power struct {
	ConsensusKey common.Hash // ed25519
	Power        uint64
}

// Initial are the validators at genesis, none when the contracts do not know.
func (c *Chain) Initial(ctx *contract.Context) (list []Power) {
	if c.System() == nil {
		return nil
	}
	err := contract.Run(ctx, func(ctx *contract.Context) error {
		if c.has("authority") {
			for _, member := range c.authority.ActiveSet(ctx) {
				list = append(list, Power(member))
			}
			return nil
		}
		for _, member := range c.staking.ActiveSet(ctx) {
			list = append(list, Power(member))
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}

// Changes are the changes of voting power that a block's receipts tell.
func (c *Chain) Changes(receipts types.Receipts) (changes []Power) {
	if c.System() == nil {
		return nil
	}
	from := c.validators()
	event := contract.Interface(from).Events["PowerChanged"]
	for _, receipt := range receipts {
		for _, log := range receipt.Logs {
			if log.Address == from.Address() && log.Topics[0] == event.ID {
				changes = append(changes, Power{log.Topics[1], new(uint256.Int).SetBytes(log.Data).Uint64()})
			}
		}
	}
	return last(changes)
}

// last keeps each validator's last change.
func last(changes []Power) (kept []Power) {
	for i, change := range changes {
		later := slices.ContainsFunc(changes[i+1:], func(p Power) bool { return p.ConsensusKey == change.ConsensusKey })
		if !later {
			kept = append(kept, change)
		}
	}
	return kept
}

// Burner is the contract that burns the coins which self-destruction destroys,
// the zero address when the chain has none.
func (c *Chain) Burner() common.Address {
	if !c.has("supply") {
		return common.Address{}
	}
	return SupplyAddress
}

// permissions are the chain's rules about who may use it.
type permissions struct{ *Chain }

// Access are the chain's rules about who may use it; nil when everyone may.
func (c *Chain) Access() execution.Access {
	if !c.has("access") {
		return nil
	}
	return permissions{c}
}

func (p permissions) MaySend(ctx *contract.Context, from common.Address) bool {
	return p.access.MaySend(ctx, from)
}

func (p permissions) MayDeploy(ctx *contract.Context, origin common.Address) bool {
	return p.access.MayDeploy(ctx, origin)
}

// known are the names of planned upgrades that this program can execute,
// separated by commas; a build sets more of them with -ldflags -X.
var known = ""

// Ready is an error when an upgrade is planned for a height that this program
// does not know.
func (c *Chain) Ready(ctx *contract.Context, height uint64) error {
	if !c.has("upgrade") {
		return nil
	}
	return contract.Run(ctx, func(ctx *contract.Context) error {
		name, at, planned := c.upgrade.Planned(ctx)
		if planned && at == height && !slices.Contains(strings.Split(known, ","), name) {
			return fmt.Errorf("upgrade %q is planned for height %d and this program does not know it: start a version that does", name, at)
		}
		return nil
	})
}
