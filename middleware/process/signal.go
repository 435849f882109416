package process

import (
	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// Bounds of a signal's delivery.
const (
	atOnce  = 8   // receivers that get a thrown signal with the step that throws it
	maxPage = 100 // instances that one call looks at
)

// broadcast is a thrown signal that has not reached all.
type broadcast struct {
	Instance uint64 // who threw it
	Cursor   uint64 // the next instance to look at
	Last     uint64 // the last one that there was
	Name     string
	Payload  []byte
}

// signal sends a signal to the instances that wait for it.
func (p *Process) signal(ctx *contract.Context, name string, variables []byte, cursor uint64, limit uint32) (uint64, error) {
	if sender, ok := reservedFor(name); ok && sender != ctx.Caller() {
		return 0, p.fail.NotSender(sender)
	}
	d := p.desk(ctx)
	if _, err := d.read(variables); err != nil {
		return 0, err
	}
	next, err := d.spread(name, variables, 0, cursor, maxMember, limit)
	if err != nil {
		return 0, err
	}
	p.emit.Signaled(ctx, 0, ctx.Caller(), name)
	return next, nil
}

// spread gives a signal to instances from cursor to last but not to the one that
// threw it. Each may fail without harm to the others.
func (d *desk) spread(name string, data []byte, thrower, cursor, last uint64, limit uint32) (next uint64, err error) {
	waiting := signalSet(d.ctx, name)
	for n := uint32(0); ; n++ {
		id, ok := waiting.next(d.ctx, cursor)
		if !ok || id > last {
			return 0, nil
		}
		if n >= min(limit, maxPage) {
			return id, nil
		}
		cursor = id + 1
		if id == thrower {
			continue
		}
		if err := d.enough(signalGas); err != nil {
			return id, err
		}
		if err := d.self(signalGas, "step", id, uint8(stepSignal), uint32(0), name, data); err != nil {
			d.emit.Undelivered(d.ctx, id, name, "")
		}
	}
}

// broadcast spreads a signal that an instance throws. Who steps has to bring the
// gas for the first that wait. The chain brings a fixed amount, which those who
// wait must not be able to use up: those it does not suffice for are left to carry.
func (d *desk) broadcast(l *live, e *machine.Effect) error {
	id, name, payload := l.id, e.Name, e.Payload
	d.later(func() error {
		account := d.accountOf(d.ctx, id)
		if only, ok := reservedFor(name); ok && only != account {
			return nil
		}
		data, err := d.encode(payload)
		if err != nil {
			return nil
		}
		last := d.store.Head.Get(d.ctx).Started
		next, err := d.spread(name, data, id, 0, last, atOnce)
		if err != nil && !d.byChain {
			return err
		}
		var number uint64
		if next != 0 {
			h := d.store.Head.Get(d.ctx)
			h.LastBroadcast++
			number = h.LastBroadcast
			d.store.Head.Set(d.ctx, h)
			d.store.Broadcasts.Set(d.ctx, number, broadcast{id, next, last, name, data})
		}
		d.emit.Signaled(d.ctx, number, account, name)
		return nil
	})
	return nil
}

// carry goes on with a thrown signal.
func (p *Process) carry(ctx *contract.Context, number uint64, limit uint32) (bool, error) {
	b := p.store.Broadcasts.Get(ctx, number)
	if b.Instance == 0 {
		return false, p.fail.UnknownBroadcast(number)
	}
	// Who it reaches may have the same broadcast carried on: it is taken out first.
	p.store.Broadcasts.Delete(ctx, number)
	next, err := p.desk(ctx).spread(b.Name, b.Payload, b.Instance, b.Cursor, b.Last, limit)
	if err != nil {
		return false, err
	}
	if next == 0 {
		return true, nil
	}
	b.Cursor = next
	p.store.Broadcasts.Set(ctx, number, b)
	return false, nil
}
