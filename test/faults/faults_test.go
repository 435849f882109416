// Package faults tests that a network keeps its promises when things break:
// processes are killed, files damaged, disks full, cables pulled. Each test has
// a short form and, with FAULTS=long in the environment, a long one. It tests
// nothing that can be seen inside one package.
package faults

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

// pick chooses between the short and the long form of a test.
func pick[T any](short, long T) T {
	if cluster.Long() {
		return long
	}
	return short
}

// campaign prints one line about a test when it ends.
type campaign struct {
	t      *testing.T
	what   string
	start  time.Time
	rounds int
	facts  string
}

func begin(t *testing.T, what string) *campaign {
	t.Helper()
	c := &campaign{t: t, what: what, start: time.Now()}
	t.Cleanup(func() {
		result := "ok"
		switch {
		case t.Failed():
			result = "FAILED"
		case t.Skipped():
			result = "SKIPPED"
		}
		fmt.Printf("faults | %s | %d | %s | %s | %.0f s |\n", c.what, c.rounds, c.facts, result, time.Since(c.start).Seconds())
	})
	return c
}

func (c *campaign) factsf(format string, args ...any) { c.facts = fmt.Sprintf(format, args...) }

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// settle waits until all that was accepted is included and checks that every
// node has all of it, in the same blocks.
func settle(t *testing.T, c *cluster.Cluster, load *cluster.Load) uint64 {
	t.Helper()
	must(t, load.Drain(time.Minute))
	for _, n := range c.Nodes {
		n.WaitHeight(load.Height(), time.Minute)
		must(t, load.CheckIncluded(n))
		must(t, load.CheckBlocks(n, int(load.Height())+1))
	}
	return c.RequireSame()
}
