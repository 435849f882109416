package supply

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Burn destroys coins of the contract that ctx is of, and counts them. An error
// tells that its balance does not suffice.
func (s *Supply) Burn(ctx *contract.Context, amountWei *uint256.Int) error {
	if err := ctx.Burn(amountWei); err != nil {
		return err
	}
	s.count(ctx.At(s.Address()), ctx.Address(), amountWei)
	return nil
}

// burn destroys the coins that came with the call.
func (s *Supply) burn(ctx *contract.Context) error {
	amountWei := ctx.Value()
	if amountWei.IsZero() {
		return s.fail.NothingToBurn()
	}
	if err := ctx.Burn(amountWei); err != nil {
		return err
	}
	s.count(ctx, ctx.Caller(), amountWei)
	return nil
}

func (s *Supply) count(ctx *contract.Context, from common.Address, amountWei *uint256.Int) {
	tally := s.store.Tally.Get(ctx)
	tally.BurnedWei.Add(&tally.BurnedWei, amountWei)
	s.store.Tally.Set(ctx, tally)
	s.emit.Burned(ctx, from, amountWei)
}
