package devchain

import (
	"log/slog"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
)

// key is that of the funded account.
var key, _ = crypto.ToECDSA(common.BigToHash(big.NewInt(1)).Bytes())

func openTest(t *testing.T) *Chain {
	t.Helper()
	config, zero := *params.MergedTestChainConfig, new(big.Int)
	genesis := &core.Genesis{
		Config: &config, GasLimit: 30_000_000, BaseFee: big.NewInt(params.GWei), Difficulty: zero,
		Timestamp: uint64(time.Now().Unix()) - 10,
		Alloc: types.GenesisAlloc{
			crypto.PubkeyToAddress(key.PublicKey): {Balance: big.NewInt(params.Ether)},
			params.HistoryStorageAddress:          {Nonce: 1, Code: params.HistoryStorageCode, Balance: zero},
			params.BeaconRootsAddress:             {Nonce: 1, Code: params.BeaconRootsCode, Balance: zero},
			params.WithdrawalQueueAddress:         {Nonce: 1, Code: params.WithdrawalQueueCode, Balance: zero},
			params.ConsolidationQueueAddress:      {Nonce: 1, Code: params.ConsolidationQueueCode, Balance: zero},
		},
	}
	ledger, err := chain.Open(chain.Options{CacheMB: 16}, genesis)
	require.NoError(t, err)
	executor := execution.New(execution.Rules{Config: genesis.Config, GasLimit: genesis.GasLimit, BaseFee: genesis.BaseFee, Signer: NewSigner(genesis.Config)}, ledger)
	pool, err := mempool.New(mempool.Config{}, genesis.Config, executor.Signer(), executor, ledger.States(), ledger.Head().Header(), ledger.StateRoot())
	require.NoError(t, err)
	c := New(ledger, executor, pool, common.Address{0xc0}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		c.Close()
		require.NoError(t, pool.Close())
		require.NoError(t, ledger.Close())
	})
	return c
}

func (c *Chain) height() uint64 { return c.ledger.Head().NumberU64() }

// minings is how many goroutines seal blocks in an interval.
func minings() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), "created by github.com/cybermiles/cybermiles/devchain.(*Chain).SetInterval")
}

func TestIntervalMiningEndsWithItsInterval(t *testing.T) {
	c := openTest(t)
	c.SetInterval(5 * time.Millisecond)
	require.Eventually(t, func() bool { return c.height() >= 3 }, 10*time.Second, time.Millisecond)
	for range 20 {
		c.SetInterval(5 * time.Millisecond)
	}
	require.Eventually(t, func() bool { return minings() == 1 }, 10*time.Second, time.Millisecond, "one for the last interval")
	c.SetInterval(0)
	height := c.height()
	require.Eventually(t, func() bool { return minings() == 0 }, 10*time.Second, time.Millisecond)
	require.Equal(t, height, c.height(), "no block after the end")
	c.SetInterval(time.Hour)
	c.Close()
	require.Eventually(t, func() bool { return minings() == 0 }, 10*time.Second, time.Millisecond)
}

func TestEachTransactionGetsABlock(t *testing.T) {
	c := openTest(t)
	send := func(nonce uint64) error {
		tx := types.MustSignNewTx(key, c.executor.Signer(), &types.DynamicFeeTx{
			ChainID: c.ChainID(), Nonce: nonce, Gas: params.TxGas, To: &common.Address{1}, Value: common.Big1,
			GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei),
		})
		return c.SendTransactions([]*types.Transaction{tx})[0]
	}
	require.NoError(t, send(0))
	require.NoError(t, send(2))
	require.EqualValues(t, 1, c.height(), "a nonce is missing")
	require.NoError(t, send(1))
	require.EqualValues(t, 3, c.height())
	require.NoError(t, c.SetAutomine(false))
	require.NoError(t, send(3))
	require.NoError(t, send(4))
	require.EqualValues(t, 3, c.height())
	require.NoError(t, c.Mine(1, 0))
	require.Len(t, c.ledger.Head().Transactions(), 2)
}
