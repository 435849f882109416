package geth

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
)

var (
	testFunder = common.HexToAddress("0xf1")
	testFunded = []common.Address{common.HexToAddress("0xa1"), common.HexToAddress("0xa2")}
)

func TestGenesis(t *testing.T) {
	path := filepath.Join(t.TempDir(), "genesis.json")
	if err := writeGenesis(path, newGenesis(18, testFunder, testFunded)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var genesis core.Genesis
	if err := json.Unmarshal(text, &genesis); err != nil {
		t.Fatal(err)
	}
	if genesis.GasLimit != GasLimit || genesis.Config.ChainID.Int64() != 18 || genesis.Difficulty.Sign() != 0 {
		t.Errorf("gas limit %d, chain %s, difficulty %s", genesis.GasLimit, genesis.Config.ChainID, genesis.Difficulty)
	}
	if !genesis.Config.IsPrague(new(big.Int), 0) || genesis.Config.IsOsaka(new(big.Int), 0) {
		t.Error("the rules at block 0 are not Prague's")
	}
	for address, want := range map[common.Address]*big.Int{testFunder: coins(1_000_000_000), testFunded[0]: coins(1000), testFunded[1]: coins(1000)} {
		if got := genesis.Alloc[address].Balance; got == nil || got.Cmp(want) != 0 {
			t.Errorf("%s has %v, want %s", address, got, want)
		}
	}
	for _, address := range []common.Address{params.HistoryStorageAddress, params.WithdrawalQueueAddress, params.ConsolidationQueueAddress, params.BeaconRootsAddress} {
		if len(genesis.Alloc[address].Code) == 0 {
			t.Errorf("the system contract %s has no code", address)
		}
	}
	if params.AllDevChainProtocolChanges.OsakaTime == nil {
		t.Error("making a genesis changed go-ethereum's own configuration")
	}
}

func TestStartRefuses(t *testing.T) {
	home := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().(*net.TCPAddr).Port
	if _, err := Start(t.Context(), Options{Binary: "geth", Home: home, Port: taken}); err == nil || !strings.Contains(err.Error(), "port is taken") {
		t.Errorf("a port in use: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(home, "geth", "chaindata"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Binary: "geth", Home: home}); !errors.Is(err, errHome) {
		t.Errorf("a directory with a chain: %v", err)
	}
	missing := Options{Binary: filepath.Join(home, "no-geth"), Home: filepath.Join(home, "new")}
	if _, err := Start(t.Context(), missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no binary: %v", err)
	}
}

func TestBuildUsesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	want := filepath.Join(dir, "geth-"+Version, "geth")
	if err := os.MkdirAll(filepath.Dir(want), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "") // no go command: building would fail
	if got, err := Build(t.Context(), dir, t.Output()); err != nil || got != want {
		t.Errorf("found %s, %v; want %s", got, err, want)
	}
	if _, err := Build(t.Context(), t.TempDir(), t.Output()); err == nil || !strings.Contains(err.Error(), "go command") {
		t.Errorf("without a go command: %v", err)
	}
}

// TestStart runs the real thing, whose path BENCH_GETH gives (cybermiles bench geth builds one).
func TestStart(t *testing.T) {
	binary := os.Getenv("BENCH_GETH")
	if binary == "" {
		t.Skip("BENCH_GETH is not set: no geth was started; set it to a geth binary of version " + Version)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	n, err := Start(t.Context(), Options{Binary: binary, Home: t.TempDir(), Port: port, Funder: testFunder, Funded: testFunded})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Stop()
	client, err := ethclient.Dial(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	header, err := client.HeaderByNumber(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if header.GasLimit != GasLimit {
		t.Errorf("the gas limit is %d, want %d", header.GasLimit, GasLimit)
	}
	balance, err := client.BalanceAt(context.Background(), testFunded[0], nil)
	if err != nil || balance.Cmp(coins(1000)) != 0 {
		t.Errorf("a funded account has %v, %v", balance, err)
	}
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := client.ChainID(t.Context()); err == nil {
		t.Error("geth still answers after Stop")
	}
}
