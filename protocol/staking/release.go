package staking

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// releaseBatch is how many unbondings one system transaction returns, and
// releaseGas its gas limit.
const (
	releaseBatch = 16
	releaseGas   = 4_000_000
)

var _ contract.Worker = (*Staking)(nil)

// Due asks for a release when an unbonding has matured (contract.Worker).
func (s *Staking) Due(ctx *contract.Context) (data []byte, gas uint64, ok bool) {
	next := s.store.Rhythm.Get(ctx).NextDue
	if next == 0 || next > ctx.Time() {
		return nil, 0, false
	}
	data, err := contract.Pack(s, "release")
	return data, releaseGas, err == nil
}

// release returns mature unbondings, the oldest first. One that cannot be
// returned leaves the queue and waits for withdraw.
func (s *Staking) release(ctx *contract.Context) (released uint64) {
	l := s.open(ctx)
	for range releaseBatch {
		key, ok := s.store.Due.First(ctx, common.Hash{})
		if !ok {
			break
		}
		time, id := contract.SplitKey(key)
		if time.Uint64() > l.now {
			break
		}
		u := s.store.Unbondings.Get(ctx, id)
		if _, err := l.returnUnbonding(id, &u); err != nil {
			s.emit.ReleaseFailed(ctx, id, err.Error())
		} else {
			released++
		}
		l.dequeue(id, &u)
	}
	l.close()
	return released
}
