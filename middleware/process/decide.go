package process

import (
	"errors"

	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// decider evaluates the decisions of business rule tasks.
type decider struct{ *desk }

var _ machine.Decider = decider{}

var errDecision = errors.New("it is not deployed, or its inputs are not what it takes")

// Decide implements machine.Decider. A decision is named like model#decision.
func (d decider) Decide(_ *feel.Machine, name string, inputs *feel.Context) (feel.Value, error) {
	if d.decide == nil {
		return nil, errDecision
	}
	model, decision := cutElement(name)
	input, err := wire.Encode(inputs, func(bytes int) { d.ctx.Charge(byteGas * uint64(bytes)) })
	if err != nil {
		return nil, errDecision
	}
	output, err := d.decide(d.ctx.View(), model, decision, input)
	if err != nil {
		return nil, errDecision
	}
	d.ctx.Charge(byteGas * uint64(len(output)))
	value, err := wire.Decode(output)
	if err != nil {
		return nil, errDecision
	}
	return value, nil
}
