package contract

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// variable is a storage variable: it takes its place when a contract is built.
type variable interface {
	// place takes the next place of the layout; tag is the field's `sol` tag.
	place(l *layout, tag string) error
}

// layout hands out places as Solidity does: in order, small values of
// neighbouring fields packed into one slot, lowest byte first.
type layout struct {
	slot   uint256.Int
	offset int // bytes of the slot that are taken
}

// take reserves room for one value of a cell.
func (l *layout) take(c *cell) (slot common.Hash, offset int) {
	if c.size == 0 || l.offset+c.size > wordSize {
		l.align()
	}
	slot, offset = l.slot.Bytes32(), l.offset
	if c.size == 0 {
		l.slot.AddUint64(&l.slot, c.slots)
	} else {
		l.offset += c.size
	}
	return slot, offset
}

// align goes on to a slot of which nothing is taken.
func (l *layout) align() {
	if l.offset > 0 {
		l.slot.AddUint64(&l.slot, 1)
		l.offset = 0
	}
}

// Layout gives the variables of a struct their places by Solidity's layout
// rules, as if the struct's fields were a contract's state variables and its
// embedded structs were base contracts. A field's tag `sol:"uint128"` narrows a
// 256-bit integer to the named type.
func Layout(storage any) error {
	v := reflect.ValueOf(storage)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("storage: %T is not a pointer to a struct", storage)
	}
	var (
		l      layout
		faults []error
	)
	for field, value := range fields(v.Elem()) {
		if !field.IsExported() {
			faults = append(faults, fmt.Errorf("storage %s: export the field", field.Name))
			continue
		}
		placed, ok := value.Addr().Interface().(variable)
		if !ok {
			faults = append(faults, fmt.Errorf("storage %s: %s is not a storage variable; wrap it in contract.Value", field.Name, field.Type))
			continue
		}
		if err := placed.place(&l, field.Tag.Get("sol")); err != nil {
			faults = append(faults, fmt.Errorf("storage %s: %w", field.Name, err))
		}
	}
	return errors.Join(faults...)
}

// A cell reads and writes one Go type at a place in storage.
type cell struct {
	size  int    // bytes, when values share a slot; 0 when the type takes whole slots
	slots uint64 // slots, when size is 0
	load  func(p *page, slot common.Hash, offset int, to reflect.Value)
	store func(p *page, slot common.Hash, offset int, from reflect.Value)
}

// cellOf makes the cell of a Go type.
//
//	bool, uint8 … uint64, int8 … int64   1 to 8 bytes
//	common.Address, [N]byte              20, N bytes
//	uint256.Int, *uint256.Int            32 bytes, fewer by tag
//	string, []byte                       one slot, the content elsewhere when it is long
//	[]T                                  one slot, the elements elsewhere
//	[N]T, struct                         whole slots, parts packed
func cellOf(t reflect.Type, tag string) (*cell, error) {
	switch {
	case t == uintType || t == uintPtrType:
		size, err := tagSize(tag)
		return uint256Cell(size), err
	case tag != "":
		return nil, fmt.Errorf("the tag sol:%q is for 256-bit integers, not for %s", tag, t)
	case t.Kind() == reflect.Bool:
		return packed(1, func(b []byte, v reflect.Value) { v.SetBool(b[0] != 0) }, func(b []byte, v reflect.Value) {
			if v.Bool() {
				b[0] = 1
			}
		}), nil
	case isUint(t):
		return uintCell(t.Bits() / 8), nil
	case isInt(t):
		return intCell(t.Bits() / 8), nil
	case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8 && t.Len() <= wordSize:
		get := func(b []byte, v reflect.Value) { reflect.Copy(v, reflect.ValueOf(b)) }
		put := func(b []byte, v reflect.Value) { reflect.Copy(reflect.ValueOf(b), v) }
		return packed(t.Len(), get, put), nil
	case t.Kind() == reflect.String || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return bytesCell(t.Kind() == reflect.String), nil
	case t.Kind() == reflect.Slice:
		return sliceCell(t)
	case t.Kind() == reflect.Array:
		return arrayCell(t)
	case t.Kind() == reflect.Struct:
		return structCell(t)
	}
	return nil, fmt.Errorf("%s cannot be kept in storage", t)
}

// tagSize is the width in bytes that a tag such as uint128 names.
func tagSize(tag string) (int, error) {
	if tag == "" {
		return wordSize, nil
	}
	bits, err := strconv.Atoi(strings.TrimPrefix(tag, "uint"))
	if err != nil || !strings.HasPrefix(tag, "uint") || bits < 8 || bits > 256 || bits%8 != 0 {
		return 0, fmt.Errorf("the tag sol:%q is no unsigned integer type", tag)
	}
	return bits / 8, nil
}

// arrayCell is T[N].
func arrayCell(t reflect.Type) (*cell, error) {
	elem, err := cellOf(t.Elem(), "")
	if err != nil {
		return nil, err
	}
	n := t.Len()
	return &cell{
		slots: elem.span(uint64(n)),
		load: func(p *page, slot common.Hash, _ int, to reflect.Value) {
			for i := range n {
				at, offset := elem.element(slot, uint64(i))
				elem.load(p, at, offset, to.Index(i))
			}
		},
		store: func(p *page, slot common.Hash, _ int, from reflect.Value) {
			for i := range n {
				at, offset := elem.element(slot, uint64(i))
				elem.store(p, at, offset, from.Index(i))
			}
		},
	}, nil
}

// span is the number of slots that n elements in a row take.
func (c *cell) span(n uint64) uint64 {
	if c.size == 0 {
		return c.slots * n
	}
	perSlot := uint64(wordSize / c.size)
	return (n + perSlot - 1) / perSlot
}

// element is the place of the i-th of elements that start at a slot.
func (c *cell) element(start common.Hash, i uint64) (slot common.Hash, offset int) {
	if c.size == 0 {
		return addSlots(start, c.slots*i), 0
	}
	perSlot := uint64(wordSize / c.size)
	return addSlots(start, i/perSlot), int(i%perSlot) * c.size
}

func addSlots(slot common.Hash, n uint64) common.Hash {
	var at uint256.Int
	at.SetBytes32(slot[:])
	return at.AddUint64(&at, n).Bytes32()
}

// structCell is a struct: its own slots, its fields packed.
func structCell(t reflect.Type) (*cell, error) {
	type part struct {
		cell   *cell
		slot   uint64 // relative to the struct's
		offset int
	}
	var (
		l     layout
		parts = make([]part, t.NumField())
	)
	for i := range parts {
		field := t.Field(i)
		if !field.IsExported() {
			return nil, fmt.Errorf("%s.%s: export the field", t, field.Name)
		}
		c, err := cellOf(field.Type, field.Tag.Get("sol"))
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, field.Name, err)
		}
		slot, offset := l.take(c)
		parts[i] = part{c, new(uint256.Int).SetBytes32(slot[:]).Uint64(), offset}
	}
	l.align()
	return &cell{
		slots: max(l.slot.Uint64(), 1),
		load: func(p *page, slot common.Hash, _ int, to reflect.Value) {
			for i, part := range parts {
				part.cell.load(p, addSlots(slot, part.slot), part.offset, to.Field(i))
			}
		},
		store: func(p *page, slot common.Hash, _ int, from reflect.Value) {
			for i, part := range parts {
				part.cell.store(p, addSlots(slot, part.slot), part.offset, from.Field(i))
			}
		},
	}, nil
}
