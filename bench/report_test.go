package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sampleReport() *Report {
	result := func(url string, perSecond float64) *Result {
		return &Result{
			URL: url, Node: "Node/v1 <script>", ChainID: "18", Round: 1, PerSecond: perSecond, Window: time.Minute,
			Accepted: 100, Included: 99, Missing: 1, Refusals: map[string]int{"txpool is full": 3},
			Checked: 99, Latency: summarise([]time.Duration{time.Millisecond, 300 * time.Millisecond}),
			Seconds: []Second{{Sent: 60}, {Sent: 40, Included: 99}},
			Blocks:  []Block{{Number: 1, Seen: time.Second, Transactions: 50, Ours: 49}, {Number: 2, Seen: 2 * time.Second, Transactions: 51, Ours: 50}},
		}
	}
	r := &Report{
		CPUs: 2, Settings: Settings{Workload: Transfer, Accounts: 10, Rounds: 1},
		Results: []*Result{result("http://a", 1200), result("http://b", 400)},
	}
	r.compare()
	return r
}

func TestReportText(t *testing.T) {
	var text bytes.Buffer
	if err := sampleReport().WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"http://a", "http://b", "included per second     1200", "accepted, not included  1", "ratio: 3.00 (1200/s to 400/s)",
		"refused 3 times: txpool is full", "2, one in 1s, fullest 51",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
}

func TestReportJSONRoundTrip(t *testing.T) {
	report := sampleReport()
	var text bytes.Buffer
	if err := report.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, report) {
		t.Errorf("read back\n%+v\nwant\n%+v", &back, report)
	}
}

// TestReportHTMLEscapes checks that what a node says about itself cannot become markup.
func TestReportHTMLEscapes(t *testing.T) {
	var page bytes.Buffer
	report := sampleReport()
	report.Results[0].URL = "http://x/<b>"
	if err := report.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script>") || strings.Contains(page.String(), "<b>") {
		t.Error("text from outside is in the page unescaped")
	}
	if got := strings.Count(page.String(), "<svg"); got != 3 {
		t.Errorf("%d plots, want 3", got)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestReportWriteErrors(t *testing.T) {
	r := sampleReport()
	for name, err := range map[string]error{
		"text": r.WriteText(brokenWriter{}), "JSON": r.WriteJSON(brokenWriter{}), "HTML": r.WriteHTML(brokenWriter{}),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s on a full disk: %v", name, err)
		}
	}
}

func TestCompareNeedsTwoEndpoints(t *testing.T) {
	r := sampleReport()
	r.Comparison, r.Results = nil, r.Results[:1]
	if r.compare(); r.Comparison != nil {
		t.Errorf("one endpoint is compared with itself: %+v", r.Comparison)
	}
	r = sampleReport()
	r.Results[1].PerSecond = 0
	if r.compare(); r.Comparison.Ratio != 0 {
		t.Errorf("the ratio to nothing is %f", r.Comparison.Ratio)
	}
}

func TestRedact(t *testing.T) {
	if got := redact("http://me:secret@host:1/"); strings.Contains(got, "secret") || !strings.Contains(got, "host:1") {
		t.Errorf("redacted to %s", got)
	}
}

func TestThroughputChartIsAMovingMean(t *testing.T) {
	x := &Result{}
	for range 6 {
		x.Seconds = append(x.Seconds, Second{Included: 100})
	}
	x.Seconds[5].Included = 600
	points := throughputChart([]*Result{x}).series[0].points
	if len(points) != 6 || points[0].y != 100 || points[4].y != 100 || points[5].y != 200 || points[5].x != 6 {
		t.Errorf("points %v", points)
	}
}

func TestLatencyChartEndsAtAll(t *testing.T) {
	points := latencyChart(sampleReport().Results).series[0].points
	if first, last := points[0], points[len(points)-1]; first.y != 50 || last.y != 100 || last.x < 300 {
		t.Errorf("from %v to %v, want from 50 %% at 1 ms to 100 %% at 300 ms or more", first, last)
	}
}

func TestTicks(t *testing.T) {
	for _, high := range []float64{0.3, 1, 7, 60, 12345, 1e6} {
		values := ticks(0, high)
		if len(values) < 3 || len(values) > 8 || values[0] != 0 || values[len(values)-1] > high*1.001 {
			t.Errorf("ticks up to %g: %v", high, values)
		}
	}
}

// TestChartOfNothing checks that a run without any data still has a page.
func TestChartOfNothing(t *testing.T) {
	for _, c := range []*chart{{}, {logX: true}, {series: []series{{name: "none"}}}, {series: []series{{points: []point{{5, 0}}}}}} {
		if svg := string(c.svg()); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("the chart %+v draws %s", c, svg)
		}
	}
}
