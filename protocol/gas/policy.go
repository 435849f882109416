package gas

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

func (g *Gas) setPolicy(ctx *contract.Context, target common.Address, selector Selector, policy Policy) error {
	if err := g.manager(ctx, target); err != nil {
		return err
	}
	g.keep(ctx, target, selector, policy)
	g.emit.PolicySet(ctx, target, selector, policy)
	return nil
}

func (g *Gas) keep(ctx *contract.Context, target common.Address, selector Selector, policy Policy) {
	policies := g.store.Policies.At(ctx, target)
	if !policies.Get(ctx, selector).Active && policy.Active {
		g.store.Sponsors.Push(ctx, sponsored{target, selector})
	}
	policies.Set(ctx, selector, policy)
}

func (g *Gas) policyOf(ctx *contract.Context, target common.Address, selector Selector) Policy {
	policies := g.store.Policies.At(ctx, target)
	return policies.Get(ctx, selector)
}

func (g *Gas) usageOf(ctx *contract.Context, target common.Address, selector Selector, caller common.Address) (calls, callsByCaller uint64) {
	usage := g.store.Usage.At(ctx, target)
	bySelector := g.store.UsageBy.At(ctx, target)
	byCaller := bySelector.At(ctx, selector)
	return today(ctx, usage.Get(ctx, selector)), today(ctx, byCaller.Get(ctx, caller))
}

const secondsPerDay = 86_400

// today is how many of a tally's calls were made on the block's day.
func today(ctx *contract.Context, t tally) uint64 {
	if t.Day != ctx.Time()/secondsPerDay {
		return 0
	}
	return t.Calls
}

func (g *Gas) setFloor(ctx *contract.Context, floorWei *uint256.Int) error {
	if ctx.Caller() != g.governance {
		return g.fail.NotGovernance(ctx.Caller())
	}
	if highest := g.store.MaxFloorWei.Get(ctx); floorWei.Gt(&highest) {
		return g.fail.FloorTooHigh(floorWei, &highest)
	}
	g.store.FloorWei.Set(ctx, *floorWei)
	g.emit.FloorSet(ctx, floorWei)
	return nil
}

func (g *Gas) floor(ctx *contract.Context) *uint256.Int { return g.Floor(ctx) }

// Floor is the lowest base fee of the next block, in wei per gas.
func (g *Gas) Floor(ctx *contract.Context) *uint256.Int {
	floor := g.store.FloorWei.Get(ctx.At(g.Address()))
	return &floor
}
