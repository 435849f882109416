package feelin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// expressions is how many are compared; all are the same in every run.
const expressions = 4000

// answer is what feelin made of an expression.
type answer struct {
	Value json.RawMessage `json:"value"`
	Error string          `json:"error"`
}

// install installs feelin beside this file, once; the test is skipped, loudly,
// where that is not possible.
func install(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		skip(t, "Node.js is missing")
	}
	if _, err := os.Stat("node_modules/feelin"); err == nil {
		return node
	}
	output, err := exec.Command("npm", "ci", "--ignore-scripts", "--silent").CombinedOutput()
	if err != nil {
		skip(t, fmt.Sprintf("npm ci in test/feelin: %v\n%s", err, output))
	}
	return node
}

func skip(t *testing.T, reason string) {
	fmt.Fprintln(os.Stderr, "NOT TESTED: FEEL against npm feelin:", reason)
	t.Skip(reason)
}

func TestAgainstFeelin(t *testing.T) {
	node := install(t)
	g := &generator{r: rand.New(rand.NewPCG(31, 32))}
	list := make([]string, expressions)
	for i := range list {
		list[i] = g.expression()
	}
	input, err := json.Marshal(list)
	require.NoError(t, err)
	cmd := exec.Command(node, "evaluate.mjs")
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	require.NoError(t, err)
	var answers []answer
	require.NoError(t, json.Unmarshal(output, &answers))
	require.Len(t, answers, expressions)

	compared, null := 0, 0
	for i, expression := range list {
		require.Empty(t, answers[i].Error, expression)
		var theirs, ours any
		require.NoError(t, json.Unmarshal(answers[i].Value, &theirs))
		require.NoError(t, json.Unmarshal(evaluate(t, expression), &ours))
		compared++
		if ours == nil {
			null++
		}
		if !alike(ours, theirs) {
			t.Errorf("%s\n  engine %v\n  feelin %v", expression, ours, theirs)
		}
	}
	require.Equal(t, expressions, compared)
	require.Less(t, null, expressions/5, "too many expressions have no value to compare anything")
	t.Logf("%d expressions, %d of them null", compared, null)
}

func evaluate(t *testing.T, expression string) json.RawMessage {
	t.Helper()
	compiled, _, err := parser.Expression(expression, parser.NewScope())
	require.NoError(t, err, expression)
	now, _ := calendar.FromUnix(0)
	m := feel.NewMachine(nil, feel.DefaultLimits, now)
	v := compiled.Eval(m, feel.NewEnv(nil))
	require.NoError(t, m.Err(), expression)
	return workbench.JSON(v)
}

// alike compares JSON values, numbers to what a binary number holds.
func alike(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !alike(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key := range x {
			if !alike(x[key], y[key]) {
				return false
			}
		}
		return true
	}
	return a == b
}
