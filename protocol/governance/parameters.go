package governance

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Parameters are what governance sets for itself. Times are in seconds.
type Parameters struct {
	VotingDelay       uint64       `json:"votingDelay"`
	VotingPeriod      uint64       `json:"votingPeriod"`
	ExecutionDelay    uint64       `json:"executionDelay"`
	ExecutionWindow   uint64       `json:"executionWindow"`
	DepositWei        *uint256.Int `json:"depositWei" sol:"uint128"`
	CallGas           uint64       `json:"callGas"`
	MaxOpenProposals  uint32       `json:"maxOpenProposals"`
	QuorumNumerator   uint32       `json:"quorumNumerator"`
	QuorumDenominator uint32       `json:"quorumDenominator"`
	PassNumerator     uint32       `json:"passNumerator"`
	PassDenominator   uint32       `json:"passDenominator"`
	VetoNumerator     uint32       `json:"vetoNumerator"`
	VetoDenominator   uint32       `json:"vetoDenominator"`
}

const (
	hour = 3_600
	day  = 86_400
)

// Default are the main network's parameters: seven days of voting an hour after
// the proposal, a quorum of a third of the stake, more than half to pass, more
// than a third to veto, a day between queuing and execution, and 1,000 CMT of
// deposit.
func Default() Parameters {
	return Parameters{
		VotingDelay: hour, VotingPeriod: 7 * day, ExecutionDelay: day, ExecutionWindow: 14 * day,
		DepositWei: wei(1_000), CallGas: 10_000_000, MaxOpenProposals: 3,
		QuorumNumerator: 1, QuorumDenominator: 3, PassNumerator: 1, PassDenominator: 2, VetoNumerator: 1, VetoDenominator: 3,
	}
}

// wei is an amount of whole coins.
func wei(coins uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(coins), uint256.NewInt(1e18))
}

// checkParameters refuses values with which governance could not go on.
func (g *Governance) checkParameters(p *Parameters) error {
	for _, each := range []struct {
		name                   string
		value, lowest, highest uint64
	}{
		{"votingDelay", p.VotingDelay, 0, 30 * day},
		{"votingPeriod", p.VotingPeriod, 1, 60 * day},
		{"executionDelay", p.ExecutionDelay, 0, 30 * day},
		{"executionWindow", p.ExecutionWindow, hour, 365 * day},
		{"callGas", p.CallGas, 100_000, 50_000_000},
		{"maxOpenProposals", uint64(p.MaxOpenProposals), 1, 1_000},
		{"quorumDenominator", uint64(p.QuorumDenominator), 1, 1e9},
		{"quorumNumerator", uint64(p.QuorumNumerator), 1, uint64(p.QuorumDenominator)},
		{"passDenominator", uint64(p.PassDenominator), 2, 1e9},
		{"passNumerator", uint64(p.PassNumerator), (uint64(p.PassDenominator) + 1) / 2, uint64(p.PassDenominator) - 1},
		{"vetoDenominator", uint64(p.VetoDenominator), 1, 1e9},
		{"vetoNumerator", uint64(p.VetoNumerator), 1, uint64(p.VetoDenominator)},
	} {
		if each.value < each.lowest || each.value > each.highest {
			return g.fail.ParameterOutOfBounds(each.name, uint256.NewInt(each.lowest), uint256.NewInt(each.highest))
		}
	}
	if highest := wei(10_000_000); p.DepositWei == nil || p.DepositWei.Gt(highest) {
		return g.fail.ParameterOutOfBounds("depositWei", new(uint256.Int), highest)
	}
	return nil
}

// setParameters is called by a proposal that has passed. Two changes within one
// second are one version, the later one.
func (g *Governance) setParameters(ctx *contract.Context, changed Parameters) error {
	if ctx.Caller() != ctx.Address() {
		return g.fail.GovernorOnlyExecutor(ctx.Caller())
	}
	if err := g.checkParameters(&changed); err != nil {
		return err
	}
	version := Version{ctx.Time(), changed}
	last := g.store.Versions.Len(ctx) - 1
	if g.store.Versions.Get(ctx, last).Since == version.Since {
		g.store.Versions.Set(ctx, last, version)
	} else {
		g.store.Versions.Push(ctx, version)
	}
	g.emit.ParametersChanged(ctx, changed)
	return nil
}

func (g *Governance) parameters(ctx *contract.Context) Parameters {
	return g.store.Versions.Get(ctx, g.store.Versions.Len(ctx)-1).Parameters
}

// parametersAt are those in force at a timepoint, found by halving.
func (g *Governance) parametersAt(ctx *contract.Context, timepoint uint64) Parameters {
	low, high := uint64(0), g.store.Versions.Len(ctx)
	for low+1 < high {
		if middle := (low + high) / 2; g.store.Versions.Get(ctx, middle).Since <= timepoint {
			low = middle
		} else {
			high = middle
		}
	}
	return g.store.Versions.Get(ctx, low).Parameters
}

func (g *Governance) votingDelay(ctx *contract.Context) *uint256.Int {
	return uint256.NewInt(g.parameters(ctx).VotingDelay)
}

func (g *Governance) votingPeriod(ctx *contract.Context) *uint256.Int {
	return uint256.NewInt(g.parameters(ctx).VotingPeriod)
}

func (g *Governance) quorumNumerator(ctx *contract.Context) *uint256.Int {
	return uint256.NewInt(uint64(g.parameters(ctx).QuorumNumerator))
}

func (g *Governance) quorumDenominator(ctx *contract.Context) *uint256.Int {
	return uint256.NewInt(uint64(g.parameters(ctx).QuorumDenominator))
}

func (g *Governance) quorumNumeratorAt(ctx *contract.Context, timepoint *uint256.Int) *uint256.Int {
	at := uint64(1<<64 - 1)
	if timepoint.IsUint64() {
		at = timepoint.Uint64()
	}
	return uint256.NewInt(uint64(g.parametersAt(ctx, at).QuorumNumerator))
}
