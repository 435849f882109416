package faults

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// ledgerFolders are what the application keeps its blocks and states in.
var ledgerFolders = []string{"ledger", "history"}

// TestLag starts a node whose ledger and consensus are not at the same block,
// in either order. It makes them equal by itself, and the blocks are the same.
func TestLag(t *testing.T) {
	t.Parallel()
	report := begin(t, "ledger and consensus apart")
	c := cluster.New(t, cluster.Options{})
	n, load := c.Nodes[0], c.NewLoad()
	c.Start()
	restart := func() {
		t.Helper()
		c.Start()
		checkRestarted(t, c, load)
		must(t, load.CheckIncluded(n))
		report.rounds++
	}
	for range pick(1, 10) {
		for _, end := range []func(){n.Stop, n.Kill} {
			advance(t, n, load)
			end()
			older := t.TempDir()
			copyLedger(t, n.Home.Data(), older)
			c.Start()
			advance(t, n, load)
			end()
			copyLedger(t, older, n.Home.Data())
			restart() // the ledger is some blocks behind

			advance(t, n, load)
			end()
			rollBackConsensus(t, n)
			restart() // the ledger is one block ahead
		}
	}
	n.Stop()
	for _, folder := range ledgerFolders {
		must(t, os.RemoveAll(filepath.Join(n.Home.Data(), folder)))
	}
	restart() // the ledger has only genesis
	height := settle(t, c, load)
	report.factsf("ledger behind, ahead and lost; %d transactions, %d equal blocks", load.Included(), height)
}

// advance lets a running node make some blocks of transactions.
func advance(t *testing.T, n *cluster.Node, load *cluster.Load) {
	t.Helper()
	stop := load.Go()
	defer stop()
	n.WaitHeight(n.Height()+3, time.Minute)
}

// copyLedger makes one directory's ledger that of another.
func copyLedger(t *testing.T, from, to string) {
	t.Helper()
	for _, folder := range ledgerFolders {
		must(t, os.RemoveAll(filepath.Join(to, folder)))
		must(t, os.CopyFS(filepath.Join(to, folder), os.DirFS(filepath.Join(from, folder))))
	}
}

// rollBackConsensus makes CometBFT's state one block older. It keeps the block,
// as after a death between the ledger's commit and CometBFT's own.
func rollBackConsensus(t *testing.T, n *cluster.Node) {
	t.Helper()
	dir := filepath.Join(n.Home.Data(), "comet")
	blocks, err := dbm.NewGoLevelDB("blockstore", dir)
	must(t, err)
	defer blocks.Close()
	states, err := dbm.NewGoLevelDB("state", dir)
	must(t, err)
	defer states.Close()
	_, _, err = state.Rollback(store.NewBlockStore(blocks), state.NewStore(states, state.StoreOptions{DiscardABCIResponses: true}), false)
	must(t, err)
}
