package node

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/consensus"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
)

// protocol answers consensus from the chain's contracts.
type protocol struct{ n *Node }

func (p protocol) Coinbase(_ *types.Header, proposer execution.ValidatorAddress) common.Address {
	return p.n.operator(network.ConsensusAddress(proposer))
}

func (p protocol) Initial(*types.Header) []consensus.Power  { return nil }
func (p protocol) Changes(types.Receipts) []consensus.Power { return nil }
func (p protocol) Ready(*types.Header) error                { return nil }

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
