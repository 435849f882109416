package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// maxPage is how many entries one page of a list has at most.
const maxPage = 100

// Status is where a candidate stands.
type Status uint8

// The places where a candidate stands.
const (
	StatusCandidate Status = iota
	StatusStandby
	StatusActive
	StatusOut
	StatusBarred
)

// Validator is a candidate, as tables show it.
type Validator struct {
	Id            uint64 //nolint:revive // as the interface names it
	Owner         common.Address
	ConsensusKey  common.Hash
	Moniker       string
	Status        Status
	Power         uint64
	StakeWei      *uint256.Int
	SelfStakeWei  *uint256.Int
	CommissionBps uint16
	CommissionWei *uint256.Int
	MissedBlocks  uint32
	OutUntil      uint64
}

// Profile is what a candidate says of itself.
type Profile struct {
	Moniker             string
	Website             string
	Details             string
	NextConsensusKey    common.Hash
	PendingOwner        common.Address
	CommissionRaiseFrom uint64
}

// Totals are sums over all candidates.
type Totals struct {
	StakeWei     *uint256.Int
	UnbondingWei *uint256.Int
	RewardsWei   *uint256.Int
	Candidates   uint64
	Power        uint64
}

func (a *account) status() Status {
	switch {
	case a.Barred:
		return StatusBarred
	case a.Role == roleActive:
		return StatusActive
	case a.Retired, a.Short, a.OutUntil != 0:
		return StatusOut
	case a.Role == roleStandby:
		return StatusStandby
	}
	return StatusCandidate
}

func (l *ledger) describeValidator(a *account) Validator {
	v := Validator{
		Id: a.id, Owner: a.Owner, ConsensusKey: l.store.Keys.Get(l.ctx, a.id).Consensus,
		Moniker: l.store.Texts.Get(l.ctx, a.id).Moniker, Status: a.status(),
		StakeWei: a.stake(), SelfStakeWei: l.selfStake(a),
		CommissionBps: a.CommissionBps, CommissionWei: a.CommissionWei.Clone(), OutUntil: a.OutUntil,
	}
	if a.Role == roleActive {
		v.Power = a.Weight
		v.MissedBlocks = l.store.Seats.Get(l.ctx, uint8(a.Seat-1)).Missed
	}
	return v
}

func (s *Staking) validators(ctx *contract.Context, cursor, limit uint64) (list []Validator, next uint64, err error) {
	l := s.open(ctx)
	limit = min(limit, maxPage)
	for id := max(cursor, 1); id <= l.sums.Candidates; id++ {
		if uint64(len(list)) == limit {
			return list, id, nil
		}
		a, err := l.account(id)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, l.describeValidator(a))
	}
	return list, 0, nil
}

func (s *Staking) validator(ctx *contract.Context, candidate uint64) (Validator, error) {
	l := s.open(ctx)
	a, err := l.account(candidate)
	if err != nil {
		return Validator{}, err
	}
	return l.describeValidator(a), nil
}

func (s *Staking) profile(ctx *contract.Context, candidate uint64) (Profile, error) {
	if s.store.Standings.Get(ctx, candidate).Owner == (common.Address{}) {
		return Profile{}, s.fail.CandidateMissing(candidate)
	}
	t, k := s.store.Texts.Get(ctx, candidate), s.store.Keys.Get(ctx, candidate)
	p := Profile{Moniker: t.Moniker, Website: t.Website, Details: t.Details, NextConsensusKey: k.Next, PendingOwner: k.PendingOwner}
	if k.RaisedAt != 0 {
		p.CommissionRaiseFrom = k.RaisedAt + day
	}
	return p, nil
}

func (s *Staking) validatorByConsensusAddress(ctx *contract.Context, address common.Address) uint64 {
	return s.store.ByAddress.Get(ctx, address)
}

func (s *Staking) validatorByOwner(ctx *contract.Context, owner common.Address) uint64 {
	return s.store.ByOwner.Get(ctx, owner)
}

func (s *Staking) ranking(ctx *contract.Context, limit uint64) []uint64 {
	limit = min(limit, 10*maxPage)
	list := []uint64{}
	for key := range s.store.Ranking.Descend(ctx, contract.Highest) {
		if uint64(len(list)) == limit {
			break
		}
		_, complement := contract.SplitKey(key)
		list = append(list, ^complement)
	}
	return list
}

func (s *Staking) activeSet(ctx *contract.Context) (list []uint64, consensusKeys []common.Hash, powers []uint64) {
	list = s.store.Set.Slice(ctx, 0, uint64(s.store.Sums.Get(ctx).ActiveCount))
	for _, id := range list {
		consensusKeys = append(consensusKeys, s.store.Keys.Get(ctx, id).Consensus)
		powers = append(powers, s.store.Standings.Get(ctx, id).Weight)
	}
	return list, consensusKeys, powers
}

func (s *Staking) standbySet(ctx *contract.Context) []uint64 {
	return s.store.Set.Slice(ctx, uint64(s.store.Sums.Get(ctx).ActiveCount), maxPage)
}

func (s *Staking) totals(ctx *contract.Context) Totals {
	l := s.open(ctx)
	rewards := ctx.Balance(s.Address())
	rewards.Sub(rewards, &l.sums.StakeWei)
	rewards.Sub(rewards, &l.sums.UnbondingWei)
	return Totals{
		StakeWei: l.sums.StakeWei.Clone(), UnbondingWei: l.sums.UnbondingWei.Clone(), RewardsWei: rewards,
		Candidates: l.sums.Candidates, Power: l.sums.ActiveWeight,
	}
}
