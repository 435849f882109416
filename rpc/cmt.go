package rpc

import (
	"github.com/ethereum/go-ethereum/common/hexutil"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// cmtAPI answers the cmt_ namespace: what Ethereum has no method for.
type cmtAPI struct{ v *view }

// Status returns this node's part in consensus.
func (a *cmtAPI) Status() ConsensusStatus { return a.v.b.Consensus() }

// Validators returns the validator set that decided on a block; of the newest
// one by default.
func (a *cmtAPI) Validators(number *gethrpc.BlockNumber) ([]Validator, error) {
	tag := gethrpc.LatestBlockNumber
	setValue(&tag, number)
	return a.v.b.Validators(a.v.number(tag))
}

// Peers returns the connected peers.
func (a *cmtAPI) Peers() []Peer {
	return append([]Peer{}, a.v.b.Peers()...)
}

// PriceFloor returns the floor of the base fee, in wei.
func (a *cmtAPI) PriceFloor() *hexutil.Big { return (*hexutil.Big)(a.v.b.PriceFloor()) }

// EarliestBlock returns the oldest block that this node can serve.
func (a *cmtAPI) EarliestBlock() hexutil.Uint64 { return hexutil.Uint64(a.v.b.Earliest()) }
