package rpc

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
)

// AccountOverride replaces parts of one account for the length of a call.
// State replaces the whole storage, StateDiff single slots.
type AccountOverride struct {
	Nonce            *hexutil.Uint64             `json:"nonce"`
	Code             *hexutil.Bytes              `json:"code"`
	Balance          *hexutil.Big                `json:"balance"`
	State            map[common.Hash]common.Hash `json:"state"`
	StateDiff        map[common.Hash]common.Hash `json:"stateDiff"`
	MovePrecompileTo *common.Address             `json:"movePrecompileToAddress"`
}

// StateOverride is a set of overridden accounts.
type StateOverride map[common.Address]AccountOverride

// apply writes the overrides into s and changes the set of precompiles, from
// which an overridden address disappears.
func (o StateOverride) apply(s *state.StateDB, precompiles vm.PrecompiledContracts) error {
	if len(o) == 0 {
		return nil
	}
	moved := make(map[common.Address]bool)
	for _, addr := range slices.SortedFunc(maps.Keys(o), common.Address.Cmp) {
		account := o[addr]
		if moved[addr] {
			return fmt.Errorf("account %s has already been overridden by a precompile", addr.Hex())
		}
		p, isPrecompile := precompiles[addr]
		if to := account.MovePrecompileTo; to != nil {
			if !isPrecompile {
				return fmt.Errorf("account %s is not a precompile", addr.Hex())
			}
			if _, overridden := o[*to]; overridden {
				return fmt.Errorf("account %s is already overridden", to.Hex())
			}
			precompiles[*to] = p
			moved[*to] = true
		}
		if isPrecompile {
			delete(precompiles, addr)
		}
		if err := account.apply(s, addr); err != nil {
			return err
		}
	}
	// The overrides must look like the work of an earlier transaction.
	s.Finalise(false)
	return nil
}

func (a *AccountOverride) apply(s *state.StateDB, addr common.Address) error {
	if a.Nonce != nil {
		s.SetNonce(addr, uint64(*a.Nonce), tracing.NonceChangeUnspecified)
	}
	if a.Code != nil {
		s.SetCode(addr, *a.Code, tracing.CodeChangeUnspecified)
	}
	if a.Balance != nil {
		balance, _ := uint256.FromBig(a.Balance.ToInt())
		s.SetBalance(addr, balance, tracing.BalanceChangeUnspecified)
	}
	if a.State != nil && a.StateDiff != nil {
		return fmt.Errorf("account %s has both 'state' and 'stateDiff'", addr.Hex())
	}
	if a.State != nil {
		s.SetStorage(addr, a.State)
	}
	for key, value := range a.StateDiff {
		s.SetState(addr, key, value)
	}
	return nil
}

// BlockOverrides replaces fields of the block in which a call runs.
type BlockOverrides struct {
	Number        *hexutil.Big
	Difficulty    *hexutil.Big // without effect: the chain has no proof of work
	Time          *hexutil.Uint64
	GasLimit      *hexutil.Uint64
	FeeRecipient  *common.Address
	PrevRandao    *common.Hash
	BaseFeePerGas *hexutil.Big
	BlobBaseFee   *hexutil.Big
	BeaconRoot    *common.Hash
	Withdrawals   *types.Withdrawals
}

// apply writes the overrides into the context of a single call.
func (o *BlockOverrides) apply(c *vm.BlockContext) error {
	if o == nil {
		return nil
	}
	if o.BeaconRoot != nil {
		return errors.New(`block override "beaconRoot" is not supported for this RPC method`)
	}
	if o.Withdrawals != nil {
		return errors.New(`block override "withdrawals" is not supported for this RPC method`)
	}
	set(&c.BlockNumber, (*big.Int)(o.Number))
	set(&c.Difficulty, (*big.Int)(o.Difficulty))
	setValue(&c.Time, (*uint64)(o.Time))
	setValue(&c.GasLimit, (*uint64)(o.GasLimit))
	setValue(&c.Coinbase, o.FeeRecipient)
	set(&c.Random, o.PrevRandao)
	set(&c.BaseFee, (*big.Int)(o.BaseFeePerGas))
	set(&c.BlobBaseFee, (*big.Int)(o.BlobBaseFee))
	return nil
}

// header returns a copy of h with the overrides that a header has.
func (o *BlockOverrides) header(h *types.Header) *types.Header {
	h = types.CopyHeader(h)
	set(&h.Number, (*big.Int)(o.Number))
	set(&h.Difficulty, (*big.Int)(o.Difficulty))
	setValue(&h.Time, (*uint64)(o.Time))
	setValue(&h.GasLimit, (*uint64)(o.GasLimit))
	setValue(&h.Coinbase, o.FeeRecipient)
	setValue(&h.MixDigest, o.PrevRandao)
	set(&h.BaseFee, (*big.Int)(o.BaseFeePerGas))
	return h
}

func set[T any](field **T, v *T) {
	if v != nil {
		*field = v
	}
}

func setValue[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}
