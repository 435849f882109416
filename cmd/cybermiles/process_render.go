package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// renderedProcess is the JSON of `process render`.
type renderedProcess struct {
	File    string `json:"file" doc:"source"`
	Form    string `json:"form" doc:"svg, text or bpmn"`
	Shapes  int    `json:"shapes" doc:"nodes, lanes, participants and data that are drawn"`
	Edges   int    `json:"edges" doc:"flows and associations that are drawn"`
	Out     string `json:"out,omitempty" doc:"file that was written"`
	Drawing string `json:"drawing,omitempty" doc:"the drawing, when no file was written"`
}

func (r renderedProcess) print(w io.Writer) { fmt.Fprint(w, r.Drawing) }

func newProcessRenderCommand(*contracts.Contract) *cobra.Command {
	var text, asBPMN bool
	var out string
	cmd := &cobra.Command{
		Use:   "render FILE.bpmn",
		Short: "Draw a process model as SVG or text, or give it a layout",
		Long: withFields(`Draw a model with the layout that its modeller gave it; processes without one get one.
Models that break rules are drawn as well. --bpmn writes the model itself with such a
layout, for modellers that open no file without.`, renderedProcess{}),
		Example: `  cybermiles process render sale.bpmn --out sale.svg
  cybermiles process render sale.bpmn --text`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			source, root, err := readProcess(cmd, args[0])
			if err != nil {
				return err
			}
			diagram := render.New(root)
			if len(diagram.Shapes) == 0 {
				return fmt.Errorf("%s has nothing to draw: it holds no BPMN process or collaboration with elements", args[0])
			}
			result := renderedProcess{File: args[0], Form: "svg", Shapes: len(diagram.Shapes), Edges: len(diagram.Edges), Out: out}
			drawing := diagram.SVG()
			switch {
			case text && asBPMN:
				return misusef("choose one of --text and --bpmn")
			case text:
				result.Form, drawing = "text", diagram.Text()
			case asBPMN:
				placed, err := workbench.Layout(source)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				result.Form, drawing = "bpmn", string(placed)
			}
			if out == "" {
				result.Drawing = drawing
			} else if err := writeProduct(cmd, args[0], out, []byte(drawing)); err != nil {
				return err
			}
			return emit(cmd, result, result.print)
		},
	}
	cmd.Flags().BoolVar(&text, "text", false, "draw with characters, for a terminal")
	cmd.Flags().BoolVar(&asBPMN, "bpmn", false, "write the model with a layout, if it has none")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write, default standard output")
	return cmd
}
