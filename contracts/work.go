package contracts

import (
	"log/slog"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/protocol/authority"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

// work is the chain's own work in every block.
type work struct{ *Chain }

// System is the chain's own work, nil when its validators are not among the
// contracts.
func (c *Chain) System() execution.SystemCalls {
	if !c.has("staking") && !c.has("authority") {
		return nil
	}
	return work{c}
}

// Shares of a block's gas, as divisors: a fifth is for the chain's own work, and
// at most a half of that for what consensus contributes.
const (
	systemShare = 5
	beginShare  = 2
	mostBegin   = 30_000_000 // gas
)

// Gas is what a block keeps for the chain's own work, in gas.
func (w work) Gas() uint64 { return w.gasLimit / systemShare }

// Begin tells the validators' contract what consensus contributes to the block.
func (w work) Begin(_ *types.Header, env execution.Environment) []execution.SystemCall {
	if env.Consensus == nil {
		return nil
	}
	absent := []common.Address{}
	for _, vote := range env.Consensus.Votes {
		if !vote.Signed {
			absent = append(absent, common.Address(vote.Validator))
		}
	}
	to := w.validators()
	inputs := []any{uint64(env.Time.UnixNano()), common.Address(env.Consensus.Proposer), absent}
	if w.has("authority") {
		inputs = append(inputs, evidence[authority.Evidence](env.Consensus.Misbehavior))
	} else {
		inputs = append(inputs, evidence[staking.Evidence](env.Consensus.Misbehavior))
	}
	data, err := contract.Pack(to, "beginBlock", inputs...)
	if err != nil {
		slog.Error("the block's begin cannot be told", "contract", to.Name(), "reason", err)
		return nil
	}
	return []execution.SystemCall{{To: to.Address(), Data: data, Gas: w.beginGas()}}
}

func (w work) beginGas() uint64 { return min(mostBegin, w.Gas()/beginShare) }

// evidence is misbehavior as the validators' contract takes it.
func evidence[E staking.Evidence | authority.Evidence](misbehavior []execution.Misbehavior) []E {
	list := make([]E, len(misbehavior))
	for i, m := range misbehavior {
		list[i] = E{Validator: common.Address(m.Validator), Height: m.Height, Time: uint64(m.Time.Unix())}
	}
	return list
}

// Next asks the contracts in their order for work that is due.
func (w work) Next(db *state.StateDB, header *types.Header, gasLeft uint64, failed map[common.Address]bool) (execution.SystemCall, bool) {
	for _, each := range w.set {
		worker, works := each.(contract.Worker)
		if !works || failed[each.Address()] || db.GetCodeSize(each.Address()) == 0 {
			continue
		}
		call, due := w.due(worker, db, header)
		if due && call.Gas <= w.Gas()-w.beginGas() { // what no block has room for must not hold back the others
			return call, call.Gas <= gasLeft
		}
	}
	return execution.SystemCall{}, false
}

func (w work) due(worker contract.Worker, db vm.StateDB, header *types.Header) (call execution.SystemCall, due bool) {
	ctx := contract.OpenAt(db, w.config, header)
	err := contract.Run(ctx, func(ctx *contract.Context) error {
		data, gas, ok := worker.Due(ctx.At(worker.Address()).View())
		call = execution.SystemCall{To: worker.Address(), Data: data, Gas: gas + intrinsic(data)}
		due = ok
		return nil
	})
	return call, due && err == nil
}

// intrinsic is at least what a transaction with the data costs before it does
// anything (EIP-7623's floor included), in gas.
func intrinsic(data []byte) uint64 {
	return params.TxGas + uint64(len(data))*params.TxTokenPerNonZeroByte*params.TxCostFloorPerToken
}
