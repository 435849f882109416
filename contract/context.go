package contract

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// Context is one call's view of the chain. Every effect goes through it and is
// charged, in gas, what the EVM charges for the same.
type Context struct {
	evm      *vm.EVM
	frame    *vm.Contract
	readOnly bool
}

// Caller is the account that called.
func (c *Context) Caller() common.Address { return c.frame.Caller() }

// Origin is the account that signed the transaction.
func (c *Context) Origin() common.Address { return c.evm.Origin }

// Address is the contract's own.
func (c *Context) Address() common.Address { return c.frame.Address() }

// Value is the amount that came with the call, in wei.
func (c *Context) Value() *uint256.Int {
	if value := c.frame.Value(); value != nil {
		return value.Clone()
	}
	return new(uint256.Int)
}

// BlockNumber is the height of the block being executed.
func (c *Context) BlockNumber() uint64 { return c.evm.Context.BlockNumber.Uint64() }

// Time is the block's time, in seconds since 1970.
func (c *Context) Time() uint64 { return c.evm.Context.Time }

// ChainID is the EVM chain id.
func (c *Context) ChainID() *big.Int { return new(big.Int).Set(c.evm.ChainConfig().ChainID) }

// ReadOnly reports whether the call must not write.
func (c *Context) ReadOnly() bool { return c.readOnly }

// GasLeft is what the call may still spend, in gas.
func (c *Context) GasLeft() uint64 { return c.frame.Gas }

// Charge pays for work, in gas.
func (c *Context) Charge(gas uint64) error {
	if !c.frame.UseGas(gas, c.evm.Config.Tracer, tracing.GasChangeCallPrecompiledContract) {
		return vm.ErrOutOfGas
	}
	return nil
}

// Load reads a storage slot (EIP-2929: 2,100 gas cold, 100 warm).
func (c *Context) Load(slot common.Hash) (common.Hash, error) {
	cost := params.WarmStorageReadCostEIP2929
	if _, warm := c.evm.StateDB.SlotInAccessList(c.Address(), slot); !warm {
		c.evm.StateDB.AddSlotToAccessList(c.Address(), slot)
		cost = params.ColdSloadCostEIP2929
	}
	if err := c.Charge(cost); err != nil {
		return common.Hash{}, err
	}
	return c.evm.StateDB.GetState(c.Address(), slot), nil
}

// Store writes a storage slot at SSTORE's price and refunds (EIP-2200, 2929,
// 3529).
func (c *Context) Store(slot, value common.Hash) error {
	if c.readOnly {
		return ErrWriteProtection
	}
	if c.frame.Gas <= params.SstoreSentryGasEIP2200 {
		return vm.ErrOutOfGas
	}
	if err := c.Charge(c.storeGas(slot, value)); err != nil {
		return err
	}
	c.evm.StateDB.SetState(c.Address(), slot, value)
	return nil
}

// storeGas is SSTORE's price; it also books the refund.
func (c *Context) storeGas(slot, value common.Hash) uint64 {
	var (
		db                = c.evm.StateDB
		current, original = db.GetStateAndCommittedState(c.Address(), slot)
		none              common.Hash
		cost              uint64
	)
	if _, warm := db.SlotInAccessList(c.Address(), slot); !warm {
		db.AddSlotToAccessList(c.Address(), slot)
		cost = params.ColdSloadCostEIP2929
	}
	const reset = params.SstoreResetGasEIP2200 - params.ColdSloadCostEIP2929
	switch {
	case current == value:
		return cost + params.WarmStorageReadCostEIP2929
	case original == current && original == none:
		return cost + params.SstoreSetGasEIP2200
	case original == current:
		if value == none {
			db.AddRefund(params.SstoreClearsScheduleRefundEIP3529)
		}
		return cost + reset
	}
	if original != none {
		if current == none {
			db.SubRefund(params.SstoreClearsScheduleRefundEIP3529)
		} else if value == none {
			db.AddRefund(params.SstoreClearsScheduleRefundEIP3529)
		}
	}
	if original == value {
		if original == none {
			db.AddRefund(params.SstoreSetGasEIP2200 - params.WarmStorageReadCostEIP2929)
		} else {
			db.AddRefund(reset - params.WarmStorageReadCostEIP2929)
		}
	}
	return cost + params.WarmStorageReadCostEIP2929
}

// Log emits an event at LOG's price.
func (c *Context) Log(topics []common.Hash, data []byte) error {
	if c.readOnly {
		return ErrWriteProtection
	}
	if err := c.Charge(params.LogGas + uint64(len(topics))*params.LogTopicGas + uint64(len(data))*params.LogDataGas); err != nil {
		return err
	}
	c.evm.StateDB.AddLog(&types.Log{
		Address:     c.Address(),
		Topics:      topics,
		Data:        common.CopyBytes(data),
		BlockNumber: c.BlockNumber(),
	})
	return nil
}

// Call calls another contract with at most the given gas (and at most 63/64 of
// what is left, EIP-150). In a read-only context it is a static call. A callee
// that reverts gives vm.ErrExecutionReverted and its return data.
func (c *Context) Call(to common.Address, input []byte, value *uint256.Int, gas uint64) (output []byte, err error) {
	if value == nil {
		value = new(uint256.Int)
	}
	if c.readOnly && !value.IsZero() {
		return nil, ErrWriteProtection
	}
	if err := c.Charge(c.callGas(to, value)); err != nil {
		return nil, err
	}
	gas = min(gas, c.frame.Gas-c.frame.Gas/64)
	if err := c.Charge(gas); err != nil {
		return nil, err
	}
	if !value.IsZero() {
		gas += params.CallStipend
	}
	var left uint64
	if c.readOnly {
		output, left, err = c.evm.StaticCall(c.Address(), to, input, gas)
	} else {
		output, left, err = c.evm.Call(c.Address(), to, input, gas, value)
	}
	c.frame.RefundGas(left, c.evm.Config.Tracer, tracing.GasChangeCallLeftOverRefunded)
	return output, err
}

// callGas is CALL's price before the gas that is passed on.
func (c *Context) callGas(to common.Address, value *uint256.Int) uint64 {
	cost := params.WarmStorageReadCostEIP2929
	if !c.evm.StateDB.AddressInAccessList(to) {
		c.evm.StateDB.AddAddressToAccessList(to)
		cost = params.ColdAccountAccessCostEIP2929
	}
	if !value.IsZero() {
		cost += params.CallValueTransferGas
		if c.evm.StateDB.Empty(to) {
			cost += params.CallNewAccountGas
		}
	}
	return cost
}
