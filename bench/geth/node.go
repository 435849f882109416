// Package geth builds, configures and runs go-ethereum's own node, so that a benchmark can compare with it.
// The settings take away every limit that would hold geth back under this load and that the other side does
// not have; docs/bench.md gives the reason for each. It is not a way to run a production node.
package geth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
)

// Options say how to run a node.
type Options struct {
	Binary string           // of geth, from Build
	Home   string           // a directory that does not hold a chain yet
	Port   int              // of JSON-RPC on 127.0.0.1
	Funder common.Address   // receives a billion coins at genesis
	Funded []common.Address // receive 1,000 coins each at genesis
}

// chainID is what geth --dev uses.
const chainID = 1337

// Node is a running geth.
type Node struct {
	URL  string
	Log  string // the file with its output
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how it ended, once done is closed
}

var errHome = errors.New("the directory holds a chain already: remove it or choose another")

// Start initialises a new chain in Options.Home and runs a node on it until ctx ends or Stop is called. It
// returns when JSON-RPC answers.
func Start(ctx context.Context, o Options) (*Node, error) {
	if _, err := os.Stat(filepath.Join(o.Home, "geth", "chaindata")); err == nil {
		return nil, fmt.Errorf("geth home %s: %w", o.Home, errHome)
	}
	if err := os.MkdirAll(o.Home, 0o755); err != nil {
		return nil, fmt.Errorf("geth home: %w", err)
	}
	if err := checkPort(o.Port); err != nil {
		return nil, err
	}
	genesis := filepath.Join(o.Home, "genesis.json")
	if err := writeGenesis(genesis, newGenesis(chainID, o.Funder, o.Funded)); err != nil {
		return nil, err
	}
	initialise := exec.CommandContext(ctx, o.Binary, "init", "--datadir", o.Home, "--state.scheme", "path", genesis)
	if output, err := initialise.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("geth init: %w\n%s", err, output)
	}
	log, err := os.Create(filepath.Join(o.Home, "geth.log"))
	if err != nil {
		return nil, fmt.Errorf("geth log: %w", err)
	}
	defer log.Close()
	n := &Node{
		URL:  "http://127.0.0.1:" + strconv.Itoa(o.Port),
		Log:  log.Name(),
		cmd:  exec.CommandContext(ctx, o.Binary, flags(o)...),
		done: make(chan struct{}),
	}
	n.cmd.Stdout, n.cmd.Stderr = log, log
	n.cmd.Cancel = func() error { return n.cmd.Process.Signal(os.Interrupt) }
	n.cmd.WaitDelay = 30 * time.Second
	if err := n.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start geth: %w", err)
	}
	go func() {
		n.err = n.cmd.Wait()
		close(n.done)
	}()
	if err := n.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	return n, nil
}

// checkPort reports a port in use, where another program would be taken for geth.
func checkPort(port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("geth's JSON-RPC port is taken, choose another: %w", err)
	}
	return listener.Close()
}

// flags are the settings of a fair comparison; docs/bench.md explains them one by one.
func flags(o Options) []string {
	return []string{
		"--dev", "--dev.period", "1",
		"--datadir", o.Home, "--state.scheme", "path", "--cache", "2048",
		"--miner.gaslimit", strconv.Itoa(GasLimit), "--miner.gasprice", "1", "--miner.newpayload-timeout", "20s",
		"--txpool.nolocals",
		"--txpool.accountslots", "4096", "--txpool.globalslots", "200000",
		"--txpool.accountqueue", "4096", "--txpool.globalqueue", "200000",
		"--http", "--http.addr", "127.0.0.1", "--http.port", strconv.Itoa(o.Port), "--http.api", "eth,net,web3,txpool",
		"--authrpc.port", "0", "--port", "0", "--nodiscover", "--maxpeers", "0", "--ipcdisable",
		"--verbosity", "2",
	}
}

// startTimeout bounds the time to the first answer, which grows with the genesis.
const startTimeout = 2 * time.Minute

func (n *Node) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	client, err := rpc.DialContext(ctx, n.URL)
	if err != nil {
		return fmt.Errorf("dial geth: %w", err)
	}
	defer client.Close()
	for {
		var answer string
		err := client.CallContext(ctx, &answer, "eth_chainId")
		if err == nil {
			return nil
		}
		select {
		case <-n.done:
			return fmt.Errorf("geth ended at once, see %s: %w", n.Log, errors.Join(n.err, err))
		case <-ctx.Done():
			return fmt.Errorf("geth does not answer, see %s: %w", n.Log, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Wait blocks until the node ends.
func (n *Node) Wait() error {
	<-n.done
	return n.err
}

// Stop ends the node and waits until it has written its state.
func (n *Node) Stop() error {
	if err := n.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop geth: %w", err)
	}
	select {
	case <-n.done:
	case <-time.After(30 * time.Second):
		if err := n.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop geth: %w", err)
		}
		<-n.done
	}
	return nil
}
