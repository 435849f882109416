package rules

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// deploy verifies a model and keeps it.
func (r *Rules) deploy(ctx *contract.Context, model []byte) (common.Hash, error) {
	return r.keep(ctx, model)
}

func (r *Rules) keep(ctx *contract.Context, model []byte) (common.Hash, error) {
	ctx.Charge(preparationGas(model))
	ready, err := prepare(model)
	if err != nil {
		return common.Hash{}, r.fail.BadModel()
	}
	before := ctx.HasBlob(blobHash(ctx, model))
	hash, ok := ctx.StoreBlob(model)
	if !ok {
		return hash, r.fail.AddressTaken(hash)
	}
	r.ready.Put(hash, ready, len(model))
	if !before {
		r.store.Models.Push(ctx, hash)
		r.emit.Deployed(ctx, hash, ctx.Caller(), uint32(len(model)))
	}
	return hash, nil
}

func blobHash(ctx *contract.Context, content []byte) common.Hash {
	return ctx.Hash(contract.Code, content)
}

func (r *Rules) isDeployed(ctx *contract.Context, model common.Hash) bool { return ctx.HasBlob(model) }
