package cluster

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/cybermiles/cybermiles/network"
)

// Node is one node: a home, and a process while it runs.
type Node struct {
	Name string
	Home network.Home
	URL  string // of its JSON-RPC
	P2P  string // host:port where peers connect to

	t       testing.TB
	binary  string
	log     string // what it prints; beside the home, so that a full disk does not take it along
	flags   []string
	rpc     *rpc.Client
	process *process // nil before the first start
}

type process struct {
	cmd  *exec.Cmd
	out  *os.File
	done chan struct{} // closed when it has ended
	err  error         // how it ended
}

// startTime is how long a node may take until it answers.
const startTime = 60 * time.Second

// SetFlag adds flags to every later start.
func (n *Node) SetFlag(flags ...string) { n.flags = append(n.flags, flags...) }

// SetBinary makes every later start use another program.
func (n *Node) SetBinary(path string) { n.binary = path }

// Start starts the node with further environment variables and waits until it
// answers.
func (n *Node) Start(environment ...string) {
	n.t.Helper()
	n.Launch(environment...)
	n.WaitReady()
}

// Launch starts the node's process and does not wait.
func (n *Node) Launch(environment ...string) {
	n.t.Helper()
	if n.Running() {
		n.t.Fatalf("%s runs already", n.Name)
	}
	out, err := os.OpenFile(n.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command(n.binary, append([]string{"start", "--home", string(n.Home)}, n.flags...)...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = out, out
	dieTogether(cmd)
	fmt.Fprintf(out, "--- %s %v\n", time.Now().Format(time.TimeOnly), environment)
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	p := &process{cmd: cmd, out: out, done: make(chan struct{})}
	n.process = p
	go func() {
		p.err = cmd.Wait()
		p.out.Close()
		close(p.done)
	}()
}

// WaitReady waits until the node answers requests.
func (n *Node) WaitReady() {
	n.t.Helper()
	for deadline := time.Now().Add(startTime); ; time.Sleep(10 * time.Millisecond) {
		if _, err := n.TryHeight(); err == nil {
			return
		}
		if !n.Running() {
			n.t.Fatalf("%s ended instead of starting: %v\n%s", n.Name, n.process.err, n.Tail())
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("%s does not answer after %v\n%s", n.Name, startTime, n.Tail())
		}
	}
}

// Running reports whether the node's process is there, paused or not.
func (n *Node) Running() bool {
	if n.process == nil {
		return false
	}
	select {
	case <-n.process.done:
		return false
	default:
		return true
	}
}

// Pid is the running process' number.
func (n *Node) Pid() int { return n.process.cmd.Process.Pid }

// Kill kills the node at once and waits until it is gone.
func (n *Node) Kill() {
	n.signalKill()
	if n.process != nil {
		<-n.process.done
	}
}

func (n *Node) signalKill() {
	if n.Running() {
		_ = n.process.cmd.Process.Kill() // it may have ended meanwhile
	}
}

// Stop asks the node to end, as an operator does, and waits until it has.
func (n *Node) Stop() {
	n.t.Helper()
	if err := n.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Fatalf("%s: %v", n.Name, err)
	}
	if err := n.WaitExit(30 * time.Second); err != nil {
		n.t.Fatalf("%s ended with %v\n%s", n.Name, err, n.Tail())
	}
}

// Pause stops the process where it is, Resume lets it go on.
func (n *Node) Pause() { n.signal(syscall.SIGSTOP) }

// Resume lets a paused node go on.
func (n *Node) Resume() { n.signal(syscall.SIGCONT) }

func (n *Node) signal(s os.Signal) {
	n.t.Helper()
	if err := n.process.cmd.Process.Signal(s); err != nil {
		n.t.Fatalf("%s: %v", n.Name, err)
	}
}

// WaitExit waits until the node ends by itself and returns how; it fails the
// test when the node goes on for longer.
func (n *Node) WaitExit(within time.Duration) error {
	n.t.Helper()
	select {
	case <-n.process.done:
		return n.process.err
	case <-time.After(within):
		n.t.Fatalf("%s still runs after %v\n%s", n.Name, within, n.Tail())
		return nil
	}
}

// Said reports whether the node printed a text since its last start.
func (n *Node) Said(text string) bool {
	content, _ := os.ReadFile(n.log)
	if at := bytes.LastIndex(content, []byte("--- ")); at >= 0 {
		content = content[at:]
	}
	return bytes.Contains(content, []byte(text))
}

// Tail is the end of what the node printed.
func (n *Node) Tail() string {
	if n.process == nil {
		return "nothing"
	}
	const most = 6_000
	content, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-most):])
}
