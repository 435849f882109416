package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const (
	dockerFile = "Dockerfile"
	unitFile   = "systemd/cybermiles.service"
)

// written are the files that `network create --compose --systemd` makes.
func written(t *testing.T) (layout *network.Layout, compose string, units []string) {
	t.Helper()
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	layout, err = node.CreateNetwork(network.CreateOptions{
		Dir: filepath.Join(t.TempDir(), "net"), Validators: 3, ChainName: "deployed", Genesis: genesis,
		Ports: network.Ports{P2P: 26656, CometRPC: 26657, EthRPC: 8545}, Hosts: []string{"node0", "node1", "node2"},
	})
	require.NoError(t, err)
	compose, err = layout.WriteCompose(network.Container{Image: "cybermiles", User: "1000:1000"})
	require.NoError(t, err)
	units, err = layout.WriteSystemd("/usr/local/bin/cybermiles")
	require.NoError(t, err)
	return layout, compose, units
}

// variables are the environment variables that a node reads.
func variables() map[string]bool {
	known := map[string]bool{"CYBERMILES_HOME": true}
	flags := pflag.NewFlagSet("node", pflag.ContinueOnError)
	node.RegisterFlags(flags)
	flags.VisitAll(func(flag *pflag.Flag) {
		if strings.Contains(flag.Name, ".") {
			known["CYBERMILES_"+strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flag.Name))] = true
		}
	})
	return known
}

// Every environment variable that the container and the service set is one that
// the node reads.
func TestEnvironmentIsRead(t *testing.T) {
	known := variables()
	_, compose, _ := written(t)
	for _, path := range []string{dockerFile, unitFile, compose} {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		found := regexp.MustCompile(`CYBERMILES_\w+`).FindAllString(string(content), -1)
		require.NotEmpty(t, found, path)
		for _, name := range found {
			require.True(t, known[name], "%s sets %s, which the node does not read", path, name)
		}
	}
}

// The compose file has the form that Compose takes, no two containers share a
// port of the machine, and each has the home of its node.
func TestComposeFile(t *testing.T) {
	layout, compose, _ := written(t)
	var file struct {
		Services map[string]struct {
			Image       string
			User        string
			Command     []string
			Restart     string
			StopGrace   string `yaml:"stop_grace_period"`
			Volumes     []string
			Environment map[string]string
			Ports       []string
		}
	}
	decodeYAML(t, compose, &file)
	require.Len(t, file.Services, len(layout.Nodes))
	taken := make(map[string]bool)
	for name, service := range file.Services {
		require.Equal(t, "cybermiles", service.Image)
		require.Regexp(t, `^\d+:\d+$`, service.User)
		require.Contains(t, []string{"no", "always", "on-failure", "unless-stopped"}, service.Restart)
		grace, err := time.ParseDuration(service.StopGrace)
		require.NoError(t, err)
		require.GreaterOrEqual(t, grace, time.Minute, "a clean stop takes time")
		require.Len(t, service.Volumes, 1)
		home, inside, _ := strings.Cut(service.Volumes[0], ":")
		require.DirExists(t, filepath.Join(filepath.Dir(compose), home))
		require.Equal(t, inside, service.Environment["CYBERMILES_HOME"], name)
		for _, mapping := range service.Ports {
			parts := strings.Split(mapping, ":")
			outside := parts[len(parts)-2]
			require.False(t, taken[outside], "%s: port %s is taken", name, outside)
			taken[outside] = true
			for _, port := range parts[len(parts)-2:] {
				number, err := strconv.Atoi(port)
				require.NoError(t, err, mapping)
				require.True(t, number > 0 && number < 1<<16, mapping)
			}
		}
	}
	checkWith(t, []string{"docker", "compose", "version"}, []string{"docker", "compose", "-f", compose, "config", "--quiet"})
}

var unitLine = regexp.MustCompile(`^(\[(Unit|Service|Install)\]|[A-Z]\w+=.*|#.*|)$`)

// The units are files that systemd takes without a word.
func TestUnits(t *testing.T) {
	_, _, units := written(t)
	for _, path := range append(units, unitFile) {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for line := range strings.Lines(string(content)) {
			require.Regexp(t, unitLine, strings.TrimSuffix(line, "\n"), path)
		}
		// The program need not be installed where this runs.
		dir := t.TempDir()
		program, unit := filepath.Join(dir, "cybermiles"), filepath.Join(dir, filepath.Base(path))
		require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755))
		require.Contains(t, string(content), "ExecStart=/usr/local/bin/cybermiles ")
		require.NoError(t, os.WriteFile(unit, []byte(strings.ReplaceAll(string(content), "/usr/local/bin/cybermiles", program)), 0o644))
		checkWith(t, []string{"systemd-analyze", "--version"}, []string{"systemd-analyze", "verify", "--man=no", unit})
	}
}

// checkWith runs a tool that must have nothing to say, where there is one.
func checkWith(t *testing.T, there, check []string) {
	t.Helper()
	if err := exec.Command(there[0], there[1:]...).Run(); err != nil {
		t.Logf("%s is not here: %v", strings.Join(there[:len(there)-1], " "), err)
		return
	}
	output, err := exec.Command(check[0], check[1:]...).CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.Empty(t, string(output))
}
