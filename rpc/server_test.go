package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

func (n *testNode) url() string { return "http://" + n.server.Addr().String() }

// request sends one HTTP request over the network.
func (n *testNode) request(method, path, body string, header map[string]string) (status int, answer string, got http.Header) {
	n.t.Helper()
	r, err := http.NewRequest(method, n.url()+path, strings.NewReader(body))
	require.NoError(n.t, err)
	r.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		if k == "Host" {
			r.Host = v
		}
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(n.t, err)
	defer resp.Body.Close()
	blob, err := io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	return resp.StatusCode, string(blob), resp.Header
}

const blockNumberCall = `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`

func TestHTTPChecksHostAndOrigin(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.CORS = []string{"https://app.example"}; c.VHosts = []string{"node.example"} })
	status, answer, _ := n.request("POST", "/", blockNumberCall, nil)
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"result":"0x0"}`, answer)
	status, _, _ = n.request("POST", "/", blockNumberCall, map[string]string{"Host": "evil.example"})
	require.Equal(t, http.StatusForbidden, status)
	status, _, _ = n.request("POST", "/", blockNumberCall, map[string]string{"Host": "NODE.example:8545"})
	require.Equal(t, 200, status)
	_, _, header := n.request("POST", "/", blockNumberCall, map[string]string{"Origin": "https://app.example"})
	require.Equal(t, "https://app.example", header.Get("Access-Control-Allow-Origin"))
	_, _, header = n.request("POST", "/", blockNumberCall, map[string]string{"Origin": "https://evil.example"})
	require.Empty(t, header.Get("Access-Control-Allow-Origin"))
	_, _, header = n.request("OPTIONS", "/", "", map[string]string{"Origin": "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
	require.Equal(t, "POST", header.Get("Access-Control-Allow-Methods"))
}

func TestBadRequestsGetAClearAnswerAndTheNextOneWorks(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.BodyLimit = 10_000; c.BatchItems = 3; c.BatchResponseBytes = 2000 })
	deep := strings.Repeat("[", 4000)
	for _, bad := range []struct {
		body   string
		status int
		answer string
	}{
		{`{`, 200, `"code":-32700`},
		{`nonsense`, 200, `"code":-32700,"message":"parse error"`},
		{deep, 200, `"code":-32700`},
		{deep + strings.Repeat("]", 4000), 200, `"code":-32600`},
		{`[]`, 200, `"message":"empty batch"`},
		{`{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}`, 200, `"code":-32601,"message":"the method eth_nothing does not exist/is not available"`},
		{`{"jsonrpc":"2.0","id":1,"method":"admin_peers"}`, 200, `"code":-32601`},
		{`{"jsonrpc":"2.0","id":1,"method":"personal_listAccounts"}`, 200, `"code":-32601`},
		{`{"jsonrpc":"2.0","id":1,"method":"debug_setHead","params":["0x0"]}`, 200, `"code":-32601`},
		{`{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[1]}`, 200, `"code":-32602`},
		{"[" + strings.Repeat(blockNumberCall+",", 3) + blockNumberCall + "]", 200, `"message":"batch too large"`},
		{strings.Repeat(" ", 10_001), 413, "content length too large (10001>10000)"},
	} {
		status, answer, _ := n.request("POST", "/", bad.body, nil)
		require.Equal(t, bad.status, status, answer)
		require.Contains(t, answer, bad.answer)
		_, answer, _ = n.request("POST", "/", blockNumberCall, nil)
		require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"result":"0x0"}`, answer)
	}
	block := `{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x0",true]}`
	_, answer, _ := n.request("POST", "/", "["+block+","+block+","+block+"]", nil)
	require.Contains(t, answer, `"code":-32003,"message":"response too large"`)
	status, _, _ := n.request("POST", "/", blockNumberCall, map[string]string{"Content-Type": "text/plain"})
	require.Equal(t, http.StatusUnsupportedMediaType, status)
	status, _, _ = n.request("PUT", "/", "", nil)
	require.Equal(t, http.StatusMethodNotAllowed, status)

	// A body without a declared length is bounded too.
	r, err := http.NewRequest("POST", n.url(), io.MultiReader(strings.NewReader("["), bytes.NewReader(make([]byte, 20_000))))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
}

func TestHealthAndReadiness(t *testing.T) {
	n := newTestNode(t)
	status, answer, _ := n.request("GET", "/health", "", nil)
	require.Equal(t, 200, status)
	require.Equal(t, "ok, block 0\n", answer)
	status, answer, _ = n.request("GET", "/ready", "", nil)
	require.Equal(t, 200, status)
	require.Equal(t, "ready, block 0\n", answer)
	n.setSyncing(ethereum.SyncProgress{CurrentBlock: 3, HighestBlock: 9}, true)
	status, answer, _ = n.request("GET", "/ready", "", nil)
	require.Equal(t, 503, status)
	require.Equal(t, "syncing, block 3 of 9\n", answer)
	require.Equal(t, map[string]any{"startingBlock": "0x0", "currentBlock": "0x3", "highestBlock": "0x9"}, n.ask("eth_syncing"))
	status, _, _ = n.request("GET", "/", "", nil)
	require.Equal(t, 200, status, "load balancers ask so")
}

func TestNamespacesAreChosen(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.Namespaces = []string{"eth", "net"} })
	_, answer, _ := n.request("POST", "/", `{"jsonrpc":"2.0","id":1,"method":"txpool_status"}`, nil)
	require.Contains(t, answer, `"code":-32601`)
	_, answer, _ = n.request("POST", "/", `{"jsonrpc":"2.0","id":1,"method":"rpc_modules"}`, nil)
	require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"result":{"eth":"1.0","net":"1.0","rpc":"1.0"}}`, answer)
	without := newTestNode(t, func(c *Config) { c.Namespaces = []string{"net"} })
	_, answer, _ = without.request("POST", "/", rawCall(1, "0x02"), nil)
	require.Contains(t, answer, `"code":-32601`, "the fast path is part of the namespace")
	cfg := DefaultConfig()
	cfg.Namespaces = []string{"eth", "admin"}
	_, err := NewServer(n, cfg, n.server.log, nil)
	require.EqualError(t, err, `unknown RPC namespace "admin"; remove it from the configuration`)
}

type devAPI struct{}

func (devAPI) Accounts() []string { return []string{"dev"} }
func (devAPI) Mine() int          { return 7 }

func TestExtraServicesAddAndReplaceMethods(t *testing.T) {
	n := newTestNode(t)
	s, err := NewServer(n, DefaultConfig(), n.server.log, nil, gethrpc.API{Namespace: "evm", Service: devAPI{}}, gethrpc.API{Namespace: "eth", Service: devAPI{}})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	var accounts []string
	require.NoError(t, s.Attach().Call(&accounts, "eth_accounts"))
	require.Equal(t, []string{"dev"}, accounts)
	_, answer := post(s.public, `{"jsonrpc":"2.0","id":1,"method":"evm_mine"}`)
	require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"result":7}`, answer)
}

func TestIPCServesEveryNamespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.ipc")
	n := newTestNode(t, func(c *Config) { c.IPCPath = path; c.Namespaces = []string{"eth"} })
	_, err := listenIPC(filepath.Join(t.TempDir(), strings.Repeat("x", 100)))
	require.ErrorContains(t, err, "choose a shorter one")
	c, err := gethrpc.Dial(path)
	require.NoError(t, err)
	defer c.Close()
	var status map[string]any
	require.NoError(t, c.Call(&status, "txpool_status"))
	heads := subscribe[map[string]any](t, c, "newHeads")
	block := n.seal()
	require.Equal(t, block.Hash().Hex(), next(t, heads)["hash"])
}

func TestConnectionsAreLimited(t *testing.T) {
	n := newTestNode(t, func(c *Config) { c.Connections = 2 })
	var idle []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", n.server.Addr().String())
		require.NoError(t, err)
		_, err = fmt.Fprint(c, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
		require.NoError(t, err)
		_, err = c.Read(make([]byte, 512))
		require.NoError(t, err)
		idle = append(idle, c)
	}
	third, err := net.Dial("tcp", n.server.Addr().String())
	require.NoError(t, err)
	defer third.Close()
	_, err = fmt.Fprint(third, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	require.NoError(t, third.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	_, err = third.Read(make([]byte, 512))
	require.Error(t, err, "the third connection waits")
	for _, c := range idle {
		require.NoError(t, c.Close())
	}
	require.NoError(t, third.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = third.Read(make([]byte, 512))
	require.NoError(t, err)
}

func TestMetricsCountByMethod(t *testing.T) {
	n := newTestNode(t)
	reg := prometheus.NewRegistry()
	cfg := DefaultConfig()
	s, err := NewServer(n, cfg, n.server.log, reg)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	post(s.http.Handler, `[`+blockNumberCall+`,`+blockNumberCall+`,{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x0000000000000000000000000000000000000001","0x99"]}]`)
	post(s.http.Handler, "["+rawCall(1, "0x02")+","+rawCall(2, "0x03")+"]")
	counts, failed := make(map[string]uint64), make(map[string]float64)
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if h := m.GetHistogram(); h != nil {
				counts[m.GetLabel()[0].GetValue()] = h.GetSampleCount()
			}
			if f.GetName() == "cybermiles_rpc_errors_total" {
				failed[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	require.Equal(t, map[string]uint64{"eth_blockNumber": 2, "eth_getBalance": 1, "eth_sendRawTransaction": 2}, counts)
	require.Equal(t, map[string]float64{"eth_getBalance": 1, "eth_sendRawTransaction": 2}, failed)
}

func TestStopEndsWebSocketConnections(t *testing.T) {
	n := newTestNode(t)
	cfg := DefaultConfig()
	cfg.HTTPAddr = "127.0.0.1:0"
	s, err := NewServer(n, cfg, n.server.log, nil)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	ws, err := gethrpc.Dial("ws://" + s.Addr().String())
	require.NoError(t, err)
	ch := make(chan json.RawMessage)
	sub, err := ws.EthSubscribe(context.Background(), ch, "newHeads")
	require.NoError(t, err)
	require.NoError(t, s.Stop(context.Background()))
	next(t, sub.Err())
	require.NoError(t, s.Stop(context.Background()), "stopping twice is harmless")
	cfg.HTTPAddr = n.server.Addr().String()
	taken, err := NewServer(n, cfg, n.server.log, nil)
	require.NoError(t, err)
	require.ErrorContains(t, taken.Start(), "choose another address")
	require.NoError(t, taken.Stop(context.Background()))
}

func TestStopCutsConnectionsThatWereNeverUsed(t *testing.T) {
	n := newTestNode(t)
	conn, err := net.Dial("tcp", n.server.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	n.request("POST", "/", blockNumberCall, nil) // the server has accepted the first one by now
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.NoError(t, n.server.Stop(ctx))
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}
