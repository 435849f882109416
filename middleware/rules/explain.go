package rules

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Step is a decision that was made or a table that matched.
type Step struct {
	Element string
	Matched []uint32 // rules of the table, from 1
	Value   []byte   // of the decision, in the wire form
}

// explain evaluates one decision and tells how.
func (r *Rules) explain(ctx *contract.Context, model common.Hash, decision string, input []byte) (output []byte, steps []Step, err error) {
	observer := &observer{ctx: ctx}
	run, err := r.start(ctx, model, decision, observer)
	if err != nil {
		return nil, nil, err
	}
	observer.run = run
	if output, err = run.one(0, input); err == nil {
		err = observer.err
	}
	return output, observer.steps, err
}

// observer notes what an evaluation does, at a price for each note.
type observer struct {
	ctx   *contract.Context
	run   *run
	steps []Step
	err   error
}

// stepGas is the price of a note, in gas.
const stepGas = 100

// Decided implements dmn.Observer.
func (o *observer) Decided(element int, v feel.Value) {
	if o.err != nil {
		return
	}
	name := o.run.model.Elements[element].Name
	o.ctx.Charge(stepGas + gasPerByte*uint64(len(name)))
	var value []byte
	if value, o.err = o.run.encode(0, v); o.err == nil {
		o.steps = append(o.steps, Step{Element: name, Matched: []uint32{}, Value: value})
	}
}

// Matched implements dmn.Observer.
func (o *observer) Matched(t *dmn.Table, matched []int) {
	o.ctx.Charge(stepGas + gasPerByte*uint64(len(t.Name)) + 8*gasPerByte*uint64(len(matched)))
	step := Step{Element: t.Name, Value: []byte{}}
	for _, rule := range matched {
		step.Matched = append(step.Matched, uint32(rule)+1)
	}
	o.steps = append(o.steps, step)
}
