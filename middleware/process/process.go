// Package process is the contract of the process engine: models in BPMN 2.0 are
// deployed as content-addressed code, and the chain runs their instances; each
// party may only do its own step, deadlines fire by themselves and money moves
// with the step. It refuses models that do not verify, steps of others, payments
// that are not covered and anything unmetered; it never reads BPMN's XML, which
// is compiled outside of consensus.
package process

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/models"
)

//go:embed IProcess.json
var compiled []byte

// Decide evaluates a decision of a model of the rules contract: of a name's
// newest version, of one version (name@2) or of a model by its hash (0x…). Inputs
// and result are in the wire form.
type Decide func(ctx *contract.Context, model, decision string, input []byte) (output []byte, err error)

// programBytes is how many bytes of compiled models are kept ready to run.
const programBytes = 4 << 20

// Process is the contract.
type Process struct {
	*contract.Base
	collector common.Address
	decide    Decide
	store     storage
	emit      struct {
		models.Events
		Deployed         func(ctx *contract.Context, model common.Hash, by common.Address, source common.Hash, size uint32)
		Listening        func(ctx *contract.Context, listener uint64, model common.Hash, owner common.Address, node uint16)
		Started          func(ctx *contract.Context, instance uint64, model common.Hash, starter common.Address, parent uint64, process string)
		Moved            func(ctx *contract.Context, instance uint64, nodes []byte)
		TaskOpened       func(ctx *contract.Context, instance uint64, account common.Address, token uint32, node uint16, job string)
		TaskCompleted    func(ctx *contract.Context, instance uint64, by common.Address, token uint32, node uint16)
		JobActivated     func(ctx *contract.Context, instance uint64, worker common.Address, token uint32, leasedUntil uint64)
		Called           func(ctx *contract.Context, instance uint64, target common.Address, token uint32, valueWei *uint256.Int, ok bool, output []byte)
		Correlated       func(ctx *contract.Context, instance uint64, from common.Address, name, key string)
		Undelivered      func(ctx *contract.Context, instance uint64, name, key string)
		Signaled         func(ctx *contract.Context, broadcast uint64, from common.Address, name string)
		Escalated        func(ctx *contract.Context, instance uint64, code string)
		IncidentRaised   func(ctx *contract.Context, instance uint64, token uint32, node uint16, reason string)
		IncidentResolved func(ctx *contract.Context, instance uint64, token uint32, by common.Address)
		Funded           func(ctx *contract.Context, instance uint64, from, asset common.Address, amount *uint256.Int)
		Paid             func(ctx *contract.Context, instance uint64, to, asset common.Address, amount *uint256.Int)
		DepositCharged   func(ctx *contract.Context, instance uint64, gasUsed, feeWei *uint256.Int)
		Migrated         func(ctx *contract.Context, instance uint64, model common.Hash, by common.Address)
		Ended            func(ctx *contract.Context, instance uint64, status uint8, code string, remainderTo common.Address)
	}
	fail struct {
		models.Errors
		BadModel         func() error
		AddressTaken     func(model common.Hash) error
		UnknownProcess   func(process string) error
		NotAStart        func(node string) error
		RoleUnbound      func(role string) error
		UnknownRole      func(role string) error
		BadVariables     func() error
		BadVariable      func(what string) error
		UnknownBroadcast func(broadcast uint64) error
		NotItself        func() error
		UnknownInstance  func(instance uint64) error
		NotRunning       func(instance uint64) error
		NotWaiting       func(instance uint64, token uint32) error
		NotAllowed       func(instance uint64, account common.Address) error
		Leased           func(instance uint64, token uint32, leasedUntil uint64) error
		NotCovered       func(instance uint64, asset common.Address, needed, held *uint256.Int) error
		WrongValue       func(sentWei, neededWei *uint256.Int) error
		TransferFailed   func(asset common.Address) error
		NoReceiver       func(name, key string) error
		NotSender        func(sender common.Address) error
		Endless          func(instance uint64) error
		TooLarge         func(instance uint64) error
		PlanRefused      func(instance uint64, reason string) error
		NotDue           func(instance uint64) error
	}
	names    models.Registry
	programs *models.Cache[*program]
}

// New makes the contract for its address. collector is the account that the fees
// of timers go to; decide, which may be nil, evaluates decisions.
func New(address, collector common.Address, decide Decide) *Process {
	p := &Process{collector: collector, decide: decide, programs: models.NewCache[*program](programBytes)}
	p.names = models.Registry{Storage: &p.store.Storage, Emit: &p.emit.Events, Fail: &p.fail.Errors, IsDeployed: p.isDeployed}
	p.Base = contract.Must(contract.Spec{
		Name: "process", Address: address, Interface: compiled,
		Storage: &p.store, Events: &p.emit, Errors: &p.fail,
		Methods: contract.Methods{
			// Instances call contracts only after they have been stored, so what a
			// contract calls back finds the books in order.
			"deploy":           contract.Reentrant(p.deploy),
			"publish":          contract.Reentrant(p.names.Publish),
			"transferName":     contract.Reentrant(p.names.TransferName),
			"start":            contract.Reentrant(p.start),
			"startAt":          contract.Reentrant(p.startAt),
			"startBatch":       contract.Reentrant(p.startBatch),
			"listen":           contract.Reentrant(p.listen),
			"unlisten":         contract.Reentrant(p.unlisten),
			"complete":         contract.Reentrant(p.complete),
			"throwError":       contract.Reentrant(p.throwError),
			"escalate":         contract.Reentrant(p.escalate),
			"activateJob":      contract.Reentrant(p.activateJob),
			"failJob":          contract.Reentrant(p.failJob),
			"chooseActivity":   contract.Reentrant(p.chooseActivity),
			"finishActivities": contract.Reentrant(p.finishActivities),
			"correlate":        contract.Reentrant(p.correlate),
			"deliver":          contract.Reentrant(p.deliver),
			"signal":           contract.Reentrant(p.signal),
			"carry":            contract.Reentrant(p.carry),
			"cancel":           contract.Reentrant(p.cancel),
			"retry":            contract.Reentrant(p.retry),
			"migrate":          contract.Reentrant(p.migrate),
			"fund":             contract.Reentrant(p.fund),
			"fundToken":        contract.Reentrant(p.fundToken),
			"topUp":            contract.Reentrant(p.topUp),
			"sweep":            contract.Reentrant(p.sweep),
			"run":              contract.System(p.run),
			"step":             contract.Reentrant(p.step),
			"resolve":          p.names.Resolve,
			"versionOf":        p.names.VersionOf,
			"sourceOf":         p.sourceOf,
			"instanceOf":       p.instanceOf,
			"stateOf":          p.stateOf,
			"accountOf":        p.accountOf,
			"rolesOf":          p.rolesOf,
			"variablesOf":      p.variablesOf,
			"balanceOf":        p.balanceOf,
			"tasksOf":          p.tasksOf,
			"tasksFor":         p.tasksFor,
			"jobs":             p.jobs,
			"waitingFor":       p.waitingFor,
			"counts":           p.counts,
			"depositFor":       p.depositFor,
		},
	})
	return p
}
