package rpc

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// encoded sends a request that names encodings itself, so that the client does
// not undo them, and returns the answer as it was on the wire.
func (n *testNode) encoded(body, accept string) (encoding string, answer []byte) {
	n.t.Helper()
	r, err := http.NewRequest("POST", n.url(), strings.NewReader(body))
	require.NoError(n.t, err)
	r.Header.Set("Content-Type", "application/json")
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
	require.NoError(n.t, err)
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	return resp.Header.Get("Content-Encoding"), answer
}

func unzip(t *testing.T, content []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(content))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

func TestLargeAnswersAreCompressedWhenAskedFor(t *testing.T) {
	n := newTestNode(t)
	large := `{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x0",true]}`
	encoding, plain := n.encoded(large, "")
	require.Empty(t, encoding)
	require.Greater(t, len(plain), gzipFrom)
	for accept, zipped := range map[string]bool{
		"gzip": true, "deflate, GZIP;q=0.5, br": true, "gzip; q=1": true,
		"identity": false, "gzip;q=0": false, "gzip;q=x": false, "br": false, "gzipped": false,
	} {
		encoding, answer := n.encoded(large, accept)
		if !zipped {
			require.Empty(t, encoding, accept)
			require.Equal(t, plain, answer, accept)
			continue
		}
		require.Equal(t, "gzip", encoding, accept)
		require.Less(t, len(answer), len(plain)/2)
		require.Equal(t, string(plain), unzip(t, answer), accept)
	}
	encoding, answer := n.encoded(blockNumberCall, "gzip")
	require.Empty(t, encoding, "a small answer")
	require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"result":"0x0"}`, string(answer))
	encoding, answer = n.encoded("["+strings.Repeat(blockNumberCall+",", 99)+blockNumberCall+"]", "gzip")
	require.Equal(t, "gzip", encoding, "a batch")
	var answers []any
	require.NoError(t, json.Unmarshal([]byte(unzip(t, answer)), &answers))
	require.Len(t, answers, 100)
	encoding, answer = n.encoded("["+strings.Repeat(rawCall(1, "0x02")+",", 50)+rawCall(2, "0x03")+"]", "gzip")
	require.Empty(t, encoding, "transactions are answered as fast as possible")
	require.Greater(t, len(answer), gzipFrom)
}

func TestCompressionKeepsStatusAndFlushes(t *testing.T) {
	long := strings.Repeat("x", 3*gzipFrom)
	for name, c := range map[string]struct {
		handle func(http.ResponseWriter)
		status int
		zipped bool
		body   string
	}{
		"an error": {func(w http.ResponseWriter) { http.Error(w, "no", http.StatusTeapot) }, http.StatusTeapot, false, "no\n"},
		"a long error": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusOK) // superfluous
			_, _ = io.WriteString(w, long)
		}, http.StatusTeapot, true, long},
		"nothing": {func(http.ResponseWriter) {}, http.StatusOK, false, ""},
		"in parts": {func(w http.ResponseWriter) {
			for _, b := range []byte(long) {
				_, _ = w.Write([]byte{b})
			}
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "end")
		}, http.StatusOK, true, long + "end"},
		"flushed early": {func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "begin")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, long)
		}, http.StatusOK, false, "begin" + long},
		"an encoding of its own": {func(w http.ResponseWriter) {
			w.Header().Set("Transfer-Encoding", "identity")
			_, _ = io.WriteString(w, long)
		}, http.StatusOK, false, long},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			got := httptest.NewRecorder()
			compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.handle(w) }), got, r)
			require.Equal(t, c.status, got.Code)
			body := got.Body.String()
			require.Equal(t, c.zipped, got.Header().Get("Content-Encoding") == "gzip")
			if c.zipped {
				require.Empty(t, got.Header().Get("Content-Length"))
				body = unzip(t, got.Body.Bytes())
			}
			require.Equal(t, c.body, body)
		})
	}
}
