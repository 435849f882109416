package compiler_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
)

// wrap puts flow elements into an executable process.
func wrap(elements string) []byte {
	return []byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:cm="urn:cybermiles:process:1" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:test">
<process id="p" isExecutable="true">` + elements + `</process></definitions>`)
}

// line is a start event, one task and an end event.
func line(task string) string {
	return `<startEvent id="s"><outgoing>f1</outgoing></startEvent>` + task +
		`<endEvent id="e"><incoming>f2</incoming></endEvent><sequenceFlow id="f1" sourceRef="s" targetRef="t"/><sequenceFlow id="f2" sourceRef="t" targetRef="e"/>`
}

func TestXMLAttacksAreRefused(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>`
	model := string(wrap(line(`<task id="t"><incoming>f1</incoming><outgoing>f2</outgoing></task>`)))
	attacks := map[string]string{
		"entity bomb":      bomb + strings.Replace(model, `id="p"`, `id="p" name="&b;"`, 1),
		"external entity":  `<!DOCTYPE d SYSTEM "file:///etc/passwd">` + model,
		"undefined entity": strings.Replace(model, `id="p"`, `id="p" name="&b;"`, 1),
		"deep nesting":     strings.Repeat("<a>", 101) + strings.Repeat("</a>", 101),
		"too many":         "<a>" + strings.Repeat("<b/>", compiler.MaxElements) + "</a>",
		"too long":         "<a>" + strings.Repeat(" ", compiler.MaxSource) + "</a>",
		"encoding":         `<?xml version="1.0" encoding="UTF-7"?><a/>`,
		"unclosed":         "<a><b></a>",
		"empty":            "",
	}
	for name, source := range attacks {
		t.Run(name, func(t *testing.T) {
			_, _, err := compiler.Compile([]byte(source), compiler.Options{})
			require.Error(t, err)
			require.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestCompile(t *testing.T) {
	model, warnings, err := compiler.Compile(wrap(line(`<userTask id="t" name="Ship it">
 <extensionElements><cm:role name="seller"/><cm:pay to="=seller" amount="=price * 2"/></extensionElements>
 <incoming>f1</incoming><outgoing>f2</outgoing></userTask>`)), compiler.Options{})
	require.NoError(t, err)
	require.Empty(t, warnings)
	n := model.Nodes[model.Lookup("t")]
	require.Equal(t, bpmn.UserTask, n.Kind)
	require.Equal(t, "seller", model.Roles[n.Role])
	require.Len(t, n.Work.Pays, 1)
	require.NotEqual(t, bpmn.None, model.VariableIndex("price"))
	again, err := bpmn.Decode(model.Encode())
	require.NoError(t, err)
	require.Equal(t, model, again)
}

func TestDiagnosticsNameRuleAndLine(t *testing.T) {
	_, _, err := compiler.Compile(wrap("\n"+line(`<scriptTask id="t"><incoming>f1</incoming><outgoing>f2</outgoing><script>1</script></scriptTask>`)), compiler.Options{})
	require.EqualError(t, err, "line 4: EXT053: t: a script needs scriptFormat")
	_, _, err = compiler.Compile(wrap(line(`<scriptTask id="t" scriptFormat="text/feel"><incoming>f1</incoming><outgoing>f2</outgoing><script>1 +</script></scriptTask>`)), compiler.Options{})
	require.ErrorContains(t, err, "EXPR: t:")
}

func TestExpressionLanguages(t *testing.T) {
	for text, want := range map[string]string{
		"=amount > 100":                       "",
		"${amount > 100 && !paid}":            "",
		"${order.total >= 5 ? true : false}":  "",
		"${name.contains('x') || empty list}": "",
		"#{list[0] == 'a'}":                   "",
		"getDataObject('paid') = 'yes'":       "",
		"${a.unknownMethod()}":                "not known",
		"${(a}":                               "expected",
		"1 +":                                 "no FEEL",
	} {
		gateway := `<startEvent id="s"><outgoing>f1</outgoing></startEvent><exclusiveGateway id="t" default="f3"><incoming>f1</incoming><outgoing>f2</outgoing><outgoing>f3</outgoing></exclusiveGateway>
<endEvent id="e"><incoming>f2</incoming></endEvent><endEvent id="o"><incoming>f3</incoming></endEvent><sequenceFlow id="f1" sourceRef="s" targetRef="t"/><sequenceFlow id="f3" sourceRef="t" targetRef="o"/>
<sequenceFlow id="f2" sourceRef="t" targetRef="e"><conditionExpression xsi:type="tFormalExpression"><![CDATA[%s]]></conditionExpression></sequenceFlow>`
		_, _, err := compiler.Compile(wrap(fmt.Sprintf(gateway, text)), compiler.Options{})
		if want == "" {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, want, text)
		}
	}
}

// FuzzCompile: no source makes the compiler panic, and what it accepts decodes.
func FuzzCompile(f *testing.F) {
	f.Add(wrap(line(`<task id="t"><incoming>f1</incoming><outgoing>f2</outgoing></task>`)))
	f.Add(wrap(line(`<userTask id="t"><incoming>f1</incoming><outgoing>f2</outgoing><multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">3</loopCardinality></multiInstanceLoopCharacteristics></userTask>`)))
	if files, err := filepath.Glob("../../../../../../shared/conformance/bpmn/*/*/*.bpmn"); err == nil {
		for _, name := range files {
			if data, err := os.ReadFile(name); err == nil {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, tolerant := range []bool{false, true} {
			model, _, err := compiler.Compile(data, compiler.Options{Tolerant: tolerant})
			if err != nil {
				continue
			}
			if _, err := bpmn.Decode(model.Encode()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
