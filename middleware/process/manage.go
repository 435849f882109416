package process

import (
	"errors"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// governs refuses whoever is not the administrator of an instance.
func (d *desk) governs(l *live) error {
	account := l.holder(len(l.program.model.Roles))
	if account == (common.Address{}) || !d.allowed(account, administrator) {
		return d.fail.NotAllowed(l.id, account)
	}
	return nil
}

// takesPart refuses whoever neither started an instance nor has a role in it.
func (d *desk) takesPart(l *live) error {
	if d.allowed(l.starter, "") {
		return nil
	}
	for i, account := range l.roles {
		if d.allowed(account, l.program.roleName(i)) {
			return nil
		}
	}
	for i := range l.works {
		if d.allowed(l.works[i].account, "") {
			return nil
		}
	}
	return d.fail.NotAllowed(l.id, l.starter)
}

// cancel ends an instance.
func (p *Process) cancel(ctx *contract.Context, id uint64) error {
	d := p.desk(ctx)
	l, err := d.running(id)
	if err != nil {
		return err
	}
	if err := d.governs(l); err != nil {
		return err
	}
	if err := d.refusal(id, 0, l.Cancel()); err != nil {
		return err
	}
	return d.finish(id, d.settle(l))
}

// retry has a token with an incident, or the timers, tried again.
func (p *Process) retry(ctx *contract.Context, id uint64, token uint32, variables []byte) error {
	d := p.desk(ctx)
	l, err := d.running(id)
	if err != nil {
		return err
	}
	given, err := d.read(variables)
	if err != nil {
		return err
	}
	if given != nil && given.Len() > 0 {
		if err = d.governs(l); err != nil {
			return err
		}
		if err = d.free(l, given); err != nil {
			return err
		}
		if err = d.refusal(id, token, l.Assign(given)); err != nil {
			return err
		}
	} else if err := d.takesPart(l); err != nil {
		return err
	}
	if token == 0 {
		if !l.stopped {
			return p.fail.NotWaiting(id, token)
		}
		l.stopped = false
		p.emit.IncidentResolved(ctx, id, token, ctx.Caller())
		if err := d.settle(l); err != nil {
			return err
		}
		return d.timers(id, false)
	}
	if err := d.refusal(id, token, l.Retry(token)); err != nil {
		return err
	}
	p.emit.IncidentResolved(ctx, id, token, ctx.Caller())
	return d.finish(id, d.settle(l))
}

// Move is a node or flow of an old model and its counterpart.
type Move struct{ From, To string }

// migrate lets a running instance go on in another model.
func (p *Process) migrate(ctx *contract.Context, id uint64, model common.Hash, moves []Move) error {
	d := p.desk(ctx)
	l, err := d.running(id)
	if err != nil {
		return err
	}
	if err := d.governs(l); err != nil {
		return err
	}
	index := p.store.Indices.Get(ctx, model)
	if index == 0 {
		return p.fail.NotDeployed(model)
	}
	target, err := p.program(ctx, model)
	if err != nil {
		return err
	}
	plan := make(map[string]string, len(moves))
	for _, move := range moves {
		ctx.Charge(unitGas * uint64(len(target.model.Nodes)+len(target.model.Flows)))
		plan[move.From] = move.To
	}
	ctx.Charge(unitGas * uint64(len(l.core)) * uint64(1+len(target.model.Nodes)/64))
	instance, err := target.engine.Migrate(l.Instance(), plan, d.options())
	if errors.Is(err, machine.ErrState) {
		return p.fail.PlanRefused(id, strings.TrimPrefix(err.Error(), machine.ErrState.Error()+": "))
	}
	if err != nil {
		return err
	}
	return d.replace(l, target, index, instance)
}

// replace stores the migrated instance in the place of the old one.
func (d *desk) replace(l *live, target *program, index uint32, instance *machine.Instance) error {
	if len(target.model.Roles) > maxRoles {
		return d.fail.TooLarge(l.id)
	}
	roles := make([]common.Address, len(target.model.Roles)+1)
	d.ctx.Charge(unitGas * uint64(len(roles)*(1+len(l.program.model.Roles))))
	for i := range roles {
		if role, ok := l.program.role(target.roleName(i)); ok {
			roles[i] = l.holder(role)
		}
	}
	for _, key := range l.Instance().Stored() {
		if l.had[key] {
			variables{d.Process, d.ctx, l.id}.set(key, nil)
		}
	}
	l.program, l.model, l.roles, l.process = target, index, roles, instance.Process()
	for _, role := range target.needed(d.ctx, l.process) {
		if roles[role] == (common.Address{}) {
			return d.fail.RoleUnbound(target.roleName(role))
		}
	}
	if err := l.enter(d, instance); err != nil {
		return err
	}
	d.emit.Migrated(d.ctx, l.id, target.hash, d.ctx.Caller())
	return d.finish(l.id, d.settle(l))
}
