package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

// runDevNetwork runs a development chain of several validators, each a process.
func runDevNetwork(cmd *cobra.Command, home string, flags devFlags) error {
	config, err := node.LoadConfig(home, cmd.Flags())
	if err != nil {
		return err
	}
	ports, err := devPorts(&config)
	if err != nil {
		return err
	}
	dir := filepath.Join(home, "network")
	if running, err := network.ReadLayout(dir); err == nil && flags.Reset {
		// What runs is not forgotten under its feet.
		if err := requireFree(running); err != nil {
			return err
		}
	}
	layout, created, err := node.PrepareDevNetwork(dir, node.DevNetworkOptions{
		DevOptions: flags.DevOptions, Validators: flags.validators, Ports: ports,
	})
	if err != nil {
		return optionsMisuse(err)
	}
	for _, name := range []string{"p2p.listen", "consensus.comet-rpc-addr"} {
		if cmd.Flag(name).Changed && !created {
			return misusef("--%s counts when the network is made; --reset makes a new one", name)
		}
	}
	layout.Nodes[0].EthRPCListen = config.RPC.HTTPAddr
	if err := requireFree(layout); err != nil {
		return err
	}
	if err := printDevNetwork(cmd, layout, created, &config); err != nil {
		return err
	}
	first, others := nodeFlags(cmd)
	return up(cmd, layout, func(i int) []string {
		if i == 0 {
			return append(first, "--rpc.http-addr", config.RPC.HTTPAddr)
		}
		return others
	})
}

// devPorts are those of a development network's first node.
func devPorts(config *node.Config) (ports network.Ports, err error) {
	for _, p := range []struct {
		port          *int
		name, address string
	}{
		{&ports.EthRPC, "rpc.http-addr", config.RPC.HTTPAddr},
		{&ports.P2P, "p2p.listen", strings.TrimPrefix(config.P2P.Listen, "tcp://")},
		{&ports.CometRPC, "consensus.comet-rpc-addr", strings.TrimPrefix(config.Consensus.CometRPC, "tcp://")},
	} {
		_, port, splitErr := net.SplitHostPort(p.address)
		if splitErr == nil {
			*p.port, err = strconv.Atoi(port)
		}
		if splitErr != nil || err != nil || *p.port == 0 {
			return ports, misusef("--%s %q: the nodes of a network need ports of their own, counted from this one", p.name, p.address)
		}
	}
	return ports, nil
}

// nodeFlags are the given settings that the first and the other nodes of a
// development network get. What only one process can listen at is the first
// node's; the network's description has the other addresses.
func nodeFlags(cmd *cobra.Command) (first, others []string) {
	known := pflag.NewFlagSet("", pflag.ContinueOnError)
	node.RegisterFlags(known)
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		given := fmt.Sprintf("--%s=%s", flag.Name, flag.Value)
		switch flag.Name {
		case "rpc.http-addr", "p2p.listen", "consensus.comet-rpc-addr":
			return
		case "metrics.addr", "metrics.pprof-addr", "consensus.signer-addr", "p2p.external-address":
			first = append(first, given)
			return
		}
		if known.Lookup(flag.Name) != nil {
			first, others = append(first, given), append(others, given)
		}
	})
	if !cmd.Flag("node.log-level").Changed && !cmd.Flag("log-level").Changed {
		first, others = append(first, "--log-level=warn"), append(others, "--log-level=warn")
	}
	return first, others
}

func printDevNetwork(cmd *cobra.Command, layout *network.Layout, created bool, config *node.Config) error {
	accounts, err := network.DevAccounts(network.DevAccountCount)
	if err != nil {
		return err
	}
	result := newDevResult(accounts)
	result.URL, result.ChainID, result.Home = "http://"+config.RPC.HTTPAddr, layout.ChainID, layout.Dir
	nodes := newNetworkResult(layout)
	result.Nodes = nodes.Nodes
	return emit(cmd, result, func(w io.Writer) {
		state := "a new chain"
		if !created {
			state = "the chain that is there (--reset begins a new one)"
		}
		fmt.Fprintf(w, "CyberMiles development chain of %d validators: %s\n\n", len(layout.Nodes), state)
		nodes.printNodes(w)
		fmt.Fprintln(w)
		result.print(w, network.Symbol)
	})
}
