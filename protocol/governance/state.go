package governance

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// State is where a proposal stands.
type State uint8

// The states, in OpenZeppelin's order.
const (
	Pending State = iota
	Active
	Canceled
	Defeated
	Succeeded
	Queued
	Expired
	Executed
)

// find is a proposal that exists, and its state.
func (g *Governance) find(ctx *contract.Context, id *uint256.Int) (record, State, error) {
	r := g.store.Records.Get(ctx, id)
	if !r.exists() {
		return r, 0, g.fail.GovernorNonexistentProposal(id)
	}
	return r, g.stateOf(ctx, id, &r), nil
}

// expect gives an error unless the state is one of those expected.
func (g *Governance) expect(id *uint256.Int, current State, expected ...State) error {
	var bits uint64
	for _, state := range expected {
		if state == current {
			return nil
		}
		bits |= 1 << state
	}
	return g.fail.GovernorUnexpectedProposalState(id, current, uint256.NewInt(bits).Bytes32())
}

func (g *Governance) stateOf(ctx *contract.Context, id *uint256.Int, r *record) State {
	now := ctx.Time()
	switch {
	case r.Executed:
		return Executed
	case r.Canceled:
		return Canceled
	case now <= r.Snapshot:
		return Pending
	case now <= r.deadline():
		return Active
	}
	if r.Eta == 0 && !g.count(ctx, id, r).passed() {
		return Defeated
	}
	window := g.parametersAt(ctx, r.Snapshot).ExecutionWindow
	switch {
	case r.Eta == 0 && now > r.deadline()+window:
		return Expired
	case r.Eta == 0:
		return Succeeded
	case now > r.Eta+window:
		return Expired
	}
	return Queued
}

// outcome is what a count of votes says.
type outcome struct{ quorate, vetoed, majority bool }

func (o outcome) passed() bool { return o.quorate && !o.vetoed && o.majority }

// count counts a proposal's votes, which is final once voting has ended.
func (g *Governance) count(ctx *contract.Context, id *uint256.Int, r *record) outcome {
	t, p := g.store.Tallies.Get(ctx, id), g.parametersAt(ctx, r.Snapshot)
	decided := new(uint256.Int).Add(t.For, t.Against)
	decided.Add(decided, t.Veto)
	all := new(uint256.Int).Add(decided, t.Abstain)
	stake := g.electorate.TotalWeight(ctx, r.Snapshot)
	return outcome{
		quorate:  !all.IsZero() && !times(all, p.QuorumDenominator).Lt(times(stake, p.QuorumNumerator)),
		vetoed:   times(t.Veto, p.VetoDenominator).Gt(times(all, p.VetoNumerator)),
		majority: times(t.For, p.PassDenominator).Gt(times(decided, p.PassNumerator)),
	}
}

// times multiplies an amount by one side of a fraction, so that fractions are
// compared without rounding. Amounts are far below 2^224 and do not overflow.
func times(amount *uint256.Int, by uint32) *uint256.Int {
	return new(uint256.Int).Mul(amount, uint256.NewInt(uint64(by)))
}

// quorumVotes is the least number of votes that is a quorum, rounded up.
func (g *Governance) quorumVotes(ctx *contract.Context, timepoint uint64) *uint256.Int {
	p := g.parametersAt(ctx, timepoint)
	votes := times(g.electorate.TotalWeight(ctx, timepoint), p.QuorumNumerator)
	votes.AddUint64(votes, uint64(p.QuorumDenominator)-1)
	return votes.Div(votes, uint256.NewInt(uint64(p.QuorumDenominator)))
}

// past checks that a timepoint lies in the past, where stake no longer changes.
func (g *Governance) past(ctx *contract.Context, timepoint *uint256.Int) (uint64, error) {
	if !timepoint.IsUint64() || timepoint.Uint64() >= ctx.Time() {
		return 0, g.fail.ERC5805FutureLookup(timepoint, ctx.Time())
	}
	return timepoint.Uint64(), nil
}

func (g *Governance) quorum(ctx *contract.Context, timepoint *uint256.Int) (*uint256.Int, error) {
	at, err := g.past(ctx, timepoint)
	if err != nil {
		return nil, err
	}
	return g.quorumVotes(ctx, at), nil
}

func (g *Governance) state(ctx *contract.Context, id *uint256.Int) (State, error) {
	_, current, err := g.find(ctx, id)
	return current, err
}

func (g *Governance) proposalSnapshot(ctx *contract.Context, id *uint256.Int) *uint256.Int {
	return uint256.NewInt(g.store.Records.Get(ctx, id).Snapshot)
}

func (g *Governance) proposalDeadline(ctx *contract.Context, id *uint256.Int) *uint256.Int {
	r := g.store.Records.Get(ctx, id)
	return uint256.NewInt(r.deadline())
}

func (g *Governance) proposalProposer(ctx *contract.Context, id *uint256.Int) common.Address {
	return g.store.Records.Get(ctx, id).Proposer
}

func (g *Governance) proposalEta(ctx *contract.Context, id *uint256.Int) *uint256.Int {
	return uint256.NewInt(g.store.Records.Get(ctx, id).Eta)
}
