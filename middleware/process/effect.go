package process

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// left marks a node in the event Moved that a token left.
const left = 1 << 15

// effect does what an instance asks for, or notes it down where that calls
// others: the instance has to be stored first. Waits need nothing: where an
// instance is listed follows from its record.
func (d *desk) effect(l *live, e *machine.Effect, path *[]byte) error {
	switch e.Kind {
	case machine.NodeEntered:
		*path = append(*path, byte(e.Node>>8), byte(e.Node))
	case machine.NodeLeft:
		*path = append(*path, byte((e.Node|left)>>8), byte(e.Node))
	case machine.TaskOpened, machine.JobOpened, machine.ContractCalled, machine.ProcessCalled:
		if t := l.Instance().Token(e.Token); t != nil && t.State == machine.Active && t.Node == e.Node {
			return d.asked(l, t, e)
		}
	case machine.Paid:
		return d.pay(l, e)
	case machine.MessageThrown:
		from, name, key, payload := d.accountOf(d.ctx, l.id), e.Name, e.Key, e.Payload
		id := l.id
		d.later(func() error { return d.send(id, from, name, key, payload) })
	case machine.SignalThrown:
		return d.broadcast(l, e)
	case machine.EscalationThrown:
		d.escalated(l, e)
	case machine.IncidentRaised:
		d.emit.IncidentRaised(d.ctx, l.id, e.Token, uint16(e.Node), e.Name)
	case machine.Ended:
		return d.ended(l, e)
	}
	return nil
}

// asked is for the work of a token that waits.
func (d *desk) asked(l *live, t *machine.Token, e *machine.Effect) error {
	switch e.Kind {
	case machine.TaskOpened:
		if l.program.model.Nodes[t.Node].Work.Assignee != nil {
			account, ok := l.address(e.Target)
			if !ok || account == (common.Address{}) {
				return d.incident(l, t.ID, "the assignee is neither an address nor a role that somebody has")
			}
			l.note(t.ID).account = account
		}
		return d.opened(l, t, "")
	case machine.JobOpened:
		return d.opened(l, t, e.Name)
	case machine.ContractCalled:
		return d.prepare(l, e)
	}
	id, token, node, ref, payload := l.id, e.Token, e.Node, e.Name, e.Payload
	d.later(func() error { return d.begin(id, token, node, ref, payload) })
	return nil
}

func (d *desk) opened(l *live, t *machine.Token, job string) error {
	account := l.performer(t)
	if account == (common.Address{}) {
		return d.incident(l, t.ID, "nobody has the role "+l.program.roleName(l.program.model.Nodes[t.Node].Role))
	}
	d.emit.TaskOpened(d.ctx, l.id, account, t.ID, uint16(t.Node), job)
	return nil
}

// incident stops a token's work.
func (d *desk) incident(l *live, token uint32, reason string) error {
	return d.refusal(l.id, token, l.Fail(token, reason))
}

// ended is for the last effect of an instance: what it holds goes where the model
// says, else to the instance that called it or to who started it.
func (d *desk) ended(l *live, e *machine.Effect) error {
	l.status, l.code = e.Status, e.Name
	account := d.accountOf(d.ctx, l.id)
	to, err := d.heir(l, e.Target)
	if err != nil {
		return err
	}
	l.remainderTo = to
	if rest := d.ctx.Balance(account); !rest.IsZero() {
		if err := d.ctx.At(account).Transfer(to, rest); err != nil {
			return err
		}
		d.emit.Paid(d.ctx, l.id, to, common.Address{}, rest)
	}
	for _, asset := range l.assets {
		id := l.id
		d.later(func() error { return d.sweepRest(id, account, asset, to) })
	}
	deposit := l.deposit.Clone()
	l.deposit.Clear()
	l.deposits = false
	d.emit.Ended(d.ctx, l.id, uint8(l.status), l.code, to)
	if l.parent != 0 {
		parent, token, status, code, payload := l.parent, l.parentToken, l.status, l.code, e.Payload
		starter := l.starter
		d.later(func() error { return d.returned(parent, token, starter, deposit, status, code, payload) })
		return nil
	}
	return d.refund(l.starter, deposit)
}

// heir is who gets what an instance still holds.
func (d *desk) heir(l *live, named feel.Value) (common.Address, error) {
	if to, ok := l.address(named); ok {
		return to, nil
	}
	if l.parent == 0 {
		return l.starter, nil
	}
	parent, _, _, err := d.Process.record(d.ctx, l.parent)
	if err != nil || parent.status != machine.Running {
		return parent.remainderTo, err
	}
	return d.accountOf(d.ctx, l.parent), nil
}

// refund gives a deposit back.
func (d *desk) refund(to common.Address, deposit *uint256.Int) error {
	if deposit.IsZero() {
		return nil
	}
	return d.ctx.Transfer(to, deposit)
}

func payloadOf(entries ...feel.Entry) *feel.Context { return feel.NewContext(entries...) }
