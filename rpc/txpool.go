package rpc

import (
	"fmt"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// maxPoolListing bounds the transactions that the methods about the whole pool
// list.
const maxPoolListing = 20_000

// txpoolAPI answers the txpool_ namespace. Its maps go from account to nonce.
type txpoolAPI struct{ v *view }

// Content returns all transactions of the pool.
func (a *txpoolAPI) Content() (map[string]map[string]map[string]*Transaction, error) {
	return list(a.v, a.v.pendingTx)
}

// ContentFrom returns an account's transactions in the pool.
func (a *txpoolAPI) ContentFrom(addr common.Address) map[string]map[string]*Transaction {
	pending, queued := a.v.b.PoolContentFrom(addr)
	return map[string]map[string]*Transaction{
		"pending": byNonce(pending, a.v.pendingTx),
		"queued":  byNonce(queued, a.v.pendingTx),
	}
}

// Inspect returns all transactions of the pool, a line of text for each.
func (a *txpoolAPI) Inspect() (map[string]map[string]map[string]string, error) {
	return list(a.v, inspect)
}

func list[T any](v *view, show func(*types.Transaction) T) (map[string]map[string]map[string]T, error) {
	executable, waiting := v.b.PoolStatus()
	if total := executable + waiting; total > maxPoolListing {
		return nil, coded(codeLimitExceeded, "the pool holds %d transactions, too many to list (limit %d); use txpool_contentFrom for one account", total, maxPoolListing)
	}
	pending, queued := v.b.PoolContent()
	return map[string]map[string]map[string]T{
		"pending": byAccount(pending, show),
		"queued":  byAccount(queued, show),
	}, nil
}

// Status returns how many transactions are executable and how many wait for an
// earlier one.
func (a *txpoolAPI) Status() map[string]hexutil.Uint {
	pending, queued := a.v.b.PoolStatus()
	return map[string]hexutil.Uint{"pending": hexutil.Uint(pending), "queued": hexutil.Uint(queued)}
}

func inspect(tx *types.Transaction) string {
	to := "contract creation"
	if tx.To() != nil {
		to = tx.To().Hex()
	}
	return fmt.Sprintf("%s: %v wei + %v gas × %v wei", to, tx.Value(), tx.Gas(), tx.GasPrice())
}

func byAccount[T any](accounts map[common.Address][]*types.Transaction, show func(*types.Transaction) T) map[string]map[string]T {
	out := make(map[string]map[string]T, len(accounts))
	for addr, txs := range accounts {
		out[addr.Hex()] = byNonce(txs, show)
	}
	return out
}

func byNonce[T any](txs []*types.Transaction, show func(*types.Transaction) T) map[string]T {
	out := make(map[string]T, len(txs))
	for _, tx := range txs {
		out[strconv.FormatUint(tx.Nonce(), 10)] = show(tx)
	}
	return out
}
