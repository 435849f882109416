// Package supply is the contract that mints and burns coins: what each year
// mints, the ceiling that nothing passes, and how many coins there are. It
// refuses to know where rewards go after it has minted them, and mints for
// nobody but the one address that it was made with.
package supply

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed ISupply.json
var compiled []byte

// Supply is the contract.
type Supply struct {
	*contract.Base
	needs Needs
	store storage
	emit  struct {
		YearBegan func(ctx *contract.Context, year uint64, supplyWei *uint256.Int, rateBps uint16, provisionWei *uint256.Int)
		RateSet   func(ctx *contract.Context, rateBps uint16)
		Burned    func(ctx *contract.Context, from common.Address, amountWei *uint256.Int)
	}
	fail struct {
		NotGovernance func(caller common.Address) error
		RateTooHigh   func(rateBps, maxRateBps uint16) error
		NothingToBurn func() error
	}
}

// Needs are the other parts of the economy. The functions answer in wei; one
// that is nil stands for none. They are only read by views.
type Needs struct {
	Governance  common.Address                       // may set the rate
	Rewards     common.Address                       // receives what is minted
	Locked      func(*contract.Context) *uint256.Int // under a lock, wherever the coins are
	LockedStake func(*contract.Context) *uint256.Int // those among them that are staked
	Staked      func(*contract.Context) *uint256.Int // all stake
	Unclaimed   func(*contract.Context) *uint256.Int // set aside for conversion
}

// New makes the contract for its address.
func New(address common.Address, needs Needs) *Supply {
	s := &Supply{needs: needs}
	s.Base = contract.Must(contract.Spec{
		Name: "supply", Address: address, Interface: compiled,
		Storage: &s.store, Events: &s.emit, Errors: &s.fail,
		Methods: contract.Methods{
			"setRate":     s.setRate,
			"burn":        s.burn,
			"burnRemains": contract.System(s.burnRemains),
			"total":       s.total,
			"circulating": s.circulating,
			"locked":      func(ctx *contract.Context) *uint256.Int { return ask(ctx, needs.Locked) },
			"unclaimed":   func(ctx *contract.Context) *uint256.Int { return ask(ctx, needs.Unclaimed) },
			"staked":      func(ctx *contract.Context) *uint256.Int { return ask(ctx, needs.Staked) },
			"initial":     func(ctx *contract.Context) uint256.Int { return s.store.Limits.Get(ctx).InitialWei },
			"mined":       func(ctx *contract.Context) uint256.Int { return s.store.Tally.Get(ctx).MinedWei },
			"burned":      func(ctx *contract.Context) uint256.Int { return s.store.Tally.Get(ctx).BurnedWei },
			"ceiling":     func(ctx *contract.Context) uint256.Int { return s.store.Limits.Get(ctx).CeilingWei },
			"year":        func(ctx *contract.Context) uint64 { return s.store.Clock.Get(ctx).Year },
			"rate":        func(ctx *contract.Context) uint16 { return s.store.Clock.Get(ctx).RateBps },
			"nextRate":    func(ctx *contract.Context) uint16 { return s.store.Clock.Get(ctx).NextRateBps },
			"maxRate":     func(ctx *contract.Context) uint16 { return s.store.Limits.Get(ctx).MaxRateBps },
			"provision":   func(ctx *contract.Context) uint256.Int { return s.store.Plan.Get(ctx).ProvisionWei },
			"clock":       s.clock,
			"schedule":    s.schedule,
			"overview":    s.overview,
		},
	})
	return s
}

// ask is what another part answers, 0 when there is none.
func ask(ctx *contract.Context, part func(*contract.Context) *uint256.Int) *uint256.Int {
	if part == nil {
		return new(uint256.Int)
	}
	return part(ctx)
}
