package contract

import (
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// dispatchGas is the price of finding and calling a method, in gas.
const dispatchGas = 200

type selector [4]byte

func selectorOf(signature string) (s selector) {
	copy(s[:], crypto.Keccak256([]byte(signature)))
	return s
}

// method is one function of the interface with the Go function behind it.
type method struct {
	signature string
	call      reflect.Value
	inTypes   []reflect.Type
	in, out   []*codec
	failing   bool // the last result is an error
	view      bool
	payable   bool
	options
}

// run executes f and turns what it panics with into an error: an abort is how
// the framework ends a method; anything else is a defect of a contract, which
// must cost its call and never the chain.
func run(ctx *Context, f func() ([]byte, error)) (output []byte, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case abort:
			output, err = nil, cause.err
		default:
			slog.Error("a contract in Go panicked; its call fails", "contract", ctx.address, "cause", cause, "stack", string(debug.Stack()))
			output, err = nil, vm.ErrOutOfGas
		}
	}()
	return f()
}

// Run finds the method that the input names and calls it.
func (b *Base) Run(ctx *Context, input []byte) ([]byte, error) {
	ctx.Charge(dispatchGas)
	if len(input) == 0 && b.spec.Receive != nil {
		return nil, b.enter(ctx, &b.receive, func() error { return b.spec.Receive(ctx) })
	}
	if len(input) < len(selector{}) {
		return nil, Refuse("%s: the call data names no method", b.spec.Name)
	}
	m, found := b.methods[selector(input[:4])]
	if !found {
		return nil, Refuse("%s has no method with selector %#x", b.spec.Name, input[:4])
	}
	var output []byte
	err := b.enter(ctx, m, func() (err error) {
		output, err = m.run(ctx, input[4:])
		return err
	})
	return output, err
}

// enter checks what every method needs checked and guards against re-entry.
func (b *Base) enter(ctx *Context, m *method, call func() error) error {
	switch {
	case !m.payable && !ctx.Value().IsZero():
		return Refuse("%s.%s takes no value", b.spec.Name, m.signature)
	case m.view:
		ctx.readOnly = true
		return call()
	case ctx.readOnly:
		return Refuse("%s.%s writes: call it directly, not by STATICCALL, DELEGATECALL or CALLCODE", b.spec.Name, m.signature)
	case m.system && ctx.Caller() != params.SystemAddress:
		return Refuse("%s.%s is called by the chain itself", b.spec.Name, m.signature)
	}
	entered := ctx.db.GetTransientState(ctx.address, guardSlot)
	ctx.Charge(2 * params.WarmStorageReadCostEIP2929)
	if entered != (common.Hash{}) {
		if !m.reentrant {
			return Refuse("%s.%s: the contract is already running", b.spec.Name, m.signature)
		}
		return call()
	}
	ctx.db.SetTransientState(ctx.address, guardSlot, common.Hash{31: 1})
	defer ctx.db.SetTransientState(ctx.address, guardSlot, common.Hash{})
	return call()
}

// guardSlot is the transient slot that marks a contract as running.
var guardSlot = crypto.Keccak256Hash([]byte("cybermiles.contract.entered"))

func (m *method) run(ctx *Context, data []byte) ([]byte, error) {
	args, err := unpack(ctx, data, m.in, m.inTypes)
	if err != nil {
		return nil, Refuse("%s: %v", m.signature, err)
	}
	results := m.call.Call(append([]reflect.Value{reflect.ValueOf(ctx)}, args...))
	if m.failing {
		last := len(results) - 1
		if err, _ := results[last].Interface().(error); err != nil {
			return nil, fmt.Errorf("%w", err)
		}
		results = results[:last]
	}
	return pack(ctx, nil, m.out, results), nil
}
