package process

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// deploy verifies a model and keeps it.
func (p *Process) deploy(ctx *contract.Context, model []byte, source common.Hash) (common.Hash, error) {
	hash, fresh, err := p.keep(ctx, model, source)
	if err == nil && fresh {
		p.emit.Deployed(ctx, hash, ctx.Caller(), source, uint32(len(model)))
	}
	return hash, err
}

func (p *Process) keep(ctx *contract.Context, model []byte, source common.Hash) (hash common.Hash, fresh bool, err error) {
	ctx.Charge(modelGas * uint64(len(model)))
	hash = ctx.Hash(contract.Code, model)
	program, found := p.programs.Get(hash)
	if !found {
		if program, err = newProgram(hash, model); err != nil {
			return common.Hash{}, false, p.fail.BadModel()
		}
	}
	if _, ok := ctx.StoreBlob(model); !ok {
		return hash, false, p.fail.AddressTaken(hash)
	}
	p.programs.Put(hash, program, program.size)
	if p.isDeployed(ctx, hash) {
		return hash, false, nil
	}
	index := p.store.Models.Push(ctx, hash) + 1
	p.store.Indices.Set(ctx, hash, uint32(index))
	p.store.Sources.Set(ctx, hash, source)
	return hash, true, nil
}

func (p *Process) sourceOf(ctx *contract.Context, model common.Hash) (deployed bool, source common.Hash) {
	return p.isDeployed(ctx, model), p.store.Sources.Get(ctx, model)
}

func (p *Process) isDeployed(ctx *contract.Context, model common.Hash) bool {
	return p.store.Indices.Get(ctx, model) != 0
}
