package authority

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Share is a vote of a validator: each has one.
type Share struct {
	Candidate uint64
	Pool      uint8
	Shares    uint256.Int
}

// was reports whether a record was a validator's at a past time.
func (r *record) was(timepoint uint64) bool {
	return r.Since <= timepoint && (r.Until == 0 || r.Until > timepoint)
}

// VotingShares is an account's own vote, which is all that its validator has.
func (a *Authority) VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []Share {
	ctx = ctx.At(a.Address())
	id := a.store.ByAccount.Get(ctx, account)
	if id == 0 {
		return nil
	}
	return a.CandidateShares(ctx, id, timepoint)
}

// CandidateOf is the validator that an account speaks for.
func (a *Authority) CandidateOf(ctx *contract.Context, account common.Address) (id uint64, ok bool) {
	id = a.store.ByAccount.Get(ctx.At(a.Address()), account)
	return id, id != 0
}

// CandidateShares is a validator's one vote, if it was one at a past time.
func (a *Authority) CandidateShares(ctx *contract.Context, id, timepoint uint64) []Share {
	r := a.store.Records.Get(ctx.At(a.Address()), id)
	if r.Key == (common.Hash{}) || !r.was(timepoint) {
		return nil
	}
	return []Share{{Candidate: id, Shares: *uint256.NewInt(1)}}
}

// Weight is the number of votes.
func (a *Authority) Weight(_ *contract.Context, share Share) *uint256.Int {
	return share.Shares.Clone()
}

// TotalWeight is how many validators there were at a past time.
func (a *Authority) TotalWeight(ctx *contract.Context, timepoint uint64) *uint256.Int {
	ctx = ctx.At(a.Address())
	total := uint64(0)
	for id := uint64(1); id <= a.store.Head.Get(ctx).Last; id++ {
		if r := a.store.Records.Get(ctx, id); r.was(timepoint) {
			total++
		}
	}
	return uint256.NewInt(total)
}
