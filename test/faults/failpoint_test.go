package faults

import (
	"strconv"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// failPoints is how many points CometBFT passes from one block to the next at
// which it can be told to die, by their number since the start in the
// environment variable FAIL_TEST_INDEX.
const failPoints = 11

// TestFailPoints lets a node die at each point between receiving a block and
// having committed it, beginning with its first start, and starts it again.
func TestFailPoints(t *testing.T) {
	t.Parallel()
	t.Run("new node", func(t *testing.T) {
		report := begin(t, "death at each point of the first block")
		for index := range pick(3, failPoints+2) {
			c := cluster.New(t, cluster.Options{})
			dieAt(t, c.Nodes[0], index*pick(4, 1))
			c.Start()
			c.Nodes[0].WaitHeight(3, time.Minute)
			c.Kill()
			report.rounds++
		}
	})
	t.Run("one node", func(t *testing.T) { failpoints(t, 1, pick(failPoints, 5*failPoints)) })
	t.Run("one of four", func(t *testing.T) { failpoints(t, 4, pick(1, 2*failPoints)) })
}

func failpoints(t *testing.T, validators, points int) {
	report := begin(t, "death of "+t.Name()[len("TestFailPoints/"):]+" at each point of a block")
	c := cluster.New(t, cluster.Options{Validators: validators})
	c.Start()
	victim := c.Nodes[0]
	load := c.NewLoad(victim) // the others are busy enough with its blocks
	for index := range points {
		stop := load.Go()
		victim.WaitHeight(victim.Height()+2, time.Minute)
		victim.Kill()
		dieAt(t, victim, index)
		stop()
		c.Start()
		checkRestarted(t, c, load)
		report.rounds++
	}
	height := settle(t, c, load)
	report.factsf("%d transactions acknowledged, %d blocks, nothing lost", load.Included(), height)
}

// dieAt starts a node that dies at a point, and waits until it has.
func dieAt(t *testing.T, n *cluster.Node, index int) {
	t.Helper()
	n.Launch("FAIL_TEST_INDEX=" + strconv.Itoa(index))
	if err := n.WaitExit(time.Minute); err == nil || !n.Said("*** fail-test "+strconv.Itoa(index)+" ***") {
		t.Fatalf("%s ended with %v and not at point %d\n%s", n.Name, err, index, n.Tail())
	}
}
