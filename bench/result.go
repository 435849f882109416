package bench

import (
	"errors"
	"math"
	"slices"
	"time"
)

// Result is one run against one endpoint.
type Result struct {
	URL     string `json:"url"`
	Node    string `json:"node"` // web3_clientVersion
	ChainID string `json:"chainId"`
	Round   int    `json:"round"`

	// PerSecond is the number of transactions included a second, from the first block seen after the warm-up
	// to the first block seen after sending ended.
	PerSecond float64       `json:"perSecond"`
	Window    time.Duration `json:"windowNs"` // the time PerSecond spans

	Accepted int            `json:"accepted"` // by the node's pool, warm-up included
	Included int            `json:"included"` // warm-up included
	Missing  int            `json:"missing"`  // accepted and in no block when the run ended
	Refusals map[string]int `json:"refusals"` // refused requests by the node's text; each was sent again
	RanOut   bool           `json:"ranOut"`   // the signed transactions were used up before the end
	Reorgs   int            `json:"reorgs"`   // times a block did not continue the one before
	Checked  int            `json:"checked"`  // included transactions whose receipts were read
	Reverted int            `json:"reverted"` // of those, how many failed

	// Latency is the time from sending to first seeing the transaction's block, for what was sent in the window.
	Latency Latency  `json:"latency"`
	Seconds []Second `json:"seconds"`
	Blocks  []Block  `json:"blocks"`

	Generator Usage `json:"generator"`
}

// Latency summarises times to inclusion.
type Latency struct {
	Count     int           `json:"count"`
	Mean      time.Duration `json:"meanNs"`
	P50       time.Duration `json:"p50Ns"`
	P90       time.Duration `json:"p90Ns"`
	P99       time.Duration `json:"p99Ns"`
	Max       time.Duration `json:"maxNs"`
	Histogram []Bucket      `json:"histogram"`
}

// Bucket counts the transactions that took at most UpTo and longer than the bucket before.
type Bucket struct {
	UpTo  time.Duration `json:"upToNs"`
	Count int           `json:"count"`
}

// Second is one second of a run, counted from the start of sending.
type Second struct {
	Sent     int `json:"sent"`
	Included int `json:"included"`
}

// Usage is what the load generator itself took from the machine.
type Usage struct {
	CPU       time.Duration `json:"cpuNs"`
	Cores     float64       `json:"cores"` // CPU time per wall time while sending
	PeakBytes int64         `json:"peakBytes"`
}

// since is the usage after an earlier one, over a wall time.
func (u Usage) since(earlier Usage, wall time.Duration) Usage {
	cpu := u.CPU - earlier.CPU
	return Usage{CPU: cpu, Cores: cpu.Seconds() / wall.Seconds(), PeakBytes: u.PeakBytes}
}

var errTooShort = errors.New("the signed transactions ran out during the warm-up: raise --transactions or lower --rate")

// result evaluates a finished run.
func (l *load) result(cfg *Config) (*Result, error) {
	from, to := cfg.Warmup, cfg.Warmup+cfg.Duration
	ranOut := l.traffic.ranOut != never && l.traffic.ranOut < to-lastRequests(cfg)
	if ranOut {
		to = l.traffic.ranOut
	}
	if to <= from {
		return nil, errTooShort
	}
	r := &Result{
		Accepted: int(l.traffic.accepted.Load()), Included: int(l.traffic.included.Load()),
		Refusals: l.traffic.refusals, RanOut: ranOut, Reorgs: l.watcher.reorgs,
		Blocks: l.watcher.blocks, Generator: l.usage,
	}
	r.Missing = max(0, r.Accepted-r.Included)
	r.PerSecond, r.Window = l.throughput(from, to)
	r.Seconds = l.seconds()

	var times []time.Duration
	for i, sent := range l.book.sent {
		if seen := l.book.seen[i]; sent >= from && sent < to && seen != never {
			times = append(times, seen-sent)
		}
	}
	r.Latency = summarise(times)
	return r, nil
}

// lastRequests is how long before the end a limited rate sends its last transactions.
func lastRequests(cfg *Config) time.Duration {
	slack := 100 * time.Millisecond
	if cfg.Rate > 0 {
		slack += time.Duration(float64(cfg.Batch*cfg.Connections) / float64(cfg.Rate) * float64(time.Second))
	}
	return slack
}

// throughput counts from block to block, so that it does not depend on where in a block interval the window
// begins. A chain that stalls is counted until the run's end, and one whose next block came only after the
// window from the window's begin.
func (l *load) throughput(from, to time.Duration) (perSecond float64, window time.Duration) {
	blocks := l.watcher.blocks
	begin, end := from, l.ended
	if i := slices.IndexFunc(blocks, func(b Block) bool { return b.Seen >= from }); i >= 0 && blocks[i].Seen < to {
		begin = blocks[i].Seen
	}
	if i := slices.IndexFunc(blocks, func(b Block) bool { return b.Seen >= to }); i >= 0 {
		end = blocks[i].Seen
	}
	count := 0
	for _, b := range blocks {
		if b.Seen > begin && b.Seen <= end {
			count += b.Ours
		}
	}
	return float64(count) / (end - begin).Seconds(), end - begin
}

// seconds is the course of the run.
func (l *load) seconds() []Second {
	out := make([]Second, int(l.ended/time.Second)+1)
	at := func(t time.Duration) *Second { return &out[min(int(t/time.Second), len(out)-1)] }
	for i, sent := range l.book.sent {
		if sent != never {
			at(sent).Sent++
		}
		if seen := l.book.seen[i]; seen != never {
			at(seen).Included++
		}
	}
	return out
}

// summarise sorts times and computes their percentiles (nearest rank) and histogram.
func summarise(times []time.Duration) Latency {
	if len(times) == 0 {
		return Latency{}
	}
	slices.Sort(times)
	rank := func(q float64) time.Duration {
		return times[max(0, int(math.Ceil(q*float64(len(times))))-1)]
	}
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	return Latency{
		Count: len(times), Mean: sum / time.Duration(len(times)),
		P50: rank(0.5), P90: rank(0.9), P99: rank(0.99), Max: times[len(times)-1],
		Histogram: histogram(times),
	}
}

// bucketsPerDecade sets the histogram's resolution: each bucket is about 15 % wider than the one before.
const bucketsPerDecade = 16

// histogram puts sorted times into logarithmic buckets from 1 ms on; times below are in the first one.
func histogram(times []time.Duration) []Bucket {
	var buckets []Bucket
	next := 0
	for k := 0; next < len(times); k++ {
		upTo := time.Duration(float64(time.Millisecond) * math.Pow(10, float64(k)/bucketsPerDecade))
		begin := next
		for next < len(times) && times[next] <= upTo {
			next++
		}
		buckets = append(buckets, Bucket{UpTo: upTo, Count: next - begin})
	}
	return buckets
}
