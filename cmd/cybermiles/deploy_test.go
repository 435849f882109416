package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

// deployedCommands are the command lines of files that run a node, by file.
func deployedCommands(t *testing.T) map[string][]string {
	t.Helper()
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	layout, err := node.CreateNetwork(network.CreateOptions{
		Dir: filepath.Join(t.TempDir(), "net"), Validators: 1, ChainName: "deployed", Genesis: genesis,
		Ports: network.Ports{P2P: 26656, CometRPC: 26657, EthRPC: 8545},
	})
	require.NoError(t, err)
	compose, err := layout.WriteCompose(network.Container{Image: "cybermiles", User: "1:1"})
	require.NoError(t, err)
	units, err := layout.WriteSystemd("/usr/local/bin/cybermiles")
	require.NoError(t, err)
	read := func(path string) string {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(content)
	}
	lines := make(map[string][]string)
	for _, unit := range []string{units[0], "../../deploy/systemd/cybermiles.service"} {
		for _, match := range regexp.MustCompile(`(?m)^Exec\w+=\S*/cybermiles (.+)$`).FindAllStringSubmatch(read(unit), -1) {
			lines[unit] = append(lines[unit], match[1])
		}
	}
	image := read("../../deploy/Dockerfile")
	var start []string
	match := regexp.MustCompile(`(?m)^CMD (\[.+\])$`).FindStringSubmatch(image)
	require.NotNil(t, match)
	require.NoError(t, json.Unmarshal([]byte(match[1]), &start))
	lines["Dockerfile"] = []string{strings.Join(start, " ")}
	for _, match := range regexp.MustCompile(`(?m)^#.* cybermiles (\w.*)$`).FindAllStringSubmatch(image, -1) {
		lines["Dockerfile"] = append(lines["Dockerfile"], match[1])
	}
	require.Len(t, lines["Dockerfile"], 2, "join in a comment and start")
	var file struct {
		Services map[string]struct{ Command []string }
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(compose)), &file))
	for _, service := range file.Services {
		lines[compose] = append(lines[compose], strings.Join(service.Command, " "))
	}
	return lines
}

// TestDeployedCommandsAreThere: files that run a node call commands that the
// program has, with flags and arguments that they take.
func TestDeployedCommandsAreThere(t *testing.T) {
	for file, lines := range deployedCommands(t) {
		require.NotEmpty(t, lines, file)
		for _, line := range lines {
			root := newRootCommand()
			cmd, rest, err := root.Find(strings.Fields(line))
			require.NoError(t, err, "%s: %s", file, line)
			require.NotSame(t, root, cmd, "%s: %s", file, line)
			require.NoError(t, cmd.ParseFlags(rest), "%s: %s", file, line)
			require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), "%s: %s", file, line)
		}
	}
}
