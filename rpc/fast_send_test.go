package rpc

import (
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// post sends a body to a handler without a network.
func post(h http.Handler, body string) (status int, answer string) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Host = "localhost"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	blob, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(blob)
}

func rawCall(id any, raw string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"method":"eth_sendRawTransaction","params":["%s"]}`, id, raw)
}

// TestFastPathAnswersAsTheGeneralServer sends the same bodies to two equal
// nodes, to one through the fast path and to the other past it.
func TestFastPathAnswersAsTheGeneralServer(t *testing.T) {
	fast, general := newTestNode(t), newTestNode(t)
	handler, _ := fast.handler()
	a, b := testAccount(0), testAccount(1)
	poor := testAccount(500)
	ok := func(nonce uint64) string { return raw(t, fast.sign(a, nonce, &b.addr, 1, nil, 21000)) }
	unprotected, err := types.SignNewTx(a.key, types.HomesteadSigner{}, &types.LegacyTx{GasPrice: big.NewInt(1e10), Gas: 21000, To: &b.addr})
	require.NoError(t, err)
	foreign, err := types.SignNewTx(a.key, types.LatestSignerForChainID(big.NewInt(5)), &types.LegacyTx{GasPrice: big.NewInt(1e10), Gas: 21000, To: &b.addr})
	require.NoError(t, err)
	long := make([]string, 1001)
	for i := range long {
		long[i] = rawCall(i, "0x02")
	}
	bodies := map[string]bool{ // whether the fast path is expected to answer
		rawCall(1, ok(0)):       true,
		rawCall(1, ok(0)) + " ": true, // already known
		"[" + rawCall(7, ok(1)) + "," + rawCall(`"abc"`, ok(2)) + "]":                        true,
		"[" + rawCall(1, ok(3)) + "," + rawCall(2, "0x02c0") + "," + rawCall(3, ok(4)) + "]": true,
		rawCall(3, raw(t, fast.sign(poor, 0, &b.addr, 1, nil, 21000))):                       true,
		rawCall(4, raw(t, fast.sign(a, 5, &b.addr, 1, nil, 20000))):                          true,
		rawCall(5, raw(t, unprotected)):                                                      true,
		rawCall(6, raw(t, foreign)):                                                          true,
		rawCall(8, "0x"):                                                                     true,
		rawCall(9, "0xzz"):                                                                   false,
		rawCall(10, "0x1"):                                                                   false,
		rawCall(11, "12"):                                                                    false,
		rawCall("null", ok(6)):                                                               false,
		"[]":                                                                                 false,
		"[" + strings.Join(long, ",") + "]":                                                  false,
		"[" + rawCall(1, ok(7)) + `,{"jsonrpc":"2.0","id":2,"method":"eth_chainId"}]`:                false,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":[]}`:                     false,
		`{"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["` + ok(8) + `"]}`:             false,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["` + ok(9) + `"]`:       false,
		`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["` + ok(9) + `",true]}`: false,
	}
	order := make([]string, 0, len(bodies))
	for body := range bodies {
		order = append(order, body)
	}
	for _, body := range append([]string{rawCall(1, ok(0))}, order...) {
		_, _, scanned := scanRaw([]byte(body), nil)
		gotStatus, got := post(handler, body)
		wantStatus, want := post(general.server.public, body)
		require.Equal(t, wantStatus, gotStatus, body)
		require.Equal(t, want, got, body)
		require.Equal(t, bodies[body], scanned && !strings.HasPrefix(body, "["+long[0]) && !strings.Contains(body, "zz"), body)
	}
	require.Equal(t, general.ask("txpool_content"), fast.ask("txpool_content"))
}

// handler is the node's HTTP handler without checks of Host and Origin.
func (n *testNode) handler() (*httpHandler, *view) {
	m, err := newMetrics(nil)
	require.NoError(n.t, err)
	v := n.server.view
	return &httpHandler{v: v, general: n.server.public, m: m, fast: &fastSend{v, m}}, v
}

// BenchmarkSendRaw compares the two paths, with clients that take compressed
// answers and such that do not, on a batch of 100 transactions that the pool
// refuses, so that the pool's own work stays small.
func BenchmarkSendRaw(b *testing.B) {
	n := newTestNode(b)
	calls := make([]string, 100)
	for i := range calls {
		calls[i] = rawCall(i, raw(b, n.sign(testAccount(600), uint64(i), &common.Address{1}, 1, nil, 20000)))
	}
	body := "[" + strings.Join(calls, ",") + "]"
	handler, _ := n.handler()
	zipping := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Accept-Encoding", "gzip")
			h.ServeHTTP(w, r)
		})
	}
	general := &httpHandler{v: handler.v, general: n.server.public, m: handler.m}
	for name, h := range map[string]http.Handler{
		"fast": handler, "fast, gzip taken": zipping(handler), "general": general, "general, gzip taken": zipping(general),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				post(h, body)
			}
		})
	}
}
