package bpmn_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// small is a process of a start event, a task and an end event.
func small() *bpmn.Model {
	node := func(kind bpmn.Kind, id string, parent int) bpmn.Node {
		return bpmn.Node{Kind: kind, ID: id, Parent: parent, Default: bpmn.None, Role: bpmn.None, Host: bpmn.None, StartQuantity: 1, CompletionQuantity: 1}
	}
	m := &bpmn.Model{
		Name: "m", Variables: []bpmn.Variable{{Name: "x"}}, Processes: []bpmn.Process{{ID: "p", Node: 0, Executable: true, Role: bpmn.None}},
		Nodes: []bpmn.Node{node(bpmn.ProcessRoot, "p", bpmn.None), node(bpmn.StartEvent, "s", 0), node(bpmn.ScriptTask, "t", 0), node(bpmn.EndEvent, "e", 0)},
		Flows: []bpmn.Flow{{ID: "a", Source: 1, Target: 2}, {ID: "b", Source: 2, Target: 3}},
	}
	m.Nodes[0].Container = &bpmn.Container{Starts: []int{1}}
	m.Nodes[1].Out, m.Nodes[2].In, m.Nodes[2].Out, m.Nodes[3].In = []int{0}, []int{0}, []int{1}, []int{1}
	m.Nodes[2].Work = &bpmn.Work{Kind: bpmn.Evaluate, Value: &feel.Global{Index: 0}, Result: 0, Process: bpmn.None}
	return m
}

func TestRoundTrip(t *testing.T) {
	m := small()
	require.NoError(t, m.Verify())
	again, err := bpmn.Decode(m.Encode())
	require.NoError(t, err)
	require.Equal(t, m.Encode(), again.Encode())
	require.Equal(t, 2, again.Lookup("t"))
	require.Equal(t, 0, again.Root(2))
}

// TestVerifyRefuses breaks a sound model in one place at a time.
func TestVerifyRefuses(t *testing.T) {
	for name, change := range map[string]func(*bpmn.Model){
		"no process":            func(m *bpmn.Model) { m.Processes = nil },
		"process is a task":     func(m *bpmn.Model) { m.Processes[0].Node = 2 },
		"parent after child":    func(m *bpmn.Model) { m.Nodes[1].Parent = 2 },
		"orphan":                func(m *bpmn.Model) { m.Nodes[2].Parent = bpmn.None },
		"flow out of range":     func(m *bpmn.Model) { m.Flows[0].Target = 9 },
		"flow listed twice":     func(m *bpmn.Model) { m.Nodes[1].Out = []int{0, 0} },
		"flow not listed":       func(m *bpmn.Model) { m.Nodes[2].In = nil },
		"foreign default":       func(m *bpmn.Model) { m.Nodes[1].Default = 1 },
		"no work":               func(m *bpmn.Model) { m.Nodes[2].Work = nil },
		"work without value":    func(m *bpmn.Model) { m.Nodes[2].Work.Value = nil },
		"result out of range":   func(m *bpmn.Model) { m.Nodes[2].Work.Result = 7 },
		"quantity":              func(m *bpmn.Model) { m.Nodes[2].StartQuantity = 0 },
		"timer in an end event": func(m *bpmn.Model) { m.Nodes[3].Triggers = []bpmn.Trigger{{Kind: bpmn.Timer, Expr: &feel.Const{}}} },
		"signal out of range":   func(m *bpmn.Model) { m.Nodes[3].Triggers = []bpmn.Trigger{{Kind: bpmn.Signal, Ref: 0}} },
		"loop without end":      func(m *bpmn.Model) { m.Nodes[2].Loop = &bpmn.Loop{Item: bpmn.None, Results: bpmn.None} },
		"start elsewhere":       func(m *bpmn.Model) { m.Nodes[0].Container.Starts = []int{0} },
		"role":                  func(m *bpmn.Model) { m.Nodes[2].Role = 0 },
		"global out of range":   func(m *bpmn.Model) { m.Nodes[2].Work.Value = &feel.Global{Index: 5} },
	} {
		t.Run(name, func(t *testing.T) {
			m := small()
			change(m)
			_, err := bpmn.Decode(m.Encode())
			require.ErrorIs(t, err, feel.ErrMalformed)
		})
	}
}

func TestLimits(t *testing.T) {
	_, err := bpmn.Decode(make([]byte, bpmn.MaxModel+1))
	require.ErrorContains(t, err, "at most")
	m := small()
	m.Nodes[2].StartQuantity = bpmn.MaxQuantity
	_, err = bpmn.Decode(m.Encode())
	require.NoError(t, err)
	m.Nodes[2].StartQuantity++
	_, err = bpmn.Decode(m.Encode())
	require.ErrorIs(t, err, feel.ErrMalformed)
	nested := func(depth int) error {
		m := small()
		for i := range depth { // sub-processes within sub-processes
			parent := 0
			if i > 0 {
				parent = len(m.Nodes) - 1
			}
			m.Nodes = append(m.Nodes, bpmn.Node{Kind: bpmn.SubProcess, Parent: parent, Default: bpmn.None, Role: bpmn.None, Host: bpmn.None, StartQuantity: 1, CompletionQuantity: 1, Container: &bpmn.Container{}})
		}
		_, err := bpmn.Decode(m.Encode())
		return err
	}
	require.NoError(t, nested(bpmn.MaxNesting))
	require.ErrorContains(t, nested(bpmn.MaxNesting+1), "nested")
	wide := func(nodes int) error {
		m := small()
		for len(m.Nodes) < nodes {
			m.Nodes = append(m.Nodes, bpmn.Node{Kind: bpmn.Task, Parent: 0, Default: bpmn.None, Role: bpmn.None, Host: bpmn.None, StartQuantity: 1, CompletionQuantity: 1})
		}
		_, err := bpmn.Decode(m.Encode())
		return err
	}
	require.NoError(t, wide(bpmn.MaxNodes))
	require.ErrorContains(t, wide(bpmn.MaxNodes+1), "nodes")
}

// FuzzDecode: bytes that decode encode to themselves, and none make it panic.
func FuzzDecode(f *testing.F) {
	f.Add(small().Encode())
	files, err := filepath.Glob("../../../../../shared/conformance/bpmn/models/*/*.bpmn")
	if err == nil {
		for _, name := range files {
			source, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			if m, _, err := compiler.Compile(source, compiler.Options{Tolerant: true}); err == nil {
				f.Add(m.Encode())
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := bpmn.Decode(data)
		if err != nil {
			return
		}
		again, err := bpmn.Decode(m.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Encode()) != string(m.Encode()) {
			t.Fatal("a model changes when it is encoded again")
		}
	})
}
