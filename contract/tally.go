package contract

import (
	"runtime"
	"sync"
	"weak"

	"github.com/holiman/uint256"
)

// Tally counts within each transaction, reverted calls included: for a limit on
// work that a revert does not give back. A transaction counts alike on every node
// and in every execution. The zero Tally is ready to use.
type Tally struct {
	mu     sync.Mutex
	counts map[transaction]int
}

// transaction is one execution of a transaction: geth makes the price in an EVM
// anew for each.
type transaction = weak.Pointer[uint256.Int]

// Next counts one more and says how many there are in this transaction; outside
// of any it is always the first.
func (t *Tally) Next(ctx *Context) int {
	if ctx.evm == nil || ctx.evm.GasPrice == nil {
		return 1
	}
	price := ctx.evm.GasPrice
	key := weak.Make(price)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[transaction]int)
	}
	if t.counts[key]++; t.counts[key] == 1 {
		runtime.AddCleanup(price, t.forget, key)
	}
	return t.counts[key]
}

func (t *Tally) forget(key transaction) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.counts, key)
}
