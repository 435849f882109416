package process

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// Role is who has a role.
type Role struct {
	Role    string
	Account common.Address
}

// Beginning is what an instance of a batch is started with.
type Beginning struct {
	Roles      []Role
	Variables  []byte
	ValueWei   uint256.Int
	DepositWei uint256.Int
}

// Names of the variables that the contract itself brings, where the model uses
// them.
const (
	callerName  = "caller"
	paidName    = "paidWei"
	numberName  = "instance"
	accountName = "account"
)

func ownVariable(name string) bool {
	return name == callerName || name == paidName || name == numberName || name == accountName
}

func (p *Process) start(ctx *contract.Context, model common.Hash, process string, roles []Role, variables []byte, depositWei *uint256.Int) (uint64, error) {
	return p.startAt(ctx, model, process, "", roles, variables, depositWei)
}

func (p *Process) startAt(
	ctx *contract.Context, model common.Hash, process, node string, roles []Role, variables []byte, depositWei *uint256.Int,
) (uint64, error) {
	value := ctx.Value()
	if value.Lt(depositWei) {
		return 0, p.fail.WrongValue(value, depositWei)
	}
	d := p.desk(ctx)
	f, err := d.form(model, process, node)
	if err != nil {
		return 0, err
	}
	b := Beginning{Roles: roles, Variables: variables, DepositWei: *depositWei}
	b.ValueWei.Sub(value, depositWei)
	return d.starts(f, &b)
}

func (p *Process) startBatch(ctx *contract.Context, model common.Hash, process string, beginnings []Beginning) ([]uint64, error) {
	d := p.desk(ctx)
	f, err := d.form(model, process, "")
	if err != nil {
		return nil, err
	}
	var sum uint256.Int
	for i := range beginnings {
		for _, part := range []*uint256.Int{&beginnings[i].ValueWei, &beginnings[i].DepositWei} {
			if _, overflow := sum.AddOverflow(&sum, part); overflow {
				return nil, p.fail.WrongValue(ctx.Value(), part)
			}
		}
	}
	if value := ctx.Value(); !sum.Eq(value) {
		return nil, p.fail.WrongValue(value, &sum)
	}
	ids := make([]uint64, len(beginnings))
	for i := range beginnings {
		d.done = 0
		if ids[i], err = d.starts(f, &beginnings[i]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// form is a process that instances can be made of.
type form struct {
	program *program
	index   uint32 // of its model
	process int
	node    int
}

// form finds a process of a model and where it is to start.
func (d *desk) form(model common.Hash, process, node string) (*form, error) {
	f := &form{index: d.store.Indices.Get(d.ctx, model), node: bpmn.None}
	if f.index == 0 {
		return nil, d.fail.NotDeployed(model)
	}
	var err error
	if f.program, err = d.Process.program(d.ctx, model); err != nil {
		return nil, err
	}
	m := f.program.model
	d.ctx.Charge(unitGas * uint64(len(m.Processes)))
	if f.process = m.Find(process); f.process == bpmn.None || !m.Processes[f.process].Executable {
		return nil, d.fail.UnknownProcess(process)
	}
	if node == "" {
		if len(m.Nodes[m.Processes[f.process].Node].Container.Starts) == 0 {
			return nil, d.fail.NotAStart(node)
		}
		return f, nil
	}
	d.ctx.Charge(unitGas * uint64(len(m.Nodes)))
	if f.node = m.Lookup(node); f.node == bpmn.None || !f.program.engine.Starts(f.process, f.node) {
		return nil, d.fail.NotAStart(node)
	}
	return f, nil
}

// starts starts an instance for the caller.
func (d *desk) starts(f *form, b *Beginning) (uint64, error) {
	accounts, err := d.bind(f, b.Roles)
	if err != nil {
		return 0, err
	}
	given, err := d.read(b.Variables)
	if err != nil {
		return 0, err
	}
	r := record{starter: d.ctx.Caller(), roles: accounts, deposit: b.DepositWei}
	l, err := d.make(f, r, given, &b.ValueWei)
	if err != nil {
		return 0, err
	}
	if err := d.receive(l, &b.ValueWei); err != nil {
		return 0, err
	}
	return l.id, d.finish(l.id, d.settle(l))
}

// bind is who has the roles of a process.
func (d *desk) bind(f *form, roles []Role) ([]common.Address, error) {
	m := f.program.model
	if len(m.Roles) > maxRoles {
		return nil, d.fail.TooLarge(0)
	}
	var accounts []common.Address
	if len(roles) > 0 || len(m.Roles) > 0 {
		accounts = make([]common.Address, len(m.Roles)+1)
	}
	for _, each := range roles {
		d.ctx.Charge(unitGas * uint64(len(m.Roles)+1))
		i, ok := f.program.role(each.Role)
		if !ok || accounts[i] != (common.Address{}) {
			return nil, d.fail.UnknownRole(each.Role)
		}
		if each.Account == (common.Address{}) {
			return nil, d.fail.RoleUnbound(each.Role)
		}
		accounts[i] = each.Account
	}
	for _, i := range f.program.needed(d.ctx, f.process) {
		if accounts[i] == (common.Address{}) {
			return nil, d.fail.RoleUnbound(m.Roles[i])
		}
	}
	return accounts, nil
}

// read is variables in the wire form; nothing is none.
func (d *desk) read(data []byte) (*feel.Context, error) {
	d.ctx.Charge(byteGas * uint64(len(data)))
	if len(data) == 0 {
		return nil, nil
	}
	value, err := wire.Decode(data)
	variables, ok := value.(*feel.Context)
	if err != nil || !ok {
		return nil, d.fail.BadVariables()
	}
	return variables, nil
}

// make is a new instance in its first session, not stored yet.
func (d *desk) make(f *form, r record, given *feel.Context, paid *uint256.Int) (*live, error) {
	id, err := d.number()
	if err != nil {
		return nil, err
	}
	r.id, r.model, r.process = id, f.index, f.process
	l := &live{record: r, program: f.program, base: recordSlot(d.ctx, r.id)}
	if given, err = d.firstVariables(l, given, paid); err != nil {
		return nil, err
	}
	options := d.options()
	options.Collect = r.parent != 0
	if l.Session, err = f.program.engine.Start(f.process, f.node, given, options); err != nil {
		return nil, d.refusal(r.id, 0, err)
	}
	d.emit.Started(d.ctx, r.id, f.program.hash, r.starter, r.parent, f.program.model.Processes[f.process].ID)
	return l, nil
}

// number is the next one.
func (d *desk) number() (uint64, error) {
	h := d.store.Head.Get(d.ctx)
	h.Started++
	if h.Started > maxMember {
		return 0, d.fail.TooLarge(h.Started)
	}
	d.store.Head.Set(d.ctx, h)
	return h.Started, nil
}

// firstVariables adds those of the roles' names, and what the contract brings, to
// what is given.
func (d *desk) firstVariables(l *live, given *feel.Context, paid *uint256.Int) (*feel.Context, error) {
	var own []feel.Entry
	add := func(name string, value feel.Value) {
		if l.program.variables[name] {
			own = append(own, feel.Entry{Key: name, Value: value})
		}
	}
	for i, account := range l.roles {
		if account != (common.Address{}) {
			add(l.program.roleName(i), text(account))
		}
	}
	add(numberName, feel.Number{Decimal: decimal.FromUint64(l.id)})
	if l.program.variables[accountName] {
		add(accountName, text(d.accountOf(d.ctx, l.id)))
	}
	own = append(own, d.stepVariables(l, paid)...)
	return with(given, own), d.free(l, given)
}

// stepVariables are what the contract brings with each step.
func (d *desk) stepVariables(l *live, paid *uint256.Int) (own []feel.Entry) {
	if l.program.variables[callerName] {
		own = append(own, feel.Entry{Key: callerName, Value: text(d.ctx.Caller())})
	}
	if l.program.variables[paidName] {
		own = append(own, feel.Entry{Key: paidName, Value: number(paid)})
	}
	return own
}

// free refuses variables of names that are the contract's or a role's.
func (d *desk) free(l *live, given *feel.Context) error {
	if given == nil {
		return nil
	}
	for _, e := range given.Entries() {
		d.ctx.Charge(unitGas * uint64(len(l.program.model.Roles)+1))
		if _, role := l.program.role(e.Key); role || ownVariable(e.Key) {
			return d.fail.BadVariable(e.Key)
		}
	}
	return nil
}

// with is given variables and more of them.
func with(given *feel.Context, own []feel.Entry) *feel.Context {
	if len(own) == 0 || given == nil {
		if given != nil {
			return given
		}
		return feel.NewContext(own...)
	}
	return feel.NewContext(append(append([]feel.Entry(nil), given.Entries()...), own...)...)
}

// receive moves coins that came with the call to an instance.
func (d *desk) receive(l *live, amount *uint256.Int) error {
	if amount.IsZero() {
		return nil
	}
	if err := d.ctx.Transfer(d.accountOf(d.ctx, l.id), amount); err != nil {
		return err
	}
	d.emit.Funded(d.ctx, l.id, d.ctx.Caller(), common.Address{}, amount)
	return nil
}
