package workbench

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
)

// Draw is the diagram of a process with so many tokens on each node. The source,
// which may be nil, has the layout that its modeller gave it; without it the
// diagram shows what the compiled model knows.
func (m *Model) Draw(process int, source []byte, tokens map[string]int) (*render.Diagram, error) {
	if source == nil {
		source = m.sketch(process)
	}
	root, err := compiler.Parse(source)
	if err != nil {
		return nil, err
	}
	diagram := render.New(root)
	diagram.Tokens = tokens
	return diagram, nil
}

// sketch writes the nodes and flows of a process as BPMN for the eye: it cannot
// be compiled.
func (m *Model) sketch(process int) []byte {
	var b bytes.Buffer
	b.WriteString(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="sketch" targetNamespace="urn:sketch">`)
	m.sketchNode(&b, m.Processes[process].Node)
	b.WriteString("</definitions>")
	return b.Bytes()
}

func (m *Model) sketchNode(b *bytes.Buffer, i int) {
	n := &m.Nodes[i]
	element, attrs := element(n), ""
	if n.Kind == bpmn.BoundaryEvent {
		attrs = fmt.Sprintf(` attachedToRef="%s" cancelActivity="%t"`, attr(m.Nodes[n.Host].ID), n.Interrupting)
	}
	if n.Kind == bpmn.EventSubProcess {
		attrs = ` triggeredByEvent="true"`
	}
	fmt.Fprintf(b, `<%s id="%s" name="%s"%s>`, element, attr(n.ID), attr(n.Name), attrs)
	for _, f := range n.In {
		fmt.Fprintf(b, "<incoming>%s</incoming>", attr(m.Flows[f].ID))
	}
	for _, f := range n.Out {
		fmt.Fprintf(b, "<outgoing>%s</outgoing>", attr(m.Flows[f].ID))
	}
	for t := range n.Triggers {
		fmt.Fprintf(b, "<%sEventDefinition/>", marker(n.Triggers[t].Kind))
	}
	if l := n.Loop; l != nil && l.Multi {
		fmt.Fprintf(b, `<multiInstanceLoopCharacteristics isSequential="%t"/>`, l.Sequential)
	} else if l != nil {
		b.WriteString("<standardLoopCharacteristics/>")
	}
	if n.Kind.Container() {
		m.sketchInside(b, i)
	}
	fmt.Fprintf(b, "</%s>", element)
}

func (m *Model) sketchInside(b *bytes.Buffer, container int) {
	for i := range m.Nodes {
		if m.Nodes[i].Parent == container {
			m.sketchNode(b, i)
		}
	}
	for i := range m.Flows {
		if f := &m.Flows[i]; m.Nodes[f.Source].Parent == container {
			fmt.Fprintf(b, `<sequenceFlow id="%s" name="%s" sourceRef="%s" targetRef="%s"/>`, attr(f.ID), attr(f.Name), attr(m.Nodes[f.Source].ID), attr(m.Nodes[f.Target].ID))
		}
	}
}

// element is the name of a node's element.
func element(n *bpmn.Node) string {
	if n.Kind == bpmn.EventSubProcess {
		return "subProcess"
	}
	return n.Kind.String()
}

// marker is the word that the event definition of a trigger begins with.
func marker(kind bpmn.TriggerKind) string {
	if kind == bpmn.Compensation {
		return "compensate"
	}
	return kind.String()
}

// attr is a text as it stands in an attribute or element.
func attr(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
