package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestRulesGuide runs the commands of docs/guides/rules.md, in a copy of the
// example, on a chain of its own.
func TestRulesGuide(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	_, err = exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(root, "solidity/node_modules/solc")); err != nil || missing != nil {
		t.Skip("Node.js or the Solidity compiler is missing: run `npm ci` in solidity/ to run this test")
	}
	guide, err := os.ReadFile(filepath.Join(root, "docs/guides/rules.md"))
	require.NoError(t, err)
	commands := "set -eu\n"
	blocks := strings.Split(string(guide), "```")
	for i := 1; i < len(blocks); i += 2 {
		body, found := strings.CutPrefix(blocks[i], "sh\n")
		require.True(t, found, "a block that is no sh: %s", blocks[i])
		commands += body
	}
	commands = strings.ReplaceAll(commands, "npm ci && npm run build", "node build.mjs") // the compiler is there
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "guide.txtar"), []byte(guideScript), 0o600))
	testscript.Run(t, testscript.Params{Dir: dir, Setup: func(env *testscript.Env) error {
		if err := withDevNode(t, env); err != nil {
			return err
		}
		env.Setenv("CYBERMILES_HOME", env.WorkDir+"/home")
		if err := copySolidity(root, env.WorkDir); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(env.WorkDir, "guide.sh"), []byte(commands), 0o600)
	}})
}

const guideScript = `exec sh guide.sh
stdout '^ok    bad score$'
stdout '^ok    split payment, and a customer to watch$'
stdout '^Escrow days = 14, rule 3$'
stdout '^├─ Risk = "medium", rule 3$'
stdout '^suspicious  \{"order":2,"customer":7,"reason":"another country"\}  tell$'
stdout '^orders:     1000$'
stdout '^fees:       [1-9]\d+ cents$'
stdout '^risky:      [1-9]\d+$'
stdout '^suspicious: [1-9]\d+$'
stdout '^\d+ +Watch \(concluded\)  \{"customer":\d+,"flags":\d+\}$'
stdout '^\d+ +Flag      \{"order":2,"customer":7,"reason":"another country"\}$'
cmp solidity/rules-example/Pricing.sol expected/Pricing.sol
cmp solidity/rules-example/Risk.sol expected/Risk.sol
`

// copySolidity copies the Solidity sources, and the interfaces that they import,
// to where the guide's commands may write.
func copySolidity(root, to string) error {
	for _, part := range []string{"solidity/rules-example", "solidity/process-examples", "solidity/wcmt"} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join(root, part))); err != nil {
			return err
		}
	}
	for _, name := range []string{"solidity/build.mjs", "solidity/compile.mjs", "solidity/interfaces.mjs", "solidity/natspec.mjs", "solidity/settings.json", "middleware/rules/IRules.sol", "middleware/process/IProcess.sol"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), content, 0o600); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(to, "expected"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"Pricing.sol", "Risk.sol"} {
		content, err := os.ReadFile(filepath.Join(root, "solidity/rules-example", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, "expected", name), content, 0o600); err != nil {
			return err
		}
	}
	return os.Symlink(filepath.Join(root, "solidity/node_modules"), filepath.Join(to, "solidity/node_modules"))
}
