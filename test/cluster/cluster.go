// Package cluster runs networks of real nodes for tests: processes of the
// program, each in a home of its own, that can be killed, paused, cut off from
// each other and started again, under a load that remembers what the nodes
// acknowledged. It looks at nodes only from outside, through their processes,
// their files and JSON-RPC.
package cluster

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

// chainName is what CometBFT calls every network here.
const chainName = "faults"

// Options describe a network to run.
type Options struct {
	Validators int                    // 0 means 1
	Senders    int                    // funded accounts of network.DevAccounts; 0 means 20
	Interval   time.Duration          // between blocks; 0 means 100 ms
	Idle       time.Duration          // between empty blocks; 0 means 300 ms
	Binary     string                 // program to run; "" means the one that Binary builds
	Dir        string                 // parent of the homes; "" means a temporary directory
	Cuttable   bool                   // nodes reach each other through Links
	Change     func(*network.Genesis) // changes how the chain begins; nil changes nothing
}

// Cluster is a network whose nodes are processes on this machine.
type Cluster struct {
	Nodes   []*Node
	Links   []*Link // one for each two nodes when Options.Cuttable, else none
	Chain   *network.Genesis
	Senders []network.DevAccount // accounts of loads
	Spare   network.DevAccount   // a funded account that no load uses
	t       testing.TB
	options Options
	layout  *network.Layout
}

// New creates a network's homes. Nothing runs yet; what was started is killed
// when the test ends.
func New(t testing.TB, o Options) *Cluster {
	t.Helper()
	o.setDefaults(t)
	c := &Cluster{t: t, options: o}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := network.DevAccounts(o.Senders + 1)
	must(err)
	c.Senders, c.Spare = accounts[:o.Senders], accounts[o.Senders]
	c.Chain, err = network.DevGenesis(network.DevOptions{Accounts: len(accounts)})
	must(err)
	if o.Change != nil {
		o.Change(c.Chain)
	}
	c.layout, err = node.CreateNetwork(network.CreateOptions{
		Dir: o.Dir, Validators: o.Validators, ChainName: chainName, Genesis: c.Chain, Ports: freePorts(t, o.Validators),
	})
	must(err)
	for i, placed := range c.layout.Nodes {
		c.Nodes = append(c.Nodes, c.node(placed.Name, c.layout.Home(i), placed.EthRPCListen, placed.P2PListen))
	}
	if o.Cuttable {
		c.link(c.layout)
	}
	t.Cleanup(c.end)
	return c
}

// node is a node whose home is there.
func (c *Cluster) node(name string, home network.Home, rpcListen, p2pListen string) *Node {
	n := &Node{
		Name: name, Home: home, URL: "http://" + rpcListen, P2P: strings.TrimPrefix(p2pListen, "tcp://"),
		t: c.t, binary: c.options.Binary, log: filepath.Join(c.t.TempDir(), name),
		flags: []string{
			"--consensus.block-interval", c.options.Interval.String(), "--consensus.idle-interval", c.options.Idle.String(),
			"--consensus.comet-rpc-addr", "", "--chain.cache-mb", "64",
		},
	}
	n.connect()
	return n
}

func (o *Options) setDefaults(t testing.TB) {
	t.Helper()
	o.Validators, o.Senders = max(o.Validators, 1), max(o.Senders, 20)
	if o.Interval == 0 {
		o.Interval = 100 * time.Millisecond
	}
	if o.Idle == 0 {
		o.Idle = 3 * o.Interval
	}
	if o.Binary == "" {
		o.Binary = Binary(t)
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
}

// link lets each node know its peers only by links: the node of the lower
// number connects, and addresses of others are not exchanged.
func (c *Cluster) link(layout *network.Layout) {
	for i, from := range c.Nodes {
		var peers []string
		for j := i + 1; j < len(c.Nodes); j++ {
			l, err := newLink(i, j, c.Nodes[j].P2P)
			if err != nil {
				c.t.Fatal(err)
			}
			c.t.Cleanup(l.close)
			c.Links = append(c.Links, l)
			peers = append(peers, layout.Nodes[j].NodeID+"@"+l.Address())
		}
		from.flags = append(from.flags, "--p2p.exchange=false", "--p2p.persistent-peers", strings.Join(peers, ","))
	}
}

// end kills what still runs and, when the test failed, shows how it went.
func (c *Cluster) end() {
	for _, n := range c.Nodes {
		n.Kill()
		if c.t.Failed() {
			c.t.Logf("%s said last:\n%s", n.Name, n.Tail())
		}
	}
}

// Start starts every node that does not run and waits until all answer.
func (c *Cluster) Start() {
	c.t.Helper()
	for _, n := range c.Nodes {
		if !n.Running() {
			n.Launch()
		}
	}
	for _, n := range c.Nodes {
		n.WaitReady()
	}
}

// Kill kills every node, all at once.
func (c *Cluster) Kill() {
	for _, n := range c.Nodes {
		n.signalKill()
	}
	for _, n := range c.Nodes {
		n.Kill()
	}
}

// Partition cuts every link between nodes of different groups in the given way
// and joins the others. A node in no group is alone.
func (c *Cluster) Partition(how Cut, groups ...[]int) {
	side := make(map[int]int)
	for g, members := range groups {
		for _, member := range members {
			side[member] = g + 1
		}
	}
	for _, l := range c.Links {
		if side[l.From] == side[l.To] && side[l.From] != 0 {
			l.Set(Joined)
		} else {
			l.Set(how)
		}
	}
}

// Heal joins every link.
func (c *Cluster) Heal() {
	for _, l := range c.Links {
		l.Set(Joined)
	}
}

// RequireSame fails unless all nodes have the same hash at every height up to
// the lowest of their heads, which it returns.
func (c *Cluster) RequireSame() uint64 {
	c.t.Helper()
	lowest := slices.Min(c.Heights())
	heights := make([]uint64, lowest+1)
	for i := range heights {
		heights[i] = uint64(i)
	}
	var first []common.Hash
	for i, n := range c.Nodes {
		hashes, err := n.blockHashes(heights)
		if err != nil {
			c.t.Fatalf("%s: %v", n.Name, err)
		}
		if i == 0 {
			first = hashes
		}
		for height, hash := range hashes {
			if hash != first[height] {
				c.t.Fatalf("block %d is %s on %s and %s on %s", height, first[height], c.Nodes[0].Name, hash, n.Name)
			}
		}
	}
	return lowest
}

// Heights are the nodes' heads.
func (c *Cluster) Heights() []uint64 {
	c.t.Helper()
	heights := make([]uint64, len(c.Nodes))
	for i, n := range c.Nodes {
		heights[i] = n.Height()
	}
	return heights
}

// reserved are the ports that earlier clusters of this process were given.
var reserved sync.Map

// freePorts finds ports that nobody uses now, below those that the system hands
// out by itself.
func freePorts(t testing.TB, nodes int) network.Ports {
	t.Helper()
	for range 100 {
		base := 15_000 + 10*rand.IntN(1_500)
		free := true
		for i := range nodes {
			for port := range 3 {
				free = free && isFree(base+10*i+port)
			}
			if _, taken := reserved.LoadOrStore(base+10*i, true); taken {
				free = false
			}
		}
		if free {
			return network.Ports{P2P: base, CometRPC: base + 1, EthRPC: base + 2}
		}
	}
	t.Fatal("found no free ports between 15000 and 30000")
	return network.Ports{}
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

// Long reports whether the long form of the tests was asked for.
func Long() bool { return os.Getenv("FAULTS") == "long" }
