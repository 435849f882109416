package render

import (
	"fmt"
	"strconv"
	"strings"
)

// SVG draws a diagram as a self-contained SVG document without scripts.
func (d *Diagram) SVG() string {
	low, high := d.bounds()
	const margin = 20
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s %s %s %s" font-family="sans-serif" font-size="12">`+"\n",
		num(low.X-margin), num(low.Y-margin), num(high.X-low.X+2*margin), num(high.Y-low.Y+2*margin))
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>` + "\n")
	for _, layer := range []bool{true, false} { // what holds others lies below
		for i := range d.Shapes {
			if s := &d.Shapes[i]; holds(s.Kind) == layer {
				d.draw(&b, s)
			}
		}
		if layer {
			for _, e := range d.Edges {
				drawEdge(&b, e)
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func num(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func holds(kind string) bool {
	switch kind {
	case "participant", "lane", "subProcess", "transaction", "adHocSubProcess", "eventSubProcess", "group", "process":
		return true
	}
	return false
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func drawEdge(b *strings.Builder, e Edge) {
	points := make([]string, len(e.Points))
	for i, p := range e.Points {
		points[i] = num(p.X) + "," + num(p.Y)
	}
	dash := ""
	switch e.Kind {
	case "association", "dataInputAssociation", "dataOutputAssociation":
		dash = ` stroke-dasharray="2 4"`
	case "messageFlow":
		dash = ` stroke-dasharray="8 6"`
	}
	end := ` marker-end="url(#arrow)"`
	if e.Kind == "association" {
		end = ""
	}
	fmt.Fprintf(b, `<polyline id="%s" points="%s" fill="none" stroke="black"%s%s/>`+"\n", escape.Replace(e.ID), strings.Join(points, " "), dash, end)
	if e.Name != "" && len(e.Points) > 1 {
		middle := len(e.Points) / 2
		p, q := e.Points[middle-1], e.Points[middle]
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle" font-size="11">%s</text>`+"\n", num((p.X+q.X)/2), num((p.Y+q.Y)/2-4), escape.Replace(e.Name))
	}
}

// draw draws a shape with its name and tokens.
func (d *Diagram) draw(b *strings.Builder, s *Shape) {
	x, y, w, h := num(s.X), num(s.Y), num(s.Width), num(s.Height)
	cx, cy := s.X+s.Width/2, s.Y+s.Height/2
	fmt.Fprintf(b, `<g id="%s" class="%s">`, escape.Replace(s.ID), escape.Replace(s.Kind))
	label := Point{cx, cy + 4}
	switch {
	case strings.HasSuffix(s.Kind, "Event"):
		drawEvent(b, s, cx, cy)
		label = Point{cx, s.Y + s.Height + 14}
	case strings.HasSuffix(s.Kind, "Gateway"):
		fmt.Fprintf(b, `<polygon points="%s,%s %s,%s %s,%s %s,%s" fill="white" stroke="black"/>`, num(cx), y, num(s.X+s.Width), num(cy), num(cx), num(s.Y+s.Height), x, num(cy))
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle" font-size="20">%s</text>`, num(cx), num(cy+7), gatewaySigns[s.Kind])
		label = Point{cx, s.Y - 6}
	case s.Kind == "textAnnotation":
		fmt.Fprintf(b, `<path d="M%s %sh-10v%sh10" transform="translate(10 0)" fill="none" stroke="black"/>`, x, y, h)
	case holds(s.Kind):
		dash := ""
		if s.Kind == "eventSubProcess" || s.Kind == "group" {
			dash = ` stroke-dasharray="3 3"`
		}
		fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" rx="6" fill="%s" stroke="black"%s/>`, x, y, w, h, map[bool]string{true: "none", false: "white"}[s.Kind == "group"], dash)
		if s.Kind == "transaction" {
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" rx="4" fill="none" stroke="black"/>`, num(s.X+3), num(s.Y+3), num(s.Width-6), num(s.Height-6))
		}
		label = Point{cx, s.Y + 16}
	default:
		fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" rx="8" fill="white" stroke="black"/>`, x, y, w, h)
		if sign := taskSigns[s.Kind]; sign != "" {
			fmt.Fprintf(b, `<text x="%s" y="%s" font-size="11">%s</text>`, num(s.X+5), num(s.Y+14), sign)
		}
	}
	for i, m := range s.Markers {
		if sign := loopSigns[m]; sign != "" {
			fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle">%s</text>`, num(cx+float64(i)*14), num(s.Y+s.Height-5), sign)
		}
	}
	drawLabel(b, s, label)
	if n := d.Tokens[s.ID]; n > 0 {
		fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="9" fill="#2a7" stroke="black"/><text x="%s" y="%s" text-anchor="middle" fill="white" font-size="11">%d</text>`, num(s.X+s.Width), y, num(s.X+s.Width), num(s.Y+4), n)
	}
	b.WriteString("</g>\n")
}

var (
	gatewaySigns = map[string]string{"exclusiveGateway": "×", "parallelGateway": "+", "inclusiveGateway": "○", "complexGateway": "✱", "eventBasedGateway": "⬠"}
	taskSigns    = map[string]string{"userTask": "☺", "serviceTask": "⚙", "scriptTask": "≡", "sendTask": "✉", "receiveTask": "✉", "businessRuleTask": "▦", "manualTask": "☞"}
	loopSigns    = map[string]string{"loop": "↻", "parallel": "⫴", "sequential": "≡"}
	eventSigns   = map[string]string{"message": "✉", "timer": "◷", "signal": "△", "error": "↯", "escalation": "⇑", "conditional": "▤", "link": "➔", "compensate": "◂", "cancel": "✕", "terminate": "●"}
)

func drawEvent(b *strings.Builder, s *Shape, cx, cy float64) {
	width, dash := "1", ""
	if s.Kind == "endEvent" {
		width = "3"
	}
	if s.Plain {
		dash = ` stroke-dasharray="4 3"`
	}
	r := s.Width / 2
	fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="%s" fill="white" stroke="black" stroke-width="%s"%s/>`, num(cx), num(cy), num(r), width, dash)
	if strings.HasPrefix(s.Kind, "intermediate") || s.Kind == "boundaryEvent" {
		fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="%s" fill="none" stroke="black"%s/>`, num(cx), num(cy), num(max(r-3, 0)), dash)
	}
	if len(s.Markers) > 0 {
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle" font-size="15">%s</text>`, num(cx), num(cy+5), eventSigns[s.Markers[0]])
	}
}

// drawLabel writes a name in lines that fit.
func drawLabel(b *strings.Builder, s *Shape, at Point) {
	lines := wrap(s.Name, int(max(s.Width, 80)/6.5))
	y := at.Y
	if !holds(s.Kind) && !strings.HasSuffix(s.Kind, "Event") && !strings.HasSuffix(s.Kind, "Gateway") {
		y -= float64(len(lines)-1) * 7
	}
	for _, line := range lines {
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle">%s</text>`, num(at.X), num(y), escape.Replace(line))
		y += 14
	}
}

// wrap breaks a text into lines of at most width characters, at most four.
func wrap(s string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > 4 {
		lines = append(lines[:3], lines[3]+"…")
	}
	return lines
}
