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

// remainsGas is enough for burnRemains, intrinsic gas not included.
const remainsGas = 60_000

// Due says whether there is something for burnRemains: the contract holds no
// coins of its own.
func (s *Supply) Due(ctx *contract.Context) (data []byte, gas uint64, ok bool) {
	if ctx.Balance(s.Address()).IsZero() {
		return nil, 0, false
	}
	data, err := contract.Pack(s, "burnRemains")
	return data, remainsGas, err == nil
}

// burnRemains burns the coins that contracts took with them, which the chain
// gave to this one.
func (s *Supply) burnRemains(ctx *contract.Context) error {
	amountWei := ctx.Balance(s.Address())
	if amountWei.IsZero() {
		return s.fail.NothingToBurn()
	}
	return s.Burn(ctx, amountWei)
}

func (s *Supply) count(ctx *contract.Context, from common.Address, amountWei *uint256.Int) {
	tally := s.store.Tally.Get(ctx)
	tally.BurnedWei.Add(&tally.BurnedWei, amountWei)
	s.store.Tally.Set(ctx, tally)
	s.emit.Burned(ctx, from, amountWei)
}
