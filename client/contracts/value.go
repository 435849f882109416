package contracts

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/cybermiles/cybermiles/client/amount"
)

// Value is a parameter with what a contract gave for it.
type Value struct {
	*Param
	raw any
}

// Text writes the value on one line: amounts in CMT, times as dates, enums by
// name, structs as (field value, …).
func (v Value) Text() string {
	return v.text(&v.typ, reflect.ValueOf(v.raw), v.typ.T == abi.StringTy)
}

// Brief is the text for a table: of amounts four decimals, of hashes and keys
// the beginning, with a mark for what is left out.
func (v Value) Brief() string {
	text := v.Text()
	switch {
	case v.kind == money && v.typ.T == abi.UintTy:
		number, unit, _ := strings.Cut(text, " ")
		whole, fraction, _ := strings.Cut(number, ".")
		if len(fraction) > 4 {
			return whole + "." + fraction[:4] + "… " + unit
		}
	case v.typ.T == abi.FixedBytesTy && v.typ.Size > 20, v.typ.T == abi.BytesTy:
		if len(text) > 18 {
			return text[:14] + "…"
		}
	}
	return text
}

// JSON gives the value as JSON has it: integers as decimal strings in their own
// unit, bytes in hex, structs as objects, enums by name.
func (v Value) JSON() any { return v.json(&v.typ, reflect.ValueOf(v.raw)) }

// Rows are the fields of a struct, nil for other values.
func (v Value) Rows() []Value {
	if v.typ.T != abi.TupleTy {
		return nil
	}
	return v.fields(reflect.ValueOf(v.raw))
}

// List are the elements of an array, as single values; ok tells an empty array
// from what is none.
func (v Value) List() (list []Value, ok bool) {
	if v.typ.T != abi.SliceTy && v.typ.T != abi.ArrayTy {
		return nil, false
	}
	element := *v.Param
	element.typ = *v.typ.Elem
	raw := reflect.ValueOf(v.raw)
	for i := range raw.Len() {
		list = append(list, Value{&element, raw.Index(i).Interface()})
	}
	return list, true
}

// OfStructs reports whether the value is an array of structs: a table.
func (v Value) OfStructs() bool {
	return (v.typ.T == abi.SliceTy || v.typ.T == abi.ArrayTy) && v.typ.Elem.T == abi.TupleTy
}

func (p *Param) fields(raw reflect.Value) []Value {
	list := make([]Value, len(p.Fields))
	for i, field := range p.Fields {
		list[i] = Value{field, raw.Field(i).Interface()}
	}
	return list
}

// text writes one value; alone says that a string needs no quotes.
func (p *Param) text(t *abi.Type, raw reflect.Value, alone bool) string {
	switch t.T {
	case abi.SliceTy, abi.ArrayTy:
		parts := make([]string, raw.Len())
		for i := range parts {
			parts[i] = p.text(t.Elem, raw.Index(i), false)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case abi.TupleTy:
		parts := make([]string, len(p.Fields))
		for i, value := range p.fields(raw) {
			parts[i] = value.Label() + " " + value.text(&value.typ, reflect.ValueOf(value.raw), false)
		}
		return "(" + strings.Join(parts, ", ") + ")"
	case abi.IntTy, abi.UintTy:
		return p.number(integerOf(raw))
	case abi.StringTy:
		if alone {
			return Printable(raw.String())
		}
		return strconv.Quote(raw.String()) // a contract must not write to a terminal
	case abi.BoolTy:
		return map[bool]string{true: "yes", false: "no"}[raw.Bool()]
	default:
		return fmt.Sprint(scalar(t, raw))
	}
}

func (p *Param) json(t *abi.Type, raw reflect.Value) any {
	switch t.T {
	case abi.SliceTy, abi.ArrayTy:
		list := make([]any, raw.Len())
		for i := range list {
			list[i] = p.json(t.Elem, raw.Index(i))
		}
		return list
	case abi.TupleTy:
		object := make(map[string]any, len(p.Fields))
		for _, value := range p.fields(raw) {
			object[value.Name] = value.JSON()
		}
		return object
	case abi.IntTy, abi.UintTy:
		number := integerOf(raw)
		if name, known := p.valueName(number); known {
			return name
		}
		return number.String()
	default:
		return scalar(t, raw)
	}
}

// scalar gives a string or a bool for everything that is no number and holds no
// other values.
func scalar(t *abi.Type, raw reflect.Value) any {
	switch t.T {
	case abi.BoolTy:
		return raw.Bool()
	case abi.StringTy:
		return raw.String()
	case abi.BytesTy:
		return hexutil.Encode(raw.Bytes())
	case abi.FixedBytesTy:
		data := make([]byte, raw.Len())
		reflect.Copy(reflect.ValueOf(data), raw)
		return hexutil.Encode(data)
	case abi.AddressTy:
		return raw.Interface().(common.Address).Hex()
	default:
		return fmt.Sprint(raw.Interface())
	}
}

func integerOf(raw reflect.Value) *big.Int {
	switch {
	case raw.CanUint():
		return new(big.Int).SetUint64(raw.Uint())
	case raw.CanInt():
		return big.NewInt(raw.Int())
	}
	if number, ok := raw.Interface().(*big.Int); ok && number != nil {
		return number
	}
	return new(big.Int)
}

// number writes an integer as its parameter's kind asks for.
func (p *Param) number(n *big.Int) string {
	switch p.kind {
	case money:
		return amount.CMT(n)
	case moment:
		return date(n)
	case instant:
		return date(new(big.Int).Quo(n, nanos))
	case duration:
		return span(n)
	case stretch:
		return time.Duration(min(new(big.Int).Abs(n).Uint64(), math.MaxInt64)).String()
	case share:
		return percent(n)
	case choice:
		if name, known := p.valueName(n); known {
			return name
		}
	}
	return n.String()
}

// nanos are the nanoseconds of a second.
var nanos = big.NewInt(int64(time.Second))

func (p *Param) valueName(n *big.Int) (string, bool) {
	if p.kind != choice || !n.IsInt64() || n.Sign() < 0 || n.Int64() >= int64(len(p.names)) {
		return "", false
	}
	return p.names[n.Int64()], true
}

// lastDate is the end of the year 9999, the last that dates are written for.
const lastDate = 253402300799

// date writes seconds since 1970; 0 stands for no time in every contract.
func date(n *big.Int) string {
	switch {
	case n.Sign() == 0:
		return "-"
	case n.Sign() < 0 || n.Cmp(big.NewInt(lastDate)) > 0:
		return n.String() + " (seconds since 1970)"
	default:
		return time.Unix(n.Int64(), 0).UTC().Format("2006-01-02 15:04:05 UTC")
	}
}

// spans are the units of durations, the longest first.
var spans = []struct {
	seconds int64
	unit    string
}{{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}

// span writes seconds as 7d or 1d 12h.
func span(n *big.Int) string {
	if !n.IsInt64() || n.Sign() <= 0 {
		return n.String() + "s"
	}
	var parts []string
	left := n.Int64()
	for _, s := range spans {
		if count := left / s.seconds; count > 0 {
			parts = append(parts, strconv.FormatInt(count, 10)+s.unit)
			left %= s.seconds
		}
	}
	return strings.Join(parts, " ")
}

// percent writes hundredths of a percent: 250 becomes 2.5 %.
func percent(n *big.Int) string {
	text := new(big.Rat).SetFrac(n, big.NewInt(100)).FloatString(2)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " %"
}

// Printable quotes text that would do something to a terminal.
func Printable(text string) string {
	if printable(text) {
		return text
	}
	return strconv.Quote(text)
}

func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) < 0
}
