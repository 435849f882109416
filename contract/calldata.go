package contract

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// decoder reads call data. It charges for every word it looks at, so that data
// whose offsets point many times at the same place costs what it unfolds to.
type decoder struct {
	ctx  *Context
	data []byte
}

func (d *decoder) left(at uint64) uint64 {
	if at > uint64(len(d.data)) {
		return 0
	}
	return uint64(len(d.data)) - at
}

func (d *decoder) word(at uint64) ([]byte, error) {
	d.ctx.Charge(codecWordGas)
	if d.left(at) < wordSize {
		return nil, errCalldata
	}
	return d.data[at : at+wordSize], nil
}

// length reads a length or an offset, which is never longer than the data.
func (d *decoder) length(at uint64) (uint64, error) {
	w, err := d.word(at)
	if err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint64(w[24:])
	if !zeros(w[:24]) || n > uint64(len(d.data)) {
		return 0, errCalldata
	}
	return n, nil
}

// part decodes one part of a sequence that starts at base.
func (d *decoder) part(c *codec, base, at uint64, to reflect.Value) error {
	if c.dynamic {
		offset, err := d.length(at)
		if err != nil {
			return err
		}
		at = base + offset
	}
	return c.decode(d, at, to)
}

// encoder writes ABI data and charges for it.
type encoder struct {
	ctx  *Context // nil: nobody pays
	data []byte
}

func (e *encoder) grow(words int) int {
	if e.ctx != nil {
		e.ctx.Charge(codecWordGas * uint64(words))
	}
	at := len(e.data)
	e.data = append(e.data, make([]byte, words*wordSize)...)
	return at
}

func (e *encoder) word() []byte {
	at := e.grow(1)
	return e.data[at : at+wordSize]
}

func (e *encoder) uint(v uint64) { binary.BigEndian.PutUint64(e.word()[24:], v) }

func (e *encoder) bytes(content []byte) {
	at := e.grow(int(wordsOf(uint64(len(content)))))
	copy(e.data[at:], content)
}

// parts writes a sequence: the heads, then the contents they point to.
func (e *encoder) parts(head, n int, part func(i int) (*codec, reflect.Value)) {
	heads := encoder{data: make([]byte, 0, head*wordSize)}
	tails := encoder{ctx: e.ctx}
	for i := range n {
		c, v := part(i)
		if !c.dynamic {
			c.encode(&heads, v)
			continue
		}
		heads.uint(uint64(head*wordSize + len(tails.data)))
		c.encode(&tails, v)
	}
	at := e.grow(head)
	copy(e.data[at:], heads.data)
	e.data = append(e.data, tails.data...)
}

// parameters is the codec of a list of parameters as one sequence over a slice
// of values.
func parameters(args abi.Arguments, types []reflect.Type) ([]*codec, error) {
	list := make([]*codec, len(args))
	for i, arg := range args {
		c, err := codecOf(arg.Type, types[i])
		if err != nil {
			return nil, fmt.Errorf("parameter %d %s: %w", i, arg.Name, err)
		}
		list[i] = c
	}
	return list, nil
}

func headWords(list []*codec) (words int) {
	for _, c := range list {
		words += c.words
	}
	return words
}

// pack encodes values with their codecs.
func pack(ctx *Context, prefix []byte, list []*codec, values []reflect.Value) []byte {
	e := encoder{ctx: ctx, data: append(make([]byte, 0, len(prefix)+len(list)*wordSize), prefix...)}
	e.parts(headWords(list), len(list), func(i int) (*codec, reflect.Value) { return list[i], values[i] })
	return e.data
}

// unpack decodes data that starts with the heads of list into new values.
func unpack(ctx *Context, data []byte, list []*codec, types []reflect.Type) ([]reflect.Value, error) {
	d := decoder{ctx, data}
	values, at := make([]reflect.Value, len(list)), uint64(0)
	for i, c := range list {
		values[i] = reflect.New(types[i]).Elem()
		if err := d.part(c, 0, at, values[i]); err != nil {
			return nil, err
		}
		at += uint64(c.words) * wordSize
	}
	return values, nil
}
