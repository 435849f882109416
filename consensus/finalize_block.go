package consensus

import (
	"context"
	"fmt"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/chain"
)

// Codes of transaction results in consensus blocks.
const (
	codeRefused = 1 // not part of the Ethereum block
)

var resultIncluded = &abci.ExecTxResult{}

// FinalizeBlock executes the decided block, unless its proposal was executed
// here already. The application hash is the Ethereum block's hash.
func (a *App) FinalizeBlock(_ context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	parent := a.Chain.Head().Header()
	if req.Height != parent.Number.Int64()+1 {
		return nil, fmt.Errorf("consensus decided block %d, the ledger's next is %d: roll both back to one height with `cybermiles rollback`", req.Height, parent.Number.Int64()+1)
	}
	p := proposal{time: req.Time, proposer: req.ProposerAddress, votes: req.DecidedLastCommit.Votes, evidence: req.Misbehavior, txs: req.Txs}
	if err := a.await(); err != nil {
		return nil, err
	}
	env := a.environment(parent, p)
	id := digest(parent.Hash(), env, p.txs)
	run := a.kept(id)
	if run == nil {
		var err error
		if run, err = a.execute(parent, env, id, a.decode(p.txs)); err != nil {
			return nil, err
		}
	}
	a.decided = &chain.Executed{
		Block:         run.result.Block,
		Receipts:      run.result.Receipts,
		State:         run.result.State,
		ConsensusHash: common.BytesToHash(req.Hash),
	}
	return &abci.ResponseFinalizeBlock{
		AppHash:   run.result.Block.Hash().Bytes(),
		TxResults: results(run.outcomes),

		ValidatorUpdates: updates(a.Validators.Changes(run.result.Receipts)),
	}, nil
}

// updates are changes of the validator set in CometBFT's form.
func updates(changes []Power) []abci.ValidatorUpdate {
	list := make([]abci.ValidatorUpdate, len(changes))
	for i, change := range changes {
		list[i] = abci.UpdateValidator(change.Key[:], change.Power, ed25519.KeyType)
	}
	return list
}

func results(outcomes []error) []*abci.ExecTxResult {
	list := make([]*abci.ExecTxResult, len(outcomes))
	for i, err := range outcomes {
		if list[i] = resultIncluded; err != nil {
			// The text is not part of what is hashed: it may name balances.
			list[i] = &abci.ExecTxResult{Code: codeRefused, Log: err.Error()}
		}
	}
	return list
}

// Commit writes the decided block to the ledger and moves the pool on.
func (a *App) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	start, decided := time.Now(), a.decided
	if decided == nil {
		return nil, fmt.Errorf("commit without a finalized block")
	}
	if err := a.Chain.Commit(*decided); err != nil {
		return nil, err
	}
	a.decided = nil
	a.keep(nil)
	if err := a.Pool.Reset(decided.Block, decided.Block.Root()); err != nil {
		return nil, err
	}
	if a.Snapshots != nil {
		a.Snapshots.Committed(decided.Block)
	}
	a.observe(func(o Observer) { o.Committed(time.Since(start), decided.Block) })
	a.checkUpgrade()
	return &abci.ResponseCommit{RetainHeight: a.retainHeight(decided.Block.NumberU64())}, nil
}

func (a *App) retainHeight(height uint64) int64 {
	if a.RetainBlocks == 0 || height <= a.RetainBlocks {
		return 0
	}
	return int64(height - a.RetainBlocks)
}
