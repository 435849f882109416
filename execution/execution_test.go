package execution_test

import (
	"math/big"
	"runtime"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/execution"
)

func TestInvalidTransactionLeavesNoTrace(t *testing.T) {
	to := common.Address{0xaa}
	build := func(withInvalid bool) *types.Block {
		c := newTestChain(t, execution.Rules{}, nil)
		good, next := c.sign(t, &to, params.TxGas, nil), c.sign(t, &to, params.TxGas, nil)
		poorKey, err := crypto.ToECDSA(crypto.Keccak256([]byte("poor")))
		require.NoError(t, err)
		poor := types.MustSignNewTx(poorKey, c.x.Signer(), &types.LegacyTx{Gas: params.TxGas, GasPrice: big.NewInt(2 * params.GWei), To: &to, Value: new(big.Int)})
		starved := c.sign(t, &to, params.TxGas-1, nil) // buys gas, then fails: the purchase must be undone
		txs := []*types.Transaction{good, next}
		if withInvalid {
			txs = []*types.Transaction{poor, good, good, next, starved}
		}
		result, skipped, err := c.x.Execute(c.Head().Header(), c.environment(), txs)
		require.NoError(t, err)
		if withInvalid {
			require.ErrorIs(t, skipped[0], core.ErrInsufficientFunds)
			require.ErrorIs(t, skipped[2], core.ErrNonceTooLow)
			require.ErrorIs(t, skipped[4], core.ErrIntrinsicGas)
			require.Len(t, skipped, 3)
		}
		c.commit(t, result)
		return result.Block
	}
	require.Equal(t, build(false).Hash(), build(true).Hash())
}

func TestBlockGasIsCountedAsUsed(t *testing.T) {
	c := newTestChain(t, execution.Rules{}, nil)
	to := common.Address{0xaa}
	b, err := c.x.NewBlock(c.Head().Header(), c.environment())
	require.NoError(t, err)
	// Each asks for more than half of the block and uses a fraction of it.
	for range 10 {
		require.NoError(t, b.Add(c.sign(t, &to, params.MaxTxGas, nil)))
	}
	require.Equal(t, uint64(gasLimit-10*params.TxGas), b.GasLeft())
}

func TestBlockRefusesWhatDoesNotFit(t *testing.T) {
	// A contract that uses all gas it is given: JUMPDEST PUSH1 0 JUMP.
	burner := common.Address{0xbb}
	c := newTestChain(t, execution.Rules{}, types.GenesisAlloc{burner: {Code: []byte{0x5b, 0x60, 0x00, 0x56}, Balance: new(big.Int)}})
	b, err := c.x.NewBlock(c.Head().Header(), c.environment())
	require.NoError(t, err)
	require.NoError(t, b.Add(c.sign(t, &burner, params.MaxTxGas, nil)))
	require.ErrorIs(t, b.Add(c.sign(t, &burner, params.MaxTxGas, nil)), core.ErrGasLimitReached)
	result, err := b.Seal()
	require.NoError(t, err)
	require.EqualValues(t, params.MaxTxGas, result.Block.GasUsed())
	require.Len(t, result.Block.Transactions(), 1)
}

func TestBaseFeeNeverFallsBelowTheFloor(t *testing.T) {
	c := newTestChain(t, execution.Rules{}, nil)
	for range 5 {
		require.EqualValues(t, params.GWei, c.block(t).Block.BaseFee().Int64())
	}
}

func TestHeaderCarriesWhatConsensusContributed(t *testing.T) {
	c := newTestChain(t, execution.Rules{}, nil)
	env := c.environment()
	header := c.block(t).Block.Header()
	require.Equal(t, env.Coinbase, header.Coinbase)
	require.Equal(t, env.PrevRandao, header.MixDigest)
	require.Equal(t, env.ParentHash, *header.ParentBeaconRoot)
	require.Equal(t, c.Genesis().Hash(), c.slot(t, params.HistoryStorageAddress, 0), "EIP-2935 keeps the parent's hash")
}

// Replaying a block from its own content gives its hash, whatever the number of
// processors.
func TestReplayIsDeterministic(t *testing.T) {
	c := newTestChain(t, execution.Rules{}, nil)
	var blocks []*types.Block
	for i := range 5 {
		var txs []*types.Transaction
		for n := range 40 {
			to := common.Address{0xaa, byte(i), byte(n)}
			txs = append(txs, c.sign(t, &to, params.TxGas, nil))
		}
		txs = append(txs, c.sign(t, nil, 200_000, common.FromHex("0x6001600055602a60005260206000f3")))
		blocks = append(blocks, c.block(t, txs...).Block)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		for _, block := range blocks {
			replay, err := c.x.Replay(block)
			require.NoError(t, err)
			result, err := replay.Finish()
			require.NoError(t, err)
			require.Equal(t, block.Hash(), result.Block.Hash())
			require.Equal(t, c.Receipts(block.Hash())[0], result.Receipts[0])
		}
	}
}
