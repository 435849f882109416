package workbench

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
)

var errHasLayout = errors.New("the file has a layout already")

// Layout adds a diagram to a source that has none, so that modellers can open it.
// Nothing else of the source changes, and so nothing of the compiled model.
func Layout(source []byte) ([]byte, error) {
	root, err := compiler.Parse(source)
	if err != nil {
		return nil, err
	}
	plane := ""
	for _, child := range root.Children {
		switch {
		case child.Name == "BPMNDiagram":
			return nil, errHasLayout
		case child.Name == "collaboration", child.Name == "process" && plane == "":
			plane = child.Attr("id")
		}
	}
	end := bytes.LastIndex(source, []byte("</"))
	diagram := render.New(root)
	if end < 0 || plane == "" || len(diagram.Shapes) == 0 {
		return nil, errors.New("the file holds no process to draw")
	}
	var b bytes.Buffer
	b.Write(source[:end])
	writeDiagram(&b, diagram, plane)
	b.Write(source[end:])
	return b.Bytes(), nil
}

// writeDiagram writes shapes and edges as BPMN's diagram interchange.
func writeDiagram(b *bytes.Buffer, d *render.Diagram, plane string) {
	b.WriteString(`  <bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"` + "\n")
	b.WriteString(`      xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="diagram">` + "\n")
	fmt.Fprintf(b, "    <bpmndi:BPMNPlane id=\"plane\" bpmnElement=%q>\n", attr(plane))
	for i := range d.Shapes {
		s := &d.Shapes[i]
		expanded := ""
		if strings.HasSuffix(strings.ToLower(s.Kind), "subprocess") || s.Kind == "transaction" {
			expanded = ` isExpanded="true"`
		}
		fmt.Fprintf(b, "      <bpmndi:BPMNShape id=\"%s_shape\" bpmnElement=\"%s\"%s><dc:Bounds x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/></bpmndi:BPMNShape>\n",
			attr(s.ID), attr(s.ID), expanded, s.X, s.Y, s.Width, s.Height)
	}
	for _, e := range d.Edges {
		fmt.Fprintf(b, "      <bpmndi:BPMNEdge id=\"%s_edge\" bpmnElement=\"%s\">", attr(e.ID), attr(e.ID))
		for _, p := range e.Points {
			fmt.Fprintf(b, `<di:waypoint x="%g" y="%g"/>`, p.X, p.Y)
		}
		b.WriteString("</bpmndi:BPMNEdge>\n")
	}
	b.WriteString("    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n")
}
