package main

import (
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSimulation lives through some days twice: every promise is kept, people
// have done things, and the same seed gives the same report.
func TestSimulation(t *testing.T) {
	p := plan{Days: 2, Operations: 4_000, Block: time.Minute, Seed: 3}
	var reports [2]string
	for i := range reports {
		w, err := newWorld(p)
		require.NoError(t, err)
		require.NoError(t, w.run(func(int) {}))
		require.EqualValues(t, 2*24*60, w.number)
		require.Equal(t, p.Operations, w.tried)
		for _, kind := range []string{"delegate", "undelegate", "claim", "transfer", "schedule", "propose", "vote", "stake locked coins"} {
			require.Positive(t, w.done[kind], kind)
		}
		dir := t.TempDir()
		require.NoError(t, w.report(dir))
		text, err := os.ReadFile(filepath.Join(dir, "sim.md"))
		require.NoError(t, err)
		for _, name := range slices.Sorted(maps.Keys(w.plots())) {
			picture, err := os.ReadFile(filepath.Join(dir, "sim", name+".svg"))
			require.NoError(t, err)
			require.NoError(t, xml.Unmarshal(picture, new(struct{})), "%s.svg is not XML", name)
			text = append(text, picture...)
		}
		reports[i] = string(text)
	}
	require.Equal(t, reports[0], reports[1])
}

// TestBrokenPromisesAreSeen takes a coin away behind the contracts' backs.
func TestBrokenPromisesAreSeen(t *testing.T) {
	w, err := newWorld(plan{Days: 1, Block: time.Minute})
	require.NoError(t, err)
	w.db.SubBalance(person(0), cmt(1), 0)
	require.ErrorContains(t, w.check(), "supply says")
}

// TestScaleReport reads what the packages' tests print and keeps the other part
// of the report.
func TestScaleReport(t *testing.T) {
	s := &scale{Date: "2026-01-01"}
	require.NoError(t, s.readDue("    ledger_test.go:154: 100000 calls in 252 blocks, 363 to 520 a block\n"))
	require.NoError(t, s.readOperations("--- PASS: TestAgainstSimpleModel (1s)\n x.go:1: 700000 operations succeeded, 300000 failed, in 64000 blocks, checked every 21\n"))
	require.NoError(t, s.readBlocks("cpu: Abacus\n"+
		"BenchmarkBlock/delegations=1/quiet-2   \t  1000\t 30141 ns/op\t 18002 gas/block\t 14312 median-ns/block\n"+
		"BenchmarkBlock/delegations=1/epoch-2   \t  1000\t 1247923 ns/op\t 1119552 gas/block\t 1071302 median-ns/block\n"+
		"BenchmarkBlock/delegations=1000000/quiet-2 \t 1000\t 39008 ns/op\t 18002 gas/block\t 23695 median-ns/block\n"+
		"BenchmarkBlock/delegations=1000000/epoch-2 \t 1000\t 6252096 ns/op\t 1772734 gas/block\t 3780838 median-ns/block\n"))
	require.Error(t, new(scale).readDue("nothing"))
	require.Error(t, new(scale).readOperations("700 operations succeeded, 3 failed, in 6 blocks, checked every 1"), "the model's comparison is missing")
	require.Error(t, new(scale).readBlocks("cpu: Abacus\n"))

	dir := t.TempDir()
	require.NoError(t, writeReport(dir, []byte("# A year\n\ntext\n"), nil))
	require.NoError(t, s.report(dir))
	both, err := os.ReadFile(filepath.Join(dir, "sim.md"))
	require.NoError(t, err)
	require.Contains(t, string(both), "# A year\n\ntext\n\n"+scaleHeading)
	require.Contains(t, string(both), "| 1,000,000 | 18,002 | 0.024 | 1,772,734 | 3.78 |")
	require.Contains(t, string(both), "made in 252 blocks")
	require.NoError(t, writeReport(dir, []byte("# Another year\n"), nil))
	other, err := os.ReadFile(filepath.Join(dir, "sim.md"))
	require.NoError(t, err)
	_, scalePart, _ := strings.Cut(string(both), scaleHeading)
	require.Equal(t, "# Another year\n\n"+scaleHeading+scalePart, string(other))
	picture, err := os.ReadFile(filepath.Join(dir, "sim", "delegations.svg"))
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(picture, new(struct{})))
	require.Contains(t, string(picture), ">1,000,000</text>")
}
