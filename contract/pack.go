package contract

import (
	"fmt"
	"math"
	"reflect"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
)

// baseOf is what New made for a contract.
func baseOf(c Contract) *Base {
	if made, ok := c.(interface{ base() *Base }); ok {
		return made.base()
	}
	return &Base{spec: Spec{Name: c.Name(), Address: c.Address()}}
}

// Interface is the compiled interface of a contract that New made.
func Interface(c Contract) abi.ABI { return baseOf(c).abi }

// find is the method of a name or signature.
func (b *Base) find(name string) (*method, error) {
	if m, found := b.methods[selectorOf(name)]; found && m.signature == name {
		return m, nil
	}
	if f, found := b.abi.Methods[name]; found {
		return b.methods[selector(f.ID)], nil
	}
	return nil, fmt.Errorf("contract %s has no method %q", b.spec.Name, name)
}

// Pack is the call data of a method, named or by signature, of a contract that
// New made. The inputs have the types that the method's Go function takes.
func Pack(c Contract, name string, inputs ...any) ([]byte, error) {
	m, err := baseOf(c).find(name)
	if err != nil {
		return nil, err
	}
	if len(inputs) != len(m.in) {
		return nil, fmt.Errorf("%s takes %d inputs, not %d", m.signature, len(m.in), len(inputs))
	}
	values := make([]reflect.Value, len(inputs))
	for i, input := range inputs {
		v := reflect.ValueOf(input)
		if !v.IsValid() || !v.CanConvert(m.inTypes[i]) {
			return nil, fmt.Errorf("%s: input %d is %T, not %s", m.signature, i, input, m.inTypes[i])
		}
		values[i] = v.Convert(m.inTypes[i])
	}
	id := selectorOf(m.signature)
	return pack(nil, id[:], m.in, values), nil
}

// Unpack is what a method of a contract that New made returned, in the types
// that its Go function gives.
func Unpack(c Contract, name string, output []byte) ([]any, error) {
	m, err := baseOf(c).find(name)
	if err != nil {
		return nil, err
	}
	t := m.call.Type()
	types := make([]reflect.Type, len(m.out))
	for i := range types {
		types[i] = t.Out(i)
	}
	free := &Context{frame: vm.NewPrecompile(common.Address{}, common.Address{}, nil, math.MaxUint64)}
	var list []any
	_, err = run(free, func() ([]byte, error) {
		values, err := unpack(free, output, m.out, types)
		for _, v := range values {
			list = append(list, v.Interface())
		}
		return nil, err
	})
	return list, err
}

// Run executes f on a context that Open made, as genesis and readers do, and
// gives an abort back as an error.
func Run(ctx *Context, f func(*Context) error) error {
	_, err := run(ctx, func() ([]byte, error) { return nil, f(ctx) })
	return err
}

// Entered marks a contract as running in the transaction at hand, or not, as
// tests of re-entry need.
func Entered(db vm.StateDB, c Contract, running bool) {
	var mark common.Hash
	if running {
		mark[31] = 1
	}
	db.SetTransientState(c.Address(), guardSlot, mark)
}

// IsReentrant reports whether a method may be called while its contract runs.
func IsReentrant(c Contract, signature string) bool {
	m, err := baseOf(c).find(signature)
	return err == nil && m.reentrant
}
