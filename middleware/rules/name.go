package rules

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// maxName is the most characters of a name.
const maxName = 64

func validName(name string) bool {
	return len(name) > 0 && len(name) <= maxName && !strings.ContainsFunc(name, func(c rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_/", c)
	})
}

// publish gives a name its next version.
func (r *Rules) publish(ctx *contract.Context, name string, model common.Hash) (uint64, error) {
	if !validName(name) {
		return 0, r.fail.BadName(name)
	}
	if owner := r.store.Owners.Get(ctx, name); owner != (common.Address{}) && owner != ctx.Caller() {
		return 0, r.fail.NotOwner(name, owner)
	}
	if !ctx.HasBlob(model) {
		return 0, r.fail.NotDeployed(model)
	}
	version := r.add(ctx, name, ctx.Caller(), model)
	r.emit.Published(ctx, model, ctx.Caller(), version, name)
	return version, nil
}

func (r *Rules) add(ctx *contract.Context, name string, owner common.Address, model common.Hash) (version uint64) {
	if r.store.Owners.Get(ctx, name) == (common.Address{}) {
		r.store.Owners.Set(ctx, name, owner)
		r.store.Names.Push(ctx, name)
	}
	versions := r.store.Versions.At(ctx, name)
	return versions.Push(ctx, model) + 1
}

// transferName gives a name to another account.
func (r *Rules) transferName(ctx *contract.Context, name string, to common.Address) error {
	owner := r.store.Owners.Get(ctx, name)
	switch {
	case owner != ctx.Caller():
		return r.fail.NotOwner(name, owner)
	case to == (common.Address{}):
		return contract.Refuse("rules.transferName: to is the zero address; a name cannot be given up")
	}
	r.store.Owners.Set(ctx, name, to)
	r.emit.NameTransferred(ctx, owner, to, name)
	return nil
}

// resolve is what a name stands for.
func (r *Rules) resolve(ctx *contract.Context, name string) (owner common.Address, version uint64, model common.Hash) {
	versions := r.store.Versions.At(ctx, name)
	if version = versions.Len(ctx); version > 0 {
		model = versions.Get(ctx, version-1)
	}
	return r.store.Owners.Get(ctx, name), version, model
}

// versionOf is the model of one version.
func (r *Rules) versionOf(ctx *contract.Context, name string, version uint64) (common.Hash, error) {
	versions := r.store.Versions.At(ctx, name)
	if version == 0 || version > versions.Len(ctx) {
		return common.Hash{}, r.fail.NoSuchVersion(name, version)
	}
	return versions.Get(ctx, version-1), nil
}
