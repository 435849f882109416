package faults

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// damage is what happened to a file of a node that was killed.
type damage struct {
	name string
	file func(*cluster.Node) string
	do   func(content []byte) []byte // nil content removes the file

	// losesPool says that the node cannot know any more what it had accepted
	// and not yet included.
	losesPool bool

	// quiet says that it happens while the validator waits for work. Had it lost
	// votes of a height that is not decided, it would rightly not vote there
	// again; a network goes on without it, a lone validator cannot.
	quiet bool
}

func wal(n *cluster.Node) string     { return filepath.Join(n.Home.Data(), "comet", "cs.wal", "wal") }
func journal(n *cluster.Node) string { return filepath.Join(n.Home.Data(), "pool.journal") }
func book(n *cluster.Node) string    { return filepath.Join(n.Home.Data(), "addrbook.json") }

var damages = []damage{
	{name: "log of votes cut by 1 byte", file: wal, do: func(b []byte) []byte { return b[:max(0, len(b)-1)] }, quiet: true},
	{name: "log of votes cut by 300 bytes", file: wal, do: func(b []byte) []byte { return b[:max(0, len(b)-300)] }, quiet: true},
	{name: "log of votes ends in zeros", file: wal, do: func(b []byte) []byte { return append(b, make([]byte, 5_000)...) }, quiet: true},
	{name: "log of votes ends in garbage", file: wal, do: func(b []byte) []byte { return flip(b, len(b)-min(len(b), 200)) }, quiet: true},
	{name: "log of votes emptied", file: wal, do: func([]byte) []byte { return []byte{} }, quiet: true},
	{name: "pool journal cut by 1 byte", file: journal, do: func(b []byte) []byte { return b[:max(0, len(b)-1)] }, losesPool: true},
	{name: "pool journal garbled", file: journal, do: func(b []byte) []byte { return flip(b, 0) }, losesPool: true},
	{name: "pool journal deleted", file: journal, do: func([]byte) []byte { return nil }, losesPool: true},
	{name: "address book deleted", file: book, do: func([]byte) []byte { return nil }},
	{name: "address book emptied", file: book, do: func([]byte) []byte { return []byte{} }},
}

// flip inverts every byte from a position on.
func flip(content []byte, from int) []byte {
	for i := from; i < len(content); i++ {
		content[i] ^= 0xff
	}
	return content
}

// TestDamagedFiles kills a node, damages one of its files and starts it again,
// with no repair by hand.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) { damaged(t, d) })
	}
}

func damaged(t *testing.T, d damage) {
	report := begin(t, d.name)
	c := cluster.New(t, cluster.Options{Idle: time.Minute})
	n, load := c.Nodes[0], c.NewLoad()
	c.Start()
	for range pick(1, 5) {
		stop := load.Go()
		n.WaitHeight(n.Height()+3, time.Minute)
		if d.quiet {
			stop()
			must(t, load.Drain(time.Minute))
			time.Sleep(300 * time.Millisecond)
		}
		n.Kill()
		stop()
		spoil(t, d, n)
		c.Start()
		if d.losesPool {
			must(t, load.Resend())
		}
		checkRestarted(t, c, load)
		must(t, load.CheckIncluded(n))
		advance(t, n, load)
		settle(t, c, load)
		report.rounds++
	}
	report.factsf("%d transactions acknowledged, none lost", load.Included())
}

func spoil(t *testing.T, d damage, n *cluster.Node) {
	t.Helper()
	path := d.file(n)
	content, err := os.ReadFile(path)
	must(t, err)
	if content = d.do(content); content == nil {
		must(t, os.Remove(path))
		return
	}
	must(t, os.WriteFile(path, content, 0o600))
}
