package contract

import (
	"encoding/binary"
	"reflect"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// A page is the slots that one operation touches, each read and written once.
type page struct {
	ctx   *Context
	lines []line
}

type line struct {
	slot, old, value common.Hash
	loaded           bool
}

// at is the slot's line; load says whether its old content matters.
func (p *page) at(slot common.Hash, load bool) *line {
	var l *line
	for i := range p.lines {
		if p.lines[i].slot == slot {
			l = &p.lines[i]
		}
	}
	if l == nil {
		p.lines = append(p.lines, line{slot: slot})
		l = &p.lines[len(p.lines)-1]
		if load {
			l.old = p.ctx.Load(slot)
			l.value, l.loaded = l.old, true
		}
	}
	return l
}

// field is the bytes of a slot that a value takes. Solidity counts offsets from
// the lowest byte, which is the word's last.
func field(word *common.Hash, offset, size int) []byte {
	return word[wordSize-offset-size : wordSize-offset]
}

// flush writes what has changed. A slot that was never read is written as it is.
func (p *page) flush() {
	for _, l := range p.lines {
		if !l.loaded || l.old != l.value {
			p.ctx.Store(l.slot, l.value)
		}
	}
}

// packed is a cell of a value of size bytes within one slot.
func packed(size int, get, put func(b []byte, v reflect.Value)) *cell {
	return &cell{
		size: size,
		load: func(p *page, slot common.Hash, offset int, to reflect.Value) {
			get(field(&p.at(slot, true).value, offset, size), to)
		},
		store: func(p *page, slot common.Hash, offset int, from reflect.Value) {
			b := field(&p.at(slot, size < wordSize).value, offset, size)
			clear(b)
			put(b, from)
		},
	}
}

func uintCell(size int) *cell {
	return packed(size, func(b []byte, v reflect.Value) {
		var w [8]byte
		copy(w[8-size:], b)
		v.SetUint(binary.BigEndian.Uint64(w[:]))
	}, func(b []byte, v reflect.Value) {
		var w [8]byte
		binary.BigEndian.PutUint64(w[:], v.Uint())
		copy(b, w[8-size:])
	})
}

func intCell(size int) *cell {
	return packed(size, func(b []byte, v reflect.Value) {
		var w [8]byte
		copy(w[:], b)
		v.SetInt(int64(binary.BigEndian.Uint64(w[:])) >> (64 - 8*size))
	}, func(b []byte, v reflect.Value) {
		var w [8]byte
		binary.BigEndian.PutUint64(w[:], uint64(v.Int()))
		copy(b, w[8-size:])
	})
}

// uint256Cell is an amount of size bytes. Storing one that does not fit is
// refused as Solidity's checked arithmetic does.
func uint256Cell(size int) *cell {
	return packed(size,
		func(b []byte, v reflect.Value) { setUint256(v, new(uint256.Int).SetBytes(b)) },
		func(b []byte, v reflect.Value) {
			amount := uint256Of(v)
			if amount.ByteLen() > size {
				panic(abort{panicCode(panicOverflow, "a value does not fit its storage")})
			}
			word := amount.Bytes32()
			copy(b, word[wordSize-size:])
		})
}

// bytesCell is bytes or string: up to 31 bytes in the slot itself with twice
// the length in the last byte; longer ones from keccak256(slot) on, the slot
// holding twice the length plus one.
func bytesCell(text bool) *cell {
	return &cell{
		slots: 1,
		load: func(p *page, slot common.Hash, _ int, to reflect.Value) {
			content := loadBytes(p, slot)
			if text {
				to.SetString(string(content))
			} else {
				to.SetBytes(content)
			}
		},
		store: func(p *page, slot common.Hash, _ int, from reflect.Value) {
			if text {
				storeBytes(p, slot, []byte(from.String()))
			} else {
				storeBytes(p, slot, from.Bytes())
			}
		},
	}
}

// bytesLength is the length that a bytes slot holds, and whether its content is
// elsewhere.
func bytesLength(head common.Hash) (length uint64, long bool) {
	if head[31]&1 == 0 {
		return uint64(head[31]) / 2, false
	}
	var n uint256.Int
	n.SetBytes32(head[:])
	return n.Rsh(&n, 1).Uint64(), true
}

func loadBytes(p *page, slot common.Hash) []byte {
	head := p.at(slot, true).value
	n, long := bytesLength(head)
	if !long {
		return common.CopyBytes(head[:n])
	}
	var content []byte
	start := p.ctx.Hash(slot[:])
	for i := range wordsOf(n) {
		word := p.ctx.Load(addSlots(start, i)) // paid for before memory grows
		content = append(content, word[:]...)
	}
	return content[:n]
}

func storeBytes(p *page, slot common.Hash, content []byte) {
	line := p.at(slot, true)
	oldLength, oldLong := bytesLength(line.value)
	n := uint64(len(content))
	var before, after uint64 // words elsewhere
	if oldLong {
		before = wordsOf(oldLength)
	}
	line.value = common.Hash{}
	if n < wordSize {
		copy(line.value[:], content)
		line.value[31] = byte(2 * n)
	} else {
		after = wordsOf(n)
		line.value = uint256.NewInt(2*n + 1).Bytes32()
	}
	if before == 0 && after == 0 {
		return
	}
	start := p.ctx.Hash(slot[:])
	for i := range max(before, after) {
		var word common.Hash
		if i < after {
			copy(word[:], content[i*wordSize:])
		}
		p.ctx.Store(addSlots(start, i), word)
	}
}

// sliceCell is T[]: the slot holds the length, the elements are packed from
// keccak256(slot) on.
func sliceCell(t reflect.Type) (*cell, error) {
	elem, err := cellOf(t.Elem(), "")
	if err != nil {
		return nil, err
	}
	return &cell{
		slots: 1,
		load: func(p *page, slot common.Hash, _ int, to reflect.Value) {
			n := lengthAt(p, slot)
			list := reflect.MakeSlice(t, 0, 0)
			if n > 0 {
				start := p.ctx.Hash(slot[:])
				part := page{ctx: p.ctx}
				for i := range n {
					at, offset := elem.element(start, i)
					v := reflect.New(t.Elem()).Elem()
					part.keepOnly(at)
					elem.load(&part, at, offset, v)
					list = reflect.Append(list, v)
				}
			}
			to.Set(list)
		},
		store: func(p *page, slot common.Hash, _ int, from reflect.Value) {
			before, n := lengthAt(p, slot), uint64(from.Len())
			p.at(slot, true).value = uint256.NewInt(n).Bytes32()
			if before == 0 && n == 0 {
				return
			}
			start := p.ctx.Hash(slot[:])
			none := reflect.Zero(t.Elem())
			part := page{ctx: p.ctx}
			for i := range max(before, n) {
				at, offset := elem.element(start, i)
				v := none
				if i < n {
					v = from.Index(int(i))
				}
				part.keepOnly(at)
				elem.store(&part, at, offset, v)
			}
			part.flush()
		},
	}, nil
}

// keepOnly writes out the page when the next value is in another slot, so that
// a long list does not make it grow.
func (p *page) keepOnly(slot common.Hash) {
	if len(p.lines) > 0 && p.lines[len(p.lines)-1].slot != slot {
		if !p.ctx.readOnly {
			p.flush()
		}
		p.lines = p.lines[:0]
	}
}

func lengthAt(p *page, slot common.Hash) uint64 {
	word := p.at(slot, true).value
	return binary.BigEndian.Uint64(word[24:])
}
