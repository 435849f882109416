package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

func newNetworkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Create a network of validators and run it on this machine",
		Long: `Create the homes of a new network's validators, run them here as processes, and
see how they are. Each home can be moved to a machine of its own; the file
invitation.json lets anybody else join (see "cybermiles join").`,
	}
	cmd.AddCommand(newNetworkCreateCommand(), newNetworkUpCommand(), newNetworkStatusCommand())
	return cmd
}

// networkResult is the JSON of `network create`.
type networkResult struct {
	Dir        string        `json:"dir" doc:"the network's directory"`
	ChainName  string        `json:"chainName" doc:"name of the chain among consensus nodes"`
	ChainID    uint64        `json:"chainId" doc:"EVM chain id"`
	Invitation string        `json:"invitation" doc:"file that lets further nodes join"`
	Files      []string      `json:"files,omitempty" doc:"files that run it, of --compose or --systemd"`
	Nodes      []networkNode `json:"nodes" doc:"the validators: name, home, nodeId, operator, url, p2p"`
}

type networkNode struct {
	Name     string `json:"name"`
	Home     string `json:"home"`
	NodeID   string `json:"nodeId"`
	Operator string `json:"operator"`
	URL      string `json:"url"`
	P2P      string `json:"p2p"`
}

func newNetworkResult(layout *network.Layout) networkResult {
	result := networkResult{
		Dir: layout.Dir, ChainName: layout.ChainName, ChainID: layout.ChainID,
		Invitation: layout.Invitation(), Nodes: make([]networkNode, len(layout.Nodes)),
	}
	for i, n := range layout.Nodes {
		result.Nodes[i] = networkNode{
			Name: n.Name, Home: string(layout.Home(i)), NodeID: n.NodeID, Operator: n.Operator.Hex(),
			URL: "http://" + n.EthRPCListen, P2P: n.P2PAddress,
		}
	}
	return result
}

func (r networkResult) printNodes(w io.Writer) {
	rows := make([][]string, len(r.Nodes))
	for i, n := range r.Nodes {
		rows[i] = []string{n.Name, n.URL, n.Operator, n.P2P}
	}
	table(w, []string{"NODE", "JSON-RPC", "OPERATOR", "PEERS CONNECT TO"}, rows)
}

const networkCreateLong = `Create a network of validators: a home for each in --out, its configuration, and an
invitation for further nodes. Each validator's account gets a new key in its home,
keys/operator.key, unless --operator or the description names the accounts.

A public network (the default) has the main network's economy: its validators begin
with a stake and mine; anybody may become one. In a private network (--private) an
administrator names the validators, transactions cost nothing, and lists may say who
sends them and who creates contracts. --genesis takes all of this from a file.`

func newNetworkCreateCommand() *cobra.Command {
	var chain chainFlags
	var economy economyFlags
	var files runFiles
	options := network.CreateOptions{Ports: network.DefaultPorts}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create the homes of a new network's validators",
		Long:  withFields(networkCreateLong, networkResult{}),
		Example: "  cybermiles network create --validators 4 --out net\n" +
			"  cybermiles network create --genesis chain.toml --host a.example --host b.example --out net\n" +
			"  cybermiles network create --private --administrator 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --compose --out net",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := networkOptions(cmd, &chain, &economy, &options); err != nil {
				return err
			}
			if err := files.prepare(cmd, &options); err != nil {
				return err
			}
			layout, err := node.CreateNetwork(options)
			if err != nil {
				return optionsMisuse(err)
			}
			if err := files.write(layout); err != nil {
				return err
			}
			result := newNetworkResult(layout)
			result.Files = files.written
			return emit(cmd, result, func(w io.Writer) {
				fmt.Fprintf(w, "Created a network of %d validators in %s (chain %s, id %d),\n%s.\n\n",
					len(result.Nodes), result.Dir, result.ChainName, result.ChainID, describeNetwork(options.Genesis))
				result.printNodes(w)
				fmt.Fprintln(w)
				files.print(w, layout)
				fmt.Fprintf(w, "Run it here:        cybermiles network up %s\n", result.Dir)
				fmt.Fprintf(w, "Run one node alone: cybermiles start --home %s\n", result.Nodes[0].Home)
				fmt.Fprintf(w, "Let others join:    cybermiles join %s\n", result.Invitation)
			})
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVar(&options.Validators, "validators", 4, "`number` of validators")
	f.StringVar(&options.Dir, "out", "", "`directory` to create the network in; it must be empty or not exist")
	f.StringArrayVar(&options.Hosts, "host", nil, "`name` or IP address of a validator's machine, once for each (default: all on this machine)")
	f.IntVar(&options.Ports.EthRPC, "rpc-port", options.Ports.EthRPC, "JSON-RPC `port` of a machine's first node; each further one there adds 10")
	f.IntVar(&options.Ports.P2P, "p2p-port", options.Ports.P2P, "`port` where peers connect to a machine's first node")
	f.IntVar(&options.Ports.CometRPC, "comet-rpc-port", options.Ports.CometRPC, "CometBFT RPC `port` of a machine's first node")
	economy.register(f)
	files.register(f)
	chain.register(f, true)
	requireFlag(cmd, "out")
	return cmd
}

func newNetworkUpCommand() *cobra.Command {
	var logLevel string
	cmd := &cobra.Command{
		Use:   "up DIR",
		Short: "Run a network's nodes on this machine",
		Long: `Run every node of the network that "cybermiles network create" made in DIR, each
as a process of its own, until interrupted. What they log stands behind their
names on standard error. A node that ends by itself is reported and not started
again; the others go on.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			layout, err := network.ReadLayout(args[0])
			if err != nil {
				return err
			}
			if err := requireFree(layout); err != nil {
				return err
			}
			result := newNetworkResult(layout)
			err = emit(cmd, result, func(w io.Writer) {
				fmt.Fprintf(w, "Starting %d nodes of %s (chain id %d); stop them with Ctrl-C.\n\n", len(result.Nodes), result.ChainName, result.ChainID)
				result.printNodes(w)
			})
			if err != nil {
				return err
			}
			return up(cmd, layout, func(int) []string { return []string{"--log-level", logLevel} })
		},
	}
	cmd.Flags().StringVar(&logLevel, "log-level", "warn", "least severe messages that the nodes log: debug, info, warn or error")
	return cmd
}

// networkStatus is one node in the JSON of `network status`.
type networkStatus struct {
	Name   string        `json:"name" doc:"the node's name"`
	URL    string        `json:"url" doc:"where its JSON-RPC listens"`
	Error  string        `json:"error,omitempty" doc:"why it did not answer"`
	Status *statusResult `json:"status,omitempty" doc:"what cybermiles status says of it"`
}

func newNetworkStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status DIR",
		Short: "Show how a network's nodes are",
		Long:  withFields("Ask every node of the network in DIR how it is. The exit code is 1 when one does\nnot answer.", []networkStatus{}),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			layout, err := network.ReadLayout(args[0])
			if err != nil {
				return err
			}
			list := askNodes(cmd.Context(), layout)
			if err := emit(cmd, list, func(w io.Writer) { printNetworkStatus(w, list) }); err != nil {
				return err
			}
			return silentNodes(list)
		},
	}
}

func printNetworkStatus(w io.Writer, list []networkStatus) {
	rows := make([][]string, len(list))
	for i, n := range list {
		if n.Status == nil {
			rows[i] = []string{n.Name, n.URL, "-", "-", "-", "-", n.Error}
			continue
		}
		state := "validating"
		switch {
		case n.Status.Syncing:
			state = "catching up"
		case n.Status.VotingPower == 0:
			state = "following"
		}
		rows[i] = []string{n.Name, n.URL, strconv.FormatUint(n.Status.Block, 10), n.Status.BlockHash.TerminalString(),
			known(n.Status.Peers), known(n.Status.PoolPending), state}
	}
	table(w, []string{"NODE", "JSON-RPC", "BLOCK", "HASH", "PEERS", "POOL", "STATE"}, rows)
}

func known(number *uint64) string {
	if number == nil {
		return "-"
	}
	return strconv.FormatUint(*number, 10)
}
