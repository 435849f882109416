package schedule

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Gas that is paid for without being measured: the transaction itself, and what
// follows once the fee is known.
const (
	startGas  = 21_500
	settleGas = 28_000
)

// maxReason is how much of a failed call's return data is kept, in bytes.
const maxReason = 256

// run makes a call. It never fails once it has begun: what goes wrong with the
// call is recorded with the call.
func (s *Schedule) run(ctx *contract.Context, id uint64) error {
	m := meter{ctx, ctx.GasLeft()}
	r, err := s.find(ctx, id)
	switch {
	case err != nil:
		return err
	case r.State != Waiting || !r.due(ctx):
		return s.fail.NotDue(id)
	case m.start < s.runGas(ctx, &r):
		return vm.ErrOutOfGas
	}
	s.dequeue(ctx, id, &r)
	p := s.store.Parameters.Get(ctx)
	var refused *contract.Revert
	if errors.As(s.covers(ctx, &p, &r.DepositWei, uint64(r.GasLimit), uint64(r.DataBytes)), &refused) {
		return s.passOver(&m, id, &r, &p, refused)
	}
	return s.make(&m, id, &r)
}

// meter measures what making a call has used.
type meter struct {
	ctx   *contract.Context
	start uint64 // gas left when run began
}

// charge takes the fee out of a deposit: it is what was used at the block's base
// fee, and never more than there is.
func (m *meter) charge(depositWei *uint256.Int) (gasUsed uint64, feeWei *uint256.Int) {
	gasUsed = m.start - m.ctx.GasLeft() + startGas + settleGas
	feeWei = price(m.ctx, gasUsed)
	if feeWei.Gt(depositWei) {
		feeWei.Set(depositWei)
	}
	depositWei.Sub(depositWei, feeWei)
	return gasUsed, feeWei
}

// make calls the target. The call is forgotten before and kept again when it
// fails, so that whatever the target does finds the books in order.
func (s *Schedule) make(m *meter, id uint64, r *record) error {
	ctx := m.ctx
	data := s.store.Data.Get(ctx, id)
	s.remove(ctx, id, r)
	s.store.Running.Set(ctx, running{id, r.Owner, true})
	output, err := ctx.Call(r.Target, data, &r.ValueWei, uint64(r.GasLimit))
	s.store.Running.Set(ctx, running{id, r.Owner, false})
	if err != nil {
		s.insert(ctx, id, r, data)
		return s.keep(m, id, r, s.reason(r, output, err))
	}
	gasUsed, feeWei := m.charge(&r.DepositWei)
	s.emit.Ran(ctx, id, r.Owner, gasUsed, feeWei, &r.DepositWei)
	return errors.Join(pay(ctx, s.collector, feeWei), pay(ctx, r.Owner, &r.DepositWei))
}

// reason is why a call failed, as return data: the target's own, or an error of
// this contract.
func (s *Schedule) reason(r *record, output []byte, err error) []byte {
	switch {
	case errors.Is(err, vm.ErrExecutionReverted):
		return common.CopyBytes(output[:min(len(output), maxReason)])
	case errors.Is(err, vm.ErrOutOfGas):
		var out *contract.Revert
		errors.As(s.fail.OutOfGas(uint64(r.GasLimit)), &out)
		return out.Data
	}
	return nil
}

// keep records a call, which is in no queue, as failed.
func (s *Schedule) keep(m *meter, id uint64, r *record, reason []byte) error {
	ctx := m.ctx
	r.State = Failed
	s.store.Failed.Insert(ctx, failedKey(id))
	s.store.Reasons.Set(ctx, id, reason)
	s.store.Calls.Set(ctx, id, *r)
	gasUsed, feeWei := m.charge(&r.DepositWei)
	s.store.Calls.Set(ctx, id, *r) // the deposit has changed
	s.emit.Failed(ctx, id, r.Owner, gasUsed, feeWei, reason)
	return pay(ctx, s.collector, feeWei)
}

// passOver puts a call off that may not be made now, each time for twice as
// long, and in the end counts it as failed. Looking at it is paid for.
func (s *Schedule) passOver(m *meter, id uint64, r *record, p *Parameters, why *contract.Revert) error {
	ctx := m.ctx
	r.Attempts++
	if r.Attempts >= p.MaxAttempts || uint64(r.GasLimit) > p.MaxGasLimit {
		return s.keep(m, id, r, why.Data)
	}
	r.ByHeight, r.NotBefore = false, ctx.Time()+uint64(p.BackOffSeconds)<<(r.Attempts-1)
	s.enqueue(ctx, id, r)
	s.store.Calls.Set(ctx, id, *r)
	_, feeWei := m.charge(&r.DepositWei)
	s.store.Calls.Set(ctx, id, *r) // the deposit has changed
	s.emit.PassedOver(ctx, id, r.Owner, r.Attempts, r.NotBefore, feeWei)
	return pay(ctx, s.collector, feeWei)
}

func (s *Schedule) runningFor(ctx *contract.Context) (id uint64, owner common.Address) {
	return s.RunningFor(ctx)
}

// RunningFor is the call that is being made right now, and whose it is; a
// contract in Go that is its target learns here who has it called. The number is
// 0 when none is being made.
func (s *Schedule) RunningFor(ctx *contract.Context) (id uint64, owner common.Address) {
	r := s.store.Running.Get(ctx.At(s.Address()))
	if !r.Active {
		return 0, common.Address{}
	}
	return r.ID, r.Owner
}
