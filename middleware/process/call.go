package process

import (
	"encoding/hex"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Gas of a call that a service task makes.
const (
	defaultCallGas = 1_000_000  // when the model says nothing
	maxCallGas     = 10_000_000 // the most that it can say
	aroundCallGas  = 100_000    // that has to be there beside it
)

// keptOutput is how much of a call's output its event has, in bytes.
const keptOutput = 256

// outcall is a call of a contract that is to be made for a token.
type outcall struct {
	instance uint64
	token    uint32
	node     int
	target   common.Address
	input    []byte
	value    *uint256.Int
	gas      uint64
}

// prepare notes a service task's call down; what cannot be called is an incident.
func (d *desk) prepare(l *live, e *machine.Effect) error {
	f := l.program.calls[e.Node]
	target, ok := l.address(e.Target)
	value, valid := amount(e.Amount)
	switch {
	case f == nil:
		return d.incident(l, e.Token, "the function is no signature like transfer(address,uint256)")
	case !ok:
		return d.incident(l, e.Token, "the target of the call is neither an address nor a role that somebody has")
	case !valid:
		return d.incident(l, e.Token, "the value of the call is no integer from 0")
	}
	gas := uint64(defaultCallGas)
	if e.Gas != nil {
		given, ok := amount(e.Gas)
		if !ok || given.GtUint64(maxCallGas) {
			return d.incident(l, e.Token, "the gas of the call is no integer up to 10000000")
		}
		gas = given.Uint64()
	}
	input, err := f.pack(e.Args)
	d.ctx.Charge(byteGas * uint64(len(input)))
	if err != nil {
		return d.incident(l, e.Token, "an argument of the call has not its type")
	}
	c := outcall{l.id, e.Token, e.Node, target, input, value, gas}
	d.later(func() error { return d.call(&c) })
	return nil
}

// awaiting loads an instance whose token still waits for an answer; nil when it
// does not.
func (d *desk) awaiting(instance uint64, token uint32, node int) (*live, error) {
	l, err := d.open(instance)
	if err != nil || l.status != machine.Running {
		return nil, err
	}
	if t := l.Instance().Token(token); t == nil || t.State != machine.Active || t.Node != node {
		return nil, nil
	}
	return l, nil
}

// call calls a contract from the instance's own account. The instance is stored
// before and loaded again after: whatever the contract does meanwhile, it finds
// and leaves the instance whole.
func (d *desk) call(c *outcall) error {
	l, err := d.awaiting(c.instance, c.token, c.node)
	if l == nil || err != nil {
		return err
	}
	if code, _ := d.ctx.Code(c.target); len(code) == 0 {
		return d.stopped(l, c.token, "there is no contract at the address that is to be called")
	}
	account := d.accountOf(d.ctx, c.instance)
	if held := d.ctx.Balance(account); held.Lt(c.value) {
		return d.stopped(l, c.token, "the instance holds less than the call is to give")
	}
	if err := d.enough(c.gas); err != nil {
		return err
	}
	output, failure := d.ctx.At(account).Call(c.target, c.input, c.value, c.gas)
	d.emit.Called(d.ctx, c.instance, c.target, c.token, c.value, failure == nil, output[:min(len(output), keptOutput)])
	if l, err = d.awaiting(c.instance, c.token, c.node); l == nil || err != nil {
		return err
	}
	d.ctx.Charge(byteGas * uint64(len(output)))
	if failure != nil {
		return d.refused(l, c, output, failure)
	}
	values, err := l.program.calls[c.node].unpack(output)
	if err != nil {
		return d.stopped(l, c.token, "the contract returned something else than the signature says")
	}
	var result *feel.Context
	switch len(values) {
	case 0:
	case 1:
		result = payloadOf(feel.Entry{Key: "result", Value: values[0]})
	default:
		result = payloadOf(feel.Entry{Key: "result", Value: feel.List(values)})
	}
	return d.answered(l, c.token, l.Complete(c.token, result))
}

// enough ends the call of this contract when there is less gas than the next one
// is to get, so that nobody makes it fail by sending too little.
func (d *desk) enough(gas uint64) error {
	if left := d.ctx.GasLeft(); left-left/64 < gas+aroundCallGas {
		return vm.ErrOutOfGas
	}
	return nil
}

// saidWhy is the error of require and revert with a text.
var saidWhy = parseSignature("Error(string)(string)")

// refused is for a call that failed: an error that the model has a code for is
// thrown, any other is an incident.
func (d *desk) refused(l *live, c *outcall, output []byte, failure error) error {
	if !errors.Is(failure, vm.ErrExecutionReverted) {
		return d.stopped(l, c.token, "the called contract used up its gas or broke off")
	}
	var selector [4]byte
	copy(selector[:], output)
	if code, named := l.program.errors[selector]; named && len(output) >= len(selector) {
		data := payloadOf(
			feel.Entry{Key: "errorCode", Value: feel.String(code)},
			feel.Entry{Key: "errorData", Value: feel.String("0x" + hex.EncodeToString(output[:min(len(output), keptOutput)]))},
		)
		return d.answered(l, c.token, l.Throw(c.token, code, data))
	}
	reason := "0x" + hex.EncodeToString(output[:min(len(output), 36)])
	if selector == saidWhy.selector {
		if said, err := saidWhy.unpack(output[4:min(len(output), keptOutput)]); err == nil {
			reason = string(said[0].(feel.String))
		}
	}
	return d.stopped(l, c.token, "the called contract reverted: "+reason)
}

func (d *desk) stopped(l *live, token uint32, reason string) error {
	return d.answered(l, token, l.Fail(token, reason))
}

// answered ends a command that an errand gave.
func (d *desk) answered(l *live, token uint32, err error) error {
	if err := d.refusal(l.id, token, err); err != nil {
		return err
	}
	return d.settle(l)
}

// self calls a method of this contract so that it can fail by itself, with a
// bound on its gas that is there.
func (d *desk) self(gas uint64, method string, inputs ...any) error {
	input, err := contract.Pack(d.Process, method, inputs...)
	if err != nil {
		return err
	}
	if err := d.enough(gas); err != nil {
		return err
	}
	_, err = d.ctx.Call(d.Address(), input, nil, gas)
	return err
}
