package node

import (
	"math/big"
	"time"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/rpc"
)

// Config is everything an operator can say about a node. The parts' own
// settings are used where they have them, so that each default is written once;
// configKeys names every key of the file, its flag and its environment variable.
type Config struct {
	Home string // the node's directory; not in the file, which lies in it

	Node      Identity
	RPC       rpc.Config
	P2P       P2P
	Consensus Consensus
	Mempool   mempool.Config
	Chain     chain.Options
	Snapshot  Snapshot
	StateSync StateSync
	Metrics   Metrics
}

// Identity is how a node appears to its operator and peers.
type Identity struct {
	Moniker   string // "" is the machine's name
	LogLevel  string // debug, info, warn or error
	LogFormat string // text or json
}

// P2P is how a node finds and talks to its peers.
type P2P struct {
	Listen          string   // where peers connect to, tcp://host:port
	ExternalAddress string   // host:port told to peers; "" finds it out
	Seeds           []string // id@host:port, asked for addresses of peers
	PersistentPeers []string // id@host:port, always kept connected
	PrivatePeers    []string // ids never told to others
	MaxInbound      int
	MaxOutbound     int
	Exchange        bool  // tell and ask peers for addresses of others
	RoutableOnly    bool  // keep only addresses that the public internet reaches
	SameAddress     bool  // allow several peers of one IP address
	SendRate        int64 // bytes a second to one peer
	ReceiveRate     int64 // bytes a second from one peer
}

// Consensus is a node's part in making blocks.
type Consensus struct {
	BlockInterval   time.Duration // between blocks that have transactions
	IdleInterval    time.Duration // an idle chain waits this long for an empty block
	DoubleSignCheck int64         // blocks searched for an own vote before a validator starts
	CometRPC        string        // CometBFT's own RPC, tcp://host:port; "" serves none
	Signer          string        // where a remote signer connects to; "" signs with the key file
}

// Snapshot is how a node offers its state to nodes that join.
type Snapshot struct {
	Interval uint64 // blocks between two snapshots; 0 makes none
	Keep     uint64 // newest snapshots kept
}

// StateSync is how a new node takes a snapshot from its peers instead of
// executing the chain from genesis.
type StateSync struct {
	Enable      bool
	Servers     []string // CometBFT RPC of at least two nodes to check the snapshot with
	TrustHeight int64    // a height that the operator trusts
	TrustHash   string   // the CometBFT header hash at that height
	TrustPeriod time.Duration
}

// Metrics is how a node can be watched.
type Metrics struct {
	Addr  string // host:port of Prometheus metrics; "" serves none
	Pprof string // host:port of Go's profiler; "" serves none
}

// DefaultConfig is a node that serves its own machine and joins no network.
func DefaultConfig() Config {
	return Config{
		Node: Identity{LogLevel: "info", LogFormat: "text"},
		RPC:  rpc.DefaultConfig(),
		P2P: P2P{
			Listen: "tcp://0.0.0.0:26656", MaxInbound: 40, MaxOutbound: 10, Exchange: true, RoutableOnly: true, SameAddress: true,
			SendRate: 100 << 20, ReceiveRate: 100 << 20,
		},
		Consensus: Consensus{BlockInterval: 500 * time.Millisecond, IdleInterval: 5 * time.Second, CometRPC: "tcp://127.0.0.1:26657"},
		Mempool: mempool.Config{
			Slots: 100_000, AccountSlots: 1024, AccountQueue: 64, PriceBump: 10,
			Lifetime: 3 * time.Hour, MinTip: new(big.Int),
		},
		Chain:     chain.Options{CacheMB: 768, StateHistory: chain.DefaultStateHistory, LogIndex: true},
		Snapshot:  Snapshot{Keep: 2},
		StateSync: StateSync{TrustPeriod: 168 * time.Hour},
	}
}
