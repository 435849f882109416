package staking

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout. The README lists the
// slots.
type storage struct {
	Sums       contract.Value[sums]       // slots 0-4
	Parameters contract.Value[Parameters] // slots 5-6
	Constants  contract.Value[Constants]  // slot 7
	Rhythm     contract.Value[rhythm]     // slot 8

	Standings contract.Map[uint64, standing]       // slot 9, by candidate
	Books     contract.Map[uint64, book]           // slot 10, by candidate
	Keys      contract.Map[uint64, keys]           // slot 11, by candidate
	Texts     contract.Map[uint64, texts]          // slot 12, by candidate
	ByAddress contract.Map[common.Address, uint64] // slot 13, by consensus address
	ByOwner   contract.Map[common.Address, uint64] // slot 14
	Ranking   contract.Index                       // slot 15, by stake and complement of the candidate
	Set       contract.Array[uint64]               // slot 16, the active, then the standby

	Positions  contract.Map[positionKey, position]                          // slot 17
	Holdings   contract.Nested[common.Address, contract.Array[positionKey]] // slot 18, by delegator
	Delegators contract.Array[common.Address]                               // slot 19
	Grants     contract.Map[grantKey, grant]                                // slot 20
	Granted    contract.Nested[uint64, contract.Array[common.Address]]      // slot 21, by candidate

	Unbondings contract.Map[uint64, unbonding]                         // slot 22
	Buckets    contract.Nested[uint64, contract.Map[uint64, bucket]]   // slot 23, by candidate and hour
	Due        contract.Index                                          // slot 24, unbondings by time and number
	Leaving    contract.Nested[common.Address, contract.Array[uint64]] // slot 25, unbondings by delegator

	Redelegations contract.Nested[positionKey, contract.Map[uint64, redelegation]] // slot 26
	Slashes       contract.Nested[uint64, contract.Array[slash]]                   // slot 27, by candidate

	Missed contract.Nested[uint32, contract.Map[uint32, common.Hash]] // slot 28, by window and block in it: a bit for each seat
	Seats  contract.Map[uint8, seat]                                  // slot 29

	PositionPast contract.Nested[positionKey, contract.Map[uint64, checkpoint]] // slot 30
	PoolPast     contract.Nested[poolKey, contract.Map[uint64, checkpoint]]     // slot 31
	StakePast    contract.Map[uint64, checkpoint]                               // slot 32

	UsedKeys contract.Nested[uint64, contract.Array[common.Hash]] // slot 33, by candidate
}

// Kind is how a delegation earns.
type Kind uint8

// The kinds of delegations.
const (
	Plain Kind = iota
	Compounding
	Locked
)

// The pools of a candidate. Plain and locked delegations share one, unless a
// commission was granted to their delegator: the granted pool accrues rewards
// before commission.
const (
	poolPlain = iota
	poolCompounding
	poolGranted
	poolCount
)

// The fixed points of accumulators. A role's is in wei × 10^18 for each unit of
// weight; a pool's in wei × 10^27 for each share, so that with a thousand million
// coins in a pool what is carried over stays below a wei.
var (
	roleScale = uint256.NewInt(1e18)
	poolScale = new(uint256.Int).Mul(roleScale, uint256.NewInt(1e9))
)

const bps = 10_000

// sums are the contract's totals. Accumulators are in wei × roleScale for one
// unit of weight; what a division leaves over is carried, so that nothing is lost.
type sums struct {
	ActiveAcc    uint256.Int `sol:"uint192" json:"activeAcc"`
	ActiveRem    uint64      `json:"activeRem"`
	StandbyAcc   uint256.Int `sol:"uint192" json:"standbyAcc"`
	StandbyRem   uint64      `json:"standbyRem"`
	AccountedWei uint256.Int `sol:"uint128" json:"accountedWei"` // the balance that is spoken for
	StakeWei     uint256.Int `sol:"uint128" json:"stakeWei"`
	UnbondingWei uint256.Int `sol:"uint128" json:"unbondingWei"`

	ActiveWeight   uint64 `json:"activeWeight"` // power of all active
	StandbyWeight  uint64 `json:"standbyWeight"`
	Candidates     uint64 `json:"candidates"` // number of the last
	LastUnbonding  uint64 `json:"lastUnbonding"`
	StakePastCount uint64 `json:"-"`
	ActiveCount    uint16 `json:"activeCount"`
}

// rhythm is what every block reads.
type rhythm struct {
	NextDue     uint64 `json:"nextDue"` // when the next unbonding matures, 0 for none
	WindowStart uint64 `json:"-"`       // block at which the absence window began
	Window      uint32 `json:"-"`       // its number
	ElectionDue bool   `json:"electionDue"`
}

// Roles of a candidate in the set.
const (
	roleNone uint8 = iota
	roleStandby
	roleActive
)

// standing is what decides whether a candidate is in the set.
type standing struct {
	Owner         common.Address `json:"owner"`
	CommissionBps uint16         `json:"commissionBps"`
	Role          uint8          `json:"role"`
	Barred        bool           `json:"barred"`
	Retired       bool           `json:"retired"`
	Short         bool           `json:"short"` // too little self-stake
	Seat          uint16         `json:"-"`     // 1 + number of the seat, 0 for none
	RankedWei     uint256.Int    `sol:"uint128" json:"rankedWei"`
	OutUntil      uint64         `json:"outUntil"` // 0: not out by absence
	Weight        uint64         `json:"weight"`   // power of an active, stake of a standby, for this epoch's rewards
}

// book is a candidate's money.
type book struct {
	Acc           uint256.Int     `sol:"uint192" json:"acc"` // of its role, when it was settled last
	Rem           uint64          `json:"rem"`
	CommissionWei uint256.Int     `sol:"uint128" json:"commissionWei"`
	PlainRem      uint256.Int     `sol:"uint128" json:"plainRem"`
	GrantedRem    uint256.Int     `sol:"uint128" json:"grantedRem"`
	Pools         [poolCount]pool `json:"pools"`
}

// pool is stake and its shares. A slashing makes shares worth less; rewards that
// compound make them worth more.
type pool struct {
	StakeWei  uint256.Int `sol:"uint128" json:"stakeWei"`
	Shares    uint256.Int `sol:"uint128" json:"shares"`
	Acc       uint256.Int `sol:"uint192" json:"acc"` // rewards of one share in wei × poolScale
	PastCount uint64      `json:"-"`
}

type keys struct {
	Consensus    common.Hash    `json:"consensus"`
	Next         common.Hash    `json:"next"` // from the next epoch on, 0 for none
	PendingOwner common.Address `json:"pendingOwner"`
	RaisedAt     uint64         `json:"raisedAt"` // when the commission was raised last
}

type texts struct {
	Moniker string `json:"moniker"`
	Website string `json:"website"`
	Details string `json:"details"`
}

// position is one delegation.
type position struct {
	Shares        uint256.Int `sol:"uint128" json:"shares"`
	PrincipalWei  uint256.Int `sol:"uint96" json:"principalWei"` // taken from the lockup contract
	PastCount     uint32      `json:"-"`
	Acc           uint256.Int `sol:"uint192" json:"acc"` // of its pool, when it was settled last
	Redelegations uint32      `json:"-"`
	Granted       bool        `json:"granted"`
	Listed        bool        `json:"-"`
}

// redelegation is stake that came from another candidate and answers for it.
type redelegation struct {
	Shares  uint256.Int `sol:"uint128" json:"shares"`
	From    uint64      `json:"from"`
	At      uint64      `json:"at"`
	Matures uint64      `json:"matures"`
	Seen    uint64      `json:"seen"` // slashes of From that have been looked at
}

// slash is one slashing of a candidate.
type slash struct {
	Infraction uint64 `json:"infraction"`
	Recorded   uint64 `json:"recorded"`
	Bps        uint16 `json:"bps"`
}

type grant struct {
	Granted       bool
	CommissionBps uint16
	At            uint64 // position in the candidate's list
}

// unbonding is stake on its way back. Its worth is its shares of the bucket of
// the candidate and the hour in which it left.
type unbonding struct {
	Delegator    common.Address `json:"delegator"`
	Candidate    uint64         `json:"candidate"`
	Kind         Kind           `json:"kind"`
	Shares       uint256.Int    `sol:"uint128" json:"shares"`
	Hour         uint64         `json:"hour"`
	Matures      uint64         `json:"matures"`
	PrincipalWei uint256.Int    `sol:"uint96" json:"principalWei"`
	At           uint64         `json:"-"` // position in the delegator's list
}

type bucket struct {
	StakeWei uint256.Int `sol:"uint128" json:"stakeWei"`
	Shares   uint256.Int `sol:"uint128" json:"shares"`
}

// seat is an active validator's place in the absence window.
type seat struct {
	Since  uint64
	Missed uint32
}

// checkpoint is an amount since a time.
type checkpoint struct {
	Time   uint64
	Amount uint256.Int `sol:"uint128"`
	Pool   uint8
}

// positionKey is a delegator's address, three bytes of 0, the kind and the
// candidate.
type positionKey [32]byte

func keyOf(delegator common.Address, candidate uint64, kind Kind) (k positionKey) {
	copy(k[:20], delegator[:])
	k[23] = byte(kind)
	binary.BigEndian.PutUint64(k[24:], candidate)
	return k
}

func (k positionKey) delegator() common.Address { return common.Address(k[:20]) }
func (k positionKey) kind() Kind                { return Kind(k[23]) }
func (k positionKey) candidate() uint64         { return binary.BigEndian.Uint64(k[24:]) }

// poolKey is a candidate's number and one byte for the pool.
type poolKey [9]byte

func poolKeyOf(candidate uint64, pool uint8) (k poolKey) {
	binary.BigEndian.PutUint64(k[:8], candidate)
	k[8] = pool
	return k
}

// grantKey is a candidate's number and a delegator.
type grantKey [28]byte

func grantKeyOf(candidate uint64, delegator common.Address) (k grantKey) {
	binary.BigEndian.PutUint64(k[:8], candidate)
	copy(k[8:], delegator[:])
	return k
}
