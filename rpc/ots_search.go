package rpc

import (
	"context"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// TransactionsPage is one page of an address's history, newest first.
type TransactionsPage struct {
	Txs       []*Transaction   `json:"txs"`
	Receipts  []map[string]any `json:"receipts"`
	FirstPage bool             `json:"firstPage"` // nothing newer
	LastPage  bool             `json:"lastPage"`  // nothing older
}

// maxPage bounds the page size of a search, in transactions; a page ends with
// a whole block and may be longer.
const maxPage = 100

// SearchTransactionsBefore returns the transactions of an address in the blocks
// before one; zero means from the head. It reads the blocks themselves, so it
// looks no further than the server's range of log queries at a time.
func (a *otsAPI) SearchTransactionsBefore(ctx context.Context, addr common.Address, block uint64, size uint8) (*TransactionsPage, error) {
	head := a.v.b.Head().Number.Uint64()
	page := &TransactionsPage{Txs: []*Transaction{}, Receipts: []map[string]any{}}
	if block == 0 || block > head {
		block, page.FirstPage = head+1, true
	}
	return a.search(ctx, addr, page, size, true, func(i uint64) (uint64, bool) {
		oldest := a.v.b.Earliest()
		page.LastPage = i >= block-min(block, oldest)
		return block - 1 - i, !page.LastPage
	})
}

// SearchTransactionsAfter returns the transactions of an address in the blocks
// after one; zero means from the oldest block.
func (a *otsAPI) SearchTransactionsAfter(ctx context.Context, addr common.Address, block uint64, size uint8) (*TransactionsPage, error) {
	first, head := block+1, a.v.b.Head().Number.Uint64()
	page := &TransactionsPage{Txs: []*Transaction{}, Receipts: []map[string]any{}}
	if oldest := a.v.b.Earliest(); block == 0 || first <= oldest {
		first, page.LastPage = oldest, true
	}
	page, err := a.search(ctx, addr, page, size, false, func(i uint64) (uint64, bool) {
		page.FirstPage = first+i > head
		return first + i, !page.FirstPage
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(page.Txs)
	slices.Reverse(page.Receipts)
	return page, nil
}

// search visits blocks, newest first or oldest first, until a page is full.
// next names the i-th block and tells whether there is one.
func (a *otsAPI) search(ctx context.Context, addr common.Address, page *TransactionsPage, size uint8, newestFirst bool, next func(i uint64) (uint64, bool)) (*TransactionsPage, error) {
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	want := max(1, min(int(size), maxPage))
	for i := uint64(0); ; i++ {
		number, ok := next(i)
		if !ok || len(page.Txs) >= want {
			return page, nil
		}
		if i >= a.v.cfg.LogRange || ctx.Err() != nil {
			if len(page.Txs) > 0 {
				return page, nil
			}
			return nil, coded(codeLimitExceeded, "no transaction of %s in %d blocks up to block %d; search on from there", addr.Hex(), i, number)
		}
		if err := a.collect(addr, number, newestFirst, page); err != nil {
			return nil, err
		}
	}
}

// collect appends a block's transactions that an address sent, received, was
// created by or emitted logs in.
func (a *otsAPI) collect(addr common.Address, number uint64, newestFirst bool, page *TransactionsPage) error {
	b := a.v.b.Block(number)
	if b == nil {
		return errHeaderNotFound
	}
	if len(b.Transactions()) == 0 {
		return nil
	}
	receipts, err := a.v.receipts(b)
	if err != nil {
		return err
	}
	for i := range receipts {
		if newestFirst {
			i = len(receipts) - 1 - i
		}
		tx := b.Transactions()[i]
		if !a.touches(addr, tx, receipts[i]) {
			continue
		}
		r := a.v.receiptFields(receipts[i], tx, b.BaseFee())
		r["timestamp"] = hexutil.Uint64(b.Time())
		page.Txs = append(page.Txs, a.v.minedTx(tx, b.Header(), b.Hash(), uint64(i)))
		page.Receipts = append(page.Receipts, r)
	}
	return nil
}

func (a *otsAPI) touches(addr common.Address, tx *types.Transaction, r *types.Receipt) bool {
	if tx.To() != nil && *tx.To() == addr || r.ContractAddress == addr {
		return true
	}
	for _, l := range r.Logs {
		if l.Address == addr {
			return true
		}
		for _, topic := range l.Topics {
			if topic == common.BytesToHash(addr[:]) {
				return true
			}
		}
	}
	return a.v.sender(tx) == addr
}
