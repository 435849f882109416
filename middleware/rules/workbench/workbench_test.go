package workbench_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

const pricing = "../../../solidity/rules-example/pricing.dmn"

func compile(t testing.TB) *workbench.Model {
	model, err := workbench.Compile(pricing)
	require.NoError(t, err)
	require.Empty(t, model.Findings)
	return model
}

func TestExplain(t *testing.T) {
	model := compile(t)
	inputs, err := model.Inputs("Escrow days", []byte(`{"Score": 600, "Seller level": "gold", "Country": "US", "Amount": "12.50"}`))
	require.NoError(t, err)
	result, err := model.Evaluate("Escrow days", inputs, time.Unix(0, 0))
	require.NoError(t, err)
	require.Equal(t, "14", feel.Text(result.Value))
	require.Positive(t, result.Units)
	var got []string
	for _, step := range result.Steps {
		got = append(got, step.Element)
	}
	require.Equal(t, []string{"Risk", "Risk", "Escrow days", "Escrow days"}, got)
	require.Equal(t, []int{3}, result.Steps[0].Matched)
	require.Nil(t, result.Steps[1].Matched)
}

func TestDeployedFormIsTheSameModel(t *testing.T) {
	model := compile(t)
	again, err := workbench.Decode(model.Code)
	require.NoError(t, err)
	require.Equal(t, model.Hash, again.Hash)
	require.Equal(t, model.Code, again.Encode())
	_, err = workbench.Decode(model.Code[1:])
	require.Error(t, err)
}

func TestInputsAreChecked(t *testing.T) {
	model := compile(t)
	for input, want := range map[string]string{
		`{"Nothing": 1}`:     `no input "Nothing"`,
		`[]`:                 "want an object",
		`{"Amount": 1`:       "EOF",
		`{"Amount": 1} 2`:    "more after the value",
		`{"Amount": 1e7000}`: "out of range",
		`{"Amount": "many"}`: `"many" is no number`,
		nested(70):           "nests deeper than 64",
	} {
		_, err := model.Inputs("Terms", []byte(input))
		require.ErrorContains(t, err, want, input)
	}
	_, err := model.Inputs("Amount", []byte(`{}`))
	require.ErrorContains(t, err, `no decision "Amount"; it has "Risk"`)
}

func nested(n int) (text string) {
	for range n {
		text += `{"a":`
	}
	return text
}

func TestExamples(t *testing.T) {
	outcomes, err := compile(t).RunExamples(workbench.ExamplesOf(pricing))
	require.NoError(t, err)
	require.Len(t, outcomes, 4)
	for _, outcome := range outcomes {
		require.Empty(t, outcome.Failed, outcome.Name)
	}
}

func FuzzInputs(f *testing.F) {
	f.Add([]byte(`{"Amount": 1.5, "Country": null, "Category": ["a", {"b": true}]}`))
	model := compile(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		inputs, err := model.Inputs("Terms", content)
		if err != nil {
			return
		}
		text := workbench.JSON(inputs)
		require.True(t, json.Valid(text), "%s", text)
		again, err := model.Inputs("Terms", text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, feel.Text(inputs), feel.Text(again))
	})
}

func TestGraph(t *testing.T) {
	model := compile(t)
	inputs, err := model.Inputs("Escrow days", []byte(`{"Score": 600, "Seller level": "gold", "Country": "US", "Amount": 80}`))
	require.NoError(t, err)
	result, err := model.Evaluate("Escrow days", inputs, time.Unix(0, 0))
	require.NoError(t, err)
	var steps []workbench.ShownStep
	for _, step := range result.Steps {
		shown := workbench.ShownStep{Element: step.Element, Rules: step.Matched}
		if step.Matched == nil {
			shown.Value = workbench.JSON(step.Value)
		}
		steps = append(steps, shown)
	}
	graph, err := model.Graph("Escrow days", inputs, steps)
	require.NoError(t, err)
	var text strings.Builder
	graph.Print(&text)
	require.Equal(t, `Escrow days = 14, rule 3
├─ Risk = "medium", rule 3
│  ├─ Score = 600
│  ├─ Country = "US"
│  └─ Amount = 80
└─ Seller level = "gold"
`, text.String())
}
