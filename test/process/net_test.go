// Package process tests business processes on a network of real nodes: timers
// that fire by themselves in the same blocks everywhere, while parties do their
// steps and a node is killed and comes back. PROCESS=long in the environment runs
// ten thousand instances. It tests nothing that one node can show.
package process

import (
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/test/cluster"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

// long reports whether the long form of the tests was asked for.
func long() bool { return os.Getenv("PROCESS") == "long" }

// patience bounds every wait.
const patience = 5 * time.Minute

// grace is how many seconds no timer fires: time to start the sales and to ship.
func grace() int {
	if long() {
		return 150
	}
	return 20
}

// net is a network and what its users know.
type net struct {
	*cluster.Cluster
	t       *testing.T
	process *contracts.Process
	rules   *contracts.Rules
	nonces  map[common.Address]uint64
}

func newNet(t *testing.T) *net {
	c := cluster.New(t, cluster.Options{Validators: 4, Senders: 4, Interval: 200 * time.Millisecond, Idle: 200 * time.Millisecond})
	c.Start()
	return &net{c, t, contracts.NewProcess(), contracts.NewRules(), make(map[common.Address]uint64)}
}

// call is what a transaction of these tests does.
type call struct {
	to    common.Address
	value *big.Int
	data  []byte
}

// must sends transactions of one account, all at once, and waits until each has
// succeeded.
func (n *net) must(from network.DevAccount, gas uint64, calls ...call) []*types.Receipt {
	n.t.Helper()
	sends, receipts := make([]rpc.BatchElem, len(calls)), make([]rpc.BatchElem, len(calls))
	found := make([]*types.Receipt, len(calls))
	for i, c := range calls {
		tx, err := types.SignNewTx(from.Key, types.LatestSigner(n.Chain.ChainConfig()), &types.DynamicFeeTx{
			ChainID: n.Chain.ChainConfig().ChainID, Nonce: n.nonces[from.Address], Gas: gas, To: &c.to, Value: c.value, Data: c.data,
			GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei),
		})
		require.NoError(n.t, err)
		n.nonces[from.Address]++
		raw, err := tx.MarshalBinary()
		require.NoError(n.t, err)
		sends[i] = rpc.BatchElem{Method: "eth_sendRawTransaction", Args: []any{hexutil.Bytes(raw)}, Result: new(common.Hash)}
		receipts[i] = rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{tx.Hash()}, Result: &found[i]}
	}
	n.batch(n.Nodes[0], sends)
	n.until("receipts", func() bool {
		n.batch(n.Nodes[0], receipts)
		for _, receipt := range found {
			if receipt == nil {
				return false
			}
		}
		return true
	})
	for i, receipt := range found {
		require.Equal(n.t, types.ReceiptStatusSuccessful, receipt.Status, "transaction %d, to %s, used %d gas", i, calls[i].to, receipt.GasUsed)
	}
	return found
}

// batch asks a node many things that all succeed.
func (n *net) batch(node *cluster.Node, calls []rpc.BatchElem) {
	n.t.Helper()
	require.NoError(n.t, node.Batch(calls))
	for _, c := range calls {
		require.NoError(n.t, c.Error, "%s", c.Method)
	}
}

// until waits for something to come true.
func (n *net) until(what string, is func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			n.t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

// views calls view methods of one contract on a node, at its newest block.
func views[T any](n *net, node *cluster.Node, of common.Address, unpack func([]byte) (T, error), data ...[]byte) []T {
	n.t.Helper()
	calls, outputs := make([]rpc.BatchElem, len(data)), make([]hexutil.Bytes, len(data))
	for i := range data {
		calls[i] = rpc.BatchElem{Method: "eth_call", Args: []any{map[string]any{"to": of, "data": hexutil.Bytes(data[i])}, "latest"}, Result: &outputs[i]}
	}
	n.batch(node, calls)
	values := make([]T, len(data))
	for i, output := range outputs {
		var err error
		values[i], err = unpack(output)
		require.NoError(n.t, err)
	}
	return values
}

func (n *net) balance(node *cluster.Node, of common.Address) *big.Int {
	n.t.Helper()
	var balance hexutil.Big
	require.NoError(n.t, node.Call(&balance, "eth_getBalance", of, "latest"))
	return balance.ToInt()
}

// times are the timestamps of the blocks 0 to the given height.
func (n *net) times(node *cluster.Node, height uint64) []uint64 {
	n.t.Helper()
	calls, blocks := make([]rpc.BatchElem, height+1), make([]struct{ Timestamp hexutil.Uint64 }, height+1)
	for i := range calls {
		calls[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(i), false}, Result: &blocks[i]}
	}
	n.batch(node, calls)
	times := make([]uint64, len(blocks))
	for i, block := range blocks {
		times[i] = uint64(block.Timestamp)
	}
	return times
}
