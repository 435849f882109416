package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/network"
)

// up runs the nodes of a network as processes of this program until the
// command is interrupted; flags are each node's further ones.
func up(cmd *cobra.Command, layout *network.Layout, flags func(i int) []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	processes := make([]network.Process, len(layout.Nodes))
	for i, n := range layout.Nodes {
		processes[i] = network.Process{
			Name: n.Name, Path: self,
			Args: append([]string{"start", "--home", string(layout.Home(i))}, flags(i)...),
		}
	}
	return network.Supervise(cmd.Context(), cmd.ErrOrStderr(), processes)
}

// requireFree refuses to start nodes whose addresses other programs use: the
// network would seem to run while something else answers.
func requireFree(layout *network.Layout) error {
	var addresses []string
	for i := range layout.Nodes {
		addresses = append(addresses, layout.Nodes[i].Addresses()...)
	}
	err := network.RequireFree(addresses...)
	if errors.Is(err, network.ErrPortTaken) {
		return fmt.Errorf("%w\nstop that program (is the network running already?), or make a network with other ports", err)
	}
	return err
}

// statusTime is how long a node of a network may take to say how it is.
const statusTime = 5 * time.Second

// askNodes asks every node of a network how it is, all at once.
func askNodes(ctx context.Context, layout *network.Layout) []networkStatus {
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	list := make([]networkStatus, len(layout.Nodes))
	var asking sync.WaitGroup
	for i, n := range layout.Nodes {
		list[i] = networkStatus{Name: n.Name, URL: "http://" + n.EthRPCListen}
		asking.Go(func() {
			status, err := askNode(ctx, list[i].URL)
			if err != nil {
				list[i].Error = describeSilence(err)
				return
			}
			list[i].Status = status
		})
	}
	asking.Wait()
	return list
}

func askNode(ctx context.Context, url string) (*statusResult, error) {
	conn, err := client.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	status, err := conn.Status(ctx)
	if err != nil {
		return nil, err
	}
	result := newStatusResult(url, status)
	return &result, nil
}

// describeSilence words in short why a node did not answer.
func describeSilence(err error) string {
	var unreachable *client.UnreachableError
	switch {
	case errors.As(err, &unreachable):
		return fmt.Sprintf("not running here (%v)", unreachable.Err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %s", statusTime)
	default:
		return err.Error()
	}
}

// silentNodes is an error when some node did not answer.
func silentNodes(list []networkStatus) error {
	var silent []string
	for _, n := range list {
		if n.Status == nil {
			silent = append(silent, n.Name)
		}
	}
	if len(silent) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d nodes did not answer: %s", len(silent), len(list), strings.Join(silent, ", "))
}
