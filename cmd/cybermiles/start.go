package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/node"
)

const startLong = `Run the node whose home is --home until it is interrupted.

Every key of the home's config.toml is also a flag here and an environment
variable; the flag counts before the environment, the environment before the file.`

func newStartCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run a node",
		Long:  startLong,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return startNodeOf(cmd) },
	}
	node.RegisterFlags(cmd.Flags())
	return cmd
}

// startNodeOf runs the node of the command's home with the command's settings.
func startNodeOf(cmd *cobra.Command) error {
	config, err := node.LoadConfig(homeOf(cmd), cmd.Flags())
	if err != nil {
		return err
	}
	n, err := openNode(&config, nil)
	if err != nil {
		return err
	}
	return serve(cmd.Context(), n, n.Start)
}

// openNode opens the node that a configuration describes; adjust may change
// what it is assembled from.
func openNode(config *node.Config, adjust func(*node.Settings)) (*node.Node, error) {
	settings, err := nodeSettings(config)
	if err != nil {
		return nil, err
	}
	if adjust != nil {
		adjust(&settings)
	}
	return node.Open(settings)
}

// nodeSettings is what the node that a configuration describes is assembled
// from. Its log goes to standard error.
func nodeSettings(config *node.Config) (node.Settings, error) {
	log, err := config.Logger(os.Stderr)
	if err != nil {
		return node.Settings{}, err
	}
	node.UseLogger(log)
	return config.Settings(log, node.ClientVersion(version)), nil
}

// serve starts an open node and stops it in order when ctx ends.
func serve(ctx context.Context, n *node.Node, start func() error) error {
	if err := start(); err != nil {
		n.Close()
		return err
	}
	select {
	case <-ctx.Done():
		return n.Close()
	case reason := <-n.Halted():
		return errors.Join(reason, n.Close())
	}
}

func homeOf(cmd *cobra.Command) string { return cmd.Flag("home").Value.String() }
