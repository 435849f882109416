package rpc

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/cybermiles/cybermiles/execution"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/history"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

const maxPercentiles = 100

var (
	errInvalidPercentile = errors.New("invalid reward percentile")
	errBeyondHead        = errors.New("request beyond head block")
)

// feeAPI answers the eth_ methods about fees.
type feeAPI struct{ v *view }

// GasPrice suggests a gas price for legacy transactions, in wei.
func (a *feeAPI) GasPrice() *hexutil.Big {
	price := a.v.fees.suggestTip()
	return (*hexutil.Big)(price.Add(price, a.v.b.Head().BaseFee))
}

// MaxPriorityFeePerGas suggests a tip, in wei.
func (a *feeAPI) MaxPriorityFeePerGas() *hexutil.Big {
	return (*hexutil.Big)(a.v.fees.suggestTip())
}

// BaseFee returns the base fee of the next block, in wei.
func (a *feeAPI) BaseFee() *hexutil.Big {
	return (*hexutil.Big)(a.v.b.NextBaseFee(a.v.b.Head()))
}

// BlobBaseFee returns the smallest blob base fee: the chain has no blobs.
func (a *feeAPI) BlobBaseFee() *hexutil.Big {
	return (*hexutil.Big)(big.NewInt(params.BlobTxMinBlobGasprice))
}

// FeeHistory is the answer of eth_feeHistory.
type FeeHistory struct {
	OldestBlock      *hexutil.Big     `json:"oldestBlock"`
	Reward           [][]*hexutil.Big `json:"reward,omitempty"`
	BaseFee          []*hexutil.Big   `json:"baseFeePerGas,omitempty"`
	GasUsedRatio     []float64        `json:"gasUsedRatio"`
	BlobBaseFee      []*hexutil.Big   `json:"baseFeePerBlobGas,omitempty"`
	BlobGasUsedRatio []float64        `json:"blobGasUsedRatio,omitempty"`
}

// FeeHistory returns base fees, use of gas and tips of a range of blocks that
// ends with last. The base fees include the one after last.
func (a *feeAPI) FeeHistory(ctx context.Context, blocks math.HexOrDecimal64, last gethrpc.BlockNumber, rewards *[]float64) (*FeeHistory, error) {
	var percentiles []float64
	setValue(&percentiles, rewards)
	if blocks < 1 {
		return emptyFeeHistory(), nil
	}
	if err := checkPercentiles(percentiles); err != nil {
		return nil, err
	}
	end := a.v.number(last)
	if head := a.v.b.Head().Number.Uint64(); end > head {
		return nil, fmt.Errorf("%w: requested %d, head %d", errBeyondHead, end, head)
	}
	count := min(uint64(blocks), a.v.cfg.FeeHistory, end+1)
	if last == gethrpc.PendingBlockNumber {
		// The pending block is not executed: it adds nothing but its base fee,
		// which the list ends with anyway.
		if count = min(uint64(blocks)-1, count); count == 0 {
			return emptyFeeHistory(), nil
		}
	}
	first := end + 1 - count
	if oldest := a.v.b.Earliest(); first < oldest {
		if end < oldest {
			return nil, &history.PrunedHistoryError{}
		}
		first = oldest
	}
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return a.history(ctx, first, end, percentiles)
}

func emptyFeeHistory() *FeeHistory {
	return &FeeHistory{OldestBlock: new(hexutil.Big), GasUsedRatio: nil}
}

func (a *feeAPI) history(ctx context.Context, first, end uint64, percentiles []float64) (*FeeHistory, error) {
	blob := (*hexutil.Big)(big.NewInt(params.BlobTxMinBlobGasprice))
	out := &FeeHistory{OldestBlock: (*hexutil.Big)(new(big.Int).SetUint64(first)), BlobBaseFee: []*hexutil.Big{blob}}
	var last *types.Header
	for n := first; n <= end; n++ {
		if ctx.Err() != nil {
			return nil, coded(codeLimitExceeded, "aborted at block %d (timeout = %v); ask for fewer blocks", n, a.v.cfg.CallTimeout)
		}
		last = a.v.b.Header(n)
		if last == nil {
			return nil, errHeaderNotFound
		}
		out.BaseFee = append(out.BaseFee, (*hexutil.Big)(last.BaseFee))
		out.GasUsedRatio = append(out.GasUsedRatio, float64(last.GasUsed)/float64(last.GasLimit))
		out.BlobBaseFee = append(out.BlobBaseFee, blob)
		out.BlobGasUsedRatio = append(out.BlobGasUsedRatio, 0)
		if len(percentiles) == 0 {
			continue
		}
		rewards, err := a.rewards(n, percentiles)
		if err != nil {
			return nil, err
		}
		out.Reward = append(out.Reward, rewards)
	}
	out.BaseFee = append(out.BaseFee, (*hexutil.Big)(a.v.b.NextBaseFee(last)))
	return out, nil
}

func checkPercentiles(ps []float64) error {
	if len(ps) > maxPercentiles {
		return fmt.Errorf("%w: over the query limit %d", errInvalidPercentile, maxPercentiles)
	}
	for i, p := range ps {
		if p < 0 || p > 100 {
			return fmt.Errorf("%w: %f", errInvalidPercentile, p)
		}
		if i > 0 && p <= ps[i-1] {
			return fmt.Errorf("%w: #%d:%f >= #%d:%f", errInvalidPercentile, i-1, ps[i-1], i, p)
		}
	}
	return nil
}

// rewards returns the effective tips at the given percentiles of a block's
// gas, transactions sorted by tip.
func (a *feeAPI) rewards(number uint64, percentiles []float64) ([]*hexutil.Big, error) {
	out := make([]*hexutil.Big, len(percentiles))
	tips, gasUsed, err := a.v.fees.tips(number)
	if err != nil {
		return nil, err
	}
	if len(tips) == 0 {
		for i := range out {
			out[i] = new(hexutil.Big)
		}
		return out, nil
	}
	next, sum := 0, tips[0].gas
	for i, p := range percentiles {
		threshold := uint64(float64(gasUsed) * p / 100)
		for sum < threshold && next < len(tips)-1 {
			next++
			sum += tips[next].gas
		}
		out[i] = (*hexutil.Big)(tips[next].tip)
	}
	return out, nil
}

// gasTip is what one transaction used and tipped.
type gasTip struct {
	gas uint64
	tip *big.Int
}

// sortedTips lists the tips of a block's ordinary transactions, lowest first.
// System transactions pay nothing and say nothing about the market.
func sortedTips(v *view, b *types.Block, receipts types.Receipts) []gasTip {
	var tips []gasTip
	for i, tx := range b.Transactions() {
		if execution.IsSystem(tx) {
			continue
		}
		tip, _ := tx.EffectiveGasTip(b.BaseFee())
		tips = append(tips, gasTip{receipts[i].GasUsed, tip})
	}
	slices.SortStableFunc(tips, func(a, b gasTip) int { return a.tip.Cmp(b.tip) })
	return tips
}
