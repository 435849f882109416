package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// TestPartition cuts a network of four in two halves, which stops it, and a
// node off the three others, which does not. Healed, all have the same blocks.
func TestPartition(t *testing.T) {
	t.Parallel()
	report := begin(t, "partition and heal")
	c := cluster.New(t, cluster.Options{Validators: 4, Cuttable: true})
	c.Start()
	load := c.NewLoad()
	stop := load.Go()
	defer stop()
	waitProgress(t, c.Nodes...)
	cuts := []cluster.Cut{cluster.Silent, cluster.Severed}
	for round := range pick(1, 4) {
		c.Partition(cuts[round%2], []int{0, 1}, []int{2, 3})
		requireStill(t, c, pick(3*time.Second, 10*time.Second))
		c.Heal()
		waitProgress(t, c.Nodes...)

		alone := (3 + round) % 4
		var others []int
		var majority []*cluster.Node
		for i, n := range c.Nodes {
			if i != alone {
				others, majority = append(others, i), append(majority, n)
			}
		}
		c.Partition(cuts[(round+1)%2], others)
		waitProgress(t, majority...)
		time.Sleep(pick(0, 10*time.Second))
		c.Heal()
		waitProgress(t, c.Nodes...)
		report.rounds += 2
	}
	stop()
	height := settle(t, c, load)
	report.factsf("2+2 stands still, 3+1 goes on; %d transactions, %d equal blocks", load.Included(), height)
}

// waitProgress waits until nodes have reached the highest head of theirs and
// three blocks more.
func waitProgress(t *testing.T, nodes ...*cluster.Node) {
	t.Helper()
	var highest uint64
	for _, n := range nodes {
		highest = max(highest, n.Height())
	}
	for _, n := range nodes {
		n.WaitHeight(highest+3, 2*time.Minute)
	}
}

// requireStill fails when a halved network decides blocks. The one that was being
// decided at the moment of the cut may still appear, however late.
func requireStill(t *testing.T, c *cluster.Cluster, watch time.Duration) {
	t.Helper()
	last := slices.Max(c.Heights()) + 1
	time.Sleep(watch)
	for i, height := range c.Heights() {
		if height > last {
			t.Fatalf("%s has block %d in a half without a majority, %d could be the last", c.Nodes[i].Name, height, last)
		}
	}
}
