package bench

import (
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// TestSignAll decodes every signed transaction and checks that each account sends equally often, on one lane,
// with consecutive nonces, and never twice within one batch.
func TestSignAll(t *testing.T) {
	for _, dynamic := range []bool{true, false} {
		cfg := Config{Workload: Mixed, Connections: 3, Batch: 2}
		accounts := DeriveAccounts("seed", 7)
		nonces := []uint64{5, 0, 9, 0, 0, 1, 0}
		shared := &terms{
			chainID: big.NewInt(18), feeCap: big.NewInt(100), tip: big.NewInt(2), dynamic: dynamic,
			transferGas: 21000, contract: common.HexToAddress("0x7e"), contractGas: 60000,
		}
		const n = 70
		lanes, book, err := signAll(&cfg, accounts, nonces, shared, n)
		if err != nil {
			t.Fatal(err)
		}
		index := map[common.Address]int{}
		for i := range accounts.Len() {
			index[accounts.Address(i)] = i
		}
		sent := make([]uint64, accounts.Len())
		tokens, total := 0, 0
		for c, l := range lanes {
			for k := range l.len() {
				tx := decode(t, l.raw(k))
				if got := book.find(tx.Hash()); got != l.first+k {
					t.Fatalf("transaction %d of lane %d is at %d in the ledger, want %d", k, c, got, l.first+k)
				}
				from, err := types.Sender(types.LatestSignerForChainID(shared.chainID), tx)
				if err != nil {
					t.Fatal(err)
				}
				sender, ours := index[from]
				if !ours || sender%cfg.Connections != c {
					t.Fatalf("lane %d holds a transaction of account %d", c, sender)
				}
				if want := nonces[sender] + sent[sender]; tx.Nonce() != want {
					t.Errorf("account %d sends nonce %d, want %d", sender, tx.Nonce(), want)
				}
				sent[sender]++
				total++
				if *tx.To() == shared.contract {
					tokens++
				} else if _, ours := index[*tx.To()]; !ours || *tx.To() == from {
					t.Errorf("account %d sends to %s", sender, tx.To())
				}
			}
		}
		if total != n || tokens != n/2 {
			t.Errorf("%d transactions, of which %d token transfers; want %d and %d", total, tokens, n, n/2)
		}
		for i, count := range sent {
			// Lane 0 has three accounts for 24 transactions, the others two for 23.
			if count < 8 || count > 12 {
				t.Errorf("account %d sends %d of %d", i, count, n)
			}
		}
	}
}

func decode(t *testing.T, raw []byte) *types.Transaction {
	t.Helper()
	binary, err := hex.DecodeString(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(binary); err != nil {
		t.Fatal(err)
	}
	return tx
}
