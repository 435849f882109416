package node

import (
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
)

// newHome makes a one-validator development chain in a temporary directory.
func newHome(t testing.TB) network.Home {
	t.Helper()
	home := network.Home(filepath.Join(t.TempDir(), "node"))
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	accounts, err := network.DevAccounts(1)
	require.NoError(t, err)
	_, err = network.InitValidator(home, genesis, accounts[0].Address, "node-test")
	require.NoError(t, err)
	return home
}

func testSettings(home network.Home) Settings {
	comet := CometConfig(home, 100*time.Millisecond)
	comet.P2P.ListenAddress = "tcp://127.0.0.1:0"
	comet.RPC.ListenAddress = ""
	return Settings{
		Home:  home,
		Chain: chain.Options{Dir: home.Data(), LogIndex: true},
		Pool:  mempool.Config{Journal: filepath.Join(home.Data(), "pool.journal")},
		Comet: comet,
		Pace:  Pace{Interval: 100 * time.Millisecond, Idle: time.Second},
		Log:   slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

func startNode(t testing.TB, settings Settings) *Node {
	t.Helper()
	n, err := Open(settings)
	require.NoError(t, err)
	require.NoError(t, n.Start())
	return n
}

// transfer is a signed transfer of one wei to a fresh address.
func transfer(t testing.TB, n *Node, from network.DevAccount, nonce uint64) *types.Transaction {
	t.Helper()
	tx, err := types.SignNewTx(from.Key, n.Executor.Signer(), &types.DynamicFeeTx{
		ChainID: n.Chain.Config().ChainID, Nonce: nonce, Gas: params.TxGas,
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei),
		To: &common.Address{0xaa, byte(nonce)}, Value: big.NewInt(1),
	})
	require.NoError(t, err)
	return tx
}

func send(t testing.TB, n *Node, txs ...*types.Transaction) {
	t.Helper()
	for _, err := range n.Pool.Add(txs, mempool.Local) {
		require.NoError(t, err)
	}
}

func waitIncluded(t testing.TB, n *Node, hash common.Hash) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, _, _, _, ok := n.Chain.Transaction(hash)
		return ok
	}, 20*time.Second, 10*time.Millisecond, "transaction %s was not included", hash)
}

func TestNodeIncludesAndKeepsTransactions(t *testing.T) {
	home := newHome(t)
	accounts, err := network.DevAccounts(1)
	require.NoError(t, err)

	n := startNode(t, testSettings(home))
	tx := transfer(t, n, accounts[0], 0)
	send(t, n, tx)
	waitIncluded(t, n, tx.Hash())
	_, hash, number, _, _ := n.Chain.Transaction(tx.Hash())
	require.NoError(t, n.Close())

	n = startNode(t, testSettings(home))
	defer func() { require.NoError(t, n.Close()) }()
	require.Equal(t, hash, n.Chain.Hash(number), "the block is there after a restart")
	again := transfer(t, n, accounts[0], 1)
	send(t, n, again)
	waitIncluded(t, n, again.Hash())
	require.EqualValues(t, 1, n.Chain.Receipts(hash)[0].Status)
}

func TestResetRefusesARunningChain(t *testing.T) {
	home := network.Home(filepath.Join(t.TempDir(), "dev"))
	_, err := PrepareDev(home, DevOptions{})
	require.NoError(t, err)
	n := startNode(t, testSettings(home))
	_, err = PrepareDev(home, DevOptions{Reset: true})
	require.ErrorIs(t, err, ErrRunning)
	require.NoError(t, n.Close())
	created, err := PrepareDev(home, DevOptions{Reset: true})
	require.NoError(t, err)
	require.True(t, created)
}
