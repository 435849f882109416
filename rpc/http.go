package rpc

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/rs/cors"
)

// httpHandler serves JSON-RPC over HTTP and WebSocket, /health and /ready.
type httpHandler struct {
	v       *view
	general *gethrpc.Server
	m       *metrics
	fast    *fastSend    // nil when the eth namespace is not served
	ws      http.Handler // nil when WebSocket is off
}

// stack wraps a handler with the checks of Host and Origin.
func (c *Config) stack(h http.Handler) http.Handler {
	if len(c.CORS) > 0 {
		h = cors.New(cors.Options{
			AllowedOrigins: c.CORS,
			AllowedMethods: []string{http.MethodPost, http.MethodGet},
			AllowedHeaders: []string{"*"},
			MaxAge:         600,
		}).Handler(h)
	}
	return vhosts(c.VHosts, h)
}

// vhosts refuses requests for host names that the operator has not listed, so
// that a web page cannot reach a local node by rebinding its own name to it.
func vhosts(allowed []string, next http.Handler) http.Handler {
	all := slices.Contains(allowed, "*")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		listed := slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, host) })
		if all || listed || host == "" || net.ParseIP(strings.Trim(host, "[]")) != nil {
			next.ServeHTTP(w, r)
			return
		}
		http.Error(w, "invalid host specified", http.StatusForbidden)
	})
}

// ServeHTTP dispatches one request.
func (h *httpHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/health":
		h.health(w)
	case r.URL.Path == "/ready":
		h.ready(w)
	case h.ws != nil && isWebSocket(r):
		h.m.webSockets.Inc()
		defer h.m.webSockets.Dec()
		h.ws.ServeHTTP(w, r) // until the connection ends
	case r.Method == http.MethodPost && isJSON(r):
		h.post(w, r)
	default:
		compressed(h.general, w, r)
	}
}

func isWebSocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") &&
		strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade")
}

func isJSON(r *http.Request) bool {
	mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (mt == "application/json" || mt == "application/json-rpc" || mt == "application/jsonrequest")
}

// post reads a request within the limit and gives it to the fast path or to
// the general server.
func (h *httpHandler) post(w http.ResponseWriter, r *http.Request) {
	limit := int64(h.v.cfg.BodyLimit)
	if r.ContentLength > limit {
		tooLarge(w, r.ContentLength, limit)
		return
	}
	body, err := readBody(r, limit)
	if err != nil {
		http.Error(w, "could not read the request: "+err.Error(), http.StatusBadRequest)
		return
	}
	if int64(len(body)) > limit {
		tooLarge(w, int64(len(body)), limit)
		return
	}
	if h.fast != nil {
		if answer, ok := h.fast.answer(body); ok {
			// Never compressed: hashes are random, and the senders are in a hurry.
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(answer) // the client may be gone
			return
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	compressed(h.general, w, r)
}

// readBody reads at most one byte more than the limit.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(io.LimitReader(r.Body, limit+1))
	return buf.Bytes(), err
}

func tooLarge(w http.ResponseWriter, size, limit int64) {
	http.Error(w, fmt.Sprintf("content length too large (%d>%d)", size, limit), http.StatusRequestEntityTooLarge)
}

// health answers that the process is alive.
func (h *httpHandler) health(w http.ResponseWriter) {
	fmt.Fprintf(w, "ok, block %d\n", h.v.b.Head().Number)
}

// ready answers whether the node is caught up and may serve users.
func (h *httpHandler) ready(w http.ResponseWriter) {
	if p, syncing := h.v.b.Syncing(); syncing {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "syncing, block %d of %d\n", p.CurrentBlock, p.HighestBlock)
		return
	}
	fmt.Fprintf(w, "ready, block %d\n", h.v.b.Head().Number)
}
