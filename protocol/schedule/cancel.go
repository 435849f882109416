package schedule

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

func (s *Schedule) cancel(ctx *contract.Context, id uint64) (*uint256.Int, error) {
	return s.cancelFor(ctx, ctx.Caller(), id)
}

// Cancel takes a call back for another contract in Go, which is its owner and
// gets its value and its deposit. An error leaves everything as it was.
func (s *Schedule) Cancel(ctx *contract.Context, id uint64) error {
	_, err := s.cancelFor(ctx.At(s.Address()), ctx.Address(), id)
	return err
}

func (s *Schedule) cancelFor(ctx *contract.Context, owner common.Address, id uint64) (*uint256.Int, error) {
	r, err := s.owned(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	refundWei := new(uint256.Int).Add(&r.ValueWei, &r.DepositWei)
	if r.State == Failed {
		s.unfail(ctx, id)
	} else {
		s.dequeue(ctx, id, &r)
	}
	s.remove(ctx, id, &r)
	s.emit.Cancelled(ctx, id, r.Owner, refundWei)
	return refundWei, pay(ctx, r.Owner, refundWei)
}

// owned is the record of a call of an owner's.
func (s *Schedule) owned(ctx *contract.Context, owner common.Address, id uint64) (record, error) {
	r, err := s.find(ctx, id)
	if err == nil && r.Owner != owner {
		err = s.fail.NotOwner(id, r.Owner)
	}
	return r, err
}

// unfail takes a call out of the failed ones.
func (s *Schedule) unfail(ctx *contract.Context, id uint64) {
	s.store.Failed.Remove(ctx, failedKey(id))
	s.store.Reasons.Delete(ctx, id)
}

func failedKey(id uint64) common.Hash { return contract.OrderedKey(new(uint256.Int), id) }

// pay sends coins, nothing at all when there are none.
func pay(ctx *contract.Context, to common.Address, amountWei *uint256.Int) error {
	if amountWei.IsZero() {
		return nil
	}
	return ctx.Transfer(to, amountWei)
}
