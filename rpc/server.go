package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"
)

// Server serves the JSON-RPC interface of one node.
type Server struct {
	cfg    Config
	log    *slog.Logger
	view   *view
	follow *follower

	public  *gethrpc.Server // HTTP and WebSocket
	private *gethrpc.Server // IPC and in process: every namespace
	http    *http.Server
	ln      net.Listener
	ipc     net.Listener
}

// NewServer makes a server; Start lets it listen. The extra services are served
// everywhere, whatever namespaces are configured, and replace methods of the
// same name. A nil registerer leaves the metrics unregistered.
func NewServer(b Backend, cfg Config, log *slog.Logger, reg prometheus.Registerer, extra ...gethrpc.API) (*Server, error) {
	cfg = cfg.withDefaults()
	m, err := newMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("register RPC metrics: %w", err)
	}
	m.watchSpans()
	v, f := newView(b, cfg), newFollower(b)
	s := &Server{cfg: cfg, log: log, view: v, follow: f}
	polls := newFilterAPI(v, f)
	if s.public, err = newGethServer(cfg, services(v, f, polls, cfg.JSTracers), cfg.Namespaces, extra); err == nil {
		s.private, err = newGethServer(cfg, services(v, f, polls, true), nil, extra)
	}
	if err != nil {
		f.stop()
		return nil, err
	}
	h := &httpHandler{v: v, general: s.public, m: m}
	if slices.Contains(cfg.Namespaces, "eth") {
		h.fast = &fastSend{v, m}
	}
	if cfg.WebSocket {
		h.ws = s.public.WebsocketHandler(cfg.CORS)
	}
	s.http = &http.Server{
		Handler:           cfg.stack(h),
		ReadTimeout:       cfg.ReadTimeout,
		ReadHeaderTimeout: cfg.ReadTimeout,
		WriteTimeout:      cfg.answerTime(),
		IdleTimeout:       cfg.IdleTimeout,
		ConnState:         m.connState,
	}
	return s, nil
}

// services is the ordered list of everything this package offers.
func services(v *view, f *follower, polls *filterAPI, js bool) []gethrpc.API {
	return []gethrpc.API{
		{Namespace: "eth", Service: &chainAPI{v}},
		{Namespace: "eth", Service: &blockAPI{v}},
		{Namespace: "eth", Service: &stateAPI{v}},
		{Namespace: "eth", Service: &transactionAPI{v}},
		{Namespace: "eth", Service: &callAPI{v}},
		{Namespace: "eth", Service: &feeAPI{v}},
		{Namespace: "eth", Service: &sendAPI{v, f}},
		{Namespace: "eth", Service: polls},
		{Namespace: "eth", Service: &subscribeAPI{v, f}},
		{Namespace: "net", Service: &netAPI{v}},
		{Namespace: "web3", Service: &web3API{v}},
		{Namespace: "txpool", Service: &txpoolAPI{v}},
		{Namespace: "debug", Service: &traceAPI{v, js}},
		{Namespace: "debug", Service: &rawAPI{v}},
		{Namespace: "ots", Service: &otsAPI{v}},
		{Namespace: "erigon", Service: &erigonAPI{v}},
		{Namespace: "cmt", Service: &cmtAPI{v}},
	}
}

// newGethServer registers the services of the named namespaces, nil naming
// all, and every extra one.
func newGethServer(cfg Config, apis []gethrpc.API, namespaces []string, extra []gethrpc.API) (*gethrpc.Server, error) {
	srv := gethrpc.NewServer()
	srv.SetBatchLimits(cfg.BatchItems, cfg.BatchResponseBytes)
	srv.SetHTTPBodyLimit(cfg.BodyLimit)
	srv.SetWebsocketReadLimit(int64(cfg.BodyLimit))
	known := make(map[string]bool)
	chosen := slices.DeleteFunc(apis, func(api gethrpc.API) bool {
		known[api.Namespace] = true
		return namespaces != nil && !slices.Contains(namespaces, api.Namespace)
	})
	for _, api := range append(chosen, extra...) {
		if err := srv.RegisterName(api.Namespace, api.Service); err != nil {
			return nil, fmt.Errorf("register namespace %s: %w", api.Namespace, err)
		}
	}
	for _, name := range namespaces {
		if !known[name] {
			return nil, fmt.Errorf("unknown RPC namespace %q; remove it from the configuration", name)
		}
	}
	return srv, nil
}

// Start listens on the configured addresses and returns at once.
func (s *Server) Start() error {
	if s.cfg.HTTPAddr != "" {
		ln, err := net.Listen("tcp", s.cfg.HTTPAddr)
		if err != nil {
			return fmt.Errorf("listen for JSON-RPC on %s: %w; choose another address or stop the program that uses it", s.cfg.HTTPAddr, err)
		}
		s.ln = netutil.LimitListener(ln, s.cfg.Connections)
		go func() {
			if err := s.http.Serve(s.ln); !errors.Is(err, http.ErrServerClosed) {
				s.log.Error("JSON-RPC server stopped", "err", err)
			}
		}()
		s.log.Info("JSON-RPC listening", "http", s.ln.Addr().String(), "websocket", s.cfg.WebSocket, "namespaces", s.cfg.Namespaces)
	}
	if s.cfg.IPCPath != "" {
		ln, err := listenIPC(s.cfg.IPCPath)
		if err != nil {
			return err
		}
		s.ipc = ln
		go func() { _ = s.private.ServeListener(ln) }() // ends when the listener is closed
		s.log.Info("JSON-RPC listening", "ipc", s.cfg.IPCPath)
	}
	return nil
}

// maxSocketPath is the portable length of a Unix socket's path.
const maxSocketPath = 103

// listenIPC opens a socket that only the node's own user can reach.
func listenIPC(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the path of the IPC socket has %d characters, the system allows %d: %s; choose a shorter one", len(path), maxSocketPath, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the IPC socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the IPC socket of an earlier run: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on IPC socket %s: %w", path, err)
	}
	return ln, os.Chmod(path, 0o600)
}

// Addr returns the address of the HTTP port, nil when it is not served.
func (s *Server) Addr() net.Addr {
	if s.ln == nil {
		return nil
	}
	return s.ln.Addr()
}

// Attach returns a client in the same process with every namespace.
func (s *Server) Attach() *gethrpc.Client { return gethrpc.DialInProc(s.private) }

// Stop ends subscriptions, lets running requests finish until ctx ends and
// closes all connections. Requests that take longer, and connections that were
// opened and never used, are cut off; that is no error.
func (s *Server) Stop(ctx context.Context) error {
	s.follow.stop()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.public.Stop() // WebSocket connections
	if s.ipc != nil {
		err = errors.Join(err, s.ipc.Close())
	}
	s.private.Stop()
	return err
}
