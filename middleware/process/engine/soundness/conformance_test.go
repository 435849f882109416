package soundness_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/soundness"
)

// TestConformanceModels: the suite's models that are meant to get stuck or to send
// several tokens on are found; those around them are sound.
func TestConformanceModels(t *testing.T) {
	dir := os.Getenv("BPMN_CASES")
	if dir == "" {
		dir = "../../../../../shared/conformance/bpmn"
	}
	for model, want := range map[string]soundness.Kind{
		"errors/ExclusiveDiverging_ParallelConverging":             soundness.Deadlock,
		"errors/Token_StartQuantity_Two":                           soundness.Deadlock,
		"gateways/ParallelDiverging_ExclusiveConverging":           soundness.Unsynced,
		"activities/Token_Cardinality_Split_Default":               soundness.Unsynced,
		"patterns/WCP03_Synchronization":                           "",
		"patterns/WCP07_StructuredSynchronizingMerge":              "",
		"patterns/WCP10_ArbitraryCycles":                           "",
		"gateways/InclusiveGateway":                                "",
		"gateways/EventBasedGateway_Timer":                         "",
		"events/Link_Event":                                        "",
		"events/Cancel_Event":                                      "",
		"events/Signal_StartEvent_EventSubProcess_NonInterrupting": "",
	} {
		source, err := os.ReadFile(filepath.Join(dir, "models", model+".bpmn"))
		if err != nil {
			t.Skipf("CONFORMANCE DATA MISSING: %v; set BPMN_CASES", err)
		}
		compiled, _, err := compiler.Compile(source, compiler.Options{Tolerant: true})
		if model == "patterns/WCP10_ArbitraryCycles" { // its conditions do not say that they are formal
			require.Error(t, err)
			continue
		}
		require.NoError(t, err, model)
		report := soundness.Check(compiled)
		if want == "" {
			require.True(t, report.Sound(), "%s: %v", model, report.Findings)
			continue
		}
		require.NotEmpty(t, report.Findings, model)
		require.Equal(t, want, report.Findings[0].Kind, model)
		require.NotEmpty(t, report.Findings[0].Path, model)
	}
}
