package soundness_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/soundness"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// build makes a model of one process: nodes as "id kind", flows as "a b".
func build(t testing.TB, nodes, flows []string) *bpmn.Model {
	m := &bpmn.Model{Processes: []bpmn.Process{{ID: "p", Executable: true, Role: bpmn.None}}}
	index := map[string]int{}
	kinds := map[string]bpmn.Kind{"start": bpmn.StartEvent, "end": bpmn.EndEvent, "task": bpmn.Task, "xor": bpmn.ExclusiveGateway, "and": bpmn.ParallelGateway, "or": bpmn.InclusiveGateway}
	add := func(id string, kind bpmn.Kind, parent int) {
		index[id] = len(m.Nodes)
		m.Nodes = append(m.Nodes, bpmn.Node{Kind: kind, ID: id, Parent: parent, Default: bpmn.None, Role: bpmn.None, Host: bpmn.None, StartQuantity: 1, CompletionQuantity: 1})
	}
	add("p", bpmn.ProcessRoot, bpmn.None)
	m.Nodes[0].Container = &bpmn.Container{}
	for _, n := range nodes {
		id, kind, _ := strings.Cut(n, " ")
		add(id, kinds[kind], 0)
		if kind == "start" {
			m.Nodes[0].Container.Starts = append(m.Nodes[0].Container.Starts, index[id])
		}
	}
	for i, f := range flows {
		a, b, _ := strings.Cut(f, " ")
		flow := bpmn.Flow{ID: f, Source: index[a], Target: index[b]}
		if m.Nodes[flow.Source].Kind == bpmn.InclusiveGateway {
			flow.Condition = &feel.Const{Value: feel.Boolean(true)}
		}
		m.Flows = append(m.Flows, flow)
		m.Nodes[flow.Source].Out = append(m.Nodes[flow.Source].Out, i)
		m.Nodes[flow.Target].In = append(m.Nodes[flow.Target].In, i)
	}
	require.NoError(t, m.Verify())
	return m
}

func TestFaultsAreFoundWithTheirPath(t *testing.T) {
	sound := build(t, []string{"s start", "a and", "b task", "c task", "j and", "e end"}, []string{"s a", "a b", "a c", "b j", "c j", "j e"})
	require.True(t, soundness.Check(sound).Sound())

	deadlock := build(t, []string{"s start", "x xor", "b task", "c task", "j and", "e end"}, []string{"s x", "x b", "x c", "b j", "c j", "j e"})
	findings := soundness.Check(deadlock).Findings
	require.Equal(t, soundness.Finding{Kind: soundness.Deadlock, Node: "j", Path: []string{"s", "x", "b"}}, findings[0])
	require.Contains(t, findings, soundness.Finding{Kind: soundness.Unreachable, Node: "e"})

	unsynced := build(t, []string{"s start", "a and", "b task", "c task", "j xor", "e end"}, []string{"s a", "a b", "a c", "b j", "c j", "j e"})
	findings = soundness.Check(unsynced).Findings
	require.Equal(t, soundness.Unsynced, findings[0].Kind)
	require.Equal(t, "e", findings[0].Node)

	inclusive := build(t, []string{"s start", "o or", "b task", "c task", "j or", "e end"}, []string{"s o", "o b", "o c", "b j", "c j", "j e"})
	require.True(t, soundness.Check(inclusive).Sound())

	livelock := build(t, []string{"s start", "x xor", "a task", "b task"}, []string{"s x", "x a", "a b", "b x"})
	findings = soundness.Check(livelock).Findings
	require.Equal(t, soundness.Livelock, findings[0].Kind)

	dead := build(t, []string{"s start", "e end", "a task", "b task"}, []string{"s e", "a b", "b a"})
	findings = soundness.Check(dead).Findings
	require.Equal(t, []soundness.Finding{{Kind: soundness.Dead, Node: "a"}, {Kind: soundness.Dead, Node: "b"}}, findings)
}

// TestAgainstBruteForce compares the verdict on random small graphs with a
// depth-first search that shares nothing with the checker.
func TestAgainstBruteForce(t *testing.T) {
	faults := 0
	for seed := range int64(3000) {
		r := rand.New(rand.NewSource(seed))
		nodes, flows := randomGraph(r)
		want := bruteForce(nodes, flows)
		got := map[soundness.Kind]bool{}
		report := soundness.Check(build(t, nodes, flows))
		require.Empty(t, report.Undecided)
		for _, f := range report.Findings {
			got[f.Kind] = true
		}
		if got[soundness.Deadlock] || got[soundness.Unsynced] {
			faults++
		}
		// A flow with two tokens ends the checker's search there, so deadlocks beyond
		// it are not looked for.
		require.Equal(t, want.unsynced, got[soundness.Unsynced], "%v %v", nodes, flows)
		if !want.unsynced {
			require.Equal(t, want.deadlock, got[soundness.Deadlock], "%v %v", nodes, flows)
		}
	}
	require.Greater(t, faults, 300)
}

func randomGraph(r *rand.Rand) (nodes, flows []string) {
	n := 3 + r.Intn(4)
	kinds := []string{"task", "xor", "and"}
	nodes = append(nodes, "s start")
	for i := range n {
		nodes = append(nodes, fmt.Sprintf("n%d %s", i, kinds[r.Intn(3)]))
	}
	nodes = append(nodes, "e end")
	flows = append(flows, "s n0")
	seen := map[string]bool{}
	add := func(f string) {
		if !seen[f] {
			seen[f] = true
			flows = append(flows, f)
		}
	}
	for i := range n {
		for range 1 + r.Intn(2) {
			to := "e"
			if j := i + 1 + r.Intn(3); j < n {
				to = fmt.Sprintf("n%d", j)
			}
			if i > 1 && r.Intn(8) == 0 {
				to = fmt.Sprintf("n%d", 1+r.Intn(i))
			}
			add(fmt.Sprintf("n%d %s", i, to))
		}
	}
	return nodes, flows
}

type verdict struct{ deadlock, unsynced bool }

// bruteForce searches all markings, as maps from flows to counts.
func bruteForce(nodes, flows []string) (v verdict) {
	kind := map[string]string{}
	for _, n := range nodes {
		id, k, _ := strings.Cut(n, " ")
		kind[id] = k
	}
	seen := map[string]bool{}
	var visit func(m map[string]int)
	visit = func(m map[string]int) {
		key := fmt.Sprint(m)
		if seen[key] {
			return
		}
		seen[key] = true
		for _, c := range m {
			if c > 1 {
				v.unsynced = true
				return
			}
		}
		moved := false
		for id, k := range kind {
			var in, out []string
			for _, f := range flows {
				a, b, _ := strings.Cut(f, " ")
				if a == id {
					out = append(out, f)
				}
				if b == id {
					in = append(in, f)
				}
			}
			var inputs [][]string
			if k == "and" {
				inputs = [][]string{in}
			} else {
				for _, f := range in {
					inputs = append(inputs, []string{f})
				}
			}
			outputs := [][]string{out}
			if k == "xor" {
				outputs = nil
				for _, f := range out {
					outputs = append(outputs, []string{f})
				}
			}
			for _, i := range inputs {
				ready := len(i) > 0
				for _, f := range i {
					ready = ready && m[f] > 0
				}
				if !ready {
					continue
				}
				moved = true
				for _, o := range outputs {
					next := map[string]int{}
					for f, c := range m {
						next[f] = c
					}
					for _, f := range i {
						if next[f]--; next[f] == 0 {
							delete(next, f)
						}
					}
					for _, f := range o {
						next[f]++
					}
					visit(next)
				}
			}
		}
		if !moved && len(m) > 0 {
			v.deadlock = true
		}
	}
	visit(map[string]int{"s n0": 1})
	return v
}
