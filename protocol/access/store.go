package access

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout.
type storage struct {
	Senders   contract.Value[Mode]                                        // slot 0, byte 0
	Deployers contract.Value[Mode]                                        // slot 0, byte 1
	Lists     contract.Nested[Role, contract.Array[common.Address]]       // slot 1
	Positions contract.Nested[Role, contract.Map[common.Address, uint32]] // slot 2; from 1, 0 is not listed
}

// Genesis is the contract's whole state.
type Genesis struct {
	Senders              Mode             `json:"senders"`   // 0 everyone, 1 listed
	Deployers            Mode             `json:"deployers"` // 0 everyone, 1 listed
	ListedSenders        []common.Address `json:"listedSenders,omitempty"`
	ListedDeployers      []common.Address `json:"listedDeployers,omitempty"`
	ListedAdministrators []common.Address `json:"administrators,omitempty"`
}

// lists are the genesis' lists by role.
func (g *Genesis) lists() [Administrator + 1]*[]common.Address {
	return [...]*[]common.Address{Sender: &g.ListedSenders, Deployer: &g.ListedDeployers, Administrator: &g.ListedAdministrators}
}

// Begin writes the state of a genesis.
func (a *Access) Begin(ctx *contract.Context, genesis Genesis) error {
	if genesis.Senders > Listed || genesis.Deployers > Listed {
		return fmt.Errorf("access: a mode is 0 for everyone or 1 for listed accounts")
	}
	for role, accounts := range genesis.lists() {
		for _, account := range *accounts {
			if !a.put(ctx, Role(role), account) {
				return fmt.Errorf("access: %s is listed twice", account)
			}
		}
	}
	a.store.Senders.Set(ctx, genesis.Senders)
	a.store.Deployers.Set(ctx, genesis.Deployers)
	if a.nobodyLeft(ctx) {
		return fmt.Errorf("access: nobody could send transactions; list a sender or an administrator")
	}
	return nil
}

// Export reads the whole state.
func (a *Access) Export(ctx *contract.Context) Genesis {
	genesis := Genesis{Senders: a.store.Senders.Get(ctx), Deployers: a.store.Deployers.Get(ctx)}
	for role, accounts := range genesis.lists() {
		list := a.store.Lists.At(ctx, Role(role))
		*accounts = list.Slice(ctx, 0, list.Len(ctx))
	}
	return genesis
}
