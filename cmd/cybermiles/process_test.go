package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
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
				feel.Entry{Key: "priceWei", Value: feel.Int(20)}), machine.Options{})
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

// TestProcessGuideCommands: every command of the guide is in the scripts that
// run them.
func TestProcessGuideCommands(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/process.md")
	require.NoError(t, err)
	script := ""
	for _, name := range []string{"process", "chain-process-guide"} {
		content, err := os.ReadFile("testdata/" + name + ".txtar")
		require.NoError(t, err)
		script += string(content)
	}
	commands := regexp.MustCompile(`(?m)^    (cybermiles .*)$`).FindAllStringSubmatch(string(guide), -1)
	require.Len(t, commands, 18)
	for _, command := range commands {
		require.Contains(t, script, "\nexec "+command[1]+"\n")
	}
}

// TestProcessShop runs a contract that is a party of a process, through the
// library that `process bind` wrote for it.
func TestProcessShop(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	_, err = exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(root, "solidity/node_modules/solc")); err != nil || missing != nil {
		t.Skip("Node.js or the Solidity compiler is missing: run `npm ci` in solidity/ to run this test")
	}
	dir := t.TempDir()
	script := "cd solidity\nexec node build.mjs\ncd ..\nexec sh solidity/process-examples/shop.sh\nstdout '^ok   an order of a contract$'\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.txtar"), []byte(script), 0o600))
	testscript.Run(t, testscript.Params{Dir: dir, Setup: func(env *testscript.Env) error {
		if err := withDevNode(t, env); err != nil {
			return err
		}
		env.Setenv("CYBERMILES_HOME", env.WorkDir+"/home")
		return copySolidity(root, env.WorkDir)
	}})
}
