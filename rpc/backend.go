package rpc

import (
	"math/big"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/event"
	"github.com/ethereum/go-ethereum/params"
)

// Backend is all that this package needs from the node. Blocks are final when
// they become visible here: there is one canonical block per number, for ever.
// Implementations must be safe for concurrent use.
type Backend interface {
	ChainConfig() *params.ChainConfig
	Head() *types.Header                         // newest final block
	Header(number uint64) *types.Header          // nil when absent
	HeaderByHash(hash common.Hash) *types.Header // nil when absent
	Block(number uint64) *types.Block            // nil when absent
	BlockByHash(hash common.Hash) *types.Block   // nil when absent
	Receipts(hash common.Hash) types.Receipts    // derived fields set; nil when absent or pruned
	Earliest() uint64                            // oldest block on disk
	Transaction(hash common.Hash) (tx *types.Transaction, blockHash common.Hash, number, index uint64, ok bool)
	StateAt(header *types.Header) (*state.StateDB, error) // the error explains pruned history
	Sender(tx *types.Transaction) (common.Address, error) // params.SystemAddress for system transactions
	// NewEVM returns an EVM with the chain's Go contracts installed. A nil
	// blockCtx is derived from the header.
	NewEVM(statedb vm.StateDB, header *types.Header, blockCtx *vm.BlockContext, cfg vm.Config) *vm.EVM
	// Replay prepares to execute the block's transactions again, on its
	// parent's state with the pre-block system calls done.
	Replay(block *types.Block) (*execution.Replay, error)

	SendTransactions(txs []*types.Transaction) []error // one error (or nil) for each
	PoolTransaction(hash common.Hash) *types.Transaction
	PoolNonce(addr common.Address) uint64 // next nonce with pending transactions counted
	PoolContent() (pending, queued map[common.Address][]*types.Transaction)
	PoolContentFrom(addr common.Address) (pending, queued []*types.Transaction)
	PoolStatus() (pending, queued int)
	PoolSubscribe(ch chan<- core.NewTxsEvent) event.Subscription

	SubscribeHead(ch chan<- chain.HeadEvent) event.Subscription
	LogIndex() *filtermaps.FilterMaps // nil when disabled

	Consensus() ConsensusStatus
	Validators(number uint64) ([]Validator, error)
	Peers() []Peer
	Syncing() (progress ethereum.SyncProgress, syncing bool)
	PriceFloor() *big.Int                      // floor of the base fee in wei
	NextBaseFee(parent *types.Header) *big.Int // base fee of the block after parent, in wei
	ClientVersion() string
}

// ConsensusStatus describes this node's part in consensus.
type ConsensusStatus struct {
	Network     string          `json:"network"`     // CometBFT chain id
	NodeID      string          `json:"nodeId"`      // CometBFT node id, hex
	Moniker     string          `json:"moniker"`     // the node's human name
	Height      uint64          `json:"height"`      // newest final block
	CatchingUp  bool            `json:"catchingUp"`  // still syncing from peers
	Validator   *common.Address `json:"validator"`   // this node's validator account, null when it is not a validator
	VotingPower uint64          `json:"votingPower"` // of this node's validator
	Peers       int             `json:"peers"`       // connected peers
}

// Validator is one member of the validator set at some block.
type Validator struct {
	Address          common.Address `json:"address"`          // Ethereum account that receives the fees
	ConsensusAddress string         `json:"consensusAddress"` // CometBFT address, hex
	PublicKey        string         `json:"publicKey"`        // consensus key, base64
	VotingPower      uint64         `json:"votingPower"`
	ProposerPriority int64          `json:"proposerPriority"`
}

// Peer is one connected peer of the consensus network.
type Peer struct {
	ID       string `json:"id"`
	Moniker  string `json:"moniker"`
	Address  string `json:"address"` // host:port
	Outbound bool   `json:"outbound"`
}
