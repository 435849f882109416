package devchain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/holiman/uint256"
)

// SetBalance sets an account's balance, in wei.
func (c *Chain) SetBalance(account common.Address, wei *uint256.Int) error {
	return c.change(func(s *state.StateDB) error {
		s.SetBalance(account, wei, tracing.BalanceChangeUnspecified)
		return nil
	})
}

// SetNonce sets an account's next nonce; it can only rise.
func (c *Chain) SetNonce(account common.Address, nonce uint64) error {
	return c.change(func(s *state.StateDB) error {
		if old := s.GetNonce(account); nonce < old {
			return fmt.Errorf("new nonce (%d) must not be smaller than the existing nonce (%d)", nonce, old)
		}
		s.SetNonce(account, nonce, tracing.NonceChangeUnspecified)
		return nil
	})
}

// SetCode sets an account's code.
func (c *Chain) SetCode(account common.Address, code []byte) error {
	return c.change(func(s *state.StateDB) error {
		s.SetCode(account, code, tracing.CodeChangeUnspecified)
		return nil
	})
}

// SetStorage sets one storage slot.
func (c *Chain) SetStorage(account common.Address, slot, value common.Hash) error {
	return c.change(func(s *state.StateDB) error {
		s.SetState(account, slot, value)
		return nil
	})
}

// change replaces the state after the head by a changed copy.
func (c *Chain) change(f func(*state.StateDB) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	statedb, err := c.ledger.StateAt(c.ledger.Head().Header())
	if err != nil {
		return err
	}
	if err := f(statedb); err != nil {
		return err
	}
	if err := c.ledger.ReplaceState(statedb); err != nil {
		return err
	}
	return c.reset()
}
