// Package contracts knows the contracts that are written in Go and part of
// every chain: their addresses, typed bindings (one file a contract, made by
// `make generate`), documentation, and how their parameters, events and errors
// are written for people. It talks to no node: the bindings pack and unpack
// what package client sends and receives.
package contracts

import (
	"bytes"
	_ "embed" // contracts.json
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// Contract is a contract of the chain as its users see it.
type Contract struct {
	Name    string // as in Solidity, without the I: Staking
	Word    string // on the command line: staking
	Part    string // protocol or middleware
	Address common.Address
	Notice  string // what it is for, a sentence or more
	Methods []*Method
	Events  []*Event
	Errors  []*Failure

	abi   abi.ABI
	types map[string]typeDocument
}

// Method is a function of a contract.
type Method struct {
	Signature string // close(uint64)
	Word      string // on the command line: close-id
	Notice    string // what it does, for its callers
	Details   string // for those who want to know more, "" for nothing
	System    string // when the chain itself calls it, "" where others may
	View      bool   // whether it only reads
	Payable   bool   // whether CMT may be sent along
	Inputs    []*Param
	Outputs   []*Param

	abi abi.Method
}

// Event is what a contract logs.
type Event struct {
	Name   string
	Notice string
	Inputs []*Param

	abi abi.Event
}

// Failure is a custom error of a contract. Its notice says what to do next.
type Failure struct {
	Name   string
	Notice string
	Inputs []*Param

	abi abi.Error
}

//go:embed contracts.json
var embedded []byte

// All are the chain's contracts in the order of their addresses.
var All = sync.OnceValue(func() []*Contract {
	list, err := Parse(embedded)
	if err != nil {
		panic(fmt.Sprintf("contracts.json: %v", err)) // generated and tested
	}
	return list
})

// ErrMetadata is wrapped by every error of Parse.
var ErrMetadata = errors.New("no description of contracts")

// document is a contract in contracts.json.
type document struct {
	Name, Word, Part, Notice string
	Address                  common.Address
	Methods, Events, Errors  []memberDocument
	Types                    map[string]typeDocument
	ABI                      json.RawMessage
}

type memberDocument struct {
	Signature, Word, Notice, Details, System string
	Params, Returns                          []string
}

// typeDocument describes a struct or an enum.
type typeDocument struct {
	Kind    string
	Notice  string
	Members []struct{ Name, Notice string }
}

// Parse reads descriptions as `make generate` writes them.
func Parse(content []byte) ([]*Contract, error) {
	var documents []document
	if err := json.Unmarshal(content, &documents); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMetadata, err)
	}
	list := make([]*Contract, len(documents))
	for i, d := range documents {
		var err error
		if list[i], err = d.contract(); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrMetadata, d.Name, err)
		}
	}
	return list, nil
}

func (d document) contract() (*Contract, error) {
	c := &Contract{Name: d.Name, Word: d.Word, Part: d.Part, Address: d.Address, Notice: d.Notice, types: d.Types}
	var err error
	if c.abi, err = abi.JSON(bytes.NewReader(d.ABI)); err != nil {
		return nil, err
	}
	entries, err := entriesOf(d.ABI)
	if err != nil {
		return nil, err
	}
	for _, m := range c.abi.Methods {
		entry, doc := entries["function "+m.Sig], find(d.Methods, m.Sig)
		if entry == nil || doc == nil {
			return nil, fmt.Errorf("%s is not described", m.Sig)
		}
		c.Methods = append(c.Methods, &Method{
			Signature: m.Sig, Word: doc.Word, Notice: doc.Notice, Details: doc.Details, System: doc.System, View: m.IsConstant(), Payable: m.IsPayable(),
			Inputs: newParams(m.Inputs, entry.Inputs, doc.Params, d.Types), Outputs: newParams(m.Outputs, entry.Outputs, doc.Returns, d.Types), abi: m,
		})
	}
	for _, e := range c.abi.Events {
		entry, doc := entries["event "+e.Sig], find(d.Events, e.Sig)
		if entry == nil || doc == nil {
			return nil, fmt.Errorf("event %s is not described", e.Sig)
		}
		c.Events = append(c.Events, &Event{Name: e.RawName, Notice: doc.Notice, Inputs: newParams(e.Inputs, entry.Inputs, doc.Params, d.Types), abi: e})
	}
	for _, e := range c.abi.Errors {
		entry, doc := entries["error "+e.Sig], find(d.Errors, e.Sig)
		if entry == nil || doc == nil {
			return nil, fmt.Errorf("error %s is not described", e.Sig)
		}
		c.Errors = append(c.Errors, &Failure{Name: e.Name, Notice: doc.Notice, Inputs: newParams(e.Inputs, entry.Inputs, doc.Params, d.Types), abi: e})
	}
	c.sort()
	return c, nil
}

func find(list []memberDocument, signature string) *memberDocument {
	for i := range list {
		if list[i].Signature == signature {
			return &list[i]
		}
	}
	return nil
}
