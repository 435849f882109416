package staking

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// Owner is the account behind a validator's consensus address, the one that its
// blocks name as coinbase.
func (s *Staking) Owner(ctx *contract.Context, consensusAddress common.Address) (owner common.Address, ok bool) {
	ctx = ctx.At(s.Address())
	id := s.store.ByAddress.Get(ctx, consensusAddress)
	if id == 0 {
		return owner, false
	}
	return s.store.Standings.Get(ctx, id).Owner, true
}
