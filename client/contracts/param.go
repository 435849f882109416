package contracts

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// Param is a parameter, a result, or a field of a struct.
type Param struct {
	Name   string   // as in Solidity, "" for an unnamed result
	Notice string   // what it is
	Fields []*Param // of a struct, or of the structs in an array

	typ   abi.Type
	kind  kind
	names []string // of an enum's values
	full  bool     // the label keeps the unit, as another's would be the same
}

// kind is how a number is meant, told by its name's ending.
type kind int

const (
	plain    kind = iota
	money         // …Wei
	moment        // …Time, …At, …Until: seconds since 1970
	duration      // …Seconds
	instant       // …TimeNanos: nanoseconds since 1970
	stretch       // …Nanos
	share         // …Bps: hundredths of a percent
	choice        // an enum
)

// endings in the order in which they are looked for.
var endings = []struct {
	text string
	kind kind
}{
	{"Wei", money}, {"Time", moment}, {"At", moment}, {"Until", moment}, {"Seconds", duration},
	{"TimeNanos", instant}, {"Nanos", stretch}, {"Bps", share},
}

// abiEntry is a function, event or error of an ABI in JSON.
type abiEntry struct {
	Type, Name      string
	Inputs, Outputs []abiParam
}

type abiParam struct {
	Type, InternalType string
	Components         []abiParam
}

// entriesOf indexes an ABI by kind and signature, "function close(uint64)".
func entriesOf(raw json.RawMessage) (map[string]*abiEntry, error) {
	var list []abiEntry
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	entries := map[string]*abiEntry{}
	for i, entry := range list {
		entries[entry.Type+" "+entry.Name+canonical(entry.Inputs)] = &list[i]
	}
	return entries, nil
}

func canonical(params []abiParam) string {
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = p.Type
		if dimensions, isTuple := strings.CutPrefix(p.Type, "tuple"); isTuple {
			parts[i] = canonical(p.Components) + dimensions
		}
	}
	return "(" + strings.Join(parts, ",") + ")"
}

// newParams joins what is known of parameters: their types, the names of their
// types in Solidity, and their documentation.
func newParams(args abi.Arguments, entries []abiParam, docs []string, types map[string]typeDocument) []*Param {
	params := make([]*Param, len(args))
	for i, arg := range args {
		doc, entry := "", abiParam{}
		if i < len(docs) {
			doc = docs[i]
		}
		if i < len(entries) {
			entry = entries[i]
		}
		params[i] = newParam(arg.Name, doc, arg.Type, entry, types)
	}
	tellApart(params)
	return params
}

// tellApart gives parameters that differ by their unit alone, as commissionBps
// and commissionWei, their full names.
func tellApart(params []*Param) {
	count := map[string]int{}
	for _, p := range params {
		count[p.Word()]++
	}
	for _, p := range params {
		p.full = p.full || count[p.Word()] > 1
	}
}

func newParam(name, doc string, typ abi.Type, entry abiParam, types map[string]typeDocument) *Param {
	p := &Param{Name: name, Notice: doc, typ: typ, kind: kindOf(name, innermost(typ))}
	_, declared, _ := strings.Cut(entry.InternalType, " ")
	declared, _, _ = strings.Cut(declared, "[")
	described := types[declared]
	if strings.HasPrefix(entry.InternalType, "enum ") {
		p.kind = choice
		for _, member := range described.Members {
			p.names = append(p.names, member.Name)
		}
	}
	inner := innermost(typ)
	if inner.T != abi.TupleTy {
		return p
	}
	for i, fieldName := range inner.TupleRawNames {
		doc, component := "", abiParam{}
		if i < len(described.Members) {
			doc = described.Members[i].Notice
		}
		if i < len(entry.Components) {
			component = entry.Components[i]
		}
		p.Fields = append(p.Fields, newParam(fieldName, doc, *inner.TupleElems[i], component, types))
	}
	tellApart(p.Fields)
	return p
}

// innermost is the type of an array's elements, at whatever depth.
func innermost(t abi.Type) abi.Type {
	for t.T == abi.SliceTy || t.T == abi.ArrayTy {
		t = *t.Elem
	}
	return t
}

func kindOf(name string, t abi.Type) kind {
	if t.T != abi.UintTy && t.T != abi.IntTy {
		return plain
	}
	for _, ending := range endings {
		if strings.HasSuffix(name, ending.text) || name == strings.ToLower(ending.text) && name != "at" {
			return ending.kind
		}
	}
	return plain
}

// Type is the parameter's type in the ABI's words, such as uint256 or (uint64,string)[].
func (p *Param) Type() string { return p.typ.String() }

// Label is the parameter's name for people: paidUntil becomes "paid until" and
// amountWei, whose value is shown with its unit, "amount".
func (p *Param) Label() string { return strings.ReplaceAll(p.Word(), "-", " ") }

// Word is the parameter's name on the command line: paidUntil becomes
// paid-until, and amountWei, whose value is given with its unit, amount.
func (p *Param) Word() string {
	name := p.Name
	if p.full {
		return kebab(name)
	}
	for _, ending := range endings {
		switch {
		case p.kind != ending.kind || p.kind == moment:
		case p.kind == instant:
			name = strings.TrimSuffix(name, "Nanos")
		default:
			name = cmp.Or(strings.TrimSuffix(name, ending.text), name)
		}
	}
	return kebab(name)
}

// kebab writes a Solidity name in lower case with dashes.
func kebab(name string) string {
	isUpper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c == '_' || c == '$' {
			if b.Len() > 0 && i+1 < len(name) {
				b.WriteByte('-')
			}
			continue
		}
		afterWord := i > 0 && name[i-1] != '_' && !isUpper(name[i-1])
		beforeWord := i > 0 && name[i-1] != '_' && i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
		if isUpper(c) && (afterWord || beforeWord) {
			b.WriteByte('-')
		}
		b.WriteString(strings.ToLower(name[i : i+1]))
	}
	return b.String()
}

// sort puts everything into the order of names, as maps have none.
func (c *Contract) sort() {
	slices.SortFunc(c.Methods, func(a, b *Method) int { return strings.Compare(a.Word, b.Word) })
	slices.SortFunc(c.Events, func(a, b *Event) int { return strings.Compare(a.abi.Sig, b.abi.Sig) })
	slices.SortFunc(c.Errors, func(a, b *Failure) int { return strings.Compare(a.abi.Sig, b.abi.Sig) })
}

// Bool reports whether the parameter is true or false.
func (p *Param) Bool() bool { return p.typ.T == abi.BoolTy }

// Default is what a parameter is when it is left out: pages begin at their
// beginning and have a hundred lines. ok is false for parameters that must be
// given.
func (p *Param) Default() (text string, ok bool) {
	if p.Bool() {
		return "false", true
	}
	if p.typ.T != abi.UintTy || p.kind != plain {
		return "", false
	}
	switch p.Name {
	case "cursor", "offset":
		return "0", true
	case "limit":
		return "100", true
	}
	return "", false
}

// Unit says how the parameter is written: an ABI type, or amount, time,
// duration, share or a choice.
func (p *Param) Unit() string {
	switch p.kind {
	case money:
		return "amount" + p.dimensions()
	case moment, instant:
		return "time" + p.dimensions()
	case duration, stretch:
		return "duration" + p.dimensions()
	case share:
		return "share" + p.dimensions()
	case choice:
		return strings.Join(p.names, "|") + p.dimensions()
	default:
		if innermost(p.typ).T == abi.TupleTy {
			return "struct" + p.dimensions()
		}
		return p.typ.String()
	}
}

// dimensions are the brackets of an array's type.
func (p *Param) dimensions() string {
	text := ""
	for t := p.typ; t.T == abi.SliceTy || t.T == abi.ArrayTy; t = *t.Elem {
		size := ""
		if t.T == abi.ArrayTy {
			size = strconv.Itoa(t.Size)
		}
		text = "[" + size + "]" + text
	}
	return text
}
