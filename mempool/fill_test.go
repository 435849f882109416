package mempool

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// offered fills a block: what said answers of the n-th candidate. It returns the
// nonces that were offered.
func (f *fixture) offered(said func(n int, c Candidate) error) (nonces []uint64) {
	f.Fill(big.NewInt(baseFee), func(c Candidate) error {
		nonces = append(nonces, c.Tx.Nonce())
		return said(len(nonces), c)
	})
	return nonces
}

func TestFillTakesUntilTheBlockIsFull(t *testing.T) {
	f := newFixture(t, Config{})
	for nonce := range uint64(4) {
		require.NoError(t, f.add(f.tx(0, nonce)))
	}
	all := f.offered(func(int, Candidate) error { return nil })
	require.Equal(t, []uint64{0, 1, 2, 3}, all)
	some := f.offered(func(n int, _ Candidate) error {
		if n == 3 {
			return ErrFull
		}
		return nil
	})
	require.Equal(t, []uint64{0, 1, 2}, some)
	pending, _ := f.Status()
	require.Equal(t, 4, pending, "what is in a block leaves with Reset")
}

func TestFillPassesOverOrDrops(t *testing.T) {
	for _, c := range []struct {
		err     error
		offered []uint64 // of an account with three transactions, when the first fails
		kept    bool
	}{
		{ErrNoRoom, []uint64{0}, true},
		{core.ErrGasLimitReached, []uint64{0}, true},
		{fmt.Errorf("wrapped: %w", core.ErrNonceTooHigh), []uint64{0}, true},
		{core.ErrFeeCapTooLow, []uint64{0}, true},
		{core.ErrNonceTooLow, []uint64{0, 1, 2}, false},
		{core.ErrInsufficientFunds, []uint64{0}, false},
		{errors.New("anything else"), []uint64{0}, false},
	} {
		f := newFixture(t, Config{})
		txs := []*types.Transaction{f.tx(0, 0), f.tx(0, 1), f.tx(0, 2), f.tx(1, 0)}
		for _, tx := range txs {
			require.NoError(t, f.add(tx))
		}
		var others int
		var offered []uint64
		f.Fill(big.NewInt(baseFee), func(next Candidate) error {
			if next.Tx.Hash() == txs[3].Hash() {
				others++
				return nil
			}
			offered = append(offered, next.Tx.Nonce())
			if next.Tx.Nonce() == 0 {
				return c.err
			}
			return nil
		})
		require.Equal(t, c.offered, offered, c.err)
		require.Equal(t, 1, others, "other accounts go on")
		require.Equal(t, c.kept, f.Get(txs[0].Hash()) != nil, c.err)
		require.NotNil(t, f.Get(txs[1].Hash()), c.err)
	}
	require.Nil(t, newFixture(t, Config{}).Get(common.Hash{}))
}
