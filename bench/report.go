package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is the outcome of Run.
type Report struct {
	Started  time.Time `json:"started"`
	System   string    `json:"system"` // operating system and architecture
	CPUs     int       `json:"cpus"`
	Settings Settings  `json:"settings"`
	Results  []*Result `json:"results"` // in the order they were measured
	// Comparison is set when there were two endpoints.
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Settings are the parts of the configuration that decide the result.
type Settings struct {
	Workload    Workload      `json:"workload"`
	Accounts    int           `json:"accounts"`
	Rate        int           `json:"rate"` // 0: as fast as possible
	Warmup      time.Duration `json:"warmupNs"`
	Duration    time.Duration `json:"durationNs"`
	InFlight    int           `json:"inFlight"`
	Connections int           `json:"connections"`
	Batch       int           `json:"batch"`
	Rounds      int           `json:"rounds"`
}

// Comparison relates the two endpoints; with several rounds by the means over the rounds.
type Comparison struct {
	PerSecond        float64 `json:"perSecond"`
	ComparePerSecond float64 `json:"comparePerSecond"`
	// Ratio is PerSecond / ComparePerSecond; 0 when the other endpoint included nothing.
	Ratio float64 `json:"ratio"`
}

func newReport(cfg *Config) *Report {
	return &Report{
		Started: time.Now().UTC().Truncate(time.Second),
		System:  runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:    runtime.NumCPU(),
		Settings: Settings{
			Workload: cfg.Workload, Accounts: cfg.Accounts, Rate: cfg.Rate, Warmup: cfg.Warmup, Duration: cfg.Duration,
			InFlight: cfg.InFlight, Connections: cfg.Connections, Batch: cfg.Batch, Rounds: cfg.Rounds,
		},
	}
}

// compare sets Comparison from results that alternate between two endpoints.
func (r *Report) compare() {
	if len(r.Results) != 2*r.Settings.Rounds {
		return
	}
	c := &Comparison{}
	for i, result := range r.Results {
		share := result.PerSecond / float64(r.Settings.Rounds)
		if i%2 == 0 {
			c.PerSecond += share
		} else {
			c.ComparePerSecond += share
		}
	}
	if c.ComparePerSecond > 0 {
		c.Ratio = c.PerSecond / c.ComparePerSecond
	}
	r.Comparison = c
}

// WriteJSON writes the report with every second and block; times are in nanoseconds.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(r)
}

// WriteText writes the report as a table for people.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", r.Title())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range r.rows() {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for _, note := range r.notes() {
		if _, err := fmt.Fprintf(w, "\n%s\n", note); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// Title is the load in one line.
func (r *Report) Title() string {
	s := r.Settings
	rate := "as fast as possible"
	if s.Rate > 0 {
		rate = fmt.Sprintf("%d/s", s.Rate)
	}
	return fmt.Sprintf("%s, %s, %d accounts, %s after %s of warm-up, %d connections, batch %d, at most %d in flight, %d cores",
		s.Workload, rate, s.Accounts, s.Duration, s.Warmup, s.Connections, s.Batch, s.InFlight, r.CPUs)
}

// rows is the table: names in the first column, then one column a result.
func (r *Report) rows() [][]string {
	type line struct {
		name  string
		value func(*Result) string
	}
	lines := []line{
		{"endpoint", func(x *Result) string { return x.URL }},
		{"node", func(x *Result) string { return shorten(x.Node, 40) }},
		{"round", func(x *Result) string { return fmt.Sprint(x.Round) }},
		{"included per second", func(x *Result) string { return fmt.Sprintf("%.0f", x.PerSecond) }},
		{"time to finality p50", func(x *Result) string { return milliseconds(x.Latency.P50) }},
		{"  p90", func(x *Result) string { return milliseconds(x.Latency.P90) }},
		{"  p99", func(x *Result) string { return milliseconds(x.Latency.P99) }},
		{"  max", func(x *Result) string { return milliseconds(x.Latency.Max) }},
		{"included in all", func(x *Result) string { return fmt.Sprint(x.Included) }},
		{"accepted, not included", func(x *Result) string { return fmt.Sprint(x.Missing) }},
		{"refused, sent again", func(x *Result) string { return fmt.Sprint(x.refused()) }},
		{"reverted", func(x *Result) string { return fmt.Sprintf("%d of %d checked", x.Reverted, x.Checked) }},
		{"blocks", func(x *Result) string { return x.blocks() }},
		{"generator", func(x *Result) string {
			return fmt.Sprintf("%.2f cores, %d MiB", x.Generator.Cores, x.Generator.PeakBytes>>20)
		}},
	}
	if r.Settings.Workload == Process { // a transaction begins an instance, the next one completes it
		lines = slices.Insert(lines, 4, line{"instances per second", func(x *Result) string { return fmt.Sprintf("%.0f", x.PerSecond/2) }})
	}
	rows := make([][]string, len(lines))
	for i, line := range lines {
		rows[i] = []string{line.name}
		for _, result := range r.Results {
			rows[i] = append(rows[i], line.value(result))
		}
	}
	return rows
}

// notes are what the table does not say: the ratio, and whatever makes a result doubtful.
func (r *Report) notes() []string {
	var notes []string
	if c := r.Comparison; c != nil {
		notes = append(notes, fmt.Sprintf("ratio: %.2f (%.0f/s to %.0f/s)", c.Ratio, c.PerSecond, c.ComparePerSecond))
	}
	for _, x := range r.Results {
		if x.RanOut {
			notes = append(notes, fmt.Sprintf("%s: the signed transactions ran out before the end, so the window is shorter; raise --transactions", x.URL))
		}
		if x.Reorgs > 0 {
			notes = append(notes, fmt.Sprintf("%s: the chain reorganised %d times; what was dropped is still counted as included", x.URL, x.Reorgs))
		}
		for _, text := range sortedKeys(x.Refusals) {
			notes = append(notes, fmt.Sprintf("%s: refused %d times: %s", x.URL, x.Refusals[text], text))
		}
	}
	return notes
}

func (x *Result) refused() int {
	sum := 0
	for _, n := range x.Refusals {
		sum += n
	}
	return sum
}

// blocks describes the chain's rhythm: how many blocks, how often, how full.
func (x *Result) blocks() string {
	if len(x.Blocks) < 2 {
		return fmt.Sprint(len(x.Blocks))
	}
	fullest := 0
	for _, b := range x.Blocks {
		fullest = max(fullest, b.Transactions)
	}
	interval := (x.Blocks[len(x.Blocks)-1].Seen - x.Blocks[0].Seen) / time.Duration(len(x.Blocks)-1)
	return fmt.Sprintf("%d, one in %s, fullest %d", len(x.Blocks), interval.Round(time.Millisecond), fullest)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d)/1e6) }

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-1] + "…"
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// redact removes a password from a URL.
func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Redacted()
}
