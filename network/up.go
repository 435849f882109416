package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrEnded is wrapped when a supervised process ended without having been asked to.
var ErrEnded = errors.New("ended by itself")

const (
	// stopTime is how long a process may take to stop before it is killed.
	stopTime = 30 * time.Second

	// stopDelay is how long after a process's end the end of the supervision may arrive: an interrupt at the
	// terminal reaches both at once.
	stopDelay = 200 * time.Millisecond

	maxLine = 64 << 10 // longer ones are cut in pieces
)

// ErrPortTaken is wrapped when another program listens where a node is to.
var ErrPortTaken = errors.New("another program listens there")

// RequireFree refuses addresses (host:port) on this machine that another program listens at.
func RequireFree(addresses ...string) error {
	var errs []error
	for _, address := range addresses {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			err = listener.Close()
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%s: %w", address, ErrPortTaken)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Addresses are where the node listens, as host:port.
func (n *Node) Addresses() []string {
	return []string{n.EthRPCListen, strings.TrimPrefix(n.P2PListen, "tcp://"), strings.TrimPrefix(n.CometRPCListen, "tcp://")}
}

// Process is a program to be run by Supervise.
type Process struct {
	Name string // stands before each line that it writes
	Path string
	Args []string
}

// Supervise runs processes side by side until ctx ends, and passes on to out what they write. When ctx ends each is
// asked to stop (SIGTERM) and killed when it takes too long. One that ends by itself is reported, with an ErrEnded at
// the end; it is not started again, and the others go on. Supervise returns when none runs any more.
func Supervise(ctx context.Context, out io.Writer, processes []Process) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := &lineWriter{out: out}
	for _, p := range processes {
		lines.width = max(lines.width, len(p.Name))
	}
	errs := make([]error, len(processes))
	var running sync.WaitGroup
	for i, p := range processes {
		child := newChild(ctx, p, lines)
		if err := child.Start(); err != nil {
			errs[i] = fmt.Errorf("start %s: %w", p.Name, err)
			cancel()
			break
		}
		running.Go(func() { errs[i] = wait(ctx, child, p.Name, lines) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// newChild prepares a process that is asked to stop when ctx ends.
func newChild(ctx context.Context, p Process, lines *lineWriter) *exec.Cmd {
	child := exec.CommandContext(ctx, p.Path, p.Args...)
	output := &namedWriter{name: p.Name, lines: lines}
	child.Stdout, child.Stderr = output, output
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = stopTime
	dieTogether(child)
	return child
}

// wait returns when the process has ended, nil when it did so well and on demand.
func wait(ctx context.Context, child *exec.Cmd, name string, lines *lineWriter) error {
	err := child.Wait()
	child.Stdout.(*namedWriter).flush()
	select {
	case <-ctx.Done():
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return fmt.Errorf("%s did not stop in order: %w", name, err)
		}
		return nil
	case <-time.After(stopDelay):
	}
	how := "exit status 0"
	if err != nil {
		how = err.Error()
	}
	lines.write(name, []byte(ErrEnded.Error()+": "+how))
	return fmt.Errorf("%s %w (%s); its last lines say why", name, ErrEnded, how)
}

// lineWriter writes whole lines of several sources, each behind its source's name.
type lineWriter struct {
	mu    sync.Mutex
	out   io.Writer
	width int // of the longest name
}

func (w *lineWriter) write(name string, line []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	// A reader that is gone is no reason to stop the processes.
	_, _ = fmt.Fprintf(w.out, "%s%s | %s\n", name, strings.Repeat(" ", w.width-len(name)), line)
}

// namedWriter cuts what one process writes into lines.
type namedWriter struct {
	name  string
	lines *lineWriter
	rest  []byte
}

func (w *namedWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found {
			break
		}
		w.lines.write(w.name, line)
		w.rest = rest
	}
	if len(w.rest) > maxLine {
		w.flush()
	}
	return len(p), nil
}

func (w *namedWriter) flush() {
	if len(w.rest) > 0 {
		w.lines.write(w.name, w.rest)
		w.rest = nil
	}
}
