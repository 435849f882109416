package treasury

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

const (
	maxDuration = 10 * 365 * 86_400 // seconds
	maxStart    = 1 << 40           // seconds since 1970, far beyond any plan
)

// grant sets free coins aside for a beneficiary.
func (t *Treasury) grant(
	ctx *contract.Context, beneficiary common.Address, amountWei *uint256.Int, start, duration uint64, memo string,
) (*uint256.Int, error) {
	if err := t.check(ctx, beneficiary, amountWei, memo); err != nil {
		return nil, err
	}
	if amountWei.IsZero() || duration == 0 || duration > maxDuration || start > maxStart {
		return nil, t.fail.WrongGrant(amountWei, duration)
	}
	if start == 0 {
		start = ctx.Time()
	}
	t.reserve(ctx, amountWei)
	number := uint256.NewInt(t.store.Grants.Push(ctx, Grant{beneficiary, amountWei, new(uint256.Int), start, duration, memo}))
	t.emit.Granted(ctx, number, beneficiary, amountWei, start, duration, memo)
	return number, nil
}

// payGrant pays what is payable to the beneficiary, whoever asks.
func (t *Treasury) payGrant(ctx *contract.Context, number *uint256.Int) (*uint256.Int, error) {
	g, err := t.find(ctx, number)
	if err != nil {
		return nil, err
	}
	amountWei := g.payable(ctx.Time())
	if amountWei.IsZero() {
		return nil, t.fail.NothingPayable(number)
	}
	if err := t.advance(ctx, number, &g, amountWei); err != nil {
		return nil, err
	}
	t.store.Grants.Set(ctx, number.Uint64(), g)
	return amountWei, nil
}

// endGrant pays what is payable and cuts the grant off there.
func (t *Treasury) endGrant(ctx *contract.Context, number *uint256.Int) error {
	if err := t.onlyGovernance(ctx); err != nil {
		return err
	}
	g, err := t.find(ctx, number)
	if err != nil {
		return err
	}
	if g.owed().IsZero() {
		return t.fail.NothingPayable(number)
	}
	if amountWei := g.payable(ctx.Time()); !amountWei.IsZero() {
		if err := t.advance(ctx, number, &g, amountWei); err != nil {
			return err
		}
	}
	kept := g.owed()
	g.AmountWei = g.PaidWei
	t.release(ctx, kept)
	t.store.Grants.Set(ctx, number.Uint64(), g)
	t.emit.GrantEnded(ctx, number, kept)
	return nil
}

// advance pays a part of a grant; the caller writes the grant.
func (t *Treasury) advance(ctx *contract.Context, number *uint256.Int, g *Grant, amountWei *uint256.Int) error {
	g.PaidWei = new(uint256.Int).Add(g.PaidWei, amountWei)
	t.release(ctx, amountWei)
	t.emit.GrantPaid(ctx, number, g.Beneficiary, amountWei)
	return t.pay(ctx, g.Beneficiary, amountWei)
}

func (t *Treasury) reserve(ctx *contract.Context, amountWei *uint256.Int) {
	reserved := t.store.Reserved.Get(ctx)
	t.store.Reserved.Set(ctx, *reserved.Add(&reserved, amountWei))
}

func (t *Treasury) release(ctx *contract.Context, amountWei *uint256.Int) {
	reserved := t.store.Reserved.Get(ctx)
	t.store.Reserved.Set(ctx, *reserved.Sub(&reserved, amountWei))
}

func (t *Treasury) find(ctx *contract.Context, number *uint256.Int) (Grant, error) {
	if !number.IsUint64() || number.Uint64() >= t.store.Grants.Len(ctx) {
		return Grant{}, t.fail.NoSuchGrant(number)
	}
	return t.store.Grants.Get(ctx, number.Uint64()), nil
}

// owed is what has not been paid, in wei.
func (g *Grant) owed() *uint256.Int { return new(uint256.Int).Sub(g.AmountWei, g.PaidWei) }

// payable is what could be paid at a time: the share of the duration that has
// gone by, rounded down, less what has been paid. An amount is below 2^128, a
// duration below 2^32.
func (g *Grant) payable(now uint64) *uint256.Int {
	if now <= g.StartTime {
		return new(uint256.Int)
	}
	due := new(uint256.Int).Mul(g.AmountWei, uint256.NewInt(min(now-g.StartTime, g.DurationSeconds)))
	due.Div(due, uint256.NewInt(g.DurationSeconds))
	if due.Lt(g.PaidWei) {
		return new(uint256.Int) // it was ended
	}
	return due.Sub(due, g.PaidWei)
}

func (t *Treasury) payableWei(ctx *contract.Context, number *uint256.Int) (*uint256.Int, error) {
	g, err := t.find(ctx, number)
	if err != nil {
		return nil, err
	}
	return g.payable(ctx.Time()), nil
}

func (t *Treasury) grants(ctx *contract.Context, cursor, limit *uint256.Int) []Grant {
	return page(ctx, &t.store.Grants, cursor, limit)
}
