package process

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/models"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// storage is the contract's state. Models are not in it: they are the code of
// accounts of their own.
type storage struct {
	models.Storage // slots 0 to 3

	Indices    contract.Map[common.Hash, uint32]      // place of a model in Models, from 1: slot 4
	Sources    contract.Map[common.Hash, common.Hash] // of models: slot 5
	Head       contract.Value[head]                   // slot 6
	Timers     contract.Index                         // instances by when they are due: slot 7
	Records    contract.Map[uint64, common.Hash]      // instances, see record: slot 8
	Sets       contract.Map[common.Hash, common.Hash] // see set: slot 9
	Variables  contract.Map[common.Hash, []byte]      // by instance, scope and variable: slot 10
	Broadcasts contract.Map[uint64, broadcast]        // signals that have not reached all: slot 11
}

// Slots whose contents the contract lays out itself.
var (
	recordsSlot = common.Hash{31: 8}
	setsSlot    = common.Hash{31: 9}
)

// head is one slot, so that a block in which nothing is due reads no more.
type head struct {
	Started       uint64 // instances
	Due           uint64 // when the first of Timers is, seconds since 1970
	First         uint64 // the first of Timers, 0 for none
	LastBroadcast uint64
}

const administrator = "administrator"

// everybody as the account of a role or task.
var everybody = common.BytesToAddress([]byte{
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
})

func recordSlot(ctx *contract.Context, id uint64) common.Hash {
	key := uint256.NewInt(id).Bytes32()
	return ctx.Hash(key[:], recordsSlot[:])
}

// accountOf is an instance's own account: no key and no code is behind it, only
// this contract.
func (p *Process) accountOf(ctx *contract.Context, id uint64) common.Address {
	address, number := p.Address(), uint256.NewInt(id).Bytes32()
	hash := ctx.Hash([]byte("cybermiles.process.instance"), address[:], number[:])
	return common.BytesToAddress(hash[12:])
}

// variables are the stored variables of an instance (machine.Store).
type variables struct {
	p   *Process
	ctx *contract.Context
	id  uint64
}

func (v variables) key(key machine.VariableKey) (word common.Hash) {
	binary.BigEndian.PutUint64(word[:], v.id)
	binary.BigEndian.PutUint32(word[24:], key.Scope)
	binary.BigEndian.PutUint32(word[28:], uint32(key.Variable))
	return word
}

// Variable implements machine.Store.
func (v variables) Variable(key machine.VariableKey) ([]byte, error) {
	data := v.p.store.Variables.Get(v.ctx, v.key(key))
	v.ctx.Charge(byteGas * uint64(len(data)))
	return data, nil
}

func (v variables) set(key machine.VariableKey, data []byte) {
	v.ctx.Charge(byteGas * uint64(len(data)))
	v.p.store.Variables.Set(v.ctx, v.key(key), data)
}

// timerKey is an instance's place among the timers.
func timerKey(due, id uint64) (key common.Hash) {
	binary.BigEndian.PutUint64(key[:], due)
	binary.BigEndian.PutUint64(key[8:], id)
	return key
}

// reschedule moves an instance among the timers; 0 is not being there.
func (p *Process) reschedule(ctx *contract.Context, id, before, after uint64) {
	if before == after {
		return
	}
	h := p.store.Head.Get(ctx)
	if before != 0 {
		p.store.Timers.Remove(ctx, timerKey(before, id))
	}
	if after != 0 {
		p.store.Timers.Insert(ctx, timerKey(after, id))
	}
	switch {
	case after != 0 && (h.First == 0 || after < h.Due || after == h.Due && id < h.First):
		h.Due, h.First = after, id
	case h.First == id:
		h.Due, h.First = 0, 0
		if key, ok := p.store.Timers.First(ctx, common.Hash{}); ok {
			h.Due, h.First = binary.BigEndian.Uint64(key[:]), binary.BigEndian.Uint64(key[8:])
		}
	default:
		return
	}
	p.store.Head.Set(ctx, h)
}
