// Package models is what middlewares share whose models are deployed once, as
// content-addressed code: the names under which people find a model's newest
// version, and a cache of models that are ready to run. It knows nothing of what
// a model is.
package models

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// MaxName is the most characters of a name.
const MaxName = 64

// Storage is the part of a contract's storage that a Registry keeps; embed it
// first.
type Storage struct {
	Owners   contract.Map[string, common.Address]                 // of names: slot 0
	Versions contract.Nested[string, contract.Array[common.Hash]] // the models of a name, oldest first: slot 1
	Names    contract.Array[string]                               // keys of Owners: slot 2
	Models   contract.Array[common.Hash]                          // all that were deployed: slot 3
}

// Events are a Registry's; embed them.
type Events struct {
	Published       func(ctx *contract.Context, model common.Hash, owner common.Address, version uint64, name string)
	NameTransferred func(ctx *contract.Context, from, to common.Address, name string)
}

// Errors are a Registry's; embed them.
type Errors struct {
	NotDeployed   func(model common.Hash) error
	BadName       func(name string) error
	NotOwner      func(name string, owner common.Address) error
	NoSuchVersion func(name string, version uint64) error
}

// Registry gives models names. Its methods are the contract's of the same names.
type Registry struct {
	*Storage
	Emit *Events
	Fail *Errors
	// IsDeployed reports whether the contract has a model.
	IsDeployed func(ctx *contract.Context, model common.Hash) bool
}

// Name is a name and its versions in a genesis document.
type Name struct {
	Name   string         `json:"name"`
	Owner  common.Address `json:"owner"`
	Models []common.Hash  `json:"models"` // of its versions, oldest first
}

func validName(name string) bool {
	return len(name) > 0 && len(name) <= MaxName && !strings.ContainsFunc(name, func(c rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_/", c)
	})
}

// Publish gives a name its next version, counted from 1. Whoever publishes a name
// first owns it.
func (r *Registry) Publish(ctx *contract.Context, name string, model common.Hash) (version uint64, err error) {
	if !validName(name) {
		return 0, r.Fail.BadName(name)
	}
	if owner := r.Owners.Get(ctx, name); owner != (common.Address{}) && owner != ctx.Caller() {
		return 0, r.Fail.NotOwner(name, owner)
	}
	if !r.IsDeployed(ctx, model) {
		return 0, r.Fail.NotDeployed(model)
	}
	version = r.add(ctx, name, ctx.Caller(), model)
	r.Emit.Published(ctx, model, ctx.Caller(), version, name)
	return version, nil
}

func (r *Registry) add(ctx *contract.Context, name string, owner common.Address, model common.Hash) (version uint64) {
	if r.Owners.Get(ctx, name) == (common.Address{}) {
		r.Owners.Set(ctx, name, owner)
		r.Names.Push(ctx, name)
	}
	versions := r.Versions.At(ctx, name)
	return versions.Push(ctx, model) + 1
}

// TransferName gives a name to another account.
func (r *Registry) TransferName(ctx *contract.Context, name string, to common.Address) error {
	owner := r.Owners.Get(ctx, name)
	switch {
	case owner != ctx.Caller():
		return r.Fail.NotOwner(name, owner)
	case to == (common.Address{}):
		return contract.Refuse("transferName: to is the zero address; a name cannot be given up")
	}
	r.Owners.Set(ctx, name, to)
	r.Emit.NameTransferred(ctx, owner, to, name)
	return nil
}

// Resolve is what a name stands for: its newest version, which is 0 when nobody
// has published it.
func (r *Registry) Resolve(ctx *contract.Context, name string) (owner common.Address, version uint64, model common.Hash) {
	versions := r.Versions.At(ctx, name)
	if version = versions.Len(ctx); version > 0 {
		model = versions.Get(ctx, version-1)
	}
	return r.Owners.Get(ctx, name), version, model
}

// VersionOf is the model of one version.
func (r *Registry) VersionOf(ctx *contract.Context, name string, version uint64) (common.Hash, error) {
	versions := r.Versions.At(ctx, name)
	if version == 0 || version > versions.Len(ctx) {
		return common.Hash{}, r.Fail.NoSuchVersion(name, version)
	}
	return versions.Get(ctx, version-1), nil
}

// Begin enters the names of a genesis whose models are there.
func (r *Registry) Begin(ctx *contract.Context, names []Name) error {
	for _, name := range names {
		if !validName(name.Name) || len(name.Models) == 0 || name.Owner == (common.Address{}) {
			return fmt.Errorf("name %q: a name has 1 to %d characters out of a-z, 0-9 and ./-_, an owner and a model", name.Name, MaxName)
		}
		if r.Owners.Get(ctx, name.Name) != (common.Address{}) {
			return fmt.Errorf("name %q is there twice", name.Name)
		}
		for _, model := range name.Models {
			if !r.IsDeployed(ctx, model) {
				return fmt.Errorf("name %q: the genesis has no model %s", name.Name, model)
			}
			r.add(ctx, name.Name, name.Owner, model)
		}
	}
	return nil
}

// Export gives the names as a genesis has them.
func (r *Registry) Export(ctx *contract.Context) (names []Name) {
	for i := range r.Names.Len(ctx) {
		name := r.Names.Get(ctx, i)
		versions := r.Versions.At(ctx, name)
		names = append(names, Name{name, r.Owners.Get(ctx, name), versions.Slice(ctx, 0, versions.Len(ctx))})
	}
	return names
}
