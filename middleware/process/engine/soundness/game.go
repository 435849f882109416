package soundness

import (
	"sort"
	"strconv"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// game is the token game on one container. A position is a sequence flow, or a
// node at which a token stands without having come by a flow.
type game struct {
	model     *bpmn.Model
	container int
	states    []state
	index     map[string]int
	fired     map[int]bool // nodes that were passed
	stuck     []int        // states that are deadlocks
	unsynced  []fault
}

// state is a marking, sorted, with how it was reached.
type state struct {
	marking []int
	parent  int
	node    int // passed to come here
	next    []int
}

type fault struct{ node, state int }

func newGame(m *bpmn.Model, container int) *game {
	return &game{model: m, container: container, index: map[string]int{}, fired: map[int]bool{}}
}

// at is the position of a token at a node.
func (g *game) at(node int) int { return len(g.model.Flows) + node }

// waitsAt is the node that a token at a position is about to pass.
func (g *game) waitsAt(position int) int {
	if position < len(g.model.Flows) {
		return g.model.Flows[position].Target
	}
	return position - len(g.model.Flows)
}

// add is the number of a sorted marking, which is new when it was not known.
func (g *game) add(marking []int, parent, node int) int {
	var key strings.Builder
	for _, p := range marking {
		key.WriteString(strconv.Itoa(p))
		key.WriteByte(' ')
	}
	if i, ok := g.index[key.String()]; ok {
		return i
	}
	i := len(g.states)
	g.index[key.String()] = i
	g.states = append(g.states, state{marking: marking, parent: parent, node: node})
	return i
}

// explore visits all markings, breadth first; false when there are too many.
func (g *game) explore() bool {
	for _, s := range g.starts() {
		g.add(s, -1, bpmn.None)
	}
	for i := 0; i < len(g.states); i++ {
		if len(g.states) > MaxStates {
			return false
		}
		if g.double(g.states[i].marking) >= 0 {
			continue // a fault already; nothing beyond it is looked at
		}
		moved := false
		for _, move := range g.moves(g.states[i].marking) {
			moved = true
			g.fired[move.node] = true
			if double := g.double(move.marking); double >= 0 {
				g.unsynced = append(g.unsynced, fault{g.waitsAt(double), g.add(move.marking, i, move.node)})
				continue
			}
			next := g.add(move.marking, i, move.node)
			g.states[i].next = append(g.states[i].next, next)
		}
		if !moved && len(g.states[i].marking) > 0 {
			g.stuck = append(g.stuck, i)
		}
	}
	return true
}

// double is a flow with two tokens on it, -1 when there is none. Activities that
// start or complete with several tokens may have as many.
func (g *game) double(marking []int) int {
	for i := 1; i < len(marking); i++ {
		if p := marking[i]; p == marking[i-1] {
			if p < len(g.model.Flows) {
				f := &g.model.Flows[p]
				if g.model.Nodes[f.Target].StartQuantity > 1 || g.model.Nodes[f.Source].CompletionQuantity > 1 {
					continue
				}
			}
			return p
		}
	}
	return -1
}

// path are the nodes passed to come to a state.
func (g *game) path(i int) []string {
	var out []string
	for ; i >= 0; i = g.states[i].parent {
		if n := g.states[i].node; n != bpmn.None {
			out = append(out, name(g.model, n))
		}
	}
	for a, b := 0, len(out)-1; a < b; a, b = a+1, b-1 {
		out[a], out[b] = out[b], out[a]
	}
	return out
}

// trapped finds a state that has no way to an end.
func (g *game) trapped() (int, bool) {
	before := make([][]int, len(g.states))
	good := make([]bool, len(g.states))
	var pending []int
	for i := range g.states {
		for _, n := range g.states[i].next {
			before[n] = append(before[n], i)
		}
		if len(g.states[i].marking) == 0 {
			good[i] = true
			pending = append(pending, i)
		}
	}
	for len(pending) > 0 {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		for _, b := range before[n] {
			if !good[b] {
				good[b] = true
				pending = append(pending, b)
			}
		}
	}
	for i := range good {
		if !good[i] {
			return i, true
		}
	}
	return 0, false
}

// move is a step: passing node gives marking.
type move struct {
	node    int
	marking []int
}

// moves lists every step that a marking allows.
func (g *game) moves(marking []int) (out []move) {
	done := map[int]bool{}
	for _, p := range marking {
		n := g.waitsAt(p)
		if done[n] {
			continue
		}
		done[n] = true
		node := &g.model.Nodes[n]
		joins := len(node.In) > 1 && p < len(g.model.Flows)
		switch {
		case joins && node.Kind == bpmn.ParallelGateway:
			if rest, ok := take(marking, node.In); ok {
				out = append(out, g.pass(n, rest)...)
			}
		case joins && (node.Kind == bpmn.InclusiveGateway || node.Kind == bpmn.ComplexGateway):
			if rest, ok := g.inclusive(n, marking); ok {
				out = append(out, g.pass(n, rest)...)
			}
		case node.StartQuantity > 1:
			if rest, ok := g.quantity(n, marking); ok {
				out = append(out, g.pass(n, rest)...)
			}
		default:
			for _, position := range marking {
				if g.waitsAt(position) == n {
					rest, _ := take(marking, []int{position})
					out = append(out, g.pass(n, rest)...)
				}
			}
		}
	}
	return out
}

// take removes one token from each of the positions; false when one has none.
func take(marking, positions []int) ([]int, bool) {
	rest := append([]int{}, marking...)
	for _, p := range positions {
		i := sort.SearchInts(rest, p)
		if i == len(rest) || rest[i] != p {
			return nil, false
		}
		rest = append(rest[:i], rest[i+1:]...)
	}
	return rest, true
}

// quantity takes as many tokens as an activity starts with.
func (g *game) quantity(n int, marking []int) ([]int, bool) {
	var taken []int
	for _, p := range marking {
		if g.waitsAt(p) == n && len(taken) < g.model.Nodes[n].StartQuantity {
			taken = append(taken, p)
		}
	}
	if len(taken) < g.model.Nodes[n].StartQuantity {
		return nil, false
	}
	return take(marking, taken)
}

// inclusive takes the tokens of a joining inclusive gateway when no other can
// still come (BPMN 2.0 §13.4.3).
func (g *game) inclusive(n int, marking []int) ([]int, bool) {
	in := g.model.Nodes[n].In
	var taken []int
	filled := make([]bool, len(in))
	for i, f := range in {
		if _, ok := take(marking, []int{f}); ok {
			filled[i] = true
			taken = append(taken, f)
		}
	}
	for _, p := range marking {
		at := g.waitsAt(p)
		if at == n {
			continue
		}
		missing, present := false, false
		for i := range in {
			if g.model.Reaches(n, i, at) {
				missing, present = missing || !filled[i], present || filled[i]
			}
		}
		if missing && !present {
			return nil, false
		}
	}
	return take(marking, taken)
}

// pass lists what can come of passing a node, given the tokens elsewhere.
func (g *game) pass(n int, rest []int) (out []move) {
	node := &g.model.Nodes[n]
	give := func(positions ...int) {
		marking := append(append([]int{}, rest...), positions...)
		sort.Ints(marking)
		out = append(out, move{n, marking})
	}
	for _, t := range node.Triggers {
		switch {
		case node.Kind == bpmn.EndEvent && (t.Kind == bpmn.Terminate || t.Kind == bpmn.Error || t.Kind == bpmn.Cancel):
			return []move{{n, nil}}
		case node.Kind == bpmn.ThrowEvent && t.Kind == bpmn.Link:
			give(g.at(t.Ref))
			return out
		}
	}
	switch node.Kind {
	case bpmn.ExclusiveGateway, bpmn.EventGateway:
		for _, f := range node.Out {
			give(f)
		}
	case bpmn.ParallelGateway:
		give(node.Out...)
	default:
		for _, set := range g.sets(node) {
			give(set...)
			g.boundaries(n, set, give)
		}
	}
	return out
}

// boundaries adds what the boundary events of an activity can do.
func (g *game) boundaries(n int, normal []int, give func(...int)) {
	if !g.model.Nodes[n].Kind.Activity() {
		return
	}
	for b := range g.model.Nodes {
		e := &g.model.Nodes[b]
		if e.Kind != bpmn.BoundaryEvent || e.Host != n || e.Triggers[0].Kind == bpmn.Compensation {
			continue
		}
		if e.Interrupting {
			give(g.at(b))
		} else {
			give(append(append([]int{}, normal...), g.at(b))...)
		}
	}
}

// maxChoice bounds the conditional flows whose combinations are all tried.
const maxChoice = 6

// sets lists the flows that a node with conditions can take together.
func (g *game) sets(node *bpmn.Node) (out [][]int) {
	quantity := max(node.CompletionQuantity, 1)
	var always, choice []int
	for _, f := range node.Out {
		switch {
		case f == node.Default:
		case g.model.Flows[f].Condition == nil:
			always = append(always, f)
		default:
			choice = append(choice, f)
		}
	}
	add := func(set []int) {
		var all []int
		for range quantity {
			all = append(all, set...)
		}
		out = append(out, all)
	}
	if len(choice) == 0 {
		add(always)
		return out
	}
	none := append([]int{}, always...)
	if node.Default != bpmn.None {
		none = append(none, node.Default)
	}
	if len(none) > 0 {
		add(none)
	}
	for bits := 1; bits < 1<<min(len(choice), maxChoice); bits++ {
		set := append([]int{}, always...)
		for i := range choice {
			if bits>>min(i, maxChoice-1)&1 == 1 { // flows beyond the bound go with the last one
				set = append(set, choice[i])
			}
		}
		add(set)
	}
	return out
}
