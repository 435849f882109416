package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// Interface is one I<Name>.json, the public face of a contract.
type Interface struct {
	Part    string // protocol or middleware
	Folder  string
	Name    string // without the I: Staking
	Address common.Address
	Fixed   bool // whether the interface names an address; others describe callbacks
	ABI     abi.ABI

	rawABI   json.RawMessage
	types    json.RawMessage
	solidity string // the source
	dev      devDoc
	user     userDoc
}

// devDoc is solc's documentation for developers.
type devDoc struct {
	Title   string
	Methods map[string]paramDoc
	Events  map[string]paramDoc
	Errors  map[string][]paramDoc
}

type paramDoc struct {
	Details string
	System  string `json:"custom:system"` // when the chain itself calls; nobody else may
	Params  map[string]string
	Returns map[string]string
}

// userDoc is solc's documentation for users.
type userDoc struct {
	Notice  string
	Methods map[string]noticeDoc
	Events  map[string]noticeDoc
	Errors  map[string][]noticeDoc
}

type noticeDoc struct{ Notice string }

// loadInterfaces reads every interface below root, by address and then by name.
func loadInterfaces(root string) ([]*Interface, error) {
	var list []*Interface
	for _, part := range []string{"protocol", "middleware"} {
		paths, err := filepath.Glob(filepath.Join(root, part, "*", "I*.json"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			one, err := loadInterface(part, path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b *Interface) int {
		if a.Fixed != b.Fixed {
			return map[bool]int{true: -1, false: 1}[a.Fixed]
		}
		if order := a.Address.Cmp(b.Address); order != 0 {
			return order
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list, distinct(list)
}

func loadInterface(part, path string) (*Interface, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	source, err := os.ReadFile(strings.TrimSuffix(path, ".json") + ".sol")
	if err != nil {
		return nil, fmt.Errorf("its source is missing: %w", err)
	}
	var compiled struct {
		Address *common.Address
		ABI     json.RawMessage
		Types   json.RawMessage
		Devdoc  devDoc
		Userdoc userDoc
	}
	if err := json.Unmarshal(content, &compiled); err != nil {
		return nil, err
	}
	parsed, err := abi.JSON(bytes.NewReader(compiled.ABI))
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".json"), "I")
	if name == "" {
		return nil, errors.New("an interface is called I<Name>")
	}
	one := &Interface{
		Part: part, Folder: filepath.Base(filepath.Dir(path)), Name: name, ABI: parsed,
		rawABI: compiled.ABI, types: compiled.Types, solidity: string(source), dev: compiled.Devdoc, user: compiled.Userdoc,
	}
	if compiled.Address != nil {
		one.Address, one.Fixed = *compiled.Address, true
	}
	return one, nil
}

// distinct refuses two interfaces that would become one file or one word.
func distinct(list []*Interface) error {
	taken := map[string]string{}
	for _, one := range list {
		keys := []string{"the name " + strings.ToLower(one.Name)}
		if one.Fixed {
			keys = append(keys, "the address "+one.Address.Hex())
		}
		for _, key := range keys {
			if other, clash := taken[key]; clash {
				return fmt.Errorf("%s of I%s is taken by I%s: choose another", key, one.Name, other)
			}
			taken[key] = one.Name
		}
	}
	return nil
}

// fixed are the interfaces that are contracts of the chain.
func fixed(list []*Interface) []*Interface {
	return slices.DeleteFunc(slices.Clone(list), func(one *Interface) bool { return !one.Fixed })
}

// file is the interface's name as a file or identifier in lower case.
func (i *Interface) file() string { return strings.ToLower(i.Name) }

// sortedMethods are the ABI's methods in the order of their signatures.
func (i *Interface) sortedMethods() []abi.Method {
	methods := make([]abi.Method, 0, len(i.ABI.Methods))
	for _, m := range i.ABI.Methods {
		methods = append(methods, m)
	}
	slices.SortFunc(methods, func(a, b abi.Method) int { return strings.Compare(a.Sig, b.Sig) })
	return methods
}

// sortedEvents are the ABI's events in the order of their signatures.
func (i *Interface) sortedEvents() []abi.Event {
	events := make([]abi.Event, 0, len(i.ABI.Events))
	for _, e := range i.ABI.Events {
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b abi.Event) int { return strings.Compare(a.Sig, b.Sig) })
	return events
}

// sortedErrors are the ABI's custom errors in the order of their signatures.
func (i *Interface) sortedErrors() []abi.Error {
	list := make([]abi.Error, 0, len(i.ABI.Errors))
	for _, e := range i.ABI.Errors {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b abi.Error) int { return strings.Compare(a.Sig, b.Sig) })
	return list
}
