package machine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/process/engine/soundness"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// TestReferenceModelsRun runs the executable models of the BPMN Model Interchange
// Working Group: whatever they ask for is answered, and every instance ends, but for a
// deadlock that the soundness check names.
func TestReferenceModelsRun(t *testing.T) {
	dir := conformance(t, "BPMN_MIWG", "miwg")
	files, err := filepath.Glob(filepath.Join(dir, "*.bpmn"))
	require.NoError(t, err)
	answers := map[string]any{
		"approved": true, "clarified": "yes", "fraud": false, "riskLevels": feel.List{feel.String("green")}, "Vacation Approval": "Approved", "Service Level": "Premium",
		"Issue Resolved": true, "documentReferenceId": "1",
	}
	ran := 0
	for _, f := range files {
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		model, _, err := compiler.Compile(source, compiler.Options{Tolerant: true})
		if err != nil {
			require.True(t, strings.Contains(err.Error(), "EXT013") || strings.Contains(err.Error(), "isExecutable") || strings.Contains(err.Error(), "EXT063"), "%s: %v", f, err)
			continue
		}
		ran++
		w := newWorld(t, model)
		w.job = func(i *running, e machine.Effect) {
			w.at(w.now, func() {
				if i.instance.Token(e.Token) != nil {
					w.command(i, func(s *machine.Session) error { return s.Complete(e.Token, contextOf(answers)) })
				}
			})
		}
		for p := range model.Processes {
			if !model.Processes[p].Executable {
				continue
			}
			if len(model.Nodes[model.Processes[p].Node].Container.Starts) > 0 {
				w.begin(p, bpmn.None, contextOf(answers))
				continue
			}
			for _, s := range w.engine.StartEvents(p)[:1] {
				w.begin(p, s.Node, contextOf(answers))
			}
		}
		require.NotEmpty(t, w.instances, f)
		w.advance(30 * 24 * 3600)
		for _, name := range model.Messages {
			w.message(machine.Effect{Name: name, Key: "1"})
			w.message(machine.Effect{Name: name})
			w.advance(30 * 24 * 3600)
		}
		for _, i := range w.instances {
			if i.instance.Status() != machine.Running {
				continue
			}
			// C.3.0 has a task that starts with two tokens and gets one.
			for _, token := range i.instance.Tokens() {
				require.Equal(t, machine.Arrived, token.State, "%s is stuck at %s: %s", f, model.Nodes[token.Node].Name, token.Reason)
			}
			findings := soundness.Check(model).Findings
			require.NotEmpty(t, findings, f)
			require.Equal(t, soundness.Deadlock, findings[0].Kind, f)
		}
	}
	require.Equal(t, 7, ran)
	fmt.Printf("miwg run: %d passed, 0 failed, 0 not applicable\n", ran)
}
