package rules

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// Prices in gas. BenchmarkPrices compares them with what the EVM's own
// operations take.
const (
	gasPerUnit     = 2 // of the engine's work
	gasPerRuleUnit = 3 // of production rules
	gasPerByte     = 1 // of inputs and outputs in the wire form
	modelGas       = 8 // of a compiled model's byte, to verify it and make it ready to run
)

// meter turns the engine's work into gas.
type meter struct{ ctx *contract.Context }

// Charge implements feel.Meter. The method ends in it when the gas is used up.
func (m meter) Charge(units uint64) error {
	m.ctx.Charge(units * gasPerUnit)
	return nil
}

// ruleMeter turns the work of production rules into gas.
type ruleMeter struct{ ctx *contract.Context }

// Charge implements rete.Meter. The method ends in it when the gas is used up.
func (m ruleMeter) Charge(units uint64) error {
	m.ctx.Charge(units * gasPerRuleUnit)
	return nil
}

// run is the evaluation of one element of a model, for one input after another.
type run struct {
	rules      *Rules
	ctx        *contract.Context
	model      *dmn.Model
	element    int
	now        calendar.DateTime
	machine    *feel.Machine
	evaluation *dmn.Evaluation
}

func (r *Rules) start(ctx *contract.Context, hash common.Hash, decision string, observer dmn.Observer) (*run, error) {
	model, err := r.model(ctx, hash)
	if err != nil {
		return nil, err
	}
	ctx.Charge(gasPerByte*uint64(len(decision)) + gasPerUnit*uint64(len(model.Elements)))
	element := model.Find(decision, "")
	if element < 0 || model.Elements[element].Kind == dmn.InputData {
		return nil, r.fail.UnknownDecision(decision)
	}
	now, _ := calendar.FromUnix(int64(ctx.Time())) // a block's time is within the calendar
	machine := feel.NewMachine(meter{ctx}, feel.DefaultLimits, now)
	return &run{r, ctx, model, element, now, machine, dmn.NewEvaluation(model, machine, observer)}, nil
}

// one evaluates the index-th input.
func (u *run) one(index int, input []byte) ([]byte, error) {
	if index > 0 {
		u.machine.Reset(meter{u.ctx}, u.now)
		u.evaluation.Reset()
	}
	u.ctx.Charge(gasPerByte * uint64(len(input)))
	decoded, err := wire.Decode(input)
	inputs, ok := decoded.(*feel.Context)
	if err != nil || !ok {
		return nil, u.rules.fail.BadInput(uint64(index))
	}
	value, err := u.value(index, inputs)
	if err != nil {
		return nil, err
	}
	return u.encode(index, value)
}

func (u *run) encode(index int, value feel.Value) ([]byte, error) {
	output, err := wire.Encode(value, func(bytes int) { u.ctx.Charge(gasPerByte * uint64(bytes)) })
	if err != nil {
		return nil, u.rules.fail.LimitReached(uint64(index))
	}
	return output, nil
}

func (u *run) value(index int, inputs *feel.Context) (value feel.Value, err error) {
	if u.model.Elements[u.element].Kind == dmn.Decision {
		if err := u.set(inputs); err != nil {
			return nil, err
		}
		value, err = u.evaluation.Get(u.element)
	} else {
		if err := u.check(inputs); err != nil {
			return nil, err
		}
		value, err = u.evaluation.Invoke(u.element, inputs)
	}
	if err != nil {
		return nil, u.rules.fail.LimitReached(uint64(index))
	}
	return value, nil
}

// set gives the model's input data their values. Results of decisions cannot be
// given: they are what is asked for.
func (u *run) set(inputs *feel.Context) error {
	for _, entry := range inputs.Entries() {
		u.machine.Charge(len(u.model.Elements) + 1) // Find looks at every element
		element := u.model.Find(entry.Key, "")
		if element < 0 || u.model.Elements[element].Kind != dmn.InputData {
			return u.rules.fail.UnknownInput(entry.Key)
		}
		u.evaluation.Set(element, entry.Value)
	}
	return nil
}

// check refuses arguments that a service or knowledge does not have.
func (u *run) check(inputs *feel.Context) error {
	element := &u.model.Elements[u.element]
	params := element.Params
	if lambda, ok := element.Logic.(*feel.Lambda); ok {
		params = lambda.Params
	}
	for _, entry := range inputs.Entries() {
		u.machine.Charge(len(params) + 1)
		if !slices.ContainsFunc(params, func(p feel.Param) bool { return p.Name == entry.Key }) {
			return u.rules.fail.UnknownInput(entry.Key)
		}
	}
	return nil
}

// evaluate evaluates one decision.
func (r *Rules) evaluate(ctx *contract.Context, model common.Hash, decision string, input []byte) ([]byte, error) {
	run, err := r.start(ctx, model, decision, nil)
	if err != nil {
		return nil, err
	}
	return run.one(0, input)
}

// evaluateNamed evaluates a decision of a name's newest version.
func (r *Rules) evaluateNamed(ctx *contract.Context, name, decision string, input []byte) ([]byte, common.Hash, error) {
	_, version, model := r.names.Resolve(ctx, name)
	if version == 0 {
		return nil, model, r.fail.NoSuchVersion(name, 0)
	}
	output, err := r.evaluate(ctx, model, decision, input)
	return output, model, err
}

// evaluateBatch evaluates a decision for several inputs.
func (r *Rules) evaluateBatch(ctx *contract.Context, model common.Hash, decision string, inputs [][]byte) ([][]byte, error) {
	run, err := r.start(ctx, model, decision, nil)
	if err != nil {
		return nil, err
	}
	outputs := make([][]byte, len(inputs))
	for i, input := range inputs {
		if outputs[i], err = run.one(i, input); err != nil {
			return nil, err
		}
	}
	return outputs, nil
}
