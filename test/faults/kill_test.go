package faults

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// TestKill kills nodes without warning, at random moments under load. After
// each start every receipt, every block and every accepted transaction is there.
func TestKill(t *testing.T) {
	t.Parallel()
	t.Run("one node", func(t *testing.T) { kill(t, 1, pick(6, 110), pick(time.Second, 2*time.Second)) })
	t.Run("network of four", func(t *testing.T) { kill(t, 4, pick(2, 25), pick(2*time.Second, 3*time.Second)) })
}

func kill(t *testing.T, validators, rounds int, longest time.Duration) {
	report := begin(t, "kill -9 of "+t.Name()[len("TestKill/"):]+" under load")
	c := cluster.New(t, cluster.Options{Validators: validators})
	load := c.NewLoad()
	for range rounds {
		c.Start()
		checkRestarted(t, c, load)
		stop := load.Go()
		time.Sleep(rand.N(longest))
		c.Kill()
		stop()
		report.rounds++
	}
	c.Start()
	checkRestarted(t, c, load)
	stop := load.Go() // the chain goes on
	defer stop()
	seen := load.Included()
	for deadline := time.Now().Add(time.Minute); load.Included() == seen; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is included any more")
		}
	}
	stop()
	height := settle(t, c, load)
	report.factsf("%d transactions acknowledged, %d blocks, nothing lost", load.Included(), height)
}

// checkRestarted checks nodes that were killed and have just been started.
func checkRestarted(t *testing.T, c *cluster.Cluster, load *cluster.Load) {
	t.Helper()
	must(t, load.CheckKept())
	for _, n := range c.Nodes {
		n.WaitHeight(load.Height(), time.Minute)
		must(t, load.CheckBlocks(n, 1))
	}
}
