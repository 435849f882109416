package governance

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"

	"github.com/ethereum/go-ethereum/common"
)

// Share is a number of shares of one of a candidate's stake pools. What a share
// is worth is the pool's: a slashing or a compounded reward changes the worth of
// all shares of a pool alike, and the number of nobody's.
type Share struct {
	Candidate uint64
	Pool      uint8 // which of the candidate's pools; the electorate numbers them
	Shares    uint256.Int
}

// Electorate knows who may vote with how much: protocol/staking, or
// protocol/authority where validators are named.
//
// A timepoint is a block's time in seconds since 1970 (the clock of EIP-6372 in
// mode=timestamp) and always lies before the present block's time, so that its
// answer can no longer change: it is what held after the last block whose time is
// not later than the timepoint. Stake that is unbonding does not vote.
//
// All methods are trusted Go calls: the implementation goes on as itself with
// ctx.At, charges through ctx for what it reads, writes nothing and calls nobody.
type Electorate interface {
	// VotingShares are the shares an account itself held at a timepoint, at most
	// one entry for each pool, without empty ones, in an order that depends on the
	// state only. A candidate's own stake is among its owner's shares.
	VotingShares(ctx *contract.Context, account common.Address, timepoint uint64) []Share
	// CandidateOf is the candidate that an account owns, if the candidate is in the
	// set now (active or standby): such an account votes for those who delegated to
	// it and do not vote themselves. ok is false for everybody else.
	CandidateOf(ctx *contract.Context, account common.Address) (id uint64, ok bool)
	// CandidateShares are all shares of a candidate's pools at a timepoint, whoever
	// held them: for every pool the sum of all accounts' VotingShares.
	CandidateShares(ctx *contract.Context, id, timepoint uint64) []Share
	// Weight is the present stake of shares, in wei (in votes where validators are
	// named): shares × the pool's present stake ÷ the pool's present shares, rounded
	// down. Governance asks it once for each pool and proposal, with all the pool's
	// shares at the snapshot, and divides the answer among their holders.
	Weight(ctx *contract.Context, share Share) *uint256.Int
	// TotalWeight is the stake of all pools at a timepoint, in wei: what a quorum is
	// a part of.
	TotalWeight(ctx *contract.Context, timepoint uint64) *uint256.Int
}
