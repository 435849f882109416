package staking

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Share is a number of shares of one of a candidate's pools: what governance
// counts votes in.
type Share struct {
	Candidate uint64
	Pool      uint8
	Shares    uint256.Int
}

// VotingShares are the shares that an account itself held at a past time, one
// entry for each pool.
func (s *Staking) VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) (list []Share) {
	ctx = ctx.At(s.Address())
	keys := s.store.Holdings.At(ctx, account)
	for i := range keys.Len(ctx) {
		key := keys.Get(ctx, i)
		count := uint64(s.store.Positions.Get(ctx, key).PastCount)
		then := at(ctx, s.store.PositionPast.At(ctx, key), count, timepoint)
		if then.Amount.IsZero() {
			continue
		}
		same := slices.IndexFunc(list, func(share Share) bool {
			return share.Candidate == key.candidate() && share.Pool == then.Pool
		})
		if same >= 0 { // plain and locked shares are of one pool
			list[same].Shares.Add(&list[same].Shares, &then.Amount)
			continue
		}
		list = append(list, Share{key.candidate(), then.Pool, then.Amount})
	}
	return list
}

// CandidateOf is the candidate in the set that an account owns.
func (s *Staking) CandidateOf(ctx *contract.Context, account common.Address) (id uint64, ok bool) {
	ctx = ctx.At(s.Address())
	id = s.store.ByOwner.Get(ctx, account)
	return id, id != 0 && s.store.Standings.Get(ctx, id).Role != roleNone
}

// CandidateShares are all shares of a candidate's pools at a past time.
func (s *Staking) CandidateShares(ctx *contract.Context, id, timepoint uint64) (list []Share) {
	ctx = ctx.At(s.Address())
	book := s.store.Books.Get(ctx, id)
	for i := range uint8(poolCount) {
		then := at(ctx, s.store.PoolPast.At(ctx, poolKeyOf(id, i)), book.Pools[i].PastCount, timepoint)
		if !then.Amount.IsZero() {
			list = append(list, Share{id, i, then.Amount})
		}
	}
	return list
}

// Weight is what shares are worth now, in wei.
func (s *Staking) Weight(ctx *contract.Context, share Share) *uint256.Int {
	ctx = ctx.At(s.Address())
	if share.Pool >= poolCount {
		return new(uint256.Int)
	}
	book := s.store.Books.Get(ctx, share.Candidate)
	return book.Pools[share.Pool].worth(&share.Shares)
}

// TotalWeight is all stake at a past time, in wei.
func (s *Staking) TotalWeight(ctx *contract.Context, timepoint uint64) *uint256.Int {
	ctx = ctx.At(s.Address())
	then := at(ctx, s.store.StakePast, s.store.Sums.Get(ctx).StakePastCount, timepoint)
	return &then.Amount
}

// StakedWei is all stake, also that which is on its way back, in wei.
func (s *Staking) StakedWei(ctx *contract.Context) *uint256.Int {
	ctx = ctx.At(s.Address())
	sums := s.store.Sums.Get(ctx)
	return new(uint256.Int).Add(&sums.StakeWei, &sums.UnbondingWei)
}

// pastStake is what an account's shares of a past time are worth now.
func (s *Staking) pastStake(ctx *contract.Context, account common.Address, timepoint uint64) *uint256.Int {
	total := new(uint256.Int)
	for _, share := range s.VotingShares(ctx, account, timepoint) {
		total.Add(total, s.Weight(ctx, share))
	}
	return total
}

// Member is a validator that makes blocks.
type Member struct {
	ConsensusKey common.Hash
	Power        uint64
}

// ActiveSet are the validators that make blocks, as consensus starts with them.
func (s *Staking) ActiveSet(ctx *contract.Context) (list []Member) {
	_, consensusKeys, powers := s.activeSet(ctx.At(s.Address()))
	for i, key := range consensusKeys {
		list = append(list, Member{key, powers[i]})
	}
	return list
}
