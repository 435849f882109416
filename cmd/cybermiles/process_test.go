package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// TestProcessGuideExample: the model of docs/guides/process.md does what the
// guide says, on every way through it.
func TestProcessGuideExample(t *testing.T) {
	source, err := os.ReadFile("../../docs/guides/sale.bpmn")
	require.NoError(t, err)
	model, _, err := compiler.Compile(source, compiler.Options{})
	require.NoError(t, err)
	const day = 24 * 60 * 60
	for name, test := range map[string]struct {
		steps []string // tasks with the variables they set, or timers
		ends  int64    // time of the last step
		paid  string
	}{
		"received":           {[]string{"ship", "receive"}, 0, "seller"},
		"not shipped":        {[]string{"late"}, 7 * day, "buyer"},
		"silent":             {[]string{"ship", "silent"}, 14 * day, "seller"},
		"rightly complained": {[]string{"ship", "receive complaint", "judge refunded"}, 0, "buyer"},
		"wrongly complained": {[]string{"ship", "receive complaint", "judge"}, 0, "seller"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := machine.New(model)
			session, err := engine.Start(0, bpmn.None, feel.NewContext(
				feel.Entry{Key: "buyer", Value: feel.String("the buyer")}, feel.Entry{Key: "seller", Value: feel.String("the seller")},
				feel.Entry{Key: "price", Value: feel.Int(20)}), machine.Options{})
			require.NoError(t, err)
			var effects []machine.Effect
			now := int64(0)
			for _, step := range test.steps {
				effects = session.Effects()
				id, variable, set := strings.Cut(step, " ")
				var result *feel.Context
				if set {
					result = feel.NewContext(feel.Entry{Key: variable, Value: feel.Boolean(true)})
				}
				effect := effectOf(t, model, effects, id)
				now = effect.Due
				session, err = engine.Open(session.Instance(), machine.Options{Now: now})
				require.NoError(t, err)
				if effect.Kind == machine.TaskOpened {
					err = session.Complete(effect.Token, result)
				} else {
					err = session.Deliver(effect.Wait, nil)
				}
				require.NoError(t, err, step)
			}
			require.Equal(t, test.ends, now)
			require.Equal(t, machine.Completed, session.Instance().Status())
			var paid []feel.Value
			for _, effect := range session.Effects() {
				if effect.Kind == machine.Paid {
					paid = append(paid, effect.Target, effect.Amount)
				}
			}
			require.Equal(t, []feel.Value{feel.String("the " + test.paid), feel.Int(20)}, paid)
		})
	}
}

// effectOf finds the effect that a node has caused.
func effectOf(t *testing.T, model *bpmn.Model, effects []machine.Effect, node string) machine.Effect {
	t.Helper()
	for _, effect := range effects {
		if model.Nodes[effect.Node].ID == node {
			return effect
		}
	}
	t.Fatalf("%s has caused nothing", node)
	return machine.Effect{}
}

// TestProcessGuideCommands: every command of the guide is in the script that
// runs them.
func TestProcessGuideCommands(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/process.md")
	require.NoError(t, err)
	script, err := os.ReadFile("testdata/process.txtar")
	require.NoError(t, err)
	commands := regexp.MustCompile(`(?m)^    (cybermiles .*)$`).FindAllStringSubmatch(string(guide), -1)
	require.Len(t, commands, 4)
	for _, command := range commands {
		require.Contains(t, string(script), "\nexec "+command[1]+"\n")
	}
}
