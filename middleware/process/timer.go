package process

import (
	"errors"
	"math/bits"

	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// Gas of firing the timers of an instance.
const (
	timerGas     = 2_000_000 // what the instance may use
	overheadGas  = 500_000   // beside it: loading and storing the record, logs, transfers
	dispatchGas  = 1_000     // until run looks at what is left
	startGas     = 21_500    // the transaction itself
	settleGas    = 45_000    // what follows once the fee is known
	queueNodeGas = 27_000    // a level of the timers that an instance is taken out of
)

// maxFired bounds the timers of an instance that fire in one step.
const maxFired = 32

// Due asks for the next instance whose timer is due (contract.Worker).
func (p *Process) Due(ctx *contract.Context) (data []byte, gas uint64, ok bool) {
	ctx = ctx.At(p.Address())
	h := p.store.Head.Get(ctx)
	if h.First == 0 || h.Due > ctx.Time() {
		return nil, 0, false
	}
	data, err := contract.Pack(p, "run", h.First)
	return data, p.runGas(ctx) + dispatchGas, err == nil
}

// runGas is the most gas that looking at an instance can take.
func (p *Process) runGas(ctx *contract.Context) uint64 {
	depth := uint64(bits.Len64(p.store.Timers.Len(ctx)))*3/2 + 2
	return timerGas + timerGas/63 + aroundCallGas + overheadGas + depth*queueNodeGas
}

// reserve is what a deposit must have for one look, at this block's price: the
// gas of the step with a margin for the rest.
func reserve(ctx *contract.Context) *uint256.Int {
	wei := ctx.BaseFee()
	return wei.Mul(wei, uint256.NewInt(timerGas+overheadGas))
}

func (p *Process) depositFor(ctx *contract.Context) *uint256.Int { return reserve(ctx) }

// run fires the timers of an instance that are due. It never fails once it has
// begun: what goes wrong is the instance's incident.
func (p *Process) run(ctx *contract.Context, id uint64) error {
	start := ctx.GasLeft()
	h := p.store.Head.Get(ctx)
	switch {
	case h.First != id || h.Due > ctx.Time():
		return p.fail.NotDue(id)
	case start < p.runGas(ctx):
		return vm.ErrOutOfGas
	}
	a, err := p.account(ctx, id)
	if err != nil {
		return err
	}
	held := reserve(ctx)
	reason := "the deposit does not pay for the gas: topUp and retry"
	if !a.deposit.Lt(held) {
		if err = p.desk(ctx).self(timerGas, "step", id, uint8(stepTimers), uint32(0), "", []byte{}); err == nil {
			return p.charge(ctx, id, start, held)
		}
		reason = "the step failed: retry shows why"
		if errors.Is(err, vm.ErrOutOfGas) {
			reason = "the step needs more gas than the chain gives it: retry with your own"
		}
	}
	// Its timers stand still. Nothing of the machine's is needed for that, so
	// nothing can go wrong that would hold up those that come after it.
	a.stopped = true
	a.save(ctx)
	p.reschedule(ctx, id, h.Due, 0)
	p.emit.IncidentRaised(ctx, id, 0, 0, reason)
	return p.charge(ctx, id, start, new(uint256.Int))
}

// charge takes the fee for what has been used since start, at the block's base
// fee, from what was held back from the deposit or, if that was nothing, from the
// deposit itself, and gives back the rest.
func (p *Process) charge(ctx *contract.Context, id, start uint64, held *uint256.Int) error {
	a, err := p.account(ctx, id)
	if err != nil {
		return err
	}
	rest := held.Clone()
	if held.IsZero() {
		rest.Set(&a.deposit)
		a.deposit.Clear()
	}
	used := uint256.NewInt(start - ctx.GasLeft() + startGas + settleGas)
	fee := ctx.BaseFee()
	if fee.Mul(fee, used); fee.Gt(rest) {
		fee.Set(rest)
	}
	rest.Sub(rest, fee)
	if a.alive() {
		a.deposit.Add(&a.deposit, rest)
		a.save(ctx)
	} else if !rest.IsZero() {
		if err := ctx.Transfer(a.starter, rest); err != nil {
			return err
		}
	}
	p.emit.DepositCharged(ctx, id, used, fee)
	if fee.IsZero() {
		return nil
	}
	return ctx.Transfer(p.collector, fee)
}

// timers fires what is due. When the chain does it, the most that it can cost is
// held back from the deposit meanwhile.
func (d *desk) timers(id uint64, byChain bool) error {
	l, err := d.open(id)
	if err != nil {
		return err
	}
	if d.byChain = byChain; byChain {
		l.deposit.Sub(&l.deposit, reserve(d.ctx))
	}
	switch l.status {
	case listening:
		return d.finish(id, d.rings(l))
	case machine.Running:
	default:
		return d.fail.NotRunning(id)
	}
	for range maxFired {
		w := l.dueTimer(d.ctx.Time())
		if w == nil {
			break
		}
		if err := d.refusal(id, w.Owner, l.Deliver(w.ID, nil)); err != nil {
			return err
		}
		if l.Instance().Status() != machine.Running {
			break
		}
	}
	return d.finish(id, d.settle(l))
}

// dueTimer is the timer that is due and came first.
func (l *live) dueTimer(now uint64) (first *machine.Wait) {
	i := l.Instance()
	for _, w := range i.Waits() {
		if i.Trigger(w).Kind == bpmn.Timer && !w.Done && w.Due <= int64(now) && (first == nil || w.Due < first.Due) {
			first = w
		}
	}
	return first
}
