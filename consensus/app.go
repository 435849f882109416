// Package consensus is the CometBFT application: it builds and judges
// proposals, executes what was decided, commits it to the chain and serves
// snapshots to new nodes. It orders nothing itself and holds no keys.
package consensus

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
)

// Snapshots offers the state to nodes that join and takes it when joining.
type Snapshots interface {
	// Committed is told of each committed block and may start a snapshot.
	Committed(block *types.Block)
	List() []*abci.Snapshot
	Load(height uint64, format, chunk uint32) ([]byte, error)
	Offer(snapshot *abci.Snapshot, appHash []byte) abci.ResponseOfferSnapshot_Result
	Apply(index uint32, chunk []byte, sender string) *abci.ResponseApplySnapshotChunk
}

// Validators is what the chain's state says of its validators and its future.
type Validators interface {
	// Coinbase is the account of a proposer of the block after head.
	Coinbase(head *types.Header, proposer execution.ValidatorAddress) common.Address
	// Initial are the validators of the first block; none leaves those that the
	// genesis document names.
	Initial(genesis *types.Header) []Power
	// Changes are the changes of voting power that a block's receipts tell.
	Changes(receipts types.Receipts) []Power
	// Ready is an ErrUpgrade when the block after head is to be executed under
	// rules that this program does not know.
	Ready(head *types.Header) error
}

// Power is a validator's voting power from the block after next on; zero
// removes it.
type Power struct {
	Key   [32]byte // ed25519
	Power int64
}

// Options are the parts and settings of an App.
type Options struct {
	Chain      *chain.Chain
	Executor   *execution.Executor
	Pool       *mempool.Pool
	Snapshots  Snapshots // nil: none are offered or taken
	Validators Validators
	// DecidedHash is the hash of the consensus block at a height that the ledger
	// has no hash of, because it was restored with that block; zero when unknown.
	DecidedHash func(height uint64) common.Hash
	// BuildTime bounds how long building one proposal may take.
	BuildTime time.Duration
	// RetainBlocks is how many consensus blocks CometBFT keeps; 0 keeps all.
	RetainBlocks uint64
	Log          *slog.Logger
	Observe      Observer // nil: nothing is measured
	// Halt is told, once, why the node must stop: the next block needs a newer
	// program. It returns at once.
	Halt func(error)
}

// Observer is told how long the phases of a block took.
type Observer interface {
	Built(took time.Duration, transactions int)
	Executed(took time.Duration, transactions int)
	Committed(took time.Duration, block *types.Block)
}

// App implements abci.Application.
type App struct {
	Options
	inbox chan []byte // transactions from peers, not yet decoded
	ahead *prefetched // of blocks that are still to be executed

	mu       sync.Mutex
	executed *executed       // newest execution, by Prepare- or ProcessProposal
	decided  *chain.Executed // by FinalizeBlock, waiting for Commit
	idled    atomic.Int64    // nanoseconds, see SetIdled
	end      <-chan struct{} // closed when the node stops
}

var _ abci.Application = (*App)(nil)

// inboxSize bounds the transactions from peers that wait for decoding.
const inboxSize = 20_000

// New makes the application and starts taking in peers' transactions until ctx
// ends.
func New(ctx context.Context, options Options) *App {
	a := &App{Options: options, inbox: make(chan []byte, inboxSize), ahead: newPrefetched()}
	for range runtime.GOMAXPROCS(0) {
		go a.takeIn(ctx)
	}
	go a.prefetch(ctx)
	a.end = ctx.Done()
	return a
}

// Info tells CometBFT where the chain stands, so that it can replay what is
// missing.
func (a *App) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	head := a.Chain.Head()
	return &abci.ResponseInfo{
		Data:             "cybermiles",
		AppVersion:       appVersion,
		LastBlockHeight:  int64(head.NumberU64()),
		LastBlockAppHash: head.Hash().Bytes(),
	}, nil
}

// appVersion changes when blocks are executed under other rules.
const appVersion = 1

// InitChain starts the chain. The ledger was opened with the same genesis
// document, so only the hash of block 0 is left to report.
func (a *App) InitChain(_ context.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	if req.InitialHeight > 1 {
		return nil, fmt.Errorf("genesis names initial height %d: block numbers and consensus heights are the same, so it must be 1", req.InitialHeight)
	}
	genesis := a.Chain.Genesis()
	return &abci.ResponseInitChain{
		AppHash:    genesis.Hash().Bytes(),
		Validators: updates(a.Validators.Initial(genesis)),
	}, nil
}

// Query answers nothing: reads are Ethereum JSON-RPC's.
func (a *App) Query(context.Context, *abci.RequestQuery) (*abci.ResponseQuery, error) {
	return &abci.ResponseQuery{Code: codeRefused, Log: "state is read through Ethereum JSON-RPC (eth_call, eth_getProof)"}, nil
}

// ExtendVote adds nothing to votes.
func (a *App) ExtendVote(context.Context, *abci.RequestExtendVote) (*abci.ResponseExtendVote, error) {
	return &abci.ResponseExtendVote{}, nil
}

// VerifyVoteExtension accepts only the empty extension.
func (a *App) VerifyVoteExtension(_ context.Context, req *abci.RequestVerifyVoteExtension) (*abci.ResponseVerifyVoteExtension, error) {
	status := abci.ResponseVerifyVoteExtension_ACCEPT
	if len(req.VoteExtension) > 0 {
		status = abci.ResponseVerifyVoteExtension_REJECT
	}
	return &abci.ResponseVerifyVoteExtension{Status: status}, nil
}
