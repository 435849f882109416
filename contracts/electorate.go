package contracts

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

// stakers are staking's delegators as governance knows them.
type stakers struct{ *staking.Staking }

var _ governance.Electorate = stakers{}

func (s stakers) VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []governance.Share {
	return shares(s.Staking.VotingShares(ctx, account, timepoint))
}

func (s stakers) CandidateShares(ctx *contract.Context, id, timepoint uint64) []governance.Share {
	return shares(s.Staking.CandidateShares(ctx, id, timepoint))
}

func (s stakers) Weight(ctx *contract.Context, share governance.Share) *uint256.Int {
	return s.Staking.Weight(ctx, staking.Share(share))
}

func shares(list []staking.Share) []governance.Share {
	converted := make([]governance.Share, len(list))
	for i, share := range list {
		converted[i] = governance.Share(share)
	}
	return converted
}
