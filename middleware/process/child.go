package process

import (
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// reference is how a model names another: a hash (0x and 64 digits), a published
// name for its newest version or name@version, and after # what is in it.
func reference(ref string) (model string, version uint64, element string, ok bool) {
	model, element, _ = strings.Cut(ref, "#")
	model, number, pinned := strings.Cut(model, "@")
	if pinned {
		v, err := strconv.ParseUint(number, 10, 63)
		if err != nil || v == 0 {
			return "", 0, "", false
		}
		version = v
	}
	return model, version, element, model != ""
}

// find is the deployed model that a reference names.
func (d *desk) find(ref string) (model common.Hash, element string, ok bool) {
	name, version, element, ok := reference(ref)
	if !ok {
		return model, element, false
	}
	if strings.HasPrefix(name, "0x") {
		raw, valid := unhex(name[2:])
		return common.BytesToHash(raw), element, valid && len(raw) == common.HashLength
	}
	d.ctx.Charge(unitGas * uint64(len(name)))
	versions := d.store.Versions.At(d.ctx, name)
	n := versions.Len(d.ctx)
	if version == 0 {
		version = n
	}
	if version == 0 || version > n {
		return model, element, false
	}
	return versions.Get(d.ctx, version-1), element, true
}

// begin starts the instance that a call activity calls: with the roles of the
// same names, for the same starter, and with a half of the deposit.
func (d *desk) begin(id uint64, token uint32, node int, ref string, payload *feel.Context) error {
	l, err := d.awaiting(id, token, node)
	if l == nil || err != nil {
		return err
	}
	model, process, ok := d.find(ref)
	if !ok || !d.isDeployed(d.ctx, model) {
		return d.stopped(l, token, "there is no deployed model for "+ref)
	}
	if process == "" {
		called, err := d.Process.program(d.ctx, model)
		if err != nil {
			return err
		}
		process = called.only()
	}
	f, err := d.form(model, process, "")
	if err != nil {
		return d.stopped(l, token, "the model has no process that can be called for "+ref)
	}
	accounts, ok := d.inherit(l, f)
	if !ok {
		return d.stopped(l, token, "a role of the called process is nobody's here")
	}
	r := record{starter: l.starter, roles: accounts, parent: id, parentToken: token}
	r.deposit.Rsh(&l.deposit, 1)
	l.deposit.Sub(&l.deposit, &r.deposit)
	child, err := d.make(f, r, l.without(f.program, payload), new(uint256.Int))
	if err != nil {
		return err
	}
	l.note(token).child = child.id
	if err := d.write(l); err != nil {
		return err
	}
	return d.settle(child)
}

// only is the process of a model that has one which can be started.
func (p *program) only() (id string) {
	for i := range p.model.Processes {
		if p.model.Processes[i].Executable {
			if id != "" {
				return ""
			}
			id = p.model.Processes[i].ID
		}
	}
	return id
}

// inherit gives the roles of a called process to those who have them here.
func (d *desk) inherit(l *live, f *form) ([]common.Address, bool) {
	accounts := make([]common.Address, len(f.program.model.Roles)+1)
	d.ctx.Charge(unitGas * uint64(len(accounts)*(1+len(l.program.model.Roles))))
	for i := range accounts {
		if role, ok := l.program.role(f.program.roleName(i)); ok {
			accounts[i] = l.holder(role)
		}
	}
	for _, i := range f.program.needed(d.ctx, f.process) {
		if accounts[i] == (common.Address{}) {
			return nil, false
		}
	}
	return accounts, len(f.program.model.Roles) <= maxRoles
}

// without leaves out what the called process gets from its roles and the
// contract.
func (l *live) without(called *program, payload *feel.Context) *feel.Context {
	return kept(payload, func(variable string) bool {
		_, role := called.role(variable)
		return !role && !ownVariable(variable)
	})
}

// returned tells an instance that the one it called is over.
func (d *desk) returned(id uint64, token uint32, starter common.Address, deposit *uint256.Int, status machine.Status, code string, payload *feel.Context) error {
	l, err := d.open(id)
	if err != nil {
		return err
	}
	if l.status != machine.Running {
		return d.refund(starter, deposit)
	}
	l.deposit.Add(&l.deposit, deposit)
	w := l.work(token)
	t := l.Instance().Token(token)
	if w == nil || t == nil || t.State != machine.Active {
		return d.write(l)
	}
	w.child = 0
	switch status {
	case machine.Failed:
		err = l.Throw(token, code, nil)
	case machine.Canceled:
		err = l.Fail(token, "the called process was canceled")
	default:
		if n := &l.program.model.Nodes[t.Node]; len(n.Outputs) == 0 {
			payload = l.without(l.program, payload)
		}
		err = l.Complete(token, payload)
	}
	return d.answered(l, token, err)
}

// escalated is for an escalation that left an instance.
func (d *desk) escalated(l *live, e *machine.Effect) {
	if l.parent == 0 {
		d.emit.Escalated(d.ctx, l.id, e.Name)
		return
	}
	parent, token, code, payload := l.parent, l.parentToken, e.Name, e.Payload
	d.later(func() error {
		p, err := d.open(parent)
		if err != nil || p.status != machine.Running || p.work(token) == nil {
			return err
		}
		return d.answered(p, token, p.Escalate(token, code, payload))
	})
}

// withdraw cancels an instance whose caller has gone on without it.
func (d *desk) withdraw(id uint64) error {
	l, err := d.open(id)
	if err != nil || l.status != machine.Running {
		return err
	}
	return d.answered(l, 0, l.Cancel())
}

// cutElement divides a reference into the model and what is in it.
func cutElement(ref string) (model, element string) {
	model, element, _ = strings.Cut(ref, "#")
	return model, element
}
