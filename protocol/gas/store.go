package gas

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Selector names a function of a contract; zero is a call without data.
type Selector = [4]byte

// Policy is what a contract sponsors of one function.
type Policy struct {
	Active              bool
	DailyCalls          uint64
	DailyCallsPerCaller uint64
	MaxFeeWei           *uint256.Int `sol:"uint128"`
}

// tally counts calls of one day.
type tally struct{ Day, Calls uint64 }

type storage struct {
	FloorWei    contract.Value[uint256.Int] // slot 0
	MaxFloorWei contract.Value[uint256.Int] // slot 1
	Deposits    contract.Map[common.Address, uint256.Int]
	Policies    contract.Nested[common.Address, contract.Map[Selector, Policy]]
	Usage       contract.Nested[common.Address, contract.Map[Selector, tally]]
	UsageBy     contract.Nested[common.Address, contract.Nested[Selector, contract.Map[common.Address, tally]]]
	Sponsors    contract.Array[sponsored] // what was ever set, for export
	Targets     contract.Array[common.Address]
}

// sponsored is a function that had a policy at some time.
type sponsored struct {
	Target   common.Address
	Selector Selector
}

// Genesis is the contract's part of a genesis document.
type Genesis struct {
	FloorWei    *uint256.Int     `json:"floorWei"`    // lowest base fee, wei per gas
	MaxFloorWei *uint256.Int     `json:"maxFloorWei"` // highest that governance may make it
	Deposits    []GenesisDeposit `json:"deposits,omitempty"`
	Policies    []GenesisPolicy  `json:"policies,omitempty"`
}

// GenesisDeposit is a contract's deposit.
type GenesisDeposit struct {
	Target    common.Address `json:"target"`
	AmountWei *uint256.Int   `json:"amountWei"`
}

// GenesisPolicy is what a contract sponsors.
type GenesisPolicy struct {
	Target              common.Address `json:"target"`
	Selector            hexSelector    `json:"selector"`
	Active              bool           `json:"active"`
	DailyCalls          uint64         `json:"dailyCalls"`
	DailyCallsPerCaller uint64         `json:"dailyCallsPerCaller"`
	MaxFeeWei           *uint256.Int   `json:"maxFeeWei"`
}

// Begin writes genesis. The deposits are in the contract's balance already.
func (g *Gas) Begin(ctx *contract.Context, genesis Genesis) error {
	ctx = ctx.At(g.Address())
	if genesis.FloorWei == nil || genesis.MaxFloorWei == nil || genesis.FloorWei.Gt(genesis.MaxFloorWei) {
		return contract.Refuse("gas: floorWei must be given and not be above maxFloorWei")
	}
	g.store.FloorWei.Set(ctx, *genesis.FloorWei)
	g.store.MaxFloorWei.Set(ctx, *genesis.MaxFloorWei)
	sum := new(uint256.Int)
	for _, d := range genesis.Deposits {
		g.credit(ctx, d.Target, d.AmountWei)
		sum.Add(sum, d.AmountWei)
	}
	if balance := ctx.Balance(g.Address()); balance.Lt(sum) {
		return contract.Refuse("gas: the deposits are %s wei, the contract's balance is %s", sum.Dec(), balance.Dec())
	}
	for _, p := range genesis.Policies {
		g.keep(ctx, p.Target, Selector(p.Selector), Policy{p.Active, p.DailyCalls, p.DailyCallsPerCaller, p.MaxFeeWei})
	}
	return nil
}

// Export is the state as genesis. What was used of the day's limits is left out.
func (g *Gas) Export(ctx *contract.Context) Genesis {
	ctx = ctx.At(g.Address())
	floor, highest := g.store.FloorWei.Get(ctx), g.store.MaxFloorWei.Get(ctx)
	genesis := Genesis{FloorWei: &floor, MaxFloorWei: &highest}
	listed := make(map[any]bool) // both lists may name one twice
	for i := range g.store.Targets.Len(ctx) {
		target := g.store.Targets.Get(ctx, i)
		if amount := g.store.Deposits.Get(ctx, target); !amount.IsZero() && !listed[target] {
			listed[target] = true
			genesis.Deposits = append(genesis.Deposits, GenesisDeposit{target, &amount})
		}
	}
	for i := range g.store.Sponsors.Len(ctx) {
		s := g.store.Sponsors.Get(ctx, i)
		if p := g.policyOf(ctx, s.Target, s.Selector); p.Active && !listed[s] {
			listed[s] = true
			genesis.Policies = append(genesis.Policies, GenesisPolicy{
				s.Target, hexSelector(s.Selector), p.Active, p.DailyCalls, p.DailyCallsPerCaller, p.MaxFeeWei,
			})
		}
	}
	return genesis
}
