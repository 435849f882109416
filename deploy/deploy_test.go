// Package deploy has no code of its own: its tests hold the files beside them
// to what a node really exports, reads and serves.
package deploy

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/node"
)

const (
	alertsFile    = "prometheus/alerts.yml"
	scrapeFile    = "prometheus/prometheus.yml"
	dashboardFile = "grafana/cybermiles.json"
	guideFile     = "../docs/guides/operate.md"
)

// alert is a rule of the alerts file.
type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func readAlerts(t *testing.T) (alerts []alert) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string  `yaml:"name"`
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	decodeYAML(t, alertsFile, &file)
	for _, group := range file.Groups {
		require.NotEmpty(t, group.Name)
		alerts = append(alerts, group.Rules...)
	}
	require.Greater(t, len(alerts), 15)
	return alerts
}

// decodeYAML refuses keys that the target does not know.
func decodeYAML(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(into), path)
}

// panelQuery is one query of the dashboard.
type panelQuery struct{ panel, expr string }

func readDashboard(t *testing.T) (queries []panelQuery) {
	t.Helper()
	content, err := os.ReadFile(dashboardFile)
	require.NoError(t, err)
	var file struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(content, &file))
	ids := make(map[int]bool)
	for _, panel := range file.Panels {
		require.False(t, ids[panel.ID], "two panels have the id %d", panel.ID)
		ids[panel.ID] = true
		if panel.Type != "row" {
			require.NotEmpty(t, panel.Targets, "panel %q shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			queries = append(queries, panelQuery{panel.Title, target.Expr})
		}
	}
	require.Greater(t, len(queries), 30)
	return queries
}

// Every metric and label that the alerts and the dashboard name is exported by a
// validator that has a peer and answers requests.
func TestMetricsExist(t *testing.T) {
	metrics, labels := scrape(t)
	metrics["up"] = true // Prometheus' own
	for _, label := range []string{"instance", "job"} {
		labels[label] = true
	}
	check := func(where, expr string) {
		q, err := readQuery(expr)
		require.NoError(t, err, "%s: %s", where, expr)
		require.NotEmpty(t, q.metrics, "%s: %s", where, expr)
		for _, name := range q.metrics {
			require.True(t, metrics[name], "%s: the node does not export %s", where, name)
		}
		for _, name := range q.labels {
			require.True(t, labels[name], "%s: no metric of the node has the label %s", where, name)
		}
	}
	for _, a := range readAlerts(t) {
		check("alert "+a.Alert, a.Expr)
	}
	for _, q := range readDashboard(t) {
		check("panel "+q.panel, q.expr)
	}
}

func TestAlertsAreComplete(t *testing.T) {
	guide, err := os.ReadFile(guideFile)
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, a := range readAlerts(t) {
		require.False(t, seen[a.Alert], "alert %s is there twice", a.Alert)
		seen[a.Alert] = true
		require.Contains(t, []string{"critical", "warning"}, a.Labels["severity"], a.Alert)
		require.NotEmpty(t, a.Annotations["summary"], a.Alert)
		if a.For != "" {
			_, err := time.ParseDuration(a.For)
			require.NoError(t, err, a.Alert)
		}
		require.Contains(t, string(guide), "| `"+a.Alert+"` |", "%s does not say what to do", guideFile)
	}
	for _, match := range regexp.MustCompile("(?m)^\\| `([A-Z]\\w+)` \\|").FindAllStringSubmatch(string(guide), -1) {
		require.True(t, seen[match[1]], "%s explains %s, which is no alert", guideFile, match[1])
	}
}

func TestScrapeExample(t *testing.T) {
	var file struct {
		Global  map[string]string `yaml:"global"`
		Rules   []string          `yaml:"rule_files"`
		Scrapes []struct {
			Job     string `yaml:"job_name"`
			Targets []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	decodeYAML(t, scrapeFile, &file)
	for _, rules := range file.Rules {
		require.FileExists(t, filepath.Join(filepath.Dir(scrapeFile), rules))
	}
	require.Len(t, file.Scrapes, 1)
	require.Equal(t, "cybermiles", file.Scrapes[0].Job, "the alerts say job=\"cybermiles\"")
}

// Every piece of configuration in the operator's guide is one that a node takes.
func TestGuideConfigurations(t *testing.T) {
	guide, err := os.ReadFile(guideFile)
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(guide, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		home := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(home, node.ConfigFile), block[1], 0o600))
		_, err := node.LoadConfig(home, nil)
		require.NoError(t, err, "%s", block[1])
	}
}

// scrape is the names of the metrics and labels that a validator of two exports.
func scrape(t *testing.T) (metrics, labels map[string]bool) {
	t.Helper()
	genesis, err := network.DevGenesis(network.DevOptions{})
	require.NoError(t, err)
	port := freePort(t)
	layout, err := node.CreateNetwork(network.CreateOptions{
		Dir: filepath.Join(t.TempDir(), "net"), Validators: 2, ChainName: "watched", Genesis: genesis,
		Ports: network.Ports{P2P: port, CometRPC: port + 1, EthRPC: port + 2},
	})
	require.NoError(t, err)
	var watched node.Config
	for i := range slices.Backward(layout.Nodes) { // the newest server of a process counts requests
		config, err := node.LoadConfig(string(layout.Home(i)), nil)
		require.NoError(t, err)
		config.Consensus.CometRPC = ""
		config.Consensus.BlockInterval, config.Consensus.IdleInterval = 100*time.Millisecond, 200*time.Millisecond
		if i == 0 { // CometBFT's metrics are one set a process
			config.Metrics.Addr = freeAddress(t)
			watched = config
		} else {
			config.RPC.HTTPAddr = ""
		}
		n, err := node.Open(config.Settings(slog.New(slog.DiscardHandler), "test"))
		require.NoError(t, err)
		require.NoError(t, n.Start())
		t.Cleanup(func() { require.NoError(t, n.Close()) })
	}
	// One request that is answered and one that is not.
	url := "http://" + watched.RPC.HTTPAddr
	for _, call := range []string{
		`"method":"eth_blockNumber","params":[]`,
		`"method":"eth_getBalance","params":["0x0000000000000000000000000000000000000001","0xffffffff"]`,
	} {
		response, err := http.Post(url, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,`+call+`}`))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	require.Contains(t, get(t, url+"/health"), "ok", "the container's health check asks this")
	require.Eventually(t, func() bool {
		metrics, labels = parse(get(t, "http://"+watched.Metrics.Addr+"/metrics"))
		return metrics["cometbft_consensus_validator_last_signed_height"] && metrics["cometbft_consensus_peer_height"]
	}, 60*time.Second, 200*time.Millisecond, "the validator does not sign")
	return metrics, labels
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode, url)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

var sampleLabel = regexp.MustCompile(`[{,](\w+)="`)

// parse reads the names in Prometheus' text format.
func parse(text string) (metrics, labels map[string]bool) {
	metrics, labels = make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		metrics[line[:max(0, strings.IndexAny(line, "{ "))]] = true
		for _, match := range sampleLabel.FindAllStringSubmatch(line, -1) {
			labels[match[1]] = true
		}
	}
	return metrics, labels
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func freePort(t *testing.T) int {
	t.Helper()
	address, err := net.ResolveTCPAddr("tcp", freeAddress(t))
	require.NoError(t, err)
	return address.Port
}

func TestReadQuery(t *testing.T) {
	q, err := readQuery(`sum by (method, le) (rate(a_bucket{job="x{", m!~"$i"}[$__rate_interval])) / on (instance) group_right () b > 2e9 and c offset 5m`)
	require.NoError(t, err)
	slices.Sort(q.labels)
	require.Equal(t, []string{"a_bucket", "b", "c"}, q.metrics)
	require.Equal(t, []string{"instance", "job", "le", "m", "method"}, q.labels)
	for _, wrong := range []string{`rate(a[5m]`, `a)`, `a{b="c"`, `a{b="c}`, `rate(a[5)`, `rate(a[m])`, `rat(a)`, `a{b}`, `a # b`, `a b`, `a / / b`, `a +`} {
		_, err := readQuery(wrong)
		require.Error(t, err, wrong)
	}
}
