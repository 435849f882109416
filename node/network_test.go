package node

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/network"
)

// freePort is a port that nothing listens at.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// startNetwork runs a created network's nodes in this process.
func startNetwork(t *testing.T, layout *network.Layout) []*Node {
	t.Helper()
	nodes := make([]*Node, len(layout.Nodes))
	for i := range nodes {
		config, err := LoadConfig(string(layout.Home(i)), nil)
		require.NoError(t, err)
		config.RPC.HTTPAddr, config.RPC.IPCPath, config.Consensus.CometRPC = "", "", ""
		config.Consensus.BlockInterval, config.Consensus.IdleInterval = 200*time.Millisecond, time.Second
		settings := config.Settings(testSettings(layout.Home(i)).Log, "test")
		nodes[i] = startNode(t, settings)
	}
	return nodes
}

func TestNetworkOfFourAgrees(t *testing.T) {
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	port := freePort(t)
	layout, err := CreateNetwork(network.CreateOptions{
		Dir: filepath.Join(t.TempDir(), "net"), Validators: 4, ChainName: "four", Genesis: genesis,
		Ports: network.Ports{P2P: port, CometRPC: port + 1, EthRPC: port + 2},
	})
	require.NoError(t, err)
	nodes := startNetwork(t, layout)
	accounts, err := network.DevAccounts(1)
	require.NoError(t, err)
	for nonce := range uint64(3) {
		tx := transfer(t, nodes[0], accounts[0], nonce)
		send(t, nodes[0], tx)
		for _, n := range nodes {
			waitIncluded(t, n, tx.Hash())
		}
	}
	head := nodes[0].Chain.Head().NumberU64()
	for _, n := range nodes {
		require.GreaterOrEqual(t, n.Chain.Head().NumberU64()+1, head)
		for number := range head {
			require.Equal(t, nodes[0].Chain.Hash(number), n.Chain.Hash(number), "block %d", number)
		}
	}
	// One takes blocks back, and has them again from the others.
	require.NoError(t, nodes[3].Close())
	settings := nodes[3].settings
	l, err := OpenLedger(settings)
	require.NoError(t, err)
	done, err := l.Rollback(RollbackOptions{Blocks: 2})
	require.NoError(t, err)
	require.False(t, done.VotesForgotten)
	require.NoError(t, l.Close())
	nodes[3] = startNode(t, settings)
	require.Eventually(t, func() bool { return nodes[3].Chain.Head().NumberU64() >= head }, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, nodes[0].Chain.Hash(head-1), nodes[3].Chain.Hash(head-1))
	for _, n := range nodes {
		require.NoError(t, n.Close())
	}
}

func TestDevNetworkIsKeptAndReset(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "network")
	options := DevNetworkOptions{Validators: 2}
	first, created, err := PrepareDevNetwork(dir, options)
	require.NoError(t, err)
	require.True(t, created)
	again, created, err := PrepareDevNetwork(dir, options)
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first, again)
	_, _, err = PrepareDevNetwork(dir, DevNetworkOptions{Validators: 3})
	require.ErrorContains(t, err, "has 2 validators, not 3; --reset")
	_, _, err = PrepareDevNetwork(dir, DevNetworkOptions{Validators: 2, DevOptions: DevOptions{ChainID: 5}})
	require.ErrorContains(t, err, "--reset makes a new one")
	reset, created, err := PrepareDevNetwork(dir, DevNetworkOptions{Validators: 3, DevOptions: DevOptions{Reset: true}})
	require.NoError(t, err)
	require.True(t, created)
	require.Len(t, reset.Nodes, 3)

	other := filepath.Join(t.TempDir(), "other")
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	_, err = CreateNetwork(network.CreateOptions{Dir: other, Validators: 1, ChainName: "precious", Genesis: genesis})
	require.NoError(t, err)
	_, _, err = PrepareDevNetwork(other, DevNetworkOptions{Validators: 1, DevOptions: DevOptions{Reset: true}})
	require.ErrorIs(t, err, errNotDev)
	require.FileExists(t, filepath.Join(other, network.LayoutFile))
}
