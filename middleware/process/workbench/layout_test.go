package workbench_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// A layout is what the drawing had without one, and the model stays the same.
func TestLayout(t *testing.T) {
	source, err := os.ReadFile("../../../docs/guides/sale.bpmn")
	require.NoError(t, err)
	placed, err := workbench.Layout(source)
	require.NoError(t, err)
	before, _, err := compiler.Compile(source, compiler.Options{})
	require.NoError(t, err)
	after, _, err := compiler.Compile(placed, compiler.Options{})
	require.NoError(t, err)
	require.Equal(t, before.Encode(), after.Encode())

	plain, err := compiler.Parse(source)
	require.NoError(t, err)
	laid, err := compiler.Parse(placed)
	require.NoError(t, err)
	require.Equal(t, render.New(plain).SVG(), render.New(laid).SVG())

	_, err = workbench.Layout(placed)
	require.ErrorContains(t, err, "has a layout already")
	_, err = workbench.Layout([]byte(head + "</definitions>"))
	require.ErrorContains(t, err, "no process to draw")
	_, err = workbench.Layout([]byte("<"))
	require.Error(t, err)
}

// FuzzForms reads anything that compiles and fills its forms with anything.
func FuzzForms(f *testing.F) {
	for _, name := range []string{"sale", "credit", "ride"} {
		source, err := os.ReadFile(examples + name + ".bpmn")
		require.NoError(f, err)
		f.Add(source, []byte(`{"priceWei": 5, "stars": 3}`))
	}
	f.Fuzz(func(t *testing.T, source, variables []byte) {
		_, _ = workbench.Layout(source) // whatever it says, it must not panic
		compiled, _, err := compiler.Compile(source, compiler.Options{Tolerant: true})
		if err != nil {
			return
		}
		m := workbench.New(compiled)
		for i := range m.Processes {
			form := m.Start(i)
			packed, err := form.Pack(variables)
			if err == nil {
				_, err = workbench.JSON(packed)
				require.NoError(t, err)
			}
			for _, step := range m.Steps(i) {
				_, _ = step.Pack(variables)
			}
			_, err = m.Draw(i, nil, map[string]int{compiled.Nodes[0].ID: 1})
			require.NoError(t, err)
		}
	})
}
