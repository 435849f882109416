package contract

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// bindEvents gives every field of the events' struct the function that emits
// the event of its name.
func (b *Base) bindEvents() (faults []error) {
	fields, err := functions(b.spec.Events, "event")
	if err != nil {
		return []error{err}
	}
	for _, name := range sortedKeys(b.abi.Events) {
		event := b.abi.Events[name]
		field, found := fields[strings.ToLower(name)]
		if !found {
			faults = append(faults, fmt.Errorf("event %s: there is no field for it", event.Sig))
			continue
		}
		delete(fields, strings.ToLower(name))
		if err := bindEvent(event, field); err != nil {
			faults = append(faults, fmt.Errorf("event %s: %w", event.Sig, err))
		}
	}
	return append(faults, extra(fields, "event")...)
}

func extra(fields map[string]reflect.Value, what string) (faults []error) {
	for _, name := range sortedKeys(fields) {
		faults = append(faults, fmt.Errorf("%s %s: the interface has none", what, name))
	}
	return faults
}

func bindEvent(event abi.Event, field reflect.Value) error {
	t := field.Type()
	if t.NumIn() == 0 || t.In(0) != contextType || t.NumOut() != 0 {
		return errors.New("its function takes a *contract.Context and the event's values, and returns nothing")
	}
	types := make([]reflect.Type, 0, t.NumIn())
	for i := 1; i < t.NumIn(); i++ {
		types = append(types, t.In(i))
	}
	if len(types) != len(event.Inputs) {
		return fmt.Errorf("takes %d values, the interface's has %d", len(types), len(event.Inputs))
	}
	codecs, err := parameters(event.Inputs, types)
	if err != nil {
		return err
	}
	for i, input := range event.Inputs {
		if input.Indexed && (codecs[i].dynamic || codecs[i].words != 1) && input.Type.T != abi.StringTy && input.Type.T != abi.BytesTy {
			return fmt.Errorf("%s: an indexed %s is only its hash; do not index it", input.Name, input.Type.String())
		}
	}
	field.Set(reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		emit(args[0].Interface().(*Context), event, codecs, args[1:])
		return nil
	}))
	return nil
}

func emit(ctx *Context, event abi.Event, codecs []*codec, values []reflect.Value) {
	topics := append(make([]common.Hash, 0, 4), event.ID)
	var (
		dataCodecs []*codec
		dataValues []reflect.Value
	)
	for i, input := range event.Inputs {
		switch {
		case !input.Indexed:
			dataCodecs, dataValues = append(dataCodecs, codecs[i]), append(dataValues, values[i])
		case input.Type.T == abi.StringTy:
			topics = append(topics, ctx.Hash([]byte(values[i].String())))
		case input.Type.T == abi.BytesTy:
			topics = append(topics, ctx.Hash(values[i].Bytes()))
		default:
			e := encoder{ctx: ctx}
			codecs[i].encode(&e, values[i])
			topics = append(topics, common.BytesToHash(e.data))
		}
	}
	ctx.Log(topics, pack(ctx, nil, dataCodecs, dataValues))
}

// bindErrors gives every field of the errors' struct the function that makes
// the custom error of its name.
func (b *Base) bindErrors() (faults []error) {
	fields, err := functions(b.spec.Errors, "error")
	if err != nil {
		return []error{err}
	}
	for _, name := range sortedKeys(b.abi.Errors) {
		custom := b.abi.Errors[name]
		field, found := fields[strings.ToLower(name)]
		if !found {
			faults = append(faults, fmt.Errorf("error %s: there is no field for it", custom.Sig))
			continue
		}
		delete(fields, strings.ToLower(name))
		if err := bindError(custom, field); err != nil {
			faults = append(faults, fmt.Errorf("error %s: %w", custom.Sig, err))
		}
	}
	return append(faults, extra(fields, "error")...)
}

func bindError(custom abi.Error, field reflect.Value) error {
	t := field.Type()
	if t.NumOut() != 1 || t.Out(0) != errorType {
		return errors.New("its function takes the error's values and returns an error")
	}
	types := make([]reflect.Type, t.NumIn())
	for i := range types {
		types[i] = t.In(i)
	}
	if len(types) != len(custom.Inputs) {
		return fmt.Errorf("takes %d values, the interface's has %d", len(types), len(custom.Inputs))
	}
	codecs, err := parameters(custom.Inputs, types)
	if err != nil {
		return err
	}
	field.Set(reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		text := make([]string, len(args))
		for i, arg := range args {
			text[i] = fmt.Sprint(arg.Interface())
		}
		revert := &Revert{Data: pack(nil, custom.ID[:4], codecs, args), text: custom.Name + "(" + strings.Join(text, ", ") + ")"}
		return []reflect.Value{reflect.ValueOf(revert).Convert(errorType)}
	}))
	return nil
}
