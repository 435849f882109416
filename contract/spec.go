package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// Spec is what a contract is made of.
type Spec struct {
	Name      string
	Address   common.Address
	Interface []byte  // I<Name>.json: the compiled interface, {"abi": [...], "devdoc": ...}
	Methods   Methods // one for every function of the interface
	Receive   func(*Context) error
	// Storage, Events and Errors point to structs whose fields New fills in;
	// each may be nil when there are none.
	Storage any // variables in Solidity's layout: Value, Map, Nested, Array, Index …
	Events  any // func(ctx *Context, values…) for every event of the interface
	Errors  any // func(values…) error for every error of the interface
}

// Methods maps a function's name, or its signature where the name is
// overloaded, to an ordinary Go function: func(ctx *Context, inputs…)
// (outputs…, error), the error being optional.
type Methods map[string]any

// options are what a method declares beyond its signature.
type options struct{ system, reentrant bool }

type declared struct {
	function any
	options
}

// System makes a method that only the chain itself may call. The interface says
// so, too: @custom:system and when it does.
func System(function any) any {
	d := declare(function)
	d.system = true
	return d
}

// Reentrant makes a method that may be called while the contract is running.
// View functions always may.
func Reentrant(function any) any {
	d := declare(function)
	d.reentrant = true
	return d
}

func declare(function any) declared {
	if d, ok := function.(declared); ok {
		return d
	}
	return declared{function: function}
}

// Base is a contract made from its spec. A contract's own type embeds it.
type Base struct {
	spec    Spec
	abi     abi.ABI
	methods map[selector]*method
	receive method
}

// Address is where the contract lives.
func (b *Base) Address() common.Address { return b.spec.Address }

// Name is the contract's name.
func (b *Base) Name() string { return b.spec.Name }

func (b *Base) base() *Base { return b }

// New builds a contract and fills in its storage, events and errors. It compares
// the method table, the events and the errors with the interface, and says
// everything that is missing, extra or mistyped.
func New(spec Spec) (*Base, error) {
	b := &Base{spec: spec, methods: make(map[selector]*method)}
	var file interfaceFile
	if err := json.Unmarshal(spec.Interface, &file); err != nil {
		return nil, fmt.Errorf("contract %s: read its interface: %w", spec.Name, err)
	}
	b.abi = file.ABI
	b.receive = method{signature: "receive()", payable: true}
	faults := append(b.bindMethods(), b.checkSystem(file)...)
	if (spec.Receive != nil) != b.abi.HasReceive() {
		faults = append(faults, errors.New("receive: the interface and the table disagree"))
	}
	if spec.Storage != nil {
		faults = append(faults, Layout(spec.Storage))
	}
	faults = append(faults, b.bindEvents()...)
	faults = append(faults, b.bindErrors()...)
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("contract %s does not fit its interface:\n%w", spec.Name, err)
	}
	return b, nil
}

// Must is New for the wiring of a program; it panics with New's error.
func Must(spec Spec) *Base {
	c, err := New(spec)
	if err != nil {
		panic(err)
	}
	return c
}

// interfaceFile is what New reads of a compiled interface.
type interfaceFile struct {
	ABI    abi.ABI
	Devdoc struct {
		Methods map[string]struct {
			System string `json:"custom:system"`
		}
	}
}

// checkSystem compares who may call each method with what the interface says.
func (b *Base) checkSystem(file interfaceFile) (faults []error) {
	for _, name := range sortedKeys(b.abi.Methods) {
		f := b.abi.Methods[name]
		m, bound := b.methods[selector(f.ID)]
		if said := file.Devdoc.Methods[f.Sig].System != ""; bound && said != m.system {
			faults = append(faults, fmt.Errorf("function %s: the method table says contract.System: %t, the interface @custom:system: %t", f.Sig, m.system, said))
		}
	}
	return faults
}

func (b *Base) bindMethods() (faults []error) {
	used := make(map[string]bool)
	for _, name := range sortedKeys(b.abi.Methods) {
		f := b.abi.Methods[name]
		key := f.Sig
		if _, found := b.spec.Methods[key]; !found {
			key = f.RawName
		}
		function, found := b.spec.Methods[key]
		switch {
		case !found:
			faults = append(faults, fmt.Errorf("function %s: the method table has none", f.Sig))
			continue
		case used[key]:
			faults = append(faults, fmt.Errorf("function %s is overloaded: name it by its signature in the method table", f.Sig))
			continue
		}
		used[key] = true
		m, err := newMethod(f, declare(function))
		if err != nil {
			faults = append(faults, fmt.Errorf("function %s: %w", f.Sig, err))
			continue
		}
		b.methods[selector(f.ID)] = m
	}
	for _, key := range sortedKeys(b.spec.Methods) {
		if !used[key] {
			faults = append(faults, fmt.Errorf("method %q: the interface has none", key))
		}
	}
	return faults
}

var (
	contextType = reflect.TypeFor[*Context]()
	errorType   = reflect.TypeFor[error]()
)

func newMethod(f abi.Method, d declared) (*method, error) {
	m := &method{
		signature: f.Sig, call: reflect.ValueOf(d.function), options: d.options,
		view: f.IsConstant(), payable: f.IsPayable(),
	}
	if m.call.Kind() != reflect.Func {
		return nil, fmt.Errorf("%T is not a function", d.function)
	}
	t := m.call.Type()
	var outTypes []reflect.Type
	for i := range t.NumOut() {
		outTypes = append(outTypes, t.Out(i))
	}
	if n := len(outTypes); n > 0 && outTypes[n-1] == errorType {
		m.failing, outTypes = true, outTypes[:n-1]
	}
	if t.NumIn() == 0 || t.In(0) != contextType {
		return nil, errors.New("the first parameter must be *contract.Context")
	}
	for i := 1; i < t.NumIn(); i++ {
		m.inTypes = append(m.inTypes, t.In(i))
	}
	if len(m.inTypes) != len(f.Inputs) || len(outTypes) != len(f.Outputs) {
		return nil, fmt.Errorf("takes %d and gives %d, the interface's takes %d and gives %d", len(m.inTypes), len(outTypes), len(f.Inputs), len(f.Outputs))
	}
	var err error
	if m.in, err = parameters(f.Inputs, m.inTypes); err != nil {
		return nil, err
	}
	m.out, err = parameters(f.Outputs, outTypes)
	return m, err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// functions are the function-typed fields of the struct that holder points to,
// by the interface's name for them. what is "event" or "error".
func functions(holder any, what string) (map[string]reflect.Value, error) {
	list := make(map[string]reflect.Value)
	if holder == nil {
		return list, nil
	}
	v := reflect.ValueOf(holder)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("%ss: %T is not a pointer to a struct", what, holder)
	}
	for field, value := range fields(v.Elem()) {
		if field.Type.Kind() != reflect.Func || !field.IsExported() {
			return nil, fmt.Errorf("%s %s: %s is not an exported function field", what, field.Name, field.Type)
		}
		list[strings.ToLower(field.Name)] = value
	}
	return list, nil
}
