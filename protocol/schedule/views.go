package schedule

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Limits of one answer, in calls.
const (
	mostListed  = 100
	mostCounted = 1000
)

// info is a call as the interface shows it.
type info struct {
	ID              uint64
	State           State
	Owner           common.Address
	Target          common.Address
	Data            []byte
	ValueWei        *uint256.Int
	DepositWei      *uint256.Int
	GasLimit        uint64
	NotBeforeTime   uint64
	NotBeforeHeight uint64
	Attempts        uint8
	Reason          []byte
}

func (s *Schedule) callOf(ctx *contract.Context, id uint64) (info, error) {
	r, err := s.find(ctx, id)
	if err != nil {
		return info{}, err
	}
	return s.show(ctx, id, &r), nil
}

func (s *Schedule) show(ctx *contract.Context, id uint64, r *record) info {
	shown := info{
		ID: id, State: r.State, Owner: r.Owner, Target: r.Target, Data: []byte{}, ValueWei: &r.ValueWei, DepositWei: &r.DepositWei,
		GasLimit: uint64(r.GasLimit), Attempts: r.Attempts, Reason: []byte{},
	}
	shown.NotBeforeTime, shown.NotBeforeHeight = r.start()
	if r.DataBytes > 0 {
		shown.Data = s.store.Data.Get(ctx, id)
	}
	if r.State == Failed {
		shown.Reason = s.store.Reasons.Get(ctx, id)
	}
	return shown
}

func (s *Schedule) callsOf(ctx *contract.Context, owner common.Address, cursor, limit uint64) (list []info, next uint64) {
	own := s.store.Lists.At(ctx, owner)
	ids := own.Slice(ctx, cursor, min(limit, mostListed))
	for _, id := range ids {
		r := s.store.Calls.Get(ctx, id)
		list = append(list, s.show(ctx, id, &r))
	}
	if next = cursor + uint64(len(ids)); next < cursor || next >= own.Len(ctx) {
		next = 0
	}
	return list, next
}

func (s *Schedule) waiting(ctx *contract.Context, byHeight bool, cursor *uint256.Int, limit uint64) ([]info, *uint256.Int) {
	return s.page(ctx, s.queue(byHeight), cursor, limit)
}

func (s *Schedule) failed(ctx *contract.Context, cursor *uint256.Int, limit uint64) ([]info, *uint256.Int) {
	return s.page(ctx, &s.store.Failed, cursor, limit)
}

// page reads calls in the order of an index. A cursor is the key of the next
// call, so that it stays valid whatever is made and scheduled in between.
func (s *Schedule) page(ctx *contract.Context, index *contract.Index, cursor *uint256.Int, limit uint64) (list []info, next *uint256.Int) {
	for key := range index.Ascend(ctx, cursor.Bytes32()) {
		if uint64(len(list)) == min(limit, mostListed) {
			return list, new(uint256.Int).SetBytes32(key[:])
		}
		_, id := contract.SplitKey(key)
		r := s.store.Calls.Get(ctx, id)
		list = append(list, s.show(ctx, id, &r))
	}
	return list, new(uint256.Int)
}

func (s *Schedule) counts(ctx *contract.Context) (byTime, byHeight, failedCalls uint64) {
	return s.store.ByTime.Len(ctx), s.store.ByHeight.Len(ctx), s.store.Failed.Len(ctx)
}

func (s *Schedule) dueCount(ctx *contract.Context, limit uint64) (count uint64) {
	limit = min(limit, mostCounted)
	for _, queue := range []struct {
		calls *contract.Index
		now   uint64
	}{{&s.store.ByTime, ctx.Time()}, {&s.store.ByHeight, ctx.BlockNumber()}} {
		for key := range queue.calls.Ascend(ctx, common.Hash{}) {
			if notBefore, _ := contract.SplitKey(key); count == limit || notBefore.GtUint64(queue.now) {
				break
			}
			count++
		}
	}
	return count
}

func (s *Schedule) gasFor(ctx *contract.Context, gasLimit, dataBytes uint64) (uint64, error) {
	p := s.store.Parameters.Get(ctx)
	switch {
	case gasLimit > p.MaxGasLimit:
		return 0, s.fail.GasLimitTooHigh(gasLimit, p.MaxGasLimit)
	case dataBytes > uint64(p.MaxDataBytes):
		return 0, s.fail.DataTooLong(dataBytes, uint64(p.MaxDataBytes))
	}
	return p.gas(gasLimit, dataBytes), nil
}
