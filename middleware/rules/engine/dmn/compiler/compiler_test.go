package compiler

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

const head = `<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/" namespace="n" name="m">`

func compileText(body string, options Options) (*dmn.Model, []Diagnostic, error) {
	return Compile(options, Source{"m.dmn", []byte(head + body + `</definitions>`)})
}

func TestRefusals(t *testing.T) {
	decision := func(id, needs string) string {
		return `<decision id="` + id + `" name="` + id + `"><informationRequirement><requiredDecision href="#` + needs +
			`"/></informationRequirement><literalExpression><text>` + needs + `</text></literalExpression></decision>`
	}
	for name, c := range map[string]struct{ xml, want string }{
		"not XML":           {"<definitions", "syntax error"},
		"not DMN":           {`<definitions xmlns="http://example.org/"/>`, "DMN namespace"},
		"another root":      {`<decision xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/"/>`, "definitions"},
		"missing import":    {head + `<import namespace="x" name="x" importType="http://www.omg.org/spec/DMN/20180521/MODEL/"/></definitions>`, "imports"},
		"dangling href":     {head + decision("a", "b") + `</definitions>`, `requires "#b"`},
		"a cycle":           {head + decision("a", "b") + decision("b", "a") + `</definitions>`, "require each other"},
		"one id twice":      {head + `<inputData id="a" name="a"/><inputData id="a" name="b"/></definitions>`, "two elements"},
		"a cyclic alias":    {head + `<itemDefinition name="a"><typeRef>b</typeRef></itemDefinition><itemDefinition name="b"><typeRef>a</typeRef></itemDefinition></definitions>`, "defined by itself"},
		"an output nowhere": {head + `<decisionService id="s" name="s"><outputDecision href="#x"/></decisionService></definitions>`, "output"},
		"no output":         {head + `<decisionService id="s" name="s"/></definitions>`, "no output"},
	} {
		_, _, err := Compile(Options{}, Source{"m.dmn", []byte(c.xml)})
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDiagnosticPlaces checks that findings point into the file.
func TestDiagnosticPlaces(t *testing.T) {
	body := "\n<decision id=\"d\" name=\"d\"><literalExpression><text>1 +\n  unknown thing + )</text></literalExpression></decision>"
	_, diagnostics, err := compileText(body, Options{})
	if err != nil || len(diagnostics) != 1 || diagnostics[0].Line != 3 || diagnostics[0].Column != 19 || diagnostics[0].Severity != Error {
		t.Errorf("%v, %v", diagnostics, err)
	}
	if _, _, err := compileText(body, Options{Strict: true}); !errors.Is(err, ErrRefused) {
		t.Errorf("strict: %v", err)
	}
	_, diagnostics, err = compileText(`<decision id="d" name="d"><literalExpression><text>unknown thing</text></literalExpression></decision>`, Options{Strict: true})
	if err != nil || len(diagnostics) != 1 || diagnostics[0].Severity != Warning || !strings.Contains(diagnostics[0].Message, `"unknown thing"`) {
		t.Errorf("%v, %v", diagnostics, err)
	}
}

// TestRecursiveTypes compiles item definitions that contain themselves.
func TestRecursiveTypes(t *testing.T) {
	model, _, err := compileText(`<itemDefinition name="tTree"><itemComponent name="v"><typeRef>number</typeRef></itemComponent>
<itemComponent name="kids" isCollection="true"><typeRef>tTree</typeRef></itemComponent></itemDefinition>
<inputData id="i" name="tree"><variable name="tree" typeRef="tTree"/></inputData>`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(v feel.Value) feel.Value {
		return feel.NewContext(feel.Entry{Key: "v", Value: v}, feel.Entry{Key: "kids", Value: feel.List{}})
	}
	e := dmn.NewEvaluation(model, feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{}), nil)
	for want, kid := range map[bool]feel.Value{true: leaf(feel.Int(2)), false: leaf(feel.String("x"))} {
		e.Set(0, feel.NewContext(feel.Entry{Key: "v", Value: feel.Int(1)}, feel.Entry{Key: "kids", Value: feel.List{kid}}))
		if got := e.Global(nil, 0) != nil; got != want {
			t.Errorf("a tree with the kid %s: %t", feel.Text(kid), got)
		}
	}
}

func FuzzCompile(f *testing.F) {
	if lending, err := os.ReadFile("../testdata/lending.dmn"); err == nil {
		f.Add(lending)
	}
	f.Add([]byte(head + `<decision id="d" name="d"><list><literalExpression><text>1</text></literalExpression></list></decision></definitions>`))
	f.Fuzz(func(t *testing.T, source []byte) {
		model, _, err := Compile(Options{}, Source{"m.dmn", source})
		if err != nil {
			return
		}
		e := dmn.NewEvaluation(model, feel.NewMachine(&meter{50_000}, feel.DefaultLimits, calendar.DateTime{}), nil)
		for i := range model.Elements {
			if _, err := e.Get(i); err != nil {
				return
			}
		}
	})
}

type meter struct{ left uint64 }

func (m *meter) Charge(units uint64) error {
	if units > m.left {
		return errors.New("used up")
	}
	m.left -= units
	return nil
}
