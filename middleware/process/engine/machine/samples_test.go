package machine_test

import (
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// samples are models of every kind: random ones, the feature model of this test
// and, when it is there, the conformance suite.
func samples(tb testing.TB) (out []*bpmn.Model) {
	for seed := range int64(5) {
		next := 0
		model, err := bpmn.Decode(draw(randomBlock(rand.New(rand.NewSource(seed)), 3, &next)).Encode())
		require.NoError(tb, err)
		out = append(out, model)
	}
	files, err := filepath.Glob("../../../../../shared/conformance/bpmn/models/*/*.bpmn")
	require.NoError(tb, err)
	for _, f := range files {
		source, err := os.ReadFile(f)
		require.NoError(tb, err)
		if model, _, err := compiler.Compile(adapt(source), compiler.Options{}); err == nil {
			out = append(out, model)
		}
	}
	return out
}

// TestSamplesSurviveAnything pokes each sample with random commands.
func TestSamplesSurviveAnything(t *testing.T) {
	for _, model := range samples(t) {
		for seed := range int64(20) {
			startAndPoke(t, model, seed)
		}
	}
}
