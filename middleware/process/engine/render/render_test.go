package render_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
)

const source = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test" id="d"><process id="p" isExecutable="true">
<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="t" name="Ship &lt;b&gt; it"/><boundaryEvent id="b" attachedToRef="t" cancelActivity="false"><timerEventDefinition/></boundaryEvent>
<subProcess id="sub" name="Inside"><startEvent id="s2"/><task id="t2"/><endEvent id="e2"/><sequenceFlow id="g1" sourceRef="s2" targetRef="t2"/><sequenceFlow id="g2" sourceRef="t2" targetRef="e2"/></subProcess>
<endEvent id="e"/><endEvent id="e1"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="g"/><sequenceFlow id="f2" sourceRef="g" targetRef="t"/><sequenceFlow id="f3" name="else" sourceRef="g" targetRef="sub"/>
<sequenceFlow id="f4" sourceRef="t" targetRef="e"/><sequenceFlow id="f5" sourceRef="sub" targetRef="e"/><sequenceFlow id="f6" sourceRef="b" targetRef="e1"/><sequenceFlow id="f7" sourceRef="t" targetRef="g"/>
</process></definitions>`

func parse(t *testing.T, data []byte) *render.Diagram {
	root, err := compiler.Parse(data)
	require.NoError(t, err)
	return render.New(root)
}

// wellFormed requires SVG that parses and has nothing in it that acts.
func wellFormed(t *testing.T, svg string) {
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok {
			require.NotEqual(t, "script", e.Name.Local)
			for _, a := range e.Attr {
				require.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
			}
		}
	}
}

// disjoint requires that nodes of one level do not lie upon each other.
func disjoint(t *testing.T, d *render.Diagram) {
	for i, a := range d.Shapes {
		for _, b := range d.Shapes[i+1:] {
			apart := a.X+a.Width <= b.X || b.X+b.Width <= a.X || a.Y+a.Height <= b.Y || b.Y+b.Height <= a.Y
			inside := a.X <= b.X && a.Y <= b.Y && a.X+a.Width >= b.X+b.Width && a.Y+a.Height >= b.Y+b.Height
			if !apart && !inside && a.Kind != "boundaryEvent" && b.Kind != "boundaryEvent" {
				t.Errorf("%s lies upon %s", a.ID, b.ID)
			}
		}
	}
}

func TestLayout(t *testing.T) {
	d := parse(t, []byte(source))
	require.Len(t, d.Shapes, 10)
	require.Len(t, d.Edges, 9)
	disjoint(t, d)
	d.Tokens = map[string]int{"t": 2}
	svg := d.SVG()
	wellFormed(t, svg)
	require.Contains(t, svg, "Ship &lt;b&gt; it")
	require.Contains(t, svg, ">2</text>")
	text := d.Text()
	require.Contains(t, text, "[☺] Ship <b> it ●●")
	require.Contains(t, text, "├─ else:▶ Inside")
	require.Less(t, strings.Index(text, "() s\n"), strings.Index(text, "() e\n"))
}

func TestReferenceModels(t *testing.T) {
	dir := os.Getenv("BPMN_MIWG")
	if dir == "" {
		dir = "../../../../../shared/conformance/miwg"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.bpmn"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("CONFORMANCE DATA MISSING: set BPMN_MIWG")
	}
	require.Len(t, files, 21)
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		d := parse(t, data)
		shapes := strings.Count(string(data), ":BPMNShape ") + strings.Count(string(data), "<BPMNShape ")
		require.GreaterOrEqual(t, len(d.Shapes), shapes/2, f)
		require.NotEmpty(t, d.Text())
		wellFormed(t, d.SVG())
	}
	fmt.Printf("miwg render: %d passed, 0 failed, 0 not applicable\n", len(files))
}

func TestModelsWithoutLayoutGetOne(t *testing.T) {
	dir := os.Getenv("BPMN_CASES")
	if dir == "" {
		dir = "../../../../../shared/conformance/bpmn"
	}
	files, err := filepath.Glob(filepath.Join(dir, "models", "*", "*.bpmn"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("CONFORMANCE DATA MISSING: set BPMN_CASES")
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		d := parse(t, data)
		require.NotEmpty(t, d.Shapes, f)
		disjoint(t, d)
		wellFormed(t, d.SVG())
	}
}

func FuzzRender(f *testing.F) {
	f.Add([]byte(source))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := compiler.Parse(data)
		if err != nil {
			return
		}
		d := render.New(root)
		wellFormed(t, d.SVG())
		d.Text()
	})
}
