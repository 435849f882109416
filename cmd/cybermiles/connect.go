package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
)

// answerTime is how long a node may take to answer a command's questions.
const answerTime = 30 * time.Second

// dial connects to the node that --url names.
func dial(cmd *cobra.Command) (*client.Client, error) {
	ctx, cancel := asking(cmd)
	defer cancel()
	return client.Dial(ctx, cmd.Flag("url").Value.String())
}

// asking bounds a round of questions to the node.
func asking(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return context.WithTimeout(cmd.Context(), answerTime)
}

// withNode runs a command's questions to the node.
func withNode(cmd *cobra.Command, ask func(ctx context.Context, node *client.Client) error) error {
	node, err := dial(cmd)
	if err != nil {
		return err
	}
	defer node.Close()
	ctx, cancel := asking(cmd)
	defer cancel()
	if err = ask(ctx, node); errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the node at %s did not answer within %s", node.URL(), answerTime)
	}
	return err
}

// absent words the answer that something does not exist.
func absent(err error, what string) error {
	if errors.Is(err, ethereum.NotFound) {
		return fmt.Errorf("the node knows no %s", what)
	}
	return err
}
