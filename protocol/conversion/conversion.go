// Package conversion is the contract that turns tokens of the ERC-20 contract
// into coins for holders whom the genesis' snapshot left out. Whoever is in a
// Merkle tree of claims is paid once, to the account that its key has signed
// for. It refuses to create coins: it pays from its own balance; and it refuses
// signatures of contracts, which this chain cannot check.
package conversion

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IConversion.json
var compiled []byte

// Conversion is the contract.
type Conversion struct {
	*contract.Base
	governance common.Address
	store      storage
	emit       struct {
		Claimed   func(ctx *contract.Context, holder, recipient common.Address, amountWei *uint256.Int, root common.Hash)
		TreeAdded func(ctx *contract.Context, root common.Hash, totalWei *uint256.Int)
	}
	fail struct {
		NotGovernance  func(caller common.Address) error
		NotANewTree    func(root common.Hash) error
		TooFewCoins    func(totalWei, availableWei *uint256.Int) error
		UnknownTree    func(root common.Hash) error
		AlreadyClaimed func(holder, recipient common.Address) error
		NotSigned      func(holder common.Address) error
		NotARecipient  func(recipient common.Address) error
		TreeExhausted  func(root common.Hash, leftWei *uint256.Int) error
	}
}

// New makes the contract for its address. Only governance adds claim trees.
func New(address, governance common.Address) *Conversion {
	c := &Conversion{governance: governance}
	c.Base = contract.Must(contract.Spec{
		Name: "conversion", Address: address, Interface: compiled,
		Storage: &c.store, Events: &c.emit, Errors: &c.fail,
		Methods: contract.Methods{
			"claim":        c.claim,
			"addTree":      c.addTree,
			"totals":       c.totals,
			"treeOf":       c.treeOf,
			"trees":        c.trees,
			"claimed":      c.claimed,
			"digest":       c.digest,
			"eip712Domain": c.domain,
		},
	})
	return c
}
