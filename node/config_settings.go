package node

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	cmtcfg "github.com/cometbft/cometbft/config"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/rpc"
)

// Logger makes the node's logger.
func (c *Config) Logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Node.LogLevel)); err != nil {
		return nil, fmt.Errorf("node.log_level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Node.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

// Settings turns what an operator said into what a node is assembled from.
// Contracts and system calls are the program's own and left to the caller.
func (c *Config) Settings(log *slog.Logger, version string) Settings {
	home := network.Home(c.Home)
	ledger, pool := c.Chain, c.Mempool
	ledger.Dir = home.Data()
	pool.Journal = filepath.Join(home.Data(), "pool.journal")
	return Settings{
		Home:    home,
		Chain:   ledger,
		Pool:    pool,
		Comet:   c.comet(home),
		Pace:    Pace{Interval: c.Consensus.BlockInterval, Idle: c.Consensus.IdleInterval},
		RPC:     c.rpc(),
		Log:     log,
		Version: version,

		Snapshot: c.Snapshot,
		Watch:    c.Metrics,
	}
}

// rpc is the JSON-RPC configuration with the socket's path made absolute.
func (c *Config) rpc() rpc.Config {
	settings := c.RPC
	if settings.IPCPath != "" && !filepath.IsAbs(settings.IPCPath) {
		settings.IPCPath = filepath.Join(c.Home, settings.IPCPath)
	}
	return settings
}

// comet applies the settings that belong to CometBFT.
func (c *Config) comet(home network.Home) *cmtcfg.Config {
	comet := CometConfig(home, c.Consensus.BlockInterval)
	comet.Moniker = c.moniker()
	comet.Instrumentation.Prometheus = c.Metrics.Addr != ""
	comet.Instrumentation.PrometheusListenAddr = "" // served with our own
	comet.PrivValidatorListenAddr = c.Consensus.Signer
	comet.RPC.ListenAddress = c.Consensus.CometRPC
	comet.Consensus.DoubleSignCheckHeight = c.Consensus.DoubleSignCheck

	p2p := comet.P2P
	p2p.ListenAddress, p2p.ExternalAddress = c.P2P.Listen, c.P2P.ExternalAddress
	p2p.Seeds = strings.Join(c.P2P.Seeds, ",")
	p2p.PersistentPeers = strings.Join(c.P2P.PersistentPeers, ",")
	p2p.PrivatePeerIDs = strings.Join(c.P2P.PrivatePeers, ",")
	p2p.MaxNumInboundPeers, p2p.MaxNumOutboundPeers = c.P2P.MaxInbound, c.P2P.MaxOutbound
	p2p.PexReactor, p2p.AllowDuplicateIP = c.P2P.Exchange, c.P2P.SameAddress
	p2p.AddrBookStrict = c.P2P.RoutableOnly
	p2p.SendRate, p2p.RecvRate = c.P2P.SendRate, c.P2P.ReceiveRate

	sync := comet.StateSync
	sync.Enable, sync.RPCServers = c.StateSync.Enable, c.StateSync.Servers
	sync.TrustHeight, sync.TrustHash = c.StateSync.TrustHeight, c.StateSync.TrustHash
	sync.TrustPeriod = c.StateSync.TrustPeriod
	return comet
}

func (c *Config) moniker() string {
	if c.Node.Moniker != "" {
		return c.Node.Moniker
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "cybermiles"
}
