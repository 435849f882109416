package authority

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

func (a *Authority) administers(ctx *contract.Context) error {
	if caller := ctx.Caller(); caller != a.governance && (caller == common.Address{} || caller != a.store.Head.Get(ctx).Administrator) {
		return a.fail.NotAdministrator()
	}
	return nil
}

// member is a validator that was not removed.
func (a *Authority) member(ctx *contract.Context, id uint64) (record, error) {
	r := a.store.Records.Get(ctx, id)
	if r.Power == 0 {
		return r, a.fail.ValidatorMissing(id)
	}
	return r, nil
}

// addValidator adds a validator from the next block on.
func (a *Authority) addValidator(ctx *contract.Context, account common.Address, key common.Hash, power uint64, name string) (uint64, error) {
	if err := a.administers(ctx); err != nil {
		return 0, err
	}
	if power == 0 {
		return 0, a.fail.PowerInvalid(maxPower)
	}
	id, err := a.add(ctx, record{Account: account, Key: key, Power: power, Name: name, Since: ctx.Time()})
	if err != nil {
		return 0, err
	}
	a.change(ctx)
	a.emit.ValidatorAdded(ctx, id, account, name)
	return id, nil
}

// add writes a new record; one without power was removed and is only kept.
func (a *Authority) add(ctx *contract.Context, r record) (id uint64, err error) {
	switch {
	case r.Power > maxPower || (r.Power == 0) != (r.Until != 0):
		return 0, a.fail.PowerInvalid(maxPower)
	case len(r.Name) > maxName:
		return 0, a.fail.NameTooLong(maxName)
	case r.Power > 0 && a.store.Members.Len(ctx) >= maxValidators:
		return 0, a.fail.TooManyValidators(maxValidators)
	}
	h := a.store.Head.Get(ctx)
	h.Last++
	id = h.Last
	if err := a.takeKey(ctx, id, r.Key); err != nil {
		return 0, err
	}
	if r.Power > 0 {
		if other := a.store.ByAccount.Get(ctx, r.Account); other != 0 {
			return 0, a.fail.AccountTaken(other)
		}
		a.store.ByAccount.Set(ctx, r.Account, id)
		a.store.Members.Push(ctx, id)
	}
	a.store.Head.Set(ctx, h)
	a.store.Records.Set(ctx, id, r)
	return id, nil
}

// takeKey gives a consensus key to a validator for good.
func (a *Authority) takeKey(ctx *contract.Context, id uint64, key common.Hash) error {
	if key == (common.Hash{}) {
		return a.fail.KeyInvalid()
	}
	ctx.Charge(sha256Gas)
	address := ConsensusAddress(key)
	if other := a.store.ByAddress.Get(ctx, address); other != 0 {
		return a.fail.KeyTaken(other)
	}
	a.store.ByAddress.Set(ctx, address, id)
	used := a.store.UsedKeys.At(ctx, id)
	used.Push(ctx, key)
	return nil
}

// change has the next block tell consensus.
func (a *Authority) change(ctx *contract.Context) {
	h := a.store.Head.Get(ctx)
	h.Changed = true
	a.store.Head.Set(ctx, h)
}

func (a *Authority) setPower(ctx *contract.Context, id, power uint64) error {
	if err := a.administers(ctx); err != nil {
		return err
	}
	r, err := a.member(ctx, id)
	if err != nil {
		return err
	}
	if power == 0 || power > maxPower {
		return a.fail.PowerInvalid(maxPower)
	}
	r.Power = power
	a.store.Records.Set(ctx, id, r)
	a.change(ctx)
	return nil
}

// removeValidator removes a validator, after the fees so far were paid out.
func (a *Authority) removeValidator(ctx *contract.Context, id uint64) error {
	if err := a.administers(ctx); err != nil {
		return err
	}
	r, err := a.member(ctx, id)
	if err != nil {
		return err
	}
	n := a.store.Members.Len(ctx)
	if n == 1 {
		return a.fail.LastValidator()
	}
	if err := a.payFees(ctx); err != nil {
		return err
	}
	last := a.store.Members.Get(ctx, n-1)
	for i := range n {
		if a.store.Members.Get(ctx, i) == id {
			a.store.Members.Set(ctx, i, last)
			break
		}
	}
	a.store.Members.Pop(ctx)
	r.Power, r.Until = 0, ctx.Time()
	a.store.Records.Set(ctx, id, r)
	a.store.ByAccount.Delete(ctx, r.Account)
	a.change(ctx)
	a.emit.ValidatorRemoved(ctx, id)
	return nil
}

func (a *Authority) rotateKey(ctx *contract.Context, id uint64, key common.Hash) error {
	r, err := a.member(ctx, id)
	if err != nil {
		return err
	}
	if ctx.Caller() != r.Account {
		if err := a.administers(ctx); err != nil {
			return err
		}
	}
	if err := a.takeKey(ctx, id, key); err != nil {
		return err
	}
	r.Key = key
	a.store.Records.Set(ctx, id, r)
	a.change(ctx)
	return nil
}

func (a *Authority) setAdministrator(ctx *contract.Context, administrator common.Address) error {
	if err := a.administers(ctx); err != nil {
		return err
	}
	h := a.store.Head.Get(ctx)
	h.Administrator = administrator
	a.store.Head.Set(ctx, h)
	a.emit.AdministratorChanged(ctx, administrator)
	return nil
}
