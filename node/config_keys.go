package node

import (
	"encoding/hex"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"
)

// configKey is one setting: a line of the file, a flag and an environment
// variable.
type configKey struct {
	name    string            // section.key in the file
	alias   string            // a short flag beside the long one, "" for none
	comment string            // what it does, with its unit
	field   func(*Config) any // pointer to it, of a type that configValue knows
	check   func(any) error   // refuses a value (given as the pointer); nil takes all
}

func (k *configKey) value(c *Config) configValue { return configValue{k.field(c)} }

func (k *configKey) section() string { return k.name[:strings.IndexByte(k.name, '.')] }

func (k *configKey) short() string { return k.name[strings.IndexByte(k.name, '.')+1:] }

// flag is the name of the key's flag: rpc.http_addr is --rpc.http-addr.
func (k *configKey) flag() string { return strings.ReplaceAll(k.name, "_", "-") }

// environment is the name of the key's variable: CYBERMILES_RPC_HTTP_ADDR.
func (k *configKey) environment() string {
	return "CYBERMILES_" + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

type configSection struct{ name, comment string }

// configSections are the sections of the file in order, with what they are about.
var configSections = []configSection{
	{"node", "How the node appears to you and its peers."},
	{"rpc", "JSON-RPC for wallets and applications. No method of it holds keys or administers the node."},
	{"p2p", "Finding and talking to peers."},
	{"consensus", "Making blocks."},
	{"mempool", "Transactions that wait for a block."},
	{"chain", "Blocks and state on disk."},
	{"snapshot", "Offering the state to nodes that join."},
	{"statesync", "Joining with a snapshot of peers instead of executing the chain from genesis."},
	{"metrics", "Watching the node."},
}

// configKeys are all settings, in the order of the file.
var configKeys = []configKey{
	{"node.moniker", "", "Name of the node among its peers; empty is the machine's name.", func(c *Config) any { return &c.Node.Moniker }, nil},
	{"node.log_level", "log-level", "Least severe messages that are logged: debug, info, warn or error.", func(c *Config) any { return &c.Node.LogLevel }, oneOf("debug", "info", "warn", "error")},
	{"node.log_format", "log-format", "Form of the log: text for people, json for machines.", func(c *Config) any { return &c.Node.LogFormat }, oneOf("text", "json")},

	{"rpc.http_addr", "", "Where HTTP and WebSocket listen, host:port; empty serves neither.", func(c *Config) any { return &c.RPC.HTTPAddr }, hostPort},
	{"rpc.websocket", "", "Serve WebSocket on the same port.", func(c *Config) any { return &c.RPC.WebSocket }, nil},
	{"rpc.ipc", "", "Path of a Unix socket with every namespace, relative to the home; empty serves none.", func(c *Config) any { return &c.RPC.IPCPath }, nil},
	{"rpc.namespaces", "", "Namespaces served over HTTP and WebSocket.", func(c *Config) any { return &c.RPC.Namespaces }, nil},
	{"rpc.cors", "", "Web pages that may call from a browser, as origins such as https://shop.example; * is any.", func(c *Config) any { return &c.RPC.CORS }, nil},
	{"rpc.vhosts", "", "Host names that requests may be addressed to (against DNS rebinding); * is any.", func(c *Config) any { return &c.RPC.VHosts }, nil},
	{"rpc.body_limit_bytes", "", "Largest request.", func(c *Config) any { return &c.RPC.BodyLimit }, atLeast(1024)},
	{"rpc.batch_items", "", "Most calls in one batch.", func(c *Config) any { return &c.RPC.BatchItems }, atLeast(1)},
	{"rpc.batch_response_bytes", "", "Largest answer to one batch.", func(c *Config) any { return &c.RPC.BatchResponseBytes }, atLeast(1024)},
	{"rpc.connections", "", "Most simultaneous connections.", func(c *Config) any { return &c.RPC.Connections }, atLeast(1)},
	{"rpc.call_gas", "", "Most gas of one eth_call, estimate or simulation.", func(c *Config) any { return &c.RPC.CallGas }, atLeast(21000)},
	{"rpc.call_timeout", "", "Longest execution of one call.", func(c *Config) any { return &c.RPC.CallTimeout }, positive},
	{"rpc.executions", "", "Most calls, estimates, simulations and searches that run at once.", func(c *Config) any { return &c.RPC.Executions }, atLeast(1)},
	{"rpc.trace_timeout", "", "Longest trace of a transaction, a block or a call.", func(c *Config) any { return &c.RPC.TraceTimeout }, positive},
	{"rpc.traces", "", "Most traces that run at once; they need the most memory.", func(c *Config) any { return &c.RPC.Traces }, atLeast(1)},
	{"rpc.result_bytes", "", "Largest trace, list of logs or simulation of one request.", func(c *Config) any { return &c.RPC.ResultBytes }, atLeast(1024)},
	{"rpc.js_tracers", "", "Let callers send tracers written in JavaScript.", func(c *Config) any { return &c.RPC.JSTracers }, nil},
	{"rpc.log_range_blocks", "", "Most blocks that one eth_getLogs may search.", func(c *Config) any { return &c.RPC.LogRange }, atLeast(1)},
	{"rpc.log_results", "", "Most logs that one eth_getLogs returns.", func(c *Config) any { return &c.RPC.LogResults }, atLeast(1)},
	{"rpc.filters", "", "Most installed filters.", func(c *Config) any { return &c.RPC.Filters }, atLeast(1)},
	{"rpc.filter_life", "", "A filter that nobody asks for this long is removed.", func(c *Config) any { return &c.RPC.FilterLife }, positive},
	{"rpc.fee_history_blocks", "", "Most blocks that one eth_feeHistory covers.", func(c *Config) any { return &c.RPC.FeeHistory }, atLeast(1)},
	{"rpc.sync_timeout", "", "How long eth_sendRawTransactionSync waits for a block when the caller does not say.", func(c *Config) any { return &c.RPC.SyncTimeout }, positive},
	{"rpc.sync_timeout_max", "", "Longest wait that a caller of eth_sendRawTransactionSync may ask for.", func(c *Config) any { return &c.RPC.SyncMax }, positive},
	{"rpc.min_tip_wei", "", "Tip per gas suggested when the chain is idle, in wei.", func(c *Config) any { return &c.RPC.MinTip }, atLeast(0)},

	{"p2p.listen", "", "Where peers connect to, tcp://host:port.", func(c *Config) any { return &c.P2P.Listen }, tcpURL},
	{"p2p.external_address", "", "host:port that peers are told to connect to; empty finds it out.", func(c *Config) any { return &c.P2P.ExternalAddress }, hostPort},
	{"p2p.seeds", "", "Nodes asked for addresses of peers, as id@host:port.", func(c *Config) any { return &c.P2P.Seeds }, peers},
	{"p2p.persistent_peers", "", "Nodes always kept connected, as id@host:port.", func(c *Config) any { return &c.P2P.PersistentPeers }, peers},
	{"p2p.private_peers", "", "Ids of nodes never told to others, such as the validator behind a sentry.", func(c *Config) any { return &c.P2P.PrivatePeers }, peerIDs},
	{"p2p.max_inbound", "", "Most peers that connected to this node.", func(c *Config) any { return &c.P2P.MaxInbound }, atLeast(0)},
	{"p2p.max_outbound", "", "Most peers that this node connects to, persistent ones aside.", func(c *Config) any { return &c.P2P.MaxOutbound }, atLeast(0)},
	{"p2p.exchange", "", "Exchange addresses of peers with peers.", func(c *Config) any { return &c.P2P.Exchange }, nil},
	{"p2p.routable_only", "", "Keep only addresses that the public internet reaches; false for a network at home, in containers or on one machine.", func(c *Config) any { return &c.P2P.RoutableOnly }, nil},
	{"p2p.same_address", "", "Allow several peers of one IP address.", func(c *Config) any { return &c.P2P.SameAddress }, nil},
	{"p2p.send_rate", "", "Bytes a second sent to one peer.", func(c *Config) any { return &c.P2P.SendRate }, atLeast(1024)},
	{"p2p.receive_rate", "", "Bytes a second taken from one peer.", func(c *Config) any { return &c.P2P.ReceiveRate }, atLeast(1024)},

	{"consensus.block_interval", "", "Time between two blocks that have transactions.", func(c *Config) any { return &c.Consensus.BlockInterval }, positive},
	{"consensus.idle_interval", "", "How long an idle chain waits before it makes an empty block.", func(c *Config) any { return &c.Consensus.IdleInterval }, positive},
	{"consensus.double_sign_check", "", "Blocks searched for votes of this validator's key before it starts to vote; 0 searches none.", func(c *Config) any { return &c.Consensus.DoubleSignCheck }, atLeast(0)},
	{"consensus.comet_rpc_addr", "", "Where CometBFT's own RPC listens (light clients and state sync use it), tcp://host:port; empty serves none.", func(c *Config) any { return &c.Consensus.CometRPC }, tcpURL},
	{"consensus.signer_addr", "", "Where a remote signer that holds the validator's key connects to, tcp://host:port; empty signs with keys/validator.json.", func(c *Config) any { return &c.Consensus.Signer }, tcpURL},

	{"mempool.slots", "", "Most transactions in all.", func(c *Config) any { return &c.Mempool.Slots }, atLeast(1)},
	{"mempool.account_slots", "", "Most transactions of one account that could be in the next block.", func(c *Config) any { return &c.Mempool.AccountSlots }, atLeast(1)},
	{"mempool.account_queue", "", "Most transactions of one account that wait for an earlier nonce.", func(c *Config) any { return &c.Mempool.AccountQueue }, atLeast(1)},
	{"mempool.price_bump_percent", "", "How much more a replacement must pay.", func(c *Config) any { return &c.Mempool.PriceBump }, atLeast(1)},
	{"mempool.lifetime", "", "How long a transaction waits for an earlier nonce.", func(c *Config) any { return &c.Mempool.Lifetime }, positive},
	{"mempool.min_tip_wei", "", "Lowest tip per gas that is taken, in wei.", func(c *Config) any { return &c.Mempool.MinTip }, atLeast(0)},

	{"chain.state_history_blocks", "", "Newest blocks whose state can be asked for.", func(c *Config) any { return &c.Chain.StateHistory }, atLeast(1)},
	{"chain.archive", "archive", "Keep the state of every block.", func(c *Config) any { return &c.Chain.Archive }, nil},
	{"chain.keep_blocks", "", "Newest blocks kept with transactions and receipts; 0 keeps all.", func(c *Config) any { return &c.Chain.KeepBlocks }, nil},
	{"chain.cache_mb", "", "Memory for caches, in MiB.", func(c *Config) any { return &c.Chain.CacheMB }, atLeast(16)},
	{"chain.log_index", "", "Index logs, so that eth_getLogs is fast over long ranges.", func(c *Config) any { return &c.Chain.LogIndex }, nil},

	{"snapshot.interval_blocks", "", "Blocks between two snapshots; 0 makes none.", func(c *Config) any { return &c.Snapshot.Interval }, nil},
	{"snapshot.keep", "", "Newest snapshots kept.", func(c *Config) any { return &c.Snapshot.Keep }, atLeast(1)},

	{"statesync.enable", "", "Take a snapshot of peers when the node has no blocks yet.", func(c *Config) any { return &c.StateSync.Enable }, nil},
	{"statesync.rpc_servers", "", "CometBFT RPC of at least two nodes that the snapshot is checked with, as http://host:port.", func(c *Config) any { return &c.StateSync.Servers }, nil},
	{"statesync.trust_height", "", "A height that you trust, from a source that you trust.", func(c *Config) any { return &c.StateSync.TrustHeight }, atLeast(0)},
	{"statesync.trust_hash", "", "Hash of the CometBFT header at that height: 64 hex digits.", func(c *Config) any { return &c.StateSync.TrustHash }, hashText},
	{"statesync.trust_period", "", "How old the trusted header may be; shorter than the unbonding time.", func(c *Config) any { return &c.StateSync.TrustPeriod }, positive},

	{"metrics.addr", "", "Where Prometheus metrics are served, host:port; empty serves none.", func(c *Config) any { return &c.Metrics.Addr }, hostPort},
	{"metrics.pprof_addr", "", "Where Go's profiler is served, host:port; empty serves none. Never make it public.", func(c *Config) any { return &c.Metrics.Pprof }, hostPort},
}

func oneOf(allowed ...string) func(any) error {
	return func(p any) error {
		for _, value := range allowed {
			if *p.(*string) == value {
				return nil
			}
		}
		return errors.New("expected " + strings.Join(allowed, ", "))
	}
}

func atLeast(least int64) func(any) error {
	return func(p any) error {
		text := configValue{p}.String()
		if !strings.HasPrefix(text, "-") {
			number, err := strconv.ParseUint(text, 10, 64)
			if err != nil || number >= uint64(least) { // beyond 64 bits is large enough
				return nil
			}
		}
		return errors.New("expected a number of at least " + strconv.FormatInt(least, 10))
	}
}

func positive(p any) error {
	if *p.(*time.Duration) <= 0 {
		return errors.New("expected a duration above zero, such as 500ms, 10s or 3h")
	}
	return nil
}

func hostPort(p any) error {
	text := *p.(*string)
	if text == "" || isHostPort(text) {
		return nil
	}
	return errors.New("expected host:port such as 127.0.0.1:8545")
}

func isHostPort(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func tcpURL(p any) error {
	text := *p.(*string)
	address, found := strings.CutPrefix(text, "tcp://")
	if text == "" || found && isHostPort(address) {
		return nil
	}
	return errors.New("expected tcp://host:port such as tcp://127.0.0.1:26657")
}

func peers(p any) error {
	for _, peer := range *p.(*[]string) {
		id, address, _ := strings.Cut(peer, "@")
		if !isHex(id, 20) || !isHostPort(address) {
			return errors.New("expected id@host:port with an id of 40 hex digits, not " + strconv.Quote(peer))
		}
	}
	return nil
}

func peerIDs(p any) error {
	for _, id := range *p.(*[]string) {
		if !isHex(id, 20) {
			return errors.New("expected ids of 40 hex digits, not " + strconv.Quote(id))
		}
	}
	return nil
}

func hashText(p any) error {
	if text := *p.(*string); text == "" || isHex(text, 32) {
		return nil
	}
	return errors.New("expected 64 hex digits")
}

func isHex(text string, bytes int) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == bytes
}
