// Package staking is delegated proof of stake: candidates, delegations,
// rewards, slashing and the set of validators. The cost of a block does not
// grow with the number of delegators: rewards accrue through accumulators and
// are computed when a delegation is touched. It refuses to decide anything by
// itself about who misbehaved: consensus alone says so, in beginBlock.
package staking

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IStaking.json
var compiled []byte

// Supply mints what mining earns and burns what is slashed.
type Supply interface {
	// Emit mints what is due since the last call to this contract.
	Emit(ctx *contract.Context, timeNanos uint64) (mintedWei *uint256.Int)
	// Burn destroys coins of the contract that ctx is of.
	Burn(ctx *contract.Context, amountWei *uint256.Int) error
}

// Lockup holds the coins that are locked.
type Lockup interface {
	// Take moves locked coins of an account to the contract that ctx is of.
	Take(ctx *contract.Context, account common.Address, amountWei *uint256.Int) error
	// Return moves them back.
	Return(ctx *contract.Context, account common.Address, amountWei *uint256.Int) error
	// Lost tells that taken coins were slashed and will not be returned.
	Lost(ctx *contract.Context, account common.Address, amountWei *uint256.Int) error
}

// Staking is the contract.
type Staking struct {
	*contract.Base
	store      storage
	emit       events
	fail       failures
	supply     Supply
	lockup     Lockup
	governance common.Address
}

// New makes the contract for its address. Only governance changes its
// parameters.
func New(address common.Address, supply Supply, lockup Lockup, governance common.Address) *Staking {
	s := &Staking{supply: supply, lockup: lockup, governance: governance}
	s.Base = contract.Must(contract.Spec{
		Name: "staking", Address: address, Interface: compiled,
		Storage: &s.store, Events: &s.emit, Errors: &s.fail,
		Methods: s.methods(),
	})
	return s
}

func (s *Staking) methods() contract.Methods {
	return contract.Methods{
		"declareCandidate": s.declareCandidate,
		"describe":         s.describe,
		"setCommission":    s.setCommission,
		"grantCommission":  s.grantCommission,
		"endGrant":         s.endGrant,
		"rotateKey":        s.rotateKey,
		"offerOwnership":   s.offerOwnership,
		"acceptOwnership":  s.acceptOwnership,
		"retire":           s.retire,
		"rejoin":           s.rejoin,

		"delegate":        s.delegate,
		"delegateLocked":  s.delegateLocked,
		"undelegate":      s.undelegate,
		"redelegate":      s.redelegate,
		"setCompounding":  s.setCompounding,
		"claim":           s.claim,
		"claimAll":        s.claimAll,
		"claimCommission": s.claimCommission,
		"withdraw":        s.withdraw,
		"applySlashes":    s.applySlashes,
		"setParameters":   s.setParameters,

		"beginBlock": contract.System(s.beginBlock),
		"release":    contract.System(s.release),

		"validators":                  s.validators,
		"validator":                   s.validator,
		"profile":                     s.profile,
		"validatorByConsensusAddress": s.validatorByConsensusAddress,
		"validatorByOwner":            s.validatorByOwner,
		"ranking":                     s.ranking,
		"activeSet":                   s.activeSet,
		"standbySet":                  s.standbySet,
		"delegation":                  s.delegation,
		"delegations":                 s.delegations,
		"unbondings":                  s.unbondings,
		"pendingRewards":              s.pendingRewards,
		"grantOf":                     s.grantOf,
		"totals":                      s.totals,
		"parameters":                  s.parameters,
		"constants":                   s.constants,
		"pastStake":                   s.pastStake,
	}
}

type events struct {
	PowerChanged        func(ctx *contract.Context, consensusKey common.Hash, power uint64)
	CandidateDeclared   func(ctx *contract.Context, candidate uint64, owner common.Address, consensusKey common.Hash)
	CandidateDescribed  func(ctx *contract.Context, candidate uint64, moniker string)
	CommissionChanged   func(ctx *contract.Context, candidate uint64, commissionBps uint16)
	CommissionGranted   func(ctx *contract.Context, candidate uint64, delegator common.Address, commissionBps uint16)
	GrantEnded          func(ctx *contract.Context, candidate uint64, delegator common.Address)
	KeyRotated          func(ctx *contract.Context, candidate uint64, consensusKey common.Hash)
	OwnershipOffered    func(ctx *contract.Context, candidate uint64, to common.Address)
	OwnershipChanged    func(ctx *contract.Context, candidate uint64, from, to common.Address)
	Retired             func(ctx *contract.Context, candidate uint64)
	Rejoined            func(ctx *contract.Context, candidate uint64)
	Delegated           func(ctx *contract.Context, delegator common.Address, candidate uint64, kind Kind, amountWei *uint256.Int)
	Undelegated         func(ctx *contract.Context, delegator common.Address, candidate, unbonding uint64, kind Kind, amountWei *uint256.Int, maturesAt uint64)
	Redelegated         func(ctx *contract.Context, delegator common.Address, from, to uint64, kind Kind, amountWei *uint256.Int, heldUntil uint64)
	CompoundingSwitched func(ctx *contract.Context, delegator common.Address, candidate uint64, compounding bool, amountWei *uint256.Int)
	RewardsPaid         func(ctx *contract.Context, delegator common.Address, candidate uint64, amountWei *uint256.Int)
	CommissionPaid      func(ctx *contract.Context, candidate uint64, owner common.Address, amountWei *uint256.Int)
	Withdrawn           func(ctx *contract.Context, delegator common.Address, unbonding uint64, amountWei *uint256.Int)
	ReleaseFailed       func(ctx *contract.Context, unbonding uint64, reason string)
	Slashed             func(ctx *contract.Context, candidate uint64, doubleSign bool, infractionTime uint64, slashedWei, unbondingSlashedWei *uint256.Int)
	RedelegationSlashed func(ctx *contract.Context, delegator common.Address, from, candidate uint64, slashedWei *uint256.Int)
	SetChanged          func(ctx *contract.Context, active, standby []uint64)
	ParametersChanged   func(ctx *contract.Context, parameters Parameters)
}

type failures struct {
	CandidateMissing      func(candidate uint64) error
	NotOwner              func(account common.Address) error
	OwnsCandidate         func(candidate uint64) error
	KeyTaken              func(candidate uint64) error
	KeyInvalid            func() error
	CommissionTooHigh     func(commissionBps, limitBps uint16) error
	CommissionRaisedToday func(from uint64) error
	TooManyGrants         func(limit uint64) error
	GrantMissing          func() error
	TextTooLong           func(length, limit uint64) error
	AmountTooSmall        func(amountWei, minimumWei *uint256.Int) error
	StakeTooSmall         func(wantedWei, freeWei *uint256.Int) error
	SelfStakeTooSmall     func(selfStakeWei, neededWei *uint256.Int) error
	CandidateBarred       func(candidate uint64) error
	OutUntil              func(until uint64) error
	NotOut                func() error
	HasRetired            func() error
	NotOffered            func() error
	SameCandidate         func() error
	TooManyRedelegations  func(limit uint64) error
	UnbondingMissing      func(unbonding uint64) error
	NotMature             func(maturesAt uint64) error
	KindInvalid           func() error
	NotGovernance         func() error
	ParameterInvalid      func(name string, minimum, maximum *uint256.Int) error
}
