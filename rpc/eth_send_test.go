package rpc

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"
)

func TestSendErrorsAreThoseOfEthereum(t *testing.T) {
	n := newTestNode(t)
	a, b := testAccount(0), testAccount(1)
	n.send(n.sign(a, 0, &b.addr, 1, nil, 21000))
	n.seal()
	n.send(n.sign(a, 1, &b.addr, 1, nil, 21000))
	dear := n.sign(a, 2, &b.addr, 1, nil, 21000)
	n.send(dear)
	cheap, err := types.SignNewTx(a.key, n.exec.Signer(), &types.LegacyTx{Nonce: 2, GasPrice: big.NewInt(2 * params.GWei), Gas: 21000, To: &b.addr})
	require.NoError(t, err)
	for _, bad := range []struct{ raw, message string }{
		{raw(t, n.sign(a, 0, &b.addr, 1, nil, 21000)), "^nonce too low"},
		{raw(t, dear), "^already known$"},
		{raw(t, cheap), "^replacement transaction underpriced"},
		{raw(t, n.sign(testAccount(77), 0, &b.addr, 1, nil, 21000)), `^insufficient funds for gas \* price \+ value`},
		{raw(t, n.sign(a, 3, &b.addr, 1, nil, 20000)), "^intrinsic gas too low"},
		{"0x", "^typed transaction too short|^EOF"},
		{"0x02c0", "^rlp: "},
		{"0x05c0", "^transaction type not supported$"},
	} {
		code, message, _ := n.fails("eth_sendRawTransaction", bad.raw)
		require.Equal(t, -32000, code)
		require.Regexp(t, bad.message, message)
	}
	code, _, _ := n.fails("eth_sendRawTransaction", "0xzz")
	require.Equal(t, -32602, code)
}

func TestSendSyncReturnsTheReceipt(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.SyncTimeout = 50 * time.Millisecond })
	a, b := testAccount(0), testAccount(1)
	tx := n.sign(a, 0, &b.addr, 1, nil, 21000)
	sealed := make(chan struct{})
	go func() {
		defer close(sealed)
		for n.pool.Get(tx.Hash()) == nil {
			time.Sleep(time.Millisecond)
		}
		n.seal()
	}()
	receipt := n.object("eth_sendRawTransactionSync", raw(t, tx), 5000)
	<-sealed
	require.Equal(t, tx.Hash().Hex(), receipt["transactionHash"])
	require.Equal(t, "0x1", receipt["status"])

	late := n.sign(a, 1, &b.addr, 1, nil, 21000)
	code, message, data := n.fails("eth_sendRawTransactionSync", raw(t, late))
	require.Equal(t, 4, code)
	require.Equal(t, "The transaction was added to the transaction pool but wasn't processed in 50ms", message)
	require.Equal(t, late.Hash().Hex(), data)
	later := n.sign(a, 2, &b.addr, 1, nil, 21000)
	code, message, _ = n.fails("eth_sendRawTransactionSync", raw(t, later), "0x14")
	require.Equal(t, 4, code)
	require.Contains(t, message, "in 20ms")
}

func TestWaitingEndsWhenTheServerStops(t *testing.T) {
	n := newTestNode(t)
	f := newFollower(n)
	blob, err := n.sign(testAccount(0), 0, &coinbase, 1, nil, 21000).MarshalBinary()
	require.NoError(t, err)
	result := make(chan error, 1)
	go func() {
		_, err := (&sendAPI{n.server.view, f}).SendRawTransactionSync(t.Context(), blob, nil)
		result <- err
	}()
	require.Eventually(t, func() bool { p, _ := n.pool.Status(); return p == 1 }, 5*time.Second, time.Millisecond)
	f.stop()
	require.ErrorIs(t, <-result, errStopped)
}
