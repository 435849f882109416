package bench

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
)

// startNode runs go-ethereum's simulated chain with a block every 100 ms behind a real HTTP endpoint.
func startNode(t *testing.T, alloc types.GenesisAlloc) (url string, backend *simulated.Backend) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	backend = simulated.NewBackend(alloc, func(n *node.Config, e *ethconfig.Config) {
		n.HTTPHost, n.HTTPPort, n.HTTPModules = "127.0.0.1", port, []string{"eth", "web3"}
	})
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				backend.Commit()
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		<-stopped
		backend.Close()
	})
	return fmt.Sprintf("http://127.0.0.1:%d", port), backend
}

func funderAlloc(t *testing.T, coins int64) types.GenesisAlloc {
	t.Helper()
	key, err := crypto.HexToECDSA(DevelopmentKey)
	if err != nil {
		t.Fatal(err)
	}
	balance := new(big.Int).Mul(big.NewInt(coins), big.NewInt(1e18))
	return types.GenesisAlloc{crypto.PubkeyToAddress(key.PublicKey): {Balance: balance}}
}

func testConfig(t *testing.T, url string) Config {
	cfg := DefaultConfig()
	cfg.URL = url
	cfg.Accounts, cfg.Connections, cfg.Batch = 40, 4, 3
	// The transactions run out long before the time does, so that a slow machine sends all of them, too.
	cfg.Rate, cfg.Transactions, cfg.Warmup, cfg.Duration = 200, 240, 200*time.Millisecond, 30*time.Second
	cfg.Poll = 10 * time.Millisecond
	cfg.Logf = t.Logf
	return cfg
}

// TestRun loads a real EVM node with each workload and compares the report with the chain.
func TestRun(t *testing.T) {
	for _, workload := range []Workload{Transfer, ERC20, Mixed} {
		t.Run(string(workload), func(t *testing.T) {
			t.Parallel()
			url, backend := startNode(t, funderAlloc(t, 1_000_000))
			cfg := testConfig(t, url)
			cfg.Workload = workload
			report, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkRun(t, &cfg, report.Results[0], backend)
			checkRendering(t, report)
		})
	}
}

func checkRun(t *testing.T, cfg *Config, r *Result, backend *simulated.Backend) {
	t.Helper()
	if want := cfg.Transactions; r.Accepted != want || r.Included != want || r.Missing != 0 {
		t.Errorf("accepted %d, included %d, missing %d; want %d, %d, 0", r.Accepted, r.Included, r.Missing, want, want)
	}
	if r.Reverted != 0 || r.Checked != r.Included {
		t.Errorf("%d of %d receipts reverted, want 0 of %d", r.Reverted, r.Checked, r.Included)
	}
	if !r.RanOut {
		t.Error("the report does not say that the transactions ran out")
	}
	if r.PerSecond <= 0 || r.PerSecond > 400 {
		t.Errorf("%.0f/s included at 200/s sent", r.PerSecond)
	}
	l := r.Latency
	if l.P50 <= 0 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.Max {
		t.Errorf("percentiles out of order: %+v", l)
	}
	onChain := 0
	for _, b := range r.Blocks {
		block, err := backend.Client().BlockByNumber(t.Context(), new(big.Int).SetUint64(b.Number))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(block.Transactions()); got != b.Transactions || got != b.Ours {
			t.Errorf("block %d holds %d transactions, reported %d of which ours %d", b.Number, got, b.Transactions, b.Ours)
		}
		onChain += len(block.Transactions())
	}
	if onChain != r.Included {
		t.Errorf("the chain holds %d transactions, the report says %d", onChain, r.Included)
	}
	// Every account sent its share and no more.
	accounts := DeriveAccounts(cfg.Seed, cfg.Accounts)
	for i := range accounts.Len() {
		nonce, err := backend.Client().NonceAt(t.Context(), accounts.Address(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		if share := uint64(cfg.Transactions / cfg.Accounts); nonce != share {
			t.Errorf("account %d sent %d, want %d", i, nonce, share)
		}
	}
}

func checkRendering(t *testing.T, report *Report) {
	t.Helper()
	var text, page bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	perSecond := fmt.Sprintf("%.0f", report.Results[0].PerSecond)
	if !strings.Contains(text.String(), perSecond) || !strings.Contains(page.String(), perSecond) {
		t.Errorf("the result %s is not in the report:\n%s", perSecond, text.String())
	}
	start, end := strings.Index(page.String(), "<svg"), strings.LastIndex(page.String(), "</svg>")
	if start < 0 || end < 0 {
		t.Fatal("the page holds no plot")
	}
	decoder := xml.NewDecoder(strings.NewReader("<all>" + page.String()[start:end+6] + "</all>"))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the plots are not well-formed: %v", err)
		}
	}
}

// TestRunComparesTwoEndpoints checks the order of the results and the ratio, on accounts from the genesis.
func TestRunComparesTwoEndpoints(t *testing.T) {
	t.Parallel()
	alloc := funderAlloc(t, 1)
	cfg := testConfig(t, "")
	accounts := DeriveAccounts(cfg.Seed, cfg.Accounts)
	for i := range accounts.Len() {
		alloc[accounts.Address(i)] = types.Account{Balance: big.NewInt(1e18)}
	}
	cfg.URL, _ = startNode(t, alloc)
	cfg.CompareURL, _ = startNode(t, alloc)
	cfg.Prefunded = true
	cfg.Rounds = 2
	report, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range report.Results {
		order = append(order, fmt.Sprintf("%d %s", r.Round, r.URL))
	}
	want := []string{"1 " + cfg.URL, "1 " + cfg.CompareURL, "2 " + cfg.URL, "2 " + cfg.CompareURL}
	if fmt.Sprint(order) != fmt.Sprint(want) {
		t.Errorf("measured in the order %v, want %v", order, want)
	}
	first := (report.Results[0].PerSecond + report.Results[2].PerSecond) / 2
	second := (report.Results[1].PerSecond + report.Results[3].PerSecond) / 2
	if c := report.Comparison; c == nil || c.Ratio < first/second*0.999 || c.Ratio > first/second*1.001 {
		t.Errorf("comparison %+v, want the ratio %f", c, first/second)
	}
}

// TestRunFundingErrors checks that a run that cannot be paid says so before it sends anything.
func TestRunFundingErrors(t *testing.T) {
	t.Parallel()
	url, _ := startNode(t, funderAlloc(t, 0))
	cfg := testConfig(t, url)
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "--funder-key") {
		t.Errorf("a funder without coins: %v", err)
	}
	cfg.Prefunded = true
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "bench alloc") {
		t.Errorf("accounts that are not in the genesis: %v", err)
	}
	cfg.FunderKey = "no key"
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "funder key") {
		t.Errorf("a malformed key: %v", err)
	}
}

// TestRunEndsWithItsContext checks that an interrupted run returns promptly.
func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	url, _ := startNode(t, funderAlloc(t, 1_000_000))
	cfg := testConfig(t, url)
	cfg.Transactions = 0
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	began := time.Now()
	if _, err := Run(ctx, cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an interrupted run returned %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("an interrupted run took %s", took)
	}
}

// TestTokenKeepsItsSupply checks the embedded token against its ABI: after a run the accounts together hold
// what was minted.
func TestTokenKeepsItsSupply(t *testing.T) {
	t.Parallel()
	url, backend := startNode(t, funderAlloc(t, 1_000_000))
	cfg := testConfig(t, url)
	cfg.Workload = ERC20
	e, err := dial(t.Context(), &cfg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer e.rpc.Close()
	accounts := DeriveAccounts(cfg.Seed, cfg.Accounts)
	if err := e.prepare(t.Context(), accounts, 2); err != nil {
		t.Fatal(err)
	}
	ask := func(data []byte) *big.Int {
		answer, err := backend.Client().CallContract(t.Context(), ethereum.CallMsg{To: &e.terms.contract, Data: data}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(answer)
	}
	sum := new(big.Int)
	for i := range accounts.Len() {
		holder := accounts.Address(i)
		sum.Add(sum, ask(append(selector("balanceOf(address)"), common.LeftPadBytes(holder[:], 32)...)))
	}
	if supply := ask(selector("totalSupply()")); supply.Sign() == 0 || supply.Cmp(sum) != 0 {
		t.Errorf("the accounts hold %s of a supply of %s", sum, supply)
	}
}
