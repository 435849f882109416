package mempool

import (
	"fmt"
	"sort"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// entry is one waiting transaction with what the pool computed of it once.
type entry struct {
	tx     *types.Transaction
	raw    []byte // canonical encoding, as proposals and peers carry it
	hash   common.Hash
	from   common.Address
	nonce  uint64
	feeCap uint256.Int // wei per gas
	tipCap uint256.Int // wei per gas
	cost   uint256.Int // wei: gas limit × fee cap + value
	added  time.Time
}

func newEntry(tx *types.Transaction, signer types.Signer) (*entry, error) {
	from, err := types.Sender(signer, tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", txpool.ErrInvalidSender, err)
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, err
	}
	e := &entry{tx: tx, raw: raw, hash: tx.Hash(), from: from, nonce: tx.Nonce(), added: time.Now()}
	e.feeCap.SetFromBig(tx.GasFeeCap())
	e.tipCap.SetFromBig(tx.GasTipCap())
	if e.cost.SetFromBig(tx.Cost()) {
		return nil, fmt.Errorf("%w: the cost exceeds 256 bits", core.ErrInsufficientFunds)
	}
	return e, nil
}

// tip is what the entry pays the proposer per gas at a base fee; ok is false
// when it does not even pay the base fee. What a sponsor pays for has no tip.
func (e *entry) tip(baseFee *uint256.Int) (tip uint256.Int, ok bool) {
	if e.feeCap.IsZero() {
		return tip, true
	}
	if e.feeCap.Lt(baseFee) {
		return tip, false
	}
	tip.Sub(&e.feeCap, baseFee)
	if tip.Gt(&e.tipCap) {
		tip.Set(&e.tipCap)
	}
	return tip, true
}

// account holds the waiting transactions of one sender, ascending by nonce.
type account struct {
	nonce      uint64 // next nonce by the state
	balance    uint256.Int
	generation uint64 // of the state that nonce and balance were read in
	txs        []*entry
	spend      uint256.Int // cost of all txs
}

// update takes over what the state says now and returns what became obsolete.
func (a *account) update(stored *types.StateAccount, generation uint64) []*entry {
	a.generation = generation
	if stored == nil {
		a.balance.Clear()
		return nil
	}
	a.balance.Set(stored.Balance)
	return a.advance(stored.Nonce)
}

// advance moves the next nonce forward and returns what became obsolete.
func (a *account) advance(nonce uint64) []*entry {
	if nonce <= a.nonce {
		return nil
	}
	a.nonce = nonce
	n := 0
	for n < len(a.txs) && a.txs[n].nonce < nonce {
		a.spend.Sub(&a.spend, &a.txs[n].cost)
		n++
	}
	gone := a.txs[:n]
	a.txs = a.txs[n:]
	return gone
}

// find is the position of a nonce and whether it is taken.
func (a *account) find(nonce uint64) (at int, taken bool) {
	if n := len(a.txs); n > 0 && a.txs[n-1].nonce < nonce {
		return n, false // the common case
	}
	at = sort.Search(len(a.txs), func(i int) bool { return a.txs[i].nonce >= nonce })
	return at, at < len(a.txs) && a.txs[at].nonce == nonce
}

// executable is how many transactions follow the state's nonce without a gap.
func (a *account) executable() int {
	// Nonces ascend, so the run ends where the nonce leaves its position.
	return sort.Search(len(a.txs), func(i int) bool { return a.txs[i].nonce != a.nonce+uint64(i) })
}

// accept checks an entry against the account's state and limits.
func (a *account) accept(e *entry, limits *Config) error {
	if e.nonce < a.nonce {
		return fmt.Errorf("%w: next nonce %v, tx nonce %v", core.ErrNonceTooLow, a.nonce, e.nonce)
	}
	if a.balance.Lt(&e.cost) {
		return insufficient(a, e, &e.cost)
	}
	var need uint256.Int
	need.Add(&a.spend, &e.cost)
	at, taken := a.find(e.nonce)
	if taken {
		if err := a.txs[at].replaceableBy(e, limits.PriceBump); err != nil {
			return err
		}
		need.Sub(&need, &a.txs[at].cost)
	}
	if a.balance.Lt(&need) {
		return insufficient(a, e, &need)
	}
	if taken {
		return nil
	}
	run := a.executable()
	if at <= run && e.nonce == a.nonce+uint64(at) {
		if run >= limits.AccountSlots {
			return fmt.Errorf("%w: pooled %d txs", txpool.ErrAccountLimitExceeded, len(a.txs))
		}
	} else if len(a.txs)-run >= limits.AccountQueue {
		return fmt.Errorf("%w: %d txs wait for nonce %d", txpool.ErrAccountLimitExceeded, len(a.txs)-run, a.nonce+uint64(run))
	}
	return nil
}

func insufficient(a *account, e *entry, need *uint256.Int) error {
	over := new(uint256.Int).Sub(need, &a.balance)
	return fmt.Errorf("%w: balance %v, tx cost %v, overshot %v", core.ErrInsufficientFunds, a.balance.Dec(), e.cost.Dec(), over.Dec())
}

// replaceableBy demands that a replacement pays at least bump percent more.
func (e *entry) replaceableBy(next *entry, bump uint64) error {
	enough := func(old, new *uint256.Int) bool {
		var want, have uint256.Int
		_, o1 := want.MulOverflow(old, uint256.NewInt(100+bump))
		_, o2 := have.MulOverflow(new, uint256.NewInt(100))
		return !o1 && !o2 && !have.Lt(&want) && new.Gt(old)
	}
	if !enough(&e.feeCap, &next.feeCap) || (!e.tipCap.IsZero() || !next.tipCap.IsZero()) && !enough(&e.tipCap, &next.tipCap) {
		return txpool.ErrReplaceUnderpriced
	}
	return nil
}

// put stores an accepted entry and returns the one it replaced, if any.
func (a *account) put(e *entry) (replaced *entry) {
	at, taken := a.find(e.nonce)
	a.spend.Add(&a.spend, &e.cost)
	if taken {
		replaced = a.txs[at]
		a.spend.Sub(&a.spend, &replaced.cost)
		a.txs[at] = e
		return replaced
	}
	a.txs = append(a.txs, nil)
	copy(a.txs[at+1:], a.txs[at:])
	a.txs[at] = e
	return nil
}

// remove takes one entry out.
func (a *account) remove(e *entry) {
	at, taken := a.find(e.nonce)
	if !taken || a.txs[at] != e {
		return
	}
	a.spend.Sub(&a.spend, &e.cost)
	a.txs = append(a.txs[:at:at], a.txs[at+1:]...)
}
