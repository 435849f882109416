package node

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/network"
)

func testFlags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	RegisterFlags(flags)
	require.NoError(t, flags.Parse(args))
	return flags
}

func writeFile(t *testing.T, home, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(home, ConfigFile), []byte(content), 0o600))
}

func TestConfigPrecedence(t *testing.T) {
	home := t.TempDir()
	c, err := LoadConfig(home, nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8545", c.RPC.HTTPAddr, "the default")

	writeFile(t, home, "[rpc]\nhttp_addr = \"127.0.0.1:1\"\nnamespaces = [\"eth\", \"net\"]\n[consensus]\nblock_interval = \"250ms\"\n")
	c, err = LoadConfig(home, testFlags(t))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", c.RPC.HTTPAddr, "the file before the default")
	require.Equal(t, []string{"eth", "net"}, c.RPC.Namespaces)
	require.Equal(t, 250*time.Millisecond, c.Consensus.BlockInterval)

	t.Setenv("CYBERMILES_RPC_HTTP_ADDR", "127.0.0.1:2")
	t.Setenv("CYBERMILES_RPC_NAMESPACES", "eth, web3")
	c, err = LoadConfig(home, testFlags(t))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", c.RPC.HTTPAddr, "the environment before the file")
	require.Equal(t, []string{"eth", "web3"}, c.RPC.Namespaces)

	c, err = LoadConfig(home, testFlags(t, "--rpc.http-addr=127.0.0.1:3", "--archive", "--log-level", "debug"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", c.RPC.HTTPAddr, "the flag before the environment")
	require.True(t, c.Chain.Archive)
	require.Equal(t, "debug", c.Node.LogLevel)
	require.Equal(t, home, c.Home)
}

func TestConfigRefuses(t *testing.T) {
	for content, hint := range map[string]string{
		"http_addr = \"x\"":                                 "http_addr stands in no section; the sections are [node] [rpc]",
		"[prc]":                                             "unknown section [prc]",
		"[rpc]\nhttp_adr = \"x\"":                           "unknown key rpc.http_adr; the keys of [rpc] are http_addr,",
		"[rpc]\nhttp_addr = 8545":                           "rpc.http_addr = 8545: expected a text",
		"[rpc]\nhttp_addr = \"8545\"":                       "rpc.http_addr = \"8545\": expected host:port such as 127.0.0.1:8545",
		"[rpc]\nhttp_addr = \"a:99999\"":                    "expected host:port",
		"[rpc]\nconnections = \"10\"":                       "rpc.connections = \"10\": expected a whole number",
		"[rpc]\nconnections = 0":                            "expected a number of at least 1",
		"[rpc]\nconnections = -1":                           "expected a number of at least 1",
		"[rpc]\nconnections = 1.5":                          "expected a whole number",
		"[rpc]\nwebsocket = \"yes\"":                        "rpc.websocket = \"yes\": expected true or false",
		"[rpc]\ncors = \"*\"":                               "expected a list of texts",
		"[rpc]\ncors = [1]":                                 "expected a list of texts",
		"[rpc]\n[rpc.http_addr]\nx = 1":                     "rpc.http_addr = map[x:1]: expected a text",
		"[rpc]\nmin_tip_wei = -1":                           "expected a number of at least 0",
		"[consensus]\nblock_interval = \"1\"":               "expected a duration such as 500ms",
		"[consensus]\nblock_interval = \"0s\"":              "expected a duration above zero",
		"[consensus]\nblock_interval = \"10s\"":             "consensus.idle_interval is 5s, shorter than",
		"[consensus]\ncomet_rpc_addr = \"127.0.0.1:26657\"": "expected tcp://host:port",
		"[node]\nlog_level = \"loud\"":                      "expected debug, info, warn, error",
		"[p2p]\nseeds = [\"127.0.0.1:26656\"]":              "expected id@host:port",
		"[p2p]\nprivate_peers = [\"abcd\"]":                 "expected ids of 40 hex digits",
		"[statesync]\nenable = true":                        "at least two nodes",
		"[statesync]\nenable = true\nrpc_servers = [\"http://a:1\",\"http://b:1\"]": "statesync.trust_height",
		"[statesync]\ntrust_hash = \"abc\"":                                         "expected 64 hex digits",
		"[rpc\n":                                                                    "line 2:",
		"[rpc]\n\nhttp_addr = 'x' 'y'":                                              "line 3:",
		"[rpc]\n[rpc]":                                                              "line 2:",
	} {
		home := t.TempDir()
		writeFile(t, home, content)
		_, err := LoadConfig(home, nil)
		require.ErrorContains(t, err, hint, content)
		require.ErrorContains(t, err, home, content)
	}
}

func TestConfigRefusesEnvironmentAndFlags(t *testing.T) {
	t.Setenv("CYBERMILES_RPC_CONNECTIONS", "many")
	_, err := LoadConfig(t.TempDir(), nil)
	require.EqualError(t, err, `environment variable CYBERMILES_RPC_CONNECTIONS="many": expected a whole number`)
	t.Setenv("CYBERMILES_RPC_CONNECTIONS", "7")
	_, err = LoadConfig(t.TempDir(), testFlags(t, "--p2p.listen=0.0.0.0:26656"))
	require.ErrorContains(t, err, `flag --p2p.listen="0.0.0.0:26656": expected tcp://host:port`)
}

// TestConfigFile writes the default file, removes every comment sign before a
// key and reads the defaults back: nothing is missing, misspelt or unreadable.
func TestConfigFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "home", ConfigFile)
	want := DefaultConfig()
	require.NoError(t, want.WriteConfig(path))
	require.ErrorContains(t, want.WriteConfig(path), "exists already")
	content, err := os.ReadFile(path)
	require.NoError(t, err)

	var opened bytes.Buffer
	keys := 0
	for line := range strings.Lines(string(content)) {
		require.LessOrEqual(t, len(line), 121, line)
		if name, _, isKey := strings.Cut(line, " = "); isKey && strings.HasPrefix(name, "#") && !strings.Contains(name, " ") {
			line = line[1:]
			keys++
		}
		opened.WriteString(line)
	}
	require.Equal(t, len(configKeys), keys, "every key is in the default file, commented out")
	var got Config
	require.NoError(t, got.parse(opened.Bytes()))
	for i := range configKeys {
		key := &configKeys[i]
		require.Equal(t, key.value(&want).toml(), key.value(&got).toml(), key.name)
	}
}

// TestConfigKeepsChanges sets every key to something else, writes the file and
// reads it again.
func TestConfigKeepsChanges(t *testing.T) {
	c := DefaultConfig()
	for i := range configKeys {
		change(t, &configKeys[i], &c)
	}
	c.Node.Moniker = "\"quoted\" \\ and\nbroken"
	home := t.TempDir()
	require.NoError(t, c.WriteConfig(filepath.Join(home, ConfigFile)))
	got, err := LoadConfig(home, nil)
	require.NoError(t, err)
	c.Home = home
	require.True(t, reflect.DeepEqual(c, got), "want %+v\ngot  %+v", c, got)
}

func change(t *testing.T, key *configKey, c *Config) {
	t.Helper()
	before := key.value(c).String()
	peer := strings.Repeat("ab", 20) + "@example.org:26656"
	for _, text := range []string{peer + "," + peer, "debug", "json", "host:99", "tcp://host:99",
		strings.Repeat("ab", 32), strings.Repeat("ab", 20), "true", "false", "1h2m3s", "99999"} {
		previous := *c
		if c.setText(key, text) == nil && key.value(c).String() != before {
			return
		}
		*c = previous
	}
	t.Fatalf("no sample changes %s", key.name)
}

// TestConfigTable holds the table to its rules.
func TestConfigTable(t *testing.T) {
	seen := map[string]bool{}
	defaults := DefaultConfig()
	for i := range configKeys {
		key := &configKeys[i]
		require.False(t, seen[key.name], key.name)
		seen[key.name] = true
		require.Contains(t, sectionNames(), "["+key.section()+"]")
		require.True(t, strings.HasSuffix(key.comment, "."), key.name)
		require.NoError(t, key.verify(&defaults), "the default of %s", key.name)
	}
	require.Equal(t, "CYBERMILES_RPC_HTTP_ADDR", findKey("rpc.http_addr").environment())
	require.Equal(t, "rpc.http-addr", findKey("rpc.http_addr").flag())
}

func TestSettings(t *testing.T) {
	c := DefaultConfig()
	c.Home = t.TempDir()
	c.Node.LogFormat, c.Node.LogLevel = "json", "warn"
	c.P2P.Seeds = []string{"a@h:1", "b@h:2"}
	c.RPC.IPCPath = "node.ipc"
	var out bytes.Buffer
	log, err := c.Logger(&out)
	require.NoError(t, err)
	log.Info("quiet")
	log.Warn("loud")
	require.Contains(t, out.String(), `"msg":"loud"`)
	require.NotContains(t, out.String(), "quiet")

	s := c.Settings(log, "v1")
	require.NoError(t, s.Comet.ValidateBasic())
	require.Equal(t, "a@h:1,b@h:2", s.Comet.P2P.Seeds)
	require.Equal(t, network.Home(c.Home).Data(), s.Chain.Dir)
	require.Equal(t, Pace{Interval: 500 * time.Millisecond, Idle: 5 * time.Second}, s.Pace)
	require.Equal(t, filepath.Join(c.Home, "node.ipc"), s.RPC.IPCPath)
}

// FuzzConfigFile looks for files that crash the parser or whose settings do not
// survive being written and read.
func FuzzConfigFile(f *testing.F) {
	c := DefaultConfig()
	f.Add(c.document())
	f.Add([]byte("[rpc]\ncors = [\"\\u0000\"]\nmin_tip_wei = 12\n[consensus]\nblock_interval = \"1h\""))
	f.Fuzz(func(t *testing.T, content []byte) {
		first := DefaultConfig()
		if first.parse(content) != nil {
			return
		}
		second := DefaultConfig()
		if err := second.parse(first.document()); err != nil {
			t.Fatalf("%v\n%s", err, first.document())
		}
		if !bytes.Equal(first.document(), second.document()) {
			t.Fatalf("first\n%s\nsecond\n%s", first.document(), second.document())
		}
	})
}
