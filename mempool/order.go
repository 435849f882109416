package mempool

import (
	"bytes"
	"container/heap"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// Candidate is a transaction offered for a block.
type Candidate struct {
	Tx  *types.Transaction
	Raw []byte // canonical encoding
}

// Order offers executable transactions, best first: the highest tip at the
// block's base fee, the earlier arrival when tips are equal, each account's in
// nonce order.
type Order struct {
	heads   queue
	baseFee uint256.Int
}

// line is what is left of one account's executable transactions.
type line struct {
	txs []*entry
	tip uint256.Int // of the first
}

// Order takes a snapshot of what can be executed at a base fee, in wei.
func (p *Pool) Order(baseFee *big.Int) *Order {
	o := new(Order)
	o.baseFee.SetFromBig(baseFee)
	p.mu.RLock()
	for _, acct := range p.accounts {
		if n := acct.executable(); n > 0 {
			if tip, ok := acct.txs[0].tip(&o.baseFee); ok {
				o.heads = append(o.heads, &line{txs: append([]*entry(nil), acct.txs[:n]...), tip: tip})
			}
		}
	}
	p.mu.RUnlock()
	heap.Init(&o.heads)
	return o
}

// Next is the best transaction left; ok is false when there is none.
func (o *Order) Next() (c Candidate, ok bool) {
	if len(o.heads) == 0 {
		return c, false
	}
	first := o.heads[0].txs[0]
	return Candidate{Tx: first.tx, Raw: first.raw}, true
}

// Shift moves on after Next's transaction was included: its account's next one
// takes part.
func (o *Order) Shift() {
	head := o.heads[0]
	if head.txs = head.txs[1:]; len(head.txs) > 0 {
		if tip, ok := head.txs[0].tip(&o.baseFee); ok {
			head.tip = tip
			heap.Fix(&o.heads, 0)
			return
		}
	}
	heap.Pop(&o.heads)
}

// Skip moves on after Next's transaction was not included: its account is
// passed over, as nothing of it can follow.
func (o *Order) Skip() { heap.Pop(&o.heads) }

// HasWork reports whether any transaction could be executed at a base fee.
func (p *Pool) HasWork(baseFee *big.Int) bool {
	var fee uint256.Int
	fee.SetFromBig(baseFee)
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, acct := range p.accounts {
		if len(acct.txs) > 0 && acct.txs[0].nonce == acct.nonce {
			if _, ok := acct.txs[0].tip(&fee); ok {
				return true
			}
		}
	}
	return false
}

type queue []*line

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if c := q[i].tip.Cmp(&q[j].tip); c != 0 {
		return c > 0
	}
	a, b := q[i].txs[0], q[j].txs[0]
	if !a.added.Equal(b.added) {
		return a.added.Before(b.added)
	}
	return bytes.Compare(a.from[:], b.from[:]) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*line)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// makeRoom evicts the cheapest transactions, last nonces first, when the pool
// is full; it reports false when the newcomer is itself among the cheapest.
func (p *Pool) makeRoom(newcomer *entry) bool {
	tails := make([]*entry, 0, len(p.accounts))
	for _, acct := range p.accounts {
		if n := len(acct.txs); n > 0 {
			tails = append(tails, acct.txs[n-1])
		}
	}
	cheaper := entriesByFee(tails)
	heap.Init(&cheaper)
	// A whole share is evicted at once, so that a full pool does not sort for
	// every newcomer.
	for room := max(1, p.config.Slots/64); room > 0 && len(cheaper) > 0; room-- {
		worst := cheaper[0]
		if !worst.feeCap.Lt(&newcomer.feeCap) {
			break
		}
		acct := p.accounts[worst.from]
		p.remove(worst)
		if n := len(acct.txs); n > 0 {
			cheaper[0] = acct.txs[n-1]
			heap.Fix(&cheaper, 0)
		} else {
			heap.Pop(&cheaper)
		}
	}
	return len(p.byHash) < p.config.Slots
}

type entriesByFee []*entry

func (s entriesByFee) Len() int { return len(s) }
func (s entriesByFee) Less(i, j int) bool {
	if c := s[i].feeCap.Cmp(&s[j].feeCap); c != 0 {
		return c < 0
	}
	return s[i].added.After(s[j].added)
}
func (s entriesByFee) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *entriesByFee) Push(x any)   { *s = append(*s, x.(*entry)) }
func (s *entriesByFee) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}

// expire drops what has waited behind a missing nonce for too long. It looks
// at every account, so it runs once a minute.
func (p *Pool) expire(now time.Time) {
	if now.Sub(p.gossip.expired) < time.Minute {
		return
	}
	p.gossip.expired = now
	var old []*entry
	for _, acct := range p.accounts {
		for _, e := range acct.txs[acct.executable():] {
			if now.Sub(e.added) > p.config.Lifetime {
				old = append(old, e)
			}
		}
	}
	for _, e := range old {
		p.remove(e)
	}
}

// Get is a waiting transaction, nil when it is not here.
func (p *Pool) Get(hash common.Hash) *types.Transaction {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if e := p.byHash[hash]; e != nil {
		return e.tx
	}
	return nil
}

// Nonce is the next free nonce of an account, waiting transactions counted.
func (p *Pool) Nonce(addr common.Address) uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if acct := p.accounts[addr]; acct != nil {
		return acct.nonce + uint64(acct.executable())
	}
	if stored, err := p.reader.Account(addr); err == nil && stored != nil {
		return stored.Nonce
	}
	return 0
}
