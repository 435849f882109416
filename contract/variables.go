package contract

import (
	"fmt"
	"reflect"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// Value is a state variable of type T, see cellOf for the types that can be
// kept. Structs are read and written as a whole; writing costs only the slots
// that change.
type Value[T any] struct {
	cell   *cell
	slot   common.Hash
	offset int
}

func (v *Value[T]) place(l *layout, tag string) (err error) {
	if v.cell, err = cellOf(reflect.TypeFor[T](), tag); err != nil {
		return err
	}
	v.slot, v.offset = l.take(v.cell)
	return nil
}

// Get reads the variable.
func (v *Value[T]) Get(ctx *Context) T { return get[T](ctx, v.cell, v.slot, v.offset) }

// Set writes the variable.
func (v *Value[T]) Set(ctx *Context, value T) { set(ctx, v.cell, v.slot, v.offset, value) }

func get[T any](ctx *Context, c *cell, slot common.Hash, offset int) (value T) {
	c.load(&page{ctx: ctx}, slot, offset, reflect.ValueOf(&value).Elem())
	return value
}

func set[T any](ctx *Context, c *cell, slot common.Hash, offset int, value T) {
	ctx.write()
	p := page{ctx: ctx}
	c.store(&p, slot, offset, reflect.ValueOf(&value).Elem())
	p.flush()
}

// Map is mapping(K => V): a bool, an integer, an address, bytesN, string or
// bytes leads to a value. Its keys cannot be listed; keep an Array or an Index
// of them where that is needed.
type Map[K, V any] struct {
	cell *cell
	slot common.Hash
	key  keyer
}

func (m *Map[K, V]) place(l *layout, tag string) (err error) {
	if m.key, err = keyerOf(reflect.TypeFor[K]()); err != nil {
		return err
	}
	if m.cell, err = cellOf(reflect.TypeFor[V](), tag); err != nil {
		return err
	}
	m.slot, _ = l.take(&cell{slots: 1})
	return nil
}

// Get reads the value of a key, the zero value when it was never set.
func (m *Map[K, V]) Get(ctx *Context, key K) V {
	return get[V](ctx, m.cell, m.key.slot(ctx, m.slot, reflect.ValueOf(key)), 0)
}

// Set writes the value of a key.
func (m *Map[K, V]) Set(ctx *Context, key K, value V) {
	set(ctx, m.cell, m.key.slot(ctx, m.slot, reflect.ValueOf(key)), 0, value)
}

// Delete makes the value of a key zero again, which is refunded as in Solidity.
func (m *Map[K, V]) Delete(ctx *Context, key K) {
	var none V
	m.Set(ctx, key, none)
}

// Nested is mapping(K => C) where C is again a Map, a Nested, an Array or an
// Index.
type Nested[K, C any] struct {
	slot  common.Hash
	key   keyer
	inner C
}

// movable is a variable that takes one slot and can stand anywhere.
type movable interface {
	variable
	move(slot common.Hash)
}

func (n *Nested[K, C]) place(l *layout, tag string) (err error) {
	if n.key, err = keyerOf(reflect.TypeFor[K]()); err != nil {
		return err
	}
	inner, ok := any(&n.inner).(movable)
	if !ok {
		return fmt.Errorf("%T cannot be nested; use Map for plain values", n.inner)
	}
	n.slot, _ = l.take(&cell{slots: 1})
	return inner.place(&layout{}, tag)
}

// At is what a key leads to.
func (n *Nested[K, C]) At(ctx *Context, key K) C {
	inner := n.inner
	any(&inner).(movable).move(n.key.slot(ctx, n.slot, reflect.ValueOf(key)))
	return inner
}

func (m *Map[K, V]) move(slot common.Hash)    { m.slot = slot }
func (n *Nested[K, C]) move(slot common.Hash) { n.slot = slot }
func (a *Array[T]) move(slot common.Hash)     { a.slot = slot }

// Array is T[]: a list that grows and shrinks at its end.
type Array[T any] struct {
	elem *cell
	slot common.Hash
}

func (a *Array[T]) place(l *layout, tag string) (err error) {
	a.slot, _ = l.take(&cell{slots: 1})
	a.elem, err = cellOf(reflect.TypeFor[T](), tag)
	return err
}

// Len is the number of elements.
func (a *Array[T]) Len(ctx *Context) uint64 {
	word := ctx.Load(a.slot)
	return new(uint256.Int).SetBytes32(word[:]).Uint64()
}

func (a *Array[T]) at(ctx *Context, i uint64) (slot common.Hash, offset int) {
	return a.elem.element(ctx.Hash(a.slot[:]), i)
}

func (a *Array[T]) check(ctx *Context, i uint64) {
	if n := a.Len(ctx); i >= n {
		panic(abort{panicCode(panicOutOfRange, fmt.Sprintf("index %d of a list of %d", i, n))})
	}
}

// Get reads the i-th element. Outside the list it reverts as Solidity does.
func (a *Array[T]) Get(ctx *Context, i uint64) T {
	a.check(ctx, i)
	slot, offset := a.at(ctx, i)
	return get[T](ctx, a.elem, slot, offset)
}

// Set writes the i-th element. Outside the list it reverts as Solidity does.
func (a *Array[T]) Set(ctx *Context, i uint64, value T) {
	a.check(ctx, i)
	slot, offset := a.at(ctx, i)
	set(ctx, a.elem, slot, offset, value)
}

// Push appends an element and says which it is.
func (a *Array[T]) Push(ctx *Context, value T) uint64 {
	n := a.Len(ctx)
	ctx.Store(a.slot, uint256.NewInt(n+1).Bytes32())
	slot, offset := a.at(ctx, n)
	set(ctx, a.elem, slot, offset, value)
	return n
}

// Pop takes the last element off the list.
func (a *Array[T]) Pop(ctx *Context) T {
	n := a.Len(ctx)
	if n == 0 {
		panic(abort{panicCode(panicEmptyPop, "pop of an empty list")})
	}
	slot, offset := a.at(ctx, n-1)
	value := get[T](ctx, a.elem, slot, offset)
	var none T
	set(ctx, a.elem, slot, offset, none)
	ctx.Store(a.slot, uint256.NewInt(n-1).Bytes32())
	return value
}

// Slice reads up to limit elements from the i-th on, for paged views.
func (a *Array[T]) Slice(ctx *Context, from, limit uint64) (list []T) {
	n := a.Len(ctx)
	if from >= n {
		return nil
	}
	for i := from; i < n && i-from < limit; i++ {
		slot, offset := a.at(ctx, i)
		list = append(list, get[T](ctx, a.elem, slot, offset))
	}
	return list
}

// A keyer turns a mapping's key into the slot of its value: keccak256 of the
// key, padded to a word unless it is string or bytes, and the mapping's slot.
type keyer struct {
	word  *codec // nil: the key's own bytes
	bytes bool
}

func keyerOf(t reflect.Type) (keyer, error) {
	switch {
	case t.Kind() == reflect.String:
		return keyer{}, nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return keyer{bytes: true}, nil
	}
	if c := keyCodec(t); c != nil {
		return keyer{word: c}, nil
	}
	return keyer{}, fmt.Errorf("%s cannot be a mapping's key", t)
}

// keyCodec writes a key as a word, as call data has it; nil for what has none.
func keyCodec(t reflect.Type) *codec {
	switch {
	case t.Kind() == reflect.Bool:
		return boolCodec
	case isUint(t):
		return word(nil, func(w []byte, v reflect.Value) { new(uint256.Int).SetUint64(v.Uint()).WriteToSlice(w) })
	case isInt(t):
		return word(nil, func(w []byte, v reflect.Value) {
			n := new(uint256.Int).SetUint64(uint64(v.Int()))
			n.ExtendSign(n, uint256.NewInt(7)).WriteToSlice(w)
		})
	case t == uintType || t == uintPtrType:
		return word(nil, func(w []byte, v reflect.Value) { uint256Of(v).WriteToSlice(w) })
	case t == addressType:
		return fixedBytesCodec(t.Len(), true)
	case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8 && t.Len() <= wordSize:
		return fixedBytesCodec(t.Len(), false)
	}
	return nil
}

func (k keyer) slot(ctx *Context, mapping common.Hash, key reflect.Value) common.Hash {
	switch {
	case k.word != nil:
		e := encoder{}
		k.word.encode(&e, key)
		return ctx.Hash(e.data, mapping[:])
	case k.bytes:
		return ctx.Hash(key.Bytes(), mapping[:])
	}
	return ctx.Hash([]byte(key.String()), mapping[:])
}
