package rules

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
)

// deploy verifies a model and keeps it.
func (r *Rules) deploy(ctx *contract.Context, model []byte) (common.Hash, error) {
	return r.keep(ctx, model)
}

func (r *Rules) keep(ctx *contract.Context, model []byte) (common.Hash, error) {
	decoded, err := decode(ctx, model)
	if err != nil {
		return common.Hash{}, r.fail.BadModel()
	}
	before := ctx.HasBlob(blobHash(ctx, model))
	hash, ok := ctx.StoreBlob(model)
	if !ok {
		return hash, r.fail.AddressTaken(hash)
	}
	r.models.put(hash, decoded, len(model))
	if !before {
		r.store.Models.Push(ctx, hash)
		r.emit.Deployed(ctx, hash, ctx.Caller(), uint32(len(model)))
	}
	return hash, nil
}

func blobHash(ctx *contract.Context, content []byte) common.Hash {
	return ctx.Hash(contract.Code, content)
}

// decode verifies a model and makes it ready to run, at a price that follows its
// size.
func decode(ctx *contract.Context, model []byte) (*dmn.Model, error) {
	ctx.Charge(decodeGas(len(model)))
	return dmn.Decode(model)
}

// model is a deployed model. What it costs does not depend on whether this node
// has it in memory.
func (r *Rules) model(ctx *contract.Context, hash common.Hash) (*dmn.Model, error) {
	content, ok := ctx.Blob(hash)
	if !ok {
		return nil, r.fail.NotDeployed(hash)
	}
	ctx.Charge(decodeGas(len(content)))
	if model := r.models.get(hash); model != nil {
		return model, nil
	}
	model, err := dmn.Decode(content)
	if err != nil {
		return nil, r.fail.NotDeployed(hash) // some other contract's bytes
	}
	r.models.put(hash, model, len(content))
	return model, nil
}

func (r *Rules) isDeployed(ctx *contract.Context, model common.Hash) bool { return ctx.HasBlob(model) }
