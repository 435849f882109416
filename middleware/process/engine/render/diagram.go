// Package render draws processes: the diagram of a source file with its own
// layout, or with one made for it, as SVG or as text, with tokens on it.
//
// It reads elements that package compiler has parsed, runs outside consensus and
// never refuses a model because it breaks a rule: a diagram is often how one finds
// out.
package render

import (
	"math"
	"strconv"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// Point is a place in a diagram.
type Point struct{ X, Y float64 }

// Shape is a drawn node, lane, participant or data element.
type Shape struct {
	ID, Name, Kind      string
	X, Y, Width, Height float64
	// Markers are the kinds of triggers and loops drawn in it.
	Markers []string
	// Plain says that a boundary or start event does not interrupt.
	Plain bool
}

// Edge is a drawn flow or association.
type Edge struct {
	ID, Name, Kind string
	Points         []Point
}

// Diagram is what is drawn.
type Diagram struct {
	Shapes []Shape
	Edges  []Edge
	// Tokens counts the tokens on each node by id.
	Tokens map[string]int
}

// New reads the diagram of a parsed file. Elements without layout get one.
func New(root *compiler.Element) *Diagram {
	r := &reader{d: &Diagram{}, elements: map[string]*compiler.Element{}, drawn: map[string]bool{}}
	r.index(root)
	r.read(root)
	layout(r, root)
	return r.d
}

type reader struct {
	d        *Diagram
	elements map[string]*compiler.Element
	drawn    map[string]bool
}

func (r *reader) index(e *compiler.Element) {
	if id := e.Attr("id"); id != "" {
		r.elements[id] = e
	}
	for _, c := range e.Children {
		r.index(c)
	}
}

// read takes over the shapes and edges of the file's diagram part.
func (r *reader) read(e *compiler.Element) {
	switch e.Name {
	case "BPMNShape":
		id := local(e.Attr("bpmnElement"))
		target := r.elements[id]
		for _, b := range e.Children {
			if b.Name == "Bounds" && target != nil && !r.drawn[id] {
				s := describe(target)
				s.X, s.Y, s.Width, s.Height = number(b, "x"), number(b, "y"), number(b, "width"), number(b, "height")
				r.shape(s)
			}
		}
		return
	case "BPMNEdge":
		id := local(e.Attr("bpmnElement"))
		target := r.elements[id]
		if target == nil || r.drawn[id] {
			return
		}
		edge := Edge{ID: id, Name: target.Attr("name"), Kind: target.Name}
		for _, p := range e.Children {
			if p.Name == "waypoint" {
				edge.Points = append(edge.Points, Point{number(p, "x"), number(p, "y")})
			}
		}
		if len(edge.Points) > 1 {
			r.drawn[id] = true
			r.d.Edges = append(r.d.Edges, edge)
		}
		return
	}
	for _, c := range e.Children {
		r.read(c)
	}
}

func (r *reader) shape(s Shape) {
	r.drawn[s.ID] = true
	r.d.Shapes = append(r.d.Shapes, s)
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// number reads a coordinate; what is none, or out of reason, is 0.
func number(e *compiler.Element, attr string) float64 {
	v, err := strconv.ParseFloat(e.Attr(attr), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e6 {
		return 0
	}
	return v
}

// describe is the shape of an element without its place.
func describe(e *compiler.Element) Shape {
	s := Shape{ID: e.Attr("id"), Name: strings.Join(strings.Fields(e.Attr("name")), " "), Kind: e.Name}
	if e.Name == "textAnnotation" {
		for _, c := range e.Children {
			s.Name = strings.Join(strings.Fields(c.Text), " ")
		}
	}
	s.Plain = e.Attr("cancelActivity") == "false" || e.Attr("isInterrupting") == "false"
	if e.Attr("triggeredByEvent") == "true" {
		s.Kind = "eventSubProcess"
	}
	for _, c := range e.Children {
		switch {
		case strings.HasSuffix(c.Name, "EventDefinition"):
			s.Markers = append(s.Markers, strings.TrimSuffix(c.Name, "EventDefinition"))
		case c.Name == "standardLoopCharacteristics":
			s.Markers = append(s.Markers, "loop")
		case c.Name == "multiInstanceLoopCharacteristics" && c.Attr("isSequential") == "true":
			s.Markers = append(s.Markers, "sequential")
		case c.Name == "multiInstanceLoopCharacteristics":
			s.Markers = append(s.Markers, "parallel")
		}
	}
	return s
}

// bounds are the corners of everything drawn.
func (d *Diagram) bounds() (low, high Point) {
	low, high = Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	grow := func(x, y float64) {
		low.X, low.Y = math.Min(low.X, x), math.Min(low.Y, y)
		high.X, high.Y = math.Max(high.X, x), math.Max(high.Y, y)
	}
	for _, s := range d.Shapes {
		grow(s.X, s.Y)
		grow(s.X+s.Width, s.Y+s.Height)
	}
	for _, e := range d.Edges {
		for _, p := range e.Points {
			grow(p.X, p.Y)
		}
	}
	if math.IsInf(low.X, 1) {
		return Point{}, Point{100, 50}
	}
	return low, high
}

// shapeOf is the shape with that id, or nil.
func (d *Diagram) shapeOf(id string) *Shape {
	for i := range d.Shapes {
		if d.Shapes[i].ID == id {
			return &d.Shapes[i]
		}
	}
	return nil
}
