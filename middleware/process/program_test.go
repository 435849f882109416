package process

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// What an event takes is kept once, however many errors it catches: a model must
// not grow in memory beyond what its bytes were paid for.
func TestCaughtVariablesAreKeptOnce(t *testing.T) {
	root := bpmn.Node{Kind: bpmn.ProcessRoot, Parent: bpmn.None, Container: &bpmn.Container{Starts: []int{1}}}
	task := bpmn.Node{Kind: bpmn.UserTask, Work: &bpmn.Work{Kind: bpmn.Person, Result: bpmn.None, Process: bpmn.None}}
	event := bpmn.Node{Kind: bpmn.BoundaryEvent, Host: 1, Interrupting: true}
	for range 64 {
		event.Triggers = append(event.Triggers, bpmn.Trigger{Kind: bpmn.Error, Ref: bpmn.None})
	}
	for range 100 {
		event.Outputs = append(event.Outputs, bpmn.Mapping{Target: 0, Value: &feel.Global{}})
	}
	task.Host, root.Host = bpmn.None, bpmn.None
	model := bpmn.Model{
		Variables: []bpmn.Variable{{Name: "x"}}, Processes: []bpmn.Process{{ID: "p", Executable: true, Role: bpmn.None}}, Nodes: []bpmn.Node{root, task, event},
	}
	for i := range model.Nodes {
		n := &model.Nodes[i]
		n.Default, n.Role, n.StartQuantity, n.CompletionQuantity = bpmn.None, bpmn.None, 1, 1
	}
	program, err := newProgram(common.Hash{}, model.Encode())
	require.NoError(t, err)
	require.Equal(t, 100, len(program.caught))
}

// A text that many elements use is in a model's bytes once, and so it is parsed
// once: what it takes to make a model ready is paid by its bytes.
func TestSignaturesAreParsedOnce(t *testing.T) {
	model := bpmn.Model{Variables: []bpmn.Variable{{Name: "x"}}, Processes: []bpmn.Process{{ID: "p", Executable: true, Role: bpmn.None}}}
	model.Nodes = append(model.Nodes, bpmn.Node{Kind: bpmn.ProcessRoot, Parent: bpmn.None, Container: &bpmn.Container{}})
	for range 100 {
		work := bpmn.Work{Kind: bpmn.Contract, Result: bpmn.None, Process: bpmn.None, Target: &feel.Global{}, Name: "f(" + strings.Repeat("int8,", 63) + "int8)"}
		model.Nodes = append(model.Nodes, bpmn.Node{Kind: bpmn.ServiceTask, Work: &work})
	}
	for i := range model.Nodes {
		n := &model.Nodes[i]
		n.Default, n.Role, n.Host, n.StartQuantity, n.CompletionQuantity = bpmn.None, bpmn.None, bpmn.None, 1, 1
	}
	content := model.Encode()
	require.Less(t, len(content), 5_000)
	program, err := newProgram(common.Hash{}, content)
	require.NoError(t, err)
	require.NotNil(t, program.calls[1])
	for i := 2; i <= 100; i++ {
		require.Same(t, program.calls[1], program.calls[i])
	}
}

func TestSignaturesAreBounded(t *testing.T) {
	require.NotNil(t, parseSignature("f(int8[][][][])"))
	require.Nil(t, parseSignature("f(int8[][][][][])"))
	require.Nil(t, parseSignature("f(int8"+strings.Repeat("[]", 10_000)+")"))
	require.NotNil(t, parseSignature("f("+strings.Repeat("int8,", 63)+"int8)"))
	require.Nil(t, parseSignature("f("+strings.Repeat("int8,", 64)+"int8)"))
}
