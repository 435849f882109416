package main

import (
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
