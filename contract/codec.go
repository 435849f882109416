package contract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/holiman/uint256"
)

// A codec converts one ABI type from and to one Go type. It is made once, when
// a contract is built; a pair that does not fit is refused then.
//
//	bool address string bytes      bool common.Address string []byte
//	bytesN                         [N]byte
//	uint8 … uint64, int8 … int64   the Go integer of the next width
//	uint72 … uint256               *uint256.Int or uint256.Int
//	int72 … int256                 *big.Int
//	T[] T[N] struct                slice, array, struct with the same fields in the same order
type codec struct {
	words   int  // of the head: 1 for a dynamic type
	dynamic bool // the head is an offset to the content
	decode  func(d *decoder, at uint64, to reflect.Value) error
	encode  func(e *encoder, from reflect.Value)
}

// errCalldata refuses input that does not follow the ABI.
var errCalldata = errors.New("call data does not follow the ABI of the method")

const (
	wordSize      = 32
	codecWordGas  = 3 // per word decoded or encoded, as MLOAD and MSTORE
	maxReturnData = 1 << 24
)

var (
	addressType = reflect.TypeFor[common.Address]()
	bigType     = reflect.TypeFor[*big.Int]()
	uintType    = reflect.TypeFor[uint256.Int]()
	uintPtrType = reflect.TypeFor[*uint256.Int]()
)

// codecOf pairs an ABI type with a Go type.
func codecOf(t abi.Type, g reflect.Type) (*codec, error) {
	mismatch := fmt.Errorf("%s cannot be %s", t.String(), g)
	switch t.T {
	case abi.BoolTy:
		if g.Kind() == reflect.Bool {
			return boolCodec, nil
		}
	case abi.AddressTy:
		if g == addressType {
			return fixedBytesCodec(20, true), nil
		}
	case abi.UintTy, abi.IntTy:
		if c := integerCodec(t, g); c != nil {
			return c, nil
		}
	case abi.FixedBytesTy:
		if g.Kind() == reflect.Array && g.Elem().Kind() == reflect.Uint8 && g.Len() == t.Size {
			return fixedBytesCodec(t.Size, false), nil
		}
	case abi.StringTy:
		if g.Kind() == reflect.String {
			return bytesCodec(true), nil
		}
	case abi.BytesTy:
		if g.Kind() == reflect.Slice && g.Elem().Kind() == reflect.Uint8 {
			return bytesCodec(false), nil
		}
	case abi.SliceTy:
		if g.Kind() == reflect.Slice {
			elem, err := codecOf(*t.Elem, g.Elem())
			if err != nil {
				return nil, err
			}
			return sliceCodec(elem), nil
		}
	case abi.ArrayTy:
		if g.Kind() == reflect.Array && g.Len() == t.Size {
			elem, err := codecOf(*t.Elem, g.Elem())
			if err != nil {
				return nil, err
			}
			return arrayCodec(elem, t.Size), nil
		}
	case abi.TupleTy:
		if g.Kind() == reflect.Struct {
			return tupleCodec(t, g)
		}
	}
	return nil, mismatch
}

// fieldName is the Go field of an ABI name: ownerOf is OwnerOf.
func fieldName(name string) string {
	name = strings.TrimLeft(name, "_")
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func tupleCodec(t abi.Type, g reflect.Type) (*codec, error) {
	if g.NumField() != len(t.TupleElems) {
		return nil, fmt.Errorf("%s has %d fields, the interface's struct %s has %d", g, g.NumField(), t.TupleRawName, len(t.TupleElems))
	}
	fields := make([]*codec, g.NumField())
	for i := range fields {
		field := g.Field(i)
		if want := fieldName(t.TupleRawNames[i]); !strings.EqualFold(field.Name, want) { // ID is id
			return nil, fmt.Errorf("field %d of %s is %s, the interface says %s", i, g, field.Name, want)
		}
		var err error
		if fields[i], err = codecOf(*t.TupleElems[i], field.Type); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", g, field.Name, err)
		}
	}
	get := func(v reflect.Value, i int) reflect.Value { return v.Field(i) }
	return sequence(fields, get), nil
}

func arrayCodec(elem *codec, size int) *codec {
	elems := make([]*codec, size)
	for i := range elems {
		elems[i] = elem
	}
	get := func(v reflect.Value, i int) reflect.Value { return v.Index(i) }
	return sequence(elems, get)
}

// sequence is a fixed number of parts, as in a struct or a list of parameters.
func sequence(parts []*codec, get func(reflect.Value, int) reflect.Value) *codec {
	c := &codec{}
	for _, part := range parts {
		c.words += part.words
		c.dynamic = c.dynamic || part.dynamic
	}
	head := c.words
	if c.dynamic {
		c.words = 1
	}
	c.decode = func(d *decoder, at uint64, to reflect.Value) error {
		position := at
		for i, part := range parts {
			if err := d.part(part, at, position, get(to, i)); err != nil {
				return err
			}
			position += uint64(part.words) * wordSize
		}
		return nil
	}
	c.encode = func(e *encoder, from reflect.Value) {
		e.parts(head, len(parts), func(i int) (*codec, reflect.Value) { return parts[i], get(from, i) })
	}
	return c
}

func sliceCodec(elem *codec) *codec {
	return &codec{
		words: 1, dynamic: true,
		decode: func(d *decoder, at uint64, to reflect.Value) error {
			n, err := d.length(at)
			if err != nil {
				return err
			}
			start := at + wordSize
			if size := uint64(elem.words) * wordSize; elem.words == 0 || n > d.left(start)/size {
				return errCalldata
			}
			list := reflect.MakeSlice(to.Type(), int(n), int(n))
			for i := range int(n) {
				if err := d.part(elem, start, start+uint64(i*elem.words)*wordSize, list.Index(i)); err != nil {
					return err
				}
			}
			to.Set(list)
			return nil
		},
		encode: func(e *encoder, from reflect.Value) {
			e.uint(uint64(from.Len()))
			e.parts(from.Len()*elem.words, from.Len(), func(i int) (*codec, reflect.Value) { return elem, from.Index(i) })
		},
	}
}

func bytesCodec(text bool) *codec {
	return &codec{
		words: 1, dynamic: true,
		decode: func(d *decoder, at uint64, to reflect.Value) error {
			n, err := d.length(at)
			if err != nil {
				return err
			}
			if n > d.left(at+wordSize) {
				return errCalldata
			}
			d.ctx.Charge(codecWordGas * wordsOf(n))
			content := d.data[at+wordSize : at+wordSize+n]
			if text {
				to.SetString(string(content))
			} else {
				to.SetBytes(common.CopyBytes(content))
			}
			return nil
		},
		encode: func(e *encoder, from reflect.Value) {
			e.uint(uint64(from.Len()))
			if text {
				e.bytes([]byte(from.String()))
			} else {
				e.bytes(from.Bytes())
			}
		},
	}
}

// word is a codec of one word.
func word(decode func(word []byte, to reflect.Value) error, encode func(word []byte, from reflect.Value)) *codec {
	return &codec{
		words: 1,
		decode: func(d *decoder, at uint64, to reflect.Value) error {
			w, err := d.word(at)
			if err != nil {
				return err
			}
			return decode(w, to)
		},
		encode: func(e *encoder, from reflect.Value) { encode(e.word(), from) },
	}
}

var boolCodec = word(
	func(w []byte, to reflect.Value) error {
		if !zeros(w[:31]) || w[31] > 1 {
			return errCalldata
		}
		to.SetBool(w[31] == 1)
		return nil
	},
	func(w []byte, from reflect.Value) {
		if from.Bool() {
			w[31] = 1
		}
	})

// fixedBytesCodec is bytesN, at the word's left, or an address, at its right.
func fixedBytesCodec(n int, right bool) *codec {
	from, to := 0, n
	if right {
		from, to = wordSize-n, wordSize
	}
	return word(
		func(w []byte, v reflect.Value) error {
			if !zeros(w[:from]) || !zeros(w[to:]) {
				return errCalldata
			}
			reflect.Copy(v, reflect.ValueOf(w[from:to]))
			return nil
		},
		func(w []byte, v reflect.Value) { reflect.Copy(reflect.ValueOf(w[from:to]), v) })
}

func zeros(data []byte) bool {
	for _, b := range data {
		if b != 0 {
			return false
		}
	}
	return true
}

// goBits is the width of the Go integer that holds an ABI integer, 0 for none.
func goBits(bits int) int {
	for _, width := range []int{8, 16, 32, 64} {
		if bits <= width {
			return width
		}
	}
	return 0
}

func integerCodec(t abi.Type, g reflect.Type) *codec {
	width, negative := goBits(t.Size), t.T == abi.IntTy
	switch {
	case width > 0 && !negative && isUint(g) && g.Bits() == width:
		return word(
			func(w []byte, to reflect.Value) error {
				v := binary.BigEndian.Uint64(w[24:])
				if !zeros(w[:24]) || v>>(t.Size-1)>>1 != 0 {
					return errCalldata
				}
				to.SetUint(v)
				return nil
			},
			func(w []byte, from reflect.Value) { binary.BigEndian.PutUint64(w[24:], from.Uint()) })
	case width > 0 && negative && isInt(g) && g.Bits() == width:
		return word(
			func(w []byte, to reflect.Value) error {
				v := signed(w)
				if !v.IsInt64() || v.Int64() != v.Int64()<<(64-t.Size)>>(64-t.Size) {
					return errCalldata
				}
				to.SetInt(v.Int64())
				return nil
			},
			func(w []byte, from reflect.Value) { math.U256(big.NewInt(from.Int())).FillBytes(w) })
	case width == 0 && negative && g == bigType:
		return word(
			func(w []byte, to reflect.Value) error {
				v := signed(w)
				if v.BitLen() >= t.Size {
					return errCalldata
				}
				to.Set(reflect.ValueOf(v))
				return nil
			},
			func(w []byte, from reflect.Value) {
				if v := from.Interface().(*big.Int); v != nil {
					math.U256(new(big.Int).Set(v)).FillBytes(w)
				}
			})
	case width == 0 && !negative && (g == uintType || g == uintPtrType):
		return word(
			func(w []byte, to reflect.Value) error {
				v := new(uint256.Int).SetBytes(w)
				if v.BitLen() > t.Size {
					return errCalldata
				}
				setUint256(to, v)
				return nil
			},
			func(w []byte, from reflect.Value) { uint256Of(from).WriteToSlice(w) })
	}
	return nil
}

func isUint(g reflect.Type) bool { return g.Kind() >= reflect.Uint8 && g.Kind() <= reflect.Uint64 }
func isInt(g reflect.Type) bool  { return g.Kind() >= reflect.Int8 && g.Kind() <= reflect.Int64 }

func setUint256(to reflect.Value, v *uint256.Int) {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.ValueOf(v))
		return
	}
	to.Set(reflect.ValueOf(*v))
}

// uint256Of reads an amount; a nil pointer is 0.
func uint256Of(from reflect.Value) *uint256.Int {
	if from.Kind() == reflect.Pointer {
		if from.IsNil() {
			return new(uint256.Int)
		}
		return from.Interface().(*uint256.Int)
	}
	v := from.Interface().(uint256.Int)
	return &v
}

// signed reads a word as two's complement.
func signed(w []byte) *big.Int {
	v := new(big.Int).SetBytes(w)
	if v.Bit(255) == 1 {
		v.Sub(v, math.BigPow(2, 256))
	}
	return v
}
