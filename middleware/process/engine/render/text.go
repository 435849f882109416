package render

import (
	"fmt"
	"sort"
	"strings"
)

// Text draws a diagram for a terminal: the nodes from left to right and top to
// bottom, each with where it leads to and the tokens on it.
func (d *Diagram) Text() string {
	shapes := []*Shape{}
	for i := range d.Shapes {
		if s := &d.Shapes[i]; s.Kind != "lane" && s.Kind != "participant" && !strings.HasPrefix(s.Kind, "data") && s.Kind != "textAnnotation" && s.Kind != "group" {
			shapes = append(shapes, s)
		}
	}
	sort.SliceStable(shapes, func(a, b int) bool {
		return shapes[a].X+shapes[a].Width/2 < shapes[b].X+shapes[b].Width/2-1
	})
	var b strings.Builder
	for _, s := range shapes {
		tokens := ""
		if n := d.Tokens[s.ID]; n > 0 {
			tokens = " " + strings.Repeat("●", min(n, 10))
			if n > 10 {
				tokens += fmt.Sprintf(" (%d)", n)
			}
		}
		fmt.Fprintf(&b, "%s%s%s\n", strings.Repeat("  ", d.nesting(s)), d.box(s), tokens)
		for _, e := range d.Edges {
			if e.Kind == "sequenceFlow" && d.near(e.Points[0]) == s {
				if to := d.near(e.Points[len(e.Points)-1]); to != nil {
					name := ""
					if e.Name != "" {
						name = " " + e.Name + ":"
					}
					fmt.Fprintf(&b, "%s  ├─%s▶ %s\n", strings.Repeat("  ", d.nesting(s)), name, title(to))
				}
			}
		}
	}
	return b.String()
}

func title(s *Shape) string {
	if s.Name != "" {
		return s.Name
	}
	return s.ID
}

// box writes a node between brackets that show what it is.
func (d *Diagram) box(s *Shape) string {
	marks := ""
	for _, m := range s.Markers {
		marks += eventSigns[m] + loopSigns[m]
	}
	switch {
	case strings.HasSuffix(s.Kind, "Event"):
		return "(" + marks + ") " + title(s)
	case strings.HasSuffix(s.Kind, "Gateway"):
		return "<" + gatewaySigns[s.Kind] + "> " + title(s)
	case holds(s.Kind):
		return "[+" + marks + "] " + title(s)
	}
	return "[" + taskSigns[s.Kind] + marks + "] " + title(s)
}

// nesting counts the sub-processes around a shape.
func (d *Diagram) nesting(s *Shape) (n int) {
	for i := range d.Shapes {
		o := &d.Shapes[i]
		inside := o.X <= s.X && o.Y <= s.Y && o.X+o.Width >= s.X+s.Width && o.Y+o.Height >= s.Y+s.Height
		if o != s && inside && holds(o.Kind) && o.Kind != "participant" && o.Kind != "lane" && o.Kind != "group" {
			n++
		}
	}
	return n
}

// near is the smallest shape at whose border or in which a point lies.
func (d *Diagram) near(p Point) (best *Shape) {
	const slack = 6
	for i := range d.Shapes {
		s := &d.Shapes[i]
		if s.Kind == "lane" || s.Kind == "participant" || s.Kind == "group" || strings.HasPrefix(s.Kind, "data") {
			continue
		}
		if p.X >= s.X-slack && p.X <= s.X+s.Width+slack && p.Y >= s.Y-slack && p.Y <= s.Y+s.Height+slack {
			if best == nil || s.Width*s.Height < best.Width*best.Height {
				best = s
			}
		}
	}
	return best
}
