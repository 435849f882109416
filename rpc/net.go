package rpc

import "github.com/ethereum/go-ethereum/common/hexutil"

// netAPI answers the net_ namespace.
type netAPI struct{ v *view }

// Version returns the network id, which is the chain id, in decimal.
func (a *netAPI) Version() string { return a.v.b.ChainConfig().ChainID.String() }

// Listening tells that the node accepts peers.
func (a *netAPI) Listening() bool { return true }

// PeerCount returns how many peers are connected.
func (a *netAPI) PeerCount() hexutil.Uint { return hexutil.Uint(len(a.v.b.Peers())) }
