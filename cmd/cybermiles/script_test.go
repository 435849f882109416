package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cybermiles": main})
}

// TestScripts runs the command line as the files of testdata say. A script
// whose name begins with "chain" gets a development chain of its own, without
// consensus.
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
			guides, err := filepath.Abs("../../docs/guides")
			if err != nil {
				return err
			}
			env.Setenv("GUIDES", guides)
			examples, err := filepath.Abs("../../solidity/process-examples")
			if err != nil {
				return err
			}
			env.Setenv("EXAMPLES", examples)
			if !regexp.MustCompile(`script-chain`).MatchString(env.WorkDir) {
				return nil
			}
			return withDevNode(t, env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"setmatch": setMatch, "exits": exits},
	})
}

// withDevNode runs a development chain for a script, which finds it by
// CYBERMILES_URL.
func withDevNode(t *testing.T, env *testscript.Env) error {
	endpoint, stop, err := startNode(env.WorkDir + "/node")
	if err != nil {
		return err
	}
	env.Defer(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	env.Setenv("CYBERMILES_URL", endpoint)
	return nil
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

// startNode runs a development chain that seals a block for each transaction.
func startNode(home string) (endpoint string, stop func() error, err error) {
	accounts, err := network.DevAccounts(10)
	if err != nil {
		return "", nil, err
	}
	if _, err := node.PrepareDev(network.Home(home), node.DevOptions{}); err != nil {
		return "", nil, err
	}
	config := node.DefaultConfig()
	config.Home = home
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	config.RPC.HTTPAddr = fmt.Sprintf("127.0.0.1:%d", port)
	settings := config.Settings(slog.New(slog.DiscardHandler), version)
	settings.Development = true
	chain, err := node.Open(settings)
	if err != nil {
		return "", nil, err
	}
	if err := chain.StartDevelopment(accounts); err != nil {
		return "", nil, errors.Join(err, chain.Close())
	}
	return "http://" + config.RPC.HTTPAddr, chain.Close, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
