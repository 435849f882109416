package consensus

import (
	"context"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
)

// txOverhead is the most that a transaction costs in a consensus block beyond
// its own bytes: a field tag and a length.
const txOverhead = 5

// staleTime is how long a chain may idle before the next block's time is too old
// for transactions. BFT time is that of the votes for the last block; an empty
// block first, which takes some milliseconds, gives them the present time.
const staleTime = time.Second

// SetIdled says how long the height that begins had waited for work.
func (a *App) SetIdled(waited time.Duration) { a.idled.Store(int64(waited)) }

// PrepareProposal builds the block by executing it: gas is counted as used, not
// as asked for, and nothing invalid is proposed. The result is kept, so that
// the proposer executes its block once.
func (a *App) PrepareProposal(_ context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	start, parent := time.Now(), a.Chain.Head().Header()
	if err := a.Validators.Ready(parent); err != nil {
		return nil, err
	}
	env := a.environment(parent, proposal{
		time: req.Time, proposer: req.ProposerAddress, votes: votesOf(req.LocalLastCommit.Votes), evidence: req.Misbehavior,
	})
	builder, err := a.Executor.NewBlock(parent, env)
	if err != nil {
		return nil, err
	}
	var txs [][]byte
	if time.Duration(a.idled.Load()) < staleTime {
		txs = a.fill(builder, req.MaxTxBytes, start.Add(a.BuildTime))
	}
	result, err := builder.Seal()
	if err != nil {
		return nil, err
	}
	a.keep(&executed{digest: digest(parent.Hash(), env, txs), result: result, outcomes: make([]error, len(txs))})
	a.observe(func(o Observer) { o.Built(time.Since(start), len(txs)) })
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// fill adds the pool's best transactions until the block or the time is full.
func (a *App) fill(builder *execution.Builder, maxBytes int64, deadline time.Time) (txs [][]byte) {
	var bytes int64
	offered := 0
	a.Pool.Fill(builder.Header().BaseFee, func(next mempool.Candidate) error {
		late := offered%64 == 0 && time.Now().After(deadline)
		if offered++; late || builder.GasLeft() < params.TxGas {
			return mempool.ErrFull
		}
		size := int64(len(next.Raw) + txOverhead)
		if bytes+size > maxBytes {
			return mempool.ErrNoRoom
		}
		if err := builder.Add(next.Tx); err != nil {
			return err
		}
		txs, bytes = append(txs, next.Raw), bytes+size
		return nil
	})
	return txs
}
