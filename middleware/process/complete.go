package process

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// complete completes a task or job.
func (p *Process) complete(ctx *contract.Context, instance uint64, token uint32, variables []byte) error {
	d := p.desk(ctx)
	l, t, err := d.mine(instance, token)
	if err != nil {
		return err
	}
	given, err := d.read(variables)
	if err != nil {
		return err
	}
	if given, err = d.brings(l, t.Node, given); err != nil {
		return err
	}
	node := t.Node
	if err := d.refusal(instance, token, l.Complete(token, given)); err != nil {
		return err
	}
	if err := d.receive(l, ctx.Value()); err != nil {
		return err
	}
	p.emit.TaskCompleted(ctx, instance, ctx.Caller(), token, uint16(node))
	return d.finish(instance, d.settle(l))
}

// brings is what a step brings: the variables that its node takes from outside,
// and what the contract adds.
func (d *desk) brings(l *live, node int, given *feel.Context) (*feel.Context, error) {
	if err := d.only(l, l.program.taken[node], given); err != nil {
		return nil, err
	}
	if w := l.program.model.Nodes[node].Work; w != nil && w.Result != bpmn.None {
		return given, nil // whatever came along would become the result's value
	}
	return with(given, d.stepVariables(l, d.ctx.Value())), nil
}

// only refuses variables that are not among those taken.
func (d *desk) only(l *live, taken []string, given *feel.Context) error {
	if given == nil {
		return nil
	}
	for _, e := range given.Entries() {
		d.ctx.Charge(unitGas * uint64(len(taken)+len(l.program.model.Roles)+1))
		_, role := l.program.role(e.Key)
		if role || ownVariable(e.Key) || !slices.Contains(taken, e.Key) {
			return d.fail.BadVariable(e.Key)
		}
	}
	return nil
}

// mine is a task or job that the caller may end.
func (d *desk) mine(instance uint64, token uint32) (*live, *machine.Token, error) {
	l, err := d.running(instance)
	if err != nil {
		return nil, nil, err
	}
	t := l.Instance().Token(token)
	if t == nil || t.State != machine.Active {
		return nil, nil, d.fail.NotWaiting(instance, token)
	}
	n := &l.program.model.Nodes[t.Node]
	if n.Work == nil || n.Work.Kind != bpmn.Person && n.Work.Kind != bpmn.Job {
		return nil, nil, d.fail.NotWaiting(instance, token)
	}
	if w := l.work(token); w != nil && w.until > d.ctx.Time() && w.worker != d.ctx.Caller() {
		return nil, nil, d.fail.Leased(instance, token, w.until)
	}
	role := ""
	if n.Role != bpmn.None {
		role = l.program.roleName(n.Role)
	}
	account := l.performer(t)
	if !d.allowed(account, role) {
		return nil, nil, d.fail.NotAllowed(instance, account)
	}
	return l, t, nil
}

// memberGas is what a role's contract may use to say who its members are.
const memberGas = 100_000

// isMember is the selector of isMember(string,address).
var isMember = parseSignature("isMember(string,address)(bool)")

// allowed reports whether the caller is an account, or a member of the role whose
// contract the account is.
func (d *desk) allowed(account common.Address, role string) bool {
	caller := d.ctx.Caller()
	switch account {
	case common.Address{}:
		return false
	case caller, everybody:
		return true
	}
	if code, _ := d.ctx.Code(account); len(code) == 0 {
		return false
	}
	input, err := isMember.pack([]feel.Value{feel.String(role), text(caller)})
	if err != nil {
		return false
	}
	output, err := d.ctx.View().Call(account, input, nil, memberGas)
	return err == nil && len(output) == 32 && common.BytesToHash(output) == common.Hash{31: 1}
}

// throwError ends a task or job with a business error.
func (p *Process) throwError(ctx *contract.Context, instance uint64, token uint32, code string, variables []byte) error {
	return p.report(ctx, instance, token, variables, func(l *live, given *feel.Context) error { return l.Throw(token, code, given) })
}

// escalate reports an escalation of a task or job that goes on.
func (p *Process) escalate(ctx *contract.Context, instance uint64, token uint32, code string, variables []byte) error {
	return p.report(ctx, instance, token, variables, func(l *live, given *feel.Context) error { return l.Escalate(token, code, given) })
}

// report tells an instance of what has become of a task; what goes along is for
// the event that catches it.
func (p *Process) report(ctx *contract.Context, instance uint64, token uint32, variables []byte, tell func(*live, *feel.Context) error) error {
	d := p.desk(ctx)
	l, _, err := d.mine(instance, token)
	if err != nil {
		return err
	}
	given, err := d.read(variables)
	if err != nil {
		return err
	}
	if err := d.only(l, l.program.caught, given); err != nil {
		return err
	}
	if err := d.refusal(instance, token, tell(l, given)); err != nil {
		return err
	}
	return d.finish(instance, d.settle(l))
}

// maxLease is the longest that a job can be taken for, in seconds.
const maxLease = 86_400

// activateJob takes a job.
func (p *Process) activateJob(ctx *contract.Context, instance uint64, token, leaseSeconds uint32) (uint64, error) {
	d := p.desk(ctx)
	l, t, err := d.mine(instance, token)
	if err != nil {
		return 0, err
	}
	if l.program.model.Nodes[t.Node].Work.Kind != bpmn.Job {
		return 0, p.fail.NotWaiting(instance, token)
	}
	w := l.note(token)
	w.worker, w.until = ctx.Caller(), ctx.Time()+uint64(min(leaseSeconds, maxLease))
	until := w.until
	p.emit.JobActivated(ctx, instance, ctx.Caller(), token, until)
	return until, d.save(l)
}

// maxReason is how much of a reason is kept, in bytes.
const maxReason = 256

// failJob reports that a job cannot be done.
func (p *Process) failJob(ctx *contract.Context, instance uint64, token uint32, reason string) error {
	if len(reason) > maxReason {
		return p.fail.BadVariable("reason")
	}
	return p.report(ctx, instance, token, nil, func(l *live, _ *feel.Context) error { return l.Fail(token, reason) })
}

// chooseActivity starts an activity of an ad-hoc sub-process.
func (p *Process) chooseActivity(ctx *contract.Context, instance uint64, token uint32, node string) error {
	return p.adHoc(ctx, instance, token, func(l *live) error {
		ctx.Charge(unitGas * uint64(len(l.program.model.Nodes)))
		return l.Activate(token, l.program.model.Lookup(node))
	})
}

// finishActivities ends an ad-hoc sub-process in which nothing runs.
func (p *Process) finishActivities(ctx *contract.Context, instance uint64, token uint32) error {
	return p.adHoc(ctx, instance, token, func(l *live) error { return l.Finish(token) })
}

// adHoc is a decision about an ad-hoc sub-process: of its role, else of who
// started the instance.
func (p *Process) adHoc(ctx *contract.Context, instance uint64, token uint32, do func(*live) error) error {
	d := p.desk(ctx)
	l, err := d.running(instance)
	if err != nil {
		return err
	}
	t := l.Instance().Token(token)
	if t == nil || l.program.model.Nodes[t.Node].Kind != bpmn.AdHoc {
		return p.fail.NotWaiting(instance, token)
	}
	role := ""
	if n := &l.program.model.Nodes[t.Node]; n.Role != bpmn.None {
		role = l.program.roleName(n.Role)
	}
	if account := l.performer(t); !d.allowed(account, role) {
		return p.fail.NotAllowed(instance, account)
	}
	if err := d.refusal(instance, token, do(l)); err != nil {
		return err
	}
	return d.finish(instance, d.settle(l))
}
