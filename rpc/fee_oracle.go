package rpc

import (
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/params"
)

const (
	tipBlocks     = 20 // blocks that a suggestion looks at
	tipsPerBlock  = 3  // lowest tips sampled of each
	tipPercentile = 60
	tipCache      = 128
)

var (
	maxSuggestedTip = big.NewInt(500 * params.GWei)
	minSampledTip   = big.NewInt(2) // wei; less says nothing about the market
)

// feeOracle suggests tips from what recent blocks contain.
type feeOracle struct {
	v      *view
	blocks *lru.Cache[uint64, blockTips]

	mu   sync.Mutex
	head common.Hash // for which tip was computed
	tip  *big.Int
}

type blockTips struct {
	hash    common.Hash
	tips    []gasTip
	gasUsed uint64
}

func newFeeOracle(v *view) *feeOracle {
	return &feeOracle{v: v, blocks: lru.NewCache[uint64, blockTips](tipCache), tip: v.cfg.MinTip}
}

// tips returns a block's tips, lowest first, and the gas it used.
func (o *feeOracle) tips(number uint64) ([]gasTip, uint64, error) {
	h := o.v.b.Header(number)
	if h == nil {
		return nil, 0, errHeaderNotFound
	}
	if cached, ok := o.blocks.Get(number); ok && cached.hash == h.Hash() {
		return cached.tips, cached.gasUsed, nil
	}
	b := o.v.b.Block(number)
	if b == nil {
		return nil, 0, errHeaderNotFound
	}
	receipts, err := o.v.receipts(b)
	if err != nil {
		return nil, 0, err
	}
	tips := sortedTips(o.v, b, receipts)
	o.blocks.Add(number, blockTips{b.Hash(), tips, b.GasUsed()})
	return tips, b.GasUsed(), nil
}

// suggestTip returns the tip that would have been enough for most recent
// blocks, in wei; never less than the configured minimum. The result is the
// caller's to change.
func (o *feeOracle) suggestTip() *big.Int {
	head := o.v.b.Head()
	o.mu.Lock()
	defer o.mu.Unlock()
	if head.Hash() == o.head {
		return new(big.Int).Set(o.tip)
	}
	var samples []*big.Int
	number, oldest := head.Number.Uint64(), o.v.b.Earliest()
	for i := 0; i < tipBlocks && number > oldest; i++ {
		tips, _, err := o.tips(number)
		if err != nil {
			break // pruned below: suggest from what there is
		}
		taken := 0
		for _, t := range tips {
			if t.tip.Cmp(minSampledTip) >= 0 && taken < tipsPerBlock {
				samples = append(samples, t.tip)
				taken++
			}
		}
		if taken == 0 {
			samples = append(samples, o.tip) // an empty block confirms the last suggestion
		}
		number--
	}
	if len(samples) > 0 {
		slices.SortFunc(samples, (*big.Int).Cmp)
		o.tip = samples[(len(samples)-1)*tipPercentile/100]
	}
	if o.tip.Cmp(maxSuggestedTip) > 0 {
		o.tip = maxSuggestedTip
	}
	if o.tip.Cmp(o.v.cfg.MinTip) < 0 {
		o.tip = o.v.cfg.MinTip
	}
	o.head = head.Hash()
	return new(big.Int).Set(o.tip)
}
