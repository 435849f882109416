package network

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// transcript collects output that several goroutines write and read.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// shell is a process that runs a script.
func shell(t *testing.T, name, script string) Process {
	t.Helper()
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: no sh to run test processes with")
	}
	return Process{Name: name, Path: path, Args: []string{"-c", script}}
}

func TestSuperviseStopsAllInOrder(t *testing.T) {
	const script = `trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.05; done`
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, done := new(transcript), make(chan error, 1)
	go func() {
		done <- Supervise(ctx, out, []Process{shell(t, "a", script), shell(t, "node1", script)})
	}()
	require.Eventually(t, func() bool { return strings.Count(out.String(), "| up\n") == 2 }, 10*time.Second, 5*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	require.Contains(t, out.String(), "a     | stopping\n")
	require.Contains(t, out.String(), "node1 | stopping\n")
}

func TestSuperviseReportsWhoEndsAndKeepsTheOthers(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, done := new(transcript), make(chan error, 1)
	go func() {
		done <- Supervise(ctx, out, []Process{
			shell(t, "bad", "echo one; printf half; exit 3"),
			shell(t, "good", `while :; do echo alive; sleep 0.05; done`),
		})
	}()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "bad  | ended by itself: exit status 3\n") }, 10*time.Second, 5*time.Millisecond)
	require.Contains(t, out.String(), "bad  | one\n")
	require.Contains(t, out.String(), "bad  | half\n", "what it wrote last, though no line's end followed")
	alive := strings.Count(out.String(), "alive")
	require.Eventually(t, func() bool { return strings.Count(out.String(), "alive") > alive+1 }, 10*time.Second, 5*time.Millisecond)
	cancel()
	err := <-done
	require.ErrorIs(t, err, ErrEnded)
	require.ErrorContains(t, err, "bad ended by itself (exit status 3)")
}

func TestSuperviseEndsWhenNoneRuns(t *testing.T) {
	out := new(transcript)
	err := Supervise(context.Background(), out, []Process{shell(t, "a", "exit 0"), shell(t, "b", "exit 1")})
	require.ErrorContains(t, err, "a ended by itself (exit status 0)")
	require.ErrorContains(t, err, "b ended by itself (exit status 1)")
}

func TestSuperviseStopsTheOthersWhenOneCannotStart(t *testing.T) {
	missing := Process{Name: "missing", Path: t.TempDir() + "/none"}
	err := Supervise(context.Background(), new(transcript), []Process{shell(t, "a", "exec sleep 600"), missing})
	require.ErrorContains(t, err, "start missing")
}

func TestRequireFree(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	taken := listener.Addr().String()
	err = RequireFree("127.0.0.1:0", taken)
	require.ErrorIs(t, err, ErrPortTaken)
	require.ErrorContains(t, err, taken)
	require.NoError(t, listener.Close())
	require.NoError(t, RequireFree(taken, taken), "it is free after the question, too")
}

func TestNamedWriterCutsLongLines(t *testing.T) {
	out := new(transcript)
	w := &namedWriter{name: "n", lines: &lineWriter{out: out, width: 1}}
	for range 3 {
		_, err := w.Write(bytes.Repeat([]byte{'x'}, maxLine/2+1))
		require.NoError(t, err)
	}
	w.flush()
	require.Equal(t, 2, strings.Count(out.String(), "\n"))
	require.Equal(t, 3*(maxLine/2+1), strings.Count(out.String(), "x"))
}
