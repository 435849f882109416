package node

import (
	"crypto/ecdsa"
	"encoding/binary"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
)

// BenchmarkTransfers drives b.N transfers between 2,000 accounts through the
// pool and real consensus of one validator, without JSON-RPC. Run it with a
// fixed count: go test ./node -bench Transfers -benchtime 200000x.
func BenchmarkTransfers(b *testing.B) {
	const accounts, batch, inflight = 2000, 100, 20_000
	keys, extra := make([]*ecdsa.PrivateKey, accounts), types.GenesisAlloc{}
	for i := range keys {
		seed := crypto.Keccak256(binary.BigEndian.AppendUint32([]byte("bench"), uint32(i)))
		keys[i], _ = crypto.ToECDSA(seed)
		extra[crypto.PubkeyToAddress(keys[i].PublicKey)] = types.Account{Balance: big.NewInt(params.Ether)}
	}
	home := network.Home(filepath.Join(b.TempDir(), "node"))
	genesis, err := network.DevGenesis(network.DevOptions{Extra: extra})
	require.NoError(b, err)
	_, err = network.InitValidator(home, genesis, common.Address{1}, "throughput")
	require.NoError(b, err)
	settings := testSettings(home)
	settings.Pace = Pace{Interval: 500 * time.Millisecond, Idle: 5 * time.Second}
	settings.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	n := startNode(b, settings)
	defer n.Close()

	signer := n.Executor.Signer()
	raws := make([][]byte, b.N)
	for i := range raws {
		to := crypto.PubkeyToAddress(keys[(i*7+1)%accounts].PublicKey)
		tx := types.MustSignNewTx(keys[i%accounts], signer, &types.DynamicFeeTx{
			ChainID: n.Chain.Config().ChainID, Nonce: uint64(i / accounts), Gas: params.TxGas,
			GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(100 * params.GWei), To: &to, Value: big.NewInt(1),
		})
		raws[i], _ = tx.MarshalBinary()
	}
	heads := make(chan chain.HeadEvent, 1000)
	defer n.Chain.SubscribeHead(heads).Unsubscribe()
	b.ResetTimer()
	start, included, sent := time.Now(), 0, 0
	for included < b.N {
		for sent < b.N && sent-included < inflight {
			txs := make([]*types.Transaction, 0, batch)
			for ; len(txs) < batch && sent < b.N; sent++ {
				tx := new(types.Transaction)
				require.NoError(b, tx.UnmarshalBinary(raws[sent]))
				txs = append(txs, tx)
			}
			for _, err := range n.Pool.Add(txs, mempool.Local) {
				require.NoError(b, err)
			}
			for len(heads) > 0 {
				included += len((<-heads).Block.Transactions())
			}
		}
		included += len((<-heads).Block.Transactions())
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "tx/s")
}
