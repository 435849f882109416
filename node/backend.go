package node

import (
	"encoding/base64"
	"fmt"
	"math/big"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/p2p"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/event"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/rpc"
)

// backend is what JSON-RPC sees of the node: the ledger's reads as they are,
// the rest adapted.
type backend struct {
	*chain.Chain
	n *Node
}

var _ rpc.Backend = backend{}

func (b backend) Head() *types.Header { return b.Chain.Head().Header() }

func (b backend) Sender(tx *types.Transaction) (common.Address, error) {
	return b.n.Executor.Sender(tx)
}

func (b backend) NewEVM(statedb vm.StateDB, header *types.Header, blockCtx *vm.BlockContext, cfg vm.Config) *vm.EVM {
	return b.n.Executor.NewEVM(statedb, header, blockCtx, cfg)
}

func (b backend) Replay(block *types.Block) (*execution.Replay, error) {
	return b.n.Executor.Replay(block)
}

func (b backend) SendTransactions(txs []*types.Transaction) []error {
	if b.n.dev != nil {
		return b.n.dev.SendTransactions(txs)
	}
	return b.n.Pool.Add(txs, mempool.Local)
}

func (b backend) PoolTransaction(hash common.Hash) *types.Transaction { return b.n.Pool.Get(hash) }
func (b backend) PoolNonce(addr common.Address) uint64                { return b.n.Pool.Nonce(addr) }
func (b backend) PoolStatus() (pending, queued int)                   { return b.n.Pool.Status() }

func (b backend) PoolContent() (pending, queued map[common.Address][]*types.Transaction) {
	return b.n.Pool.Content()
}

func (b backend) PoolContentFrom(addr common.Address) (pending, queued []*types.Transaction) {
	return b.n.Pool.ContentFrom(addr)
}

func (b backend) PoolSubscribe(ch chan<- core.NewTxsEvent) event.Subscription {
	return b.n.Pool.Subscribe(ch)
}

func (b backend) PriceFloor() *big.Int { return b.n.Executor.PriceFloor(b.n.Chain.Head().Header()) }

func (b backend) NextBaseFee(parent *types.Header) *big.Int { return b.n.Executor.NextBaseFee(parent) }

func (b backend) ClientVersion() string { return b.n.settings.Version }

// Consensus is this node's part in consensus.
func (b backend) Consensus() rpc.ConsensusStatus {
	status := rpc.ConsensusStatus{
		Network: b.n.document.ChainID,
		Moniker: b.n.settings.Comet.Moniker,
		Height:  b.Head().Number.Uint64(),
	}
	if b.n.comet == nil {
		return status
	}
	status.NodeID = string(b.n.comet.NodeInfo().ID())
	status.Peers = b.n.comet.Switch().Peers().Size()
	status.CatchingUp = b.n.comet.ConsensusReactor().WaitSync()
	key, err := b.n.comet.PrivValidator().GetPubKey()
	if err != nil {
		return status
	}
	_, validators := b.n.state.GetValidators()
	for _, validator := range validators {
		if validator.PubKey.Equals(key) {
			account := b.n.operator(network.ConsensusAddress(validator.Address))
			status.Validator, status.VotingPower = &account, uint64(validator.VotingPower)
		}
	}
	return status
}

// Validators is the validator set that decides the block at a height. CometBFT
// keeps the sets; its light-client methods serve those of the past.
func (b backend) Validators(number uint64) ([]rpc.Validator, error) {
	if b.n.comet == nil {
		return []rpc.Validator{}, nil
	}
	set, err := b.n.environment.StateStore.LoadValidators(int64(max(number, 1)))
	if err != nil {
		return nil, fmt.Errorf("validators of block %d: %w", number, err)
	}
	return b.describe(set.Validators), nil
}

func (b backend) describe(set []*cmttypes.Validator) []rpc.Validator {
	list := make([]rpc.Validator, len(set))
	for i, v := range set {
		list[i] = rpc.Validator{
			Address:          b.n.operator(network.ConsensusAddress(v.Address)),
			ConsensusAddress: v.Address.String(),
			PublicKey:        base64.StdEncoding.EncodeToString(v.PubKey.Bytes()),
			VotingPower:      uint64(v.VotingPower),
			ProposerPriority: v.ProposerPriority,
		}
	}
	return list
}

// Peers are the connected nodes.
func (b backend) Peers() []rpc.Peer {
	list := []rpc.Peer{}
	if b.n.comet == nil {
		return list
	}
	for _, peer := range b.n.comet.Switch().Peers().Copy() {
		entry := rpc.Peer{ID: string(peer.ID()), Outbound: peer.IsOutbound()}
		if addr := peer.SocketAddr(); addr != nil {
			entry.Address = addr.DialString()
		}
		if info, ok := peer.NodeInfo().(p2p.DefaultNodeInfo); ok {
			entry.Moniker = info.Moniker
		}
		list = append(list, entry)
	}
	return list
}

// Syncing reports whether the node is catching up with its peers, and how far
// they are.
func (b backend) Syncing() (progress ethereum.SyncProgress, syncing bool) {
	if b.n.comet == nil || !b.n.comet.ConsensusReactor().WaitSync() {
		return progress, false
	}
	head := b.Head().Number.Uint64()
	return ethereum.SyncProgress{
		StartingBlock: b.n.startedAt,
		CurrentBlock:  head,
		HighestBlock:  max(head, b.n.peersHeight()),
	}, true
}

// peersHeight is the greatest height that a peer has told of.
func (n *Node) peersHeight() (height uint64) {
	for _, peer := range n.comet.Switch().Peers().Copy() {
		if state, ok := peer.Get(cmttypes.PeerStateKey).(*cmtconsensus.PeerState); ok {
			// A peer's height is the one it works on.
			height = max(height, uint64(max(state.GetHeight()-1, 0)))
		}
	}
	return height
}
