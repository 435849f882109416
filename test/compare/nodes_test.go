package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/bench/geth"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const (
	compareVariable = "COMPARE"         // asks for the comparison even when geth must be built first
	nodeVariable    = "CYBERMILES_NODE" // a built cybermiles; without it the test builds one
)

// gethBinary finds geth in the cache of this user, or builds it when COMPARE asks for that.
func gethBinary(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	cache = filepath.Join(cache, "cybermiles")
	if os.Getenv(compareVariable) == "" {
		if _, err := os.Stat(filepath.Join(cache, "geth-"+geth.Version)); err != nil {
			t.Skipf("NOT RUN: the comparison with geth %s, which is not built here; %s=1 builds it once, in some minutes", geth.Version, compareVariable)
		}
	}
	binary, err := geth.Build(t.Context(), cache, os.Stdout)
	require.NoError(t, err)
	return binary
}

// freePort is one nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return port
}

// serve runs a node until the test ends and waits for its first answer.
func serve(t *testing.T, port, binary string, args ...string) *rpc.Client {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		killer := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		killer.Stop()
		_ = log.Close()
	})
	client, err := rpc.Dial("http://127.0.0.1:" + port)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var number string
		if err = client.Call(&number, "eth_blockNumber"); err == nil {
			return client
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s does not answer: %v\n%s", binary, err, text)
		}
	}
}

// nodeBinary builds the node, unless a variable names a built one.
func nodeBinary(t *testing.T) string {
	t.Helper()
	if binary := os.Getenv(nodeVariable); binary != "" {
		return binary
	}
	binary := filepath.Join(t.TempDir(), "cybermiles")
	output, err := exec.Command("go", "build", "-o", binary, "../../cmd/cybermiles").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return binary
}

// pair is the two nodes.
type pair struct {
	t          *testing.T
	ours, geth *rpc.Client
}

// startPair starts both nodes with the same genesis. The floor under our base fee is 1 wei, so that it moves as geth's.
func startPair(t *testing.T) *pair {
	t.Helper()
	binary := gethBinary(t)
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	genesis.BaseFeeFloorWei = 1
	genesis.Economy = nil // geth has no contract that fees go to
	accounts, err := network.DevAccounts(1)
	require.NoError(t, err)
	home := t.TempDir()
	document, err := network.InitValidator(network.Home(home), genesis, accounts[0].Address, node.DevChainName)
	require.NoError(t, err)

	cybermiles := nodeBinary(t)
	port := freePort(t)
	p := &pair{t: t}
	p.ours = serve(t, port, cybermiles, "dev", "--automine", "--home", home, "--rpc.http-addr", "127.0.0.1:"+port, "--rpc.ipc", "")
	p.geth = startGeth(t, binary, &core.Genesis{
		Config: genesis.ChainConfig(), GasLimit: genesis.GasLimit, Difficulty: new(big.Int), Timestamp: uint64(document.GenesisTime.Unix()),
		BaseFee: new(big.Int).SetUint64(genesis.BaseFeeWei), Alloc: genesis.Alloc,
	})
	return p
}

func startGeth(t *testing.T, binary string, genesis *core.Genesis) *rpc.Client {
	t.Helper()
	home := t.TempDir()
	text, err := json.Marshal(genesis)
	require.NoError(t, err)
	file := filepath.Join(home, "genesis.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	output, err := exec.Command(binary, "--datadir", home, "init", file).CombinedOutput()
	require.NoError(t, err, "%s", output)
	port := freePort(t)
	return serve(t, port, binary, "--datadir", home, "--dev", "--dev.period", "0", "--miner.gaslimit", fmt.Sprint(genesis.GasLimit),
		"--http", "--http.port", port, "--http.api", "eth,net,web3,txpool,debug", "--rpc.gascap", "500000000", "--gcmode", "archive",
		"--authrpc.port", "0", "--port", "0", "--nodiscover", "--maxpeers", "0", "--ipcdisable", "--verbosity", "1")
}

// block is what following geth's chain needs of its blocks.
type block struct {
	Hash      common.Hash    `json:"hash"`
	Miner     common.Address `json:"miner"`
	Timestamp string         `json:"timestamp"`
}

// include puts one transaction into a block of the same number, time and coinbase on both sides.
func (p *pair) include(raw string, hash common.Hash) {
	p.t.Helper()
	require.NoError(p.t, p.geth.Call(nil, "eth_sendRawTransaction", raw))
	var receipt struct {
		BlockNumber string `json:"blockNumber"`
	}
	require.Eventually(p.t, func() bool {
		return p.geth.Call(&receipt, "eth_getTransactionReceipt", hash) == nil && receipt.BlockNumber != ""
	}, 30*time.Second, 5*time.Millisecond, "geth does not include %s", hash)
	p.follow(receipt.BlockNumber)
	require.NoError(p.t, p.ours.Call(nil, "eth_sendRawTransaction", raw))
	require.Equal(p.t, receipt.BlockNumber, head(p.t, p.ours), "the block of %s", hash)
}

// follow makes empty blocks on our side, where geth has sealed some, and prepares the block with the given number.
func (p *pair) follow(number string) {
	p.t.Helper()
	want, ok := new(big.Int).SetString(strings.TrimPrefix(number, "0x"), 16)
	require.True(p.t, ok, number)
	for {
		at, ok := new(big.Int).SetString(strings.TrimPrefix(head(p.t, p.ours), "0x"), 16)
		require.True(p.t, ok)
		at.Add(at, common.Big1)
		var b block
		require.NoError(p.t, p.geth.Call(&b, "eth_getBlockByNumber", fmt.Sprintf("0x%x", at), false))
		if b.Timestamp == "" {
			return // geth has no block beyond
		}
		require.NoError(p.t, p.ours.Call(nil, "hardhat_setCoinbase", b.Miner))
		require.NoError(p.t, p.ours.Call(nil, "evm_setNextBlockTimestamp", b.Timestamp))
		if at.Cmp(want) >= 0 {
			return
		}
		require.NoError(p.t, p.ours.Call(nil, "evm_mine"))
	}
}

func head(t *testing.T, c *rpc.Client) (number string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, c.CallContext(ctx, &number, "eth_blockNumber"))
	return number
}
