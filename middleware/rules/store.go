package rules

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state. Models are not in it: they are the code of
// accounts of their own.
type storage struct {
	Owners   contract.Map[string, common.Address]                 // of names: slot 0
	Versions contract.Nested[string, contract.Array[common.Hash]] // the models of a name, oldest first: slot 1
	Names    contract.Array[string]                               // keys of Owners: slot 2
	Models   contract.Array[common.Hash]                          // all that were deployed: slot 3
}

// Genesis is the contract's section of a genesis document.
type Genesis struct {
	Models []hexutil.Bytes `json:"models,omitempty"` // compiled
	Names  []Name          `json:"names,omitempty"`
}

// Name is a name and its versions.
type Name struct {
	Name   string         `json:"name"`
	Owner  common.Address `json:"owner"`
	Models []common.Hash  `json:"models"` // of its versions, oldest first
}

// Begin writes the state of a genesis.
func (r *Rules) Begin(ctx *contract.Context, genesis Genesis) error {
	for i, model := range genesis.Models {
		if _, err := r.keep(ctx, model); err != nil {
			return fmt.Errorf("model %d: %w", i, err)
		}
	}
	for _, name := range genesis.Names {
		if !validName(name.Name) || len(name.Models) == 0 || name.Owner == (common.Address{}) {
			return fmt.Errorf("name %q: a name has 1 to %d characters out of a-z, 0-9 and ./-_, an owner and a model", name.Name, maxName)
		}
		if r.store.Owners.Get(ctx, name.Name) != (common.Address{}) {
			return fmt.Errorf("name %q is there twice", name.Name)
		}
		for _, model := range name.Models {
			if !ctx.HasBlob(model) {
				return fmt.Errorf("name %q: the genesis has no model %s", name.Name, model)
			}
			r.add(ctx, name.Name, name.Owner, model)
		}
	}
	return nil
}

// Export gives the state as a genesis.
func (r *Rules) Export(ctx *contract.Context) (genesis Genesis) {
	for i := range r.store.Models.Len(ctx) {
		model, _ := ctx.Blob(r.store.Models.Get(ctx, i)) // what is listed is there
		genesis.Models = append(genesis.Models, model)
	}
	for i := range r.store.Names.Len(ctx) {
		name := r.store.Names.Get(ctx, i)
		versions := r.store.Versions.At(ctx, name)
		genesis.Names = append(genesis.Names, Name{name, r.store.Owners.Get(ctx, name), versions.Slice(ctx, 0, versions.Len(ctx))})
	}
	return genesis
}
