package process

import (
	"bytes"
	"errors"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Prices in gas, beside what the framework charges.
const (
	unitGas = 2 // of the machine's work
	byteGas = 3 // of records, variables, inputs and outputs
)

// meter turns the machine's work into gas. The method ends in it when the gas is
// used up.
type meter struct{ ctx *contract.Context }

// Charge implements machine.Meter.
func (m meter) Charge(units uint64) error {
	m.ctx.Charge(units * unitGas)
	return nil
}

// live is an instance that is at work.
type live struct {
	record
	program *program
	*machine.Session
	base   common.Hash // its slots
	stored []byte      // what is in them
	keys   keys        // where it is listed
	had    map[machine.VariableKey]bool
}

// keys are the places at which an instance is listed. They follow from its
// record, so that they can always be found again.
type keys struct {
	sets []set
	due  uint64 // among the timers, 0 for not at all
}

// desk does the work of one call of the contract: commands to instances, and then
// one after another the errands that they have left.
type desk struct {
	*Process
	ctx     *contract.Context
	errands []func() error
	done    int
	byChain bool // a timer's step, with the chain's gas
}

// maxErrands bounds the calls of instances, contracts and receivers that follow
// from one call of this contract.
const maxErrands = 256

func (p *Process) desk(ctx *contract.Context) *desk { return &desk{Process: p, ctx: ctx} }

func (d *desk) later(errand func() error) { d.errands = append(d.errands, errand) }

// finish does the errands.
func (d *desk) finish(id uint64, err error) error {
	for err == nil && len(d.errands) > 0 {
		if d.done++; d.done > maxErrands {
			return d.fail.Endless(id)
		}
		errand := d.errands[0]
		d.errands = d.errands[1:]
		err = errand()
	}
	return err
}

func (d *desk) options() machine.Options {
	return machine.Options{Now: int64(d.ctx.Time()), Meter: meter{d.ctx}, Decider: decider{d}, Trace: true}
}

// record reads an instance.
func (p *Process) record(ctx *contract.Context, id uint64) (r record, base common.Hash, stored []byte, err error) {
	base = recordSlot(ctx, id)
	if stored = read(ctx, base); stored == nil {
		return r, base, nil, p.fail.UnknownInstance(id)
	}
	ctx.Charge(byteGas * uint64(len(stored)))
	r.id = id
	return r, base, stored, r.decode(stored)
}

// open loads an instance, running or not; one that is over has no session.
func (d *desk) open(id uint64) (*live, error) {
	r, base, stored, err := d.Process.record(d.ctx, id)
	if err != nil {
		return nil, err
	}
	l := &live{record: r, base: base, stored: stored}
	if l.program, err = d.Process.program(d.ctx, d.store.Models.Get(d.ctx, uint64(r.model)-1)); err != nil {
		return nil, err
	}
	if r.status == listening {
		l.keys, err = d.heeds(l)
		return l, err
	}
	if r.status != machine.Running {
		return l, nil
	}
	instance, err := l.program.engine.Import(r.core, variables{d.Process, d.ctx, id})
	if err != nil {
		return nil, err
	}
	if err := l.enter(d, instance); err != nil {
		return nil, err
	}
	l.keys = l.list(d.ctx)
	return l, nil
}

// enter begins a session with an instance that was stored.
func (l *live) enter(d *desk, instance *machine.Instance) (err error) {
	options := d.options()
	options.Collect = l.parent != 0
	l.had = make(map[machine.VariableKey]bool)
	for _, key := range instance.Stored() {
		l.had[key] = true
	}
	l.Session, err = l.program.engine.Open(instance, options)
	return err
}

// running loads an instance that has to be running.
func (d *desk) running(id uint64) (*live, error) {
	l, err := d.open(id)
	if err == nil && l.status != machine.Running {
		return nil, d.fail.NotRunning(id)
	}
	return l, err
}

// refusal is the contract's error for one of the machine's.
func (d *desk) refusal(id uint64, token uint32, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, machine.ErrNotThere), errors.Is(err, machine.ErrState):
		return d.fail.NotWaiting(id, token)
	case errors.Is(err, machine.ErrSteps):
		return d.fail.Endless(id)
	case errors.Is(err, machine.ErrValue):
		return d.fail.BadVariable(err.Error())
	}
	return err
}

// list is where a running instance is to be listed.
func (l *live) list(ctx *contract.Context) (k keys) {
	i := l.Instance()
	for _, t := range i.Tokens() {
		n := &l.program.model.Nodes[t.Node]
		if t.State != machine.Active || n.Work == nil {
			continue
		}
		switch n.Work.Kind {
		case bpmn.Person:
			k.sets = append(k.sets, accountSet(l.performer(t)))
		case bpmn.Job:
			k.sets = append(k.sets, jobSet(ctx, n.Work.Name))
		}
	}
	for _, w := range i.Waits() {
		t := i.Trigger(w)
		switch {
		case w.Done:
		case t.Kind == bpmn.Timer:
			if due := max(uint64(w.Due), 1); !l.stopped && (k.due == 0 || due < k.due) {
				k.due = due
			}
		case t.Kind == bpmn.Message:
			k.sets = append(k.sets, messageSet(ctx, l.program.model.Messages[t.Ref], w.Key))
		case t.Kind == bpmn.Signal:
			k.sets = append(k.sets, signalSet(ctx, l.program.model.Signals[t.Ref]))
		}
	}
	return k.sorted()
}

func (k keys) sorted() keys {
	slices.SortFunc(k.sets, compareSets)
	k.sets = slices.Compact(k.sets)
	return k
}

func accountSet(account common.Address) set {
	return set{tasksOfAccount, common.BytesToHash(account[:])}
}

func jobSet(ctx *contract.Context, job string) set {
	return set{jobsOfType, ctx.Hash([]byte(job))}
}

func messageSet(ctx *contract.Context, name, key string) set {
	hash := ctx.Hash([]byte(name))
	return set{waitForMessage, ctx.Hash(hash[:], []byte(key))}
}

func signalSet(ctx *contract.Context, name string) set {
	return set{waitForSignal, ctx.Hash([]byte(name))}
}

func compareSets(a, b set) int {
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	return bytes.Compare(a.name[:], b.name[:])
}

// enlist brings the lists from what they were to what they are to be.
func (d *desk) enlist(id uint64, was, is keys) {
	for i := range was.sets {
		if _, stays := slices.BinarySearchFunc(is.sets, was.sets[i], compareSets); !stays {
			was.sets[i].remove(d.ctx, id)
		}
	}
	for i := range is.sets {
		if _, was := slices.BinarySearchFunc(was.sets, is.sets[i], compareSets); !was {
			is.sets[i].insert(d.ctx, id)
		}
	}
	d.reschedule(d.ctx, id, was.due, is.due)
}

// settle ends a command: what it asks for is done or noted down as an errand,
// and the instance is stored.
func (d *desk) settle(l *live) error {
	var path []byte
	for effects := l.Effects(); len(effects) > 0; effects = l.Effects() {
		for i := range effects {
			if err := d.effect(l, &effects[i], &path); err != nil {
				return err
			}
		}
	}
	if len(path) > 0 {
		d.emit.Moved(d.ctx, l.id, path)
	}
	return d.save(l)
}

// save stores an instance and brings the lists up to date.
func (d *desk) save(l *live) (err error) {
	if l.Session != nil {
		core, changes := l.Instance().Export()
		if l.core = nil; l.status == machine.Running {
			l.core = core
		}
		d.ctx.Charge(byteGas * uint64(len(core)))
		for _, change := range changes {
			if change.Data != nil || l.had[change.Key] {
				variables{d.Process, d.ctx, l.id}.set(change.Key, change.Data)
			}
		}
		d.tidy(l)
	}
	var is keys
	switch l.status {
	case machine.Running:
		is = l.list(d.ctx)
	case listening:
		if is, err = d.heeds(l); err != nil {
			return err
		}
	}
	d.enlist(l.id, l.keys, is)
	l.keys = is
	return d.write(l)
}

// write stores the record alone.
func (d *desk) write(l *live) error {
	data := l.encode()
	if len(data) > maxRecord || l.deposit.BitLen() > 8*depositBytes {
		return d.fail.TooLarge(l.id)
	}
	write(d.ctx, l.base, l.stored, data)
	l.stored = data
	return nil
}

// tidy forgets the works whose tokens have gone on, and takes back the instances
// that they called.
func (d *desk) tidy(l *live) {
	kept := l.works[:0]
	for _, w := range l.works {
		if t := l.Instance().Token(w.token); t != nil && t.State == machine.Active && l.status == machine.Running {
			kept = append(kept, w)
			continue
		}
		if child := w.child; child != 0 {
			d.later(func() error { return d.withdraw(child) })
		}
	}
	l.works = kept
}

// find is where a token's work is, or belongs.
func (l *live) find(token uint32) (at int, found bool) {
	return slices.BinarySearchFunc(l.works, token, func(w work, token uint32) int { return int(int64(w.token) - int64(token)) })
}

// work is what is known of a token's work, nil for nothing.
func (l *live) work(token uint32) *work {
	if at, found := l.find(token); found {
		return &l.works[at]
	}
	return nil
}

// note is the same, made when there is none.
func (l *live) note(token uint32) *work {
	at, found := l.find(token)
	if !found {
		l.works = slices.Insert(l.works, at, work{token: token})
	}
	return &l.works[at]
}

// performer is who may do a token's work: who it is assigned to, else its role,
// else who started the instance.
func (l *live) performer(t *machine.Token) common.Address {
	if w := l.work(t.ID); w != nil && w.account != (common.Address{}) {
		return w.account
	}
	if role := l.program.model.Nodes[t.Node].Role; role != bpmn.None {
		return l.holder(role)
	}
	return l.starter
}

// holder is who has a role, zero for nobody.
func (l *live) holder(role int) common.Address {
	if role < len(l.roles) {
		return l.roles[role]
	}
	return common.Address{}
}

// text is an address as a value: 0x and lower-case digits.
func text(a common.Address) feel.String {
	const digits = "0123456789abcdef"
	out := make([]byte, 2, 2+2*len(a))
	out[0], out[1] = '0', 'x'
	for _, b := range a {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return feel.String(out)
}

// address is the account that a value names: 0x and 40 digits, or a role.
func (l *live) address(v feel.Value) (common.Address, bool) {
	s, ok := v.(feel.String)
	if !ok {
		return common.Address{}, false
	}
	if a, ok := parseAddress(string(s)); ok {
		return a, true
	}
	if role, ok := l.program.role(string(s)); ok && l.holder(role) != (common.Address{}) {
		return l.holder(role), true
	}
	return common.Address{}, false
}

func parseAddress(s string) (a common.Address, ok bool) {
	if len(s) != 2+2*common.AddressLength || s[0] != '0' || s[1] != 'x' {
		return a, false
	}
	raw, ok := unhex(s[2:])
	copy(a[:], raw)
	return a, ok
}
