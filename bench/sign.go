package bench

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"runtime"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"golang.org/x/sync/errgroup"
)

// terms are what every transaction to one endpoint shares.
type terms struct {
	chainID     *big.Int
	feeCap      *big.Int // per gas, in wei
	tip         *big.Int
	dynamic     bool // EIP-1559 transactions; legacy ones on a chain without a base fee
	transferGas uint64
	contract    common.Address // of the workload: the token or the shop
	contractGas uint64
}

func (t *terms) transaction(nonce, gas uint64, to *common.Address, value *big.Int, data []byte) *types.Transaction {
	if !t.dynamic {
		return types.NewTx(&types.LegacyTx{Nonce: nonce, GasPrice: t.feeCap, Gas: gas, To: to, Value: value, Data: data})
	}
	return types.NewTx(&types.DynamicFeeTx{
		ChainID: t.chainID, Nonce: nonce, GasFeeCap: t.feeCap, GasTipCap: t.tip, Gas: gas, To: to, Value: value, Data: data,
	})
}

// lane is one connection's share of the work: its accounts' transactions in sending order, as hex without 0x.
type lane struct {
	first int // position of the lane's first transaction in the ledger
	hex   []byte
	ends  []uint32 // where each transaction ends in hex
}

func (l *lane) len() int { return len(l.ends) }

func (l *lane) raw(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.hex[start:l.ends[i]]
}

// signAll signs n transactions, shared between lanes, on all cores. The accounts of lane c are c, c+lanes,
// c+2·lanes …; each lane goes round its accounts, so that one account's transactions travel on one connection
// in the order of their nonces and all accounts send equally often.
func signAll(cfg *Config, accounts *Accounts, nonces []uint64, t *terms, n int) ([]*lane, *ledger, error) {
	lanes := make([]*lane, cfg.Connections)
	book := newLedger(n)
	first := 0
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for c := range lanes {
		count := (n - c + cfg.Connections - 1) / cfg.Connections
		lanes[c] = &lane{first: first}
		first += count
		group.Go(func() error {
			return signLane(cfg, accounts, nonces, t, lanes[c], c, book.hashes[lanes[c].first:lanes[c].first+count])
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	book.index()
	return lanes, book, nil
}

var oneWei = big.NewInt(1)

// signLane signs as many transactions as there is room for hashes.
func signLane(cfg *Config, accounts *Accounts, nonces []uint64, t *terms, l *lane, c int, hashes []common.Hash) error {
	signer := types.LatestSignerForChainID(t.chainID)
	members := (accounts.Len() - c + cfg.Connections - 1) / cfg.Connections
	l.ends = make([]uint32, 0, len(hashes))
	for k := range hashes {
		sender, number := c+cfg.Connections*(k%members), k/members
		to := accounts.Address(recipient(sender, number, accounts.Len()))
		nonce := nonces[sender] + uint64(number)
		var tx *types.Transaction
		if cfg.Workload.callsContract(sender, number) {
			tx = t.transaction(nonce, t.contractGas, &t.contract, nil, cfg.Workload.contractData(sender, number, to))
		} else {
			tx = t.transaction(nonce, t.transferGas, &to, oneWei, nil)
		}
		tx, err := types.SignTx(tx, signer, accounts.Key(sender))
		if err != nil {
			return fmt.Errorf("sign a transaction of account %d: %w", sender, err)
		}
		raw, err := tx.MarshalBinary()
		if err != nil {
			return fmt.Errorf("encode a transaction of account %d: %w", sender, err)
		}
		if k == 0 { // later transactions differ by a few digits only
			l.hex = make([]byte, 0, (2*len(raw)+16)*len(hashes))
		}
		l.hex = hex.AppendEncode(l.hex, raw)
		if uint64(len(l.hex)) > 1<<32-1 {
			return fmt.Errorf("one connection's transactions exceed 4 GiB: use more connections or a shorter duration")
		}
		l.ends = append(l.ends, uint32(len(l.hex)))
		hashes[k] = tx.Hash()
	}
	return nil
}

// inParallel calls work for each range of at most size of n items, on all cores, and returns the first error.
func inParallel(n, size int, work func(start, end int) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for start := 0; start < n; start += size {
		group.Go(func() error { return work(start, min(start+size, n)) })
	}
	return group.Wait()
}
