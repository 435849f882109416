package process

import (
	"encoding/hex"
	"errors"
	"math/big"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// signature is a function as a model writes it: "transfer(address,uint256)", with
// the types of what it returns after it where that is used,
// "quote(uint256)(uint256,string)", with or without the word returns.
type signature struct {
	selector [4]byte
	in, out  []abi.Type
}

// maxTypeDepth bounds arrays within arrays, maxTypes the arguments and the results
// of a function, each.
const (
	maxTypeDepth = 4
	maxTypes     = 64
)

// parseSignature reads a signature; nil when it is none. Tuples are not
// supported.
func parseSignature(s string) *signature {
	open := strings.IndexByte(s, '(')
	end := strings.IndexByte(s, ')')
	if open < 0 || end < open || !identifier(s[:open]) {
		return nil
	}
	f := &signature{}
	canonical := strings.ReplaceAll(s[:end+1], " ", "")
	copy(f.selector[:], crypto.Keccak256([]byte(canonical)))
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s[end+1:]), "returns"))
	var ok bool
	if f.in, ok = parseTypes(canonical[open+1 : len(canonical)-1]); !ok {
		return nil
	}
	if rest == "" {
		return f
	}
	if len(rest) < 2 || rest[0] != '(' || rest[len(rest)-1] != ')' {
		return nil
	}
	if f.out, ok = parseTypes(strings.ReplaceAll(rest[1:len(rest)-1], " ", "")); !ok {
		return nil
	}
	return f
}

var typeName = regexp.MustCompile(`^[a-z]+(|[1-9][0-9]*)(\[(|[1-9][0-9]*)\])*$`)

func parseTypes(list string) (types []abi.Type, ok bool) {
	if list == "" {
		return nil, true
	}
	if strings.Count(list, ",") >= maxTypes {
		return nil, false
	}
	for _, name := range strings.Split(list, ",") {
		if strings.Count(name, "[") > maxTypeDepth {
			return nil, false // NewType would read it once for each
		}
		t, err := abi.NewType(name, "", nil)
		if err != nil || !typeName.MatchString(name) || !supported(&t, 0) {
			return nil, false
		}
		types = append(types, t)
	}
	return types, true
}

func supported(t *abi.Type, depth int) bool {
	switch t.T {
	case abi.IntTy, abi.UintTy:
		return t.Size >= 8 && t.Size <= 256 && t.Size%8 == 0
	case abi.FixedBytesTy:
		return t.Size >= 1 && t.Size <= 32
	case abi.BoolTy, abi.StringTy, abi.AddressTy, abi.BytesTy:
		return true
	case abi.SliceTy:
		return depth < maxTypeDepth && supported(t.Elem, depth+1)
	case abi.ArrayTy:
		return depth < maxTypeDepth && t.Size > 0 && t.Size <= maxItems && supported(t.Elem, depth+1)
	}
	return false
}

var errABI = errors.New("process: the value has not the type of the argument")

// maxItems bounds the words of arguments and of what is read of results.
const maxItems = 4096

// pack is the call data with arguments.
func (f *signature) pack(args []feel.Value) ([]byte, error) {
	if len(args) != len(f.in) {
		return nil, errABI
	}
	types := make([]*abi.Type, len(f.in))
	for i := range f.in {
		types[i] = &f.in[i]
	}
	e := abiWriter{}
	data := append(append([]byte(nil), f.selector[:]...), e.sequence(types, args)...)
	if e.bad {
		return nil, errABI
	}
	return data, nil
}

type abiWriter struct {
	words int
	bad   bool
}

// sequence writes values as a tuple: their heads, then what is dynamic.
func (e *abiWriter) sequence(types []*abi.Type, values []feel.Value) []byte {
	size := 0
	for _, t := range types {
		size += headSize(t)
	}
	var heads, tails []byte
	for i, t := range types {
		body := e.value(t, values[i])
		if e.bad {
			return nil
		}
		if !isDynamic(t) {
			heads = append(heads, body...)
			continue
		}
		heads = append(heads, math.U256Bytes(big.NewInt(int64(size+len(tails))))...)
		tails = append(tails, body...)
	}
	return append(heads, tails...)
}

func isDynamic(t *abi.Type) bool {
	return t.T == abi.StringTy || t.T == abi.BytesTy || t.T == abi.SliceTy || t.T == abi.ArrayTy && isDynamic(t.Elem)
}

// headSize is how many bytes a value takes where its place is.
func headSize(t *abi.Type) int {
	if t.T == abi.ArrayTy && !isDynamic(t.Elem) {
		return t.Size * headSize(t.Elem)
	}
	return 32
}

func (e *abiWriter) value(t *abi.Type, v feel.Value) []byte {
	if e.words++; e.words > maxItems {
		e.bad = true
		return nil
	}
	switch t.T {
	case abi.IntTy, abi.UintTy:
		n, ok := whole(v)
		if ok = ok && fits(t, n); ok {
			return math.U256Bytes(new(big.Int).Set(n))
		}
	case abi.BoolTy:
		if b, ok := v.(feel.Boolean); ok {
			word := make([]byte, 32)
			if b {
				word[31] = 1
			}
			return word
		}
	case abi.AddressTy:
		s, _ := v.(feel.String)
		if a, ok := parseAddress(string(s)); ok {
			return common.LeftPadBytes(a[:], 32)
		}
	case abi.StringTy:
		if s, ok := v.(feel.String); ok {
			return e.bytes([]byte(s))
		}
	case abi.BytesTy, abi.FixedBytesTy:
		s, ok := v.(feel.String)
		if raw, hex := unhex(strings.TrimPrefix(string(s), "0x")); ok && hex && strings.HasPrefix(string(s), "0x") {
			if t.T == abi.BytesTy {
				return e.bytes(raw)
			}
			if len(raw) == t.Size {
				return common.RightPadBytes(raw, 32)
			}
		}
	default:
		return e.list(t, v)
	}
	e.bad = true
	return nil
}

// fits reports whether an integer is of an integer type.
func fits(t *abi.Type, n *big.Int) bool {
	if t.T == abi.UintTy {
		return n.Sign() >= 0 && n.BitLen() <= t.Size
	}
	if n.Sign() < 0 {
		n = new(big.Int).Not(n)
	}
	return n.BitLen() < t.Size
}

func (e *abiWriter) bytes(raw []byte) []byte {
	e.words += len(raw) / 32
	word := math.U256Bytes(big.NewInt(int64(len(raw))))
	return append(word, common.RightPadBytes(raw, (len(raw)+31)/32*32)...)
}

func (e *abiWriter) list(t *abi.Type, v feel.Value) []byte {
	items, ok := v.(feel.List)
	if !ok || len(items) > maxItems || t.T == abi.ArrayTy && len(items) != t.Size {
		e.bad = true
		return nil
	}
	types := make([]*abi.Type, len(items))
	for i := range types {
		types[i] = t.Elem
	}
	body := e.sequence(types, items)
	if t.T == abi.SliceTy {
		body = append(math.U256Bytes(big.NewInt(int64(len(items)))), body...)
	}
	return body
}

// unpack reads what a function returned: a value for each of its types.
func (f *signature) unpack(output []byte) ([]feel.Value, error) {
	d := abiReader{}
	types := make([]*abi.Type, len(f.out))
	for i := range f.out {
		types[i] = &f.out[i]
	}
	values := d.sequence(types, output)
	if d.bad {
		return nil, errABI
	}
	return values, nil
}

type abiReader struct {
	words int
	bad   bool
}

// sequence reads a tuple that begins where data begins.
func (d *abiReader) sequence(types []*abi.Type, data []byte) []feel.Value {
	values := make([]feel.Value, 0, len(types))
	at := 0
	for _, t := range types {
		body := data[min(at, len(data)):]
		if isDynamic(t) {
			offset, ok := d.size(body)
			if !ok || offset > len(data) {
				d.bad = true
				return nil
			}
			body = data[offset:]
		}
		values = append(values, d.value(t, body))
		if d.bad {
			return nil
		}
		at += headSize(t)
	}
	return values
}

// size reads a length or an offset.
func (d *abiReader) size(data []byte) (int, bool) {
	if len(data) < 32 {
		return 0, false
	}
	n := new(big.Int).SetBytes(data[:32])
	return int(n.Int64()), n.BitLen() < 31
}

func (d *abiReader) value(t *abi.Type, data []byte) feel.Value {
	if d.words++; len(data) < 32 || d.words > maxItems {
		d.bad = true
		return nil
	}
	word := data[:32]
	switch t.T {
	case abi.UintTy:
		return integer(new(big.Int).SetBytes(word))
	case abi.IntTy:
		return integer(signed(new(big.Int).SetBytes(word)))
	case abi.BoolTy:
		return feel.Boolean(word[31] != 0)
	case abi.AddressTy:
		return text(common.BytesToAddress(word))
	case abi.FixedBytesTy:
		return feel.String("0x" + hex.EncodeToString(word[:t.Size]))
	case abi.ArrayTy:
		return d.list(t, t.Size, data)
	}
	n, ok := d.size(data)
	rest := data[32:]
	if t.T == abi.SliceTy {
		if !ok || n > maxItems {
			d.bad = true
			return nil
		}
		return d.list(t, n, rest)
	}
	if !ok || n > len(rest) || n > maxItems*32 {
		d.bad = true
		return nil
	}
	d.words += n / 32
	if raw := rest[:n]; t.T == abi.BytesTy {
		return feel.String("0x" + hex.EncodeToString(raw))
	} else if utf8.Valid(raw) {
		return feel.String(raw)
	}
	d.bad = true
	return nil
}

func (d *abiReader) list(t *abi.Type, n int, data []byte) feel.Value {
	types := make([]*abi.Type, n)
	for i := range types {
		types[i] = t.Elem
	}
	return feel.List(d.sequence(types, data))
}
