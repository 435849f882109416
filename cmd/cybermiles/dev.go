package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const devLong = `Run a development chain on this machine: one validator with real consensus, or
with --automine a block for every transaction and the time-travel methods that
Hardhat and Foundry tests call. Ten accounts with 10,000 CMT each are printed with
their keys, which everybody knows: never use them elsewhere.

The chain is kept in --home (default ~/.cybermiles/dev) between runs, that of
several --validators in the folder network there; --reset forgets it. An idle chain
makes an empty block every --consensus.idle-interval.`

// devFlags are the choices of `dev` beyond a node's own settings.
type devFlags struct {
	node.DevOptions
	automine   bool
	validators int
}

func newDevCommand() *cobra.Command {
	var flags devFlags
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a development chain",
		Long:  devLong,
		Example: "  cybermiles dev\n" +
			"  cybermiles dev --automine\n" +
			"  cybermiles dev --validators 4",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDev(cmd, flags) },
	}
	f := cmd.Flags()
	f.BoolVar(&flags.automine, "automine", false, "no consensus: a block for each transaction, time travel, impersonation")
	f.IntVar(&flags.validators, "validators", 1, "`number` of validators, each a process of its own")
	f.BoolVar(&flags.Reset, "reset", false, "forget the chain that is there and begin a new one")
	f.Uint64Var(&flags.ChainID, "chain-id", 0, fmt.Sprintf("EVM chain `id` of a new chain (default %d)", network.DevChainID))
	f.StringVar(&flags.Snapshot, "snapshot", "", "`file` of token holders (CSV) that a new chain begins with")
	f.StringVar(&flags.Alloc, "alloc", "", "`file` of further genesis accounts (JSON: address → balance …)")
	node.RegisterFlags(f)
	return cmd
}

func runDev(cmd *cobra.Command, flags devFlags) error {
	home := homeOf(cmd)
	if !cmd.Flag("home").Changed && os.Getenv("CYBERMILES_HOME") == "" {
		home = filepath.Join(home, "dev")
	}
	if flags.validators > 1 {
		if flags.automine {
			return misusef("--automine has no consensus: leave out --validators")
		}
		return runDevNetwork(cmd, home, flags)
	}
	if flags.validators < 1 {
		return misusef("--validators: a chain needs at least one")
	}
	created, err := node.PrepareDev(network.Home(home), flags.DevOptions)
	if err != nil {
		return err
	}
	config, err := devConfig(cmd, home)
	if err != nil {
		return err
	}
	accounts, err := network.DevAccounts(network.DevAccountCount)
	if err != nil {
		return err
	}
	n, err := openNode(&config, func(s *node.Settings) { s.Development = flags.automine })
	if err != nil {
		return err
	}
	printDev(cmd, n, accounts, created, &config)
	if flags.automine {
		return serve(cmd.Context(), n, func() error { return n.StartDevelopment(accounts) })
	}
	return serve(cmd.Context(), n, n.Start)
}

// devConfig is a node's configuration with the ports of a network closed,
// unless they are asked for.
func devConfig(cmd *cobra.Command, home string) (node.Config, error) {
	config, err := node.LoadConfig(home, cmd.Flags())
	if err != nil {
		return config, err
	}
	if defaults := node.DefaultConfig(); config.P2P.Listen == defaults.P2P.Listen {
		config.P2P.Listen = "tcp://127.0.0.1:0"
		if config.Consensus.CometRPC == defaults.Consensus.CometRPC {
			config.Consensus.CometRPC = ""
		}
	}
	if !cmd.Flag("node.log-level").Changed && !cmd.Flag("log-level").Changed {
		config.Node.LogLevel = "warn"
	}
	return config, nil
}

// devAccount is a development account as it is printed.
type devAccount struct {
	Address string `json:"address"`
	Key     string `json:"key"`
}

// devResult is the JSON of `dev`.
type devResult struct {
	URL      string        `json:"url"`
	ChainID  uint64        `json:"chainId"`
	Home     string        `json:"home"`
	Head     *uint64       `json:"head,omitempty"`
	Mnemonic string        `json:"mnemonic"`
	Accounts []devAccount  `json:"accounts"`
	Nodes    []networkNode `json:"nodes,omitempty"`
}

func newDevResult(accounts []network.DevAccount) devResult {
	result := devResult{Mnemonic: network.DevMnemonic, Accounts: make([]devAccount, len(accounts))}
	for i, account := range accounts {
		result.Accounts[i] = devAccount{account.Address.Hex(), "0x" + hex.EncodeToString(crypto.FromECDSA(account.Key))}
	}
	return result
}

func printDev(cmd *cobra.Command, n *node.Node, accounts []network.DevAccount, created bool, config *node.Config) {
	result, head := newDevResult(accounts), n.Chain.Head().NumberU64()
	result.URL, result.ChainID = "http://"+config.RPC.HTTPAddr, n.Genesis().ChainID
	result.Home, result.Head = config.Home, &head
	_ = emit(cmd, result, func(w io.Writer) {
		state := "a new chain"
		if !created {
			state = fmt.Sprintf("the chain at block %d (--reset begins a new one)", head)
		}
		fmt.Fprintf(w, "CyberMiles development chain: %s\n\n", state)
		result.print(w, n.Genesis().Symbol)
	})
}

func (r devResult) print(w io.Writer, symbol string) {
	properties(w,
		row{"JSON-RPC", r.URL + "  (WebSocket on the same port)"},
		row{"Chain id", fmt.Sprint(r.ChainID)},
		row{"Symbol", symbol},
		row{"Home", r.Home},
		row{"Mnemonic", r.Mnemonic})
	fmt.Fprintf(w, "\n10,000 CMT in each of these accounts. Everybody knows the keys.\n\n")
	rows := make([][]string, len(r.Accounts))
	for i, account := range r.Accounts {
		rows[i] = []string{fmt.Sprint(i), account.Address, account.Key}
	}
	table(w, []string{"#", "ADDRESS", "PRIVATE KEY"}, rows)
	fmt.Fprintf(w, "\nStop with Ctrl-C.\n")
}
