package contract

import (
	"bytes"
	"errors"
	"math"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// ErrNoBlock refuses a call where there is no block to execute it in.
var ErrNoBlock = errors.New("contracts can only be called inside a transaction")

// Code is a contract's code and its hash at EXTCODECOPY's price.
func (c *Context) Code(address common.Address) (code []byte, hash common.Hash) {
	c.chargeAccount(address)
	code = c.db.GetCode(address)
	c.Charge(wordsOf(uint64(len(code))) * params.CopyGas)
	return code, c.db.GetCodeHash(address)
}

// Call calls another contract with at most the given gas (and at most 63/64 of
// what is left, EIP-150). In a read-only context it is a static call. A callee
// that reverts gives vm.ErrExecutionReverted and its return data, and only its
// own effects are undone.
func (c *Context) Call(to common.Address, input []byte, value *uint256.Int, gas uint64) (output []byte, err error) {
	if value == nil {
		value = new(uint256.Int)
	}
	if c.evm == nil {
		return nil, ErrNoBlock
	}
	if !value.IsZero() {
		c.write()
	}
	c.chargeCall(to, value)
	gas = min(gas, c.frame.Gas-c.frame.Gas/64)
	c.Charge(gas)
	if !value.IsZero() {
		gas += params.CallStipend
	}
	var left uint64
	if c.readOnly {
		output, left, err = c.evm.StaticCall(c.address, to, input, gas)
	} else {
		output, left, err = c.evm.Call(c.address, to, input, gas, value)
	}
	c.frame.RefundGas(left, c.tracer(), tracing.GasChangeCallLeftOverRefunded)
	return output, err
}

// AllGas as Call's limit passes on what EIP-150 allows.
const AllGas = math.MaxUint64

// chargeCall charges CALL's price before the gas that is passed on.
func (c *Context) chargeCall(to common.Address, value *uint256.Int) {
	c.chargeAccount(to)
	if value.IsZero() {
		return
	}
	c.Charge(params.CallValueTransferGas)
	if c.db.Empty(to) {
		c.Charge(params.CallNewAccountGas)
	}
}

// chargeAccount charges for touching an account (EIP-2929).
func (c *Context) chargeAccount(address common.Address) {
	if c.free {
		return
	}
	cost := params.WarmStorageReadCostEIP2929
	if !c.db.AddressInAccessList(address) {
		c.db.AddAddressToAccessList(address)
		cost = params.ColdAccountAccessCostEIP2929
	}
	c.Charge(cost)
}

// Balance is an account's balance, in wei.
func (c *Context) Balance(address common.Address) *uint256.Int {
	c.chargeAccount(address)
	return c.db.GetBalance(address).Clone()
}

// Transfer moves wei of the contract's own to an account. It runs no code of
// the receiver's, so nothing can re-enter or refuse. An error tells that the
// contract's balance does not suffice.
func (c *Context) Transfer(to common.Address, amountWei *uint256.Int) error {
	c.write()
	c.chargeCall(to, amountWei)
	if c.db.GetBalance(c.address).Lt(amountWei) {
		return vm.ErrInsufficientBalance
	}
	c.db.SubBalance(c.address, amountWei, tracing.BalanceChangeTransfer)
	c.db.AddBalance(to, amountWei, tracing.BalanceChangeTransfer)
	return nil
}

// Mint creates wei on an account. Only protocol/supply calls it, where the
// ceiling is enforced.
func (c *Context) Mint(to common.Address, amountWei *uint256.Int) {
	c.write()
	c.chargeCall(to, amountWei)
	c.db.AddBalance(to, amountWei, tracing.BalanceIncreaseWithdrawal)
}

// Burn destroys wei of the contract's own. Only protocol/supply calls it, where
// what is burned is counted.
func (c *Context) Burn(amountWei *uint256.Int) error {
	c.write()
	c.chargeAccount(c.address)
	if c.db.GetBalance(c.address).Lt(amountWei) {
		return vm.ErrInsufficientBalance
	}
	c.db.SubBalance(c.address, amountWei, tracing.BalanceDecreaseSelfdestructBurn)
	return nil
}

// SetActive brings a Go contract to life at an address without code, or retires
// the one that lives there, from the next block on. It charges what creating an
// account with its code costs, either way. Storage and coins stay: the account's
// nonce keeps it from being empty. ok is false, and nothing happens, when other
// code is there. Only protocol/upgrade calls it.
func (c *Context) SetActive(address common.Address, active bool) (ok bool) {
	c.write()
	c.chargeAccount(address)
	c.Charge(params.CreateGas + params.CreateDataGas*uint64(len(Code)))
	present := c.db.GetCode(address)
	if len(present) > 0 && !bytes.Equal(present, Code) {
		return false
	}
	if c.db.GetNonce(address) == 0 {
		c.db.SetNonce(address, 1, tracing.NonceChangeNewContract)
	}
	var code []byte
	if active {
		code = Code
	}
	c.db.SetCode(address, code, tracing.CodeChangeContractCreation)
	return true
}
