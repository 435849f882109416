package bench

import (
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	valid := func() Config {
		c := DefaultConfig()
		c.URL = "http://127.0.0.1:8545"
		return c
	}
	good := valid()
	if err := good.Validate(); err != nil {
		t.Errorf("the default configuration: %v", err)
	}
	for name, test := range map[string]struct {
		spoil func(*Config)
		want  string
	}{
		"no URL":            {func(c *Config) { c.URL = "" }, "url"},
		"WebSocket URL":     {func(c *Config) { c.URL = "ws://127.0.0.1:8546" }, "http://host:port"},
		"compare URL":       {func(c *Config) { c.CompareURL = "localhost:8545" }, "compare-url"},
		"workload":          {func(c *Config) { c.Workload = "nft" }, "transfer, erc20, mixed, rules or process"},
		"too few accounts":  {func(c *Config) { c.Accounts = c.Connections*c.Batch - 1 }, "need at least"},
		"one account":       {func(c *Config) { c.Accounts, c.Connections, c.Batch = 1, 1, 1 }, "need at least 2"},
		"too many accounts": {func(c *Config) { c.Accounts = 1<<24 + 1 }, "accounts"},
		"connections":       {func(c *Config) { c.Connections = 0 }, "connections"},
		"batch":             {func(c *Config) { c.Batch = 0 }, "batch"},
		"rate":              {func(c *Config) { c.Rate = -1 }, "rate"},
		"inflight":          {func(c *Config) { c.InFlight = 1 }, "inflight"},
		"duration":          {func(c *Config) { c.Duration = time.Millisecond }, "duration"},
		"poll":              {func(c *Config) { c.Poll = 0 }, "poll"},
		"rounds":            {func(c *Config) { c.Rounds = 0 }, "rounds"},
		"too long":          {func(c *Config) { c.Duration = 24 * time.Hour }, "too many to sign"},
	} {
		t.Run(name, func(t *testing.T) {
			c := valid()
			test.spoil(&c)
			if err := c.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about %q", err, test.want)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	c := Config{Warmup: 5 * time.Second, Duration: 60 * time.Second}
	if got := c.budget(); got != 65*unlimitedRate {
		t.Errorf("without a rate %d, want %d", got, 65*unlimitedRate)
	}
	c.Rate = 1000
	if got := c.budget(); got != 65000 {
		t.Errorf("at 1,000/s %d, want 65,000", got)
	}
	c.Transactions = 7
	if got := c.budget(); got != 7 {
		t.Errorf("when told to sign 7: %d", got)
	}
}
