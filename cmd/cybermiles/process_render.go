package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
)

// renderedProcess is the JSON of `process render`.
type renderedProcess struct {
	File    string `json:"file" doc:"source"`
	Form    string `json:"form" doc:"svg or text"`
	Shapes  int    `json:"shapes" doc:"nodes, lanes, participants and data that are drawn"`
	Edges   int    `json:"edges" doc:"flows and associations that are drawn"`
	Out     string `json:"out,omitempty" doc:"file that was written"`
	Drawing string `json:"drawing,omitempty" doc:"the drawing, when no file was written"`
}

func (r renderedProcess) print(w io.Writer) { fmt.Fprint(w, r.Drawing) }

func newProcessRenderCommand(*contracts.Contract) *cobra.Command {
	var text bool
	var out string
	cmd := &cobra.Command{
		Use:   "render FILE.bpmn",
		Short: "Draw a process model as SVG, or as text",
		Long: withFields(`Draw a model with the layout that its modeller gave it; processes without one get one.
Models that break rules are drawn as well.`, renderedProcess{}),
		Example: `  cybermiles process render sale.bpmn --out sale.svg
  cybermiles process render sale.bpmn --text`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, root, err := readProcess(cmd, args[0])
			if err != nil {
				return err
			}
			diagram := render.New(root)
			if len(diagram.Shapes) == 0 {
				return fmt.Errorf("%s has nothing to draw: it holds no BPMN process or collaboration with elements", args[0])
			}
			result := renderedProcess{File: args[0], Form: "svg", Shapes: len(diagram.Shapes), Edges: len(diagram.Edges), Out: out}
			drawing := diagram.SVG
			if text {
				result.Form, drawing = "text", diagram.Text
			}
			if out == "" {
				result.Drawing = drawing()
			} else if err := writeProduct(cmd, args[0], out, []byte(drawing())); err != nil {
				return err
			}
			return emit(cmd, result, result.print)
		},
	}
	cmd.Flags().BoolVar(&text, "text", false, "draw with characters, for a terminal")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default standard output")
	return cmd
}
