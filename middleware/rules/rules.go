// Package rules is the contract of the rules engine: decision models in DMN and
// sets of production rules are deployed as content-addressed code; contracts
// evaluate the ones and run the others, at once or in sessions whose facts stay,
// at a price that follows the work. It refuses models that do not verify and
// anything unmetered; it never reads DMN's XML or rule text, which are compiled
// outside of consensus.
package rules

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/models"
)

//go:embed IRules.json
var compiled []byte

// readyBytes is how many bytes of compiled models are kept ready to run. Ready,
// a model takes some forty times its compiled size.
const readyBytes = 4 << 20

// Rules is the contract.
type Rules struct {
	*contract.Base
	store storage
	emit  struct {
		models.Events
		Deployed func(ctx *contract.Context, model common.Hash, by common.Address, size uint32)
		Opened   func(ctx *contract.Context, session uint64, model common.Hash, owner common.Address)
		Allowed  func(ctx *contract.Context, session uint64, account common.Address, allowed bool)
		Emitted  func(ctx *contract.Context, session uint64, rule, name string, fields []byte)
		Fired    func(ctx *contract.Context, session, firings uint64, status uint8)
		Closed   func(ctx *contract.Context, session uint64)
	}
	fail struct {
		models.Errors
		BadModel        func() error
		AddressTaken    func(model common.Hash) error
		UnknownDecision func(decision string) error
		UnknownInput    func(input string) error
		BadInput        func(index uint64) error
		LimitReached    func(index uint64) error
		WrongKind       func(model common.Hash) error
		NoSession       func(session uint64) error
		NotAllowed      func(session uint64, account common.Address) error
		BadFact         func(index uint64) error
		NoFact          func(session, id uint64) error
		SessionFull     func(session uint64) error
		RuleFailed      func(rule string, line, action uint32) error
	}
	names    models.Registry
	ready    *models.Cache[prepared]
	networks *networks
	changes  contract.Tally // of sessions
}

// New makes the contract for its address.
func New(address common.Address) *Rules {
	r := &Rules{ready: models.NewCache[prepared](readyBytes), networks: newNetworks()}
	r.names = models.Registry{Storage: &r.store.Storage, Emit: &r.emit.Events, Fail: &r.fail.Errors, IsDeployed: r.isDeployed}
	r.Base = contract.Must(contract.Spec{
		Name: "rules", Address: address, Interface: compiled,
		Storage: &r.store, Events: &r.emit, Errors: &r.fail,
		Methods: contract.Methods{
			"deploy":        r.deploy,
			"publish":       r.names.Publish,
			"transferName":  r.names.TransferName,
			"resolve":       r.names.Resolve,
			"versionOf":     r.names.VersionOf,
			"isDeployed":    r.isDeployed,
			"evaluate":      r.evaluate,
			"evaluateNamed": r.evaluateNamed,
			"evaluateBatch": r.evaluateBatch,
			"explain":       r.explain,
			"run":           r.run,
			"open":          r.open,
			"allow":         r.allow,
			"insert":        r.insert,
			"insertMany":    r.insertMany,
			"update":        r.update,
			"retract":       r.retract,
			"fire":          r.fire,
			"query":         r.query,
			"factOf":        r.factOf,
			"sessionOf":     r.sessionOf,
			"isAllowed":     r.isAllowed,
			"close":         r.close,
		},
	})
	return r
}
