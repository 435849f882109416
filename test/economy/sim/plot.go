package main

import (
	"bytes"
	"fmt"
	"math"
)

// line is a row of values, one a day or one a label.
type line struct {
	Name   string
	Values []float64
}

// plot is a picture of lines over days.
type plot struct {
	Title, Unit string
	Lines       []line
	Labels      []string // of the values, in place of days
	FromZero    bool
}

// Measures of a picture, in pixels.
const (
	width, height           = 720, 300
	left, right, top, below = 70, 20, 40, 35
	steps                   = 5 // lines across, at round values
)

// svg is the picture. The same lines give the same bytes.
func (p plot) svg() []byte {
	low, high, days := p.bounds()
	if p.FromZero {
		low = min(low, 0)
	}
	step := roundStep((high - low) / steps)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	if high == low {
		high = low + step
	}
	decimals := int(max(0, -math.Floor(math.Log10(step))))
	x := func(i, of int) float64 { return left + float64(width-left-right)*float64(i)/math.Max(1, float64(of-1)) }
	y := func(v float64) float64 { return float64(height-below) - float64(height-top-below)*(v-low)/(high-low) }
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="20" font-size="14">%s <tspan fill="#666">%s</tspan></text>`+"\n", left, p.Title, p.Unit)
	for v := low; v <= high+step/2; v += step {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.*f</text>`+"\n", left, y(v), width-right, left-6, y(v)+4, decimals, v)
	}
	labels := p.Labels
	if labels == nil {
		labels = []string{"day 1", fmt.Sprintf("day %d", days)}
	}
	for i, label := range labels {
		anchor := "middle"
		if i == 0 {
			anchor = "start"
		} else if i == len(labels)-1 {
			anchor = "end"
		}
		fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="%s">%s</text>`+"\n", x(i, len(labels)), height-12, anchor, label)
	}
	for i, l := range p.Lines {
		fmt.Fprintf(&b, `<path fill="none" stroke="hsl(%d,60%%,45%%)" stroke-width="1.5" d="`, 210+i*360/max(len(p.Lines), 1))
		for j, v := range l.Values {
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(j, 1)], x(j, len(l.Values)), y(v))
		}
		b.WriteString(`"/>` + "\n")
		if l.Name != "" && len(l.Values) > 0 {
			fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end" fill="#666">%s</text>`+"\n", width-right-4, y(l.Values[len(l.Values)-1])-5, l.Name)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// bounds are the smallest and largest value, and the longest line.
func (p plot) bounds() (low, high float64, days int) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range p.Lines {
		days = max(days, len(l.Values))
		for _, v := range l.Values {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if days == 0 {
		return 0, 1, 0
	}
	return low, high, days
}

// roundStep is 1, 2 or 5 times a power of ten, at least as large as v.
func roundStep(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= v {
			return times * power
		}
	}
	return 10 * power
}
