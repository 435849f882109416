package render

import (
	"math"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// Sizes of shapes that get a place, and the room between them.
const (
	taskWidth, taskHeight = 100, 80
	eventSize             = 36
	gatewaySize           = 50
	gapX, gapY            = 60, 40
	padding               = 40
)

// layout gives a place to every flow node of a process that has none: containers
// from the inside out, nodes in columns by their distance from the start, each
// below the one before.
func layout(r *reader, root *compiler.Element) {
	_, high := r.d.bounds()
	y := 0.0
	if len(r.d.Shapes) > 0 {
		y = high.Y + 2*gapY
	}
	for _, e := range root.Children {
		if e.Name != "process" || r.touched(e) {
			continue
		}
		l := &layouter{reader: r, size: map[string]Point{}}
		height := l.container(e).Y
		l.place(e, Point{0, y})
		y += height + gapY
	}
}

// touched reports whether some node of a container is drawn already: the file
// then has a layout of its own.
func (r *reader) touched(e *compiler.Element) bool {
	for _, c := range e.Children {
		if r.drawn[c.Attr("id")] && nodeSize(c) != (Point{}) {
			return true
		}
	}
	return false
}

type layouter struct {
	*reader
	size map[string]Point
	at   map[string]Point // within the container
}

// nodeSize is the size of a flow node; zero for what is none.
func nodeSize(e *compiler.Element) Point {
	switch {
	case strings.HasSuffix(e.Name, "Event"):
		return Point{eventSize, eventSize}
	case strings.HasSuffix(e.Name, "Gateway"):
		return Point{gatewaySize, gatewaySize}
	case strings.HasSuffix(e.Name, "Task") || e.Name == "task" || e.Name == "callActivity", isContainer(e):
		return Point{taskWidth, taskHeight}
	}
	return Point{}
}

func isContainer(e *compiler.Element) bool {
	return e.Name == "subProcess" || e.Name == "transaction" || e.Name == "adHocSubProcess"
}

// container finds the size of a container and remembers where its nodes are.
func (l *layouter) container(e *compiler.Element) Point {
	if l.at == nil {
		l.at = map[string]Point{}
	}
	var nodes []*compiler.Element
	for _, c := range e.Children {
		if nodeSize(c) == (Point{}) || c.Name == "boundaryEvent" {
			continue
		}
		l.size[c.Attr("id")] = nodeSize(c)
		if isContainer(c) {
			l.size[c.Attr("id")] = l.container(c)
		}
		nodes = append(nodes, c)
	}
	columns := columnsOf(e, nodes)
	x, bottom := float64(padding), 0.0
	for _, column := range columns {
		wide, y := 0.0, float64(padding)
		for _, n := range column {
			wide = math.Max(wide, l.size[n.Attr("id")].X)
		}
		for _, n := range column {
			s := l.size[n.Attr("id")]
			top := math.Max(0, taskHeight-s.Y) / 2
			l.at[n.Attr("id")] = Point{x + (wide-s.X)/2, y + top}
			y += math.Max(s.Y, taskHeight) + gapY
		}
		x, bottom = x+wide+gapX, math.Max(bottom, y)
	}
	return Point{math.Max(x-gapX+padding, taskWidth), math.Max(bottom-gapY+padding, taskHeight)}
}

// columnsOf sorts nodes by the longest way from the start, not counting ways back.
func columnsOf(e *compiler.Element, nodes []*compiler.Element) [][]*compiler.Element {
	out := map[string][]string{}
	known := map[string]bool{}
	for _, n := range nodes {
		known[n.Attr("id")] = true
	}
	hosts := map[string]string{}
	for _, c := range e.Children {
		if c.Name == "boundaryEvent" {
			hosts[c.Attr("id")] = local(c.Attr("attachedToRef"))
		}
	}
	entered := map[string]bool{}
	for _, f := range e.Children {
		if f.Name != "sequenceFlow" {
			continue
		}
		a, b := local(f.Attr("sourceRef")), local(f.Attr("targetRef"))
		if host, ok := hosts[a]; ok {
			a = host
		}
		if known[a] && known[b] {
			out[a] = append(out[a], b)
			entered[b] = true
		}
	}
	column := map[string]int{}
	open := map[string]bool{}
	done := map[string]bool{}
	var visit func(id string)
	var order []string
	visit = func(id string) { // depth first, without ways back
		open[id] = true
		for _, next := range out[id] {
			if !open[next] && !done[next] {
				visit(next)
			}
		}
		open[id], done[id] = false, true
		order = append(order, id)
	}
	for _, n := range nodes {
		if id := n.Attr("id"); !entered[id] && !done[id] {
			visit(id)
		}
	}
	for _, n := range nodes {
		if id := n.Attr("id"); !done[id] {
			visit(id)
		}
	}
	rank := map[string]int{}
	for i, id := range order {
		rank[id] = len(order) - i
	}
	last := 0
	for i := len(order) - 1; i >= 0; i-- {
		for _, next := range out[order[i]] {
			if rank[next] > rank[order[i]] && column[next] <= column[order[i]] {
				column[next] = column[order[i]] + 1
				last = max(last, column[next])
			}
		}
	}
	columns := make([][]*compiler.Element, last+1)
	for _, n := range nodes {
		c := column[n.Attr("id")]
		columns[c] = append(columns[c], n)
	}
	return columns
}

// place draws the nodes and flows of a container from an origin on.
func (l *layouter) place(e *compiler.Element, origin Point) {
	attached := map[string]int{}
	for _, c := range e.Children {
		id := c.Attr("id")
		at, ok := l.at[id]
		if !ok || l.drawn[id] {
			continue
		}
		s := describe(c)
		s.X, s.Y, s.Width, s.Height = origin.X+at.X, origin.Y+at.Y, l.size[id].X, l.size[id].Y
		l.shape(s)
		if isContainer(c) {
			l.place(c, Point{s.X, s.Y})
		}
	}
	for _, c := range e.Children {
		host := l.d.shapeOf(local(c.Attr("attachedToRef")))
		if c.Name != "boundaryEvent" || host == nil || l.drawn[c.Attr("id")] {
			continue
		}
		s := describe(c)
		s.Width, s.Height = eventSize, eventSize
		s.X = host.X + 10 + float64(attached[host.ID])*(eventSize+6)
		s.Y = host.Y + host.Height - eventSize/2
		attached[host.ID]++
		l.shape(s)
	}
	for _, f := range e.Children {
		if f.Name == "sequenceFlow" || f.Name == "association" {
			l.connect(f)
		}
	}
}

// connect draws a flow from border to border with right angles.
func (l *layouter) connect(f *compiler.Element) {
	a, b := l.d.shapeOf(local(f.Attr("sourceRef"))), l.d.shapeOf(local(f.Attr("targetRef")))
	if a == nil || b == nil || l.drawn[f.Attr("id")] {
		return
	}
	from, to := Point{a.X + a.Width, a.Y + a.Height/2}, Point{b.X, b.Y + b.Height/2}
	if a.Kind == "boundaryEvent" {
		from = Point{a.X + a.Width/2, a.Y + a.Height}
	}
	points := []Point{from, to}
	switch {
	case a.Kind == "boundaryEvent":
		points = []Point{from, {from.X, math.Max(from.Y+20, to.Y)}, {to.X - 15, math.Max(from.Y+20, to.Y)}, {to.X - 15, to.Y}, to}
	case to.X < from.X: // a way back goes around below
		low := math.Max(a.Y+a.Height, b.Y+b.Height) + gapY/2
		points = []Point{from, {from.X + 15, from.Y}, {from.X + 15, low}, {to.X - 15, low}, {to.X - 15, to.Y}, to}
	case from.Y != to.Y:
		middle := to.X - gapX/2
		points = []Point{from, {middle, from.Y}, {middle, to.Y}, to}
	}
	l.drawn[f.Attr("id")] = true
	l.d.Edges = append(l.d.Edges, Edge{ID: f.Attr("id"), Name: f.Attr("name"), Kind: f.Name, Points: points})
}
