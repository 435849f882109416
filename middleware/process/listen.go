package process

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// listening is the status of a record that is no instance, but starts one
// whenever the trigger of a start event comes.
const listening = machine.Canceled + 1

// alive reports whether a record is of an instance that runs, or listens.
func (r *record) alive() bool { return r.status == machine.Running || r.status == listening }

// watch is what a listening record has in the place of the machine's.
type watch struct {
	node int
	each uint256.Int   // of its deposit, for each instance
	next *machine.Wait // of a timer, nil for none
}

func (w *watch) encode() []byte {
	var out writer
	out.uint(uint64(w.node))
	out.short(w.each.Bytes())
	if w.next != nil {
		out.data = binary.AppendVarint(out.data, w.next.Due)
		out.data = binary.AppendVarint(out.data, int64(w.next.Left))
		out.short([]byte(w.next.Every))
	}
	return out.data
}

func (l *live) watch() (w watch, err error) {
	d := reader{data: l.core}
	w.node = int(d.uint(uint64(len(l.program.model.Nodes) - 1)))
	w.each.SetBytes(d.take(d.uint(32)))
	if len(d.data) > 0 {
		w.next = &machine.Wait{Node: w.node, Due: d.int(), Left: int(d.int())}
		w.next.Every = string(d.take(d.uint(64)))
	}
	if d.bad || !l.program.engine.Starts(l.process, w.node) {
		return w, errRecord
	}
	return w, nil
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

// triggers are what a process starts by at a node.
func (p *program) triggers(process, node int) (list []machine.StartEvent) {
	for _, start := range p.engine.StartEvents(process) {
		if start.Node == node {
			list = append(list, start)
		}
	}
	return list
}

// listen starts instances of a process whenever a message, signal or timer of its
// start event comes.
func (p *Process) listen(ctx *contract.Context, model common.Hash, process, node string, roles []Role, eachWei *uint256.Int) (uint64, error) {
	d := p.desk(ctx)
	f, err := d.form(model, process, node)
	if err != nil {
		return 0, err
	}
	if f.node == bpmn.None {
		return 0, p.fail.NotAStart(node)
	}
	accounts, err := d.bind(f, roles)
	if err != nil {
		return 0, err
	}
	ctx.Charge(unitGas * uint64(len(f.program.model.Nodes)))
	w, listens := watch{node: f.node, each: *eachWei}, false
	for _, start := range f.program.triggers(f.process, f.node) {
		switch start.Trigger.Kind {
		case bpmn.Message, bpmn.Signal:
			listens = true
		case bpmn.Timer:
			next, ok, err := f.program.engine.StartTimer(start, nil, d.options())
			if err != nil {
				return 0, err
			}
			if ok && w.next == nil {
				w.next, listens = next, true
			}
		}
	}
	if !listens {
		return 0, p.fail.NotAStart(node)
	}
	id, err := d.number()
	if err != nil {
		return 0, err
	}
	r := record{id: id, model: f.index, process: f.process, starter: ctx.Caller(), status: listening, roles: accounts, deposit: *ctx.Value(), core: w.encode()}
	p.emit.Listening(ctx, id, model, ctx.Caller(), uint16(f.node))
	return id, d.save(&live{record: r, program: f.program, base: recordSlot(ctx, id)})
}

// unlisten ends that, and gives the deposit back.
func (p *Process) unlisten(ctx *contract.Context, id uint64) error {
	d := p.desk(ctx)
	l, err := d.open(id)
	if err != nil {
		return err
	}
	if l.status != listening {
		return p.fail.NotRunning(id)
	}
	if l.starter != ctx.Caller() {
		return p.fail.NotAllowed(id, l.starter)
	}
	return d.deaf(l)
}

// deaf ends listening.
func (d *desk) deaf(l *live) error {
	deposit := l.deposit.Clone()
	l.deposit.Clear()
	l.deposits = false
	l.status, l.core, l.remainderTo = machine.Canceled, nil, l.starter
	d.emit.Ended(d.ctx, l.id, uint8(l.status), "", l.starter)
	if err := d.save(l); err != nil {
		return err
	}
	return d.refund(l.starter, deposit)
}

// heeds is where a listening record is listed.
func (d *desk) heeds(l *live) (k keys, err error) {
	w, err := l.watch()
	if err != nil {
		return k, err
	}
	d.ctx.Charge(unitGas * uint64(len(l.program.model.Nodes)))
	for _, start := range l.program.triggers(l.process, w.node) {
		switch start.Trigger.Kind {
		case bpmn.Message:
			k.sets = append(k.sets, startSet(d.ctx, l.program.model.Messages[start.Trigger.Ref]))
		case bpmn.Signal:
			k.sets = append(k.sets, signalSet(d.ctx, l.program.model.Signals[start.Trigger.Ref]))
		}
	}
	if w.next != nil && !l.stopped {
		k.due = uint64(max(w.next.Due, 1))
	}
	return k.sorted(), nil
}

func startSet(ctx *contract.Context, message string) set {
	return set{startByMessage, ctx.Hash([]byte(message))}
}

// beginsBy starts an instance for a listening record; what the trigger brings is
// not its starter's, so it is held to what the start event takes.
func (d *desk) beginsBy(l *live, given *feel.Context) (uint64, error) {
	w, err := l.watch()
	if err != nil {
		return 0, err
	}
	if err := d.only(l, l.program.taken[w.node], given); err != nil {
		return 0, err
	}
	each := w.each.Clone()
	if each.Gt(&l.deposit) {
		each.Set(&l.deposit)
	}
	l.deposit.Sub(&l.deposit, each)
	if err := d.write(l); err != nil {
		return 0, err
	}
	f := &form{program: l.program, index: l.model, process: l.process, node: w.node}
	started, err := d.make(f, record{starter: l.starter, roles: l.roles, deposit: *each}, given, d.ctx.Value())
	if err != nil {
		return 0, err
	}
	if err := d.receive(started, d.ctx.Value()); err != nil {
		return 0, err
	}
	return started.id, d.settle(started)
}

// rings is for the timer of a listening record.
func (d *desk) rings(l *live) error {
	w, err := l.watch()
	if err != nil || w.next == nil || w.next.Due > int64(d.ctx.Time()) {
		return err
	}
	if _, err := d.beginsBy(l, nil); err != nil {
		return err
	}
	for _, start := range l.program.triggers(l.process, w.node) {
		if start.Trigger.Kind != bpmn.Timer {
			continue
		}
		next, again, err := l.program.engine.StartTimer(start, w.next, d.options())
		if err != nil {
			return err
		}
		if w.next = next; again {
			l.core = w.encode()
			return d.save(l)
		}
		break
	}
	return d.deaf(l)
}
