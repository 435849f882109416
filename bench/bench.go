// Package bench loads an Ethereum node with signed transactions through its JSON-RPC endpoint and reports how
// many were included and how long that took. It uses standard eth_ methods only, so that any node can be
// measured, and two nodes in turn under the same load.
//
// It counts inclusion, never acceptance: a transaction that a node takes and does not put into a block is a
// missing one. It does not judge finality: the time it reports ends when the transaction's block is first
// seen, which is finality on a chain whose blocks are final and only inclusion on others.
package bench

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run measures the endpoints of the configuration and returns the report.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.logf("deriving %d accounts", cfg.Accounts)
	accounts := DeriveAccounts(cfg.Seed, cfg.Accounts)
	report := newReport(&cfg)
	for round := 1; round <= cfg.Rounds; round++ {
		for _, url := range []string{cfg.URL, cfg.CompareURL} {
			if url == "" {
				continue
			}
			cfg.logf("round %d of %d: %s", round, cfg.Rounds, redact(url))
			result, err := measure(ctx, &cfg, accounts, url)
			if err != nil {
				return nil, fmt.Errorf("measure %s: %w", redact(url), err)
			}
			result.Round = round
			report.Results = append(report.Results, result)
		}
	}
	report.compare()
	return report, nil
}

// measure runs the load once against one endpoint.
func measure(ctx context.Context, cfg *Config, accounts *Accounts, url string) (*Result, error) {
	e, err := dial(ctx, cfg, url)
	if err != nil {
		return nil, err
	}
	defer e.rpc.Close()
	n := cfg.budget()
	if err := e.prepare(ctx, accounts, (n+accounts.Len()-1)/accounts.Len()+1); err != nil {
		return nil, err
	}
	nonces, err := e.nonces(ctx, accounts)
	if err != nil {
		return nil, err
	}
	cfg.logf("signing %d transactions", n)
	lanes, book, err := signAll(cfg, accounts, nonces, &e.terms, n)
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // what signing left behind, so that collecting it does not disturb the window

	cfg.logf("sending for %s after %s of warm-up", cfg.Duration, cfg.Warmup)
	l, err := e.load(ctx, url, lanes, book)
	if err != nil {
		return nil, err
	}
	result, err := l.result(cfg)
	if err != nil {
		return nil, err
	}
	if result.Checked, result.Reverted, err = e.failures(ctx, book); err != nil {
		return nil, fmt.Errorf("check receipts: %w", err)
	}
	result.URL, result.Node, result.ChainID = redact(url), e.version, e.terms.chainID.String()
	cfg.logf("%.0f transactions/s included", result.PerSecond)
	return result, nil
}

// load is one finished run, before it is evaluated.
type load struct {
	book    *ledger
	traffic *traffic
	watcher *watcher
	usage   Usage // until sending ended
	ended   time.Duration
}

// load sends for the configured time, follows the chain meanwhile, and then waits for what is pending.
func (e *endpoint) load(ctx context.Context, url string, lanes []*lane, book *ledger) (*load, error) {
	group, ctx := errgroup.WithContext(ctx)
	l := &load{book: book, traffic: newTraffic()}
	var err error
	if l.watcher, err = newWatcher(ctx, e.cfg, url, book, l.traffic); err != nil {
		return nil, err
	}
	senders := make([]*sender, len(lanes))
	for c := range lanes {
		senders[c] = &sender{cfg: e.cfg, lane: lanes[c], number: c, book: book, traffic: l.traffic}
		if senders[c].wire, err = newWire(ctx, url); err != nil {
			return nil, err
		}
	}
	before := currentUsage()
	l.traffic.start = time.Now()
	sending, stop := context.WithTimeout(ctx, e.cfg.Warmup+e.cfg.Duration)
	defer stop()
	sent := make(chan struct{})
	var busy sync.WaitGroup
	for _, s := range senders {
		busy.Add(1)
		group.Go(func() error {
			defer busy.Done()
			return s.run(sending)
		})
	}
	group.Go(func() error { return l.watcher.run(ctx, sent) })
	group.Go(func() error {
		busy.Wait()
		l.usage = currentUsage().since(before, time.Since(l.traffic.start))
		close(sent)
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	l.ended = time.Since(l.traffic.start)
	return l, nil
}
