package rpc

import gethrpc "github.com/ethereum/go-ethereum/rpc"

// erigonAPI answers the one erigon_ method by which Otterscan recognises a node.
type erigonAPI struct{ v *view }

// GetHeaderByNumber returns a header, or null when there is none.
func (a *erigonAPI) GetHeaderByNumber(number gethrpc.BlockNumber) (map[string]any, error) {
	return (&blockAPI{a.v}).GetHeaderByNumber(number)
}
