package rpc

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// otsLevel is the version of Otterscan's API that this namespace implements.
const otsLevel = 8

// otsAPI answers the ots_ namespace, which the Otterscan explorer needs.
type otsAPI struct{ v *view }

// GetApiLevel returns the version of this namespace.
func (a *otsAPI) GetApiLevel() int { return otsLevel } //nolint:revive // the method's name on the wire

// HasCode tells whether an account is a contract.
func (a *otsAPI) HasCode(addr common.Address, id gethrpc.BlockNumberOrHash) (bool, error) {
	s, _, err := a.v.stateAt(id)
	if err != nil {
		return false, err
	}
	return s.GetCodeSize(addr) > 0, s.Error()
}

// BlockDetails is a block without its transactions, with the fees it paid.
type BlockDetails struct {
	Block     map[string]any `json:"block"`
	Issuance  Issuance       `json:"issuance"`
	TotalFees *hexutil.Big   `json:"totalFees"` // wei, of all transactions
}

// Issuance is zero: no coins are issued outside of transactions.
type Issuance struct {
	BlockReward *hexutil.Big `json:"blockReward"`
	UncleReward *hexutil.Big `json:"uncleReward"`
	Issuance    *hexutil.Big `json:"issuance"`
}

// GetBlockDetails describes a block for the explorer's block page.
func (a *otsAPI) GetBlockDetails(number gethrpc.BlockNumber) (*BlockDetails, error) {
	return a.details(a.v.block(number))
}

// GetBlockDetailsByHash describes a block for the explorer's block page.
func (a *otsAPI) GetBlockDetailsByHash(hash common.Hash) (*BlockDetails, error) {
	return a.details(a.v.blockByHash(hash))
}

func (a *otsAPI) details(b *types.Block, err error) (*BlockDetails, error) {
	if b == nil || err != nil {
		return nil, err
	}
	receipts, err := a.v.receipts(b)
	if err != nil {
		return nil, err
	}
	fees := new(big.Int)
	for i, r := range receipts {
		price := effectiveGasPrice(b.Transactions()[i], b.BaseFee())
		fees.Add(fees, price.Mul(price, new(big.Int).SetUint64(r.GasUsed)))
	}
	fields := a.v.blockFields(b, false)
	fields["transactionCount"] = len(b.Transactions())
	fields["transactions"] = nil
	fields["logsBloom"] = nil
	return &BlockDetails{
		Block:     fields,
		Issuance:  Issuance{new(hexutil.Big), new(hexutil.Big), new(hexutil.Big)},
		TotalFees: (*hexutil.Big)(fees),
	}, nil
}

// BlockTransactions is one page of a block's transactions.
type BlockTransactions struct {
	Block    map[string]any   `json:"fullblock"`
	Receipts []map[string]any `json:"receipts"`
}

// GetBlockTransactions returns one page of a block's transactions; page zero
// holds the last ones. Input data is cut to the method selector and logs are
// left out, as the explorer does not show them.
func (a *otsAPI) GetBlockTransactions(number gethrpc.BlockNumber, page, size uint8) (*BlockTransactions, error) {
	b, err := a.v.block(number)
	if b == nil || err != nil {
		return nil, err
	}
	receipts, err := a.v.receipts(b)
	if err != nil {
		return nil, err
	}
	total := len(b.Transactions())
	end := max(0, total-int(page)*int(size))
	first := max(0, end-int(size))
	txs, shown := make([]*Transaction, 0, end-first), make([]map[string]any, 0, end-first)
	for i := first; i < end; i++ {
		tx := a.v.minedTx(b.Transactions()[i], b.Header(), b.Hash(), uint64(i))
		tx.Input = tx.Input[:min(4, len(tx.Input))]
		r := a.v.receiptFields(receipts[i], b.Transactions()[i], b.BaseFee())
		r["logs"], r["logsBloom"] = nil, nil
		txs, shown = append(txs, tx), append(shown, r)
	}
	fields := a.v.blockFields(b, false)
	fields["transactionCount"] = total
	fields["transactions"] = txs
	return &BlockTransactions{Block: fields, Receipts: shown}, nil
}

// Creator tells who created a contract.
type Creator struct {
	Hash    common.Hash    `json:"hash"`
	Creator common.Address `json:"creator"`
}

// GetContractCreator finds the transaction and the account that created a
// contract, or null. It needs the state since then.
func (a *otsAPI) GetContractCreator(ctx context.Context, addr common.Address) (*Creator, error) {
	ctx, done, err := a.v.trace(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	number, ok, err := a.firstBlock(ctx, func(s stateReader) bool { return s.GetCodeSize(addr) > 0 })
	if !ok || err != nil || number == 0 {
		return nil, err // genesis contracts have no creator
	}
	b := a.v.b.Block(number)
	if b == nil {
		return nil, errHeaderNotFound
	}
	return a.creatorIn(ctx, b, addr)
}

// GetTransactionBySenderAndNonce returns the hash of the transaction by which
// an account used a nonce, or null. It needs the state since then.
func (a *otsAPI) GetTransactionBySenderAndNonce(ctx context.Context, addr common.Address, nonce uint64) (*common.Hash, error) {
	ctx, done, err := a.v.execute(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	number, ok, err := a.firstBlock(ctx, func(s stateReader) bool { return s.GetNonce(addr) > nonce })
	if !ok || err != nil {
		return nil, err
	}
	b := a.v.b.Block(number)
	if b == nil {
		return nil, errHeaderNotFound
	}
	for _, tx := range b.Transactions() {
		if tx.Nonce() == nonce && a.v.sender(tx) == addr {
			hash := tx.Hash()
			return &hash, nil
		}
	}
	return nil, nil // the nonce of a contract, or of a delegated account
}

// stateReader is what a search over past states looks at.
type stateReader interface {
	GetNonce(common.Address) uint64
	GetCodeSize(common.Address) int
}

// firstBlock finds by bisection the first block after which a condition holds
// that, once true, stays true. ok is false when it does not hold at the head.
func (a *otsAPI) firstBlock(ctx context.Context, holds func(stateReader) bool) (number uint64, ok bool, err error) {
	at := func(n uint64) (bool, error) {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		h := a.v.b.Header(n)
		if h == nil {
			return false, errHeaderNotFound
		}
		s, err := a.v.b.StateAt(h)
		if err != nil {
			return false, err
		}
		return holds(s), s.Error()
	}
	lo, hi := a.v.b.Earliest(), a.v.b.Head().Number.Uint64()
	if ok, err = at(hi); !ok || err != nil {
		return 0, false, err
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		past, err := at(mid)
		if err != nil {
			return 0, false, err
		}
		if past {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return hi, true, nil
}
