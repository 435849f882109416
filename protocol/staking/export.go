package staking

import (
	"cmp"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// State is everything the contract knows of an exported network, but for the
// past: the absence window starts empty, and past stake is what it is now.
type State struct {
	Sums        sums             `json:"sums"`
	ElectionDue bool             `json:"electionDue"`
	Set         []uint64         `json:"set"`
	Candidates  []candidateState `json:"candidates"` // by number from 1
	Positions   []positionState  `json:"positions"`
	Buckets     []bucketState    `json:"buckets"`
	Unbondings  []unbondingState `json:"unbondings"`
}

type candidateState struct {
	Standing standing      `json:"standing"`
	Book     book          `json:"book"`
	Keys     keys          `json:"keys"`
	UsedKeys []common.Hash `json:"usedKeys"`
	Texts    texts         `json:"texts"`
	Slashes  []slash       `json:"slashes"`
	Grants   []grantState  `json:"grants"`
}

type grantState struct {
	Delegator     common.Address `json:"delegator"`
	CommissionBps uint16         `json:"commissionBps"`
}

type positionState struct {
	Delegator     common.Address `json:"delegator"`
	Candidate     uint64         `json:"candidate"`
	Kind          Kind           `json:"kind"`
	Position      position       `json:"position"`
	Redelegations []redelegation `json:"redelegations,omitempty"`
}

type bucketState struct {
	Candidate uint64 `json:"candidate"`
	Hour      uint64 `json:"hour"`
	Bucket    bucket `json:"bucket"`
}

type unbondingState struct {
	ID        uint64    `json:"id"`
	Unbonding unbonding `json:"unbonding"`
}

// Export reads the contract's state. Begin of it on another state, and Export
// of that, gives the same.
func (s *Staking) Export(ctx *contract.Context) Genesis {
	ctx = ctx.At(s.Address())
	state := &State{
		Sums: s.store.Sums.Get(ctx), ElectionDue: s.store.Rhythm.Get(ctx).ElectionDue,
		Set:        s.store.Set.Slice(ctx, 0, s.store.Set.Len(ctx)),
		Candidates: []candidateState{}, Positions: []positionState{}, Buckets: []bucketState{}, Unbondings: []unbondingState{},
	}
	state.Sums.StakePastCount = 0
	for id := uint64(1); id <= state.Sums.Candidates; id++ {
		state.Candidates = append(state.Candidates, s.exportCandidate(ctx, id))
	}
	for i := range s.store.Delegators.Len(ctx) {
		list := s.store.Holdings.At(ctx, s.store.Delegators.Get(ctx, i))
		for j := range list.Len(ctx) {
			if p := s.exportPosition(ctx, list.Get(ctx, j)); !p.Position.Shares.IsZero() {
				state.Positions = append(state.Positions, p)
			}
		}
	}
	s.exportUnbondings(ctx, state)
	return Genesis{Parameters: s.store.Parameters.Get(ctx), Constants: s.store.Constants.Get(ctx), State: state}
}

// exportUnbondings reads unbondings in the order of their numbers, and buckets in
// the order in which they come up.
func (s *Staking) exportUnbondings(ctx *contract.Context, state *State) {
	for i := range s.store.Delegators.Len(ctx) {
		list := s.store.Leaving.At(ctx, s.store.Delegators.Get(ctx, i))
		for _, id := range list.Slice(ctx, 0, list.Len(ctx)) {
			u := s.store.Unbondings.Get(ctx, id)
			u.At = 0
			state.Unbondings = append(state.Unbondings, unbondingState{id, u})
		}
	}
	slices.SortFunc(state.Unbondings, func(a, b unbondingState) int { return cmp.Compare(a.ID, b.ID) })
	type place struct{ candidate, hour uint64 }
	seen := map[place]bool{}
	for _, each := range state.Unbondings {
		u := each.Unbonding
		if at := (place{u.Candidate, u.Hour}); !seen[at] {
			seen[at] = true
			buckets := s.store.Buckets.At(ctx, u.Candidate)
			state.Buckets = append(state.Buckets, bucketState{u.Candidate, u.Hour, buckets.Get(ctx, u.Hour)})
		}
	}
}

func (s *Staking) exportCandidate(ctx *contract.Context, id uint64) candidateState {
	used, slashes, granted := s.store.UsedKeys.At(ctx, id), s.store.Slashes.At(ctx, id), s.store.Granted.At(ctx, id)
	c := candidateState{
		Standing: s.store.Standings.Get(ctx, id), Book: s.store.Books.Get(ctx, id), Keys: s.store.Keys.Get(ctx, id),
		UsedKeys: used.Slice(ctx, 0, used.Len(ctx)), Texts: s.store.Texts.Get(ctx, id),
		Slashes: slashes.Slice(ctx, 0, slashes.Len(ctx)), Grants: []grantState{},
	}
	c.Standing.Seat = 0
	for i := range c.Book.Pools {
		c.Book.Pools[i].PastCount = 0
	}
	for _, delegator := range granted.Slice(ctx, 0, granted.Len(ctx)) {
		g := s.store.Grants.Get(ctx, grantKeyOf(id, delegator))
		c.Grants = append(c.Grants, grantState{delegator, g.CommissionBps})
	}
	return c
}

func (s *Staking) exportPosition(ctx *contract.Context, key positionKey) positionState {
	p := positionState{Delegator: key.delegator(), Candidate: key.candidate(), Kind: key.kind(), Position: s.store.Positions.Get(ctx, key)}
	list := s.store.Redelegations.At(ctx, key)
	for i := range uint64(p.Position.Redelegations) {
		p.Redelegations = append(p.Redelegations, list.Get(ctx, i))
	}
	p.Position.Redelegations, p.Position.PastCount, p.Position.Listed = 0, 0, false
	return p
}

// restore writes an exported state.
func (s *Staking) restore(ctx *contract.Context, state *State) error {
	l := &ledger{Staking: s, ctx: ctx, now: ctx.Time(), sums: state.Sums}
	for i, c := range state.Candidates {
		l.restoreCandidate(uint64(i)+1, &c)
	}
	for _, p := range state.Positions {
		l.restorePosition(&p)
	}
	for _, b := range state.Buckets {
		buckets := s.store.Buckets.At(ctx, b.Candidate)
		buckets.Set(ctx, b.Hour, b.Bucket)
	}
	for _, u := range state.Unbondings {
		l.enqueue(u.ID, &u.Unbonding)
	}
	for i, id := range state.Set {
		s.store.Set.Push(ctx, id)
		if i < int(state.Sums.ActiveCount) {
			standing := s.store.Standings.Get(ctx, id)
			standing.Seat = uint16(i) + 1
			s.store.Standings.Set(ctx, id, standing)
		}
	}
	if state.ElectionDue {
		l.elect()
	}
	l.close()
	return s.checkBalance(ctx)
}

func (l *ledger) restoreCandidate(id uint64, c *candidateState) {
	for i := range c.Book.Pools {
		if p := &c.Book.Pools[i]; !p.Shares.IsZero() {
			p.PastCount = mark(l.ctx, l.store.PoolPast.At(l.ctx, poolKeyOf(id, uint8(i))), 0, &p.Shares, uint8(i))
		}
	}
	l.store.Standings.Set(l.ctx, id, c.Standing)
	l.store.Books.Set(l.ctx, id, c.Book)
	l.store.Keys.Set(l.ctx, id, c.Keys)
	l.store.Texts.Set(l.ctx, id, c.Texts)
	l.store.ByOwner.Set(l.ctx, c.Standing.Owner, id)
	if !c.Standing.RankedWei.IsZero() {
		l.store.Ranking.Insert(l.ctx, contract.OrderedKey(&c.Standing.RankedWei, ^id))
	}
	used := l.store.UsedKeys.At(l.ctx, id)
	for _, key := range c.UsedKeys {
		used.Push(l.ctx, key)
		l.store.ByAddress.Set(l.ctx, ConsensusAddress(key), id)
	}
	slashes := l.store.Slashes.At(l.ctx, id)
	for _, each := range c.Slashes {
		slashes.Push(l.ctx, each)
	}
	granted := l.store.Granted.At(l.ctx, id)
	for _, g := range c.Grants {
		at := granted.Push(l.ctx, g.Delegator)
		l.store.Grants.Set(l.ctx, grantKeyOf(id, g.Delegator), grant{Granted: true, CommissionBps: g.CommissionBps, At: at})
	}
}

func (l *ledger) restorePosition(p *positionState) {
	h := &holding{key: keyOf(p.Delegator, p.Candidate, p.Kind), position: p.Position}
	list := l.store.Redelegations.At(l.ctx, h.key)
	for i, r := range p.Redelegations {
		list.Set(l.ctx, uint64(i), r)
	}
	h.Redelegations = uint32(len(p.Redelegations))
	l.save(h)
}
