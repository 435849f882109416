package cluster

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

// Join makes the home of a further node from the network's invitation, with keys
// of its own, and adds it to the cluster. It is not started.
func (c *Cluster) Join(name string) *Node {
	c.t.Helper()
	invitation, err := network.ReadInvitation(c.layout.Invitation())
	if err != nil {
		c.t.Fatal(err)
	}
	config, ports := node.DefaultConfig(), freePorts(c.t, 1)
	config.Home = filepath.Join(c.layout.Dir, name)
	config.Node.Moniker = name
	config.RPC.HTTPAddr = fmt.Sprintf("127.0.0.1:%d", ports.EthRPC)
	config.P2P.Listen = fmt.Sprintf("tcp://127.0.0.1:%d", ports.P2P)
	if _, err := node.Join(&config, invitation); err != nil {
		c.t.Fatal(err)
	}
	n := c.node(name, network.Home(config.Home), config.RPC.HTTPAddr, config.P2P.Listen)
	c.Nodes = append(c.Nodes, n)
	return n
}

// TakeKey makes a node that does not run sign with the validator key of another
// home from its next start.
func (n *Node) TakeKey(of network.Home) {
	n.t.Helper()
	content, err := os.ReadFile(of.ValidatorKey())
	if err == nil {
		err = os.WriteFile(n.Home.ValidatorKey(), content, 0o600)
	}
	if err != nil {
		n.t.Fatal(err)
	}
}
