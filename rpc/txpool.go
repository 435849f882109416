package rpc

import (
	"fmt"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// txpoolAPI answers the txpool_ namespace. Its maps go from account to nonce.
type txpoolAPI struct{ v *view }

// Content returns all transactions of the pool.
func (a *txpoolAPI) Content() map[string]map[string]map[string]*Transaction {
	pending, queued := a.v.b.PoolContent()
	return map[string]map[string]map[string]*Transaction{
		"pending": byAccount(pending, a.v.pendingTx),
		"queued":  byAccount(queued, a.v.pendingTx),
	}
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
func (a *txpoolAPI) Inspect() map[string]map[string]map[string]string {
	pending, queued := a.v.b.PoolContent()
	return map[string]map[string]map[string]string{
		"pending": byAccount(pending, inspect),
		"queued":  byAccount(queued, inspect),
	}
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
