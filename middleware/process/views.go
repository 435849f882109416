package process

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// Instance is what an instance is; IProcess.sol explains each.
type Instance struct {
	Model         common.Hash
	Process       string
	Starter       common.Address
	Status        uint8
	Code          string
	Parent        uint64
	ParentToken   uint32
	Account       common.Address
	BalanceWei    *uint256.Int
	DepositWei    *uint256.Int
	NextTimer     uint64
	TimersStopped bool
	RemainderTo   common.Address
}

// Token is a place where an instance is.
type Token struct {
	Token  uint32
	Node   uint16
	ID     string
	State  uint8
	Reason string
}

// Wait is something that an instance waits for.
type Wait struct {
	Wait uint32
	Node uint16
	ID   string
	Kind uint8
	Name string
	Key  string
	Due  uint64
}

// Task is an open task or job.
type Task struct {
	Instance    uint64
	Token       uint32
	Node        uint16
	ID          string
	Name        string
	Job         string
	Script      string
	Account     common.Address
	Role        string
	Worker      common.Address
	LeasedUntil uint64
}

// Variable is a variable of an instance.
type Variable struct {
	Scope uint32
	Name  string
	Value []byte
}

func (p *Process) instanceOf(ctx *contract.Context, id uint64) (v Instance, err error) {
	l, err := p.desk(ctx).open(id)
	if err != nil {
		return v, err
	}
	account := p.accountOf(ctx, id)
	return Instance{
		Model: l.program.hash, Process: l.program.model.Processes[l.process].ID, Starter: l.starter, Status: uint8(l.status), Code: l.code,
		Parent: l.parent, ParentToken: l.parentToken, Account: account, BalanceWei: ctx.Balance(account), DepositWei: &l.deposit,
		NextTimer: l.keys.due, TimersStopped: l.stopped, RemainderTo: l.remainderTo,
	}, nil
}

func (p *Process) stateOf(ctx *contract.Context, id uint64) (tokens []Token, waits []Wait, err error) {
	l, err := p.desk(ctx).open(id)
	if err != nil || l.Session == nil {
		return []Token{}, []Wait{}, err
	}
	m, i := l.program.model, l.Instance()
	for _, t := range i.Tokens() {
		tokens = append(tokens, Token{t.ID, uint16(t.Node), m.Nodes[t.Node].ID, uint8(t.State), t.Reason})
	}
	for _, w := range i.Waits() {
		trigger := i.Trigger(w)
		if w.Done {
			continue
		}
		v := Wait{Wait: w.ID, Node: uint16(w.Node), ID: m.Nodes[w.Node].ID, Kind: uint8(trigger.Kind), Key: w.Key, Due: uint64(w.Due)}
		switch trigger.Kind {
		case bpmn.Message:
			v.Name = m.Messages[trigger.Ref]
		case bpmn.Signal:
			v.Name = m.Signals[trigger.Ref]
		}
		waits = append(waits, v)
	}
	return tokens, waits, nil
}

func (p *Process) rolesOf(ctx *contract.Context, id uint64) (roles []Role, err error) {
	l, err := p.desk(ctx).open(id)
	if err != nil {
		return nil, err
	}
	for i, account := range l.roles {
		if account != (common.Address{}) {
			roles = append(roles, Role{l.program.roleName(i), account})
		}
	}
	return roles, nil
}

func (p *Process) variablesOf(ctx *contract.Context, id uint64) (list []Variable, err error) {
	l, err := p.desk(ctx).open(id)
	if err != nil || l.Session == nil {
		return nil, err
	}
	for _, key := range l.Instance().Variables() {
		data, err := variables{p, ctx, id}.Variable(key)
		if err != nil {
			return nil, err
		}
		value, err := machine.DecodeValue(data)
		if err != nil {
			return nil, err
		}
		encoded, err := wire.Encode(value, func(bytes int) { ctx.Charge(byteGas * uint64(bytes)) })
		if err != nil {
			return nil, err
		}
		list = append(list, Variable{key.Scope, l.program.model.Variables[key.Variable].Name, encoded})
	}
	return list, nil
}

func (p *Process) tasksOf(ctx *contract.Context, id uint64) ([]Task, error) {
	l, err := p.desk(ctx).open(id)
	if err != nil {
		return nil, err
	}
	return l.tasks(func(*Task) bool { return true }), nil
}

// tasks are the open tasks and jobs that are wanted.
func (l *live) tasks(wanted func(*Task) bool) (list []Task) {
	if l.Session == nil {
		return nil
	}
	for _, t := range l.Instance().Tokens() {
		n := &l.program.model.Nodes[t.Node]
		if t.State != machine.Active || n.Work == nil || n.Work.Kind != bpmn.Person && n.Work.Kind != bpmn.Job {
			continue
		}
		task := Task{Instance: l.id, Token: t.ID, Node: uint16(t.Node), ID: n.ID, Name: n.Name, Account: l.performer(t)}
		if n.Work.Kind == bpmn.Job {
			task.Job, task.Script = n.Work.Name, n.Work.Text
		}
		if n.Role != bpmn.None {
			task.Role = l.program.roleName(n.Role)
		}
		if w := l.work(t.ID); w != nil {
			task.Worker, task.LeasedUntil = w.worker, w.until
		}
		if wanted(&task) {
			list = append(list, task)
		}
	}
	return list
}

func (p *Process) tasksFor(ctx *contract.Context, account common.Address, cursor uint64, limit uint32) ([]Task, uint64, error) {
	return p.listed(ctx, accountSet(account), cursor, limit, func(t *Task) bool { return t.Job == "" && t.Account == account })
}

func (p *Process) jobs(ctx *contract.Context, job string, cursor uint64, limit uint32) ([]Task, uint64, error) {
	return p.listed(ctx, jobSet(ctx, job), cursor, limit, func(t *Task) bool { return t.Job == job })
}

// listed are the wanted tasks of a set's instances.
func (p *Process) listed(ctx *contract.Context, of set, cursor uint64, limit uint32, wanted func(*Task) bool) (tasks []Task, next uint64, err error) {
	d := p.desk(ctx)
	for n := uint32(0); ; n++ {
		id, ok := of.next(ctx, cursor)
		switch {
		case !ok:
			return tasks, 0, nil
		case n >= min(limit, maxPage):
			return tasks, id, nil
		}
		l, err := d.open(id)
		if err != nil {
			return nil, 0, err
		}
		tasks = append(tasks, l.tasks(wanted)...)
		cursor = id + 1
	}
}

func (p *Process) waitingFor(ctx *contract.Context, name, key string, ofSignal bool, cursor uint64, limit uint32) (ids []uint64) {
	waiting := messageSet(ctx, name, key)
	if ofSignal {
		waiting = signalSet(ctx, name)
	}
	for uint32(len(ids)) < min(limit, maxPage) {
		id, ok := waiting.next(ctx, cursor)
		if !ok {
			break
		}
		ids = append(ids, id)
		cursor = id + 1
	}
	return ids
}

func (p *Process) counts(ctx *contract.Context) (started, timers uint64) {
	return p.store.Head.Get(ctx).Started, p.store.Timers.Len(ctx)
}
