package rpc

import (
	"math/big"
	"time"
)

// Config holds the limits and addresses of the JSON-RPC server. The zero value
// of a limit means its default; see DefaultConfig.
type Config struct {
	HTTPAddr   string   // host:port of HTTP and WebSocket; empty serves neither
	WebSocket  bool     // serve WebSocket on the HTTP port
	IPCPath    string   // Unix socket with all namespaces; empty serves none
	Namespaces []string // namespaces on the HTTP port
	CORS       []string // origins allowed to call from a browser; "*" is any
	VHosts     []string // host names allowed in the Host header; "*" is any

	BodyLimit          int           // bytes of one request
	BatchItems         int           // requests in one batch
	BatchResponseBytes int           // bytes of results in one batch
	Connections        int           // simultaneous connections, WebSocket included
	ReadTimeout        time.Duration // to receive one request
	WriteTimeout       time.Duration // to answer one HTTP request; at least what the timeouts below need
	IdleTimeout        time.Duration // of a kept-alive HTTP connection

	CallGas      uint64        // gas of one eth_call, eth_estimateGas, eth_simulateV1 or debug_traceCall
	CallTimeout  time.Duration // of one execution or search
	Executions   int           // calls, estimates, simulations and searches that run at once
	Traces       int           // traces that run at once; they need the most memory
	TraceTimeout time.Duration // of one trace, or of all of a block together
	ResultBytes  int           // bytes of the traces, logs or simulated results of one request
	JSTracers    bool          // allow tracers written in JavaScript by the caller on the HTTP port

	LogRange   uint64 // blocks of one eth_getLogs
	LogResults int    // logs of one eth_getLogs
	Filters    int    // installed polling filters
	FilterLife time.Duration

	FeeHistory  uint64        // blocks of one eth_feeHistory
	MinTip      *big.Int      // tip suggested on an idle chain, in wei
	SyncTimeout time.Duration // default wait of eth_sendRawTransactionSync
	SyncMax     time.Duration // longest wait of eth_sendRawTransactionSync
}

// DefaultConfig returns the settings of a node that serves its own machine:
// HTTP and WebSocket on 127.0.0.1:8545 with every namespace.
func DefaultConfig() Config {
	return Config{
		HTTPAddr:           "127.0.0.1:8545",
		WebSocket:          true,
		Namespaces:         []string{"eth", "net", "web3", "txpool", "debug", "ots", "erigon", "cmt"},
		VHosts:             []string{"localhost"},
		BodyLimit:          5 << 20,
		BatchItems:         1000,
		BatchResponseBytes: 25 << 20,
		Connections:        2000,
		ReadTimeout:        30 * time.Second,
		WriteTimeout:       30 * time.Second,
		IdleTimeout:        120 * time.Second,
		CallGas:            500_000_000,
		CallTimeout:        5 * time.Second,
		Executions:         16,
		Traces:             2,
		TraceTimeout:       5 * time.Second,
		ResultBytes:        128 << 20,
		LogRange:           10_000,
		LogResults:         20_000,
		Filters:            10_000,
		FilterLife:         5 * time.Minute,
		FeeHistory:         1024,
		MinTip:             big.NewInt(1_000_000),
		SyncTimeout:        20 * time.Second,
		SyncMax:            time.Minute,
	}
}

// answerTime is how long an HTTP request may take: as configured, but never too
// short for what the other limits allow, the wait for a free slot included.
func (c *Config) answerTime() time.Duration {
	const transfer = 5 * time.Second // of the answer itself
	return max(c.WriteTimeout, 2*c.CallTimeout+transfer, 2*c.TraceTimeout+transfer, c.SyncMax+transfer)
}

// withDefaults replaces every unset limit by its default. Addresses and lists
// stay as they are: an empty address is a choice.
func (c Config) withDefaults() Config {
	d := DefaultConfig()
	orDefault(&c.BodyLimit, d.BodyLimit)
	orDefault(&c.BatchItems, d.BatchItems)
	orDefault(&c.BatchResponseBytes, d.BatchResponseBytes)
	orDefault(&c.Connections, d.Connections)
	orDefault(&c.ReadTimeout, d.ReadTimeout)
	orDefault(&c.WriteTimeout, d.WriteTimeout)
	orDefault(&c.IdleTimeout, d.IdleTimeout)
	orDefault(&c.CallGas, d.CallGas)
	orDefault(&c.CallTimeout, d.CallTimeout)
	orDefault(&c.Executions, d.Executions)
	orDefault(&c.Traces, d.Traces)
	orDefault(&c.TraceTimeout, d.TraceTimeout)
	orDefault(&c.ResultBytes, d.ResultBytes)
	orDefault(&c.LogRange, d.LogRange)
	orDefault(&c.LogResults, d.LogResults)
	orDefault(&c.Filters, d.Filters)
	orDefault(&c.FilterLife, d.FilterLife)
	orDefault(&c.FeeHistory, d.FeeHistory)
	orDefault(&c.MinTip, d.MinTip)
	orDefault(&c.SyncTimeout, d.SyncTimeout)
	orDefault(&c.SyncMax, d.SyncMax)
	return c
}

func orDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
