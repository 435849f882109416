package contracts

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/protocol/authority"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

// voters are those who vote by shares of the validators' contract S is of.
type voters[S staking.Share | authority.Share] interface {
	VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []S
	CandidateOf(ctx *contract.Context, account common.Address) (id uint64, ok bool)
	CandidateShares(ctx *contract.Context, id, timepoint uint64) []S
	Weight(ctx *contract.Context, share S) *uint256.Int
	TotalWeight(ctx *contract.Context, timepoint uint64) *uint256.Int
}

// electorate are voters as governance knows them.
type electorate[S staking.Share | authority.Share] struct{ voters[S] }

var (
	_ governance.Electorate = electorate[staking.Share]{}
	_ governance.Electorate = electorate[authority.Share]{}
)

func (e electorate[S]) VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []governance.Share {
	return shares(e.voters.VotingShares(ctx, account, timepoint))
}

func (e electorate[S]) CandidateShares(ctx *contract.Context, id, timepoint uint64) []governance.Share {
	return shares(e.voters.CandidateShares(ctx, id, timepoint))
}

func (e electorate[S]) Weight(ctx *contract.Context, share governance.Share) *uint256.Int {
	return e.voters.Weight(ctx, S(share))
}

func shares[S staking.Share | authority.Share](list []S) []governance.Share {
	converted := make([]governance.Share, len(list))
	for i, share := range list {
		converted[i] = governance.Share(share)
	}
	return converted
}
