package schedule

import (
	"math/bits"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

func (s *Schedule) queue(byHeight bool) *contract.Index {
	if byHeight {
		return &s.store.ByHeight
	}
	return &s.store.ByTime
}

// front is a queue's first call.
func (f *fronts) front(byHeight bool) (notBefore, id *uint64) {
	if byHeight {
		return &f.Height, &f.HeightID
	}
	return &f.Time, &f.TimeID
}

// enqueue lets a call wait.
func (s *Schedule) enqueue(ctx *contract.Context, id uint64, r *record) {
	s.queue(r.ByHeight).Insert(ctx, r.key(id))
	f := s.store.Fronts.Get(ctx)
	notBefore, first := f.front(r.ByHeight)
	if *first == 0 || r.NotBefore < *notBefore || r.NotBefore == *notBefore && id < *first {
		*notBefore, *first = r.NotBefore, id
		s.store.Fronts.Set(ctx, f)
	}
}

// dequeue takes a call out of its queue.
func (s *Schedule) dequeue(ctx *contract.Context, id uint64, r *record) {
	queue := s.queue(r.ByHeight)
	queue.Remove(ctx, r.key(id))
	f := s.store.Fronts.Get(ctx)
	notBefore, first := f.front(r.ByHeight)
	if *first != id {
		return
	}
	*notBefore, *first = 0, 0
	if key, ok := queue.First(ctx, common.Hash{}); ok {
		time, next := contract.SplitKey(key)
		*notBefore, *first = time.Uint64(), next
	}
	s.store.Fronts.Set(ctx, f)
}

// next is the call to be made now. Of the two queues' first calls, if both are
// due, it is the one with the lower number, so that neither queue starves.
func (f *fronts) next(ctx *contract.Context) (id uint64, ok bool) {
	byTime := f.TimeID != 0 && f.Time <= ctx.Time()
	byHeight := f.HeightID != 0 && f.Height <= ctx.BlockNumber()
	switch {
	case byTime && (!byHeight || f.TimeID < f.HeightID):
		return f.TimeID, true
	case byHeight:
		return f.HeightID, true
	}
	return 0, false
}

func (r *record) due(ctx *contract.Context) bool {
	if r.ByHeight {
		return r.NotBefore <= ctx.BlockNumber()
	}
	return r.NotBefore <= ctx.Time()
}

// Due asks for the next call that is due to be made (contract.Worker).
func (s *Schedule) Due(ctx *contract.Context) (data []byte, gas uint64, ok bool) {
	ctx = ctx.At(s.Address())
	f := s.store.Fronts.Get(ctx)
	id, ok := f.next(ctx)
	if !ok {
		return nil, 0, false
	}
	r := s.store.Calls.Get(ctx, id)
	data, err := contract.Pack(s, "run", id)
	return data, s.runGas(ctx, &r) + dispatchGas, err == nil
}

// Gas of making a call, besides its own limit. What is charged to the deposit is
// what was used; these only bound it.
const (
	dispatchGas  = 1_000   // until run looks at what is left
	fixedGas     = 500_000 // records, lists, reason, transfers, logs
	dataWordGas  = 5_300   // loading, clearing and restoring a word of call data
	queueNodeGas = 27_000  // a level of the queue that a call is taken out of
	indexNodeGas = 14_000  // a level of the index that a failed call enters
)

// runGas is the most gas that making a call can take.
func (s *Schedule) runGas(ctx *contract.Context, r *record) uint64 {
	gas := min(uint64(r.GasLimit), s.store.Parameters.Get(ctx).MaxGasLimit)
	return gas + gas/63 + 1 + fixedGas + words(uint64(r.DataBytes))*dataWordGas +
		depth(s.queue(r.ByHeight).Len(ctx))*queueNodeGas + depth(s.store.Failed.Len(ctx))*indexNodeGas
}

// depth is the most levels that an index of so many keys has, with room for what
// a call adds while it is made: 1.45·log2 n, rounded up, and two.
func depth(keys uint64) uint64 { return uint64(bits.Len64(keys))*3/2 + 2 }

func words(bytes uint64) uint64 { return (bytes + 31) / 32 }
