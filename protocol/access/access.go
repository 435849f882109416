// Package access is the contract that says who may send transactions and who may
// deploy contracts on a private network. It never shuts everybody out, and on a
// network that is open to everyone a look at it is one storage slot.
package access

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IAccess.json
var compiled []byte

// Mode is whom a right is given to.
type Mode uint8

// The modes.
const (
	Everyone Mode = iota
	Listed        // listed accounts and administrators
)

// Role is what an account can be listed as.
type Role uint8

// The roles.
const (
	Sender Role = iota
	Deployer
	Administrator // may send and deploy, and changes modes and the other lists
)

// Access is the contract.
type Access struct {
	*contract.Base
	governance common.Address
	store      storage
	emit       struct {
		ModesChanged func(ctx *contract.Context, senders, deployers Mode)
		Added        func(ctx *contract.Context, role Role, account common.Address)
		Removed      func(ctx *contract.Context, role Role, account common.Address)
	}
	fail struct {
		NotAllowed func(account common.Address) error
		Unknown    func(value uint8) error
		NobodyLeft func() error
	}
}

// New makes the contract for its address; governance may do whatever
// administrators may, and names them.
func New(address, governance common.Address) *Access {
	a := &Access{governance: governance}
	a.Base = contract.Must(contract.Spec{
		Name: "access", Address: address, Interface: compiled,
		Storage: &a.store, Events: &a.emit, Errors: &a.fail,
		Methods: contract.Methods{
			"setModes":    a.setModes,
			"add":         a.add,
			"remove":      a.remove,
			"modes":       a.modes,
			"maySend":     a.MaySend,
			"mayDeploy":   a.MayDeploy,
			"isListed":    a.isListed,
			"listedCount": a.listedCount,
			"listed":      a.listed,
		},
	})
	return a
}
