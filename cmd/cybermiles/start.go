package main

import (
	"context"
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
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := node.LoadConfig(homeOf(cmd), cmd.Flags())
			if err != nil {
				return err
			}
			n, err := openNode(&config, nil)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), n, n.Start)
		},
	}
	node.RegisterFlags(cmd.Flags())
	return cmd
}

// openNode opens the node that a configuration describes; adjust may change
// what it is assembled from.
func openNode(config *node.Config, adjust func(*node.Settings)) (*node.Node, error) {
	log, err := config.Logger(os.Stderr)
	if err != nil {
		return nil, err
	}
	node.UseLogger(log)
	settings := config.Settings(log, node.ClientVersion(version))
	if adjust != nil {
		adjust(&settings)
	}
	return node.Open(settings)
}

// serve starts an open node and stops it in order when ctx ends.
func serve(ctx context.Context, n *node.Node, start func() error) error {
	if err := start(); err != nil {
		n.Close()
		return err
	}
	<-ctx.Done()
	return n.Close()
}

func homeOf(cmd *cobra.Command) string { return cmd.Flag("home").Value.String() }
