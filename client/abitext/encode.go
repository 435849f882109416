package abitext

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/cybermiles/cybermiles/client/amount"
)

// ErrArgument is wrapped by every error about an argument's text.
var ErrArgument = errors.New("bad argument")

// Encode returns the function's call data for arguments given as text.
func (f *Function) Encode(args []string) ([]byte, error) {
	packed, err := EncodeArguments(f.Inputs, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", canonical(f.Name, f.Inputs), err)
	}
	return append(f.Selector(), packed...), nil
}

// EncodeArguments encodes arguments given as text: integers in decimal or hex
// (or as amounts, 1.5cmt), addresses, true and false, hex bytes, plain or quoted
// strings, "[a,b]" for arrays and "(a,b)" for tuples.
func EncodeArguments(types abi.Arguments, args []string) ([]byte, error) {
	if len(args) != len(types) {
		return nil, fmt.Errorf("%w: %d given, %d needed", ErrArgument, len(args), len(types))
	}
	values := make([]any, len(args))
	for i, arg := range args {
		value, err := parseValue(&types[i].Type, strings.TrimSpace(arg), arg)
		if err != nil {
			return nil, fmt.Errorf("%w: number %d: %w", ErrArgument, i+1, err)
		}
		values[i] = value.Interface()
	}
	return types.Pack(values...)
}

// parseValue reads one value; raw is the text with its outer spaces, which only
// a string keeps.
func parseValue(t *abi.Type, text, raw string) (reflect.Value, error) {
	switch t.T {
	case abi.AddressTy:
		return wrap(ParseAddress(text))
	case abi.BoolTy:
		if text != "true" && text != "false" {
			return reflect.Value{}, fmt.Errorf("%q is no bool; write true or false", text)
		}
		return reflect.ValueOf(text == "true"), nil
	case abi.StringTy:
		return reflect.ValueOf(unquote(raw)), nil
	case abi.BytesTy:
		return wrap(parseHex(text))
	case abi.FixedBytesTy:
		return parseFixedBytes(t, text)
	case abi.IntTy, abi.UintTy:
		return parseInteger(t, text)
	case abi.SliceTy, abi.ArrayTy:
		return parseArray(t, text)
	case abi.TupleTy:
		return parseTuple(t, text)
	default:
		return reflect.Value{}, fmt.Errorf("type %s cannot be written as text", t)
	}
}

func wrap[T any](value T, err error) (reflect.Value, error) {
	return reflect.ValueOf(value), err
}

// ParseAddress reads an address of 20 bytes in hex. Mixed case must be the
// EIP-55 checksum, which catches mistyped digits.
func ParseAddress(text string) (common.Address, error) {
	if !common.IsHexAddress(text) || len(text) != 42 {
		return common.Address{}, fmt.Errorf("%q is no address; write 0x and 40 hex digits", text)
	}
	address := common.HexToAddress(text)
	digits := text[2:]
	if mixed := strings.ToLower(digits) != digits && strings.ToUpper(digits) != digits; mixed && address.Hex()[2:] != digits {
		return common.Address{}, fmt.Errorf("address %s has a wrong checksum: a digit is mistyped, or write it in lower case", text)
	}
	return address, nil
}

func parseHex(text string) ([]byte, error) {
	data, err := hexutil.Decode(text)
	if err != nil && text != "0x" {
		return nil, fmt.Errorf("%.40q is no hex data (%w); write 0x and pairs of hex digits", text, err)
	}
	return data, nil
}

func parseFixedBytes(t *abi.Type, text string) (reflect.Value, error) {
	data, err := parseHex(text)
	if err != nil {
		return reflect.Value{}, err
	}
	if len(data) != t.Size {
		return reflect.Value{}, fmt.Errorf("%s needs exactly %d bytes, not %d", t, t.Size, len(data))
	}
	value := reflect.New(t.GetType()).Elem()
	reflect.Copy(value, reflect.ValueOf(data))
	return value, nil
}

func parseInteger(t *abi.Type, text string) (reflect.Value, error) {
	number, err := integer(text)
	if err != nil {
		return reflect.Value{}, err
	}
	if t.T == abi.UintTy && (number.Sign() < 0 || number.BitLen() > t.Size) || t.T == abi.IntTy && !fitsSigned(number, t.Size) {
		return reflect.Value{}, fmt.Errorf("%s does not fit in %s", text, t)
	}
	goType := t.GetType()
	if goType == reflect.TypeFor[*big.Int]() {
		return reflect.ValueOf(number), nil
	}
	value := reflect.New(goType).Elem()
	if t.T == abi.UintTy {
		value.SetUint(number.Uint64())
	} else {
		value.SetInt(number.Int64())
	}
	return value, nil
}

func integer(text string) (*big.Int, error) {
	if len(text) > 100 {
		return nil, fmt.Errorf("%.20q… is too long for an integer", text)
	}
	if !strings.ContainsAny(text, "_") { // SetString would allow 1_000
		if number, ok := new(big.Int).SetString(text, 0); ok && !octal(text) {
			return number, nil
		}
	}
	if number, err := amount.Parse(text); err == nil {
		return number, nil
	}
	return nil, fmt.Errorf("%q is no integer; write it in decimal, in hex (0x…) or as an amount (1.5cmt)", text)
}

// octal reports a leading zero, which Go reads as octal and nobody means.
func octal(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return len(digits) > 1 && digits[0] == '0' && digits[1] != 'x' && digits[1] != 'X'
}

func fitsSigned(number *big.Int, bits int) bool {
	limit := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return number.Cmp(limit) < 0 && number.Cmp(limit.Neg(limit)) >= 0
}

func parseArray(t *abi.Type, text string) (reflect.Value, error) {
	parts, err := split(text, '[', ']')
	if err != nil {
		return reflect.Value{}, fmt.Errorf("%s: %w; write it like [1,2,3]", t, err)
	}
	var list reflect.Value
	if t.T == abi.SliceTy {
		list = reflect.MakeSlice(t.GetType(), len(parts), len(parts))
	} else {
		if len(parts) != t.Size {
			return reflect.Value{}, fmt.Errorf("%s needs exactly %d elements, not %d", t, t.Size, len(parts))
		}
		list = reflect.New(t.GetType()).Elem()
	}
	for i, part := range parts {
		value, err := parseValue(t.Elem, part, part)
		if err != nil {
			return reflect.Value{}, fmt.Errorf("element %d: %w", i+1, err)
		}
		list.Index(i).Set(value)
	}
	return list, nil
}

func parseTuple(t *abi.Type, text string) (reflect.Value, error) {
	parts, err := split(text, '(', ')')
	if err != nil {
		return reflect.Value{}, fmt.Errorf("%s: %w; write it like (1,true)", t, err)
	}
	if len(parts) != len(t.TupleElems) {
		return reflect.Value{}, fmt.Errorf("%s needs exactly %d fields, not %d", t, len(t.TupleElems), len(parts))
	}
	tuple := reflect.New(t.TupleType).Elem()
	for i, part := range parts {
		value, err := parseValue(t.TupleElems[i], part, part)
		if err != nil {
			return reflect.Value{}, fmt.Errorf("field %d: %w", i+1, err)
		}
		tuple.Field(i).Set(value)
	}
	return tuple, nil
}

// split cuts "[a,(b,c),"d,e"]" at its own commas: not at those inside brackets
// or double quotes.
func split(text string, open, end byte) ([]string, error) {
	if len(text) < 2 || text[0] != open || text[len(text)-1] != end {
		return nil, fmt.Errorf("%.40q does not stand between %c and %c", text, open, end)
	}
	inner := text[1 : len(text)-1]
	if strings.TrimSpace(inner) == "" {
		return nil, nil
	}
	var parts []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			if depth--; depth < 0 {
				return nil, fmt.Errorf("%.40q closes a bracket too many", text)
			}
		case c == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(inner[start:i]))
			start = i + 1
		}
	}
	if quoted || depth != 0 {
		return nil, fmt.Errorf("%.40q leaves a bracket or quote open", text)
	}
	return append(parts, strings.TrimSpace(inner[start:])), nil
}
