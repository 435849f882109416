package consensus

import (
	"context"
	"errors"
	"fmt"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/execution"
)

// ProcessProposal accepts a proposal that an honest proposer could have made.
// Transactions that are well formed but individually invalid (nonce moved,
// balance gone) are accepted: they leave no trace in the block.
func (a *App) ProcessProposal(_ context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	err := a.judge(proposal{
		time: req.Time, proposer: req.ProposerAddress, votes: req.ProposedLastCommit.Votes, evidence: req.Misbehavior, txs: req.Txs,
	})
	if err != nil {
		a.Log.Warn("refused a proposal", "height", req.Height, "proposer", common.Bytes2Hex(req.ProposerAddress), "reason", err)
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

func (a *App) judge(p proposal) error {
	parent := a.Chain.Head().Header()
	if err := a.Validators.Ready(parent); err != nil {
		return err
	}
	env := a.environment(parent, p)
	id := digest(parent.Hash(), env, p.txs)
	if a.kept(id) != nil {
		return nil // built here
	}
	decoded := a.decode(p.txs)
	seen := make(map[common.Hash]int, len(p.txs))
	for i := range p.txs {
		tx, err := decoded.at(i)
		if err != nil {
			return fmt.Errorf("transaction %d: %w", i, err)
		}
		if first, twice := seen[tx.Hash()]; twice {
			return fmt.Errorf("transaction %d repeats transaction %d", i, first)
		}
		seen[tx.Hash()] = i
	}
	run, err := a.execute(parent, env, id, decoded)
	if err != nil {
		return err
	}
	for i, outcome := range run.outcomes {
		if errors.Is(outcome, core.ErrGasLimitReached) {
			return fmt.Errorf("transaction %d: %w", i, outcome)
		}
	}
	a.keep(run)
	return nil
}

// checkForm is what every proposed transaction must satisfy on its own.
func (a *App) checkForm(tx *types.Transaction) error {
	switch tx.Type() {
	case types.LegacyTxType, types.AccessListTxType, types.DynamicFeeTxType, types.SetCodeTxType:
	default:
		return fmt.Errorf("%w: type %d", core.ErrTxTypeNotSupported, tx.Type())
	}
	if execution.IsSystem(tx) {
		return execution.ErrForgedSystem
	}
	_, err := types.Sender(a.Executor.Signer(), tx) // recovered once, then remembered by tx
	return err
}

// executed is an execution and what became of each proposed transaction.
type executed struct {
	digest   [32]byte
	result   *execution.Result
	outcomes []error // nil: included
}

func (a *App) keep(run *executed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.executed = run
}

func (a *App) kept(digest [32]byte) *executed {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.executed != nil && a.executed.digest == digest {
		return a.executed
	}
	return nil
}

// execute runs the transactions in order. One that cannot be decoded or is
// invalid at its turn has an error as its outcome.
func (a *App) execute(parent *types.Header, env execution.Environment, id [32]byte, decoded *decoding) (*executed, error) {
	start := time.Now()
	builder, err := a.Executor.NewBlock(parent, env)
	if err != nil {
		return nil, err
	}
	outcomes := make([]error, len(decoded.txs))
	for i := range outcomes {
		tx, err := decoded.at(i)
		if err == nil {
			err = builder.Add(tx)
		}
		outcomes[i] = err
	}
	result, err := builder.Seal()
	if err != nil {
		return nil, err
	}
	a.observe(func(o Observer) { o.Executed(time.Since(start), len(outcomes)) })
	return &executed{digest: id, result: result, outcomes: outcomes}, nil
}

func (a *App) observe(f func(Observer)) {
	if a.Observe != nil {
		f(a.Observe)
	}
}
