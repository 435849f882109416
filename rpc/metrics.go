package rpc

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"
)

// metrics counts requests by method. go-ethereum's server reports each call as
// an OpenTelemetry span and offers no other hook, so the durations come from
// spans.
type metrics struct {
	latency     *prometheus.HistogramVec
	errors      *prometheus.CounterVec
	connections prometheus.Gauge
	webSockets  prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "cybermiles", Subsystem: "rpc", Name: "request_duration_seconds",
			Help:    "Time to answer a JSON-RPC request, by method.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 4, 10),
		}, []string{"method"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "cybermiles", Subsystem: "rpc", Name: "errors_total",
			Help: "JSON-RPC requests answered with an error, by method.",
		}, []string{"method"}),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "cybermiles", Subsystem: "rpc", Name: "connections",
			Help: "Open HTTP connections.",
		}),
		webSockets: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "cybermiles", Subsystem: "rpc", Name: "websocket_connections",
			Help: "Open WebSocket connections.",
		}),
	}
	if reg != nil {
		for _, c := range []prometheus.Collector{m.latency, m.errors, m.connections, m.webSockets} {
			if err := reg.Register(c); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// observe records n requests that took d together, some of which failed.
func (m *metrics) observe(method string, d time.Duration, n, failed int) {
	each := d.Seconds() / float64(n)
	latency := m.latency.WithLabelValues(method)
	for range n {
		latency.Observe(each)
	}
	if failed > 0 {
		m.errors.WithLabelValues(method).Add(float64(failed))
	}
}

// connState keeps the gauge of HTTP connections; it is a hook of http.Server.
func (m *metrics) connState(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		m.connections.Inc()
	case http.StateClosed, http.StateHijacked:
		m.connections.Dec()
	}
}

// current is where spans are counted: OpenTelemetry's provider is global to the
// process, and so is the newest server's metrics.
var current atomic.Pointer[metrics]

// watchSpans makes m the destination of all spans of go-ethereum's server.
func (m *metrics) watchSpans() {
	if current.Swap(m) == nil {
		otel.SetTracerProvider(spanProvider{})
	}
}

type spanProvider struct{ embedded.TracerProvider }

// Tracer returns the tracer of calls.
func (spanProvider) Tracer(string, ...trace.TracerOption) trace.Tracer { return callTracer{} }

type callTracer struct{ embedded.Tracer }

// rootSpan precedes the method in the name of a call's span.
const rootSpan = "jsonrpc."

// Start begins the span of a call, or a part of it, which only matters if it
// fails.
func (callTracer) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	if method, ok := strings.CutPrefix(name, rootSpan); ok {
		s := &callSpan{method: strings.Replace(method, "/", "_", 1), start: time.Now()}
		return trace.ContextWithSpan(ctx, s), s
	}
	if parent, ok := trace.SpanFromContext(ctx).(*callSpan); ok {
		return ctx, &partSpan{call: parent}
	}
	return ctx, noop.Span{}
}

// callSpan measures one call of a method.
type callSpan struct {
	noop.Span
	method string
	start  time.Time
	failed bool
}

// SpanContext is valid, so that the parts of the call are reported too.
func (s *callSpan) SpanContext() trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}})
}

// End records the call.
func (s *callSpan) End(...trace.SpanEndOption) {
	failed := 0
	if s.failed {
		failed = 1
	}
	if m := current.Load(); m != nil {
		m.observe(s.method, time.Since(s.start), 1, failed)
	}
}

// partSpan notes that a part of a call failed.
type partSpan struct {
	noop.Span
	call *callSpan
}

// SetStatus tells the call.
func (s *partSpan) SetStatus(code codes.Code, _ string) {
	s.call.failed = s.call.failed || code == codes.Error
}
