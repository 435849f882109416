package authority

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// maxPage is how many entries one page of a list has at most.
const maxPage = 100

// Validator is a validator, as tables show it.
type Validator struct {
	Id           uint64 //nolint:revive // as the interface names it
	Account      common.Address
	ConsensusKey common.Hash
	Name         string
	Power        uint64
	MissedBlocks uint64
	Since        uint64
	Until        uint64
}

func (a *Authority) describe(ctx *contract.Context, id uint64) Validator {
	r := a.store.Records.Get(ctx, id)
	return Validator{id, r.Account, r.Key, r.Name, r.Power, r.Missed, r.Since, r.Until}
}

func (a *Authority) validators(ctx *contract.Context, cursor, limit uint64) (list []Validator, next uint64) {
	limit = min(limit, maxPage)
	last := a.store.Head.Get(ctx).Last
	for id := max(cursor, 1); id <= last; id++ {
		if uint64(len(list)) == limit {
			return list, id
		}
		list = append(list, a.describe(ctx, id))
	}
	return list, 0
}

func (a *Authority) validator(ctx *contract.Context, id uint64) (Validator, error) {
	if id == 0 || id > a.store.Head.Get(ctx).Last {
		return Validator{}, a.fail.ValidatorMissing(id)
	}
	return a.describe(ctx, id), nil
}

func (a *Authority) activeSet(ctx *contract.Context) (list []uint64, consensusKeys []common.Hash, powers []uint64) {
	list = a.store.Members.Slice(ctx, 0, maxValidators)
	for _, id := range list {
		r := a.store.Records.Get(ctx, id)
		consensusKeys, powers = append(consensusKeys, r.Key), append(powers, r.Power)
	}
	return list, consensusKeys, powers
}

// Member is a validator that makes blocks.
type Member struct {
	ConsensusKey common.Hash
	Power        uint64
}

// ActiveSet are the validators, as consensus starts with them.
func (a *Authority) ActiveSet(ctx *contract.Context) (list []Member) {
	_, consensusKeys, powers := a.activeSet(ctx.At(a.Address()))
	for i, key := range consensusKeys {
		list = append(list, Member{key, powers[i]})
	}
	return list
}

// Owner is the account behind a validator's consensus address.
func (a *Authority) Owner(ctx *contract.Context, consensusAddress common.Address) (owner common.Address, ok bool) {
	ctx = ctx.At(a.Address())
	id := a.store.ByAddress.Get(ctx, consensusAddress)
	if id == 0 {
		return owner, false
	}
	return a.store.Records.Get(ctx, id).Account, true
}
