package execution_test

import (
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/execution"
)

// clock notes each block's time in a contract at the block's start, and works
// off a queue of calls at its end. The queue is a counter in the contract's slot
// 1, which each call lowers.
type clock struct {
	target common.Address
	gas    uint64
}

// store is a contract: with 64 bytes of input it stores the second word at the
// first; with other input it reverts.
var storeCode = common.FromHex("0x36604014600c5760006000fd5b6020356000355500")

func (c clock) Gas() uint64 { return c.gas }

func (c clock) Begin(_ *types.Header, env execution.Environment) []execution.SystemCall {
	return []execution.SystemCall{{To: c.target, Gas: 100_000, Data: words(0, uint64(env.Time.UnixNano()))}}
}

func (c clock) Next(statedb *state.StateDB, _ *types.Header, _ uint64, _ map[common.Address]bool) (execution.SystemCall, bool) {
	left := statedb.GetState(c.target, common.Hash{31: 1}).Big().Uint64()
	if left == 0 {
		return execution.SystemCall{}, false
	}
	return execution.SystemCall{To: c.target, Gas: 100_000, Data: words(1, left-1)}, true
}

func words(values ...uint64) (data []byte) {
	for _, v := range values {
		data = append(data, make([]byte, 24)...)
		data = binary.BigEndian.AppendUint64(data, v)
	}
	return data
}

func newClockChain(t *testing.T, queued uint64, code []byte) (*testChain, common.Address) {
	target := common.Address{0xcc}
	alloc := types.GenesisAlloc{target: {
		Code: code, Balance: new(big.Int),
		Storage: map[common.Hash]common.Hash{{31: 1}: common.BigToHash(new(big.Int).SetUint64(queued))},
	}}
	return newTestChain(t, execution.Rules{System: clock{target, 250_000}}, alloc), target
}

func TestSystemTransactions(t *testing.T) {
	c, target := newClockChain(t, 12, storeCode)
	env := c.environment()
	user := c.sign(t, &common.Address{0xaa}, params.TxGas, nil)
	result := c.block(t, user)
	txs := result.Block.Transactions()

	require.True(t, execution.IsSystem(txs[0]), "the first is the chain's own")
	require.Equal(t, user.Hash(), txs[1].Hash())
	require.EqualValues(t, env.Time.UnixNano(), c.slot(t, target, 0).Big().Int64(), "what consensus knows arrives as call data")
	done := uint64(len(txs) - 2)
	require.Positive(t, done)
	require.Less(t, done, uint64(12), "the budget bounds a block's work")
	require.EqualValues(t, 12-done, c.slot(t, target, 1).Big().Uint64())
	for i, receipt := range result.Receipts {
		require.EqualValues(t, types.ReceiptStatusSuccessful, receipt.Status, "transaction %d", i)
	}
	require.Equal(t, result.Receipts[len(txs)-1].CumulativeGasUsed, result.Block.GasUsed())
	from, err := c.x.Sender(txs[0])
	require.NoError(t, err)
	require.Equal(t, params.SystemAddress, from)

	// What did not fit is carried over and ends.
	for c.slot(t, target, 1) != (common.Hash{}) {
		require.Greater(t, len(c.block(t).Block.Transactions()), 1)
	}
	last := c.block(t).Block
	require.Len(t, last.Transactions(), 1)

	hashes := make(map[common.Hash]bool)
	for n := uint64(1); n <= last.NumberU64(); n++ {
		block := c.Block(n)
		for _, tx := range block.Transactions() {
			require.False(t, hashes[tx.Hash()], "hashes of system transactions are unique")
			hashes[tx.Hash()] = true
		}
		replay, err := c.x.Replay(block)
		require.NoError(t, err)
		_, err = replay.Finish()
		require.NoError(t, err)
	}
}

func TestFailingSystemCallDoesNotStopTheBlock(t *testing.T) {
	c, _ := newClockChain(t, 0, common.FromHex("0x60006000fd")) // always reverts
	result := c.block(t, c.sign(t, &common.Address{0xaa}, params.TxGas, nil))
	require.EqualValues(t, types.ReceiptStatusFailed, result.Receipts[0].Status)
	require.EqualValues(t, types.ReceiptStatusSuccessful, result.Receipts[1].Status)
}

func TestForgedSystemTransactionIsRefused(t *testing.T) {
	c, target := newClockChain(t, 0, storeCode)
	forged := types.NewTx(&types.LegacyTx{Gas: 100_000, GasPrice: new(big.Int), To: &target, Value: new(big.Int), Data: words(0, 1), V: new(big.Int), R: new(big.Int), S: new(big.Int)})
	_, skipped, err := c.x.Execute(c.Head().Header(), c.environment(), []*types.Transaction{forged})
	require.NoError(t, err)
	require.ErrorIs(t, skipped[0], execution.ErrForgedSystem)
}
