package bench

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"math"
	"time"
)

//go:embed report.html
var pageSource string

var page = template.Must(template.New("report").Parse(pageSource))

// WriteHTML writes the report as one self-contained page with plots.
func (r *Report) WriteHTML(w io.Writer) error {
	rows := r.rows()
	err := page.Execute(w, map[string]any{
		"Report":     r,
		"Head":       rows[0],
		"Rows":       rows[1:],
		"Notes":      r.notes(),
		"Throughput": throughputChart(r.Results).svg(),
		"Latency":    latencyChart(r.Results).svg(),
		"Blocks":     blockChart(r.Results).svg(),
	})
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// label names a result in a legend.
func (x *Result) label() string {
	return fmt.Sprintf("%s (round %d)", x.URL, x.Round)
}

// smoothing is the number of seconds over which the throughput plot takes the mean, because blocks come in
// lumps; the block plot shows the lumps.
const smoothing = 5

// throughputChart shows how many transactions were included a second in the course of a run.
func throughputChart(results []*Result) *chart {
	c := &chart{xLabel: "seconds since sending began", yLabel: fmt.Sprintf("included / s, mean of %d s", smoothing)}
	for _, x := range results {
		s := series{name: x.label()}
		sum := 0
		for i, second := range x.Seconds {
			sum += second.Included
			if i >= smoothing {
				sum -= x.Seconds[i-smoothing].Included
			}
			s.points = append(s.points, point{float64(i + 1), float64(sum) / float64(min(i+1, smoothing))})
		}
		c.series = append(c.series, s)
	}
	return c
}

// latencyChart shows which share of the transactions took at most how long.
func latencyChart(results []*Result) *chart {
	c := &chart{xLabel: "milliseconds from sending to seeing the block", yLabel: "% of transactions", logX: true}
	for _, x := range results {
		s := series{name: x.label()}
		sum := 0
		for _, b := range x.Latency.Histogram {
			if sum += b.Count; sum > 0 {
				s.points = append(s.points, point{float64(b.UpTo) / float64(time.Millisecond), 100 * float64(sum) / float64(x.Latency.Count)})
			}
		}
		c.series = append(c.series, s)
	}
	return c
}

// blockChart shows how full the blocks were.
func blockChart(results []*Result) *chart {
	c := &chart{xLabel: "seconds since sending began", yLabel: "transactions / block", dots: true}
	for _, x := range results {
		s := series{name: x.label()}
		for _, b := range x.Blocks {
			s.points = append(s.points, point{math.Max(0, b.Seen.Seconds()), float64(b.Transactions)})
		}
		c.series = append(c.series, s)
	}
	return c
}
