package execution

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// chainContext gives core.GetHashFn the headers behind BLOCKHASH. The methods
// that only a proof-of-work engine needs answer nothing.
type chainContext struct{ x *Executor }

var _ core.ChainContext = chainContext{}

func (c chainContext) Engine() consensus.Engine                  { return nil }
func (c chainContext) Config() *params.ChainConfig               { return c.x.rules.Config }
func (c chainContext) CurrentHeader() *types.Header              { return nil }
func (c chainContext) GetHeaderByNumber(uint64) *types.Header    { return nil }
func (c chainContext) GetHeaderByHash(common.Hash) *types.Header { return nil }
func (c chainContext) GetHeader(h common.Hash, n uint64) *types.Header {
	return c.x.ledger.GetHeader(h, n)
}
