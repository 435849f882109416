package schedule

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// State is where a call stands.
type State uint8

// States of a call.
const (
	None State = iota
	Waiting
	Failed
)

// record is a call without its data and reason: three slots.
type record struct {
	Owner     common.Address
	GasLimit  uint32
	DataBytes uint16
	Attempts  uint8 // passed over
	State     State
	ByHeight  bool // NotBefore is a height, else seconds since 1970

	Target    common.Address
	NotBefore uint64
	Position  uint32 // in its owner's list

	ValueWei   uint256.Int `sol:"uint128"`
	DepositWei uint256.Int `sol:"uint128"`
}

// key is the call's place in its queue.
func (r *record) key(id uint64) common.Hash {
	return contract.OrderedKey(uint256.NewInt(r.NotBefore), id)
}

// fronts are the first call of each queue; a number of 0 is none. They are one
// slot, so that a block in which nothing is due reads no more.
type fronts struct{ Time, TimeID, Height, HeightID uint64 }

// running is the call that is being made or was made last. The slot is never
// cleared, as it is cheaper to change than to set.
type running struct {
	ID     uint64
	Owner  common.Address
	Active bool
}

type storage struct {
	Parameters contract.Value[Parameters]                              // slot 0
	Fronts     contract.Value[fronts]                                  // slot 1
	Running    contract.Value[running]                                 // slot 2
	LastID     contract.Value[uint64]                                  // slot 3
	ByTime     contract.Index                                          // slot 4: waiting calls by time, then number
	ByHeight   contract.Index                                          // slot 5: waiting calls by height, then number
	Failed     contract.Index                                          // slot 6: failed calls by number
	Calls      contract.Map[uint64, record]                            // slot 7
	Data       contract.Map[uint64, []byte]                            // slot 8
	Reasons    contract.Map[uint64, []byte]                            // slot 9: of failed calls
	Lists      contract.Nested[common.Address, contract.Array[uint64]] // slot 10: numbers of an owner's calls
}

// find is a call's record.
func (s *Schedule) find(ctx *contract.Context, id uint64) (record, error) {
	r := s.store.Calls.Get(ctx, id)
	if r.State == None {
		return r, s.fail.UnknownCall(id)
	}
	return r, nil
}

// insert keeps a call: its record, its data, its place in its owner's list.
func (s *Schedule) insert(ctx *contract.Context, id uint64, r *record, data []byte) {
	list := s.store.Lists.At(ctx, r.Owner)
	r.Position = uint32(list.Push(ctx, id))
	s.store.Calls.Set(ctx, id, *r)
	if len(data) > 0 {
		s.store.Data.Set(ctx, id, data)
	}
}

// remove forgets a call that is in no queue. The last call of its owner's list
// takes its place there.
func (s *Schedule) remove(ctx *contract.Context, id uint64, r *record) {
	list := s.store.Lists.At(ctx, r.Owner)
	if last := list.Pop(ctx); last != id {
		list.Set(ctx, uint64(r.Position), last)
		moved := s.store.Calls.Get(ctx, last)
		moved.Position = r.Position
		s.store.Calls.Set(ctx, last, moved)
	}
	s.store.Calls.Delete(ctx, id)
	if r.DataBytes > 0 {
		s.store.Data.Delete(ctx, id)
	}
}

// nextID numbers a new call.
func (s *Schedule) nextID(ctx *contract.Context) uint64 {
	id := s.store.LastID.Get(ctx) + 1
	s.store.LastID.Set(ctx, id)
	return id
}
