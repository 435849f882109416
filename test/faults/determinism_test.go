package faults

import (
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// witness is the creation code of a contract that, when it is called, stores
// the hash of the parent's parent under the block's number, and logs.
var witness = common.FromHex("600d600c600039600d6000f3" + "6002430340435560006000a000")

// reverting is the creation code of a contract that reverts each call.
var reverting = common.FromHex("6005600c60003960056000f3" + "60006000fd")

// TestDeterminism executes a chain of mixed transactions again, from genesis
// and by the way a node catches up, with other numbers of processors and, in
// the long form, by a program built with the race detector.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	report := begin(t, "the same chain executed again")
	c := cluster.New(t, cluster.Options{})
	n, load := c.Nodes[0], c.NewLoad()
	c.Start()
	mixed := 0
	for range pick(3, 30) {
		stop := load.Go()
		n.WaitHeight(n.Height()+2, time.Minute)
		stop()
		must(t, load.Drain(time.Minute))
		mixed += mix(t, c, n)
	}
	height := settle(t, c, load)
	n.Stop()
	again := func(environment ...string) {
		t.Helper()
		for _, folder := range ledgerFolders {
			must(t, os.RemoveAll(filepath.Join(n.Home.Data(), folder)))
		}
		n.Start(environment...)
		n.WaitHeight(height, 5*time.Minute)
		must(t, load.CheckIncluded(n))
		must(t, load.CheckBlocks(n, int(height)))
		n.Stop()
		if n.Said("WARNING: DATA RACE") {
			t.Fatalf("a data race:\n%s", n.Tail())
		}
		report.rounds++
	}
	for _, processors := range []int{1, 2, 8} {
		again("GOMAXPROCS=" + strconv.Itoa(processors))
	}
	if cluster.Long() {
		n.SetBinary(cluster.Build(t, "-race"))
		again("GORACE=halt_on_error=1")
	}
	report.factsf("%d blocks with %d transfers and %d others", height, load.Included(), mixed)
}

// mix sends one transaction of every kind, such that fail and revert among
// them, waits for all of them and returns how many there were.
func mix(t *testing.T, c *cluster.Cluster, n *cluster.Node) int {
	t.Helper()
	chainID := c.Chain.ChainConfig().ChainID
	var next hexutil.Uint64
	must(t, n.Call(&next, "eth_getTransactionCount", c.Spare.Address, "latest"))
	nonce := uint64(next)
	good, bad := crypto.CreateAddress(c.Spare.Address, nonce), crypto.CreateAddress(c.Spare.Address, nonce+1)
	tip, cap := big.NewInt(params.GWei), big.NewInt(1_000*params.GWei)
	list := types.AccessList{{Address: good, StorageKeys: []common.Hash{{}, {1}}}}
	delegate, err := types.SignSetCode(c.Spare.Key, types.SetCodeAuthorization{ChainID: *uint256.MustFromBig(chainID), Address: good, Nonce: nonce + 7})
	must(t, err)
	txs := []struct {
		data   types.TxData
		status hexutil.Uint64
	}{
		{&types.LegacyTx{Nonce: nonce, Gas: 200_000, GasPrice: cap, Data: witness}, 1},
		{&types.DynamicFeeTx{ChainID: chainID, Nonce: nonce + 1, Gas: 200_000, GasTipCap: tip, GasFeeCap: cap, Data: reverting}, 1},
		{&types.LegacyTx{Nonce: nonce + 2, Gas: 100_000, GasPrice: cap, To: &good}, 1},
		{&types.AccessListTx{ChainID: chainID, Nonce: nonce + 3, Gas: 100_000, GasPrice: cap, To: &good, AccessList: list}, 1},
		{&types.DynamicFeeTx{ChainID: chainID, Nonce: nonce + 4, Gas: 100_000, GasTipCap: tip, GasFeeCap: cap, To: &bad, Value: big.NewInt(1)}, 0},
		{&types.DynamicFeeTx{ChainID: chainID, Nonce: nonce + 5, Gas: 22_000, GasTipCap: tip, GasFeeCap: cap, To: &good}, 0},
		{&types.SetCodeTx{ChainID: uint256.MustFromBig(chainID), Nonce: nonce + 6, Gas: 200_000, GasTipCap: uint256.MustFromBig(tip),
			GasFeeCap: uint256.MustFromBig(cap), To: c.Spare.Address, AuthList: []types.SetCodeAuthorization{delegate}}, 1},
	}
	for i, tx := range txs {
		signed, err := types.SignNewTx(c.Spare.Key, types.LatestSigner(c.Chain.ChainConfig()), tx.data)
		must(t, err)
		raw, err := signed.MarshalBinary()
		must(t, err)
		var receipt *struct{ Status hexutil.Uint64 }
		must(t, n.Call(nil, "eth_sendRawTransaction", hexutil.Bytes(raw)))
		for deadline := time.Now().Add(time.Minute); receipt == nil; time.Sleep(20 * time.Millisecond) {
			must(t, n.Call(&receipt, "eth_getTransactionReceipt", signed.Hash()))
			if time.Now().After(deadline) {
				t.Fatalf("transaction %d of the mix was not included", i)
			}
		}
		if receipt.Status != tx.status {
			t.Fatalf("transaction %d of the mix has status %d, expected %d", i, receipt.Status, tx.status)
		}
	}
	return len(txs)
}
