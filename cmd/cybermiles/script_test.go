package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cybermiles/cybermiles/client/wallet"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cybermiles": main})
}

// TestScripts runs the command line as the files of testdata say. A script
// whose name begins with "chain" gets a node of its own: go-ethereum's simulated
// chain behind HTTP, with the development accounts funded.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("CYBERMILES_HOME", env.WorkDir+"/home")
			env.Setenv("CYBERMILES_PASSWORD", "script")
			env.Setenv("CYBERMILES_URL", "http://127.0.0.1:1") // nobody listens there
			ledger, err := filepath.Abs("../../client/artifact/testdata/Ledger.json")
			if err != nil {
				return err
			}
			env.Setenv("LEDGER", ledger)
			if !regexp.MustCompile(`script-chain`).MatchString(env.WorkDir) {
				return nil
			}
			endpoint, stop, err := startNode()
			if err != nil {
				return err
			}
			env.Defer(stop)
			env.Setenv("CYBERMILES_URL", endpoint)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"setmatch": setMatch, "exits": exits},
	})
}

// setMatch is the script command "setmatch NAME REGEXP": it sets an environment
// variable to the first group of the expression in the last standard output.
func setMatch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setmatch NAME REGEXP")
	}
	match := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) != 2 {
		ts.Fatalf("no match for %s", args[1])
	}
	ts.Setenv(args[0], match[1])
}

// exits is the script command "exits CODE COMMAND ARG…": it runs a command that
// must end with exactly this code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG…")
	}
	var exit *exec.ExitError
	err := ts.Exec(args[1], args[2:]...)
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("ended with %v, not with exit status %s", err, args[0])
	}
}

// startNode runs an in-memory Ethereum node that seals a block as soon as its
// pool holds something.
func startNode() (endpoint string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	alloc := types.GenesisAlloc{}
	for i := range uint32(2) {
		key, err := wallet.Derive(wallet.DevMnemonic, i)
		if err != nil {
			return "", nil, err
		}
		alloc[crypto.PubkeyToAddress(key.PublicKey)] = types.Account{Balance: new(big.Int).Mul(big.NewInt(10_000), big.NewInt(1e18))}
	}
	backend := simulated.NewBackend(alloc, func(n *node.Config, _ *ethconfig.Config) {
		n.HTTPHost, n.HTTPPort = "127.0.0.1", port
		n.HTTPModules = []string{"eth", "net", "web3"}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		seal(ctx, backend)
	}()
	return fmt.Sprintf("http://127.0.0.1:%d", port), func() {
		cancel()
		<-done
		if err := backend.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "stop node:", err)
		}
	}, nil
}

func seal(ctx context.Context, backend *simulated.Backend) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if count, err := backend.Client().PendingTransactionCount(ctx); err == nil && count > 0 {
				backend.Commit()
			}
		}
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
