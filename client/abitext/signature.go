// Package abitext reads and writes the Solidity ABI as people type it:
// signatures such as "balanceOf(address)(uint256)", arguments such as
// "[1,2,3]" or "(0xf39F…,true)", and outputs as text and JSON. Encoding itself
// is go-ethereum's. It refuses what Solidity has no meaning for, and amounts of
// work that a short text should not cause (huge fixed arrays, deep nesting).
package abitext

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// ErrSignature is wrapped by every error of ParseFunction and ParseEvent.
var ErrSignature = errors.New("not a signature")

const (
	maxDepth    = 16   // nested tuples and arrays
	maxElements = 1024 // of all fixed array dimensions of a type together
)

// Function is a function's signature.
type Function struct {
	Name    string
	Inputs  abi.Arguments
	Outputs abi.Arguments // nil when the signature names none
}

// Event is an event's signature.
type Event struct {
	Name   string
	Inputs abi.Arguments
}

// ParseFunction reads "name(inputs)" or "name(inputs)(outputs)"; parameter
// names, "returns" and spaces are allowed, as in "transfer(address to, uint256
// amount) returns (bool)".
func ParseFunction(text string) (*Function, error) {
	p := parser{rest: text}
	fn := &Function{}
	err := func() (err error) {
		p.prefix("function")
		if fn.Name, err = p.identifier(); err != nil {
			return err
		}
		if fn.Inputs, err = p.arguments(false); err != nil {
			return err
		}
		for p.word("external") || p.word("public") || p.word("view") || p.word("pure") || p.word("payable") || p.word("returns") {
		}
		if p.peek() == '(' {
			fn.Outputs, err = p.arguments(false)
		}
		return err
	}()
	if err = p.finish(err); err != nil {
		return nil, fmt.Errorf("%w: %q: %w; write it like \"balanceOf(address)(uint256)\"", ErrSignature, text, err)
	}
	return fn, nil
}

// ParseEvent reads "Name(type indexed name, …)"; names are optional.
func ParseEvent(text string) (*Event, error) {
	p := parser{rest: text}
	ev := &Event{}
	err := func() (err error) {
		p.prefix("event")
		if ev.Name, err = p.identifier(); err != nil {
			return err
		}
		ev.Inputs, err = p.arguments(true)
		return err
	}()
	if err = p.finish(err); err != nil {
		return nil, fmt.Errorf("%w: %q: %w; write it like \"Transfer(address indexed,address indexed,uint256)\"", ErrSignature, text, err)
	}
	return ev, nil
}

// Selector returns the four bytes that name the function in call data.
func (f *Function) Selector() []byte {
	return crypto.Keccak256([]byte(canonical(f.Name, f.Inputs)))[:4]
}

// Topic returns the first topic of the event's logs.
func (e *Event) Topic() common.Hash {
	return crypto.Keccak256Hash([]byte(canonical(e.Name, e.Inputs)))
}

func canonical(name string, args abi.Arguments) string {
	names := make([]string, len(args))
	for i, arg := range args {
		names[i] = arg.Type.String()
	}
	return name + "(" + strings.Join(names, ",") + ")"
}

// parser is a recursive descent over what is left of a signature.
type parser struct {
	rest  string
	depth int
}

func (p *parser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *parser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// word takes a keyword when it comes next as a whole word.
func (p *parser) word(keyword string) bool {
	p.peek()
	after, found := strings.CutPrefix(p.rest, keyword)
	if !found || after != "" && identifierByte(after[0]) {
		return false
	}
	p.rest = after
	return true
}

// prefix takes a keyword that a name follows: a function may be called "function".
func (p *parser) prefix(keyword string) {
	before := p.rest
	if p.word(keyword) && !identifierByte(p.peek()) {
		p.rest = before
	}
}

func (p *parser) finish(err error) error {
	if err == nil && p.peek() != 0 {
		return fmt.Errorf("%q follows its end", p.rest)
	}
	return err
}

func identifierByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

func (p *parser) identifier() (string, error) {
	p.peek()
	end := 0
	for end < len(p.rest) && identifierByte(p.rest[end]) {
		end++
	}
	name := p.rest[:end]
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "", errors.New("a name is missing")
	}
	p.rest = p.rest[end:]
	return name, nil
}

func (p *parser) arguments(event bool) (abi.Arguments, error) {
	list, err := p.list(event)
	if err != nil {
		return nil, err
	}
	args := make(abi.Arguments, len(list))
	for i, item := range list {
		typ, err := abi.NewType(item.Type, "", item.Components)
		if err != nil {
			return nil, err
		}
		args[i] = abi.Argument{Name: item.Name, Type: typ, Indexed: item.Indexed}
	}
	return args, nil
}

// list reads "(type name, …)".
func (p *parser) list(event bool) ([]abi.ArgumentMarshaling, error) {
	if !p.take('(') {
		return nil, errors.New("\"(\" is missing")
	}
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("tuples are nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	items := []abi.ArgumentMarshaling{}
	if p.take(')') {
		return items, nil
	}
	for {
		item, err := p.parameter()
		if err != nil {
			return nil, err
		}
		item.Indexed = event && p.word("indexed")
		for _, location := range []string{"payable", "memory", "calldata", "storage"} {
			p.word(location)
		}
		item.Name = "arg" + strconv.Itoa(len(items))
		if c := p.peek(); identifierByte(c) {
			if item.Name, err = p.identifier(); err != nil {
				return nil, err
			}
		}
		items = append(items, item)
		if p.take(')') {
			return items, distinct(items)
		}
		if !p.take(',') {
			return nil, errors.New("\")\" is missing")
		}
	}
}

func distinct(items []abi.ArgumentMarshaling) error {
	seen := map[string]bool{}
	for _, item := range items {
		// go-ethereum makes struct fields of names, so they differ by more than case and underscores.
		key := abi.ToCamelCase(item.Name)
		if seen[key] {
			return fmt.Errorf("two parameters are called %q", item.Name)
		}
		seen[key] = true
	}
	return nil
}

// parameter reads one type with its array dimensions.
func (p *parser) parameter() (item abi.ArgumentMarshaling, err error) {
	if p.peek() == '(' || strings.HasPrefix(p.rest, "tuple(") {
		p.rest = strings.TrimPrefix(p.rest, "tuple")
		item.Type = "tuple"
		if item.Components, err = p.list(false); err != nil {
			return item, err
		}
		if len(item.Components) == 0 {
			return item, errors.New("an empty tuple has no encoding")
		}
	} else {
		name, err := p.identifier()
		if err != nil {
			return item, errors.New("a type is missing")
		}
		if item.Type, err = elementary(name); err != nil {
			return item, err
		}
	}
	dimensions, elements := 0, 1
	for p.take('[') {
		end := strings.IndexByte(p.rest, ']')
		if end < 0 {
			return item, errors.New("\"]\" is missing")
		}
		size := p.rest[:end]
		p.rest = p.rest[end+1:]
		if size != "" {
			n, err := strconv.ParseUint(size, 10, 16)
			if elements *= int(n); err != nil || n == 0 || elements > maxElements {
				return item, fmt.Errorf("array size [%s] is not between 1 and %d in all", size, maxElements)
			}
		}
		if dimensions++; dimensions > maxDepth {
			return item, fmt.Errorf("arrays are nested deeper than %d", maxDepth)
		}
		item.Type += "[" + size + "]"
	}
	return item, nil
}

// elementary checks a Solidity value type and gives its full name.
func elementary(name string) (string, error) {
	switch name {
	case "address", "bool", "string", "bytes":
		return name, nil
	case "uint", "int":
		return name + "256", nil
	}
	for prefix, step := range map[string]int{"uint": 8, "int": 8, "bytes": 1} {
		digits, found := strings.CutPrefix(name, prefix)
		if !found {
			continue
		}
		size, err := strconv.Atoi(digits)
		if err == nil && strconv.Itoa(size) == digits && size > 0 && size%step == 0 && size <= 32*step {
			return name, nil
		}
	}
	return "", fmt.Errorf("%q is no Solidity type", name)
}
