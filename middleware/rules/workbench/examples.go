package workbench

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Example is one line of a model's examples: what a decision must answer.
type Example struct {
	Name     string          `json:"name"`
	Decision string          `json:"decision"`
	Input    json.RawMessage `json:"input"`
	Want     json.RawMessage `json:"want"`
	Time     time.Time       `json:"time"` // now() of the model
}

// Outcome is what became of an example.
type Outcome struct {
	Name   string
	Failed string // "" when it holds
}

// ExamplesOf is where the examples of a model are: pricing.test.json beside
// pricing.dmn, risk.test.json beside risk.rules.
func ExamplesOf(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, ".dmn"), ".rules") + ".test.json"
}

// RunExamples runs the examples of a file; a file without examples is an error.
func (m *Model) RunExamples(path string) ([]Outcome, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var examples []Example
	if err := json.Unmarshal(content, &examples); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("%s holds no examples", path)
	}
	outcomes := make([]Outcome, len(examples))
	for i, example := range examples {
		outcomes[i].Name = nameOf(example.Name, i)
		if err := m.hold(example); err != nil {
			outcomes[i].Failed = err.Error()
		}
	}
	return outcomes, nil
}

func nameOf(name string, place int) string {
	if name == "" {
		return fmt.Sprintf("example %d", place+1)
	}
	return name
}

func (m *Model) hold(example Example) error {
	if len(example.Want) == 0 {
		return fmt.Errorf("it does not say what it wants")
	}
	inputs, err := m.Inputs(example.Decision, example.Input)
	if err != nil {
		return err
	}
	result, err := m.Evaluate(example.Decision, inputs, example.Time)
	if err != nil {
		return err
	}
	want, err := parseJSON(example.Want, nil)
	if err != nil {
		return fmt.Errorf("want: %w", err)
	}
	// As JSON both sides have the kinds that JSON has.
	got, err := parseJSON(JSON(result.Value), nil)
	if err != nil {
		return err
	}
	if feel.Text(got) != feel.Text(want) {
		return fmt.Errorf("got %s, want %s", feel.Text(got), feel.Text(want))
	}
	return nil
}
