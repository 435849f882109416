package rules

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Fact is a fact of a working memory.
type Fact struct {
	ID       uint64
	Template uint32
	Logical  bool
	Slots    []byte // values in the wire form
}

// Result is what a rule emitted.
type Result struct {
	Rule, Name string
	Fields     []byte // a context in the wire form
}

// resultGas is the price of giving a result, besides its bytes.
const resultGas = 100

// results gives what rules emitted in the form of the interface.
func (r *Rules) results(ctx *contract.Context, list []rete.Result) ([]Result, error) {
	out := make([]Result, len(list))
	for i, one := range list {
		ctx.Charge(resultGas)
		fields, err := encodeFields(one.Fields, func(n int) { ctx.Charge(gasPerByte * uint64(n)) })
		if err != nil {
			return nil, r.fail.LimitReached(uint64(i))
		}
		out[i] = Result{one.Rule, one.Name, fields}
	}
	return out, nil
}

// given is a fact in the form of the interface.
func (r *Rules) given(ctx *contract.Context, fact rete.Fact) (Fact, error) {
	ctx.Charge(resultGas)
	slots, err := encodeSlots(fact.Slots, func(n int) { ctx.Charge(gasPerByte * uint64(n)) })
	if err != nil {
		return Fact{}, r.fail.LimitReached(0)
	}
	return Fact{fact.ID, fact.Template, fact.Logical, slots}, nil
}

// run runs a rule set on facts within one call.
func (r *Rules) run(ctx *contract.Context, hash common.Hash, facts [][]byte) ([]Result, []Fact, error) {
	engine, err := r.ruleSet(ctx, hash)
	if err != nil {
		return nil, nil, err
	}
	network, err := engine.NewSession(ruleMeter{ctx})
	if err != nil {
		return nil, nil, r.full(0, err)
	}
	network.SetCapacity(maxFacts, maxEntries)
	for i, data := range facts {
		if _, err := r.put(ctx, 0, network, engine.Model(), i, data); err != nil {
			return nil, nil, err
		}
	}
	outcome, err := network.Fire(rete.Limits{}, nil)
	if err != nil {
		return nil, nil, r.failed(0, err)
	}
	results, err := r.results(ctx, outcome.Results)
	if err != nil {
		return nil, nil, err
	}
	left := make([]Fact, 0, network.Len())
	for _, fact := range network.Facts() {
		one, err := r.given(ctx, fact)
		if err != nil {
			return nil, nil, err
		}
		left = append(left, one)
	}
	return results, left, nil
}

// put inserts the index-th of several facts. session is 0 for a run.
func (r *Rules) put(ctx *contract.Context, session uint64, network *rete.Session, m *model.Model, index int, data []byte) (uint64, error) {
	ctx.Charge(gasPerByte * uint64(len(data)))
	fact, err := decodeFact(m, data, nil)
	if err != nil {
		return 0, r.fail.BadFact(uint64(index))
	}
	id, err := network.Insert(fact.Template, fact.Slots...)
	if err != nil {
		if full := r.full(session, err); full != err {
			return 0, full
		}
		return 0, r.fail.BadFact(uint64(index))
	}
	return id, nil
}

// failed turns what stopped firing into an error of the interface.
func (r *Rules) failed(session uint64, err error) error {
	var rule *rete.RuleError
	if errors.As(err, &rule) && errors.Is(err, rete.ErrValue) {
		return r.fail.RuleFailed(rule.Rule, rule.Line, uint32(rule.Action))
	}
	return r.full(session, err)
}

// fire fires the rules of a session.
func (r *Rules) fire(ctx *contract.Context, session, maxFirings uint64) (uint8, uint64, []Result, error) {
	c, err := r.change(ctx, session)
	if err != nil {
		return 0, 0, nil, err
	}
	outcome, err := c.live.network.Fire(rete.Limits{Firings: maxFirings, Work: c.workLeft(), Stop: c.stop()}, nil)
	var rule *rete.RuleError
	switch {
	case err == nil:
	case errors.As(err, &rule) && outcome.Firings > 0:
		outcome.Status = rete.Paused // what fired before is kept; the next call says what is wrong
	default:
		return 0, 0, nil, r.failed(session, err)
	}
	results, err := r.results(ctx, outcome.Results)
	if err != nil {
		return 0, 0, nil, err
	}
	for _, one := range results {
		r.emit.Emitted(ctx, session, one.Rule, one.Name, one.Fields)
	}
	status := uint8(outcome.Status)
	if err := c.commit([]byte("fire"), be64(outcome.Firings), []byte{status}); err != nil {
		return 0, 0, nil, err
	}
	r.emit.Fired(ctx, session, outcome.Firings, status)
	return status, outcome.Firings, results, nil
}

// workLeft is how much a firing may add to the work of building the network.
func (c *change) workLeft() uint64 {
	return max(1, (mostWork-min(mostWork, uint64(c.head.Work)))/2)
}

// Bounds of what it costs to write a changed record and to give a result, by
// which firing pauses in time.
const (
	wordBound  = params.SstoreSetGasEIP2200 + params.ColdSloadCostEIP2929
	factBound  = 3*wordBound + 1_000
	listBound  = wordBound + 500
	emitBound  = 3_000
	emitByte   = 16
	closeBound = 6 * wordBound
)

// stop gives what tells firing to pause: it does when what is left of the call's
// gas comes near to what writing the changes may take.
func (c *change) stop() func(*rete.Outcome) bool {
	reserve := c.ctx.GasLeft()/16 + closeBound
	emitted, told := uint64(0), 0
	return func(outcome *rete.Outcome) bool {
		for ; told < len(outcome.Results); told++ {
			emitted += emitBound + emitByte*size(&outcome.Results[told])
		}
		facts, bytes, matches, supports := c.live.network.Tracked()
		need := reserve + emitted + factBound*uint64(facts) + wordBound*uint64(bytes)/32 + listBound*uint64(supports) +
			2*noteGas*uint64(matches)
		if c.ctx.GasLeft() >= need+2*listBound*uint64(matches) {
			return false
		}
		c.ctx.Charge(2 * uint64(len(c.live.groups)))
		waiting, listed := 0, 0
		for g := range c.live.groups {
			waiting += c.live.network.Waiting(uint32(g))
			listed += len(c.live.groups[g].list)
		}
		return c.ctx.GasLeft() < need+listBound*uint64(min(matches, waiting)+min(matches, listed))
	}
}

// size is about how many bytes a result takes.
func size(result *rete.Result) uint64 {
	n := len(result.Rule) + len(result.Name) + 200
	for _, f := range result.Fields {
		n += len(f.Name) + 64 + len(f.Value.Text) + 64*len(f.Value.List)
		for _, item := range f.Value.List {
			n += len(item.Text)
		}
	}
	return uint64(n)
}
