package rpc

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"
)

func TestFeeHistory(t *testing.T) {
	n := openTestNode(t, systemCalls{}, oneGwei)
	a, b := testAccount(0), testAccount(1)
	n.seal()
	n.send(n.sign(a, 0, &b.addr, 1, nil, 21000))
	low, err := types.SignNewTx(b.key, n.exec.Signer(), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), GasTipCap: big.NewInt(5), GasFeeCap: big.NewInt(100 * params.GWei), Gas: 21000, To: &a.addr,
	})
	require.NoError(t, err)
	n.send(low)
	n.seal()
	var h FeeHistory
	n.call(&h, "eth_feeHistory", "0x3", "latest", []float64{0, 50, 100})
	require.Equal(t, "0x0", h.OldestBlock.String())
	require.Len(t, h.BaseFee, 4)
	require.Equal(t, "0x3b9aca00", h.BaseFee[3].String(), "the floor")
	require.Len(t, h.GasUsedRatio, 3)
	require.Greater(t, h.GasUsedRatio[2], h.GasUsedRatio[1])
	require.Equal(t, []string{"0x5", "0x3b9aca00", "0x3b9aca00"}, []string{h.Reward[2][0].String(), h.Reward[2][1].String(), h.Reward[2][2].String()},
		"the system transaction is not part of the market, but of the gas")
	require.Equal(t, "0x0", h.Reward[1][1].String())
	require.Equal(t, "0x1", h.BlobBaseFee[0].String())

	n.call(&h, "eth_feeHistory", 2, "pending", []float64{})
	require.Equal(t, "0x2", h.OldestBlock.String())
	n.call(&h, "eth_feeHistory", "0x2710", "latest")
	require.Equal(t, "0x0", h.OldestBlock.String())
	require.Equal(t, map[string]any{"oldestBlock": "0x0", "gasUsedRatio": nil}, n.ask("eth_feeHistory", "0x0", "latest", []float64{}))
	for _, bad := range []struct {
		args    []any
		message string
	}{
		{[]any{"0x1", "0x99", []float64{}}, "request beyond head block: requested 153, head 2"},
		{[]any{"0x1", "latest", []float64{5, 5}}, "invalid reward percentile: #0:5.000000 >= #1:5.000000"},
		{[]any{"0x1", "latest", []float64{-1}}, "invalid reward percentile: -1.000000"},
		{[]any{"0x1", "latest", make([]float64, 101)}, "invalid reward percentile: over the query limit 100"},
	} {
		_, message, _ := n.fails("eth_feeHistory", bad.args...)
		require.Equal(t, bad.message, message)
	}
}

func TestSuggestedFees(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	require.Equal(t, "0xf4240", n.ask("eth_maxPriorityFeePerGas"), "the configured minimum on an idle chain")
	require.Equal(t, "0x3b9aca00", n.ask("eth_baseFee"))
	require.Equal(t, "0x1", n.ask("eth_blobBaseFee"))
	for i := range uint64(20) {
		n.send(n.sign(a, i, &b.addr, 1, nil, 21000))
		n.seal()
	}
	require.Equal(t, "0x3b9aca00", n.ask("eth_maxPriorityFeePerGas"), "what the others pay")
	require.Equal(t, "0x77359400", n.ask("eth_gasPrice"))
}

func TestFillTransaction(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	n.send(n.sign(a, 0, &b.addr, 1, nil, 21000))
	var filled struct {
		Raw hexutil.Bytes      `json:"raw"`
		Tx  *types.Transaction `json:"tx"`
	}
	n.call(&filled, "eth_fillTransaction", map[string]any{"from": a.addr, "to": b.addr, "value": "0x5"})
	require.Equal(t, uint64(1), filled.Tx.Nonce(), "after the pool's")
	require.Equal(t, uint64(21000), filled.Tx.Gas())
	require.Equal(t, int64(testChainID), filled.Tx.ChainId().Int64())
	require.Equal(t, "1000000", filled.Tx.GasTipCap().String())
	require.Equal(t, "2001000000", filled.Tx.GasFeeCap().String(), "twice the base fee and the tip")
	signed, err := types.SignTx(filled.Tx, n.exec.Signer(), a.key)
	require.NoError(t, err)
	n.send(signed)
	for _, bad := range []struct {
		args    map[string]any
		message string
	}{
		{map[string]any{"from": a.addr}, "contract creation without any data provided"},
		{map[string]any{"from": a.addr, "to": b.addr, "gasPrice": "0x0"}, "gasPrice must be non-zero after london fork"},
		{map[string]any{"from": a.addr, "to": b.addr, "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"}, "maxFeePerGas (0x1) < maxPriorityFeePerGas (0x2)"},
		{map[string]any{"from": a.addr, "to": b.addr, "data": "0x01", "input": "0x02"}, `both "data" and "input" are set and not equal. Please use "input" to pass transaction call data`},
		{map[string]any{"from": a.addr, "to": b.addr, "blobVersionedHashes": []common.Hash{{1}}}, "transaction type not supported: this chain has no blob transactions"},
	} {
		_, message, _ := n.fails("eth_fillTransaction", bad.args)
		require.Equal(t, bad.message, message)
	}
}
