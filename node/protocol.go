package node

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/consensus"
	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
)

// protocol answers consensus from the chain's contracts.
type protocol struct{ n *Node }

// at is the contracts' view of the state after a block.
func (p protocol) at(head *types.Header) (*contract.Context, error) {
	db, err := p.n.Chain.StateAt(head)
	if err != nil {
		return nil, err
	}
	return p.n.Executor.Context(db, head).View(), nil
}

func (p protocol) Coinbase(head *types.Header, proposer execution.ValidatorAddress) common.Address {
	if ctx, err := p.at(head); err == nil {
		if owner, known := p.n.Contracts.Owner(ctx, proposer); known {
			return owner
		}
	}
	return p.n.operator(network.ConsensusAddress(proposer))
}

func (p protocol) Initial(genesis *types.Header) []consensus.Power {
	ctx, err := p.at(genesis)
	if err != nil {
		return nil
	}
	return powers(p.n.Contracts.Initial(ctx))
}

func (p protocol) Changes(receipts types.Receipts) []consensus.Power {
	return powers(p.n.Contracts.Changes(receipts))
}

func powers(list []contracts.Power) []consensus.Power {
	converted := make([]consensus.Power, len(list))
	for i, change := range list {
		converted[i] = consensus.Power{Key: change.ConsensusKey, Power: int64(change.Power)}
	}
	return converted
}

func (p protocol) Ready(head *types.Header) error {
	ctx, err := p.at(head)
	if err != nil {
		return err
	}
	if err := p.n.Contracts.Ready(ctx, head.Number.Uint64()+1); err != nil {
		return fmt.Errorf("%w: %w", consensus.ErrUpgrade, err)
	}
	return nil
}

// operator is the account that genesis names for a validator, or one that
// nobody has a key of.
func (n *Node) operator(validator network.ConsensusAddress) common.Address {
	if account, known := n.genesis.Operators[validator]; known {
		return account
	}
	return common.Address(validator)
}

// halt remembers why the node must stop.
func (n *Node) halt(reason error) {
	n.stopped.Store(true)
	select {
	case n.halted <- reason:
	default: // it is stopping already
	}
}

// Halted gives the reason when the node must stop by itself.
func (n *Node) Halted() <-chan error { return n.halted }
