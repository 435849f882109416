package process

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// Gas of a step that an instance causes in another one.
const (
	messageGas = 1_000_000
	signalGas  = 500_000
)

// correlate sends a message to who waits for it or, when nobody does, starts by
// it.
func (p *Process) correlate(ctx *contract.Context, message, key string, variables []byte) (uint64, error) {
	waiting, starting := messageSet(ctx, message, key), startSet(ctx, message)
	id, ok := waiting.next(ctx, 0)
	if !ok {
		id, ok = starting.next(ctx, 0)
	}
	if !ok {
		return 0, p.fail.NoReceiver(message, key)
	}
	return p.deliver(ctx, id, message, key, variables)
}

// deliver sends a message to one instance that waits for it, or to a listener.
func (p *Process) deliver(ctx *contract.Context, receiver uint64, message, key string, variables []byte) (uint64, error) {
	d := p.desk(ctx)
	if sender, ok := reservedFor(key); ok && sender != ctx.Caller() {
		return 0, p.fail.NotSender(sender)
	}
	given, err := d.read(variables)
	if err != nil {
		return 0, err
	}
	l, err := d.open(receiver)
	if err != nil {
		return 0, err
	}
	switch l.status {
	case machine.Running:
	case listening:
		return d.ordered(l, message, key, given)
	default:
		return 0, p.fail.NotRunning(receiver)
	}
	w := l.waits(message, key)
	if w == nil {
		return 0, p.fail.NoReceiver(message, key)
	}
	if given, err = d.brings(l, w.Node, given); err != nil {
		return 0, err
	}
	if err := d.refusal(receiver, w.Owner, l.Deliver(w.ID, given)); err != nil {
		return 0, err
	}
	if err := d.receive(l, ctx.Value()); err != nil {
		return 0, err
	}
	p.emit.Correlated(ctx, receiver, ctx.Caller(), message, key)
	return receiver, d.finish(receiver, d.settle(l))
}

// ordered starts an instance by a message that a listener listens for.
func (d *desk) ordered(l *live, message, key string, given *feel.Context) (uint64, error) {
	starting := startSet(d.ctx, message)
	if next, ok := starting.next(d.ctx, l.id); !ok || next != l.id {
		return 0, d.fail.NoReceiver(message, key)
	}
	id, err := d.beginsBy(l, given)
	if err != nil {
		return 0, err
	}
	d.emit.Correlated(d.ctx, id, d.ctx.Caller(), message, key)
	return id, d.finish(id, nil)
}

// waits is the first wait for a message with a key.
func (l *live) waits(name, key string) *machine.Wait {
	i := l.Instance()
	for _, w := range i.Waits() {
		if t := i.Trigger(w); !w.Done && t.Kind == bpmn.Message && w.Key == key && l.program.model.Messages[t.Ref] == name {
			return w
		}
	}
	return nil
}

// reservedFor is the only account that may send what begins with an address.
func reservedFor(key string) (common.Address, bool) {
	const size = 2 + 2*common.AddressLength
	if len(key) < size {
		return common.Address{}, false
	}
	return parseAddress(key[:size])
}

// send brings a message of an instance to who waits for it. The receiver may fail
// without harm to the sender.
func (d *desk) send(from uint64, sender common.Address, name, key string, payload *feel.Context) error {
	lost := func() error {
		d.emit.Undelivered(d.ctx, from, name, key)
		return nil
	}
	if only, ok := reservedFor(key); ok && only != sender {
		return lost()
	}
	waiting, starting := messageSet(d.ctx, name, key), startSet(d.ctx, name)
	id, ok := waiting.next(d.ctx, 0)
	if !ok {
		id, ok = starting.next(d.ctx, 0)
	}
	if !ok {
		return lost()
	}
	data, err := d.encode(payload)
	if err != nil {
		return lost()
	}
	l, err := d.open(id)
	if err != nil {
		return err
	}
	var wait uint32
	if l.status == machine.Running {
		w := l.waits(name, key)
		if w == nil {
			return lost()
		}
		wait = w.ID
	}
	if err := d.enough(messageGas); err != nil {
		return err
	}
	if err := d.self(messageGas, "step", id, uint8(stepMessage), wait, name, data); err != nil {
		return lost()
	}
	d.emit.Correlated(d.ctx, id, sender, name, key)
	return nil
}

// encode is a payload in the wire form; none is nothing.
func (d *desk) encode(payload *feel.Context) ([]byte, error) {
	if payload == nil || payload.Len() == 0 {
		return []byte{}, nil
	}
	return wire.Encode(payload, func(bytes int) { d.ctx.Charge(byteGas * uint64(bytes)) })
}

// What a step does.
const (
	stepTimers = iota
	stepMessage
	stepSignal
)

// step is one command to an instance that can fail by itself.
func (p *Process) step(ctx *contract.Context, instance uint64, kind uint8, wait uint32, name string, variables []byte) error {
	if ctx.Caller() != p.Address() {
		return p.fail.NotItself()
	}
	d := p.desk(ctx)
	if kind == stepTimers {
		return d.timers(instance, true)
	}
	l, err := d.open(instance)
	if err != nil {
		return err
	}
	given, err := d.read(variables)
	if err != nil {
		return err
	}
	switch {
	case l.status == listening:
		if kind == stepSignal {
			w, err := l.watch()
			if err != nil {
				return err
			}
			given = kept(given, func(variable string) bool { return slices.Contains(l.program.taken[w.node], variable) })
		}
		_, err := d.beginsBy(l, given)
		return d.finish(instance, err)
	case l.status != machine.Running:
		return p.fail.NotRunning(instance)
	case kind == stepSignal:
		err = l.Signal(name, l.heard(name, given))
	default:
		w := l.Instance().Wait(wait)
		if w == nil {
			return p.fail.NotWaiting(instance, 0)
		}
		if given, err = d.brings(l, w.Node, given); err != nil {
			return err
		}
		err = l.Deliver(wait, given)
	}
	if err := d.refusal(instance, 0, err); err != nil {
		return err
	}
	return d.finish(instance, d.settle(l))
}

// heard is what of a signal the events that wait for it take: it was not sent to
// this instance alone, so the rest is dropped.
func (l *live) heard(name string, given *feel.Context) *feel.Context {
	i := l.Instance()
	return kept(given, func(variable string) bool {
		return slices.ContainsFunc(i.Waits(), func(w *machine.Wait) bool {
			t := i.Trigger(w)
			return t.Kind == bpmn.Signal && l.program.model.Signals[t.Ref] == name && slices.Contains(l.program.taken[w.Node], variable)
		})
	})
}

// kept are the variables that are wanted.
func kept(given *feel.Context, wanted func(string) bool) *feel.Context {
	if given == nil {
		return nil
	}
	var entries []feel.Entry
	for _, e := range given.Entries() {
		if wanted(e.Key) {
			entries = append(entries, e)
		}
	}
	return feel.NewContext(entries...)
}
