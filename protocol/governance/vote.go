package governance

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Support is what somebody votes.
type Support uint8

// What one can vote: OpenZeppelin's three, and the veto, which counts against a
// proposal and takes its deposit.
const (
	Against Support = iota
	For
	Abstain
	Veto
)

const countingMode = "support=bravo,veto&quorum=against,for,abstain,veto&overridable=true"

// add counts a weight for a kind of vote.
func (t *tally) add(support Support, weight *uint256.Int) {
	sum := t.of(support)
	*sum = new(uint256.Int).Add(*sum, weight)
}

func (t *tally) sub(support Support, weight *uint256.Int) {
	sum := t.of(support)
	*sum = new(uint256.Int).Sub(*sum, weight)
}

func (t *tally) of(support Support) **uint256.Int {
	return [...]**uint256.Int{&t.Against, &t.For, &t.Abstain, &t.Veto}[support]
}

func poolKey(candidate uint64, pool uint8) uint64 { return candidate<<8 | uint64(pool) }

func (g *Governance) castVote(ctx *contract.Context, id *uint256.Int, support Support) (*uint256.Int, error) {
	return g.cast(ctx, id, ctx.Caller(), support, "", nil)
}

func (g *Governance) castVoteWithReason(ctx *contract.Context, id *uint256.Int, support Support, reason string) (*uint256.Int, error) {
	return g.cast(ctx, id, ctx.Caller(), support, reason, nil)
}

func (g *Governance) castVoteWithReasonAndParams(
	ctx *contract.Context, id *uint256.Int, support Support, reason string, params []byte,
) (*uint256.Int, error) {
	return g.cast(ctx, id, ctx.Caller(), support, reason, params)
}

// cast counts an account's vote.
func (g *Governance) cast(
	ctx *contract.Context, id *uint256.Int, voter common.Address, support Support, reason string, params []byte,
) (*uint256.Int, error) {
	r, current, err := g.find(ctx, id)
	if err != nil {
		return nil, err
	}
	votes := g.store.Votes.At(ctx, id)
	switch {
	case current != Active:
		return nil, g.expect(id, current, Active)
	case support > Veto:
		return nil, g.fail.GovernorInvalidVoteType()
	case votes.Get(ctx, voter).Voted:
		return nil, g.fail.GovernorAlreadyCastVote(voter)
	}
	b := g.open(ctx, id, r.Snapshot)
	represented, represents := b.represent(voter, support)
	for _, share := range g.electorate.VotingShares(ctx, voter, r.Snapshot) {
		if !represents || share.Candidate != represented {
			b.override(&share, support)
		}
	}
	if b.weight.IsZero() {
		return nil, g.fail.NoVotingWeight(voter, uint256.NewInt(r.Snapshot))
	}
	g.store.Tallies.Set(ctx, id, b.tally)
	votes.Set(ctx, voter, vote{true, support, r.LastVoter})
	r.LastVoter = voter
	g.store.Records.Set(ctx, id, r)
	if len(params) == 0 {
		g.emit.VoteCast(ctx, voter, id, support, b.weight, reason)
	} else {
		g.emit.VoteCastWithParams(ctx, voter, id, support, b.weight, reason, params)
	}
	return b.weight, nil
}

// ballot is one vote being counted.
type ballot struct {
	g          *Governance
	ctx        *contract.Context
	id         *uint256.Int
	snapshot   uint64
	keys       contract.Array[uint64]
	pools      contract.Map[uint64, pool]
	candidates contract.Map[uint64, candidate]
	tally      tally
	weight     *uint256.Int // of this vote
}

func (g *Governance) open(ctx *contract.Context, id *uint256.Int, snapshot uint64) *ballot {
	return &ballot{
		g: g, ctx: ctx, id: id, snapshot: snapshot,
		keys: g.store.PoolKeys.At(ctx, id), pools: g.store.Pools.At(ctx, id), candidates: g.store.Candidates.At(ctx, id),
		tally: g.store.Tallies.Get(ctx, id), weight: new(uint256.Int),
	}
}

// represent votes for everybody who delegated to the voter's candidate, less
// those who have voted themselves. It tells which candidate that was; its owner's
// own shares are in it. A candidate that changes hands votes once.
func (b *ballot) represent(voter common.Address, support Support) (id uint64, ok bool) {
	id, ok = b.g.electorate.CandidateOf(b.ctx, voter)
	if !ok || b.candidates.Get(b.ctx, id).Voter != (common.Address{}) {
		return 0, false
	}
	shares := b.g.electorate.CandidateShares(b.ctx, id, b.snapshot)
	if len(shares) == 0 {
		return 0, false
	}
	for _, all := range shares {
		p := b.pool(poolKey(id, all.Pool), func() Share { return all })
		rest := new(uint256.Int).Sub(p.Weight, p.Overridden)
		b.tally.add(support, rest)
		b.weight.Add(b.weight, rest)
	}
	b.candidates.Set(b.ctx, id, candidate{voter, support})
	return id, true
}

// override votes with an account's own shares of a pool, taking their weight off
// the candidate's vote if that has been cast.
func (b *ballot) override(share *Share, support Support) {
	key := poolKey(share.Candidate, share.Pool)
	p := b.pool(key, func() Share { return b.whole(share) })
	weight := p.weightOf(&share.Shares)
	if weight.IsZero() {
		return
	}
	p.Overridden = new(uint256.Int).Add(p.Overridden, weight)
	b.pools.Set(b.ctx, key, p)
	if cast := b.candidates.Get(b.ctx, share.Candidate); cast.Voter != (common.Address{}) {
		b.tally.sub(cast.Support, weight)
		b.g.emit.VoteReduced(b.ctx, cast.Voter, b.id, cast.Support, weight)
	}
	b.tally.add(support, weight)
	b.weight.Add(b.weight, weight)
}

// pool is a pool as the proposal sees it. Its weight is fixed when the first of
// its shares votes, so that a vote and what is later taken off it always agree,
// whatever rewards and slashing do to the stake meanwhile.
func (b *ballot) pool(key uint64, all func() Share) pool {
	p := b.pools.Get(b.ctx, key)
	if !p.Shares.IsZero() {
		return p
	}
	whole := all()
	p.Shares = whole.Shares.Clone()
	p.Weight = b.g.electorate.Weight(b.ctx, whole).Clone()
	b.pools.Set(b.ctx, key, p)
	b.keys.Push(b.ctx, key)
	return p
}

// whole is all of the pool that a share is of.
func (b *ballot) whole(share *Share) Share {
	for _, all := range b.g.electorate.CandidateShares(b.ctx, share.Candidate, b.snapshot) {
		if all.Pool == share.Pool {
			return all
		}
	}
	return Share{Candidate: share.Candidate, Pool: share.Pool}
}

// weightOf is the part of the pool's weight that shares of it have, rounded
// down; what is overridden never exceeds the whole.
func (p *pool) weightOf(shares *uint256.Int) *uint256.Int {
	if p.Shares.IsZero() {
		return new(uint256.Int)
	}
	weight, overflow := new(uint256.Int).MulDivOverflow(shares, p.Weight, p.Shares)
	rest := new(uint256.Int).Sub(p.Weight, p.Overridden)
	if overflow || weight.Gt(rest) {
		return rest
	}
	return weight
}

func (g *Governance) getVotes(ctx *contract.Context, account common.Address, timepoint *uint256.Int) (*uint256.Int, error) {
	at, err := g.past(ctx, timepoint)
	if err != nil {
		return nil, err
	}
	sum := new(uint256.Int)
	candidate, represents := g.electorate.CandidateOf(ctx, account)
	if represents {
		for _, all := range g.electorate.CandidateShares(ctx, candidate, at) {
			sum.Add(sum, g.electorate.Weight(ctx, all))
		}
	}
	for _, share := range g.electorate.VotingShares(ctx, account, at) {
		if !represents || share.Candidate != candidate {
			sum.Add(sum, g.electorate.Weight(ctx, share))
		}
	}
	return sum, nil
}

func (g *Governance) getVotesWithParams(ctx *contract.Context, account common.Address, timepoint *uint256.Int, _ []byte) (*uint256.Int, error) {
	return g.getVotes(ctx, account, timepoint)
}

func (g *Governance) hasVoted(ctx *contract.Context, id *uint256.Int, account common.Address) bool {
	voted, _ := g.voteOf(ctx, id, account)
	return voted
}

func (g *Governance) voteOf(ctx *contract.Context, id *uint256.Int, account common.Address) (bool, Support) {
	votes := g.store.Votes.At(ctx, id)
	v := votes.Get(ctx, account)
	return v.Voted, v.Support
}

func (g *Governance) proposalVotes(ctx *contract.Context, id *uint256.Int) (against, votesFor, abstain *uint256.Int) {
	t := g.store.Tallies.Get(ctx, id)
	return t.Against, t.For, t.Abstain
}

func (g *Governance) proposalVetoVotes(ctx *contract.Context, id *uint256.Int) *uint256.Int {
	return g.store.Tallies.Get(ctx, id).Veto
}
