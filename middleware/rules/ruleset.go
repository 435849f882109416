package rules

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// ruleSetGas is the price of a compiled rule set's byte, to verify it and make
// its network.
const ruleSetGas = 40

// ruleSetMagic starts every compiled rule set.
var ruleSetMagic = []byte("CMRL")

// prepared is a compiled model ready to run: one of the two.
type prepared struct {
	decisions *dmn.Model
	rules     *rete.Engine
}

// preparationGas is what verifying a compiled model and making it ready costs.
func preparationGas(content []byte) uint64 {
	if bytes.HasPrefix(content, ruleSetMagic) {
		return ruleSetGas * uint64(len(content))
	}
	return modelGas * uint64(len(content))
}

// prepare verifies a compiled model and makes it ready to run.
func prepare(content []byte) (p prepared, err error) {
	if bytes.HasPrefix(content, ruleSetMagic) {
		p.rules, err = rete.LoadBinary(content)
	} else {
		p.decisions, err = dmn.Decode(content)
	}
	return p, err
}

// prepared is a deployed model. What it costs does not depend on whether this
// node has it in memory; free is for who has paid otherwise.
func (r *Rules) prepared(ctx *contract.Context, hash common.Hash) (prepared, error) {
	content, ok := ctx.Blob(hash)
	if !ok {
		return prepared{}, r.fail.NotDeployed(hash)
	}
	ctx.Charge(preparationGas(content))
	if p, found := r.ready.Get(hash); found {
		return p, nil
	}
	p, err := prepare(content)
	if err != nil {
		return prepared{}, r.fail.NotDeployed(hash) // some other contract's bytes
	}
	r.ready.Put(hash, p, len(content))
	return p, nil
}

// model is a deployed decision model.
func (r *Rules) model(ctx *contract.Context, hash common.Hash) (*dmn.Model, error) {
	p, err := r.prepared(ctx, hash)
	if err == nil && p.decisions == nil {
		err = r.fail.WrongKind(hash)
	}
	return p.decisions, err
}

// ruleSet is a deployed rule set.
func (r *Rules) ruleSet(ctx *contract.Context, hash common.Hash) (*rete.Engine, error) {
	p, err := r.prepared(ctx, hash)
	if err == nil && p.rules == nil {
		err = r.fail.WrongKind(hash)
	}
	return p.rules, err
}
