// Package rules is the contract of the rules engine: decision models in DMN are
// deployed as content-addressed code and evaluated by other contracts, at a
// price that follows the work. It refuses models that do not verify and anything
// unmetered; it never reads DMN's XML, which is compiled outside of consensus.
package rules

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IRules.json
var compiled []byte

// Rules is the contract.
type Rules struct {
	*contract.Base
	store storage
	emit  struct {
		Deployed        func(ctx *contract.Context, model common.Hash, by common.Address, size uint32)
		Published       func(ctx *contract.Context, model common.Hash, owner common.Address, version uint64, name string)
		NameTransferred func(ctx *contract.Context, from, to common.Address, name string)
	}
	fail struct {
		BadModel        func() error
		NotDeployed     func(model common.Hash) error
		AddressTaken    func(model common.Hash) error
		BadName         func(name string) error
		NotOwner        func(name string, owner common.Address) error
		NoSuchVersion   func(name string, version uint64) error
		UnknownDecision func(decision string) error
		UnknownInput    func(input string) error
		BadInput        func(index uint64) error
		LimitReached    func(index uint64) error
	}
	models *cache
}

// New makes the contract for its address.
func New(address common.Address) *Rules {
	r := &Rules{models: newCache()}
	r.Base = contract.Must(contract.Spec{
		Name: "rules", Address: address, Interface: compiled,
		Storage: &r.store, Events: &r.emit, Errors: &r.fail,
		Methods: contract.Methods{
			"deploy":        r.deploy,
			"publish":       r.publish,
			"transferName":  r.transferName,
			"resolve":       r.resolve,
			"versionOf":     r.versionOf,
			"isDeployed":    r.isDeployed,
			"evaluate":      r.evaluate,
			"evaluateNamed": r.evaluateNamed,
			"evaluateBatch": r.evaluateBatch,
			"explain":       r.explain,
		},
	})
	return r
}
