package rpc

import (
	"bytes"
	"container/heap"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

// pendingHeader describes the block that may follow the head. Its state is the
// head's: nothing of the pool has been executed.
func (v *view) pendingHeader() *types.Header {
	head := v.b.Head()
	h := types.CopyHeader(head)
	h.ParentHash = head.Hash()
	h.Number = new(big.Int).Add(head.Number, common.Big1)
	h.Time = max(head.Time, uint64(time.Now().Unix()))
	h.BaseFee = v.b.NextBaseFee(head)
	h.GasUsed = 0
	h.Bloom = types.Bloom{}
	h.TxHash, h.ReceiptHash = types.EmptyTxsHash, types.EmptyReceiptsHash
	return h
}

// pendingAge is how long a pending block is shown before it is made again.
const pendingAge = 500 * time.Millisecond

// pendingCache keeps the pending block: making it costs as much as the pool is
// large, and clients ask for it often.
type pendingCache struct {
	mu    sync.Mutex
	block *types.Block
	made  time.Time
}

// pendingBlock is the pending header with the pool's executable transactions,
// the best tips first, up to the block gas limit.
func (v *view) pendingBlock() *types.Block {
	c := &v.pending
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.block == nil || c.block.ParentHash() != v.b.Head().Hash() || time.Since(c.made) > pendingAge {
		c.block, c.made = v.makePending(), time.Now()
	}
	return c.block
}

func (v *view) makePending() *types.Block {
	h := v.pendingHeader()
	pending, _ := v.b.PoolContent()
	body := &types.Body{Transactions: byTip(pending, h.BaseFee, h.GasLimit)}
	if h.WithdrawalsHash != nil {
		body.Withdrawals = types.Withdrawals{}
	}
	return types.NewBlock(h, body, nil, trie.NewStackTrie(nil))
}

// byTip merges the accounts' transactions, each in nonce order, by effective
// tip until gasLimit is reached.
func byTip(pending map[common.Address][]*types.Transaction, baseFee *big.Int, gasLimit uint64) types.Transactions {
	fee, _ := uint256.FromBig(baseFee)
	heads := &tipHeap{baseFee: fee}
	for addr, txs := range pending {
		if len(txs) > 0 {
			heads.queues = append(heads.queues, tipQueue{addr, txs})
		}
	}
	heap.Init(heads)
	var (
		out types.Transactions
		gas uint64
	)
	for heads.Len() > 0 {
		q := &heads.queues[0]
		if gas += q.txs[0].Gas(); gas > gasLimit {
			break
		}
		out = append(out, q.txs[0])
		if q.txs = q.txs[1:]; len(q.txs) == 0 {
			heap.Pop(heads)
		} else {
			heap.Fix(heads, 0)
		}
	}
	return out
}

type tipQueue struct {
	addr common.Address
	txs  []*types.Transaction
}

// tipHeap orders accounts by the tip of their next transaction.
type tipHeap struct {
	baseFee *uint256.Int
	queues  []tipQueue
}

func (h *tipHeap) Len() int      { return len(h.queues) }
func (h *tipHeap) Swap(i, j int) { h.queues[i], h.queues[j] = h.queues[j], h.queues[i] }
func (h *tipHeap) Push(x any)    { h.queues = append(h.queues, x.(tipQueue)) }
func (h *tipHeap) Pop() any {
	last := h.queues[len(h.queues)-1]
	h.queues = h.queues[:len(h.queues)-1]
	return last
}
func (h *tipHeap) Less(i, j int) bool {
	c := h.queues[i].txs[0].EffectiveGasTipCmp(h.queues[j].txs[0], h.baseFee)
	if c == 0 {
		return bytes.Compare(h.queues[i].addr[:], h.queues[j].addr[:]) < 0
	}
	return c > 0
}
