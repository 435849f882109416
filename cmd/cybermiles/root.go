package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// The groups under which the help lists commands.
const (
	groupNode     = "node"
	groupAccounts = "accounts"
	groupChain    = "chain"
	groupContract = "contracts"
	groupTools    = "tools"
)

// commands is everything the program can do, in the order of its help. A new
// command is a file with a constructor and a line here.
var commands = []struct {
	group string
	build func() *cobra.Command
}{
	{groupNode, newDevCommand},
	{groupNode, newInitCommand},
	{groupNode, newJoinCommand},
	{groupNode, newStartCommand},
	{groupNode, newStatusCommand},
	{groupNode, newNetworkCommand},
	{groupNode, newGenesisCommand},
	{groupNode, newValidatorCommand},
	{groupNode, newMigrateCommand},
	{groupNode, newExportCommand},
	{groupNode, newImportCommand},
	{groupNode, newRollbackCommand},
	{groupNode, newCompactCommand},
	{groupAccounts, newKeysCommand},
	{groupAccounts, newSendCommand},
	{groupAccounts, newDeployCommand},
	{groupChain, newCallCommand},
	{groupChain, newRPCCommand},
	{groupChain, newBlockCommand},
	{groupChain, newTxCommand},
	{groupChain, newReceiptCommand},
	{groupChain, newLogsCommand},
	{groupChain, newAuditCommand},
	{groupTools, newBenchCommand},
	{groupTools, newVersionCommand},
}

const rootLong = `CyberMiles is a public blockchain for e-commerce: blocks are final at once, and
everything that speaks to Ethereum speaks to it.

Amounts carry their unit: 1.5cmt, 10gwei, 21000wei (1 CMT = 10^9 gwei = 10^18 wei).
Exit codes: 0 success, 1 failure, 2 misuse of the command line.`

func newRootCommand() *cobra.Command {
	cobra.EnableCommandSorting = false // the list above is in the order of the help
	root := &cobra.Command{
		Use:           "cybermiles",
		Short:         "A blockchain for e-commerce: node, wallet and tools in one program",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddGroup(
		&cobra.Group{ID: groupNode, Title: "Running and watching a node:"},
		&cobra.Group{ID: groupAccounts, Title: "Accounts and transactions:"},
		&cobra.Group{ID: groupChain, Title: "Reading the chain:"},
		&cobra.Group{ID: groupContract, Title: "Contracts of the chain:"},
		&cobra.Group{ID: groupTools, Title: "Tools:"},
	)
	for _, entry := range commands {
		cmd := entry.build()
		cmd.GroupID = entry.group
		root.AddCommand(cmd)
	}
	for _, cmd := range contractCommands() {
		cmd.GroupID = groupContract
		root.AddCommand(cmd)
	}
	root.SetHelpCommandGroupID(groupTools)
	root.SetCompletionCommandGroupID(groupTools)

	flags := root.PersistentFlags()
	flags.String("home", fromEnvironment("CYBERMILES_HOME", defaultHome()), "`directory` of keys, configuration and data (env CYBERMILES_HOME)")
	flags.String("url", fromEnvironment("CYBERMILES_URL", "http://127.0.0.1:8545"), "`address` of a node's JSON-RPC (env CYBERMILES_URL)")
	flags.StringP("output", "o", "text", "`form` of the result: text or json")
	root.InitDefaultCompletionCmd()
	markMisuse(root)
	return root
}

// markMisuse makes every command report wrong flags, arguments and sub-commands
// as misuse.
func markMisuse(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return misusef("%v", err) })
	if !cmd.Runnable() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = showHelp
		cmd.DisableFlagsInUseLine = true
	}
	validate := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if validate != nil {
			if err := validate(cmd, args); err != nil {
				return misusef("%v\nusage: %s", err, cmd.UseLine())
			}
		}
		return checkOutput(cmd)
	}
	for _, child := range cmd.Commands() {
		markMisuse(child)
	}
}

// showHelp is what a command that only groups others does.
func showHelp(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	message := fmt.Sprintf("%q is no command of %s", args[0], cmd.CommandPath())
	if cmd.SuggestionsMinimumDistance == 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		message += "; did you mean " + strings.Join(similar, " or ") + "?"
	}
	return misusef("%s\n`%s --help` lists them", message, cmd.CommandPath())
}

func fromEnvironment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func defaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ".cybermiles"
	}
	return filepath.Join(home, ".cybermiles")
}
