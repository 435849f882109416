// Package authority names the validators of a private network. An administrator
// or governance adds and removes them; there is no mining, no stake and no
// slashing. It refuses to leave the chain without a validator.
package authority

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IAuthority.json
var compiled []byte

// Authority is the contract.
type Authority struct {
	*contract.Base
	store      storage
	governance common.Address
	emit       struct {
		PowerChanged         func(ctx *contract.Context, consensusKey common.Hash, power uint64)
		ValidatorAdded       func(ctx *contract.Context, validator uint64, account common.Address, name string)
		ValidatorRemoved     func(ctx *contract.Context, validator uint64)
		SignedTwice          func(ctx *contract.Context, validator, height uint64)
		AdministratorChanged func(ctx *contract.Context, administrator common.Address)
		FeesPaid             func(ctx *contract.Context, to common.Address, amountWei *uint256.Int)
	}
	fail struct {
		NotAdministrator  func() error
		ValidatorMissing  func(validator uint64) error
		KeyTaken          func(validator uint64) error
		KeyInvalid        func() error
		AccountTaken      func(validator uint64) error
		PowerInvalid      func(limit uint64) error
		TooManyValidators func(limit uint64) error
		LastValidator     func() error
		NameTooLong       func(limit uint64) error
	}
}

// New makes the contract for its address. Governance may do what the
// administrator may.
func New(address, governance common.Address) *Authority {
	a := &Authority{governance: governance}
	a.Base = contract.Must(contract.Spec{
		Name: "authority", Address: address, Interface: compiled,
		Storage: &a.store, Events: &a.emit, Errors: &a.fail,
		Methods: contract.Methods{
			"addValidator":                a.addValidator,
			"setPower":                    a.setPower,
			"removeValidator":             a.removeValidator,
			"rotateKey":                   a.rotateKey,
			"setAdministrator":            a.setAdministrator,
			"beginBlock":                  contract.System(a.beginBlock),
			"validators":                  a.validators,
			"validator":                   a.validator,
			"validatorByConsensusAddress": func(ctx *contract.Context, address common.Address) uint64 { return a.store.ByAddress.Get(ctx, address) },
			"activeSet":                   a.activeSet,
			"administrator":               func(ctx *contract.Context) common.Address { return a.store.Head.Get(ctx).Administrator },
			"feeReceiver":                 func(ctx *contract.Context) common.Address { return a.store.Head.Get(ctx).FeeReceiver },
		},
	})
	return a
}
