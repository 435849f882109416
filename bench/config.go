package bench

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// DevelopmentKey is the first key of the mnemonic "test test test test test test test test test test test junk",
// which development nodes fund at genesis.
const DevelopmentKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

// Workload names the kind of transactions that a run sends.
type Workload string

// The workloads.
const (
	// Transfer moves 1 wei between accounts.
	Transfer Workload = "transfer"
	// ERC20 moves one unit of a token between accounts.
	ERC20 Workload = "erc20"
	// Mixed sends as many native as token transfers, taking turns.
	Mixed Workload = "mixed"
	// Rules places orders with a contract that asks a decision model of 10 rules and 3 inputs for the fee. Only
	// chains that have the rules contract can do that.
	Rules Workload = "rules"
	// Process starts an instance of a process of one task and completes it, taking turns: two transactions an
	// instance. Only CyberMiles has processes.
	Process Workload = "process"
)

// Config says what to send where. DefaultConfig gives a usable one; only URL has no default.
type Config struct {
	// URL is the JSON-RPC endpoint to measure (http or https).
	URL string
	// CompareURL is measured after URL in each round, when set.
	CompareURL string
	// Workload is the kind of transactions.
	Workload Workload
	// Accounts is the number of accounts that send and receive, each equally often.
	Accounts int
	// Rate is the number of transactions a second to send; 0 means as fast as InFlight allows.
	Rate int
	// Warmup is how long the load runs before the measured window.
	Warmup time.Duration
	// Duration is the length of the measured window.
	Duration time.Duration
	// Drain is how long to wait without progress, after the window, for what is still pending.
	Drain time.Duration
	// Transactions is how many to sign beforehand for each endpoint; 0 means what Rate needs, and for Rate 0
	// 24,000 a second. When they run out the window ends there.
	Transactions int
	// InFlight is the most transactions that are accepted and not yet included; sending waits above it.
	InFlight int
	// Connections is the number of HTTP connections; each serves its own share of the accounts.
	Connections int
	// Batch is the number of transactions in one JSON-RPC request.
	Batch int
	// Poll is the time between two questions for the newest block.
	Poll time.Duration
	// Rounds is how often the endpoints are measured, in turn.
	Rounds int
	// Seed determines the accounts' keys.
	Seed string
	// FunderKey is the private key, in hex, that pays for the accounts and deploys the token.
	FunderKey string
	// Prefunded says that genesis holds the accounts: balances and nonces are checked on a sample only.
	Prefunded bool
	// MaxFeeGwei is the fee cap of a transaction; 0 means 50 times the base fee at the start, at least 2.
	MaxFeeGwei int
	// Logf reports progress, when set.
	Logf func(format string, args ...any)
}

// DefaultConfig is a minute of native transfers between 2,000 accounts as fast as the node takes them.
func DefaultConfig() Config {
	return Config{
		Workload:    Transfer,
		Accounts:    2000,
		Warmup:      5 * time.Second,
		Duration:    60 * time.Second,
		Drain:       30 * time.Second,
		InFlight:    20000,
		Connections: 32,
		Batch:       10,
		Poll:        50 * time.Millisecond,
		Rounds:      1,
		Seed:        "bench",
		FunderKey:   DevelopmentKey,
	}
}

// unlimitedRate is the number of transactions signed for each second of a run whose rate is not limited.
const unlimitedRate = 24000

// Validate reports every setting that cannot work, with what to do about it.
func (c *Config) Validate() error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	errs = append(errs, checkURL("url", c.URL))
	if c.CompareURL != "" {
		errs = append(errs, checkURL("compare-url", c.CompareURL))
	}
	refuse(c.Workload != Transfer && c.Workload != ERC20 && c.Workload != Mixed && c.Workload != Rules && c.Workload != Process,
		"workload %q is unknown: use %s, %s, %s, %s or %s", c.Workload, Transfer, ERC20, Mixed, Rules, Process)
	refuse(c.Connections < 1 || c.Connections > 1024, "connections must be 1 to 1024, not %d", c.Connections)
	refuse(c.Batch < 1 || c.Batch > 1000, "batch must be 1 to 1000, not %d", c.Batch)
	refuse(c.Accounts > 1<<24, "accounts must be at most %d, not %d", 1<<24, c.Accounts)
	refuse(c.Accounts < max(2, c.Connections*c.Batch),
		"%d accounts are too few: one request holds an account at most once, so %d connections × batch %d need at least %d",
		c.Accounts, c.Connections, c.Batch, max(2, c.Connections*c.Batch))
	refuse(c.Rate < 0, "rate must not be negative")
	refuse(c.Transactions < 0, "transactions must not be negative")
	refuse(c.InFlight < c.Batch, "inflight must be at least the batch size, %d", c.Batch)
	refuse(c.Duration < time.Second, "duration must be at least 1s, not %s", c.Duration)
	refuse(c.Warmup < 0 || c.Drain < 0, "warmup and drain must not be negative")
	refuse(c.Poll < time.Millisecond, "poll must be at least 1ms, not %s", c.Poll)
	refuse(c.Rounds < 1, "rounds must be at least 1, not %d", c.Rounds)
	refuse(c.MaxFeeGwei < 0, "max fee must not be negative")
	refuse(c.budget() > 1<<24, "%d transactions are too many to sign beforehand (at most %d): shorten the duration or lower the rate",
		c.budget(), 1<<24)
	return errors.Join(errs...)
}

func checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%s %q is not an HTTP endpoint: use http://host:port", name, raw)
	}
	return nil
}

// budget is the number of transactions to sign for one endpoint.
func (c *Config) budget() int {
	if c.Transactions > 0 {
		return c.Transactions
	}
	rate := c.Rate
	if rate == 0 {
		rate = unlimitedRate
	}
	return int(float64(rate) * (c.Warmup + c.Duration).Seconds())
}

func (c *Config) logf(format string, args ...any) {
	if c.Logf != nil {
		c.Logf(format, args...)
	}
}
