package bench

import (
	"errors"
	"testing"
	"time"
)

func TestSummarise(t *testing.T) {
	var times []time.Duration
	for i := 100; i >= 1; i-- { // unsorted
		times = append(times, time.Duration(i)*10*time.Millisecond)
	}
	l := summarise(times)
	for name, pair := range map[string][2]time.Duration{
		"mean": {l.Mean, 505 * time.Millisecond}, "p50": {l.P50, 500 * time.Millisecond}, "p90": {l.P90, 900 * time.Millisecond},
		"p99": {l.P99, 990 * time.Millisecond}, "max": {l.Max, time.Second},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s, want %s", name, pair[0], pair[1])
		}
	}
	sum, last := 0, time.Duration(0)
	for _, b := range l.Histogram {
		if b.UpTo <= last {
			t.Errorf("bucket %s follows %s", b.UpTo, last)
		}
		last = b.UpTo
		sum += b.Count
	}
	if sum != 100 || l.Count != 100 {
		t.Errorf("the histogram holds %d of %d", sum, l.Count)
	}
	if one := summarise([]time.Duration{7}); one.P50 != 7 || one.P99 != 7 || one.Max != 7 {
		t.Errorf("of one time: %+v", one)
	}
	if none := summarise(nil); none.Count != 0 || none.Max != 0 {
		t.Errorf("of no time: %+v", none)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func TestThroughput(t *testing.T) {
	blocks := func(ours int, at ...float64) (list []Block) {
		for _, s := range at {
			list = append(list, Block{Seen: seconds(s), Ours: ours})
		}
		return list
	}
	for name, test := range map[string]struct {
		blocks []Block
		want   float64
		window time.Duration
	}{
		// Window 2 s to 6 s, the run ends at 10 s; each block holds 100.
		"from block to block":            {blocks(100, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5), 100, seconds(4)},
		"a block at each end":            {blocks(100, 1, 2, 3, 4, 5, 6, 7), 100, seconds(4)},
		"several blocks seen at once":    {blocks(100, 2, 2, 4, 4, 6, 6), 100, seconds(4)},
		"stalls until the end":           {blocks(100, 1, 2, 3), 100.0 / 8, seconds(8)},
		"no block in the window":         {blocks(100, 1, 8), 100.0 / 6, seconds(6)},
		"no block at all":                {nil, 0, seconds(8)},
		"no block from the window on":    {blocks(100, 0.5, 1), 0, seconds(8)},
		"all blocks after sending ended": {blocks(100, 7, 8, 9), 100.0 / 5, seconds(5)},
	} {
		l := &load{watcher: &watcher{blocks: test.blocks}, ended: seconds(10)}
		got, window := l.throughput(seconds(2), seconds(6))
		if got < test.want-1e-9 || got > test.want+1e-9 || window != test.window {
			t.Errorf("%s: %.3f/s over %s, want %.3f/s over %s", name, got, window, test.want, test.window)
		}
	}
}

// TestResult evaluates a small run whose every number is known: three sent at 0.5 s, 1.5 s and 2.5 s, the first
// in the warm-up, the last in no block.
func TestResult(t *testing.T) {
	book := newLedger(4)
	book.sent = []time.Duration{seconds(0.5), seconds(1.5), seconds(2.5), never}
	book.seen = []time.Duration{seconds(1), seconds(2), never, never}
	shared := newTraffic()
	shared.accepted.Store(3)
	shared.included.Store(2)
	l := &load{
		book: book, traffic: shared, ended: seconds(4),
		watcher: &watcher{blocks: []Block{{Seen: seconds(1), Ours: 1}, {Seen: seconds(2), Ours: 1}}},
	}
	cfg := &Config{Warmup: seconds(1), Duration: seconds(2)}
	r, err := l.result(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r.Accepted != 3 || r.Included != 2 || r.Missing != 1 || r.RanOut {
		t.Errorf("accepted %d, included %d, missing %d, ran out %t", r.Accepted, r.Included, r.Missing, r.RanOut)
	}
	if r.Latency.Count != 1 || r.Latency.Max != seconds(0.5) {
		t.Errorf("latency of what was sent in the window: %+v", r.Latency)
	}
	want := []Second{{Sent: 1}, {Sent: 1, Included: 1}, {Sent: 1, Included: 1}, {}, {}}
	for i := range want {
		if i >= len(r.Seconds) || r.Seconds[i] != want[i] {
			t.Errorf("seconds %+v, want %+v", r.Seconds, want)
			break
		}
	}
	shared.ranOut = seconds(2)
	if r, err = l.result(cfg); err != nil || !r.RanOut || r.Window != seconds(1) {
		t.Errorf("when the transactions run out half-way: %+v, %v", r, err)
	}
	shared.ranOut = seconds(0.9)
	if _, err = l.result(cfg); !errors.Is(err, errTooShort) {
		t.Errorf("when they run out in the warm-up: %v", err)
	}
}

func TestLastRequestsFollowTheSchedule(t *testing.T) {
	cfg := &Config{Rate: 100, Batch: 5, Connections: 4}
	if got := lastRequests(cfg); got != 300*time.Millisecond {
		t.Errorf("20 transactions at 100/s and some slack: %s, want 300ms", got)
	}
}
