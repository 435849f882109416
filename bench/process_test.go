package bench

import (
	"encoding/hex"
	"os"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// TestTaskIsTheCompiledProcess compares the embedded model with its source.
func TestTaskIsTheCompiledProcess(t *testing.T) {
	source, err := os.ReadFile("contract/Task.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	model, _, err := compiler.Compile(source, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(model.Encode()); got != taskHex {
		t.Errorf("contract/Task.model.hex is\n%s, Task.bpmn compiles to\n%s", taskHex, got)
	}
}

// TestClerkTakesTurns: an account's transactions begin an instance and finish it.
func TestClerkTakesTurns(t *testing.T) {
	for number, want := range []string{"begin()", "finish()", "begin()"} {
		if got := Process.contractData(3, number, processAddress); hex.EncodeToString(got) != hex.EncodeToString(selector(want)) {
			t.Errorf("transaction %d calls %x, not %s", number, got, want)
		}
	}
}
