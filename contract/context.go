package contract

import (
	"math"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// Context is one call's view of the chain. Every effect goes through it and is
// charged, in gas, what the EVM charges for the same. When the gas does not
// suffice, or a read-only call writes, the method ends there and then: what it
// did is undone, and it need not look for errors.
type Context struct {
	db       vm.StateDB
	evm      *vm.EVM // nil outside a block, see Open
	frame    *vm.Contract
	address  common.Address // whose storage, logs and coins
	readOnly bool
	free     bool // outside a transaction: no gas, no access list, no refunds
	block    BlockInfo
	chainID  *big.Int
}

// BlockInfo is the block a context is of.
type BlockInfo struct {
	Number uint64
	Time   uint64 // seconds since 1970
}

// Open is a context outside of any transaction: genesis writes through it, and
// consensus, the pool and tools read. It costs no gas and cannot call.
func Open(db vm.StateDB, config *params.ChainConfig, block BlockInfo) *Context {
	frame := vm.NewPrecompile(params.SystemAddress, common.Address{}, new(uint256.Int), math.MaxUint64)
	return &Context{db: db, frame: frame, block: block, chainID: config.ChainID, free: true}
}

// OpenAt is Open in the block of a header.
func OpenAt(db vm.StateDB, config *params.ChainConfig, header *types.Header) *Context {
	return Open(db, config, BlockInfo{Number: header.Number.Uint64(), Time: header.Time})
}

// At is the same call's view as another Go contract: its storage, its logs, its
// coins. Go contracts reach each other's Go methods this way, inside one call
// and at the cost of what they touch.
func (c *Context) At(address common.Address) *Context {
	at := *c
	at.address = address
	return &at
}

// View is the same context without the right to write.
func (c *Context) View() *Context {
	view := *c
	view.readOnly = true
	return &view
}

// Unmetered is the same context without the right to write and without gas: for
// filling a cache whose price the contract charges by itself, on every node
// alike.
func (c *Context) Unmetered() *Context {
	view := *c
	view.readOnly, view.free = true, true
	return &view
}

// Caller is the account that called.
func (c *Context) Caller() common.Address { return c.frame.Caller() }

// Origin is the account that signed the transaction.
func (c *Context) Origin() common.Address {
	if c.evm == nil {
		return c.Caller()
	}
	return c.evm.Origin
}

// Address is the contract's own.
func (c *Context) Address() common.Address { return c.address }

// Value is the amount that came with the call, in wei.
func (c *Context) Value() *uint256.Int {
	if value := c.frame.Value(); value != nil {
		return value.Clone()
	}
	return new(uint256.Int)
}

// BlockNumber is the height of the block being executed.
func (c *Context) BlockNumber() uint64 { return c.block.Number }

// Time is the block's time, in seconds since 1970.
func (c *Context) Time() uint64 { return c.block.Time }

// BaseFee is the block's base fee, in wei per gas; zero outside a block and where
// a call is only tried out at no price.
func (c *Context) BaseFee() *uint256.Int {
	if c.evm == nil || c.evm.Context.BaseFee == nil {
		return new(uint256.Int)
	}
	return uint256.MustFromBig(c.evm.Context.BaseFee)
}

// ChainID is the EVM chain id.
func (c *Context) ChainID() *big.Int { return new(big.Int).Set(c.chainID) }

// ReadOnly reports whether the call must not write.
func (c *Context) ReadOnly() bool { return c.readOnly }

// GasLeft is what the call may still spend, in gas.
func (c *Context) GasLeft() uint64 { return c.frame.Gas }

// Charge pays for work, in gas.
func (c *Context) Charge(gas uint64) {
	if c.free {
		return
	}
	if !c.frame.UseGas(gas, c.tracer(), tracing.GasChangeCallPrecompiledContract) {
		panic(abort{vm.ErrOutOfGas})
	}
}

func (c *Context) tracer() *tracing.Hooks {
	if c.evm == nil {
		return nil
	}
	return c.evm.Config.Tracer
}

// abort ends a method from within. Dispatch recovers it; nothing else panics
// with it.
type abort struct{ err error }

func (c *Context) write() {
	if c.readOnly {
		panic(abort{ErrWriteProtection})
	}
}

// Load reads a storage slot (EIP-2929: 2,100 gas cold, 100 warm).
func (c *Context) Load(slot common.Hash) common.Hash {
	if c.free {
		return c.db.GetState(c.address, slot)
	}
	cost := params.WarmStorageReadCostEIP2929
	if _, warm := c.db.SlotInAccessList(c.address, slot); !warm {
		c.db.AddSlotToAccessList(c.address, slot)
		cost = params.ColdSloadCostEIP2929
	}
	c.Charge(cost)
	return c.db.GetState(c.address, slot)
}

// Store writes a storage slot at SSTORE's price and refunds (EIP-2200, 2929,
// 3529).
func (c *Context) Store(slot, value common.Hash) {
	c.write()
	if c.free {
		c.db.SetState(c.address, slot, value)
		return
	}
	if c.frame.Gas <= params.SstoreSentryGasEIP2200 {
		panic(abort{vm.ErrOutOfGas})
	}
	c.Charge(c.storeGas(slot, value))
	c.db.SetState(c.address, slot, value)
}

// Hash is Keccak-256 at KECCAK256's price.
func (c *Context) Hash(data ...[]byte) common.Hash {
	var size uint64
	for _, part := range data {
		size += uint64(len(part))
	}
	c.Charge(params.Keccak256Gas + wordsOf(size)*params.Keccak256WordGas)
	return crypto.Keccak256Hash(data...)
}

func wordsOf(size uint64) uint64 { return (size + 31) / 32 }

// storeGas is SSTORE's price; it also books the refund.
func (c *Context) storeGas(slot, value common.Hash) uint64 {
	var (
		db                = c.db
		current, original = db.GetStateAndCommittedState(c.address, slot)
		none              common.Hash
		cost              uint64
	)
	if _, warm := db.SlotInAccessList(c.address, slot); !warm {
		db.AddSlotToAccessList(c.address, slot)
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
func (c *Context) Log(topics []common.Hash, data []byte) {
	c.write()
	c.Charge(params.LogGas + uint64(len(topics))*params.LogTopicGas + uint64(len(data))*params.LogDataGas)
	c.db.AddLog(&types.Log{Address: c.address, Topics: topics, Data: data, BlockNumber: c.block.Number})
}
