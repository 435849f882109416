package abitext

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Value is a decoded ABI value.
type Value struct {
	Type string
	Text string // one line for people
	JSON any    // integers as decimal strings, bytes in hex, arrays and tuples as lists
}

// Decode reads a function's output.
func (f *Function) Decode(output []byte) ([]Value, error) {
	return decode(f.Outputs, output)
}

func decode(args abi.Arguments, data []byte) ([]Value, error) {
	raw, err := args.Unpack(data)
	if err != nil {
		return nil, fmt.Errorf("decode %d bytes as %s: %w", len(data), canonical("", args), err)
	}
	values := make([]Value, len(raw))
	for i := range raw {
		values[i] = newValue(&args[i].Type, raw[i])
	}
	return values, nil
}

// Field is one parameter of a log.
type Field struct {
	Name  string
	Value Value
}

// Decode reads a log of the event. Indexed parameters of dynamic type are only
// known by their hash. The error says when the log's shape differs, as it does
// for events that index other parameters.
func (e *Event) Decode(log *types.Log) ([]Field, error) {
	if len(log.Topics) == 0 || log.Topics[0] != e.Topic() {
		return nil, fmt.Errorf("log %d of block %d is no %s", log.Index, log.BlockNumber, e.Name)
	}
	topics := log.Topics[1:]
	data, err := decode(e.Inputs.NonIndexed(), log.Data)
	if err != nil {
		return nil, err
	}
	if want := len(e.Inputs) - len(e.Inputs.NonIndexed()); want != len(topics) {
		return nil, fmt.Errorf("log %d of block %d has %d indexed parameters, the signature %d: mark them \"indexed\"", log.Index, log.BlockNumber, len(topics), want)
	}
	fields := make([]Field, len(e.Inputs))
	for i, input := range e.Inputs {
		fields[i].Name = input.Name
		if !input.Indexed {
			fields[i].Value, data = data[0], data[1:]
			continue
		}
		if fields[i].Value, err = topicValue(input, topics[0]); err != nil {
			return nil, err
		}
		topics = topics[1:]
	}
	return fields, nil
}

func topicValue(input abi.Argument, topic common.Hash) (Value, error) {
	switch input.Type.T {
	case abi.StringTy, abi.BytesTy, abi.SliceTy, abi.ArrayTy, abi.TupleTy:
		return Value{Type: "keccak256(" + input.Type.String() + ")", Text: topic.Hex(), JSON: topic.Hex()}, nil
	}
	values, err := decode(abi.Arguments{{Type: input.Type}}, topic[:])
	if err != nil {
		return Value{}, err
	}
	return values[0], nil
}

func newValue(t *abi.Type, raw any) Value {
	reduced := reduce(t, reflect.ValueOf(raw))
	value := Value{Type: t.String(), JSON: reduced, Text: render(t, reduced)}
	if text, ok := reduced.(string); ok && t.T == abi.StringTy && printable(text) {
		value.Text = text // needs no quotes when it stands alone
	}
	return value
}

// reduce turns what go-ethereum decodes into strings, bools and lists. The ABI
// type leads, since uint8[] and bytes are the same Go type.
func reduce(t *abi.Type, v reflect.Value) any {
	switch t.T {
	case abi.BoolTy:
		return v.Bool()
	case abi.StringTy:
		return v.String()
	case abi.BytesTy:
		return hexutil.Encode(v.Bytes())
	case abi.FixedBytesTy:
		data := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(data), v)
		return hexutil.Encode(data)
	case abi.SliceTy, abi.ArrayTy:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = reduce(t.Elem, v.Index(i))
		}
		return list
	case abi.TupleTy:
		list := make([]any, v.NumField())
		for i := range list {
			list[i] = reduce(t.TupleElems[i], v.Field(i))
		}
		return list
	default: // integers in decimal, addresses with checksum
		return fmt.Sprint(v.Interface())
	}
}

// render writes a reduced value on one line, in the form that encoding reads.
// Strings are quoted, so that a contract cannot write to somebody's terminal.
func render(t *abi.Type, reduced any) string {
	list, _ := reduced.([]any)
	parts := make([]string, len(list))
	switch t.T {
	case abi.StringTy:
		return strconv.Quote(reduced.(string))
	case abi.SliceTy, abi.ArrayTy:
		for i := range list {
			parts[i] = render(t.Elem, list[i])
		}
		return "[" + strings.Join(parts, ",") + "]"
	case abi.TupleTy:
		for i := range list {
			parts[i] = render(t.TupleElems[i], list[i])
		}
		return "(" + strings.Join(parts, ",") + ")"
	default:
		return fmt.Sprint(reduced)
	}
}

func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) < 0
}

// unquote removes the double quotes of a JSON-like string, and leaves text
// without them as it is.
func unquote(text string) string {
	if trimmed := strings.TrimSpace(text); len(trimmed) >= 2 && trimmed[0] == '"' {
		if plain, err := strconv.Unquote(trimmed); err == nil {
			return plain
		}
	}
	return text
}
