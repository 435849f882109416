package workbench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// ShownStep is a step of an explanation: the rules of a table that matched, from
// 1, or the value of a decision.
type ShownStep struct {
	Element string          `json:"element"`
	Rules   []int           `json:"rules,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"` // nil for a table
}

// Node is an element of the graph of requirements with the value that flowed.
type Node struct {
	Name  string          `json:"name"`
	Kind  string          `json:"kind"`            // input, decision, knowledge or service
	Value json.RawMessage `json:"value,omitempty"` // nil when it was not needed, and for knowledge
	Rules [][]int         `json:"rules,omitempty"` // that matched, of each table in order
	Needs []*Node         `json:"needs,omitempty"`
	Seen  bool            `json:"seen,omitempty"` // its requirements stand at an earlier place
}

// Graph is the graph of what a decision requires, as a tree from the decision
// down, with the values that an explanation has.
func (m *Model) Graph(decision string, inputs *feel.Context, steps []ShownStep) (*Node, error) {
	element, err := m.decision(decision)
	if err != nil {
		return nil, err
	}
	g := graph{m, inputs, steps, map[int]bool{}}
	return g.node(element), nil
}

type graph struct {
	model  *Model
	inputs *feel.Context
	steps  []ShownStep
	seen   map[int]bool
}

func (g graph) node(element int) *Node {
	e := &g.model.Elements[element]
	n := &Node{Name: e.Name, Kind: [...]string{"input", "decision", "knowledge", "service"}[e.Kind]}
	if e.Kind == dmn.InputData {
		v, _ := g.inputs.Get(e.Name)
		n.Value = JSON(v)
		return n
	}
	for _, step := range g.steps {
		switch {
		case step.Element != e.Name:
		case step.Value == nil:
			n.Rules = append(n.Rules, step.Rules)
		default:
			n.Value = step.Value
		}
	}
	if n.Seen = g.seen[element]; n.Seen {
		return n
	}
	g.seen[element] = true
	needs := e.Outputs // of a service
	if e.Kind != dmn.Service {
		needs = requirements(e.Logic, nil)
	}
	for _, need := range needs {
		if need >= 0 && need < len(g.model.Elements) {
			n.Needs = append(n.Needs, g.node(need))
		}
	}
	return n
}

// requirements are the elements that an expression names, each once.
func requirements(e feel.Expr, found []int) []int {
	if e == nil {
		return found
	}
	if global, ok := e.(*feel.Global); ok && !slices.Contains(found, global.Index) {
		return append(found, global.Index)
	}
	for _, child := range feel.Children(e) {
		found = requirements(child, found)
	}
	return found
}

// Print writes the tree.
func (n *Node) Print(w io.Writer) { n.print(w, "", "") }

func (n *Node) print(w io.Writer, first, rest string) {
	text := n.Name
	if n.Value != nil {
		text += " = " + string(n.Value)
	} else if n.Kind == "decision" {
		text += ", not needed"
	}
	for _, rules := range n.Rules {
		text += ", " + matchedText(rules)
	}
	if n.Seen && len(n.Needs) == 0 {
		text += " (see above)"
	}
	fmt.Fprintln(w, first+text)
	for i, need := range n.Needs {
		if i == len(n.Needs)-1 {
			need.print(w, rest+"└─ ", rest+"   ")
		} else {
			need.print(w, rest+"├─ ", rest+"│  ")
		}
	}
}

func matchedText(rules []int) string {
	switch len(rules) {
	case 0:
		return "no rule"
	case 1:
		return fmt.Sprintf("rule %d", rules[0])
	}
	return "rules " + strings.Trim(strings.ReplaceAll(fmt.Sprint(rules), " ", ", "), "[]")
}
