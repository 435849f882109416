// Package statesync tests that a node joins a running chain with a snapshot of
// its peer's state. It tests no more than the way two nodes do that together.
package statesync

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const (
	senders, receivers = 10, 500 // each sender funds so many new accounts
	interval           = 10      // blocks between snapshots
)

// witness is the creation code of a contract that, when it is called, stores
// the hash of the parent's parent under the block's number, and logs.
var witness = common.FromHex("600d600c600039600d6000f3" + "6002430340435560006000a000")

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return fmt.Sprintf("tcp://%s", listener.Addr())
}

func settings(t *testing.T, home network.Home) node.Settings {
	t.Helper()
	comet := node.CometConfig(home, 50*time.Millisecond)
	comet.P2P.ListenAddress, comet.RPC.ListenAddress = freePort(t), freePort(t)
	return node.Settings{
		Home:     home,
		Chain:    chain.Options{Dir: home.Data(), LogIndex: true},
		Pool:     mempool.Config{Journal: filepath.Join(home.Data(), "pool.journal")},
		Comet:    comet,
		Pace:     node.Pace{Interval: 50 * time.Millisecond, Idle: 100 * time.Millisecond},
		Log:      slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Snapshot: node.Snapshot{Interval: interval, Keep: 50},
	}
}

func start(t *testing.T, s node.Settings) *node.Node {
	t.Helper()
	n, err := node.Open(s)
	require.NoError(t, err)
	require.NoError(t, n.Start())
	return n
}

// sender sends transactions of one account to a node.
type sender struct {
	t     *testing.T
	n     *node.Node
	from  network.DevAccount
	nonce uint64
}

func (s *sender) send(to *common.Address, wei int64, gas uint64, data []byte) *types.Transaction {
	s.t.Helper()
	tx, err := types.SignNewTx(s.from.Key, s.n.Executor.Signer(), &types.DynamicFeeTx{
		ChainID: s.n.Chain.Config().ChainID, Nonce: s.nonce, Gas: gas, GasTipCap: big.NewInt(params.GWei),
		GasFeeCap: big.NewInt(1000 * params.GWei), To: to, Value: big.NewInt(wei), Data: data,
	})
	require.NoError(s.t, err)
	require.NoError(s.t, s.n.Pool.Add([]*types.Transaction{tx}, mempool.Local)[0])
	s.nonce++
	return tx
}

func waitIncluded(t *testing.T, n *node.Node, tx *types.Transaction) uint64 {
	t.Helper()
	var height uint64
	require.Eventually(t, func() (ok bool) {
		_, _, height, _, ok = n.Chain.Transaction(tx.Hash())
		return ok
	}, 60*time.Second, 20*time.Millisecond, "the transaction was not included")
	return height
}

func receiver(from, i int) common.Address {
	return common.BytesToAddress(crypto.Keccak256([]byte{byte(from), byte(i), byte(i >> 8)}))
}

// populate makes accounts, a contract and storage, and returns the contract.
func populate(t *testing.T, n *node.Node, accounts []network.DevAccount) (*sender, common.Address) {
	t.Helper()
	owner := &sender{t: t, n: n, from: accounts[0]}
	deploy := owner.send(nil, 0, 200_000, witness)
	contract := crypto.CreateAddress(accounts[0].Address, 0)
	waitIncluded(t, n, deploy)
	var last *types.Transaction
	for i, account := range accounts {
		s := owner
		if i > 0 {
			s = &sender{t: t, n: n, from: account}
		}
		for r := range receivers {
			to := receiver(i, r)
			last = s.send(&to, int64(r+1), params.TxGas, nil)
		}
	}
	waitIncluded(t, n, last)
	for range 5 {
		waitIncluded(t, n, owner.send(&contract, 0, 200_000, nil))
	}
	return owner, contract
}

// waitSnapshot waits for a snapshot above a height. Snapshots follow the state
// on disk, so owner's transactions to fresh accounts keep it moving.
func waitSnapshot(t *testing.T, home network.Home, above uint64, owner *sender) {
	t.Helper()
	fresh := 0
	require.Eventually(t, func() bool {
		for range 20 {
			to := receiver(200, fresh)
			fresh++
			owner.send(&to, 1, params.TxGas, nil)
		}
		entries, _ := os.ReadDir(filepath.Join(home.Data(), "snapshots"))
		for _, entry := range entries {
			var height uint64
			if _, err := fmt.Sscanf(entry.Name(), "%d", &height); err == nil && height > above {
				return true
			}
		}
		return false
	}, 90*time.Second, 50*time.Millisecond, "no snapshot was made")
}

// joinSettings are those of a node that joins with a snapshot of first.
func joinSettings(t *testing.T, first *node.Node, firstSettings node.Settings) node.Settings {
	t.Helper()
	home := network.Home(filepath.Join(t.TempDir(), "second"))
	_, _, err := network.Adopt(firstSettings.Home.Genesis(), home)
	require.NoError(t, err)
	s := settings(t, home)
	key, err := p2p.LoadNodeKey(firstSettings.Comet.NodeKeyFile())
	require.NoError(t, err)
	s.Comet.P2P.PersistentPeers = fmt.Sprintf("%s@%s", key.ID(), firstSettings.Comet.P2P.ListenAddress[len("tcp://"):])
	rpc := firstSettings.Comet.RPC.ListenAddress
	s.Comet.StateSync.Enable = true
	s.Comet.StateSync.RPCServers = []string{rpc, rpc}
	s.Comet.StateSync.TrustHeight = 1
	s.Comet.StateSync.TrustHash = first.Comet().BlockStore().LoadBlockMeta(1).BlockID.Hash.String()
	s.Comet.StateSync.DiscoveryTime = 5 * time.Second
	return s
}

// requireFollows waits until second has what first has now.
func requireFollows(t *testing.T, first, second *node.Node) {
	t.Helper()
	head := first.Chain.Head().NumberU64()
	require.Eventually(t, func() bool { return second.Chain.Head().NumberU64() >= head }, 60*time.Second, 50*time.Millisecond,
		"the node does not follow")
	for height := second.Chain.Earliest(); height <= head; height++ {
		require.Equal(t, first.Chain.Hash(height), second.Chain.Hash(height))
	}
}

// requireState reads and proves what populate made.
func requireState(t *testing.T, first, second *node.Node, contract common.Address) {
	t.Helper()
	// A state that leaves memory while it is read is an error, and read again.
	var err error
	for range 100 {
		if err = stateAgrees(t, first, second, contract); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	require.NoError(t, err)
}

func stateAgrees(t *testing.T, first, second *node.Node, contract common.Address) error {
	t.Helper()
	header := second.Chain.Head().Header()
	statedb, err := second.Chain.StateAt(header)
	if err != nil {
		return err
	}
	wrong, stored := 0, 0
	for i := range senders {
		for r := range receivers {
			if statedb.GetBalance(receiver(i, r)).Cmp(uint256.NewInt(uint64(r+1))) != 0 {
				wrong++
			}
		}
	}
	for number := uint64(2); number <= header.Number.Uint64(); number++ {
		slot := common.BigToHash(new(big.Int).SetUint64(number))
		if value := statedb.GetState(contract, slot); value == first.Chain.Hash(number-2) {
			stored++
		} else if value != (common.Hash{}) {
			wrong++
		}
	}
	code := statedb.GetCode(contract)
	accounts, err := second.Chain.States().OpenTrie(header.Root)
	if err = errors.Join(err, statedb.Error()); err != nil {
		return err
	}
	key, proof := crypto.Keccak256(contract[:]), memorydb.New()
	if err := accounts.Prove(key, proof); err != nil {
		return err
	}
	value, err := trie.VerifyProof(header.Root, key, proof)
	require.NoError(t, err)
	require.NotEmpty(t, value)
	require.Equal(t, witness[12:], code)
	require.Zero(t, wrong)
	require.GreaterOrEqual(t, stored, 5)
	return nil
}

func TestNodeJoinsWithASnapshot(t *testing.T) {
	accounts, err := network.DevAccounts(senders)
	require.NoError(t, err)
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	home := network.Home(filepath.Join(t.TempDir(), "first"))
	_, err = network.InitValidator(home, genesis, accounts[0].Address, "statesync-test")
	require.NoError(t, err)
	firstSettings := settings(t, home)
	first := start(t, firstSettings)
	defer func() { require.NoError(t, first.Close()) }()
	owner, contract := populate(t, first, accounts)
	waitSnapshot(t, home, first.Chain.Head().NumberU64(), owner)

	joined := joinSettings(t, first, firstSettings)
	second := start(t, joined)
	requireFollows(t, first, second)
	require.Greater(t, second.Chain.Earliest(), uint64(interval), "it executed the chain from genesis instead")
	begun := second.Chain.Earliest()
	require.Equal(t, first.Chain.Receipts(first.Chain.Hash(begun)), second.Chain.Receipts(second.Chain.Hash(begun)))
	requireState(t, first, second, contract)
	call := owner.send(&contract, 0, 200_000, nil)
	require.Equal(t, waitIncluded(t, first, call), waitIncluded(t, second, call))
	require.NoError(t, second.Close())

	waitIncluded(t, first, owner.send(&contract, 0, 200_000, nil))
	second = start(t, joined)
	defer func() { require.NoError(t, second.Close()) }()
	require.Equal(t, begun, second.Chain.Earliest(), "it did not join once more")
	requireFollows(t, first, second)
	requireState(t, first, second, contract)
	waitSnapshot(t, joined.Home, begun, owner) // it makes its own now, others can join from it
}
