package bench

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// chart is a small line or dot plot.
type chart struct {
	xLabel, yLabel string
	logX, dots     bool
	series         []series
}

type series struct {
	name   string
	points []point
}

type point struct{ x, y float64 }

// The drawing area, in SVG units.
const (
	chartWidth, chartHeight         = 860.0, 300.0
	marginLeft, marginRight         = 70.0, 16.0
	marginTop, marginBottom         = 28.0, 44.0
	plotWidth                       = chartWidth - marginLeft - marginRight
	plotHeight                      = chartHeight - marginTop - marginBottom
	legendSpacing, legendTextOffset = 16.0, 16.0
)

// palette is readable for colour-blind people and on white.
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"}

// svg draws the chart.
func (c *chart) svg() template.HTML {
	minX, maxX, maxY := c.bounds()
	x := func(v float64) float64 { return marginLeft + plotWidth*(v-minX)/(maxX-minX) }
	y := func(v float64) float64 { return marginTop + plotHeight*(1-v/maxY) }
	var b strings.Builder
	height := chartHeight + legendSpacing*float64(len(c.series))
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, chartWidth, height, html.EscapeString(c.yLabel))
	c.drawAxes(&b, x, y, minX, maxX, maxY)
	for i, s := range c.series {
		colour := palette[i%len(palette)]
		if c.dots {
			for _, p := range s.points {
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2" fill="%s"/>`, x(c.scale(p.x)), y(p.y), colour)
			}
		} else if len(s.points) > 0 {
			fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.8"/>`, c.path(s, x, y), colour)
		}
		top := chartHeight + legendSpacing*float64(i)
		fmt.Fprintf(&b, `<rect x="%.0f" y="%.0f" width="10" height="10" fill="%s"/><text x="%.0f" y="%.0f">%s</text>`,
			marginLeft, top, colour, marginLeft+legendTextOffset, top+9, html.EscapeString(s.name))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // every text in it is escaped above or in drawAxes
}

// scale maps a value to the x axis.
func (c *chart) scale(v float64) float64 {
	if c.logX {
		return math.Log10(math.Max(v, 1e-9))
	}
	return v
}

// bounds are the ends of the axes, which are never empty.
func (c *chart) bounds() (minX, maxX, maxY float64) {
	minX, maxX = math.Inf(1), math.Inf(-1)
	for _, s := range c.series {
		for _, p := range s.points {
			minX, maxX = math.Min(minX, c.scale(p.x)), math.Max(maxX, c.scale(p.x))
			maxY = math.Max(maxY, p.y)
		}
	}
	if math.IsInf(minX, 0) {
		minX, maxX = 0, 1
	}
	if !c.logX {
		minX = math.Min(minX, 0)
	}
	if maxX <= minX {
		maxX = minX + 1
	}
	if maxY <= 0 {
		maxY = 1
	}
	return minX, maxX, maxY
}

func (c *chart) path(s series, x, y func(float64) float64) string {
	var b strings.Builder
	for i, p := range s.points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", command, x(c.scale(p.x)), y(p.y))
	}
	return b.String()
}

func (c *chart) drawAxes(b *strings.Builder, x, y func(float64) float64, minX, maxX, maxY float64) {
	for _, tick := range ticks(0, maxY) {
		fmt.Fprintf(b, `<line class="grid" x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%g</text>`,
			marginLeft, chartWidth-marginRight, y(tick), y(tick), marginLeft-6, y(tick)+4, tick)
	}
	bottom := chartHeight - marginBottom
	tick := func(at float64, text string) {
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.0f" y2="%.0f"/><text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`,
			x(at), x(at), marginTop, bottom, x(at), bottom+15, text)
	}
	if c.logX {
		for decade := math.Floor(minX); decade <= maxX; decade++ {
			for _, step := range logSteps(maxX - minX) {
				if at := decade + math.Log10(step); at >= minX && at <= maxX {
					tick(at, fmt.Sprintf("%g", step*math.Pow(10, decade)))
				}
			}
		}
	} else {
		for _, at := range ticks(minX, maxX) {
			tick(at, fmt.Sprintf("%g", at))
		}
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f" text-anchor="middle">%s</text><text x="%.0f" y="14">%s</text>`,
		marginLeft+plotWidth/2, bottom+34, html.EscapeString(c.xLabel), marginLeft-50, html.EscapeString(c.yLabel))
}

// logSteps are the values of each decade that get a tick: fewer when there are more decades.
func logSteps(decades float64) []float64 {
	switch {
	case decades < 1:
		return []float64{1, 1.5, 2, 3, 4, 5, 6, 8}
	case decades < 3:
		return []float64{1, 2, 5}
	default:
		return []float64{1}
	}
}

// ticks are about five round values between two ends.
func ticks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/5)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*factor) <= 6 {
			step *= factor
			break
		}
	}
	var values []float64
	for v := math.Ceil(low/step) * step; v <= high+step/1e6; v += step {
		values = append(values, v)
	}
	return values
}
