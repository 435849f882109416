package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/pprof"
	"path/filepath"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/statesync"
)

// namespace begins the name of each of our metrics.
const namespace = "cybermiles"

// blockMetrics measures the phases of a block; it is the consensus' Observer.
type blockMetrics struct {
	build, execute, commit prometheus.Histogram
	interval               prometheus.Histogram
	transactions, gas      prometheus.Counter
	last                   time.Time
}

func newBlockMetrics(reg prometheus.Registerer) *blockMetrics {
	phase := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "block", Name: name + "_seconds", Help: help,
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		})
	}
	count := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Subsystem: "block", Name: name, Help: help})
	}
	m := &blockMetrics{
		build:        phase("build", "Time to build and execute a proposal."),
		execute:      phase("execute", "Time to execute another node's proposal or a synced block."),
		commit:       phase("commit", "Time to write a block and move the pool on."),
		interval:     phase("interval", "Time between two commits."),
		transactions: count("transactions_total", "Transactions in committed blocks."),
		gas:          count("gas_total", "Gas used by committed blocks."),
	}
	reg.MustRegister(m.build, m.execute, m.commit, m.interval, m.transactions, m.gas)
	return m
}

func (m *blockMetrics) Built(took time.Duration, _ int)    { m.build.Observe(took.Seconds()) }
func (m *blockMetrics) Executed(took time.Duration, _ int) { m.execute.Observe(took.Seconds()) }

func (m *blockMetrics) Committed(took time.Duration, block *types.Block) {
	m.commit.Observe(took.Seconds())
	m.transactions.Add(float64(len(block.Transactions())))
	m.gas.Add(float64(block.GasUsed()))
	now := time.Now()
	if !m.last.IsZero() {
		m.interval.Observe(now.Sub(m.last).Seconds())
	}
	m.last = now
}

// registerGauges adds what is asked of the parts when metrics are read.
func (n *Node) registerGauges(reg prometheus.Registerer) {
	gauge := func(name, help string, value func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, value))
	}
	gauge("head_height", "Height of the newest committed block.", func() float64 { return float64(n.Chain.Head().NumberU64()) })
	gauge("head_timestamp_seconds", "Time of the newest committed block.", func() float64 { return float64(n.Chain.Head().Time()) })
	gauge("base_fee_wei", "Base fee of the next block.", func() float64 {
		fee, _ := n.Executor.NextBaseFee(n.Chain.Head().Header()).Float64()
		return fee
	})
	gauge("pool_pending", "Waiting transactions that can be executed.", func() float64 { pending, _ := n.Pool.Status(); return float64(pending) })
	gauge("pool_queued", "Waiting transactions behind a missing nonce.", func() float64 { _, queued := n.Pool.Status(); return float64(queued) })
	gauge("pool_slots", "Most transactions that may wait.", func() float64 {
		return float64(cmp.Or(n.settings.Pool.Slots, mempool.DefaultConfig().Slots))
	})
	disk := &diskUsage{dir: n.settings.Home.Data()}
	gauge("disk_bytes", "Size of the data directory.", disk.bytes)
	gauge("disk_free_bytes", "Space left where the data directory lies; NaN where the system does not say.", func() float64 {
		return freeBytes(disk.dir)
	})
	gauge("snapshot_interval_blocks", "Blocks between two snapshots; 0 makes none.", func() float64 { return float64(n.settings.Snapshot.Interval) })
}

// registerSnapshot adds the newest snapshot that the node offers.
func registerSnapshot(reg prometheus.Registerer, snapshots *statesync.Snapshots) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "snapshot_height", Help: "Height of the newest complete snapshot, 0 for none.",
	}, func() float64 {
		var newest uint64
		for _, offered := range snapshots.List() {
			newest = max(newest, offered.Height)
		}
		return float64(newest)
	}))
}

// diskUsage measures a directory at most once a minute.
type diskUsage struct {
	dir string

	mu    sync.Mutex
	at    time.Time
	value float64
}

func (d *diskUsage) bytes() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.at) < time.Minute {
		return d.value
	}
	var sum int64
	_ = filepath.WalkDir(d.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			if info, err := entry.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil // files come and go while the node runs
	})
	d.at, d.value = time.Now(), float64(sum)
	return d.value
}

// serveMetrics serves Prometheus metrics and, on an address of its own, the
// profiler. It returns what stops both.
func serveMetrics(settings Metrics, registry *prometheus.Registry) (stop func(), err error) {
	var servers []*http.Server
	stop = func() {
		for _, server := range servers {
			_ = server.Shutdown(context.Background())
		}
	}
	serve := func(addr, what string, handler http.Handler) error {
		if addr == "" {
			return nil
		}
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("serve %s on %s: %w; choose another address", what, addr, err)
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, server)
		go func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				_ = listener.Close()
			}
		}()
		return nil
	}
	metrics := http.NewServeMux()
	// CometBFT and the Go runtime register with the default registry.
	both := prometheus.Gatherers{registry, prometheus.DefaultGatherer}
	metrics.Handle("/metrics", promhttp.HandlerFor(both, promhttp.HandlerOpts{}))
	if err := serve(settings.Addr, "metrics", metrics); err != nil {
		return stop, err
	}
	return stop, serve(settings.Pprof, "the profiler", profiler())
}

func profiler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
