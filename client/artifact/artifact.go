// Package artifact reads compiled contracts in the forms that compilers leave
// them: Hardhat and Foundry artifacts, solc's standard and combined JSON, and
// bytecode in hex. It refuses bytecode whose libraries are not linked.
package artifact

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"

	"github.com/cybermiles/cybermiles/client/abitext"
)

// MaxFile is the size of the largest file worth reading, in bytes: the output
// of solc for a big project has tens of megabytes.
const MaxFile = 256 << 20

// Errors of Parse.
var (
	ErrFormat   = errors.New("no compiled contract in a known form (Hardhat or Foundry artifact, solc JSON, bytecode in hex)")
	ErrChoice   = errors.New("the file does not hold exactly one contract of that name")
	ErrUnlinked = errors.New("the bytecode has libraries that are not linked")
	ErrAbstract = errors.New("the contract has no bytecode: it is an interface or abstract")
)

// Contract is what is needed to create a contract.
type Contract struct {
	Name        string // "" when the file does not say
	Bytecode    []byte // creation code
	constructor abi.Arguments
	known       bool // whether the constructor's parameters are known
}

// Parse reads a compiled contract. The name chooses among several; with a
// source file, as in "Sale.sol:Sale", among several of one name.
func Parse(content []byte, name string) (*Contract, error) {
	content = bytes.TrimSpace(content)
	if len(content) == 0 || content[0] != '{' {
		code, err := parseCode(string(content))
		if err != nil {
			return nil, err
		}
		return &Contract{Bytecode: code}, nil
	}
	found, err := candidates(content)
	if err != nil {
		return nil, err
	}
	if name != "" {
		found = slices.DeleteFunc(found, func(c candidate) bool { return c.name != name && c.source+":"+c.name != name })
	}
	switch {
	case len(found) == 1:
		return found[0].contract()
	case name != "":
		return nil, fmt.Errorf("%w: %d are called %s", ErrChoice, len(found), name)
	default:
		return nil, fmt.Errorf("%w: it holds %s", ErrChoice, names(found))
	}
}

// candidate is a contract of a file before its bytecode is looked at.
type candidate struct {
	source, name string
	abi          json.RawMessage
	code         string
}

// code is bytecode as a plain string (Hardhat) or in an object (Foundry, solc).
type code string

// UnmarshalJSON reads either form.
func (c *code) UnmarshalJSON(data []byte) error {
	var nested struct{ Object string }
	if len(data) > 0 && data[0] == '{' {
		err := json.Unmarshal(data, &nested)
		*c = code(nested.Object)
		return err
	}
	return json.Unmarshal(data, (*string)(c))
}

// document covers all forms: a field that a form does not have stays empty.
type document struct {
	ABI          json.RawMessage
	Bytecode     *code
	ContractName string
	Contracts    map[string]json.RawMessage
}

func candidates(content []byte) ([]candidate, error) {
	var d document
	if err := json.Unmarshal(content, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if d.Bytecode != nil {
		return []candidate{{name: d.ContractName, abi: d.ABI, code: string(*d.Bytecode)}}, nil
	}
	var found []candidate
	for key, value := range d.Contracts {
		some, err := solcContracts(key, value)
		if err != nil {
			return nil, fmt.Errorf("%w: contracts[%q]: %w", ErrFormat, key, err)
		}
		found = append(found, some...)
	}
	if len(found) == 0 {
		return nil, ErrFormat
	}
	slices.SortFunc(found, func(a, b candidate) int { return strings.Compare(a.source+":"+a.name, b.source+":"+b.name) })
	return found, nil
}

// solcContracts reads an entry of solc's "contracts": of a source file with its
// contracts (standard JSON), or of one contract "file:Name" (combined JSON).
func solcContracts(key string, value json.RawMessage) ([]candidate, error) {
	var combined struct {
		ABI json.RawMessage
		Bin *string
	}
	if err := json.Unmarshal(value, &combined); err != nil {
		return nil, err
	}
	if combined.Bin != nil {
		at := strings.LastIndex(key, ":")
		return []candidate{{source: key[:max(at, 0)], name: key[at+1:], abi: combined.ABI, code: *combined.Bin}}, nil
	}
	var standard map[string]struct {
		ABI json.RawMessage
		EVM struct{ Bytecode code }
	}
	if err := json.Unmarshal(value, &standard); err != nil {
		return nil, err
	}
	var found []candidate
	for name, c := range standard {
		found = append(found, candidate{source: key, name: name, abi: c.ABI, code: string(c.EVM.Bytecode)})
	}
	return found, nil
}

func (c candidate) contract() (*Contract, error) {
	compiled, err := parseCode(c.code)
	if err != nil {
		return nil, err
	}
	result := &Contract{Name: c.name, Bytecode: compiled}
	if len(c.abi) == 0 {
		return result, nil
	}
	text := c.abi
	var quoted string // combined JSON of old compilers holds the ABI as a string
	if json.Unmarshal(text, &quoted) == nil && quoted != "" {
		text = []byte(quoted)
	}
	parsed, err := abi.JSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: abi: %w", ErrFormat, err)
	}
	result.constructor, result.known = parsed.Constructor.Inputs, true
	return result, nil
}

func parseCode(text string) ([]byte, error) {
	text = strings.TrimPrefix(text, "0x")
	if strings.Contains(text, "__") {
		return nil, ErrUnlinked
	}
	compiled, err := hex.DecodeString(text)
	if err != nil {
		return nil, ErrFormat
	}
	if len(compiled) == 0 {
		return nil, ErrAbstract
	}
	return compiled, nil
}

func names(found []candidate) string {
	list := make([]string, 0, 5)
	for _, c := range found[:min(len(found), cap(list))] {
		list = append(list, c.name)
	}
	text := strings.Join(list, ", ")
	if more := len(found) - len(list); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// SetConstructor gives the constructor's parameter types, "(address,uint256)",
// for bytecode that comes without an ABI.
func (c *Contract) SetConstructor(types string) error {
	fn, err := abitext.ParseFunction("constructor" + types)
	if err != nil {
		return err
	}
	c.constructor, c.known = fn.Inputs, true
	return nil
}

// Creation returns the data of the transaction that creates the contract with
// constructor arguments given as text.
func (c *Contract) Creation(args []string) ([]byte, error) {
	if len(args) > 0 && !c.known {
		return nil, errors.New("its parameter types are unknown, for the file has no ABI; say them: \"(address,uint256)\"")
	}
	packed, err := abitext.EncodeArguments(c.constructor, args)
	if err != nil {
		return nil, err
	}
	return append(slices.Clone(c.Bytecode), packed...), nil
}
