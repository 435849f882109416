package treasury

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

const (
	maxMemo = 256 // bytes
	maxPage = 100 // records that one call lists
)

// deposit records coins that have come with the call.
func (t *Treasury) deposit(ctx *contract.Context, memo string) error {
	if err := t.checkMemo(memo); err != nil {
		return err
	}
	t.emit.Received(ctx, ctx.Caller(), ctx.Value(), memo)
	return nil
}

// spend pays coins that are free of grants. The receiver's code does not run.
func (t *Treasury) spend(ctx *contract.Context, to common.Address, amountWei *uint256.Int, memo string) error {
	if err := t.check(ctx, to, amountWei, memo); err != nil {
		return err
	}
	if err := t.pay(ctx, to, amountWei); err != nil {
		return err
	}
	number := t.store.Spendings.Push(ctx, Spending{to, ctx.Time(), amountWei, memo})
	t.emit.Spent(ctx, uint256.NewInt(number), to, amountWei, memo)
	return nil
}

// check is what spending and granting have in common.
func (t *Treasury) check(ctx *contract.Context, to common.Address, amountWei *uint256.Int, memo string) error {
	if err := t.onlyGovernance(ctx); err != nil {
		return err
	}
	if to == (common.Address{}) || to == ctx.Address() {
		return t.fail.WrongReceiver(to)
	}
	if free := t.free(ctx); free.Lt(amountWei) {
		return t.fail.NotEnough(amountWei, free)
	}
	return t.checkMemo(memo)
}

func (t *Treasury) onlyGovernance(ctx *contract.Context) error {
	if ctx.Caller() != t.governance {
		return t.fail.OnlyGovernance(ctx.Caller())
	}
	return nil
}

func (t *Treasury) checkMemo(memo string) error {
	if len(memo) > maxMemo {
		return t.fail.MemoTooLong(uint256.NewInt(uint64(len(memo))), uint256.NewInt(maxMemo))
	}
	return nil
}

func (t *Treasury) pay(ctx *contract.Context, to common.Address, amountWei *uint256.Int) error {
	spent := t.store.Spent.Get(ctx)
	t.store.Spent.Set(ctx, *spent.Add(&spent, amountWei))
	return ctx.Transfer(to, amountWei)
}

// free is the balance less what grants are owed.
func (t *Treasury) free(ctx *contract.Context) *uint256.Int {
	balance, reserved := ctx.Balance(ctx.Address()), t.store.Reserved.Get(ctx)
	return balance.Sub(balance, &reserved)
}

func (t *Treasury) spendings(ctx *contract.Context, cursor, limit *uint256.Int) []Spending {
	return page(ctx, &t.store.Spendings, cursor, limit)
}

// page is a part of a list.
func page[T any](ctx *contract.Context, list *contract.Array[T], cursor, limit *uint256.Int) []T {
	if !cursor.IsUint64() {
		return nil
	}
	most := uint64(maxPage)
	if limit.LtUint64(most) {
		most = limit.Uint64()
	}
	return list.Slice(ctx, cursor.Uint64(), most)
}
