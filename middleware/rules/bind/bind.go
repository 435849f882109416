// Package bind writes typed code, in Solidity, Go and TypeScript, that calls a
// decision of one model or works with the sessions of one rule set: nobody packs
// the wire form by hand. It refuses types that the wire form cannot carry
// (functions) and those that contain themselves, which Solidity cannot express.
package bind

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/source"
)

// Target is what a binding is for.
type Target struct {
	Model    *dmn.Model
	Hash     common.Hash    // the binding evaluates this model and no other
	Decision string         // decision, service or business knowledge model
	Library  string         // its name; "" derives it from the model's
	Decimals int            // of numbers in Solidity, unless Scales says otherwise
	Scales   map[string]int // decimals by an input's, result's or component's name
}

// maxDecimals is the most that a number is scaled by.
const maxDecimals = 18

var (
	errFunction  = errors.New("a function cannot be sent to or from a contract; bind another decision")
	errRecursive = errors.New("the type contains itself, which Solidity cannot express")
)

// field is a member of a struct.
type field struct {
	name  string // in the model
	ident string // in code
	shape *shape
}

// shape is a type in code.
type shape struct {
	kind     feel.TypeKind
	solidity string // type
	decimals int    // of a number
	elem     *shape // of a list
	fields   []field
	source   string // name in the model, of a template

}

// scale is the decimals of a number, or of the numbers in a list.
func (s *shape) scale() int {
	for s.kind == feel.TypeList {
		s = s.elem
	}
	return s.decimals
}

// generator collects the structs of a binding.
type generator struct {
	target   Target
	language language
	structs  []*shape
	byName   map[string]*feel.Type
	open     []*feel.Type
}

// language is what a binding is written in.
type language uint8

const (
	solidity language = iota
	golang
	typescript
)

// memberName is what a member of a struct is called.
func (g *generator) memberName(name string, decimals int) string {
	if g.language == golang {
		return source.Pascal(name)
	}
	ident := camel(name)
	switch {
	case g.language == typescript:
		return ident
	case decimals > 0:
		return fmt.Sprintf("%sE%d", ident, decimals)
	case reserved[ident]:
		return ident + "_"
	}
	return ident
}

// element is what is bound, with its parameters and its result.
func (g *generator) element() (params []feel.Param, result *feel.Type, err error) {
	m := g.target.Model
	i := m.Find(g.target.Decision, "")
	if i < 0 || m.Elements[i].Kind == dmn.InputData {
		return nil, nil, fmt.Errorf("the model has no decision %q", g.target.Decision)
	}
	e := &m.Elements[i]
	switch e.Kind {
	case dmn.Service:
		return e.Params, e.Type, nil
	case dmn.Knowledge:
		if lambda, ok := e.Logic.(*feel.Lambda); ok {
			return lambda.Params, lambda.Result, nil
		}
		return nil, nil, fmt.Errorf("the business knowledge model %q has no logic", e.Name)
	}
	for k := range m.Elements {
		if in := &m.Elements[k]; in.Kind == dmn.InputData {
			params = append(params, feel.Param{Name: in.Name, Type: in.Type})
		}
	}
	return params, e.Type, nil
}

// binding is a decision's structs.
type binding struct {
	in, out *shape
	structs []*shape
	boxed   bool // Output is made around a result that is no context
}

// bindDecision makes the structs of a decision, none of a reserved name.
func bindDecision(target Target, language language, reserved ...string) (*binding, error) {
	g := &generator{target: target, language: language, byName: map[string]*feel.Type{"Input": nil, "Output": nil}}
	for _, name := range reserved {
		g.byName[name] = nil
	}
	params, result, err := g.element()
	if err != nil {
		return nil, err
	}
	fields := make([]feel.Field, len(params))
	for i, p := range params {
		fields[i] = feel.Field(p)
	}
	b := &binding{}
	if b.in, err = g.record("Input", fields); err != nil {
		return nil, fmt.Errorf("input %w", err)
	}
	b.boxed = result == nil || result.Kind != feel.TypeContext || len(result.Fields) == 0
	outputs := []feel.Field{{Name: target.Decision, Type: result}}
	if !b.boxed {
		g.open = append(g.open, result)
		outputs = result.Fields
	}
	if b.out, err = g.record("Output", outputs); err != nil {
		return nil, fmt.Errorf("result %w", err)
	}
	b.structs = g.structs
	return b, nil
}

// record makes a struct of fields.
func (g *generator) record(name string, fields []feel.Field) (*shape, error) {
	s := &shape{kind: feel.TypeContext, solidity: name}
	taken := map[string]bool{}
	for _, f := range fields {
		member, err := g.shape(name, f.Name, f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		s.fields = append(s.fields, field{f.Name, unique(g.memberName(f.Name, member.scale()), taken), member})
	}
	g.structs = append(g.structs, s)
	return s, nil
}

// simple are the types that need no struct.
var simple = map[feel.TypeKind]string{
	feel.TypeString: "string", feel.TypeBoolean: "bool", feel.TypeDate: "int64", feel.TypeTime: "string",
	feel.TypeDateTime: "int64", feel.TypeDuration: "int64", feel.TypeMonths: "int64",
}

func (g *generator) shape(parent, name string, t *feel.Type) (*shape, error) {
	if t == nil {
		return &shape{kind: feel.TypeAny, solidity: "bytes"}, nil
	}
	for _, open := range g.open {
		if open == t {
			return nil, errRecursive
		}
	}
	g.open = append(g.open, t)
	defer func() { g.open = g.open[:len(g.open)-1] }()
	switch t.Kind {
	case feel.TypeNumber:
		return g.number(name)
	case feel.TypeList:
		elem, err := g.shape(parent, name, t.Elem)
		if err != nil {
			return nil, err
		}
		return &shape{kind: t.Kind, solidity: elem.solidity + "[]", elem: elem}, nil
	case feel.TypeContext:
		if len(t.Fields) == 0 {
			break
		}
		struct_ := source.Pascal(t.Name)
		if t.Name == "" {
			struct_ = parent + source.Pascal(name)
		}
		if known, taken := g.byName[struct_]; taken && known != t {
			struct_ = parent + struct_
		} else if taken {
			for _, s := range g.structs {
				if s.solidity == struct_ {
					return s, nil
				}
			}
		}
		g.byName[struct_] = t
		return g.record(struct_, t.Fields)
	case feel.TypeFunction:
		return nil, errFunction
	}
	if solidity, ok := simple[t.Kind]; ok {
		return &shape{kind: t.Kind, solidity: solidity}, nil
	}
	return &shape{kind: feel.TypeAny, solidity: "bytes"}, nil
}

func (g *generator) number(name string) (*shape, error) {
	decimals, ok := g.target.Scales[name]
	if !ok {
		decimals = g.target.Decimals
	}
	if decimals < 0 || decimals > maxDecimals {
		return nil, fmt.Errorf("%d decimals; want 0 to %d", decimals, maxDecimals)
	}
	return &shape{kind: feel.TypeNumber, solidity: "int128", decimals: decimals}, nil
}

// camel is a name of a model in lower camel case.
func camel(name string) string {
	p := source.Pascal(name)
	return strings.ToLower(p[:1]) + p[1:]
}

func unique(ident string, taken map[string]bool) string {
	for base, n := ident, 2; taken[ident]; n++ {
		ident = fmt.Sprintf("%s%d", base, n)
	}
	taken[ident] = true
	return ident
}

// reserved are Solidity's words that a name may come to.
var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, word := range strings.Fields(`abstract address after alias anonymous apply as assembly auto bool break byte bytes calldata
		case catch constant constructor continue contract copyof days default define delete do else emit enum error ether event
		external fallback false final finney fixed for from function gwei hex hours if immutable implements import in indexed
		inline input int interface internal is let library macro mapping match memory minutes modifier mutable new null of
		override partial payable pragma private promise public pure receive reference relocatable return returns revert sealed
		seconds sizeof static storage string struct super supports switch szabo this throw true try type typedef typeof uint
		unchecked unicode using var view virtual weeks wei while years`) {
		words[word] = true
	}
	return words
}()

// keyHash is how generated code recognises a key.
func keyHash(name string) string { return crypto.Keccak256Hash([]byte(name)).Hex() }

// keyBytes is a key in the wire form, in hex.
func keyBytes(name string) string {
	return fmt.Sprintf("%04x%s", len(name), hex.EncodeToString([]byte(name)))
}
