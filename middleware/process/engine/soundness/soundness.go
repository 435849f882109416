// Package soundness looks for faults in the control flow of a compiled process
// that every run could meet: deadlocks, tokens that are not synchronised, nodes
// that are never reached and loops without a way out.
//
// It plays the token game on each container with conditions left open, so it may
// find a fault that the conditions happen to exclude; it refuses to guess beyond
// its bound and says so instead. It runs outside consensus.
package soundness

import (
	"fmt"
	"sort"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// MaxStates bounds the markings that are explored of one container.
const MaxStates = 50_000

// Kind is a sort of fault.
type Kind string

// The faults.
const (
	Deadlock    Kind = "deadlock"
	Unsynced    Kind = "lack of synchronisation"
	Dead        Kind = "never reached"
	Unreachable Kind = "unreachable end"
	Livelock    Kind = "no way to an end"
)

// Finding is a fault with the path that shows it.
type Finding struct {
	Kind Kind
	// Node is the id of the node concerned.
	Node string
	// Path are the ids of the nodes passed from the start, in order. Nodes that are
	// never reached have none.
	Path []string
}

// String tells the fault and the path.
func (f Finding) String() string {
	if len(f.Path) == 0 {
		return fmt.Sprintf("%s: %s", f.Kind, f.Node)
	}
	return fmt.Sprintf("%s at %s after %s", f.Kind, f.Node, strings.Join(f.Path, " → "))
}

// Report is what was found.
type Report struct {
	Findings []Finding
	// Undecided are the ids of containers with too many markings to explore.
	Undecided []string
}

// Sound reports whether nothing was found and nothing left open.
func (r Report) Sound() bool { return len(r.Findings) == 0 && len(r.Undecided) == 0 }

// Check explores every container of a verified model.
func Check(m *bpmn.Model) Report {
	var report Report
	for c := range m.Nodes {
		if m.Nodes[c].Container == nil || m.Nodes[c].Kind == bpmn.AdHoc {
			continue
		}
		g := newGame(m, c)
		if !g.explore() {
			report.Undecided = append(report.Undecided, name(m, c))
			continue
		}
		report.Findings = append(report.Findings, g.findings()...)
	}
	return report
}

func name(m *bpmn.Model, n int) string {
	if m.Nodes[n].ID != "" {
		return m.Nodes[n].ID
	}
	return fmt.Sprintf("node %d", n)
}

// starts are the markings a container can begin with: all its plain starts, or
// one of the events that instantiate it.
func (g *game) starts() (out [][]int) {
	m := g.model
	if starts := m.Nodes[g.container].Container.Starts; len(starts) > 0 {
		var marking []int
		for _, s := range starts {
			marking = append(marking, g.at(s))
		}
		sort.Ints(marking)
		out = append(out, marking)
	}
	for n := range m.Nodes {
		node := &m.Nodes[n]
		if node.Parent != g.container || len(node.In) > 0 || g.started(n) {
			continue
		}
		if node.Kind == bpmn.StartEvent || node.Instantiate {
			out = append(out, []int{g.at(n)})
		}
	}
	return out
}

func (g *game) started(n int) bool {
	for _, s := range g.model.Nodes[g.container].Container.Starts {
		if s == n {
			return true
		}
	}
	return false
}

// findings collects what the exploration showed, at most one of a kind for each
// node.
func (g *game) findings() []Finding {
	var out []Finding
	seen := map[string]bool{}
	add := func(kind Kind, node int, state int) {
		key := string(kind) + name(g.model, node)
		if !seen[key] {
			seen[key] = true
			out = append(out, Finding{kind, name(g.model, node), g.path(state)})
		}
	}
	for _, u := range g.unsynced {
		add(Unsynced, u.node, u.state)
	}
	for _, s := range g.stuck {
		for _, p := range g.states[s].marking {
			add(Deadlock, g.waitsAt(p), s)
			break
		}
	}
	if len(g.stuck) == 0 && len(g.unsynced) == 0 {
		if s, ok := g.trapped(); ok {
			add(Livelock, g.waitsAt(g.states[s].marking[0]), s)
		}
	}
	for n := range g.model.Nodes {
		node := &g.model.Nodes[n]
		if node.Parent != g.container || g.fired[n] || node.Compensates || node.Kind == bpmn.EventSubProcess {
			continue
		}
		if node.Kind == bpmn.BoundaryEvent && node.Triggers[0].Kind == bpmn.Compensation {
			continue
		}
		kind := Dead
		if node.Kind == bpmn.EndEvent {
			kind = Unreachable
		}
		out = append(out, Finding{Kind: kind, Node: name(g.model, n)})
	}
	return out
}
